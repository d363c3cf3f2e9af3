"""A partner's file of results: looked through as it comes, taken over in chunks when the partner says so.

A chunk is a transaction of its own that locks the list first. So a task may be killed, run twice or run
beside another: the rows that are done stay done, and the next chunk goes on from there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import queue_notification, record_event, record_events, require
from accounts.transitions import TransitionRefused, change_status
from applications.enrolling.rows import Problem
from applications.models import TradeBody
from assurance.models import (
    PARTNER_LIST_TRANSITIONS,
    PartnerCheck,
    PartnerCheckList,
    PartnerCheckProblem,
    PartnerCheckRow,
    PartnerCheckSource,
    PartnerListStatus,
    PartnerRowOutcome,
)
from assurance.partner_columns import PLACES, as_problems, read_row
from assurance.partner_results import Known, ResultFacts, faults_of
from assurance.permissions import can_send_results
from assurance.services.partner_checks import NOT_YOURS, ResultRefused, keep_result, lock_partner

CHUNK = 50
MAX_ATTEMPTS = 3
STUCK_AFTER = timedelta(minutes=1)  # a chunk takes a second or two
Row = tuple[int, Mapping[str, str]]  # its number as a spreadsheet counts, and what is in it by column key


@transaction.atomic
def receive_partner_list(
    *,
    body: TradeBody,
    rows: Sequence[Row],
    file_name: str,
    sha256: str,
    ignored_columns: Sequence[str] = (),
    by: User,
) -> tuple[PartnerCheckList, bool]:
    """Take a file in and say every fault of it; no result is made. False: it was sent before.

    One with faults is looked through anew, as the same file may be right a day later.
    """
    locked = lock_partner(body, by)
    earlier = locked.partner_check_lists.filter(sha256=sha256).exclude(status=PartnerListStatus.FAULTY)
    if found := earlier.first():
        return found, False
    cells = [
        (number, {key: text.replace("\x00", "\ufffd") for key, text in row.items()}) for number, row in rows
    ]
    problems = _problems_of(locked, cells)
    sent = PartnerCheckList.objects.create(
        body=locked,
        file_name=file_name[:200],
        sha256=sha256,
        status=PartnerListStatus.FAULTY if problems else PartnerListStatus.READY,
        ignored_columns=[name[:100] for name in ignored_columns[:50]],
        sent_by=by,
        row_count=len(rows),
        faulty_count=len(problems),
    )
    _save_rows(sent, rows, problems)
    record_event(
        verb="partner_list.received",
        target=sent,
        by=by,
        data={"body": locked.pk, "rows": len(rows), "faulty": len(problems), "sha256": sha256},
    )
    return sent, True


def _problems_of(body: TradeBody, rows: Sequence[Row]) -> dict[int, list[Problem]]:
    """What is wrong, by the number of the row; in 5 queries for any number of rows."""
    read = [(number, cells, *read_row(cells)) for number, cells in rows]
    known, today = Known.about(body, [facts for *_, facts, _ in read if facts]), timezone.localdate()
    found: dict[int, list[Problem]] = {}
    above: dict[tuple[str, str], int] = {}  # which row has it first, as what
    for number, cells, facts, problems in read:
        if facts:
            problems = as_problems(faults_of(facts, known, today) or _repeated(facts, above), cells)
            for name in ("reference", "replaces"):
                if value := getattr(facts, name):
                    above.setdefault((name, value), number)
        if problems:
            found[number] = problems
    return found


def _repeated(row: ResultFacts, above: Mapping[tuple[str, str], int]) -> dict[str, str]:
    if first := above.get(("reference", row.reference)):
        return {"reference": f"Row {first:,} has the same reference. Give each result another"}
    if row.replaces and (first := above.get(("replaces", row.replaces))):
        return {"replaces": f"Row {first:,} corrects the same result. Keep one of the rows"}
    return {}


def _save_rows(
    sent: PartnerCheckList, cells: Sequence[Row], problems: Mapping[int, Sequence[Problem]]
) -> None:
    rows = PartnerCheckRow.objects.bulk_create(
        PartnerCheckRow(
            sent_in=sent,
            number=number,
            cells=dict(row),
            outcome=PartnerRowOutcome.FAULTY if number in problems else PartnerRowOutcome.READY,
        )
        for number, row in cells
    )
    PartnerCheckProblem.objects.bulk_create(
        PartnerCheckProblem(
            sent_in=sent,
            row=row,
            column=problem.column,
            place=PLACES.get(problem.column, len(PLACES)),
            written=problem.written,
            text=problem.text,
        )
        for row in rows
        for problem in problems.get(row.number, ())
    )


def _lock(sent: PartnerCheckList, by: User) -> PartnerCheckList:
    locked = PartnerCheckList.objects.select_for_update(of=("self",)).select_related("body").get(pk=sent.pk)
    require(can_send_results(by, locked.body), NOT_YOURS)
    return locked


@transaction.atomic
def take_over_partner_list(*, sent: PartnerCheckList, by: User) -> PartnerCheckList:
    """Make the results of a list without faults. Said twice (a double click), the second changes nothing."""
    from assurance.tasks import work_on_partner_list

    locked = _lock(sent, by)
    if locked.status in {PartnerListStatus.IMPORTING, PartnerListStatus.DONE}:
        return locked
    if locked.status == PartnerListStatus.FAULTY:
        raise TransitionRefused("The list has rows with faults. Correct the file and send it again.")
    verb = "partner_list.retried" if locked.import_at else "partner_list.import_started"
    change_status(locked, PartnerListStatus.IMPORTING, PARTNER_LIST_TRANSITIONS)
    locked.attempts, locked.last_error, locked.worked_at = 0, "", timezone.now()
    if locked.import_at is None:
        locked.import_by, locked.import_at = by, timezone.now()
    locked.save()
    work_on_partner_list.delay_on_commit(locked.pk)
    record_event(verb=verb, target=locked, by=by, data={"rows": locked.row_count})
    return locked


# --- By the task and the sweeper ----------------------------------------------------------------


@transaction.atomic
def claim_partner_list(*, list_id: int) -> PartnerCheckList | None:
    """Count an attempt, before anything is done: a task that dies over and over ends as failed."""
    locked = PartnerCheckList.objects.select_for_update().filter(pk=list_id).first()
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
def import_partner_rows(*, list_id: int) -> bool:
    """Take over the next rows; False when there is nothing left.

    What has become wrong since the list was looked through is left out, and the row says why.
    """
    sent = PartnerCheckList.objects.select_for_update().get(pk=list_id)
    if sent.status != PartnerListStatus.IMPORTING:
        return False
    by = sent.import_by
    assert by is not None  # a constraint says so
    rows = list(sent.rows.filter(outcome=PartnerRowOutcome.READY).order_by("number")[:CHUNK])
    if not rows:
        _finish(sent, by)
        return False
    body = lock_partner(sent.body, by)
    made = _make_results(sent, body, rows, by)
    sent.imported_count += len(rows)
    sent.attempts, sent.last_error, sent.worked_at = 0, "", timezone.now()
    sent.save(update_fields=["imported_count", "attempts", "last_error", "worked_at"])
    record_events(verb="partner_check.recorded", targets=made, by=by, data={"list": sent.pk})
    return True


def _make_results(
    sent: PartnerCheckList, body: TradeBody, rows: list[PartnerCheckRow], by: User
) -> list[PartnerCheck]:
    read = [(row, *read_row(row.cells)) for row in rows]
    known = Known.about(body, [facts for _, facts, _ in read if facts])
    made = []
    for row, facts, problems in read:
        row.imported_at = timezone.now()
        if facts is None:  # the rules have changed since
            row.outcome, row.reason = PartnerRowOutcome.SKIPPED, f"{problems[0].text}."
            continue
        try:
            row.result, is_new = keep_result(
                body=body, facts=facts, known=known, source=PartnerCheckSource.FILE, by=by, sent_in=sent
            )
        except ResultRefused as refused:
            row.outcome, row.reason = PartnerRowOutcome.SKIPPED, f"{refused}."
            continue
        row.outcome = PartnerRowOutcome.NEW if is_new else PartnerRowOutcome.KNOWN
        made += [row.result] if is_new else []
    PartnerCheckRow.objects.bulk_update(rows, ["outcome", "reason", "result", "imported_at"])
    return made


def _finish(sent: PartnerCheckList, by: User) -> None:
    change_status(sent, PartnerListStatus.DONE, PARTNER_LIST_TRANSITIONS)
    sent.done_at = timezone.now()
    sent.save(update_fields=["status", "done_at"])
    queue_notification(
        to=by.email,
        user=by,
        subject=f"The results of {sent.file_name} are taken over",
        body="What became of each row is on the page of the list, among your results.\n",
    )
    record_event(verb="partner_list.done", target=sent, by=None, data={"rows": sent.imported_count})


@transaction.atomic
def note_list_error(*, sent: PartnerCheckList, error: str) -> None:
    """A chunk broke off. It is tried again by the sweeper until it has failed MAX_ATTEMPTS times."""
    locked = PartnerCheckList.objects.select_for_update().get(pk=sent.pk)
    if not locked.is_working:
        return
    locked.last_error = error[:2000]
    locked.save(update_fields=["last_error"])
    if locked.attempts >= MAX_ATTEMPTS:
        _fail(locked, error)


def _fail(locked: PartnerCheckList, error: str) -> None:
    change_status(locked, PartnerListStatus.FAILED, PARTNER_LIST_TRANSITIONS)
    locked.last_error = error[:2000]
    locked.save(update_fields=["status", "last_error"])
    record_event(verb="partner_list.failed", target=locked, by=None, reason=error[:200])


def stuck_partner_lists() -> list[int]:
    """Those whose task was lost, and those whose worker died."""
    stuck = PartnerCheckList.objects.filter(
        status=PartnerListStatus.IMPORTING, worked_at__lt=timezone.now() - STUCK_AFTER
    )
    return list(stuck.order_by("worked_at").values_list("pk", flat=True)[:20])
