"""A company asks for the outcome of a check to be looked at again, and a lead answers."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone

from accounts.models import Role, User
from accounts.services import queue_notification, record_event, require
from accounts.transitions import TransitionRefused
from applications.services.locks import in_words, tell_owners
from applications.working_days import due_from
from assurance.models import (
    CheckOutcome,
    CheckStatus,
    Decision,
    DecisionReconsideration,
    PlanCheck,
)
from assurance.permissions import can_answer_reconsideration, can_ask_to_reconsider
from assurance.services.checks import why_not
from assurance.services.locks import lock_check
from assurance.services.readings import why_not_unread

# The scheme publishes no figure; this is ours. Working days after the decision.
DAYS_TO_ASK = 20


def last_day_to_ask(check: PlanCheck) -> date:
    assert check.decision is not None  # of a decided check
    decided_on = timezone.localdate(check.decision.decided_at)
    return due_from(decided_on, check.membership.company.home_region, DAYS_TO_ASK)


def why_not_ask(check: PlanCheck) -> str:
    """Why the company cannot ask now; empty when it can."""
    decision = check.decision
    if check.status != CheckStatus.DECIDED or decision is None:
        return "The check is not decided yet."
    if decision.replaces_id or DecisionReconsideration.objects.filter(decision=decision).exists():
        return "DfT looks at an outcome again once, and has been asked."
    if timezone.localdate() > last_day_to_ask(check):
        return f"You could ask until {in_words(last_day_to_ask(check))}."
    return ""


@transaction.atomic
def ask_to_reconsider(*, check: PlanCheck, grounds: str, by: User) -> DecisionReconsideration:
    """Once, within DAYS_TO_ASK. Raises TransitionRefused."""
    locked = lock_check(check)
    require(can_ask_to_reconsider(by, locked), "Only an owner of the company asks")
    if obstacle := why_not_ask(locked):
        raise TransitionRefused(obstacle)
    decision = locked.decision
    assert decision is not None  # or there would be an obstacle
    asked = DecisionReconsideration.objects.create(
        decision=decision, decided_by_id=decision.decided_by_id, grounds=grounds, asked_by=by
    )
    others = User.objects.filter(role=Role.LEAD, is_active=True).exclude(pk=decision.decided_by_id)
    for lead in others.order_by("pk"):
        queue_notification(
            to=lead.email,
            user=lead,
            subject=f"{locked.membership.number}: asked to look at an outcome again",
            body=f"{locked.membership.company.name} asks for the outcome of its check to be looked at again. "
            "Sign in to answer.\n",
        )
    record_event(verb="check.reconsideration_asked", target=locked, by=by, reason=grounds)
    return asked


@transaction.atomic
def answer_reconsideration(
    *, reconsideration: DecisionReconsideration, outcome: str, reason: str, by: User
) -> Decision:
    """The outcome that holds: the one that was decided, or another, which the findings must bear.

    Returns the decision that holds now. Raises TransitionRefused.
    """
    check = lock_check(PlanCheck(pk=reconsideration.decision.check_of_id))
    locked = DecisionReconsideration.objects.select_for_update().get(pk=reconsideration.pk)
    if locked.answered_at is not None:
        raise TransitionRefused("This request has been answered already.")
    require(
        can_answer_reconsideration(by, locked, check),
        "A lead who neither recommended nor decided answers",
    )
    if not reason.strip():
        raise TransitionRefused("Give the reason.")
    decision = check.decision
    assert decision is not None  # a check that was decided stays so
    if outcome != decision.outcome:
        decision = _replace_decision(check, decision, outcome, reason, by)
    locked.answer, locked.answered_by, locked.answered_at = reason, by, timezone.now()
    locked.save(update_fields=["answer", "answered_by", "answered_at"])
    stands = "It stands" if decision.pk == locked.decision_id else "It is now"
    tell_owners(
        check.membership.company,
        subject=f"{check.membership.number}: we have looked at the outcome again",
        body=f"{stands}: {decision.get_outcome_display()}\n\nThe reason:\n\n{reason}\n",
    )
    record_event(
        verb="check.reconsidered", target=check, by=by, reason=reason, data={"outcome": decision.outcome}
    )
    return decision


def _replace_decision(check: PlanCheck, decided: Decision, outcome: str, reason: str, by: User) -> Decision:
    if obstacle := why_not(check, outcome) or why_not_unread(check, outcome):
        raise TransitionRefused(obstacle)
    decision = Decision.objects.create(
        check_of=check,
        replaces=decided,
        recommendation_id=decided.recommendation_id,
        recommended_by_id=decided.recommended_by_id,
        outcome=CheckOutcome(outcome),
        reason=reason,
        decided_by=by,
        decided_at=timezone.now(),
    )
    check.decision = decision
    check.save(update_fields=["decision"])
    return decision
