"""An administrator's pages about people, messages and the record; and everybody's own messages."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime, time, timedelta
from typing import Any

from allauth.account.views import ConfirmEmailView, PasswordResetFromKeyView, SignupView
from django import forms as django_forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from accounts import forms, people
from accounts.adapters import suggested_email
from accounts.delivery import RECEIPTS, record_receipt, retry_notification
from accounts.keyset import take_keyset
from accounts.models import AuditEvent, ErasureRequest, Notification, NotificationStatus, User
from accounts.permissions import (
    can_ask_erasure,
    can_change_person,
    can_manage_people,
    can_read_record,
    can_retry_messages,
)
from accounts.querysets import AuditEventQuerySet, UserQuerySet
from accounts.services import require

ADMINISTRATORS_ONLY = "Only an administrator can see this"


def signed_in(request: HttpRequest) -> User:
    """The person; LoginRequiredMiddleware has sent everyone else to sign in."""
    assert isinstance(request.user, User)
    return request.user


class SignUp(SignupView):
    """allauth's page, with the address filled in of who comes by an invitation."""

    def get_initial(self) -> dict[str, Any]:
        return {**super().get_initial(), "email": suggested_email(self.request)}


class ConfirmEmail(ConfirmEmailView):
    """allauth's page; a link that does not work any more says so, sent by a second click too."""

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().post(*args, **kwargs)
        except Http404:
            self.object = None
            return self.render_to_response(self.get_context_data())

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        return super().render_to_response(context, status=200 if context["confirmation"] else 410, **kwargs)


class PasswordReset(PasswordResetFromKeyView):
    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        return super().render_to_response(context, status=410 if context.get("token_fail") else 200, **kwargs)


class PersonList(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        require(can_manage_people(signed_in(request)), ADMINISTRATORS_ONLY)
        form = forms.PeopleFilter(request.GET)
        form.is_valid()
        found = self._filtered(User.objects.visible_to(request.user), form.cleaned_data)
        context = {"form": form, "page": take_keyset(found, request.GET)}
        return render(request, "accounts/person_list.html", context)

    def _filtered(self, found: UserQuerySet, chosen: dict[str, Any]) -> UserQuerySet:
        found = found.matching(chosen.get("q") or "")
        if chosen.get("role"):
            found = found.filter(role=chosen["role"])
        if chosen.get("access"):
            found = found.filter(is_active=chosen["access"] == "yes")
        return found


def get_person(request: HttpRequest, pk: int) -> User:
    require(can_manage_people(signed_in(request)), ADMINISTRATORS_ONLY)
    return get_object_or_404(User.objects.visible_to(request.user), pk=pk)


class PersonShow(View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        person = get_person(request, pk)
        about = AuditEvent.objects.visible_to(request.user).select_related("by")
        context = {
            "person": person,
            "may_change": can_change_person(signed_in(request), person) and not person.erased_at,
            "may_erase": can_ask_erasure(signed_in(request), person),
            "erasure": ErasureRequest.objects.waiting().filter(person=person).first(),
            "events": about.filter(target_type="accounts.user", target_id=str(person.pk)).order_by("-pk")[
                :20
            ],
        }
        return render(request, "accounts/person_show.html", context)


class _PersonChange(View):
    """A form with a reason, and the service that it calls."""

    form_class: type[django_forms.Form] = forms.Reason
    title = ""
    lead = ""
    button = ""
    is_warning = False
    change: Callable[..., None]
    done = ""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        person = self._guarded(request, pk)
        return self._show(request, person, self.form_class(initial={"role": person.role}))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        person = self._guarded(request, pk)
        form = self.form_class(request.POST)
        if not form.is_valid():
            return self._show(request, person, form)
        type(self).change(person=person, by=signed_in(request), **form.cleaned_data)
        messages.success(request, self.done.format(person=person))
        return redirect("accounts:person", pk=pk)

    def _guarded(self, request: HttpRequest, pk: int) -> User:
        person = get_person(request, pk)
        require(can_change_person(signed_in(request), person), people.NOT_YOURS)
        return person

    def _show(self, request: HttpRequest, person: User, form: django_forms.Form) -> HttpResponse:
        context = {"person": person, "form": form, "view": self}
        return render(request, "accounts/person_change.html", context)


class RoleChange(_PersonChange):
    form_class = forms.RoleChange
    title = "Change the role"
    lead = "The person gets a message with the new role and your reason."
    button = "Change the role"
    change = staticmethod(people.change_role)
    done = "The role of {person} is changed."


class PersonDeactivate(_PersonChange):
    title = "Stop access"
    lead = "The person is signed out and cannot sign in again. What they did stays in the record."
    button = "Stop access"
    is_warning = True
    change = staticmethod(people.deactivate_person)
    done = "{person} can no longer sign in."


class PersonReactivate(_PersonChange):
    title = "Give access back"
    lead = "The person can sign in again, with the same password and role as before."
    button = "Give access back"
    change = staticmethod(people.reactivate_person)
    done = "{person} can sign in again."


class MessageList(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        mine = Notification.objects.visible_to(signed_in(request)).defer("body", "last_error")
        page = take_keyset(mine, request.GET)
        context = {
            "page": page,
            "some_came_back": any(row.status == NotificationStatus.BOUNCED for row in page.rows),
            "may_see_failed": can_retry_messages(signed_in(request)),
        }
        return render(request, "accounts/message_list.html", context)


class MessageShow(View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        message = get_object_or_404(Notification.objects.visible_to(signed_in(request)), pk=pk)
        return render(request, "accounts/message_show.html", {"message": message})


class FailedList(View):
    """What failed or came back, without the text, which may hold the key to somebody's account."""

    def get(self, request: HttpRequest) -> HttpResponse:
        require(can_retry_messages(signed_in(request)), ADMINISTRATORS_ONLY)
        failed = Notification.objects.failed_for(request.user).defer("body")
        return render(request, "accounts/failed_list.html", {"page": take_keyset(failed, request.GET)})


class MessageRetry(View):
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(can_retry_messages(signed_in(request)), ADMINISTRATORS_ONLY)
        message = get_object_or_404(Notification.objects.failed_for(request.user), pk=pk)
        retry_notification(notification=message, by=signed_in(request))
        messages.success(request, f"The message to {message.to} is being sent again.")
        return redirect("accounts:failed")


@method_decorator([csrf_exempt, login_not_required], name="dispatch")
class ReceiptTake(View):
    """Notify's receipts. It asks again after 429 and 5xx only: what cannot be used is refused for good."""

    def post(self, request: HttpRequest) -> HttpResponse:
        if not self._knows_the_token(request):
            return JsonResponse({"error": "The token is missing or wrong"}, status=403)
        try:
            receipt = json.loads(request.body)
            reference = uuid.UUID(str(receipt["reference"]))
            outcome, provider_id = str(receipt["status"]), str(receipt.get("id") or "")
        except (ValueError, TypeError, KeyError, AttributeError):
            return JsonResponse({"error": "No reference and status could be read"}, status=400)
        if outcome not in RECEIPTS:
            return JsonResponse({"error": "An unknown status"}, status=400)
        found = record_receipt(reference=reference, provider_id=provider_id, outcome=outcome)
        return JsonResponse({"found": found}, status=200 if found else 404)

    def _knows_the_token(self, request: HttpRequest) -> bool:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
        expected = settings.NOTIFY_CALLBACK_TOKEN.encode()
        return bool(expected) and secrets.compare_digest(given, expected)


def names_in(events: Iterable[AuditEvent]) -> dict[str, str]:
    """Of the people whom the events are about, by their label: the record itself has no names."""
    ids = {int(event.target_id) for event in events if event.target_type == User._meta.label_lower}
    if not ids:
        return {}
    return {person.record_label: str(person) for person in User.objects.filter(pk__in=ids)}


class RecordList(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        require(can_read_record(signed_in(request)), ADMINISTRATORS_ONLY)
        form = forms.RecordFilter(request.GET)
        found = AuditEvent.objects.visible_to(request.user).select_related("by")
        if form.is_valid():
            found = self._filtered(found, form.cleaned_data)
        page = take_keyset(found, request.GET)
        context = {"form": form, "page": page, "names": names_in(page.rows)}
        return render(request, "accounts/record_list.html", context)

    def _filtered(self, found: AuditEventQuerySet, chosen: dict[str, Any]) -> AuditEventQuerySet:
        if chosen["verb"]:
            found = found.filter(verb__startswith=chosen["verb"])
        if chosen["person"]:
            # A join would let the planner forget the index; an unknown address finds nothing.
            who = User.objects.filter(email__iexact=chosen["person"].strip()).values_list("pk", flat=True)
            found = found.filter(by__in=list(who))
        if chosen["since"]:
            found = found.filter(at__gte=self._midnight(chosen["since"]))
        if chosen["until"]:
            found = found.filter(at__lt=self._midnight(chosen["until"] + timedelta(days=1)))
        return found

    def _midnight(self, day: Any) -> datetime:
        return timezone.make_aware(datetime.combine(day, time.min))
