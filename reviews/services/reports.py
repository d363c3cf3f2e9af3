"""The report of a review: a row first, then stages that a worker takes it through."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services import queue_notification, record_event, require
from accounts.transitions import TransitionRefused, change_status
from reviews import statistics
from reviews.models import REPORT_TRANSITIONS, ReportStage, ReportStatus, ReviewReport
from reviews.permissions import can_make_report
from reviews.statistics import Table
from reviews.window import Window, window_after

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
# Longer than the task's own time limit, so that a worker which still runs is never doubled.
STUCK_AFTER = timedelta(seconds=90)
NOT_YOURS = "Only a lead assurer makes the report of a review"


class ClaimLost(Exception):
    """Another worker has taken the report over: whoever meets this stops and changes nothing."""


@transaction.atomic
def start_report(
    *, period_from: date, period_to: date, by: User, window: Window | None = None
) -> ReviewReport:
    """`window` is that of the launch unless another is given."""
    require(can_make_report(by), NOT_YOURS)
    window = window or window_after(settings.SCHEME_LAUNCHED_ON)
    report = ReviewReport.objects.create(
        period_from=period_from,
        period_to=period_to,
        edition=window.edition,
        window_opens=window.opens,
        window_closes=window.closes,
        requested_by=by,
        requested_at=timezone.now(),
    )
    _send_to_worker(report.pk)
    record_event(verb="report.started", target=report, by=by)
    return report


@transaction.atomic
def retry_report(*, report: ReviewReport, by: User) -> ReviewReport:
    """Try again, from the same frozen figures when these were reached."""
    require(can_make_report(by), NOT_YOURS)
    locked = ReviewReport.objects.select_for_update().get(pk=report.pk)
    if locked.status not in {ReportStatus.FAILED, ReportStatus.STOPPED}:
        raise TransitionRefused(f"This report is now: {locked.get_status_display()}.")
    queue_again(locked)
    record_event(verb="report.retried", target=locked, by=by)
    return locked


def queue_again(locked: ReviewReport) -> None:
    """Back to the start of the line, on a row that the caller has locked. What is frozen stays."""
    change_status(locked, ReportStatus.PENDING, REPORT_TRANSITIONS)
    locked.stage = ReportStage.QUEUED
    locked.attempts = 0
    locked.finished_at = None
    locked.last_error = ""
    locked.stopped_reason = ""
    locked.save()
    _send_to_worker(locked.pk)


@transaction.atomic
def stop_report(*, report: ReviewReport, reason: str, by: User) -> ReviewReport:
    """A worker that is at it finds its claim gone at the next stage, and leaves everything as it is."""
    require(can_make_report(by), NOT_YOURS)
    locked = ReviewReport.objects.select_for_update().get(pk=report.pk)
    change_status(locked, ReportStatus.STOPPED, REPORT_TRANSITIONS)
    locked.stopped_reason = reason
    locked.save()
    record_event(verb="report.stopped", target=locked, by=by, reason=reason)
    return locked


def _send_to_worker(report_id: int) -> None:
    from reviews.tasks import make_report

    make_report.delay_on_commit(report_id)


@transaction.atomic
def claim_report(*, report_id: int) -> ReviewReport | None:
    """Take a waiting report, or None: somebody else has it, or it is done."""
    report = (
        ReviewReport.objects.select_for_update(skip_locked=True)
        .filter(pk=report_id, status=ReportStatus.PENDING)
        .first()
    )
    if report is None:
        return None
    change_status(report, ReportStatus.RUNNING, REPORT_TRANSITIONS)
    report.stage = ReportStage.FREEZING
    report.attempts += 1
    report.claimed_at = timezone.now()
    report.save()
    return report


def _lock_claimed(report: ReviewReport) -> ReviewReport:
    """The row, locked, if it is still this worker's: the moment of the claim tells."""
    locked = ReviewReport.objects.select_for_update().get(pk=report.pk)
    if locked.status != ReportStatus.RUNNING or locked.claimed_at != report.claimed_at:
        raise ClaimLost(report.pk)
    return locked


@transaction.atomic
def freeze_report(*, report: ReviewReport, code_version: str) -> dict[str, Any]:
    """Count and keep, once: a retry finds the figures there and uses them again."""
    locked = _lock_claimed(report)
    if locked.figures is None:
        now = timezone.now()
        figures = statistics.collect(
            period_from=locked.period_from, period_to=locked.period_to, as_of=now, checks_as_of=now
        )
        locked.figures = statistics.to_json(figures)
        locked.figures_sha256 = statistics.digest(locked.figures)
        locked.row_counts = statistics.count_rows()
        locked.code_version = code_version
        locked.save()
    report.code_version = locked.code_version
    report.figures_sha256 = locked.figures_sha256
    return locked.figures


@transaction.atomic
def keep_tables(*, report: ReviewReport, tables: Sequence[Table]) -> tuple[Table, ...]:
    """Keep the suppressed tables, once: what a page shows years later comes from these, not from new code."""
    locked = _lock_claimed(report)
    if locked.tables is None:
        locked.tables = statistics.tables_to_json(tables)
        locked.tables_sha256 = statistics.digest(locked.tables)
        locked.save()
    return statistics.tables_from_json(locked.tables)


@transaction.atomic
def advance_report(*, report: ReviewReport, stage: ReportStage) -> None:
    locked = _lock_claimed(report)
    locked.stage = stage
    locked.save(update_fields=["stage"])


@transaction.atomic
def finish_report(*, report: ReviewReport, storage_name: str, pdf_sha256: str) -> None:
    """Ready. The lead who asked for it is told."""
    locked = _lock_claimed(report)
    change_status(locked, ReportStatus.READY, REPORT_TRANSITIONS)
    locked.stage = ReportStage.DONE
    if locked.storage_name:
        transaction.on_commit(partial(default_storage.delete, locked.storage_name))
    locked.storage_name = storage_name
    locked.pdf_sha256 = pdf_sha256
    locked.finished_at = timezone.now()
    locked.last_error = ""
    locked.save()
    queue_notification(
        to=locked.requested_by.email,
        user=locked.requested_by,
        subject="The report of the review is ready",
        body=(
            f"The report for {statistics.in_words(locked.period_from)} to "
            f"{statistics.in_words(locked.period_to)} is ready.\n\n{_address(locked)}\n"
        ),
    )
    record_event(
        verb="report.finished",
        target=locked,
        by=None,
        data={"pdf_sha256": pdf_sha256, "figures_sha256": locked.figures_sha256},
    )


def _address(report: ReviewReport) -> str:
    return f"{settings.BASE_URL}{reverse('reviews:report', kwargs={'pk': report.pk})}"


@transaction.atomic
def fail_report(*, report: ReviewReport, reason: str) -> None:
    """An attempt ended badly: wait for the next one, or fail after the last."""
    _end_attempt(_lock_claimed(report), reason)


def _end_attempt(locked: ReviewReport, reason: str) -> None:
    is_last = locked.attempts >= MAX_ATTEMPTS
    change_status(locked, ReportStatus.FAILED if is_last else ReportStatus.PENDING, REPORT_TRANSITIONS)
    locked.last_error = f"It stopped at “{locked.get_stage_display()}”. {reason}"[:2000]
    if is_last:
        locked.finished_at = timezone.now()
    else:
        locked.stage = ReportStage.QUEUED
        _send_to_worker(locked.pk)
    locked.save()
    if is_last:
        record_event(verb="report.failed", target=locked, by=None, reason=locked.last_error)


def restart_stuck_reports(*, now: datetime | None = None) -> int:
    """Reports whose worker died, and those that never reached one; returns how many were sent again."""
    moment = now or timezone.now()
    restarted = 0
    stuck = ReviewReport.objects.filter(status=ReportStatus.RUNNING, claimed_at__lt=moment - STUCK_AFTER)
    for report_id in stuck.values_list("pk", flat=True)[:100]:
        with transaction.atomic():
            locked = (
                ReviewReport.objects.select_for_update(skip_locked=True)
                .filter(pk=report_id, status=ReportStatus.RUNNING, claimed_at__lt=moment - STUCK_AFTER)
                .first()
            )
            if locked is not None:
                logger.warning("Report %s was left by its worker", report_id)
                _end_attempt(locked, "The worker that was making it stopped.")
                restarted += 1
    waiting = ReviewReport.objects.filter(
        status=ReportStatus.PENDING, requested_at__lt=moment - timedelta(minutes=1)
    )
    for report_id in waiting.values_list("pk", flat=True)[:100]:
        _send_to_worker(report_id)
        restarted += 1
    return restarted
