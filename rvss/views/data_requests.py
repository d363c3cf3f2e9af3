"""What an administrator does about personal data: copies for others, erasures, and retention."""

from __future__ import annotations

from django import forms as django_forms
from django.contrib import messages
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views import View

from accounts.forms import Reason
from accounts.keyset import take_keyset
from accounts.models import DataExport, ErasureRequest, RetentionRun, User
from accounts.permissions import (
    can_ask_erasure,
    can_cancel_erasure,
    can_copy_for_others,
    can_manage_retention,
)
from accounts.services import require
from accounts.views import ADMINISTRATORS_ONLY, get_person, signed_in
from rvss import services
from rvss.personal_data import HOLDINGS, RULES, obstacles_to_erasing
from rvss.personal_forms import CopyFor
from rvss.services.erasures import NOT_YOURS, WAIT


def form_page(request: HttpRequest, form: django_forms.Form, **words: str) -> HttpResponse:
    """`words` are title, lead, button and back, and perhaps a caption."""
    return render(request, "personal_data/form.html", {"form": form, **words})


class RequestList(View):
    """Erasures of everybody, and the copies that this administrator has made for others."""

    def get(self, request: HttpRequest) -> HttpResponse:
        user = signed_in(request)
        require(can_copy_for_others(user), ADMINISTRATORS_ONLY)
        erasures = ErasureRequest.objects.visible_to(user).select_related("person", "requested_by")
        copies = DataExport.objects.visible_to(user).for_others().select_related("person")
        context = {"page": take_keyset(erasures, request.GET), "copies": list(copies[:20])}
        return render(request, "personal_data/request_list.html", context)


class CopyForOther(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        require(can_copy_for_others(signed_in(request)), ADMINISTRATORS_ONLY)
        return self._show(request, CopyFor())

    def post(self, request: HttpRequest) -> HttpResponse:
        require(can_copy_for_others(signed_in(request)), ADMINISTRATORS_ONLY)
        form = CopyFor(request.POST)
        if not form.is_valid():
            return self._show(request, form)
        services.ask_export_for(**form.cleaned_data, by=signed_in(request))
        messages.success(request, "The copy is being made. We send you an email when it is ready.")
        return redirect("data:requests")

    def _show(self, request: HttpRequest, form: CopyFor) -> HttpResponse:
        return form_page(
            request,
            form,
            title="Make a copy for somebody without an account",
            lead="First make sure that the person who asks is the one whose data it is: write to the address "
            "that we hold, and let them answer. Then make the copy here, and send it to that address.",
            button="Make the copy",
            back="data:requests",
        )


class _PersonStep(View):
    """A reason, for something that is done about one person's erasure."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.show(request, self.guarded(request, pk), Reason())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        person = self.guarded(request, pk)
        form = Reason(request.POST)
        if not form.is_valid():
            return self.show(request, person, form)
        self.do(person, form.cleaned_data["reason"], signed_in(request))
        messages.success(request, self.done)
        return redirect("accounts:person", pk=pk)

    done = ""

    def guarded(self, request: HttpRequest, pk: int) -> User:
        raise NotImplementedError

    def show(self, request: HttpRequest, person: User, form: Reason) -> HttpResponse:
        raise NotImplementedError

    def do(self, person: User, reason: str, by: User) -> None:
        raise NotImplementedError


class ErasureOfOther(_PersonStep):
    done = "The personal data will be erased in seven days. Until then it can be cancelled."

    def guarded(self, request: HttpRequest, pk: int) -> User:
        person = get_person(request, pk)
        require(can_ask_erasure(signed_in(request), person), NOT_YOURS)
        return person

    def show(self, request: HttpRequest, person: User, form: Reason) -> HttpResponse:
        context = {
            "person": person,
            "form": form,
            "holdings": [each for each in HOLDINGS if person.role in each.roles],
            "obstacles": obstacles_to_erasing(person),
            "days": WAIT.days,
        }
        return render(request, "personal_data/erasure_of_other.html", context)

    def do(self, person: User, reason: str, by: User) -> None:
        services.ask_erasure(person=person, reason=reason, by=by)


class ErasureOfOtherCancel(_PersonStep):
    done = "The personal data will not be erased."

    def guarded(self, request: HttpRequest, pk: int) -> User:
        person = get_person(request, pk)
        require(can_cancel_erasure(signed_in(request), person), ADMINISTRATORS_ONLY)
        return person

    def show(self, request: HttpRequest, person: User, form: Reason) -> HttpResponse:
        return form_page(
            request,
            form,
            title="Cancel the erasure",
            caption=str(person),
            lead="The person’s data stays as it is. Their account is not opened again by this.",
            button="Cancel the erasure",
            back="data:requests",
        )

    def do(self, person: User, reason: str, by: User) -> None:
        waiting = get_object_or_404(ErasureRequest.objects.visible_to(by).waiting(), person=person)
        services.cancel_erasure(request=waiting, reason=reason, by=by)


# --- Retention ----------------------------------------------------------------------------------


def get_run(request: HttpRequest, pk: int) -> RetentionRun:
    require(can_manage_retention(signed_in(request)), ADMINISTRATORS_ONLY)
    rows = RetentionRun.objects.visible_to(request.user).select_related(
        "started_by", "approved_by", "dismissed_by"
    )
    return get_object_or_404(rows, pk=pk)


class RetentionList(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        user = signed_in(request)
        require(can_manage_retention(user), ADMINISTRATORS_ONLY)
        runs = RetentionRun.objects.visible_to(user).annotate(found=Sum("parts__found"))
        context = {
            "page": take_keyset(runs.select_related("approved_by"), request.GET),
            "open": RetentionRun.objects.open().first(),
            "rules": RULES.values(),
        }
        return render(request, "personal_data/retention_list.html", context)


class RetentionStart(View):
    def post(self, request: HttpRequest) -> HttpResponse:
        run = services.start_run(by=signed_in(request))
        return redirect("data:retention_run", pk=run.pk)


class RetentionShow(View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        run = get_run(request, pk)
        parts = run.parts.annotate(removed=Sum("batches__removed"), left=Sum("batches__left"))
        rows = list(parts.order_by("pk"))
        context = {
            "run": run,
            "parts": [part for part in rows if part.found],
            "empty": [part.what[0].lower() + part.what[1:] for part in rows if not part.found],
            "found": sum(part.found for part in rows),
            "removed": sum(part.removed or 0 for part in rows),
            "left": sum(part.left or 0 for part in rows),
            "is_expired": run.is_expired(timezone.now()),
        }
        return render(request, "personal_data/retention_show.html", context)


class RetentionApprove(View):
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        services.approve_run(run=get_run(request, pk), by=signed_in(request))
        messages.success(request, "The rows of this report are being removed.")
        return redirect("data:retention_run", pk=pk)


class RetentionRetry(View):
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        services.retry_run(run=get_run(request, pk), by=signed_in(request))
        messages.success(request, "It goes on where it stopped.")
        return redirect("data:retention_run", pk=pk)


class RetentionDismiss(View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        get_run(request, pk)
        return self._show(request, Reason())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        run = get_run(request, pk)
        form = Reason(request.POST)
        if not form.is_valid():
            return self._show(request, form)
        services.dismiss_run(run=run, reason=form.cleaned_data["reason"], by=signed_in(request))
        messages.success(request, "The report is dismissed. Nothing is removed by it.")
        return redirect("data:retention")

    def _show(self, request: HttpRequest, form: Reason) -> HttpResponse:
        return form_page(
            request,
            form,
            title="Dismiss the report",
            lead="Nothing is removed by it. A new one can be made at once, and comes by itself each month.",
            button="Dismiss the report",
            back="data:retention",
        )
