"""Removing what has outlived its time: first a report, then an administrator's approval, then the removal.

Exactly the rows of the report are removed, and of these only those that still fall under their rule.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.holding import RetentionRule
from accounts.models import (
    RETENTION_TRANSITIONS,
    RetentionBatch,
    RetentionPart,
    RetentionRun,
    RetentionStatus,
    Role,
    User,
)
from accounts.permissions import can_manage_retention
from accounts.services import queue_notification, record_event, require
from accounts.transitions import TransitionRefused, change_status
from rvss.personal_data import RULES

logger = logging.getLogger(__name__)

APPROVE_WITHIN = timedelta(days=14)
BATCH = 200
SAMPLE = 5
MAX_ATTEMPTS = 5
STUCK_AFTER = timedelta(minutes=11)  # longer than a task may run
ADMINISTRATORS_ONLY = "Only an administrator decides on what is removed"


# --- The report ---------------------------------------------------------------------------------


@transaction.atomic
def start_run(*, by: User | None) -> RetentionRun:
    """Ask for a report; `by` is None for the calendar. While one is open, it is that one."""
    if by is not None:
        require(can_manage_retention(by), ADMINISTRATORS_ONLY)
    opened = RetentionRun.objects.open().first()
    if opened:
        return opened
    try:
        with transaction.atomic():
            run = RetentionRun.objects.create(started_by=by, started_at=timezone.now())
    except IntegrityError:  # somebody was faster, by less than a transaction
        return RetentionRun.objects.open().get()
    _send_to_worker(run)
    record_event(verb="retention.started", target=run, by=by)
    return run


def _send_to_worker(run: RetentionRun) -> None:
    from rvss.tasks import carry_out_retention, report_retention

    task = report_retention if run.status == RetentionStatus.PENDING else carry_out_retention
    task.delay_on_commit(run.pk)


@transaction.atomic
def report_run(*, run_id: int, now: datetime) -> bool:
    """Find what each rule would remove, and write it down. Nothing is removed. Harmless twice."""
    run = (
        RetentionRun.objects.select_for_update(skip_locked=True)
        .filter(pk=run_id, status=RetentionStatus.PENDING)
        .first()
    )
    if run is None:
        return False
    found = {rule.key: _report(run, rule, now) for rule in RULES.values()}
    change_status(run, RetentionStatus.REPORTED, RETENTION_TRANSITIONS)
    run.reported_at, run.expires_at, run.last_error, run.attempts = now, now + APPROVE_WITHIN, "", 0
    run.save()
    _tell_administrators(run, sum(found.values()))
    record_event(verb="retention.reported", target=run, by=None, data=found)
    return True


def _report(run: RetentionRun, rule: RetentionRule, now: datetime) -> int:
    rows = rule.due(now).order_by(rule.since, "pk")
    dated = [(pk, since) for pk, since in rows.values_list("pk", rule.since).iterator(chunk_size=5000)]
    part = RetentionPart.objects.create(
        run=run,
        rule=rule.key,
        what=rule.what,
        after=rule.after,
        action=rule.action,
        found=len(dated),
        oldest_at=as_moment(dated[0][1]) if dated else None,
        sample=[str(pk) for pk, _ in dated[:SAMPLE]] if rule.shows_ids else [],
    )
    RetentionBatch.objects.bulk_create(
        RetentionBatch(part=part, ids=ids) for ids in in_batches(str(pk) for pk, _ in dated)
    )
    return len(dated)


def in_batches(ids: Iterator[str]) -> Iterator[list[str]]:
    while some := list(islice(ids, BATCH)):
        yield some


def as_moment(value: date | datetime) -> datetime:
    if isinstance(value, datetime):
        return value
    return timezone.make_aware(datetime.combine(value, time.min))


def _tell_administrators(run: RetentionRun, found: int) -> None:
    address = settings.BASE_URL + reverse("data:retention_run", kwargs={"pk": run.pk})
    assert run.expires_at is not None
    until = timezone.localtime(run.expires_at)
    for person in User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).order_by("pk"):
        queue_notification(
            to=person.email,
            user=person,
            subject=f"{found:,} rows have outlived their time",
            body=(
                "The report of what would be removed is there. Nothing is removed before an administrator "
                f"has approved it. It can be approved until {until.day} {until:%B %Y}:\n\n{address}\n"
            ),
        )


# --- The decision -------------------------------------------------------------------------------


@transaction.atomic
def approve_run(*, run: RetentionRun, by: User) -> None:
    require(can_manage_retention(by), ADMINISTRATORS_ONLY)
    locked = RetentionRun.objects.select_for_update().get(pk=run.pk)
    now = timezone.now()
    if locked.is_expired(now):
        raise TransitionRefused("This report is too old to be approved. Ask for a new one.")
    if locked.status != RetentionStatus.REPORTED:
        raise TransitionRefused(f"This report is now: {locked.get_status_display()}.")
    change_status(locked, RetentionStatus.APPROVED, RETENTION_TRANSITIONS)
    locked.approved_by, locked.approved_at = by, now
    locked.save()
    _send_to_worker(locked)
    record_event(verb="retention.approved", target=locked, by=by)


@transaction.atomic
def dismiss_run(*, run: RetentionRun, reason: str, by: User) -> None:
    """Nothing (more) of this report is removed."""
    require(can_manage_retention(by), ADMINISTRATORS_ONLY)
    locked = RetentionRun.objects.select_for_update().get(pk=run.pk)
    change_status(locked, RetentionStatus.DISMISSED, RETENTION_TRANSITIONS)
    locked.dismissed_by, locked.dismissed_at, locked.reason = by, timezone.now(), reason
    locked.save()
    record_event(verb="retention.dismissed", target=locked, by=by, reason=reason)


@transaction.atomic
def retry_run(*, run: RetentionRun, by: User) -> None:
    """Go on where it stopped."""
    require(can_manage_retention(by), ADMINISTRATORS_ONLY)
    locked = RetentionRun.objects.select_for_update().get(pk=run.pk)
    if locked.status != RetentionStatus.FAILED:
        raise TransitionRefused(f"This report is now: {locked.get_status_display()}.")
    to = RetentionStatus.APPROVED if locked.approved_at else RetentionStatus.PENDING
    change_status(locked, to, RETENTION_TRANSITIONS)
    locked.attempts, locked.last_error, locked.claimed_at = 0, "", None
    locked.save()
    _send_to_worker(locked)
    record_event(verb="retention.retried", target=locked, by=by)


# --- The removal --------------------------------------------------------------------------------


@transaction.atomic
def claim_run(*, run_id: int, now: datetime) -> bool:
    """Take an approved one. The claim says only who works on it: each batch is done once in any case."""
    run = (
        RetentionRun.objects.select_for_update(skip_locked=True)
        .filter(pk=run_id, status=RetentionStatus.APPROVED)
        .first()
    )
    if run is None or (run.claimed_at and run.claimed_at > now - STUCK_AFTER):
        return False
    if run.attempts >= MAX_ATTEMPTS:
        fail_run(run=run, error=run.last_error or "Every attempt was cut off.")
        return False
    run.attempts += 1
    run.claimed_at = now
    run.save(update_fields=["attempts", "claimed_at"])
    return True


@transaction.atomic
def release_run(*, run_id: int) -> None:
    """Enough for one task; the next goes on at once. What was done so far was no failed attempt."""
    run = RetentionRun.objects.select_for_update().get(pk=run_id)
    run.attempts, run.claimed_at = 0, None
    run.save(update_fields=["attempts", "claimed_at"])
    if run.status == RetentionStatus.APPROVED:
        _send_to_worker(run)


def batches_to_do(run_id: int) -> list[int]:
    rows = RetentionBatch.objects.filter(part__run=run_id, done_at=None).order_by("pk")
    return list(rows.values_list("pk", flat=True))


@transaction.atomic
def remove_batch(*, batch_id: int) -> None:
    """The rows and the tick go together: a crash leaves both undone, and a second run finds the tick."""
    batch = (
        RetentionBatch.objects.select_for_update(of=("self",)).select_related("part__run").get(pk=batch_id)
    )
    if batch.done_at or batch.part.run.status != RetentionStatus.APPROVED:
        return
    removed = _remove_rows(RULES.get(batch.part.rule), batch.ids)
    batch.done_at = timezone.now()
    batch.removed, batch.left = removed, len(batch.ids) - removed
    batch.save()


def _remove_rows(rule: RetentionRule | None, ids: list[str]) -> int:
    """How many were. A row is locked before it is asked whether it still falls under the rule."""
    if rule is None:  # the rule is gone from the code since
        return 0
    keys: list[Any] = [rule.model._meta.pk.to_python(each) for each in ids]
    locked = rule.model._base_manager.filter(pk__in=keys).order_by("pk").select_for_update()
    there = list(locked.values_list("pk", flat=True))
    still = set(rule.due(timezone.now()).filter(pk__in=there).values_list("pk", flat=True))
    return len(list(rule.remove([pk for pk in there if pk in still])))


@transaction.atomic
def finish_run(*, run_id: int) -> bool:
    run = RetentionRun.objects.select_for_update().get(pk=run_id)
    if run.status != RetentionStatus.APPROVED or batches_to_do(run_id):
        return False
    change_status(run, RetentionStatus.DONE, RETENTION_TRANSITIONS)
    run.finished_at, run.last_error = timezone.now(), ""
    run.save()
    record_event(verb="retention.done", target=run, by=None, data=result_of(run))
    return True


def result_of(run: RetentionRun) -> dict[str, dict[str, int]]:
    result: dict[str, dict[str, int]] = {}
    done = RetentionBatch.objects.filter(part__run=run).order_by("pk")
    for rule, removed, left in done.values_list("part__rule", "removed", "left"):
        counts = result.setdefault(rule, {"removed": 0, "left": 0})
        counts["removed"] += removed
        counts["left"] += left
    return result


@transaction.atomic
def note_attempt(*, run_id: int, error: str) -> None:
    """An attempt ended badly: the next one goes on with what is left."""
    run = RetentionRun.objects.select_for_update().get(pk=run_id)
    run.attempts += run.status == RetentionStatus.PENDING  # an approved one is counted when it is claimed
    run.last_error, run.claimed_at = error[:2000], None
    run.save(update_fields=["attempts", "last_error", "claimed_at"])
    if run.status == RetentionStatus.PENDING and run.attempts >= MAX_ATTEMPTS:
        fail_run(run=run, error=error)


def fail_run(*, run: RetentionRun, error: str) -> None:
    """The caller has locked it."""
    change_status(run, RetentionStatus.FAILED, RETENTION_TRANSITIONS)
    run.last_error, run.claimed_at = error[:2000], None
    run.save()
    record_event(verb="retention.failed", target=run, by=None)


def sweep_runs(*, now: datetime) -> int:
    """Close reports that nobody approved in time; send on those that wait for a worker. Returns how many."""
    late = RetentionRun.objects.filter(status=RetentionStatus.REPORTED, expires_at__lte=now)
    for run_id in list(late.values_list("pk", flat=True)):
        _expire(run_id)
    waiting = RetentionRun.objects.filter(
        status__in=[RetentionStatus.PENDING, RetentionStatus.APPROVED],
        started_at__lt=now - timedelta(minutes=1),
    )
    runs = [run for run in waiting if not run.claimed_at or run.claimed_at < now - STUCK_AFTER]
    for run in runs:
        _send_to_worker(run)
    return len(runs)


@transaction.atomic
def _expire(run_id: int) -> None:
    run = RetentionRun.objects.select_for_update().get(pk=run_id)
    if run.is_expired(timezone.now()):
        change_status(run, RetentionStatus.EXPIRED, RETENTION_TRANSITIONS)
        run.save(update_fields=["status"])
        record_event(verb="retention.expired", target=run, by=None)
