"""The application as the company sees it; DfT's view of the same address is in casework."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from accounts.services import require
from applications import forms, services
from applications.answers import changed_since_signed, read_sections, signed_or_current, snapshot
from applications.clock import clock_of
from applications.models import Application, ApplicationStatus, PersonLevel, ReconsiderationStatus
from applications.permissions import can_withdraw_application, level_in
from applications.querysets import ANSWERS
from applications.services.questions import title_of
from applications.services.reconsiderations import why_not_reconsider
from applications.views.casework import show_to_dft
from applications.views.fetch import get_application, get_draft, signed_in
from applications.views.questions import place_questions

ENDED_WITHOUT_MEMBERSHIP = frozenset(
    {ApplicationStatus.REJECTED, ApplicationStatus.WITHDRAWN, ApplicationStatus.EXPIRED}
)


class ApplicationTasks(View):
    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        application = get_draft(request, reference)
        sections = read_sections(snapshot(application))
        context = {
            "application": application,
            "sections": sections,
            "done": sum(state.done for state in sections),
            "is_complete": all(state.done for state in sections),
        }
        return render(request, "applications/application_tasks.html", context)


class ApplicationCheck(View):
    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        application = get_draft(request, reference)
        sections = read_sections(snapshot(application))
        context = {
            "application": application,
            "sections": sections,
            "is_complete": all(state.done for state in sections),
            "may_sign": level_in(signed_in(request), application.company) == PersonLevel.OWNER,
        }
        return render(request, "applications/application_check.html", context)


class ApplicationShow(View):
    """One address for both sides: the company's people see theirs, DfT sees its casework page."""

    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        user = signed_in(request)
        found = Application.objects.visible_to(user).select_related("company", "partner", "assigned_to")
        application = get_object_or_404(found.defer("company__search"), reference=reference)
        level = level_in(user, application.company)
        if user.is_dft and level is None:
            return show_to_dft(request, application)
        may_edit = level in {PersonLevel.OWNER, PersonLevel.EDITOR}
        if application.status == ApplicationStatus.DRAFT and may_edit:
            return redirect("applications:tasks", reference=reference)
        return show_to_company(request, application, level)


def show_to_company(request: HttpRequest, application: Application, level: str | None) -> HttpResponse:
    prefetch_related_objects([application], *ANSWERS)
    may_edit = level in {PersonLevel.OWNER, PersonLevel.EDITOR}
    is_asked = application.status == ApplicationStatus.QUESTION
    questions = list(application.questions.all())
    waiting = [row for row in questions if row.sent_at is None] if is_asked else []
    reconsiderations = list(application.reconsiderations.order_by("-pk"))
    context = {
        "application": application,
        "clock": clock_of(application),
        # While DfT asks, the answers as they would be sent back; else as they were signed.
        "sections": read_sections(snapshot(application) if is_asked else signed_or_current(application)),
        "changed": changed_since_signed(application) if is_asked else [],
        "declaration": application.declarations.first(),
        "questions": place_questions(questions),
        "waiting": [(title_of(row), row) for row in waiting],
        "may_answer": is_asked and may_edit,
        "may_send": is_asked and may_edit and all(row.answered_at for row in waiting),
        "may_withdraw": level == PersonLevel.OWNER
        and application.status in {ApplicationStatus.SUBMITTED, ApplicationStatus.QUESTION},
        "reconsiderations": reconsiderations,
        "may_ask_again": level == PersonLevel.OWNER
        and not any(row.rejected_at == application.decided_at for row in reconsiderations)
        and not why_not_reconsider(application),
        "may_apply_again": may_edit
        and application.status in ENDED_WITHOUT_MEMBERSHIP
        and not any(row.status == ReconsiderationStatus.ASKED for row in reconsiderations),
        "membership": application.company.memberships.filter(application=application).first(),
    }
    return render(request, "applications/application_show.html", context)


class ApplicationSent(View):
    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        application = get_application(request, reference)
        if application.submitted_at is None:
            return redirect("applications:application", reference=reference)
        context = {
            "application": application,
            "clock": clock_of(application),
            "declaration": application.declarations.select_related("signed_by").last(),
        }
        return render(request, "applications/application_sent.html", context)


class ApplicationWithdraw(View):
    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        application = self._guarded(request, reference)
        return self._show(request, application, forms.Withdrawal())

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        application = self._guarded(request, reference)
        form = forms.Withdrawal(request.POST)
        if not form.is_valid():
            return self._show(request, application, form)
        services.withdraw_application(
            application=application, reason=form.cleaned_data["reason"], by=signed_in(request)
        )
        messages.success(request, f"The application {application.reference} has been withdrawn.")
        return redirect("applications:application", reference=reference)

    def _guarded(self, request: HttpRequest, reference: str) -> Application:
        application = get_application(request, reference)
        require(
            can_withdraw_application(signed_in(request), application),
            "Only an owner of the company can withdraw its application",
        )
        return application

    def _show(self, request: HttpRequest, application: Application, form: forms.Withdrawal) -> HttpResponse:
        context = {"application": application, "form": form}
        return render(request, "applications/application_withdraw.html", context)
