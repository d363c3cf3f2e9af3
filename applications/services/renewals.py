"""The yearly renewal: reminders by the service, the renewal by an owner, the lapse by the service."""

from __future__ import annotations

from datetime import date, datetime, time

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import record_event, require
from accounts.transitions import TransitionRefused, change_status
from applications.models import (
    CURRENT_STATUSES,
    MEMBERSHIP_TRANSITIONS,
    DeclarationPurpose,
    Membership,
    MembershipEventKind,
    MembershipStatus,
    Renewal,
)
from applications.permissions import can_renew_membership
from applications.renewal_dates import GRACE, NOTICE, lapses_on, next_due, opens_on, reminder_for
from applications.services.declarations import SignedWords, sign_declaration
from applications.services.locks import lock_membership
from applications.services.membership_words import (
    in_words,
    tell_lapsed,
    tell_reminder,
    tell_renewed,
)
from applications.services.memberships import note_event


def why_not_renew(membership: Membership, today: date) -> str:
    """Why this membership cannot be renewed today; empty when it can."""
    if membership.status == MembershipStatus.LAPSED:
        return ""
    if membership.status not in CURRENT_STATUSES:
        return f"This membership is now: {membership.get_status_display()}. The company can apply again."
    opens = opens_on(membership.renewal_due_on)
    if today < opens:
        return f"The renewal is due on {in_words(membership.renewal_due_on)} and opens on {in_words(opens)}."
    return ""


@transaction.atomic
def remind_of_renewal(*, membership: Membership) -> Renewal | None:
    """Open the renewal and send the reminder that today calls for, unless it was sent.

    Run by the service every day, and harmless twice; after missed days only the latest reminder goes out.
    """
    locked = lock_membership(membership)
    wanted = reminder_for(locked.renewal_due_on, timezone.localdate())
    if locked.status not in CURRENT_STATUSES or wanted is None:
        return None
    renewal, _ = Renewal.objects.get_or_create(membership=locked, due_on=locked.renewal_due_on)
    if renewal.completed_at or (renewal.reminded is not None and renewal.reminded <= wanted):
        return renewal
    renewal.reminded = wanted
    renewal.reminded_at = timezone.now()
    renewal.save(update_fields=["reminded", "reminded_at"])
    tell_reminder(locked, wanted)
    record_event(verb="membership.renewal_reminded", target=locked, by=None, data={"days": wanted})
    return renewal


@transaction.atomic
def renew_membership(*, membership: Membership, due_on: date, words: SignedWords, by: User) -> Renewal:
    """Sign, and renew for the year that was due on `due_on`. Sent twice, the first one counts.

    A lapsed membership becomes active again, with a year from today; a suspended one stays suspended. Raises
    TransitionRefused when it is too early or too late, or an answer is missing.
    """
    locked = lock_membership(membership)
    require(can_renew_membership(by, locked.company), "Only an owner of the company can renew its membership")
    done = Renewal.objects.filter(membership=locked, due_on=due_on, completed_at__isnull=False).first()
    if done:
        return done
    today = timezone.localdate()
    if obstacle := why_not_renew(locked, today):
        raise TransitionRefused(obstacle)
    if locked.renewal_due_on != due_on:
        raise TransitionRefused("This page is about another year. Open the renewal again.")
    declaration = sign_declaration(
        application=locked.application,
        purpose=DeclarationPurpose.RENEWAL,
        edition_code=words.edition_code,
        declaration_text=words.text,
        signatory_name=words.signatory_name,
        signatory_role=words.signatory_role,
        by=by,
    )
    has_lapsed = locked.status == MembershipStatus.LAPSED
    if has_lapsed:
        change_status(locked, MembershipStatus.ACTIVE, MEMBERSHIP_TRANSITIONS)
    locked.renewal_due_on = next_due(due_on, today, has_lapsed=has_lapsed)
    locked.save(update_fields=["status", "renewal_due_on"])
    renewal, _ = Renewal.objects.get_or_create(membership=locked, due_on=due_on)
    renewal.completed_at = timezone.now()
    renewal.completed_by = by
    renewal.next_due_on = locked.renewal_due_on
    renewal.declaration = declaration
    renewal.save()
    note_event(membership=locked, kind=MembershipEventKind.RENEWED, by=by)
    tell_renewed(locked, has_lapsed)
    record_event(
        verb="membership.renewed",
        target=locked,
        by=by,
        data={"due_on": due_on.isoformat(), "next_due_on": locked.renewal_due_on.isoformat()},
    )
    return renewal


def may_lapse(membership: Membership, today: date) -> bool:
    """Active, not renewed within the grace, told on or after the due date at least a week ago, and not
    reinstated so recently that its company had less than the grace to renew."""
    if membership.status != MembershipStatus.ACTIVE or today < lapses_on(membership.renewal_due_on):
        return False
    told_before = timezone.make_aware(datetime.combine(today - NOTICE, time.max))
    was_told = membership.renewals.open().filter(
        due_on=membership.renewal_due_on, reminded=0, reminded_at__lte=told_before
    )
    came_back = membership.events.filter(kind=MembershipEventKind.REINSTATED, day__gt=today - GRACE)
    return was_told.exists() and not came_back.exists()


@transaction.atomic
def lapse_membership(*, membership: Membership) -> bool:
    """End the grace of one that was not renewed. By the service; False when it may not lapse (any more)."""
    locked = lock_membership(membership)
    if not may_lapse(locked, timezone.localdate()):
        return False
    change_status(locked, MembershipStatus.LAPSED, MEMBERSHIP_TRANSITIONS)
    locked.save(update_fields=["status"])
    renewal = locked.renewals.open().get()
    renewal.lapsed_on = timezone.localdate()
    renewal.save(update_fields=["lapsed_on"])
    due = in_words(locked.renewal_due_on)
    reason = f"The renewal due on {due} was not made within {GRACE.days} days."
    note_event(membership=locked, kind=MembershipEventKind.LAPSED, by=None, reason=reason)
    tell_lapsed(locked)
    record_event(verb="membership.lapsed", target=locked, by=None, reason=reason)
    return True
