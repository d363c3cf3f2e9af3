"""Figures as they stand, kept so that a page of them costs one query."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from reviews import statistics
from reviews.models import Snapshot
from reviews.statistics.suppression import is_small, is_step_too_small

SNAPSHOT_LOCK = 0x534E4150  # held to the end of the transaction by whoever takes a snapshot
FRESH_FOR = timedelta(minutes=55)


@transaction.atomic
def take_snapshot(*, even_if_fresh: bool = False) -> Snapshot:
    """Count, and keep what was counted; the newest snapshot when there is one of this hour."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SNAPSHOT_LOCK])
    now = timezone.now()
    newest = Snapshot.objects.first()
    if newest and newest.taken_at > now - FRESH_FOR and not even_if_fresh:
        return newest
    today = timezone.localtime(now).date()
    launched = settings.SCHEME_LAUNCHED_ON
    figures = statistics.collect(
        period_from=min(launched, today), period_to=today, as_of=now, checks_as_of=now
    )
    if newest:
        old = statistics.from_json(newest.figures)
        figures = _hold_levels_back(_hold_findings_back(figures, old), old)
    data = statistics.to_json(figures)
    return Snapshot.objects.create(taken_at=now, figures=data, sha256=statistics.digest(data))


def _hold_findings_back(new: statistics.Figures, old: statistics.Figures) -> statistics.Figures:
    """Findings move on when checks of 5 members or more were decided since.

    Otherwise a reader of two snapshots could subtract one from the other, and read what was found at the
    few members checked in between.
    """
    decided_since = statistics.latest_checks(new.period_from, new.period_to, new.compliance.as_of).filter(
        decision__decided_at__gt=old.compliance.as_of
    )
    if is_small(decided_since.count()):
        return replace(new, compliance=old.compliance)
    return new


def _hold_levels_back(new: statistics.Figures, old: statistics.Figures) -> statistics.Figures:
    """Levels of assurance move on when each count has changed by nothing, or by 5 or more.

    Two snapshots that everybody can read would else tell what was decided about the few in between.
    """
    if new.levels and old.levels and is_step_too_small(new.levels, old.levels):
        return replace(new, levels=old.levels)
    return new
