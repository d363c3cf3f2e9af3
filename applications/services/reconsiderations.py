"""A company asks for its rejection to be looked at again; a lead who did not decide answers."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import record_event, require
from accounts.transitions import TransitionRefused, change_status
from applications.models import (
    APPLICATION_TRANSITIONS,
    OPEN_APPLICATION_STATUSES,
    RECONSIDERATION_TRANSITIONS,
    Application,
    ApplicationStatus,
    Reconsideration,
    ReconsiderationStatus,
)
from applications.permissions import can_answer_reconsideration, can_ask_to_reconsider
from applications.services.clock import CLOCK, start_clock
from applications.services.enrolled import follow_return
from applications.services.locks import address_of, in_words, lock_application, tell_owners

NOT_YOURS_TO_ASK = "Only an owner of the company can ask for its rejection to be looked at again"
NOT_YOURS_TO_ANSWER = "Only a lead assurer who did not decide and does not act for the company can answer"


@transaction.atomic
def ask_to_reconsider(*, application: Application, grounds: str, by: User) -> Reconsideration:
    """One request about a rejection, within 28 days. Asked twice (a double click), it is the first one."""
    locked = lock_application(application)
    require(can_ask_to_reconsider(by, locked), NOT_YOURS_TO_ASK)
    if locked.decided_by is None or locked.decided_at is None:
        raise TransitionRefused(f"This application is now: {locked.get_status_display()}.")
    if asked := locked.reconsiderations.filter(rejected_at=locked.decided_at).first():
        if asked.asked_by_id == by.pk and asked.grounds == grounds:
            return asked
        raise TransitionRefused("DfT has been asked already to look at this rejection again.")
    if why := why_not_reconsider(locked):
        raise TransitionRefused(why)
    asked = Reconsideration.objects.create(
        application=locked,
        rejected_by=locked.decided_by,
        rejected_at=locked.decided_at,
        rejection_reasons=locked.rejection_reasons,
        rejection_words=locked.decision_reason,
        grounds=grounds,
        asked_by=by,
        asked_at=timezone.now(),
    )
    tell_owners(
        locked.company,
        subject=f"{locked.reference}: you have asked us to look at the rejection again",
        body=(
            f"We have your request about the application of {locked.company.name}. Somebody who did not "
            f"decide looks at it, and we write to you with the answer.\n\n{address_of(locked)}\n"
        ),
    )
    record_event(verb="application.reconsideration_asked", target=locked, by=by, reason=grounds)
    return asked


def why_not_reconsider(application: Application) -> str:
    """Empty when a request can be made now; otherwise why it cannot, in words for the company."""
    if application.reconsider_by is None:
        return f"This application is now: {application.get_status_display()}."
    if timezone.localdate() > application.reconsider_by:
        return f"The time to ask ended on {in_words(application.reconsider_by)}. The company can apply again."
    others = application.company.applications.exclude(pk=application.pk)
    if others.filter(status__in=OPEN_APPLICATION_STATUSES).exists():
        return "The company has applied again, and that application is under way."
    if application.company.memberships.filter(status__in=["active", "suspended", "lapsed"]).exists():
        return "The company is a member."
    return ""


@transaction.atomic
def answer_reconsideration(
    *, reconsideration: Reconsideration, is_set_aside: bool, answer: str, by: User
) -> None:
    """Let the rejection stand, or set it aside: then the application is with DfT again, and nobody's."""
    application = lock_application(reconsideration.application)
    locked = Reconsideration.objects.select_for_update().get(pk=reconsideration.pk)
    locked.application = application
    require(can_answer_reconsideration(by, locked), NOT_YOURS_TO_ANSWER)
    status = ReconsiderationStatus.SET_ASIDE if is_set_aside else ReconsiderationStatus.UPHELD
    change_status(
        locked, status, RECONSIDERATION_TRANSITIONS, message="This request has been answered already."
    )
    locked.answer, locked.answered_by, locked.answered_at = answer, by, timezone.now()
    locked.save(update_fields=["status", "answer", "answered_by", "answered_at"])
    if is_set_aside:
        _return_to_queue(application)
        follow_return(application=application)
    tell_owners(
        application.company,
        subject=f"{application.reference}: we have looked at the rejection again",
        body=_words(application, answer, is_set_aside=is_set_aside),
    )
    record_event(
        verb=f"application.rejection_{status}",
        target=application,
        by=by,
        reason=answer,
    )


def _return_to_queue(application: Application) -> None:
    change_status(application, ApplicationStatus.SUBMITTED, APPLICATION_TRANSITIONS)
    application.decided_by = application.decided_at = application.assigned_to = None
    application.decision_reason, application.rejection_reasons = "", []
    start_clock(application)
    application.save(
        update_fields=[
            "status",
            "decided_by",
            "decided_at",
            "decision_reason",
            "rejection_reasons",
            "assigned_to",
            *CLOCK,
        ]
    )


def _words(application: Application, answer: str, *, is_set_aside: bool) -> str:
    if is_set_aside:
        assert application.due_on is not None
        outcome = (
            "The rejection is set aside. We now decide on the application afresh, and somebody else does. "
            f"We aim to do so by {in_words(application.due_on)}."
        )
    else:
        outcome = "The rejection stands. The company can apply again at any time."
    return (
        f"You asked us to look again at the application of {application.company.name}.\n\n{outcome}\n\n"
        f"The reason:\n\n{answer}\n\n{address_of(application)}\n"
    )
