"""Membership: made by acceptance, suspended and reinstated by DfT."""

from __future__ import annotations

from datetime import date

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import record_event, require
from accounts.transitions import TransitionRefused, change_status
from applications.models import (
    MEMBERSHIP_TRANSITIONS,
    Application,
    Membership,
    MembershipStatus,
)
from applications.permissions import can_suspend_membership
from applications.services.locks import lock_membership, tell_owners

NUMBER_LOCK = 0x4E554D42  # held to the end of the transaction by whoever takes the next number


def next_number() -> str:
    """RVSS-000001 and on. The sequence never gives a number twice, whoever asks at the same time.

    Rows that came by another way (an import) may be ahead of it: then it goes on from the highest.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NUMBER_LOCK])
        cursor.execute("SELECT nextval('applications_membership_number')")
        number = f"RVSS-{cursor.fetchone()[0]:06d}"
        if Membership.objects.filter(number=number).exists():
            highest = Membership.objects.order_by("-number").values_list("number", flat=True)[0]
            cursor.execute(
                "SELECT setval('applications_membership_number', %s)",
                [int(highest.removeprefix("RVSS-")) + 1],
            )
            number = f"RVSS-{cursor.fetchone()[0]:06d}"
    return number


def a_year_after(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:  # 29 February
        return date(day.year + 1, 3, 1)


def make_membership(*, application: Application) -> Membership:
    """The membership of an application that is being accepted in the caller's transaction."""
    company = application.company
    if company.memberships.filter(status__in=["active", "suspended", "lapsed"]).exists():
        raise TransitionRefused("This company is a member already. Reject the application, and say so.")
    today = timezone.localdate()
    return Membership.objects.create(
        number=next_number(),
        company=company,
        application=application,
        is_listed=bool(application.agrees_to_listing),
        started_on=today,
        renewal_due_on=a_year_after(today),
    )


@transaction.atomic
def suspend_membership(*, membership: Membership, reason: str, by: User) -> Membership:
    """Take a member off the register until it is reinstated."""
    locked = lock_membership(membership)
    require(can_suspend_membership(by, locked.company), "Only a lead assurer can suspend a membership")
    change_status(locked, MembershipStatus.SUSPENDED, MEMBERSHIP_TRANSITIONS)
    locked.save(update_fields=["status"])
    tell_owners(
        locked.company,
        subject=f"Membership {locked.number} is suspended",
        body=(
            f"The Department for Transport has suspended the membership of {locked.company.name} in the "
            f"Rental Vehicle Security Scheme.\n\nThe reason:\n\n{reason}\n"
        ),
    )
    record_event(verb="membership.suspended", target=locked, by=by, reason=reason)
    return locked


@transaction.atomic
def reinstate_membership(*, membership: Membership, reason: str, by: User) -> Membership:
    locked = lock_membership(membership)
    require(can_suspend_membership(by, locked.company), "Only a lead assurer can reinstate a membership")
    if locked.status != MembershipStatus.SUSPENDED:
        raise TransitionRefused(f"This membership is now: {locked.get_status_display()}.")
    change_status(locked, MembershipStatus.ACTIVE, MEMBERSHIP_TRANSITIONS)
    locked.save(update_fields=["status"])
    tell_owners(
        locked.company,
        subject=f"Membership {locked.number} is active again",
        body=(
            f"{locked.company.name} is a member of the Rental Vehicle Security Scheme again.\n\n"
            f"The reason:\n\n{reason}\n"
        ),
    )
    record_event(verb="membership.reinstated", target=locked, by=by, reason=reason)
    return locked
