"""Corrective actions: set with the findings, answered by the company, closed with a reason."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from accounts.models import User
from accounts.services import record_event, require
from accounts.transitions import TransitionRefused, change_status
from applications.services.locks import tell_owners
from assurance.models import ACTION_TRANSITIONS, ActionStatus, CheckStatus, CorrectiveAction, PlanCheck
from assurance.permissions import can_answer_action, can_close_action, can_work_on_check
from assurance.services.asking import NOT_YOURS
from assurance.services.checks import SHORTFALLS
from assurance.services.locks import lock_action, lock_check_in_hand
from codeofpractice.models import Point


@transaction.atomic
def set_action(
    *, check: PlanCheck, point: Point, description: str, target_on: date, by: User
) -> CorrectiveAction:
    """Ask for something at a point that is not fully met. The company sees it once the check is decided."""
    locked = lock_check_in_hand(check)
    require(can_work_on_check(by, locked), NOT_YOURS)
    if not locked.findings.filter(point=point, result__in=SHORTFALLS).exists():
        raise TransitionRefused("Record first that the point is partly met or not met.")
    action = CorrectiveAction.objects.create(
        check_of=locked, point=point, description=description, target_on=target_on, set_by=by
    )
    record_event(verb="action.set", target=action, by=by, data={"point": point.number})
    return action


@transaction.atomic
def remove_action(*, action: CorrectiveAction, by: User) -> None:
    """Take an action back before the outcome is recommended."""
    locked = lock_check_in_hand(action.check_of)
    require(can_work_on_check(by, locked), NOT_YOURS)
    label = action.description
    action.delete()
    record_event(verb="check.action_removed", target=locked, by=by, reason=label)


def _lock_decided(action: CorrectiveAction) -> CorrectiveAction:
    locked = lock_action(action)
    if locked.check_of.status != CheckStatus.DECIDED:
        raise TransitionRefused("The check is not decided yet.")
    return locked


@transaction.atomic
def answer_action(*, action: CorrectiveAction, note: str, by: User) -> None:
    """The company says that the action is done, and how."""
    locked = _lock_decided(action)
    require(can_answer_action(by, locked), "Only an owner or editor of the company can answer")
    change_status(locked, ActionStatus.DONE, ACTION_TRANSITIONS)
    locked.company_note = note
    locked.save(update_fields=["status", "company_note"])
    record_event(verb="action.answered", target=locked, by=by, reason=note)


@transaction.atomic
def reopen_action(*, action: CorrectiveAction, reason: str, by: User) -> None:
    """What the company did is not enough."""
    locked = _lock_decided(action)
    require(can_close_action(by, locked), "Only the assurer of the check or a lead can reopen an action")
    if not reason.strip():
        raise TransitionRefused("Say what is still missing.")
    change_status(locked, ActionStatus.OPEN, ACTION_TRANSITIONS)
    locked.save(update_fields=["status"])
    tell_owners(
        locked.check_of.membership.company,
        subject=f"{locked.check_of.membership.number}: an action needs more work",
        body=f"Action: {locked.description}\n\nWhat is still missing:\n\n{reason}\n",
    )
    record_event(verb="action.reopened", target=locked, by=by, reason=reason)


@transaction.atomic
def close_action(*, action: CorrectiveAction, reason: str, by: User) -> None:
    locked = _lock_decided(action)
    require(can_close_action(by, locked), "Only the assurer of the check or a lead can close an action")
    change_status(locked, ActionStatus.CLOSED, ACTION_TRANSITIONS)
    locked.closed_reason = reason
    locked.save(update_fields=["status", "closed_reason"])
    tell_owners(
        locked.check_of.membership.company,
        subject=f"{locked.check_of.membership.number}: an action is closed",
        body=f"Action: {locked.description}\n\nThe reason for closing it:\n\n{reason}\n",
    )
    record_event(verb="action.closed", target=locked, by=by, reason=reason)
