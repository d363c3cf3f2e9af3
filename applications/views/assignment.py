"""Giving applications to whoever is to work on them: one from its own page, several from the queue."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from accounts.lists import address_of
from accounts.models import User
from accounts.services import require
from applications import forms, services
from applications.forms.casework import NOBODY
from applications.models import Application
from applications.permissions import can_assign_applications
from applications.queue import assignees
from applications.queue_rows import Clock, read_clock
from applications.views.fetch import get_application, signed_in

MOST_PICKS = 100


class ApplicationAssign(View):
    """One's own: the button on the application's page, for what nobody has."""

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        application = get_application(request, reference)
        services.assign_application(application=application, to=signed_in(request), by=signed_in(request))
        messages.success(request, "The application is assigned to you.")
        return redirect("applications:application", reference=reference)


@dataclass(frozen=True)
class Chosen:
    """A chosen application as the page shows it, and what its form says of it: whose it was."""

    application: Application
    clock: Clock

    @property
    def pick(self) -> str:
        return f"{self.application.reference}:{self.application.assigned_to_id or ''}"


class QueueAssign(View):
    """The applications come in the address, ticked in the queue; then who gets them is chosen here."""

    def get(self, request: HttpRequest) -> HttpResponse:
        user = self._guarded(request)
        chosen = self._chosen(request, request.GET.getlist("pick"))
        held_by = {one.application.assigned_to_id for one in chosen}
        return self._show(request, chosen, self._form(None, held_by, user), request.GET.get("back", ""))

    def post(self, request: HttpRequest) -> HttpResponse:
        user = self._guarded(request)
        picks = dict(pick.partition(":")[::2] for pick in request.POST.getlist("pick"))
        chosen = self._chosen(request, list(picks))
        # By whose they were on the page: what has changed since is for the service to refuse.
        form = self._form(request.POST, {_holder(text) for text in picks.values()}, user)
        back = request.POST.get("back", "")
        if not chosen or not form.is_valid():
            return self._show(request, chosen, form, back)
        to = form.cleaned_data["to"]
        outcome = services.assign_applications(
            picks=[
                services.Pick(row.pk, _holder(picks[row.reference]))
                for row in (one.application for one in chosen)
            ],
            to=None if to == NOBODY else User.objects.get_queryset().get(pk=to),
            reason=form.cleaned_data.get("reason", ""),
            by=user,
        )
        return self._tell(request, outcome, to_whom(to, user), return_to(back, chosen))

    def _guarded(self, request: HttpRequest) -> User:
        user = signed_in(request)
        require(can_assign_applications(user), services.NOT_YOURS)
        return user

    def _chosen(self, request: HttpRequest, references: list[str]) -> list[Chosen]:
        """Those that there are and that are still with DfT, or were when the page was made."""
        found = (
            Application.objects.visible_to(request.user)
            .filter(reference__in=[text for text in references[:MOST_PICKS] if "\x00" not in text])
            .select_related("company", "assigned_to")
            .defer("company__search", "company__search_terms")
            .order_by("company__name", "pk")
        )
        return [Chosen(row, read_clock(row, timezone.localdate())) for row in found]

    def _form(self, data: QueryDict | None, held_by: set[int | None], user: User) -> forms.Assignment:
        return forms.Assignment(data, people=assignees(), held_by={pk for pk in held_by if pk}, user=user)

    def _show(
        self, request: HttpRequest, chosen: list[Chosen], form: forms.Assignment, back: str
    ) -> HttpResponse:
        context = {"chosen": chosen, "form": form, "back": back, "return_to": return_to(back, chosen)}
        return render(request, "applications/application_assign.html", context)

    def _tell(self, request: HttpRequest, outcome: services.Outcome, whom: str, address: str) -> HttpResponse:
        """What happened to each: in one line when it is the same for all."""
        if outcome.refused or not outcome.done:
            context = {"outcome": outcome, "whom": whom, "return_to": address}
            return render(request, "applications/application_assigned.html", context)
        count = len(outcome.done)
        done = f"{outcome.done[0].company.name} is" if count == 1 else f"{count} applications are"
        same = f" {len(outcome.unchanged)} already were." if outcome.unchanged else ""
        messages.success(request, f"{done} assigned to {whom}.{same}")
        return redirect(address)


def to_whom(to: str, user: User) -> str:
    if to == NOBODY:
        return "nobody"
    return "you" if to == str(user.pk) else str(User.objects.get_queryset().get(pk=to))


def _holder(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def return_to(back: str, chosen: list[Chosen]) -> str:
    """The queue as it was, or the page of the one application from which its assignment was asked for."""
    if back or len(chosen) != 1:
        return f"{reverse('applications:queue')}{address_of(QueryDict(back).urlencode())}"
    kwargs = {"reference": chosen[0].application.reference}
    return reverse("applications:application", kwargs=kwargs)
