"""Several at once, on connections of their own: one snapshot an hour, one worker a report."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from time import sleep
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Role
from reviews.models import ReportStage, ReportStatus, ReviewReport, Snapshot
from reviews.services import claim_report, restart_stuck_reports, take_snapshot
from reviews.tasks import make_report
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


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_while_it_writes_is_replaced() -> None:
    """By SIGKILL, in a process of its own, once the figures are frozen and the document is being written."""
    lead = factories.UserFactory(role=Role.LEAD)
    factories.MembershipFactory.create_batch(8)
    report = ReviewReport.objects.create(
        period_from=date(2018, 12, 6), period_to=timezone.localdate(), requested_by=lead
    )
    connection.close()
    child = os.fork()
    if child == 0:
        make_report(report.pk)
        os._exit(0)
    for _ in range(2000):
        report.refresh_from_db()
        if report.stage == ReportStage.WRITING:
            break
        sleep(0.005)
    os.kill(child, signal.SIGKILL)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    report.refresh_from_db()
    assert (report.status, report.stage) == (ReportStatus.RUNNING, ReportStage.WRITING)
    frozen = report.figures_sha256, report.tables_sha256
    assert all(frozen)
    factories.MembershipFactory.create_batch(5)
    ReviewReport.objects.filter(pk=report.pk).update(claimed_at=timezone.now() - timedelta(minutes=5))
    assert restart_stuck_reports() == 1
    make_report(report.pk)
    report.refresh_from_db()
    assert (report.status, report.attempts) == (ReportStatus.READY, 2)
    assert (report.figures_sha256, report.tables_sha256) == frozen
