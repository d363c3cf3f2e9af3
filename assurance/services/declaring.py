"""Saying in each case whether one has a conflict of interest, before anything of the plan is opened."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import record_event, require
from accounts.transitions import TransitionRefused
from assurance.models import BarOverride, ConflictDeclaration, PlanCheck, SecondReading
from assurance.permissions import can_declare, is_barred
from assurance.services.allocation import take_off_the_barred, tell_leads
from assurance.services.locks import lock_allocation, lock_check

NOT_YOURS = "Only the assurer of the check and leads, whom nothing bars, declare in it"
DECLARED = "You have declared a conflict of interest in this case. The leads are told."
LATER = "A conflict of interest was declared afterwards"


def refuse_if_declared(check: int, by: User) -> None:
    """Whoever has declared a conflict no longer sees the check, and would not hear that it is on record."""
    declared = ConflictDeclaration.objects.filter(check_of=check, user=by, has_conflict=True)
    if declared.exists() and is_barred(by, PlanCheck(pk=check)):
        raise TransitionRefused(DECLARED)


@transaction.atomic
def declare_conflict(
    *, check: PlanCheck, has_conflict: bool, details: str = "", by: User
) -> ConflictDeclaration:
    """Declare for this case. A conflict bars the person from the company's checks from now on.

    It ends what leads have overridden before, takes the checks that are not decided off the assurer, and
    tells the leads.
    """
    lock_allocation()
    locked = lock_check(check)
    if has_conflict:
        refuse_if_declared(locked.pk, by)
    require(can_declare(by, locked), NOT_YOURS)
    if has_conflict and not details.strip():
        raise TransitionRefused("Say what the conflict of interest is.")
    declaration = ConflictDeclaration.objects.create(
        check_of=locked, user=by, has_conflict=has_conflict, details=details if has_conflict else ""
    )
    if has_conflict:
        company = locked.membership.company_id
        BarOverride.objects.standing().filter(user=by, check_of__membership__company=company).update(
            ended_by=by,
            ended_at=timezone.now(),
            ended_reason=LATER,
        )
        taken = take_off_the_barred(by, by=by)
        unread = SecondReading.objects.open().filter(reader=by, check_of__membership__company=company)
        SecondReading.objects.filter(pk__in=unread.values("pk"), findings=None).update(reader=None)
        if locked.pk not in {other.pk for other in taken}:
            tell_leads([locked], by)  # a lead, or an assurer whose check is decided
    # Not the details: the record cannot be edited, and they speak of the person's life.
    record_event(
        verb="check.conflict_declared" if has_conflict else "check.no_conflict_declared", target=locked, by=by
    )
    return declaration
