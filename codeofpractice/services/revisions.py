"""Keeping what an answer said before it is written over."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from codeofpractice.models import SITTING, PointResponse, PointRevision


def keep_revision(*, locked: PointResponse, by: User, now: datetime) -> None:
    """Keep what the locked row says, when it is another person's or an earlier sitting's work.

    The caller then changes the row and saves it. Saves of one person within ten minutes of the first are
    one revision: what they passed through on the way is not worth reading.
    """
    goes_on = (
        locked.changed_by_id == by.pk
        and locked.sitting_since is not None
        and now - locked.sitting_since < SITTING
    )
    if goes_on:
        return
    if locked.changed_by is not None and locked.changed_at is not None:
        PointRevision.objects.create(
            response=locked,
            number=locked.revision,
            position=locked.position,
            how_met=locked.how_met,
            responsible_role=locked.responsible_role,
            planned_for=locked.planned_for,
            not_applicable_reason=locked.not_applicable_reason,
            written_by=locked.changed_by,
            written_at=locked.changed_at,
        )
    locked.sitting_since = now
