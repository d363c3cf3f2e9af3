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
from assurance.models import (
    TO_DO,
    ActionStatus,
    CheckRequest,
    CheckStatus,
    CorrectiveAction,
    DecisionReconsideration,
    PartnerCheck,
    PlanCheck,
)
from assurance.permissions import can_answer_action, can_ask_to_reconsider, can_close_action
from assurance.services.actions import newest_answer
from assurance.services.reconsidering import last_day_to_ask, why_not_ask
from assurance.views.declaring import asks_to_declare
from assurance.views.fetch import signed_in

MOST_RESULTS = 25


class CompanyChecks(View):
    """The checks of a company's plans, and the newest results that partners have sent about it."""

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
            .annotate(open_actions=Count("actions", filter=Q(actions__status__in=TO_DO)))
            .order_by("-opened_at", "-pk")
        )
        results = PartnerCheck.objects.current().filter(membership__company=company).select_related("body")
        context = {
            "company": company,
            "page": take_page(checks, request.GET),
            "results": results.order_by("-inspected_on", "-pk")[:MOST_RESULTS],
        }
        return render(request, "assurance/company_checks.html", context)


class OutcomeShow(View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        check = get_object_or_404(
            PlanCheck.objects.decided_for(request.user).select_related(
                "membership__company", "decision", "plan_version"
            ),
            pk=pk,
        )
        user = signed_in(request)
        asked = DecisionReconsideration.objects.filter(decision__check_of=check).first()
        context = {
            "check": check,
            "asked": asked,
            "replaced": check.decisions.filter(replaced_by__isnull=False).order_by("-pk"),
            "may_ask": can_ask_to_reconsider(user, check) and not why_not_ask(check),
            "until": last_day_to_ask(check),
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
    """One action: the company answers it, DfT looks at it again or closes it."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        action = get_action(request, pk)
        if signed_in(request).is_dft and (first := asks_to_declare(request, action.check_of_id)):
            return first
        return self._show(request, action)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        action = get_action(request, pk)
        user = signed_in(request)
        require(can_answer_action(user, action), "Only an owner or editor of the company can answer")
        form = forms.ActionAnswerForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._show(request, action, answer=form)
        chosen = form.cleaned_data
        services.answer_action(
            action=action,
            kind=chosen["kind"],
            note=chosen["note"],
            planned_for=chosen["planned_for"],
            upload=chosen["file"],
            seen=chosen["seen"],
            by=user,
        )
        messages.success(request, "Your answer is sent to DfT.")
        return redirect("assurance:action", pk=pk)

    def _show(self, request: HttpRequest, action: CorrectiveAction, **used: Any) -> HttpResponse:
        user = signed_in(request)
        is_decided = action.check_of.status == CheckStatus.DECIDED
        may_close = is_decided and can_close_action(user, action)
        context = {
            "action": action,
            "check": action.check_of,
            "form": used.get("answer") or forms.ActionAnswerForm(initial={"seen": newest_answer(action)}),
            "answers": action.answers.select_related("by", "file"),
            "retests": action.retests.select_related("by"),
            "may_answer": is_decided and action.is_to_do and can_answer_action(user, action),
            "may_retest": may_close and action.status == ActionStatus.DONE,
            "may_close": may_close and action.status not in {ActionStatus.CLOSED, ActionStatus.PUT_RIGHT},
            "is_dft": user.is_dft,
            "events": _history(action, user),
        }
        return render(request, "assurance/action_show.html", context)


ACTION_VERBS = {
    "action.set": "Set",
    "action.planned": "Planned",
    "action.not_planned": "Not planned",
    "action.done": "Reported as done",
    "action.answered": "Reported as done",
    "action.reopened": "More was asked for",
    "action.retested": "Looked at again",
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


class _ActionDecision(View):
    """A page on which DfT says what becomes of an action."""

    title: str
    words: str
    done: str

    def build(self, data: Any = None) -> Any:
        raise NotImplementedError

    def call(self, action: CorrectiveAction, form: Any, request: HttpRequest) -> None:
        raise NotImplementedError

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        if first := asks_to_declare(request, get_action(request, pk).check_of_id):
            return first
        return self._show(request, self._guarded(request, pk), self.build())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        action = self._guarded(request, pk)
        form = self.build(request.POST)
        if not form.is_valid():
            return self._show(request, action, form)
        self.call(action, form, request)
        messages.success(request, self.done)
        return redirect("assurance:action", pk=pk)

    def _guarded(self, request: HttpRequest, pk: int) -> CorrectiveAction:
        action = get_action(request, pk)
        require(
            can_close_action(signed_in(request), action),
            "Only the assurer of the check or a lead can decide about an action",
        )
        return action

    def _show(self, request: HttpRequest, action: CorrectiveAction, form: Any) -> HttpResponse:
        context = {"action": action, "form": form, "heading": self.title, "words": self.words}
        return render(request, "assurance/action_decide.html", context)


class ActionClose(_ActionDecision):
    title = "Close the action"
    words = "Say why it is no longer needed. What was put right is looked at again instead."
    done = "The action is closed."

    def build(self, data: Any = None) -> forms.ClosingForm:
        return forms.ClosingForm(data)

    def call(self, action: CorrectiveAction, form: forms.ClosingForm, request: HttpRequest) -> None:
        services.close_action(action=action, **form.cleaned_data, by=signed_in(request))


class ActionRetest(_ActionDecision):
    title = "Look at the point again"
    words = "Record what you find now. The first finding stays as it was."
    done = "What you found is recorded, and the company is told."

    def build(self, data: Any = None) -> forms.RetestForm:
        return forms.RetestForm(data)

    def call(self, action: CorrectiveAction, form: forms.RetestForm, request: HttpRequest) -> None:
        services.record_retest(action=action, **form.cleaned_data, by=signed_in(request))
