"""Enrolling the rows of a list: a new company each, or a question to the company that is here already."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import queue_notification, record_event, record_events
from accounts.transitions import change_status
from applications.enrolling.matching import Matches, find_matches
from applications.enrolling.rows import Facts, read_row
from applications.models import (
    ENROLMENT_TRANSITIONS,
    TAKEN_BACK,
    Company,
    EnrolledCompany,
    EnrolledKind,
    EnrolledStatus,
    Enrolment,
    EnrolmentRow,
    EnrolmentStatus,
    RowOutcome,
)
from applications.services.enrolled_companies import enrol_again, lock_tie, make_companies, reopen_tie, tie_of
from applications.services.enrolled_words import address_of_enrolment, in_words, tell_asked
from applications.services.enrolment_checking import write_rows

CHUNK = 100
ENROL_LOCK = 0x454E524C  # one import at a time looks for matches, so that two make no company twice
IMPORTED = ["outcome", "reason", "enrolled", "imported_at"]


@dataclass
class _Plan:
    """What becomes of the rows of a chunk."""

    new: list[tuple[EnrolmentRow, Facts]] = field(default_factory=list)
    asked: list[tuple[EnrolmentRow, EnrolledCompany]] = field(default_factory=list)


@transaction.atomic
def import_rows(*, enrolment_id: int) -> bool:
    """Enrol the next rows; False when there is nothing left.

    The same number of queries for any number of rows, but for two kinds that are rare: companies that the
    partner took back and sends again, and owners who are asked.
    """
    enrolment = Enrolment.objects.select_for_update().get(pk=enrolment_id)
    if enrolment.status != EnrolmentStatus.IMPORTING:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ENROL_LOCK])
    rows = list(enrolment.rows.filter(outcome=RowOutcome.READY).order_by("number")[:CHUNK])
    if not rows:
        _finish(enrolment)
        return False
    by = enrolment.import_by
    assert by is not None
    plan = _decide(enrolment, rows, by)
    _carry_out(enrolment, plan, by)
    now = timezone.now()
    for row in rows:
        row.imported_at = now
    write_rows(rows, IMPORTED)
    enrolment.imported_count += len(rows)
    enrolment.attempts, enrolment.last_error, enrolment.worked_at = 0, "", now
    enrolment.save(update_fields=["imported_count", "attempts", "last_error", "worked_at"])
    data = {"enrolment": enrolment.pk}
    new = [row.enrolled for row, _ in plan.new if row.enrolled]
    record_events(verb="company.enrolled", targets=new, by=by, data=data)
    record_events(verb="company.link_proposed", targets=[tie for _, tie in plan.asked], by=by, data=data)
    return True


def _decide(enrolment: Enrolment, rows: list[EnrolmentRow], by: User) -> _Plan:
    read = [(row, *read_row(row.cells)) for row in rows]
    matches = find_matches(body_id=enrolment.body_id, rows=[facts for _, facts, _ in read if facts])
    plan = _Plan()
    for row, facts, faults in read:
        if facts is None:
            # The rules have changed since it was checked.
            row.outcome, row.reason = RowOutcome.SKIPPED, faults[0].text
        elif company := matches.company_of(facts):
            _decide_match(plan, enrolment, row, facts, company, matches, by)
        else:
            plan.new.append((row, facts))
    return plan


def _decide_match(
    plan: _Plan,
    enrolment: Enrolment,
    row: EnrolmentRow,
    facts: Facts,
    company: Company,
    matches: Matches,
    by: User,
) -> None:
    tie = matches.enrolled.get(company.pk)
    if tie is not None and tie.status in TAKEN_BACK:
        tie = lock_tie(tie)
    if tie is None:
        tie = tie_of(enrolment, facts, company, EnrolledKind.LINK, by)
        matches.enrolled[company.pk] = tie
        plan.asked.append((row, tie))
    elif tie.status in TAKEN_BACK:
        matches.enrolled[company.pk] = tie
        if tie.kind == EnrolledKind.NEW and company.pk not in matches.with_people:
            enrol_again(tie=tie, enrolment=enrolment, facts=facts, by=by)
            row.enrolled, row.outcome = tie, RowOutcome.NEW
        else:
            reopen_tie(tie, tie_of(enrolment, facts, tie.company, EnrolledKind.LINK, by))
            plan.asked.append((row, tie))
    elif tie.status in {EnrolledStatus.DECLINED, EnrolledStatus.REFUSED}:
        row.enrolled = tie
        row.outcome = RowOutcome.SKIPPED
        row.reason = f"{tie.get_status_display()} on {in_words(tie.settled_at)}"
    else:
        row.enrolled, row.outcome = tie, RowOutcome.KNOWN


def _carry_out(enrolment: Enrolment, plan: _Plan, by: User) -> None:
    made = make_companies(enrolment=enrolment, rows=[facts for _, facts in plan.new], by=by)
    for (row, _), tie in zip(plan.new, made, strict=True):
        row.enrolled, row.outcome = tie, RowOutcome.NEW
    EnrolledCompany.objects.bulk_create([tie for _, tie in plan.asked if tie.pk is None])
    for row, tie in plan.asked:
        row.enrolled, row.outcome = tie, RowOutcome.ASKED
    tell_asked([tie for _, tie in plan.asked])


def _finish(enrolment: Enrolment) -> None:
    change_status(enrolment, EnrolmentStatus.DONE, ENROLMENT_TRANSITIONS)
    enrolment.done_at = timezone.now()
    enrolment.save(update_fields=["status", "done_at"])
    by = enrolment.import_by
    assert by is not None
    queue_notification(
        to=by.email,
        user=by,
        subject=f"The companies of {enrolment.file_name} are enrolled",
        body=(
            f"All {enrolment.good_count:,} rows without faults have been dealt with. What became of each, "
            f"and which companies have confirmed, is here:\n\n{address_of_enrolment(enrolment)}\n"
        ),
    )
    record_event(verb="enrolment.done", target=enrolment, by=None, data={"rows": enrolment.imported_count})
