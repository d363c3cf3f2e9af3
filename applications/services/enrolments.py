"""A partner's list of companies: taken in, checked, enrolled when it says so. For pages and API.

A task does the work in chunks, each a transaction of its own that locks the enrolment first. So a task may be
killed, run twice or run beside another: the rows that are done stay done, and the next chunk goes on from
there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import record_event, require
from accounts.transitions import TransitionRefused, change_status
from applications.enrolling.files import MOST_ROWS
from applications.enrolling.rows import as_cells
from applications.models import (
    ENROLMENT_TRANSITIONS,
    Enrolment,
    EnrolmentRow,
    EnrolmentSource,
    EnrolmentStatus,
    TradeBody,
)
from applications.permissions import can_enrol

MAX_ATTEMPTS = 3
STUCK_AFTER = timedelta(minutes=1)  # a chunk takes a second or two
NOT_YOURS = "Only the people of an approved partner can enrol companies for it"
Row = tuple[int, Mapping[str, object]]  # its number, and what is in it by column key


class RowsRefused(Exception):
    """Nothing can be made of the list as a whole; the sentence says why."""


@transaction.atomic
def receive_enrolment(
    *,
    body: TradeBody,
    rows: Sequence[Row],
    file_name: str,
    by: User,
    sha256: str = "",
    source: str = EnrolmentSource.FILE,
    ignored_columns: Sequence[str] = (),
) -> tuple[Enrolment, bool]:
    """Take a list in and have it checked. False beside the enrolment says that it was sent before.

    Without `sha256` the rows themselves are hashed. Nothing is enrolled before start_import. Raises
    RowsRefused for a list without rows, with too many, with a number twice, or with a column that there is
    not.
    """
    from applications.tasks import work_on_enrolment

    locked = TradeBody.objects.select_for_update().get(pk=body.pk)
    require(can_enrol(by, locked), NOT_YOURS)
    cells = _read(rows)
    digest = sha256 or _digest(cells)
    earlier = locked.enrolments.filter(sha256=digest).exclude(status=EnrolmentStatus.WITHDRAWN).first()
    if earlier:
        return earlier, False
    enrolment = Enrolment(
        body=locked,
        source=EnrolmentSource(source),
        file_name=file_name[:200],
        sha256=digest,
        row_count=len(cells),
        ignored_columns=[name[:100] for name in ignored_columns[:50]],
        sent_by=by,
    )
    _save(enrolment, cells)
    work_on_enrolment.delay_on_commit(enrolment.pk)
    record_event(
        verb="enrolment.received",
        target=enrolment,
        by=by,
        data={"body": locked.pk, "rows": len(cells), "sha256": digest, "source": source},
    )
    return enrolment, True


def _save(enrolment: Enrolment, cells: list[tuple[int, dict[str, str]]]) -> None:
    enrolment.save()
    EnrolmentRow.objects.bulk_create(
        (EnrolmentRow(enrolment=enrolment, number=number, cells=row) for number, row in cells),
        batch_size=2000,
    )


def _read(rows: Sequence[Row]) -> list[tuple[int, dict[str, str]]]:
    if not rows:
        raise RowsRefused("There is no row. Send one company on each row.")
    if len(rows) > MOST_ROWS:
        raise RowsRefused(f"There are {len(rows):,} rows. Send {MOST_ROWS:,} or fewer at a time.")
    if len({number for number, _ in rows}) < len(rows):
        raise RowsRefused("Two rows have one number. Number each row once.")
    try:
        return [(number, as_cells(row)) for number, row in rows]
    except KeyError as error:
        raise RowsRefused(f"There is no column “{str(error.args[0])[:60]}”.") from None


def _digest(cells: list[tuple[int, dict[str, str]]]) -> str:
    text = json.dumps([row for _, row in cells], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _lock(enrolment: Enrolment, by: User) -> Enrolment:
    locked = Enrolment.objects.select_for_update(of=("self",)).select_related("body").get(pk=enrolment.pk)
    require(can_enrol(by, locked.body), NOT_YOURS)
    return locked


@transaction.atomic
def start_import(*, enrolment: Enrolment, leave_out_faulty: bool, by: User) -> Enrolment:
    """Enrol the rows without faults; those with faults are left out only when the partner says so.

    Said twice (a double click), the second changes nothing.
    """
    from applications.tasks import work_on_enrolment

    locked = _lock(enrolment, by)
    if locked.status in {EnrolmentStatus.IMPORTING, EnrolmentStatus.DONE}:
        return locked
    if locked.faulty_count and not leave_out_faulty:
        raise TransitionRefused("The list has rows with faults. Say that they are to be left out.")
    if locked.status == EnrolmentStatus.FAULTY and not locked.good_count:
        raise TransitionRefused("Every row has faults, so there is nothing to enrol.")
    if locked.status not in {EnrolmentStatus.READY, EnrolmentStatus.FAULTY}:
        raise TransitionRefused(f"This list is now: {locked.get_status_display()}.")
    _set_to_work(locked, EnrolmentStatus.IMPORTING)
    locked.import_by, locked.import_at = by, timezone.now()
    locked.save()
    work_on_enrolment.delay_on_commit(locked.pk)
    record_event(
        verb="enrolment.import_started",
        target=locked,
        by=by,
        data={"rows": locked.good_count, "left_out": locked.faulty_count},
    )
    return locked


@transaction.atomic
def retry_enrolment(*, enrolment: Enrolment, by: User) -> Enrolment:
    """Go on where an error stopped it."""
    from applications.tasks import work_on_enrolment

    locked = _lock(enrolment, by)
    if locked.is_working:
        return locked
    if locked.status != EnrolmentStatus.FAILED:
        raise TransitionRefused(f"This list is now: {locked.get_status_display()}.")
    _set_to_work(locked, EnrolmentStatus.IMPORTING if locked.import_at else EnrolmentStatus.CHECKING)
    locked.save()
    work_on_enrolment.delay_on_commit(locked.pk)
    record_event(verb="enrolment.retried", target=locked, by=by)
    return locked


def _set_to_work(locked: Enrolment, status: str) -> None:
    change_status(locked, status, ENROLMENT_TRANSITIONS)
    locked.attempts = 0
    locked.last_error = ""
    locked.worked_at = timezone.now()


@transaction.atomic
def withdraw_enrolment(*, enrolment: Enrolment, reason: str, by: User) -> Enrolment:
    """Take a list back of which nothing was enrolled. What it said of companies and people goes."""
    locked = _lock(enrolment, by)
    change_status(locked, EnrolmentStatus.WITHDRAWN, ENROLMENT_TRANSITIONS)
    locked.withdrawn_by, locked.withdrawn_at, locked.reason = by, timezone.now(), reason
    locked.save()
    locked.rows.all().delete()
    record_event(verb="enrolment.withdrawn", target=locked, by=by, reason=reason)
    return locked


# --- By the task and the sweeper ----------------------------------------------------------------


@transaction.atomic
def claim_enrolment(*, enrolment_id: int) -> Enrolment | None:
    """Count an attempt, before anything is done: a task that dies over and over ends as failed."""
    locked = Enrolment.objects.select_for_update().filter(pk=enrolment_id).first()
    if locked is None or not locked.is_working:
        return None
    if locked.attempts >= MAX_ATTEMPTS:
        # Unless others are at it right now.
        if locked.worked_at < timezone.now() - STUCK_AFTER:
            _fail(locked, locked.last_error or "The worker stopped in the middle, several times.")
        return None
    locked.attempts += 1
    locked.worked_at = timezone.now()
    locked.save(update_fields=["attempts", "worked_at"])
    return locked


@transaction.atomic
def note_error(*, enrolment: Enrolment, error: str) -> None:
    """A chunk broke off. It is tried again by the sweeper until it has failed MAX_ATTEMPTS times."""
    locked = Enrolment.objects.select_for_update().get(pk=enrolment.pk)
    if not locked.is_working:
        return
    locked.last_error = error[:2000]
    locked.save(update_fields=["last_error"])
    if locked.attempts >= MAX_ATTEMPTS:
        _fail(locked, error)


def _fail(locked: Enrolment, error: str) -> None:
    change_status(locked, EnrolmentStatus.FAILED, ENROLMENT_TRANSITIONS)
    locked.last_error = error[:2000]
    locked.save(update_fields=["status", "last_error"])
    record_event(verb="enrolment.failed", target=locked, by=None, reason=error[:200])


def stuck_enrolments() -> list[int]:
    """Those whose task was lost, and those whose worker died."""
    stuck = Enrolment.objects.working().filter(worked_at__lt=timezone.now() - STUCK_AFTER)
    return list(stuck.order_by("worked_at").values_list("pk", flat=True)[:20])
