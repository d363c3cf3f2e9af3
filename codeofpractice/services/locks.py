"""Rows that a service changes, locked for the length of its transaction."""

from __future__ import annotations

from accounts.transitions import TransitionRefused
from codeofpractice.models import PlanVersion, PlanVersionStatus


def lock_version(version: PlanVersion) -> PlanVersion:
    return (
        PlanVersion.objects.select_for_update(of=("self",))
        .select_related("plan__membership__company", "edition")
        .get(pk=version.pk)
    )


def lock_draft(version: PlanVersion) -> PlanVersion:
    """Raises TransitionRefused when it is no longer a draft."""
    locked = lock_version(version)
    if locked.status != PlanVersionStatus.DRAFT:
        raise TransitionRefused(
            f"Version {locked.number} of the plan is now: {locked.get_status_display()}. "
            "Start a new version to change the plan."
        )
    return locked
