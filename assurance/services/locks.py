"""Rows that a service changes, locked for the length of its transaction."""

from __future__ import annotations

from django.db import connection

from accounts.transitions import TransitionRefused
from assurance.models import IN_HAND, CorrectiveAction, PlanCheck

ALLOCATION_LOCK = 0x414C4C4F  # "ALLO"


def lock_allocation() -> None:
    """One change at a time of who has which check and who is barred. Call it before any row is locked.

    So loads are counted as they are, and nobody is given a check while they declare a conflict.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ALLOCATION_LOCK])


def lock_check(check: PlanCheck) -> PlanCheck:
    return (
        PlanCheck.objects.select_for_update(of=("self",))
        .select_related("membership__company", "plan_version__edition", "assurer", "selection__round")
        .get(pk=check.pk)
    )


def lock_check_in_hand(check: PlanCheck) -> PlanCheck:
    """Raises TransitionRefused when findings can no longer be changed."""
    locked = lock_check(check)
    if locked.status not in IN_HAND:
        raise TransitionRefused(
            f"This check is now: {locked.get_status_display()}. Its findings can no longer be changed."
        )
    return locked


def lock_action(action: CorrectiveAction) -> CorrectiveAction:
    return (
        CorrectiveAction.objects.select_for_update(of=("self",))
        .select_related("check_of__membership__company", "point")
        .get(pk=action.pk)
    )
