"""Membership: made by acceptance, suspended, reinstated and removed by DfT, resigned by its company."""

from __future__ import annotations

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import record_event, require
from accounts.transitions import TransitionRefused, change_status
from applications.models import (
    MEMBERSHIP_TRANSITIONS,
    Application,
    Membership,
    MembershipEvent,
    MembershipEventKind,
    MembershipStatus,
    ResignationReason,
)
from applications.permissions import can_remove_membership, can_resign_membership, can_suspend_membership
from applications.renewal_dates import a_year_after
from applications.services.locks import lock_membership
from applications.services.membership_words import (
    tell_reinstated,
    tell_removed,
    tell_resigned,
    tell_suspended,
)

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


def note_event(
    *, membership: Membership, kind: str, by: User | None, reason: str = "", reason_code: str = ""
) -> MembershipEvent:
    """The line in the membership's history, in the transaction of the change that it tells of."""
    return MembershipEvent.objects.create(
        membership=membership,
        kind=MembershipEventKind(kind),
        day=timezone.localdate(),
        by=by,
        reason=reason,
        reason_code=reason_code,
    )


def make_membership(*, application: Application) -> Membership:
    """The membership of an application that is being accepted in the caller's transaction."""
    company = application.company
    if company.memberships.filter(status__in=["active", "suspended", "lapsed"]).exists():
        raise TransitionRefused("This company is a member already. Reject the application, and say so.")
    today = timezone.localdate()
    membership = Membership.objects.create(
        number=next_number(),
        company=company,
        application=application,
        origin=application.origin,
        partner_id=application.partner_id,
        is_listed=bool(application.agrees_to_listing),
        started_on=today,
        renewal_due_on=a_year_after(today),
    )
    note_event(membership=membership, kind=MembershipEventKind.STARTED, by=application.decided_by)
    return membership


@transaction.atomic
def suspend_membership(*, membership: Membership, reason: str, by: User) -> Membership:
    """Take a member off the register until it is reinstated."""
    locked = lock_membership(membership)
    require(can_suspend_membership(by, locked.company), "Only a lead assurer can suspend a membership")
    _refuse_without(reason)
    change_status(locked, MembershipStatus.SUSPENDED, MEMBERSHIP_TRANSITIONS)
    locked.save(update_fields=["status"])
    note_event(membership=locked, kind=MembershipEventKind.SUSPENDED, by=by, reason=reason)
    tell_suspended(locked, reason)
    record_event(verb="membership.suspended", target=locked, by=by, reason=reason)
    return locked


@transaction.atomic
def reinstate_membership(*, membership: Membership, reason: str, by: User) -> Membership:
    locked = lock_membership(membership)
    require(can_suspend_membership(by, locked.company), "Only a lead assurer can reinstate a membership")
    _refuse_without(reason)
    if locked.status != MembershipStatus.SUSPENDED:
        raise TransitionRefused(f"This membership is now: {locked.get_status_display()}.")
    change_status(locked, MembershipStatus.ACTIVE, MEMBERSHIP_TRANSITIONS)
    locked.save(update_fields=["status"])
    note_event(membership=locked, kind=MembershipEventKind.REINSTATED, by=by, reason=reason)
    tell_reinstated(locked, reason)
    record_event(verb="membership.reinstated", target=locked, by=by, reason=reason)
    return locked


@transaction.atomic
def remove_membership(*, membership: Membership, reason: str, by: User) -> Membership:
    """End a membership against the company's will; it can apply again."""
    locked = lock_membership(membership)
    require(can_remove_membership(by, locked.company), "Only a lead assurer can remove a member")
    _refuse_without(reason)
    _end(locked, MembershipStatus.REMOVED)
    note_event(membership=locked, kind=MembershipEventKind.REMOVED, by=by, reason=reason)
    tell_removed(locked, reason)
    record_event(verb="membership.removed", target=locked, by=by, reason=reason)
    return locked


@transaction.atomic
def resign_membership(*, membership: Membership, reason_code: str, reason: str = "", by: User) -> Membership:
    """End a membership by its company's own wish; `reason` is needed only with the code for another reason.

    Sent twice by the same person (a double click), the second changes nothing.
    """
    locked = lock_membership(membership)
    require(can_resign_membership(by, locked.company), "Only an owner of the company can end its membership")
    if locked.status == MembershipStatus.RESIGNED and locked.events.filter(kind="resigned", by=by).exists():
        return locked
    code = ResignationReason(reason_code)
    if code == ResignationReason.OTHER:
        _refuse_without(reason)
    _end(locked, MembershipStatus.RESIGNED)
    note_event(membership=locked, kind=MembershipEventKind.RESIGNED, by=by, reason=reason, reason_code=code)
    tell_resigned(locked, by.name)
    record_event(
        verb="membership.resigned",
        target=locked,
        by=by,
        reason=reason or str(code.label),
        data={"reason_code": code.value},
    )
    return locked


def _end(locked: Membership, status: str) -> None:
    change_status(locked, status, MEMBERSHIP_TRANSITIONS)
    locked.ended_on = timezone.localdate()
    locked.save(update_fields=["status", "ended_on"])


def _refuse_without(reason: str) -> None:
    if not reason.strip():
        raise TransitionRefused("Give the reason.")
