"""Paragraphs, list items and headings from the lines of a PDF, across columns and pages."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from codeofpractice.reading.document import Block, Kind
from codeofpractice.reading.pdf_layout import Column, Line

_BULLET = re.compile(r"^[•●▪■◦‣⁃∙·➢➤►▶❖\ue000-\uf8ff\x7f]\s*|^[*–—-]\s+|^o\s+(?=[A-Z])")
_CLAUSE = re.compile(r"^(\d{1,2}(\.\d{1,2}){1,3}\.?|\d{1,2}[.)]|\(?[a-z][.)]|\([ivx]{1,4}\))\s+\S")
_ENDS = re.compile(r"[.!?:;][\"'”’)]*$")
_CONTENTS_LINE = re.compile(r"(\.\s?){4,}\s*\d{1,3}$")
_HYPHENS = "-\u2010\u00ad"
# Line ends after which no space is missing: "and/", "9–", and "16- and 17-" before "seat".
_JOINS = re.compile(r"/$|(?<! )[–—]$")
_NUMBER_HYPHEN = re.compile(r"\d[-\u2010]$")

# First halves that English keeps apart with a hyphen, so that a line may break after it.
_KEPT = frozenset(
    [
        "e",
        "self",
        "non",
        "co",
        "ex",
        "pre",
        "post",
        "counter",
        "anti",
        "re",
        "semi",
        "multi",
        "cross",
        "half",
        "part",
        "full",
        "first",
        "second",
        "third",
        "two",
        "three",
        "four",
        "five",
        "six",
        "one",
        "long",
        "short",
        "high",
        "low",
        "hard",
        "well",
        "ill",
        "on",
        "off",
        "in",
        "out",
        "up",
        "down",
        "follow",
        "sign",
        "lock",
        "check",
        "hand",
        "follow",
        "machine",
        "number",
        "vehicle",
        "car",
        "van",
        "all",
        "so",
        "by",
        "end",
        "key",
        "face",
        "pop",
        "face-to",
    ]
)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The document's own words, and whether its lines are hyphenated at all."""

    words: frozenset[str]
    compounds: frozenset[str]
    hyphenates: bool

    @classmethod
    def of(cls, lines: Sequence[Line]) -> "Vocabulary":
        inner = [
            re.sub(r"\S+$", "", line.text) if line.text[-1:] in _HYPHENS else line.text for line in lines
        ]
        text = " ".join(inner).lower()
        ending = sum(1 for line in lines if line.text[-1:] in _HYPHENS)
        return cls(
            frozenset(re.findall(r"[a-z]+", text)),
            frozenset(re.findall(r"[a-z]+(?:-[a-z]+)+", text)),
            ending > 0.03 * len(lines) and ending > 3,
        )

    def joint(self, before: str, after: str) -> str:
        """What stands between the halves of a word that a line end parts after a hyphen."""
        if before[-1] in "\u2010\u00ad":
            return ""
        left = re.findall(r"[a-z]+$", before[:-1].lower())
        right = re.findall(r"^[a-z]+", after.lower())
        if not left or not right or not after[0].islower():
            return "-"
        first, second = left[0], right[0]
        if f"{first}-{second}" in self.compounds:
            return "-"
        if first + second in self.words:
            return ""
        if first in _KEPT or (first in self.words and second in self.words and len(first) > 2):
            return "-"
        return "" if self.hyphenates else "-"


def join_lines(lines: Iterable[Line], vocabulary: Vocabulary) -> str:
    text = ""
    for line in lines:
        if not text:
            text = line.text
        elif text[-1] in _HYPHENS and len(text) > 1 and text[-2].isalpha():
            text = text[:-1] + vocabulary.joint(text, line.text) + line.text
        elif _JOINS.search(text) or (_NUMBER_HYPHEN.search(text) and line.text[0].islower()):
            text += line.text
        else:
            text += " " + line.text
    return text


@dataclass
class _Draft:
    lines: list[Line]
    column: Column
    indented: bool = False


def paragraphs(run: Sequence[Column], body_size: float, vocabulary: Vocabulary) -> list[Block]:
    """Blocks of consecutive columns; a paragraph may run on from one column or page to the next."""
    drafts: list[_Draft] = []
    for column in run:
        gap = _usual_leading(column.lines)
        fresh = True
        for line in column.lines:
            last = next((draft for draft in reversed(drafts) if draft.lines[0].note == line.note), None)
            if line.note:
                fresh = False
            if last is None or (
                _starts_after_break(last, line) if fresh else _starts(last, line, column, gap)
            ):
                drafts.append(_Draft([line], column, line.x0 > column.left + 0.8 * line.size))
            else:
                last.lines.append(line)
                last.column = column
            fresh = False
    return [_block(draft, body_size, vocabulary) for draft in drafts]


def _usual_leading(lines: Sequence[Line]) -> float:
    """The usual distance of base lines, as a multiple of the type size."""
    steps = [(b.y - a.y) / b.size for a, b in pairwise(lines) if 0 < b.y - a.y < 3 * b.size]
    if not steps:
        return 1.3
    counted = Counter(round(step, 1) for step in steps)
    common = [step for step, count in counted.items() if count * 4 >= max(counted.values())]
    return min(min(common), median(steps)) if common else median(steps)


def _starts(draft: _Draft, line: Line, column: Column, leading: float) -> bool:
    """Whether a line of the same column begins a new paragraph."""
    before = draft.lines[-1]
    if line.marker or _BULLET.match(line.text) or _CONTENTS_LINE.search(before.text):
        return True
    if abs(line.size - before.size) > 0.08 * before.size or line.bold != before.bold:
        return not (
            line.bold != before.bold and abs(line.size - before.size) < 0.6 and _runs_on(before, line, column)
        )
    if (line.y - before.y) / line.size > leading * 1.22 + 0.05:
        return True
    if abs((line.x0 + line.x1) - (before.x0 + before.x1)) < 3:
        return False
    if _CLAUSE.match(line.text) and (_ENDS.search(before.text) or not _is_full(before, line, column)):
        return True
    shift = line.x0 - before.x0
    hanging = len(draft.lines) == 1 and (bool(_CLAUSE.match(before.text)) or bool(_BULLET.match(before.text)))
    if shift > 0.6 * line.size and not hanging and not before.marker:
        return True
    if shift < -0.6 * line.size and not (len(draft.lines) == 1 and draft.indented):
        return True
    return not line.bold and bool(_ENDS.search(before.text)) and not _is_full(before, line, column)


def _runs_on(before: Line, line: Line, column: Column) -> bool:
    return _is_full(before, line, column) and not _ENDS.search(before.text) and len(before.text) > 60


def _is_full(before: Line, line: Line, column: Column) -> bool:
    """Whether the next line's first word would not have fitted on the line before."""
    per_character = (line.x1 - line.x0) / max(len(line.text), 1)
    word = len(line.text.split(" ", 1)[0]) + 1
    return before.x1 + word * per_character * 0.9 > column.right - 1


def _starts_after_break(draft: _Draft, line: Line) -> bool:
    """Whether the first line of a new column or page begins a new paragraph."""
    before = draft.lines[-1]
    if line.marker or _BULLET.match(line.text) or _CLAUSE.match(line.text):
        return True
    if abs(line.size - before.size) > 0.3 or line.bold != before.bold:
        return True
    if not _ENDS.search(before.text):
        return line.text[0].isupper() and not _is_full(before, line, draft.column)
    if line.text[0].islower():
        return False
    # A line that ends a sentence at the very margin seldom ends its paragraph too.
    return not (len(draft.lines) > 1 and _is_full(before, line, draft.column))


def _block(draft: _Draft, body_size: float, vocabulary: Vocabulary) -> Block:
    first = draft.lines[0]
    text = join_lines(draft.lines, vocabulary)
    bullet = _BULLET.match(text)
    if bullet:
        text = text[bullet.end() :]
    listed = bool(first.marker or bullet)
    kind = "paragraph" if first.note else _kind(draft, text, body_size, listed)
    return Block(kind, text, first.page)


def _kind(draft: _Draft, text: str, body_size: float, listed: bool) -> Kind:
    if listed:
        return "list_item"
    first = draft.lines[0]
    if len(text) <= 140 and len(draft.lines) <= 3:
        larger = first.size > 1.07 * body_size
        bold = all(line.bold for line in draft.lines) and text[-1] not in ".;,"
        capitals = text.isupper() and 4 < len(text) < 70 and text[-1] not in ".;,:"
        if larger or bold or capitals:
            return "heading"
    return "paragraph"
