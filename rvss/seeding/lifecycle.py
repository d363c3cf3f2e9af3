"""What became of memberships: renewed, due, overdue, lapsed, suspended, ended; with their history."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from accounts.models import User
from applications.models import (
    Membership,
    MembershipEvent,
    MembershipEventKind,
    MembershipStatus,
    Renewal,
    ResignationReason,
)
from applications.renewal_dates import GRACE, OPENS_BEFORE, REMINDERS, a_year_after, lapses_on, reminder_for

# Of 25 members in order of joining, the places of those that are no longer simply members.
PLACES = {
    6: MembershipStatus.SUSPENDED,
    10: MembershipStatus.LAPSED,
    14: MembershipStatus.REMOVED,
    18: MembershipStatus.RESIGNED,
}
REASONS = {
    MembershipEventKind.SUSPENDED: "No security plan after three requests.",
    MembershipEventKind.LAPSED: f"The renewal was not made within {GRACE.days} days.",
    MembershipEventKind.REMOVED: "The company has been dissolved.",
    MembershipEventKind.RESIGNED: "The last of our vans is sold.",
}
LEFT_BECAUSE = [code for code in ResignationReason.values if code != ResignationReason.OTHER]
RENEWED_BEFORE = timedelta(days=5)


def lead_on(membership: Membership, *, place: int, end: datetime) -> list[Renewal]:
    """Set the status, the end and the due date of a member that has just joined; returns its renewals."""
    today = timezone.localdate(end)
    due = membership.renewal_due_on
    membership.status = PLACES.get(place % 25, MembershipStatus.ACTIVE)
    if membership.status == MembershipStatus.LAPSED and lapses_on(due) > today:
        membership.status = MembershipStatus.ACTIVE
    if membership.status in {MembershipStatus.REMOVED, MembershipStatus.RESIGNED}:
        membership.ended_on = membership.started_on + (today - membership.started_on) * 3 // 4
    renewals = []
    if due <= (membership.ended_on or today) and not _is_late(membership, place, today):
        renewals.append(_renewed(membership))
        membership.renewal_due_on = a_year_after(due)
    reminder = reminder_for(membership.renewal_due_on, today)
    if reminder is not None and membership.ended_on is None:
        told = min(_noon(membership.renewal_due_on - timedelta(days=reminder)), end)
        renewals.append(
            Renewal(
                membership=membership,
                due_on=membership.renewal_due_on,
                opened_at=min(_noon(membership.renewal_due_on - OPENS_BEFORE), end),
                reminded=reminder,
                reminded_at=told,
                lapsed_on=lapses_on(membership.renewal_due_on)
                if membership.status == MembershipStatus.LAPSED
                else None,
            )
        )
    return renewals


def _is_late(membership: Membership, place: int, today: date) -> bool:
    """Lapsed, or one in three of those that are still in their grace."""
    in_grace = membership.renewal_due_on > today - GRACE
    is_active = membership.status == MembershipStatus.ACTIVE
    return membership.status == MembershipStatus.LAPSED or (is_active and in_grace and place % 3 == 0)


def _renewed(membership: Membership) -> Renewal:
    due = membership.renewal_due_on
    return Renewal(
        membership=membership,
        due_on=due,
        opened_at=_noon(due - OPENS_BEFORE),
        reminded=REMINDERS[2],
        reminded_at=_noon(due - timedelta(days=REMINDERS[2])),
        completed_at=_noon(due - RENEWED_BEFORE),
        completed_by=membership.application.started_by,
        next_due_on=a_year_after(due),
    )


def history_of(membership: Membership, renewals: list[Renewal], end: datetime) -> list[MembershipEvent]:
    """In order of time."""
    application = membership.application
    assert application.decided_at is not None
    events = [
        MembershipEvent(
            membership=membership,
            kind=MembershipEventKind.STARTED,
            day=membership.started_on,
            at=application.decided_at,
            by=application.decided_by,
        )
    ]
    for row in renewals:
        if row.completed_at:
            by = row.completed_by
            events.append(_event(membership, MembershipEventKind.RENEWED, row.due_on - RENEWED_BEFORE, by))
    if membership.status != MembershipStatus.ACTIVE:
        events.append(_last_event(membership, timezone.localdate(end)))
    return sorted(events, key=lambda row: row.day)


def _last_event(membership: Membership, today: date) -> MembershipEvent:
    kind = MembershipEventKind(membership.status)
    if kind == MembershipEventKind.LAPSED:
        return _event(membership, kind, lapses_on(membership.renewal_due_on), None)
    if kind == MembershipEventKind.RESIGNED:
        assert membership.ended_on is not None
        left = _event(membership, kind, membership.ended_on, membership.application.started_by)
        left.reason_code = LEFT_BECAUSE[membership.started_on.toordinal() % len(LEFT_BECAUSE)]
        return left
    day = membership.ended_on or membership.started_on + (today - membership.started_on) * 3 // 4
    return _event(membership, kind, day, membership.application.decided_by)


def _event(membership: Membership, kind: MembershipEventKind, day: date, by: User | None) -> MembershipEvent:
    reason = REASONS.get(kind, "")
    return MembershipEvent(membership=membership, kind=kind, day=day, at=_noon(day), by=by, reason=reason)


def _noon(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(12)))
