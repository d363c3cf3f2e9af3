"""Rows that a service changes, locked for the length of its transaction."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, models

from accounts.transitions import TransitionRefused
from applications.models import Membership
from codeofpractice.models import PlanVersion, PlanVersionStatus


@contextmanager
def working_on(model: type[models.Model], pk: int) -> Iterator[bool]:
    """Whether this worker alone has the row while it works on it, over many transactions.

    PostgreSQL lets go of the lock when the worker's connection ends, however the worker died. So a row
    that is marked as being worked on and whose lock is free was left behind.
    """
    key = [zlib.crc32(model._meta.db_table.encode()) - 2**31, pk % 2**31]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)


def lock_version(version: PlanVersion) -> PlanVersion:
    return (
        PlanVersion.objects.select_for_update(of=("self",))
        .select_related("plan__membership__company", "edition")
        .get(pk=version.pk)
    )


def refuse_if_ended(membership: Membership) -> None:
    """While it is suspended or lapsed a draft can be worked on: both can be put right."""
    if membership.ended_on is not None:
        raise TransitionRefused(
            f"This membership is now: {membership.get_status_display()}. Its plan can be read, but not "
            "changed."
        )


def lock_draft(version: PlanVersion) -> PlanVersion:
    """Raises TransitionRefused when it is no longer a draft, or its company has left the scheme."""
    locked = lock_version(version)
    refuse_if_ended(locked.plan.membership)
    if locked.status != PlanVersionStatus.DRAFT:
        raise TransitionRefused(
            f"Version {locked.number} of the plan is now: {locked.get_status_display()}. "
            "Start a new version to change the plan."
        )
    return locked
