"""The dry run: every row read, every fault written down, nothing enrolled."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.services import record_event
from accounts.transitions import change_status
from applications.enrolling.columns import PLACES
from applications.enrolling.matching import differ, key_of
from applications.enrolling.rows import Facts, Problem, read_row
from applications.models import (
    ENROLMENT_TRANSITIONS,
    Enrolment,
    EnrolmentProblem,
    EnrolmentRow,
    EnrolmentStatus,
    RowOutcome,
)

CHUNK = 500
CHECKED = ["name", "company_number", "match_key", "outcome"]


@transaction.atomic
def check_rows(*, enrolment_id: int) -> bool:
    """Check the next rows; False when there is nothing left to check. Eight queries, whatever the rows."""
    enrolment = Enrolment.objects.select_for_update().get(pk=enrolment_id)
    if enrolment.status != EnrolmentStatus.CHECKING:
        return False
    waiting = enrolment.rows.filter(outcome=RowOutcome.UNCHECKED).order_by("number")
    rows = list(waiting[:CHUNK])
    if not rows:
        _finish(enrolment)
        return False
    read = [(row, *read_row(row.cells)) for row in rows]
    earlier = _Earlier(enrolment, rows[0].number, [facts for _, facts, _ in read if facts])
    problems: list[EnrolmentProblem] = []
    for row, facts, faults in read:
        if facts:
            faults = earlier.faults(row, facts)
        if facts and not faults:
            row.company_number, row.match_key = facts.company_number, key_of(facts)
        row.name = (row.cells.get("name") or "")[:200]
        row.outcome = RowOutcome.FAULTY if faults else RowOutcome.READY
        problems += [_problem(enrolment, row, fault) for fault in faults]
        enrolment.faulty_count += bool(faults)
    write_rows(rows, CHECKED)
    EnrolmentProblem.objects.bulk_create(problems)
    enrolment.checked_count += len(rows)
    enrolment.attempts, enrolment.last_error, enrolment.worked_at = 0, "", timezone.now()
    enrolment.save(update_fields=["checked_count", "faulty_count", "attempts", "last_error", "worked_at"])
    return True


def write_rows(rows: list[EnrolmentRow], fields: list[str]) -> None:
    """Update many rows by one INSERT that meets them all: several times faster than bulk_update."""
    EnrolmentRow.objects.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=fields)


def _problem(enrolment: Enrolment, row: EnrolmentRow, fault: Problem) -> EnrolmentProblem:
    return EnrolmentProblem(
        enrolment=enrolment,
        row=row,
        column=fault.column,
        place=PLACES[fault.column],
        written=fault.written,
        text=fault.text,
    )


def _finish(enrolment: Enrolment) -> None:
    to = EnrolmentStatus.FAULTY if enrolment.faulty_count else EnrolmentStatus.READY
    change_status(enrolment, to, ENROLMENT_TRANSITIONS)
    enrolment.save(update_fields=["status"])
    record_event(
        verb="enrolment.checked",
        target=enrolment,
        by=None,
        data={"rows": enrolment.row_count, "faulty": enrolment.faulty_count},
    )


class _Earlier:
    """Which row above is about the same company: the first one keeps its place, the others are at fault."""

    def __init__(self, enrolment: Enrolment, before: int, facts: list[Facts]) -> None:
        numbers = {row.company_number for row in facts if row.company_number}
        keys = {key_of(row) for row in facts} - {""}
        above = enrolment.rows.filter(
            Q(company_number__in=numbers) | Q(match_key__in=keys), number__lt=before
        ).exclude(outcome=RowOutcome.UNCHECKED)
        self.by_number: dict[str, int] = {}
        self.by_key: dict[str, list[tuple[int, str]]] = {}
        for number, company_number, key in above.order_by("number").values_list(
            "number", "company_number", "match_key"
        ):
            self._add(number, company_number, key)

    def _add(self, number: int, company_number: str, key: str) -> None:
        if company_number:
            self.by_number.setdefault(company_number, number)
        if key:
            self.by_key.setdefault(key, []).append((number, company_number))

    def faults(self, row: EnrolmentRow, facts: Facts) -> list[Problem]:
        """What this row repeats; what repeats nothing is remembered for the rows below."""
        key = key_of(facts)
        found = []
        if first := self.by_number.get(facts.company_number):
            written = row.cells.get("company_number", "")
            text = f"Row {first:,} has the same number. Keep one of the rows for each company"
            found.append(Problem("company_number", written[:200], text))
        else:
            same = [n for n, number in self.by_key.get(key, []) if not differ(number, facts.company_number)]
            if same:
                text = (
                    f"Row {same[0]:,} has the same name and postcode. Keep one of the rows for each company"
                )
                found.append(Problem("name", facts.name, text))
        if not found:
            self._add(row.number, facts.company_number, key)
        return found
