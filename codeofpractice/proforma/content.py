"""What a pro-forma says, whatever its format: texts as they stand in the document, by point and field."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from accounts.words import LINE_END, cannot_be_kept, one_line, several_lines

FORM = 1  # raised when a document of before can no longer be read
TITLE = "Security plan: pro-forma"
MOST_MEASURES = 50

# In the order in which they stand under each point. Measures come last: what follows a table is not theirs.
LABELS = {
    "position": "where you stand",
    "how_met": "how you meet this point",
    "responsible_role": "who is responsible, by role",
    "planned_for": "the date by which it will be in place, if it is planned",
    "not_applicable_reason": "why it does not apply, if it does not",
    "measures": "measures",
}
FIELDS = tuple(LABELS)
# What a person needs not have: it is there only for points that may be left out.
OPTIONAL = frozenset({"not_applicable_reason"})
MEASURE_HEAD = ("Measure", "In place or planned", "Since or by when", "Who sees to it, by role")
WRITE_HERE, CHOOSE = "[Write here]", "[Choose one]"

_MARK = re.compile(rf"rvss_(\d{{1,5}})_({'|'.join(FIELDS)})(?:_([0-9a-f]{{12}}))?")
# A program may have numbered the headings.
_LABEL = re.compile(
    rf"(?:[-\w.()]{{1,12}} )?point (\d{{1,5}}): ({'|'.join(map(re.escape, LABELS.values()))})[.:]?"
)
_TABLE = re.compile(r"measures for point (\d{1,5})", re.IGNORECASE)
_REFERENCE = re.compile(r"RVSS plan (\d{1,5}) / ([-\w]{1,40}) / ([-\w]{1,40}) / version (\d{1,5})")


@dataclass(frozen=True)
class Reference:
    """For which plan a pro-forma was made; `form` is the version of the form itself."""

    form: int
    edition: str
    membership: str
    version: int

    def __str__(self) -> str:
        return f"RVSS plan {self.form} / {self.edition} / {self.membership} / version {self.version}"


@dataclass(frozen=True)
class MeasureText:
    what: str = ""
    state: str = ""
    day: str = ""
    owner_role: str = ""


@dataclass(frozen=True)
class PointText:
    """One point as it stands in the document. `base` is the digest of the answer from which it was filled.

    `missing` names the fields that are not in the document any more.
    """

    number: int
    position: str = ""
    how_met: str = ""
    responsible_role: str = ""
    planned_for: str = ""
    not_applicable_reason: str = ""
    measures: tuple[MeasureText, ...] = ()
    base: str = ""
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Proforma:
    """What came back. `strays` are lines in no field; `leaves_out` says that there is more than text."""

    reference: Reference
    points: tuple[PointText, ...]
    strays: tuple[str, ...] = ()
    leaves_out: bool = False


def proforma_from(found: dict[str, Any]) -> Proforma:
    """From what `asdict` made of one."""
    points = (
        PointText(
            **row
            | {
                "measures": tuple(MeasureText(**measure) for measure in row["measures"]),
                "missing": tuple(row["missing"]),
            }
        )
        for row in found["points"]
    )
    return Proforma(
        Reference(**found["reference"]), tuple(points), tuple(found["strays"]), found["leaves_out"]
    )


@dataclass(frozen=True)
class PointForm:
    """One point as the document asks for it."""

    heading: str
    requirement: str
    good_evidence: str
    answer: PointText
    may_skip: bool


@dataclass(frozen=True)
class Form:
    """All that a document is written from."""

    reference: Reference
    company: str
    edition: str
    points: tuple[PointForm, ...]


def mark_of(number: int, field: str, base: str = "") -> str:
    """The name that a field bears inside the document, where nobody types. Word takes 64 characters."""
    return f"rvss_{number}_{field}{f'_{base}' if base else ''}"


def read_mark(name: str) -> tuple[int, str, str] | None:
    """Number, field and base."""
    found = _MARK.fullmatch(name)
    return (int(found[1]), found[2], found[3] or "") if found else None


def label_of(number: int, field: str) -> str:
    return f"Point {number}: {LABELS[field]}"


def read_label(line: str) -> tuple[int, str] | None:
    found = _LABEL.fullmatch(one_line(line).lower())
    return (int(found[1]), FIELDS[list(LABELS.values()).index(found[2])]) if found else None


def table_name(number: int) -> str:
    return f"Measures for point {number}"


def read_table_name(name: str) -> int | None:
    found = _TABLE.fullmatch(one_line(name))
    return int(found[1]) if found else None


def references_in(lines: Iterable[str]) -> list[Reference]:
    """Every mention of a reference, in order."""
    return [
        Reference(int(found[1]), found[2], found[3], int(found[4]))
        for line in lines
        for found in _REFERENCE.finditer(one_line(line))
    ]


def is_head(cells: Iterable[str]) -> bool:
    return [one_line(cell).lower() for cell in cells] == [cell.lower() for cell in MEASURE_HEAD]


def keepable(text: str) -> str:
    """Several lines as the form keeps them, without characters that it would refuse."""
    return several_lines("".join(sign for sign in LINE_END.sub("\n", text) if not cannot_be_kept(sign)))


def digest_of(parts: Iterable[str]) -> str:
    """Twelve digits by which two answers are told apart; not a secret."""
    whole = "\x1f".join(parts)
    return hashlib.sha256(whole.encode()).hexdigest()[:12]


def refuse_unkeepable(text: str) -> str:
    """Raises ValueError for a text that could not be written and read back."""
    if cannot_be_kept(text) or "\r" in text:
        raise ValueError("A text holds a character that cannot be kept")
    return text
