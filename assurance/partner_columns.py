"""The columns of a list of results, and how a row is read; the API takes the same names. No database here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from accounts.dates import read_day, words_of_day
from accounts.words import cannot_be_kept, one_line, several_lines
from applications.enrolling.cells import Fault, labels_of, plain, read_line, words_of
from applications.enrolling.columns import WHOLE_ROW, Column
from applications.enrolling.rows import Problem, tidy
from applications.searching import membership_number
from assurance.models import FindingResult, PartnerCheckKind, PartnerOutcome
from assurance.partner_results import ResultFacts

LONGEST_REFERENCE, LONGEST_INSPECTOR = 60, 150
LONGEST_SUMMARY, LONGEST_REASON = 4000, 1000
MOST_POINTS = 40
MOST_ROWS = 2_000  # of a list: it is looked through while the partner waits
SEVERAL_LINES = frozenset({"summary", "correction_reason"})

KINDS = words_of(
    PartnerCheckKind.choices,
    {
        "on-site": PartnerCheckKind.ON_SITE,
        "site visit": PartnerCheckKind.ON_SITE,
        "inspection": PartnerCheckKind.ON_SITE,
        "desktop": PartnerCheckKind.DESKTOP,
        "desk audit": PartnerCheckKind.DESKTOP,
        "audit": PartnerCheckKind.DESKTOP,
    },
)
OUTCOMES = words_of(
    PartnerOutcome.choices,
    {"pass": PartnerOutcome.MET, "fail": PartnerOutcome.NOT_MET, "failed": PartnerOutcome.NOT_MET},
)
RESULTS = words_of(
    FindingResult.choices,
    {"partly": FindingResult.PARTLY, "n/a": FindingResult.NOT_APPLICABLE},
)


def read_number(text: str) -> str:
    if number := membership_number(text):
        return number
    raise Fault("This is no membership number. Write it like RVSS-000123")


def read_date(text: str) -> date:
    try:
        return read_day(words_of_day(text))
    except ValueError:
        raise Fault("This is no date. Write it like 6 12 2018 or 2018-12-06") from None


def read_word(known: Mapping[str, str], choices: Sequence[tuple[str, Any]]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if value := known.get(plain(text)):
            return value
        raise Fault(f"Write one of: {'; '.join(labels_of(choices))}")

    return read


def _point_column(number: int) -> Column:
    return Column(
        f"point_{number}",
        f"Point {number}",
        f"What was found at point {number}. Empty when it was not looked at",
        {1: "Met", 4: "Partly met"}.get(number, ""),
        read_word(RESULTS, FindingResult.choices),
        words=labels_of(FindingResult.choices),
    )


COLUMNS: tuple[Column, ...] = (
    Column(
        "reference",
        "Your reference",
        f"Your own number for this result, up to {LONGEST_REFERENCE} characters; each has another",
        "INSP-2026-0042",
        read_line("Your reference", LONGEST_REFERENCE),
        enter="your reference for this result",
        aliases=("reference", "inspection number", "audit number"),
    ),
    Column(
        "membership",
        "Membership number",
        "Of your member in the scheme",
        "RVSS-000123",
        read_number,
        enter="the membership number",
        aliases=("member", "member number", "rvss number"),
    ),
    Column(
        "kind",
        "Kind",
        "One of the words below",
        "On-site inspection",
        read_word(KINDS, PartnerCheckKind.choices),
        enter="the kind of inspection",
        words=labels_of(PartnerCheckKind.choices),
        aliases=("kind of inspection", "type"),
    ),
    Column(
        "inspected_on",
        "Date of the inspection",
        "Day, month and year",
        "6 5 2026",
        read_date,
        enter="the date of the inspection",
        aliases=("date", "inspected on", "inspection date"),
    ),
    Column(
        "inspected_by",
        "Inspector",
        "The inspector’s organisation or role, not a person’s name",
        "Field audit team",
        read_line("The inspector", LONGEST_INSPECTOR),
        enter="the inspector’s organisation or role",
        aliases=("inspected by", "organisation of the inspector", "auditor"),
    ),
    Column(
        "outcome",
        "Outcome",
        "One of the words below",
        "Met with actions",
        read_word(OUTCOMES, PartnerOutcome.choices),
        enter="the outcome",
        words=labels_of(PartnerOutcome.choices),
        aliases=("result",),
    ),
    Column(
        "summary",
        "Summary",
        f"What was seen, up to {LONGEST_SUMMARY:,} characters. The company and DfT read it",
        "Keys are kept in a locked cabinet. Training records of two branches are missing.",
        read_line("The summary", LONGEST_SUMMARY),
        aliases=("notes", "comments"),
    ),
    Column(
        "replaces",
        "Corrects",
        "Your reference of an earlier result that this one replaces. Empty when it is no correction",
        "",
        read_line("The reference", LONGEST_REFERENCE),
        aliases=("replaces", "correction of"),
    ),
    Column(
        "correction_reason",
        "Reason for the correction",
        f"Why the earlier result was wrong, up to {LONGEST_REASON:,} characters",
        "",
        read_line("The reason", LONGEST_REASON),
        aliases=("correction reason",),
    ),
    Column(
        "edition",
        "Edition",
        "Of the Code of Practice, when there are results by point",
        "2018",
        read_line("The edition", 40),
        aliases=("edition of the code", "code of practice"),
    ),
    *map(_point_column, range(1, MOST_POINTS + 1)),
)
BY_KEY = {column.key: column for column in COLUMNS}
PLACES = {column.key: place for place, column in enumerate(COLUMNS, start=1)} | {WHOLE_ROW: 0}


def columns_for(points: int) -> list[Column]:
    """Those of a template for editions with so many points."""
    last = f"point_{points}"
    return [column for column in COLUMNS if PLACES[column.key] <= PLACES.get(last, PLACES["edition"])]


def header_of(key: str) -> str:
    return BY_KEY[key].header if key in BY_KEY else "Whole row"


def read_row(cells: Mapping[str, str]) -> tuple[ResultFacts | None, list[Problem]]:
    """The facts, or every fault in the order of the columns."""
    if all(cells.get(key) == BY_KEY[key].example for key in ("reference", "membership", "inspected_by")):
        return None, [Problem(WHOLE_ROW, "", "This is the example of the template. Delete the row")]
    found: dict[str, Any] = {}
    faults: dict[str, str] = {}
    if cells.get(WHOLE_ROW):
        faults[WHOLE_ROW] = (
            "This row has more cells than there are columns. Put text that holds a comma in quotation marks"
        )
    for column in COLUMNS:
        try:
            found[column.key] = _read_cell(column, cells.get(column.key, ""))
        except Fault as fault:
            faults[column.key] = str(fault)
    if faults:
        return None, as_problems(faults, cells)
    points = {number: found.pop(f"point_{number}") for number in range(1, MOST_POINTS + 1)}
    return ResultFacts(**found, points={number: result for number, result in points.items() if result}), []


def as_problems(faults: Mapping[str, str], cells: Mapping[str, str]) -> list[Problem]:
    keys = sorted(faults, key=lambda key: PLACES.get(key, len(PLACES)))
    return [Problem(key, cells.get(key, "")[:200], faults[key][:300]) for key in keys]


def _read_cell(column: Column, text: str) -> Any:
    text = tidy(text)
    text = several_lines(text) if column.key in SEVERAL_LINES else one_line(text)
    if not text:
        if column.required:
            raise Fault(f"This is empty. Enter {column.enter}")
        return ""
    if cannot_be_kept(text):
        raise Fault("This holds a character that cannot be used. Type it again")
    return column.read(text)
