"""The pro-forma from top to bottom, for any format: a sheet takes one part after the other."""

from __future__ import annotations

from typing import Protocol

from codeofpractice.proforma.content import (
    MEASURE_HEAD,
    TITLE,
    Form,
    MeasureText,
    PointForm,
    label_of,
    mark_of,
    table_name,
)
from codeofpractice.proforma.numbering import BULLET

POSITIONS = ("In place", "Planned", "Not applicable")
STATES = ("In place", "Planned")
SPARE_ROWS = 3

HOW_TO_FILL_IN = (
    "Type under each heading that begins with “Point”, or over what stands there already. You can change "
    "fonts, and write as many lines as you need.",
    "Leave the headings and the form reference where they are: they tell us which answer is which.",
    "Where you stand is one of: {positions}. A planned point needs a date, like 6 December 2030.",
    "Name roles rather than people, like operations manager.",
    "A measure is one thing that is done, or planned, to meet the point. Add rows to the table if you need "
    "more.",
    "What you cannot answer yet, leave as it is. Nothing is saved until you have uploaded the document, seen "
    "what came back and confirmed it.",
)


class Sheet(Protocol):
    """A document that is being written."""

    def title(self, text: str) -> None: ...

    def heading(self, text: str, level: int) -> None: ...

    def paragraph(self, text: str) -> None: ...

    def bullets(self, lines: tuple[str, ...]) -> None: ...

    def field(self, mark: str, name: str, text: str, choices: tuple[str, ...] = ()) -> None:
        """A place to type in, or with choices to choose; `name` is what a program calls it."""

    def table(
        self, name: str, head: tuple[str, ...], rows: tuple[tuple[str, ...], ...], choices: tuple[str, ...]
    ) -> None: ...


def title_of(form: Form) -> str:
    return f"{TITLE} of {form.company}"


def compose(form: Form, sheet: Sheet) -> None:
    sheet.title(title_of(form))
    sheet.paragraph(f"Company: {form.company}")
    sheet.paragraph(f"Membership number: {form.reference.membership}")
    sheet.paragraph(f"Edition: {form.edition}")
    sheet.paragraph(f"Form reference: {form.reference}")
    sheet.heading("How to fill this in", 1)
    positions = POSITIONS if any(point.may_skip for point in form.points) else POSITIONS[:2]
    listed = f"{', '.join(positions[:-1])} or {positions[-1]}"
    sheet.bullets(tuple(line.format(positions=listed) for line in HOW_TO_FILL_IN))
    sheet.heading("The points of the Code of Practice", 1)
    for point in form.points:
        _compose_point(point, sheet)


def _compose_point(point: PointForm, sheet: Sheet) -> None:
    answer = point.answer
    sheet.heading(point.heading, 2)
    sheet.heading("What the Code asks", 3)
    _paragraphs(point.requirement, sheet)
    sheet.heading("What good evidence looks like", 3)
    _paragraphs(point.good_evidence, sheet)
    positions = POSITIONS if point.may_skip else POSITIONS[:2]
    _field(point, "position", sheet, choices=positions, base=answer.base)
    for name in ("how_met", "responsible_role", "planned_for"):
        _field(point, name, sheet)
    if point.may_skip or answer.not_applicable_reason:
        _field(point, "not_applicable_reason", sheet)
    sheet.heading(label_of(answer.number, "measures"), 3)
    rows = tuple(_cells(row) for row in answer.measures) + (("",) * len(MEASURE_HEAD),) * SPARE_ROWS
    sheet.table(table_name(answer.number), MEASURE_HEAD, rows, STATES)


def _field(
    point: PointForm, name: str, sheet: Sheet, *, choices: tuple[str, ...] = (), base: str = ""
) -> None:
    number = point.answer.number
    label = label_of(number, name)
    sheet.heading(label, 3)
    sheet.field(mark_of(number, name, base), label, getattr(point.answer, name), choices)


def _paragraphs(text: str, sheet: Sheet) -> None:
    for part in text.split("\n"):
        if part.strip():
            sheet.paragraph(part.strip())


def _cells(row: MeasureText) -> tuple[str, ...]:
    return (row.what, row.state, row.day, row.owner_role)


class Lines:
    """Not a document: every line of ours in one, so that lines of somebody else can be told."""

    def __init__(self) -> None:
        self.found: set[str] = set()

    def title(self, text: str) -> None:
        self.found.add(text)

    def heading(self, text: str, level: int) -> None:
        self.found.add(text)

    def paragraph(self, text: str) -> None:
        self.found.add(text)

    def bullets(self, lines: tuple[str, ...]) -> None:
        self.found.update(lines)
        self.found.update(f"{BULLET}{line}" for line in lines)

    def field(self, mark: str, name: str, text: str, choices: tuple[str, ...] = ()) -> None:
        return None

    def table(
        self, name: str, head: tuple[str, ...], rows: tuple[tuple[str, ...], ...], choices: tuple[str, ...]
    ) -> None:
        self.found.add(name)
