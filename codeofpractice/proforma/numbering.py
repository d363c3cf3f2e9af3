"""The sign before an item of a list, as a person would type it: "- ", "1. ", "  b) "."""

from __future__ import annotations

import re
from collections.abc import Mapping

BULLET = "- "
_STEPS = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"))
_SMALL = ((40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


class Numbers:
    """Counts each list, level by level; an item of an upper level starts the lower ones again."""

    def __init__(self) -> None:
        self._counts: dict[str, dict[int, int]] = {}

    def next(self, which: str, level: int, starts: Mapping[int, int]) -> dict[int, int]:
        counts = self._counts.setdefault(which, {})
        counts[level] = counts.get(level, starts.get(level, 1) - 1) + 1
        for lower in [each for each in counts if each > level]:
            del counts[lower]
        return {n: counts.get(n, starts.get(n, 1)) for n in range(level + 1)}


def sign_of(level: int, pattern: str, formats: Mapping[int, str], counts: Mapping[int, int]) -> str:
    """`pattern` has %1 for the number of the first level, as Word writes it; one without is a bullet."""
    indent = "  " * level
    if formats.get(level) in {"bullet", "none", ""} or "%" not in pattern:
        return indent + BULLET
    sign = re.sub(
        r"%([1-9])",
        lambda found: in_format(counts.get(int(found[1]) - 1, 1), formats.get(int(found[1]) - 1, "decimal")),
        pattern,
    )
    return f"{indent}{sign} "


def in_format(number: int, name: str) -> str:
    """`name` is Word's."""
    if name in {"lowerLetter", "upperLetter"}:
        letters = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letters if name == "lowerLetter" else letters.upper()
    if name in {"lowerRoman", "upperRoman"} and 0 < number < 4000:
        roman = ""
        for value, letters in (*_STEPS, *_SMALL):
            roman += letters * (number // value)
            number %= value
        return roman if name == "lowerRoman" else roman.upper()
    return str(number)
