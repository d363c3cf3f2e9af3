"""Footnotes of a PDF: the raised marks in the text, and the lines at the foot of the page they lead to."""

import re
from collections.abc import Sequence
from dataclasses import replace

from codeofpractice.reading.pdf_layout import Column, Line
from codeofpractice.reading.pdf_spans import Span

_MARK = re.compile(r"^(\d{1,2}|[*†‡§]{1,3})$")
# A mark is smaller than the text, if sometimes by a hair, and stands well above its base line.
_UNIT = re.compile(r"\b(m|km|cm|mm|ft)$")
_MARK_SIZE = 0.99
_RAISED = (0.2, 0.75)


def part_marks(spans: Sequence[Span]) -> tuple[list[Span], frozenset[str]]:
    """The spans without the raised marks that follow a word, and those marks.

    A raised mark that begins a line is the number of a note; after a unit, as in m², it is a power.
    Either comes down to the base line.
    """
    kept: list[Span] = []
    marks = set()
    for span in spans:
        if not _MARK.match(span.text.strip()):
            kept.append(span)
        elif word := next((word for word in spans if _follows(span, word)), None):
            if _UNIT.search(word.text):
                kept.append(replace(span, y=word.y))
            else:
                marks.add(span.text.strip())
        else:
            note = next((text for text in spans if _begins(span, text)), None)
            kept.append(replace(span, y=note.y, text=f"{span.text.strip()} ") if note else span)
    return kept, frozenset(marks)


def _is_raised(mark: Span, text: Span) -> bool:
    above = (text.y - mark.y) / text.size
    return mark.size < _MARK_SIZE * text.size and _RAISED[0] < above < _RAISED[1]


def _follows(mark: Span, word: Span) -> bool:
    return _is_raised(mark, word) and -1 < mark.x0 - word.x1 < 0.35 * word.size


def _begins(mark: Span, text: Span) -> bool:
    return _is_raised(mark, text) and -1 < text.x0 - mark.x1 < 2.5 * text.size


def mark_notes(column: Column, marks: frozenset[str], page_height: float, body_size: float) -> Column:
    """The lines at the foot of a column from the first that begins with one of the page's marks."""
    for position, line in enumerate(column.lines):
        before = column.lines[position - 1] if position else None
        apart = before is None or line.size < 0.95 * body_size or line.y - before.y > 1.5 * line.size
        if _number(line) in marks and apart and line.y > 0.4 * page_height:
            notes = [_as_note(note, marks) for note in column.lines[position:]]
            return replace(column, lines=(*column.lines[:position], *notes))
    return column


def _number(line: Line) -> str:
    number = re.match(r"(\d{1,2}|[*†‡§]{1,3})[.)]?\s", line.text)
    return number.group(1) if number else line.marker.strip(".)")


def _as_note(line: Line, marks: frozenset[str]) -> Line:
    number = _number(line)
    if number not in marks:
        return replace(line, note=True)
    text = line.text if line.marker else line.text[len(number) :].lstrip(".) ")
    return replace(line, note=True, marker=number, text=text)
