"""What DfT does with an application that was sent to it."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import record_event, require
from accounts.transitions import change_status
from applications.models import (
    APPLICATION_TRANSITIONS,
    Application,
    ApplicationStatus,
    Membership,
)
from applications.permissions import can_decide_application, may_decide_after_all
from applications.services.assignment import NOT_YOURS
from applications.services.clock import CLOCK, end_clock
from applications.services.enrolled import follow_decision, refuse_without_contact
from applications.services.locks import address_of, in_words, lock_application, tell_owners
from applications.services.memberships import make_membership

NOT_YOURS_AGAIN = "Your rejection of this application was set aside, so somebody else decides on it now"


def lock_for_dft(application: Application, by: User) -> Application:
    locked = lock_application(application)
    require(can_decide_application(by, locked), NOT_YOURS)
    return locked


@transaction.atomic
def accept_application(*, application: Application, reason: str = "", by: User) -> Membership:
    """Accept, and make the membership with the next number."""
    locked = lock_for_dft(application, by)
    refuse_without_contact(locked)
    _decide(locked, ApplicationStatus.ACCEPTED, reason, by)
    membership = make_membership(application=locked)
    follow_decision(application=locked, by=by)
    tell_owners(
        locked.company,
        subject=f"{locked.company.name} is a member: {membership.number}",
        body=(
            f"{locked.company.name} has joined the Rental Vehicle Security Scheme.\n\n"
            f"Membership number: {membership.number}\n\n"
            "Write your security plan next. It shows how you meet every point of the Code of Practice, "
            f"and we may ask for it.\n\n{address_of(locked)}\n"
        ),
    )
    record_event(
        verb="application.accepted",
        target=locked,
        by=by,
        reason=reason,
        data={"membership": membership.number},
    )
    return membership


@transaction.atomic
def reject_application(*, application: Application, reasons: Sequence[str], reason: str, by: User) -> None:
    """Reject for coded reasons (RejectionReason) and in words. The company is told what it can do."""
    locked = lock_for_dft(application, by)
    locked.rejection_reasons = list(dict.fromkeys(reasons))
    _decide(locked, ApplicationStatus.REJECTED, reason, by)
    follow_decision(application=locked, by=by, reason=reason)
    assert locked.reconsider_by is not None
    reasons_in_words = "\n".join(f"- {words}" for words in locked.rejection_words)
    tell_owners(
        locked.company,
        subject=f"{locked.reference}: your application was not accepted",
        body=(
            f"The Department for Transport has not accepted the application of {locked.company.name}.\n\n"
            f"The reasons:\n\n{reasons_in_words}\n\n{reason}\n\n"
            "If you think that this is wrong, ask us to look at it again by "
            f"{in_words(locked.reconsider_by)}. Somebody who did not decide will look at it. "
            f"Ask here: {address_of(locked)}\n\n"
            "You can also put right what is wrong and apply again at any time.\n"
        ),
    )
    record_event(
        verb="application.rejected",
        target=locked,
        by=by,
        reason=reason,
        data={"reasons": locked.rejection_reasons},
    )


def _decide(application: Application, status: str, reason: str, by: User) -> None:
    require(may_decide_after_all(by, application), NOT_YOURS_AGAIN)
    change_status(application, status, APPLICATION_TRANSITIONS)
    application.decided_by = by
    application.decided_at = timezone.now()
    application.decision_reason = reason
    end_clock(application)
    application.save(
        update_fields=[
            "status",
            "decided_by",
            "decided_at",
            "decision_reason",
            "rejection_reasons",
            *CLOCK,
        ]
    )
