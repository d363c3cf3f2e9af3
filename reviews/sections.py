"""The sections of a report: which tables stand in each, and which words belong there.

Everything follows from the frozen tables, so that the same report has the same sections for good. Words are
kept by the key of their part (`ReportText.section`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from reviews import statistics
from reviews.models import ReportText, ReviewReport
from reviews.statistics import Table

COMPLIANCE = ("outcomes", "points-", "estimates-")


@dataclass(frozen=True)
class Part:
    """Words that an author writes: `asks` says what they should answer."""

    key: str
    title: str
    asks: str
    is_needed: bool = False
    words: str = ""

    @property
    def paragraphs(self) -> list[str]:
        """Blank lines divide; a single line break is a blank."""
        blocks = re.split(r"\n\s*\n", self.words.replace("\r\n", "\n"))
        return [" ".join(block.split()) for block in blocks if block.strip()]


@dataclass(frozen=True)
class Section:
    """`level` 2 stands in the contents, 3 below it. `nothing` is said when there is no table."""

    key: str
    title: str
    level: int = 2
    tables: tuple[Table, ...] = ()
    parts: tuple[Part, ...] = ()
    figures: tuple[tuple[str, str], ...] = ()
    nothing: str = ""


NO_RETURNS = (
    "There are no figures from yearly returns for this period, so the records of the scheme alone say "
    "nothing about this."
)
POINT_PARTS = (
    (
        "benefit",
        "Evidence of benefit",
        "What shows that this point makes attacks harder or easier to detect?",
    ),
    (
        "enforcement",
        "Cost and enforceability",
        "What does it cost, above all small operators? How would anybody tell that it is not kept?",
    ),
    (
        "judgement",
        "DfT’s judgement",
        "Should the point become mandatory, stay voluntary, or is the evidence too weak to say? Why?",
    ),
)


def sections_of(tables: Sequence[Table], words: Mapping[str, str] | None = None) -> list[Section]:
    """All sections in order, with their words."""
    made = [*_first(tables), *_case(tables)]
    return [
        replace(
            section,
            parts=tuple(replace(part, words=(words or {}).get(part.key, "")) for part in section.parts),
        )
        for section in made
    ]


def _first(tables: Sequence[Table]) -> list[Section]:
    case = ("case-", "mandate-", "operators")
    impact = _named(tables, ("impact-",))
    burden = _named(tables, ("returns-", "burden-"))
    others = (*COMPLIANCE, *case, "impact-", "returns-", "burden-", "headline")
    take_up = tuple(table for table in tables if not table.name.startswith(others))
    return [
        Section("summary", "Summary", tables=_named(tables, ("headline",)), parts=(
            Part("summary", "Summary", "What did the review find, in a page?", is_needed=True),)),
        Section("take-up", "Take-up", tables=take_up, parts=(
            Part("take-up", "Take-up", "Who has joined, who has not, and why?"),)),
        Section("compliance", "Compliance with the code", tables=_named(tables, COMPLIANCE), parts=(
            Part("compliance", "Compliance", "What did checks find, and how sure is it?"),)),
        Section("impact", "Impact", tables=impact, nothing="" if impact else NO_RETURNS, parts=(
            Part("impact", "Impact", "What has changed because of the scheme, and how is that known?"),)),
        Section("burden", "Burden by size of company", tables=burden, nothing="" if burden else NO_RETURNS,
                parts=(Part("burden", "Burden", "What does the scheme cost companies of each size?"),)),
    ]  # fmt: skip


def _named(tables: Sequence[Table], starts: tuple[str, ...]) -> tuple[Table, ...]:
    return tuple(table for table in tables if table.name.startswith(starts))


def _case(tables: Sequence[Table]) -> list[Section]:
    cases = [table for table in tables if table.name.startswith("case-")]
    made = [
        Section(
            "case",
            "The case for mandatory footing",
            tables=_named(tables, ("operators", "case-", "mandate-")),
            nothing="" if cases else "Too few checks were decided to speak of single points.",
            parts=(Part("case", "The case", "What would change if points became mandatory?"),),
        )
    ]
    named = {table.name: table for table in tables}
    for table in cases:
        code = table.name.removeprefix("case-")
        mandate = named.get(f"mandate-{code}")
        for at, cells in enumerate(table.rows):
            number = cells[0].text.split(".")[0]
            made.append(_point(table, mandate, at, f"case-{code}-{number}"))
    return made


def _point(table: Table, mandate: Table | None, at: int, key: str) -> Section:
    name = table.rows[at][0].text
    return Section(
        key,
        f"Point {name}",
        level=3,
        figures=(*_row(table, at), *(_row(mandate, at) if mandate else ())),
        parts=tuple(
            Part(f"{key}-{slug}", title, asks, is_needed=slug == "judgement")
            for slug, title, asks in POINT_PARTS
        ),
    )


def _row(table: Table, at: int) -> tuple[tuple[str, str], ...]:
    pairs = zip(table.columns[1:], table.rows[at][1:], strict=True)
    return tuple((column.label, cell.text) for column, cell in pairs)


def tables_of(report: ReviewReport) -> tuple[Table, ...]:
    return statistics.tables_from_json(report.tables or [])


def newest_words(report: ReviewReport) -> dict[str, ReportText]:
    """The newest version of each section's words, in one query."""
    rows = ReportText.objects.filter(report=report).select_related("by")
    return {row.section: row for row in rows.order_by("section", "-version").distinct("section")}


def writable_keys(report: ReviewReport) -> list[str]:
    return [part.key for section in sections_of(tables_of(report)) for part in section.parts]


def unwritten_sections(report: ReviewReport, words: Mapping[str, ReportText]) -> list[str]:
    """Titles of what must have words before the sign-off and has none."""
    return [
        section.title if section.level == 2 else f"{section.title} ({part.title})"
        for section in sections_of(tables_of(report))
        for part in section.parts
        if part.is_needed and not (part.key in words and words[part.key].words.strip())
    ]
