"""Actions that are long overdue become proposals to suspend the member; a lead decides about each."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Role, User
from accounts.services import queue_notification, record_event, require
from accounts.transitions import TransitionRefused, change_status
from applications.models import Membership, MembershipStatus
from applications.services import suspend_membership
from applications.services.locks import lock_membership
from assurance.models import (
    PROPOSAL_TRANSITIONS,
    TO_DO,
    CheckStatus,
    CorrectiveAction,
    ProposalStatus,
    SuspensionProposal,
)
from assurance.permissions import can_decide_suspension
from assurance.services.closing import keep_closure

# The scheme publishes no figure; this is ours. Days after the target date of an action.
PROPOSED_AFTER = timedelta(days=28)
MOOT = "The actions are answered, or the company is no active member."


def members_to_propose(today: date) -> list[Membership]:
    """Active members with an action that is long overdue, and about which no proposal has been decided."""
    found = CorrectiveAction.objects.filter(
        status__in=TO_DO,
        target_on__lt=today - PROPOSED_AFTER,
        check_of__status=CheckStatus.DECIDED,
        check_of__membership__status=MembershipStatus.ACTIVE,
        suspension_proposals=None,
    )
    members = Membership.objects.filter(pk__in=found.values("check_of__membership"))
    return list(members.exclude(suspension_proposals__status=ProposalStatus.OPEN).order_by("pk"))


@transaction.atomic
def propose_suspension(*, membership: Membership, today: date) -> SuspensionProposal | None:
    """None when there is nothing to propose any more. Harmless twice."""
    locked = lock_membership(membership)
    overdue = CorrectiveAction.objects.filter(
        check_of__membership=locked,
        check_of__status=CheckStatus.DECIDED,
        status__in=TO_DO,
        target_on__lt=today - PROPOSED_AFTER,
    )
    is_open = SuspensionProposal.objects.filter(membership=locked, status=ProposalStatus.OPEN).exists()
    if locked.status != MembershipStatus.ACTIVE or is_open:
        return None
    if not overdue.filter(suspension_proposals=None).exists():
        return None
    proposal = SuspensionProposal.objects.create(membership=locked)
    proposal.actions.set(overdue)
    for lead in User.objects.filter(role=Role.LEAD, is_active=True).order_by("pk"):
        queue_notification(
            to=lead.email,
            user=lead,
            subject=f"{locked.number}: actions are long overdue",
            body=f"Actions of {locked.company.name} are overdue by more than {PROPOSED_AFTER.days} days. "
            "Sign in to decide whether its membership is suspended.\n",
        )
    record_event(verb="suspension.proposed", target=proposal, by=None, data={"member": locked.number})
    return proposal


def _lock_open(proposal: SuspensionProposal) -> SuspensionProposal:
    """The company first, as everywhere."""
    membership = lock_membership(Membership.objects.get(pk=proposal.membership_id))
    locked = SuspensionProposal.objects.select_for_update().get(pk=proposal.pk)
    locked.membership = membership
    if locked.status != ProposalStatus.OPEN:
        raise TransitionRefused(f"This proposal is now: {locked.get_status_display()}.")
    return locked


def _settle(proposal: SuspensionProposal, status: ProposalStatus, reason: str, by: User | None) -> None:
    change_status(proposal, status, PROPOSAL_TRANSITIONS)
    proposal.decided_by, proposal.decided_at, proposal.reason = by, timezone.now(), reason
    proposal.save(update_fields=["status", "decided_by", "decided_at", "reason"])


@transaction.atomic
def decide_suspension(
    *, proposal: SuspensionProposal, suspend: bool, reason: str, code: str = "", by: User
) -> None:
    """Suspend the member, or say why not, with a code; then the same actions are not proposed again."""
    locked = _lock_open(proposal)
    require(can_decide_suspension(by, locked), "Only a lead assurer without a part in the company decides")
    if not reason.strip():
        raise TransitionRefused("Give the reason.")
    if suspend:
        suspend_membership(membership=locked.membership, reason=reason, by=by)
    _settle(locked, ProposalStatus.SUSPENDED if suspend else ProposalStatus.DECLINED, reason, by)
    if not suspend:
        keep_closure(proposal=locked, code=code, reason=reason, by=by)
    verb = "suspension.decided" if suspend else "suspension.declined"
    record_event(verb=verb, target=locked, by=by, reason=reason)


@transaction.atomic
def drop_proposal(*, proposal: SuspensionProposal) -> bool:
    """What it rests on is gone: nothing is overdue any more, or the member is not active. Harmless twice."""
    try:
        locked = _lock_open(proposal)
    except TransitionRefused:
        return False
    overdue = locked.actions.filter(status__in=TO_DO, target_on__lt=timezone.localdate())
    if locked.membership.status == MembershipStatus.ACTIVE and overdue.exists():
        return False
    _settle(locked, ProposalStatus.MOOT, MOOT, None)
    record_event(verb="suspension.dropped", target=locked, by=None)
    return True
