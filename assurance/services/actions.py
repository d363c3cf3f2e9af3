"""Corrective actions: set with the findings, answered by the company, looked at again, or closed."""

from __future__ import annotations

from datetime import date

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import queue_notification, record_event, require
from accounts.transitions import TransitionRefused, change_status
from applications.services.locks import in_words, tell_owners, tell_those_who_edit
from assurance.models import (
    ACTION_TRANSITIONS,
    ActionAnswer,
    ActionStatus,
    AnswerKind,
    CheckStatus,
    CorrectiveAction,
    FindingResult,
    PlanCheck,
    Retest,
)
from assurance.permissions import can_answer_action, can_close_action, can_work_on_check
from assurance.services.asking import NOT_YOURS
from assurance.services.checks import SHORTFALLS
from assurance.services.closing import keep_closure
from assurance.services.locks import lock_action, lock_check_in_hand
from codeofpractice.files import EVIDENCE_KINDS, store_upload
from codeofpractice.models import Point

# Days before the target date on which the company is reminded; the last one is the day after it.
REMINDERS = (14, 0, -1)


@transaction.atomic
def set_action(
    *,
    check: PlanCheck,
    point: Point,
    description: str,
    owner_role: str,
    target_on: date | None = None,
    no_target_reason: str = "",
    by: User,
) -> CorrectiveAction:
    """Ask for something at a point that is not fully met. The company sees it once the check is decided.

    It has a target date, or a reason why there is none. The same action is set once.
    """
    locked = lock_check_in_hand(check)
    require(can_work_on_check(by, locked), NOT_YOURS)
    if not locked.findings.filter(point=point, result__in=SHORTFALLS).exists():
        raise TransitionRefused("Record first that the point is partly met or not met.")
    if (target_on is None) == (no_target_reason == ""):
        raise TransitionRefused("Give a target date, or the reason why there is none.")
    asked = {
        "point": point,
        "description": description,
        "owner_role": owner_role,
        "target_on": target_on,
        "no_target_reason": no_target_reason,
    }
    if locked.actions.filter(**asked).exists():
        raise TransitionRefused("This action is set already.")
    action = CorrectiveAction.objects.create(check_of=locked, **asked, set_by=by)
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


def newest_answer(action: CorrectiveAction) -> int:
    """Its key, for a page to carry; 0 when there is none."""
    return action.answers.order_by("-pk").values_list("pk", flat=True).first() or 0


@transaction.atomic
def answer_action(
    *,
    action: CorrectiveAction,
    kind: str,
    note: str,
    planned_for: date | None = None,
    upload: UploadedFile[bytes] | None = None,
    seen: int | None = None,
    by: User,
) -> ActionAnswer:
    """The company says that it will do it and by when, that it will not and why, or that it is done and how.

    `seen` is the key of the newest answer on the page, 0 for none: when a colleague has answered since,
    nothing is saved. Raises FileRefused.
    """
    locked = _lock_decided(action)
    require(can_answer_action(by, locked), "Only an owner or editor of the company can answer")
    if not locked.is_to_do:
        raise TransitionRefused(f"This action is now: {locked.get_status_display()}.")
    if seen is not None and seen != newest_answer(locked):
        raise TransitionRefused("You or a colleague have answered since you opened the page.")
    if (kind == AnswerKind.PLANNED) != (planned_for is not None):
        raise TransitionRefused("Say by when you will do it.")
    # Who plans anew, or still does not, changes no status.
    if locked.status != kind:
        change_status(locked, ActionStatus(kind), ACTION_TRANSITIONS)
        locked.save(update_fields=["status"])
    stored = None
    if upload is not None:
        company = locked.check_of.membership.company
        stored = store_upload(upload=upload, company=company, kinds=EVIDENCE_KINDS, by=by)
    answer = ActionAnswer.objects.create(
        action=locked, kind=AnswerKind(kind), note=note, planned_for=planned_for, file=stored, by=by
    )
    if kind != AnswerKind.PLANNED:
        _tell_assurer(locked, kind)
    record_event(verb=f"action.{kind}", target=locked, by=by, reason=note)
    return answer


def _tell_assurer(action: CorrectiveAction, kind: str) -> None:
    assurer = action.check_of.assurer
    if assurer is None:
        return
    number = action.check_of.membership.number
    words = "is reported as done" if kind == AnswerKind.DONE else "is not planned"
    queue_notification(
        to=assurer.email,
        user=assurer,
        subject=f"{number}: an action {words}",
        body=f"The action on point {action.point.number} for {number} {words}. Sign in to look at it.\n",
    )


@transaction.atomic
def record_retest(*, action: CorrectiveAction, result: str, note: str, by: User) -> Retest:
    """What was found when what the company did was looked at. Unless it is met, there is more to do."""
    locked = _lock_decided(action)
    require(can_close_action(by, locked), "Only the assurer of the check or a lead looks at it again")
    is_met = result == FindingResult.MET
    change_status(locked, ActionStatus.PUT_RIGHT if is_met else ActionStatus.OPEN, ACTION_TRANSITIONS)
    locked.save(update_fields=["status"])
    retest = Retest.objects.create(action=locked, result=FindingResult(result), note=note, by=by)
    company, number = locked.check_of.membership.company, locked.check_of.membership.number
    if is_met:
        tell_owners(
            company,
            subject=f"{number}: an action is put right",
            body=f"Action: {locked.description}\n\nDfT has looked at what you did: the point is now met.\n",
        )
    else:
        tell_owners(
            company,
            subject=f"{number}: an action needs more work",
            body=f"Action: {locked.description}\n\nWhat is still missing:\n\n{note}\n",
        )
    record_event(verb="action.retested", target=locked, by=by, reason=note, data={"result": retest.result})
    return retest


@transaction.atomic
def close_action(*, action: CorrectiveAction, code: str, reason: str, by: User) -> None:
    """No longer needed; what was put right is recorded by a retest."""
    locked = _lock_decided(action)
    require(can_close_action(by, locked), "Only the assurer of the check or a lead can close an action")
    change_status(locked, ActionStatus.CLOSED, ACTION_TRANSITIONS)
    locked.closed_reason = reason
    locked.save(update_fields=["status", "closed_reason"])
    keep_closure(action=locked, code=code, reason=reason, by=by)
    tell_owners(
        locked.check_of.membership.company,
        subject=f"{locked.check_of.membership.number}: an action is closed",
        body=f"Action: {locked.description}\n\nThe reason for closing it:\n\n{reason}\n",
    )
    record_event(verb="action.closed", target=locked, by=by, reason=reason, data={"code": code})


def remind_of_action(*, action: CorrectiveAction, today: date | None = None) -> bool:
    """Send the reminder that is due, once each; one that was missed is not sent after the next."""
    today = today or timezone.localdate()
    with transaction.atomic():
        locked = lock_action(action)
        if not locked.is_to_do or locked.target_on is None:
            return False
        left = (locked.target_on - today).days
        due = min((days for days in REMINDERS if left <= days), default=None)
        sent = locked.reminded_days
        if due is None or (sent is not None and sent <= due):
            return False
        locked.reminded_days = due
        locked.save(update_fields=["reminded_days"])
        number = locked.check_of.membership.number
        tell_those_who_edit(
            locked.check_of.membership.company,
            subject=f"{number}: an action is {'overdue' if left < 0 else 'due soon'}",
            body=(
                f"Action on point {locked.point.number}: {locked.description}\n\n"
                f"It {'was' if left < 0 else 'is'} to be done by {in_words(locked.target_on)}. "
                "Sign in to say how it stands.\n"
            ),
        )
        return True
