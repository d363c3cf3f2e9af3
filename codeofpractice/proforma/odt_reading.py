"""Reads a pro-forma in ODT as a person left it: tracked changes as accepted, lists with their signs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from codeofpractice.proforma.blocks import Block, Found, Place
from codeofpractice.proforma.content import read_mark
from codeofpractice.proforma.numbering import Numbers, sign_of
from codeofpractice.reading.archive import Archive, damaged
from codeofpractice.reading.document import CELL_SEPARATOR

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_META = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"
_LEFT_OUT = {
    f"{_TEXT}tracked-changes",
    f"{_OFFICE}annotation",
    f"{_OFFICE}annotation-end",
    f"{_TEXT}note",
    f"{_TEXT}ruby-text",
    f"{_TEXT}hidden-text",
    f"{_TEXT}hidden-paragraph",
    f"{_OFFICE}forms",
    f"{_TEXT}sequence-decls",
    f"{_TEXT}variable-decls",
    f"{_DRAW}frame",
}
_NO_TEXT = [f"{_DRAW}frame", f"{_DRAW}custom-shape", f"{_TEXT}note"]
_LINES = {f"{_TEXT}p", f"{_TEXT}h"}
# Blanks that XML may hold for its own layout; ODT writes blanks that count as elements.
_LAYOUT = re.compile(r"[ \t\r\n]+")
_PUTS = {f"{_TEXT}tab": "\t", f"{_TEXT}line-break": "\n"}
_FORMATS = {"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}


def read_odt(data: bytes) -> Found:
    """Raises ReadingRefused."""
    archive = Archive(data)
    root = archive.part("content.xml")
    body = None if root is None else root.find(f"{_OFFICE}body/{_OFFICE}text")
    if root is None or body is None:
        raise damaged()
    reader = _Reader(_Lists([part for part in (archive.part("styles.xml"), root) if part is not None]))
    reader.walk(body, None)
    about = archive.part("meta.xml")
    words = () if about is None else about.iter(f"{_META}keyword")
    kept = next((each.text or "" for each in words), "")
    return Found(reader.blocks, kept, next(body.iter(*_NO_TEXT), None) is not None)


@dataclass
class _Reader:
    lists: _Lists
    blocks: list[Block] = field(default_factory=list)
    fields: int = 0

    def walk(self, element: etree._Element, place: Place | None) -> None:
        for child in element:
            if child.tag in _LINES:
                self.line(_text(child), place, is_heading=child.tag == f"{_TEXT}h")
            elif child.tag == f"{_TEXT}list":
                for line in self.lists.lines(child):
                    self.line(line, place)
            elif child.tag == f"{_TABLE}table":
                self.table(child, place)
            elif child.tag == f"{_TEXT}section":
                self.walk(child, place or self.place_of(child))
            elif child.tag not in _LEFT_OUT and isinstance(child.tag, str):
                self.walk(child, place)

    def place_of(self, section: etree._Element) -> Place | None:
        mark = read_mark(section.get(f"{_TEXT}name", ""))
        if mark is None:
            return None
        self.fields += 1
        return Place(self.fields, *mark)

    def line(self, text: str, place: Place | None, *, is_heading: bool = False) -> None:
        self.blocks += [Block(line, place, is_heading=is_heading) for line in text.split("\n")]

    def table(self, table: etree._Element, place: Place | None) -> None:
        rows = tuple(
            tuple(cells)
            for row in _rows(table)
            if (cells := [_cell_text(cell, self.lists) for cell in row if cell.tag == f"{_TABLE}table-cell"])
        )
        if place is not None and place.field != "measures":  # somebody drew a table in an answer
            for row in rows:
                self.line(CELL_SEPARATOR.join(row), place)
            return
        self.blocks.append(Block(place=place, rows=rows, name=table.get(f"{_TABLE}name", "")))


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    for child in table:
        if child.tag == f"{_TABLE}table-row":
            yield child
        elif child.tag in {f"{_TABLE}table-header-rows", f"{_TABLE}table-rows", f"{_TABLE}table-row-group"}:
            yield from _rows(child)


def _cell_text(cell: etree._Element, lists: _Lists) -> str:
    lines: list[str] = []
    for child in cell:
        if child.tag in _LINES:
            lines.append(_text(child))
        elif child.tag == f"{_TEXT}list":
            lines += lists.lines(child)
    return "\n".join(lines)


def _text(line: etree._Element) -> str:
    """A paragraph. Of written blanks only one in a row counts, and none at its start; elements count."""
    parts: list[str] = []
    after_blank = True
    for text, is_written in _texts(line):
        if is_written:
            text = _LAYOUT.sub(" ", text)
            text = text[1:] if after_blank and text.startswith(" ") else text
            after_blank = text.endswith(" ") if text else after_blank
        else:
            after_blank = False
        parts.append(text)
    return "".join(parts)


def _texts(element: etree._Element) -> Iterator[tuple[str, bool]]:
    """Pieces of text, and whether they are written rather than an element's."""
    yield element.text or "", True
    for child in element:
        if child.tag == f"{_TEXT}s":
            count = child.get(f"{_TEXT}c", "1")
            yield " " * (min(int(count), 10_000) if count.isdecimal() and len(count) < 7 else 1), False
        elif child.tag in _PUTS:
            yield _PUTS[str(child.tag)], False
        elif child.tag not in _LEFT_OUT and isinstance(child.tag, str):
            yield from _texts(child)
        yield child.tail or "", True


class _Lists:
    """The signs of lists: programs turn what somebody types into a list, and keep no sign in the text."""

    def __init__(self, parts: list[etree._Element]) -> None:
        self.styles: dict[str, dict[int, tuple[str, str, int]]] = {}
        self.numbers = Numbers()
        self.lists = 0
        for style in (each for part in parts for each in part.iter(f"{_TEXT}list-style")):
            self.styles[style.get(f"{_STYLE}name", "")] = dict(map(_level, style))

    def lines(self, whole: etree._Element, style: str = "", level: int = 0, which: str = "") -> list[str]:
        style = whole.get(f"{_TEXT}style-name", "") or style
        if not which:
            self.lists += 1
            which = str(self.lists)
        found: list[str] = []
        for item in whole:
            is_first = item.tag == f"{_TEXT}list-item"
            for child in item:
                if child.tag in _LINES:
                    found.append((self._sign(style, level, which) if is_first else "") + _text(child))
                    is_first = False
                elif child.tag == f"{_TEXT}list":
                    found += self.lines(child, style, level + 1, which)
        return found

    def _sign(self, style: str, level: int, which: str) -> str:
        levels = self.styles.get(style, {})
        name, pattern, _ = levels.get(level, ("bullet", "", 1))
        counts = self.numbers.next(which, level, {n: start for n, (_, _, start) in levels.items()})
        return sign_of(level, pattern, {n: row[0] for n, row in levels.items()} | {level: name}, counts)


def _level(element: etree._Element) -> tuple[int, tuple[str, str, int]]:
    level = _number(element.get(f"{_TEXT}level", "1")) - 1
    name = _FORMATS.get(element.get(f"{_STYLE}num-format", ""), "")
    if element.tag != f"{_TEXT}list-level-style-number" or not name:
        return level, ("bullet", "", 1)
    before, after = element.get(f"{_STYLE}num-prefix", ""), element.get(f"{_STYLE}num-suffix", "")
    start = _number(element.get(f"{_TEXT}start-value", "1"))
    return level, (name, f"{before}%{level + 1}{after}", start)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 6 else 1
