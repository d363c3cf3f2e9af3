"""Whether a passage says that a measure is in place, planned, partial or absent."""

import re
from collections.abc import Sequence
from typing import Literal

from codeofpractice.reading.document import CELL_SEPARATOR, Passage
from codeofpractice.reading.phrases import Phrase, Terms, matches, stance_terms

Stance = Literal["in_place", "planned", "partial", "absent"]

_DATE_CELL = re.compile(
    r"^(by |end |early |mid |late )?(\d{1,2} )?(January|February|March|April|May|June|July|August|September"
    r"|October|November|December|spring|summer|autumn|winter|Q[1-4])( \d{4})?$",
    re.IGNORECASE,
)


_SHARE = re.compile(r"\b(\d[\d,]*)\s+(?:of|out of)\s+(?:the\s|our\s)?(\d[\d,]*)\b")


def _far_from_all(match: re.Match[str]) -> bool:
    """Whether "15 of 23" is said, rather than "2,604 of 2,655"."""
    done, everyone = (int(digits.replace(",", "")) for digits in match.groups())
    return 0 < done < 0.9 * everyone


_RED = re.compile(r"^(R|red|no|none|not met|not done|absent|nil)\.?$", re.IGNORECASE)
_ANSWERS: tuple[tuple[re.Pattern[str], Stance], ...] = (
    (re.compile(r"^(planned|not yet|to do|in progress|in hand|open|due)\b", re.IGNORECASE), "planned"),
    (re.compile(r"^(partly|partial|partially|in part|some|sometimes|mostly)\.?$", re.IGNORECASE), "partial"),
)


def _answer(cell: str) -> list[Stance]:
    """What the answer column of a form says, where it says that something is still to do."""
    return [stance for pattern, stance in _ANSWERS if pattern.match(cell)]


_AMBER = frozenset({"a", "amber", "yellow"})


def read_stance(terms: Terms, sentences: Sequence[str], passage: Passage) -> Stance:
    text = " ".join(sentences)
    general = stance_terms()
    if passage.kind == "table_row":
        cells = passage.text.split(CELL_SEPARATOR)
        if any(_DATE_CELL.match(cell) for cell in cells):
            return "planned"
        if any(re.match(r"done, except|partly|in part", cell, re.IGNORECASE) for cell in cells):
            return "partial"
        if any(re.match(r"(done|complete|completed|in place)\b", cell, re.IGNORECASE) for cell in cells):
            return "in_place"
        if any(_RED.match(cell) for cell in cells[1:]):
            return "absent"
        answered = next((stance for cell in cells[1:] for stance in _answer(cell)), None)
        if answered:
            return answered
    if any(_far_from_all(match) for match in _SHARE.finditer(text)):
        return "partial"
    readings: tuple[tuple[Stance, tuple[Phrase, ...]], ...] = (
        ("planned", terms.planned + general.planned),
        ("partial", terms.partial),
        ("absent", terms.absent),
        ("partial", general.partial),
        ("absent", general.absent),
    )
    for stance, phrases in readings:
        firm = stance == "absent" and matches(general.firm, text)
        if not firm and matches(phrases, text):
            return stance
    cells = passage.text.lower().split(CELL_SEPARATOR)
    amber = passage.kind == "table_row" and bool(_AMBER.intersection(cells[1:]))
    return "partial" if amber else "in_place"
