"""What DfT does with an application that was sent to it."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import record_event, require
from accounts.transitions import TransitionRefused, change_status
from applications.models import (
    APPLICATION_TRANSITIONS,
    Application,
    ApplicationQuestion,
    ApplicationStatus,
    Membership,
)
from applications.permissions import can_decide_application
from applications.services.locks import address_of, lock_application, tell_owners
from applications.services.memberships import make_membership

NOT_YOURS = "Only a DfT assurer who does not act for the company can work on its application"


def _lock_for_dft(application: Application, by: User) -> Application:
    locked = lock_application(application)
    require(can_decide_application(by, locked), NOT_YOURS)
    return locked


@transaction.atomic
def assign_application(*, application: Application, to: User, by: User) -> None:
    locked = _lock_for_dft(application, by)
    require(can_decide_application(to, locked), NOT_YOURS)
    if locked.status not in {ApplicationStatus.SUBMITTED, ApplicationStatus.QUESTION}:
        raise TransitionRefused(f"This application is now: {locked.get_status_display()}.")
    if locked.assigned_to_id == to.pk:
        return
    locked.assigned_to = to
    locked.save(update_fields=["assigned_to"])
    record_event(verb="application.assigned", target=locked, by=by, data={"to": to.pk})


@transaction.atomic
def ask_question(*, application: Application, section: str, question: str, by: User) -> ApplicationQuestion:
    """Ask about one section; the company has the application until it answers."""
    locked = _lock_for_dft(application, by)
    change_status(locked, ApplicationStatus.QUESTION, APPLICATION_TRANSITIONS)
    if locked.assigned_to_id is None:
        locked.assigned_to = by
    locked.save(update_fields=["status", "assigned_to"])
    asked = ApplicationQuestion.objects.create(
        application=locked, section=section, question=question, asked_by=by, asked_at=timezone.now()
    )
    tell_owners(
        locked.company,
        subject=f"{locked.reference}: a question about your application",
        body=(
            "The Department for Transport has a question about your application to join the Rental "
            f"Vehicle Security Scheme:\n\n{question}\n\nAnswer it here: {address_of(locked)}\n"
        ),
    )
    record_event(verb="application.question_asked", target=locked, by=by, data={"section": section})
    return asked


@transaction.atomic
def accept_application(*, application: Application, reason: str = "", by: User) -> Membership:
    """Accept, and make the membership with the next number."""
    locked = _lock_for_dft(application, by)
    _decide(locked, ApplicationStatus.ACCEPTED, reason, by)
    membership = make_membership(application=locked)
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
def reject_application(*, application: Application, reason: str, by: User) -> None:
    locked = _lock_for_dft(application, by)
    _decide(locked, ApplicationStatus.REJECTED, reason, by)
    tell_owners(
        locked.company,
        subject=f"{locked.reference}: your application was not accepted",
        body=(
            f"The Department for Transport has not accepted the application of {locked.company.name}.\n\n"
            f"The reason:\n\n{reason}\n\n{address_of(locked)}\n"
        ),
    )
    record_event(verb="application.rejected", target=locked, by=by, reason=reason)


def _decide(application: Application, status: str, reason: str, by: User) -> None:
    change_status(application, status, APPLICATION_TRANSITIONS)
    application.decided_by = by
    application.decided_at = timezone.now()
    application.decision_reason = reason
    application.save(update_fields=["status", "decided_by", "decided_at", "decision_reason"])
