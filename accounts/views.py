"""An administrator's pages about people, messages and the record; and everybody's own messages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views import View

from accounts import forms, people
from accounts.keyset import take_keyset
from accounts.models import AuditEvent, Notification, User
from accounts.permissions import can_change_person, can_manage_people, can_read_record, can_retry_messages
from accounts.querysets import AuditEventQuerySet, UserQuerySet
from accounts.services import require

ADMINISTRATORS_ONLY = "Only an administrator can see this"


def signed_in(request: HttpRequest) -> User:
    """The person; LoginRequiredMiddleware has sent everyone else to sign in."""
    assert isinstance(request.user, User)
    return request.user


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
            "may_change": can_change_person(signed_in(request), person),
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
        context = {
            "page": take_keyset(mine, request.GET),
            "may_see_failed": can_retry_messages(signed_in(request)),
        }
        return render(request, "accounts/message_list.html", context)


class MessageShow(View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        message = get_object_or_404(Notification.objects.visible_to(signed_in(request)), pk=pk)
        return render(request, "accounts/message_show.html", {"message": message})


class FailedList(View):
    """Without the text of a message, which may hold the key to somebody's account."""

    def get(self, request: HttpRequest) -> HttpResponse:
        require(can_retry_messages(signed_in(request)), ADMINISTRATORS_ONLY)
        failed = Notification.objects.failed_for(request.user).defer("body")
        return render(request, "accounts/failed_list.html", {"page": take_keyset(failed, request.GET)})


class MessageRetry(View):
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(can_retry_messages(signed_in(request)), ADMINISTRATORS_ONLY)
        message = get_object_or_404(Notification.objects.failed_for(request.user), pk=pk)
        people.retry_notification(notification=message, by=signed_in(request))
        messages.success(request, f"The message to {message.to} is being sent again.")
        return redirect("accounts:failed")


class RecordList(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        require(can_read_record(signed_in(request)), ADMINISTRATORS_ONLY)
        form = forms.RecordFilter(request.GET)
        found = AuditEvent.objects.visible_to(request.user).select_related("by")
        if form.is_valid():
            found = self._filtered(found, form.cleaned_data)
        context = {"form": form, "page": take_keyset(found, request.GET)}
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
