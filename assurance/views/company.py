"""What the company sees of a check once it is decided, and the actions that follow."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from accounts.models import AuditEvent, User
from accounts.services import require
from applications.models import Company
from applications.paging import take_page
from assurance import forms, services
from assurance.models import ActionStatus, CheckRequest, CorrectiveAction, PlanCheck
from assurance.permissions import can_answer_action, can_close_action
from assurance.views.fetch import signed_in


class CompanyChecks(View):
    """The checks of a company's plans: what is going on, and what came of those that are decided."""

    def get(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        company = get_object_or_404(
            Company.objects.filter(people__user=signed_in(request)).defer("search"), public_id=public_id
        )
        checks = (
            PlanCheck.objects.filter(membership__company=company)
            .select_related("membership", "decision", "plan_version")
            .prefetch_related(
                Prefetch(
                    "requests",
                    CheckRequest.objects.open().select_related("point"),
                    to_attr="open_requests",
                )
            )
            .annotate(open_actions=Count("actions", filter=Q(actions__status=ActionStatus.OPEN)))
            .order_by("-opened_at", "-pk")
        )
        context = {"company": company, "page": take_page(checks, request.GET)}
        return render(request, "assurance/company_checks.html", context)


class OutcomeShow(View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        check = get_object_or_404(
            PlanCheck.objects.decided_for(request.user).select_related(
                "membership__company", "decision", "plan_version"
            ),
            pk=pk,
        )
        context = {
            "check": check,
            "findings": check.findings.select_related("point"),
            "actions": check.actions.select_related("point"),
        }
        return render(request, "assurance/outcome_show.html", context)


def get_action(request: HttpRequest, pk: int) -> CorrectiveAction:
    return get_object_or_404(
        CorrectiveAction.objects.visible_to(request.user).select_related(
            "check_of__membership__company", "point"
        ),
        pk=pk,
    )


class ActionShow(View):
    """One action: the company answers it, DfT closes it or asks for more."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._show(request, get_action(request, pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        action = get_action(request, pk)
        user = signed_in(request)
        require(can_answer_action(user, action), "Only an owner or editor of the company can answer")
        form = forms.ActionAnswer(request.POST)
        if not form.is_valid():
            return self._show(request, action, answer=form)
        services.answer_action(action=action, note=form.cleaned_data["note"], by=user)
        messages.success(request, "Your answer is sent. DfT looks at it and closes the action.")
        return redirect("assurance:action", pk=pk)

    def _show(self, request: HttpRequest, action: CorrectiveAction, **used: Any) -> HttpResponse:
        user = signed_in(request)
        is_open = action.status != ActionStatus.CLOSED and action.check_of.status == "decided"
        form = used.get("answer") or forms.ActionAnswer()
        context = {
            "action": action,
            "check": action.check_of,
            "form": form,
            "may_answer": action.status == ActionStatus.OPEN and can_answer_action(user, action),
            "may_close": is_open and can_close_action(user, action),
            "is_dft": user.is_dft,
            "events": _history(action, user),
        }
        return render(request, "assurance/action_show.html", context)


ACTION_VERBS = {
    "action.set": "Set",
    "action.answered": "Reported as done",
    "action.reopened": "More was asked for",
    "action.closed": "Closed",
}


def _history(action: CorrectiveAction, reader: User) -> list[tuple[str, str, AuditEvent]]:
    """What happened, by whom, and the event. To the company everyone at DfT is DfT."""
    events = (
        AuditEvent.objects.filter(
            target_type=CorrectiveAction._meta.label_lower, target_id=str(action.pk), verb__in=ACTION_VERBS
        )
        .select_related("by")
        .order_by("-pk")[:100]
    )
    return [(ACTION_VERBS[event.verb], _name_for(reader, event.by), event) for event in events]


def _name_for(reader: User, person: User | None) -> str:
    if person is None:
        return "the service"
    return person.name if reader.is_dft or not person.is_dft else "DfT"


class _ActionReason(View):
    """A page that asks for a reason, then closes or reopens an action."""

    title: str
    words: str
    done: str

    def call(self, action: CorrectiveAction, reason: str, request: HttpRequest) -> None:
        raise NotImplementedError

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._show(request, self._guarded(request, pk), forms.ReasonForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        action = self._guarded(request, pk)
        form = forms.ReasonForm(request.POST)
        if not form.is_valid():
            return self._show(request, action, form)
        self.call(action, form.cleaned_data["reason"], request)
        messages.success(request, self.done)
        return redirect("assurance:action", pk=pk)

    def _guarded(self, request: HttpRequest, pk: int) -> CorrectiveAction:
        action = get_action(request, pk)
        require(
            can_close_action(signed_in(request), action),
            "Only the assurer of the check or a lead can decide about an action",
        )
        return action

    def _show(self, request: HttpRequest, action: CorrectiveAction, form: forms.ReasonForm) -> HttpResponse:
        context = {"action": action, "form": form, "heading": self.title, "words": self.words}
        return render(request, "assurance/action_reason.html", context)


class ActionClose(_ActionReason):
    title = "Close the action"
    words = "Say what you saw that shows it is done, or why it is no longer needed."
    done = "The action is closed."

    def call(self, action: CorrectiveAction, reason: str, request: HttpRequest) -> None:
        services.close_action(action=action, reason=reason, by=signed_in(request))


class ActionReopen(_ActionReason):
    title = "Ask for more"
    words = "Say what is still missing. The company reads your words as you write them here."
    done = "The action is open again, and the company is told."

    def call(self, action: CorrectiveAction, reason: str, request: HttpRequest) -> None:
        services.reopen_action(action=action, reason=reason, by=signed_in(request))
