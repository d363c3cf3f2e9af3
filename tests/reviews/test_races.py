"""Several at once, on connections of their own: one snapshot an hour, one worker a report."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from accounts.models import Role
from reviews.models import ReportStatus, ReviewReport, Snapshot
from reviews.services import claim_report, take_snapshot
from tests import factories

AT_ONCE = 8


def all_at_once(act: Callable[[], Any]) -> list[Any]:
    barrier = Barrier(AT_ONCE)

    def run(_: int) -> Any:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=20)
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, range(AT_ONCE)))


@pytest.mark.django_db(transaction=True)
def test_one_snapshot() -> None:
    taken = all_at_once(take_snapshot)
    assert Snapshot.objects.count() == 1
    assert len({snapshot.pk for snapshot in taken}) == 1


@pytest.mark.django_db(transaction=True)
def test_one_worker() -> None:
    lead = factories.UserFactory(role=Role.LEAD)
    report = ReviewReport.objects.create(
        period_from=date(2018, 12, 6), period_to=date(2019, 12, 5), requested_by=lead
    )
    claims = all_at_once(lambda: claim_report(report_id=report.pk))
    assert sum(claim is not None for claim in claims) == 1
    report.refresh_from_db()
    assert (report.status, report.attempts) == (ReportStatus.RUNNING, 1)
