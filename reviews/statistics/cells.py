"""What a table is made of: cells that hold a value or a symbol, the same in every medium."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from reviews.statistics.intervals import Share

WITHHELD = "[c]"
UNAVAILABLE = "[x]"
SYMBOLS = {
    WITHHELD: "withheld: the number is fewer than 5, or would let a number fewer than 5 be worked out",
    UNAVAILABLE: "not available: there is nothing to count it in, or too little to say how sure it is",
}
Kind = Literal["text", "count", "percent"]


@dataclass(frozen=True)
class Column:
    name: str
    label: str
    kind: Kind = "count"


@dataclass(frozen=True)
class Cell:
    """`value` is None where a symbol stands for it; `text` is what every medium shows."""

    value: int | float | str | None
    text: str


@dataclass(frozen=True)
class Table:
    """`note` names the denominator and the method. The first column names the row. `is_public` tables go
    to everyone; the others to the department and the Advisory Panel."""

    name: str
    title: str
    note: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    is_public: bool = True

    def column(self, name: str) -> list[Cell]:
        position = [column.name for column in self.columns].index(name)
        return [row[position] for row in self.rows]

    @property
    def symbols(self) -> list[tuple[str, str]]:
        """The symbols that this table uses, with their words."""
        used = {cell.text for row in self.rows for cell in row}
        return [(symbol, words) for symbol, words in SYMBOLS.items() if symbol in used]


def text(value: str) -> Cell:
    return Cell(value, value)


def count(value: int | None, *, hidden: bool = False) -> Cell:
    if hidden:
        return Cell(None, WITHHELD)
    return Cell(None, UNAVAILABLE) if value is None else Cell(value, f"{value:,}")


def percent(value: float | None, *, hidden: bool = False) -> Cell:
    """A share between 0 and 1 as a percentage with one decimal."""
    if hidden:
        return Cell(None, WITHHELD)
    if value is None:
        return Cell(None, UNAVAILABLE)
    rounded = round(100 * value, 1)
    return Cell(rounded, f"{rounded:.1f}")


def interval(found: Share | None, *, hidden: bool = False) -> tuple[Cell, Cell, Cell]:
    if found is None:
        return percent(None, hidden=hidden), percent(None, hidden=hidden), percent(None, hidden=hidden)
    return tuple(percent(part, hidden=hidden) for part in (found.value, found.low, found.high))  # type: ignore[return-value]


def in_words(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
