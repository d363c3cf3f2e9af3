"""Reads a pro-forma in DOCX as a person left it: tracked changes as accepted, lists with their signs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from codeofpractice.proforma.blocks import Block, Found, Place
from codeofpractice.proforma.content import CHOOSE, WRITE_HERE, read_mark
from codeofpractice.proforma.numbering import Numbers, sign_of
from codeofpractice.reading.archive import Archive, damaged
from codeofpractice.reading.document import CELL_SEPARATOR

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_CP = "{http://schemas.openxmlformats.org/package/2006/metadata/core-properties}"
_LEFT_OUT = {
    f"{_W}{name}"
    for name in ("del", "moveFrom", "instrText", "delText", "pPr", "rPr", "rt", "sdtPr", "txbxContent")
} | {f"{_MC}Fallback"}
_NO_TEXT = [f"{_W}{name}" for name in ("drawing", "pict", "object", "footnoteReference", "endnoteReference")]
_PUTS = {f"{_W}tab": "\t", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "\u2011"}


def read_docx(data: bytes) -> Found:
    """Raises ReadingRefused."""
    archive = Archive(data)
    root = archive.part("word/document.xml")
    if root is None:
        raise damaged()
    body = _transitional(root).find(f"{_W}body")
    if body is None:
        raise damaged()
    reader = _Reader(_Lists(archive.part("word/numbering.xml"), archive.part("word/styles.xml")))
    reader.walk(body, None)
    reader.end_line(None)
    about = archive.part("docProps/core.xml")
    kept = "" if about is None else about.findtext(f"{_CP}keywords", "")
    return Found(reader.blocks, kept, next(body.iter(*_NO_TEXT), None) is not None)


def _transitional(root: etree._Element) -> etree._Element:
    """Word's strict variant differs in the name space only."""
    for element in root.iter(f"{_STRICT}*"):
        element.tag = _W + str(element.tag).removeprefix(_STRICT)
        for name, value in list(element.attrib.items()):
            if str(name).startswith(_STRICT):
                element.set(_W + str(name).removeprefix(_STRICT), value)
    return root


def _value(element: etree._Element | None, path: str) -> str:
    found = None if element is None else element.find("/".join(f"{_W}{part}" for part in path.split("/")))
    return "" if found is None else found.get(f"{_W}val", "")


@dataclass
class _Reader:
    lists: _Lists
    blocks: list[Block] = field(default_factory=list)
    carried: str | None = None
    fields: int = 0

    def walk(self, element: etree._Element, place: Place | None) -> None:
        for child in element:
            if child.tag == f"{_W}p":
                self.paragraph(child, place)
            elif child.tag == f"{_W}tbl":
                self.end_line(place)
                self.table(child, place)
            elif child.tag == f"{_W}sdt":
                self.control(child, place)
            elif child.tag not in _LEFT_OUT and isinstance(child.tag, str):
                self.walk(child, place)

    def control(self, element: etree._Element, place: Place | None) -> None:
        content = element.find(f"{_W}sdtContent")
        own = place or self.place_of(element)
        if content is None:
            return
        if own is not None and own is not place:
            self.end_line(place)
            if _shows_placeholder(element):
                self.blocks.append(Block("", own))
                return
        self.walk(content, own)
        if own is not place:
            self.end_line(own)

    def place_of(self, element: etree._Element, *, is_open: bool = False) -> Place | None:
        mark = read_mark(_value(element.find(f"{_W}sdtPr"), "tag"))
        if mark is None:
            return None
        self.fields += 1
        return Place(self.fields, *mark, is_open=is_open)

    def paragraph(self, element: etree._Element, place: Place | None) -> None:
        place = place or self.place_inside(element)
        text = (self.carried or "") + ("" if self.carried else self.lists.sign(element)) + _text(element)
        if _mark_is_gone(element):  # what is left runs on into the next paragraph
            self.carried = text
            return
        self.carried = None
        is_heading = _value(element, "pPr/pStyle").lower().startswith("heading")
        self.blocks += [Block(line, place, is_heading=is_heading) for line in text.split("\n")]

    def place_inside(self, paragraph: etree._Element) -> Place | None:
        """LibreOffice keeps a control inside its paragraph, or one in each."""
        controls = paragraph.iter(f"{_W}sdt")
        place = next(filter(None, (self.place_of(each, is_open=True) for each in controls)), None)
        last = self.blocks[-1].place if self.blocks else None
        if place and last and last.is_open and (last.number, last.field) == (place.number, place.field):
            return last
        return place

    def end_line(self, place: Place | None) -> None:
        if self.carried is not None:
            self.blocks.append(Block(self.carried, place))
            self.carried = None

    def table(self, table: etree._Element, place: Place | None) -> None:
        rows = tuple(
            tuple(_cell_text(cell, self.lists) for cell in _descend(row, "tc"))
            for row in _descend(table, "tr")
            if row.find(f"{_W}trPr/{_W}del") is None
        )
        if place is not None and place.field != "measures":  # somebody drew a table in an answer
            self.blocks += [Block(CELL_SEPARATOR.join(row), place) for row in rows]
            return
        name = _value(table.find(f"{_W}tblPr"), "tblCaption")
        self.blocks.append(Block(place=place, rows=rows, name=name))


def _shows_placeholder(element: etree._Element) -> bool:
    showing = element.find(f"{_W}sdtPr/{_W}showingPlcHdr")
    if showing is None or showing.get(f"{_W}val", "1") in {"0", "false", "off"}:
        return False
    # A program that is not Word may leave the flag on when somebody types. Word's own words have a style.
    if _text(element).strip() in {WRITE_HERE, CHOOSE, ""}:
        return True
    styles = {_value(run, "rPr/rStyle") for run in element.iter(f"{_W}r") if _text(run).strip()}
    return styles == {"PlaceholderText"}


def _mark_is_gone(element: etree._Element) -> bool:
    return any(element.find(f"{_W}pPr/{_W}rPr/{_W}{mark}") is not None for mark in ("del", "moveFrom"))


def _descend(element: etree._Element, wanted: str) -> Iterator[etree._Element]:
    for child in element:
        if child.tag == f"{_W}{wanted}":
            yield child
        elif isinstance(child.tag, str) and child.tag not in {*_LEFT_OUT, f"{_W}tbl"}:
            yield from _descend(child, wanted)


def _cell_text(cell: etree._Element, lists: _Lists) -> str:
    lines: list[str] = []
    carried = ""
    for paragraph in _descend(cell, "p"):
        text = carried + ("" if carried else lists.sign(paragraph)) + _text(paragraph)
        carried = text if _mark_is_gone(paragraph) else ""
        if not _mark_is_gone(paragraph):
            lines.append(text)
    return "\n".join([*lines, carried] if carried else lines)


def _text(element: etree._Element) -> str:
    return "".join(_texts(element))


def _texts(element: etree._Element) -> Iterator[str]:
    for child in element:
        tag = child.tag
        if tag in _LEFT_OUT:
            continue
        if tag == f"{_W}r" and _is_hidden(child):
            continue
        if tag == f"{_W}sdt" and _shows_placeholder(child):
            continue
        if tag == f"{_W}t":
            yield child.text or ""
        elif tag == f"{_W}br":
            yield "" if child.get(f"{_W}type") in {"page", "column"} else "\n"
        elif tag in _PUTS:
            yield _PUTS[str(tag)]
        else:
            yield from _texts(child)


def _is_hidden(run: etree._Element) -> bool:
    hidden = run.find(f"{_W}rPr/{_W}vanish")
    return hidden is not None and hidden.get(f"{_W}val", "1") not in {"0", "false", "off"}


class _Lists:
    """The signs of lists: Word turns what somebody types into numbering, and keeps no sign in the text."""

    def __init__(self, numbering: etree._Element | None, styles: etree._Element | None) -> None:
        self.levels: dict[str, dict[int, tuple[str, str, int]]] = {}
        self.of_style: dict[str, str] = {}
        self.numbers = Numbers()
        if numbering is not None:
            self._read(_transitional(numbering))
        if styles is not None:
            for style in _transitional(styles).iter(f"{_W}style"):
                if number := _value(style, "pPr/numPr/numId"):
                    self.of_style[style.get(f"{_W}styleId", "")] = number

    def _read(self, root: etree._Element) -> None:
        abstract = {}
        for each in root.iter(f"{_W}abstractNum"):
            abstract[each.get(f"{_W}abstractNumId", "")] = {
                _number(level.get(f"{_W}ilvl", "0")): (
                    _value(level, "numFmt"),
                    _value(level, "lvlText"),
                    _number(_value(level, "start") or "1"),
                )
                for level in each.iter(f"{_W}lvl")
            }
        for each in root.iter(f"{_W}num"):
            self.levels[each.get(f"{_W}numId", "")] = abstract.get(_value(each, "abstractNumId"), {})

    def sign(self, paragraph: etree._Element) -> str:
        properties = paragraph.find(f"{_W}pPr")
        number = _value(properties, "numPr/numId") or self.of_style.get(_value(properties, "pStyle"), "")
        levels = self.levels.get(number, {})
        level = _number(_value(properties, "numPr/ilvl") or "0")
        if level not in levels:
            return ""
        counts = self.numbers.next(number, level, {n: start for n, (_, _, start) in levels.items()})
        return sign_of(level, levels[level][1], {n: row[0] for n, row in levels.items()}, counts)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 6 else 0
