"""Reads the body of a DOCX in order: insertions and notes in, deletions, comments and headers out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from codeofpractice.reading.archive import Archive, damaged, protected
from codeofpractice.reading.document import CELL_SEPARATOR, Block, Kind, normalised

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"

# Elements whose content is not part of what the document now says.
_LEFT_OUT = {
    f"{_W}del",
    f"{_W}moveFrom",
    f"{_W}instrText",
    f"{_W}delText",
    f"{_W}pPr",
    f"{_W}rPr",
    f"{_MC}Fallback",
    f"{_W}rt",
    f"{_W}footnoteReference",
    f"{_W}commentReference",
}
_TEXT = {f"{_W}tab": " ", f"{_W}br": " ", f"{_W}cr": " ", f"{_W}noBreakHyphen": "-", f"{_W}ptab": " "}
_HEADING_NAME = re.compile(r"^(heading \d|title|subtitle|toc heading)$")
_CONTENTS_NAME = re.compile(r"^toc \d")
_LIST_NAME = re.compile(r"^list( |$)")
_HEADER_CELLS = re.compile(
    r"^(no\.?|ref\.?|point|item|measures?|what (we|you) (do|have done)|actions?|who|owner|responsib\w*|lead"
    r"|by when|when|date|due|status|evidence|requirement|how we (do|meet) it"
    r"|notes?|comments?|progress|our (response|answer))$",
    re.IGNORECASE,
)


@dataclass
class _Style:
    name: str = ""
    based_on: str = ""
    outline: bool = False
    numbered: bool = False
    bold: bool = False


@dataclass
class _Reader:
    styles: dict[str, _Style]
    notes: dict[tuple[str, str], etree._Element] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)
    carried: str = ""

    def body(self, element: etree._Element) -> None:
        for child in element:
            if child.tag == f"{_W}p":
                self.paragraph(child)
            elif child.tag == f"{_W}tbl":
                self.table(child)
            elif child.tag not in _LEFT_OUT and isinstance(child.tag, str):
                self.body(child)

    def paragraph(self, element: etree._Element) -> None:
        text = self.carried + "".join(_texts(element))
        properties = element.find(f"{_W}pPr")
        if _mark_is_gone(properties):
            # What is left of the paragraph runs on into the next one.
            self.carried = text
            return
        self.carried = ""
        if normalised(text):
            self.blocks.append(Block(self.kind(element, properties, text), text))
        for box in _boxes(element):
            self.body(box)
        self.notes_of(element)

    def notes_of(self, element: etree._Element) -> None:
        """The footnotes and endnotes of a paragraph or row follow it."""
        for reference in element.iter(f"{_W}footnoteReference", f"{_W}endnoteReference"):
            if next(reference.iterancestors(f"{_W}del", f"{_W}moveFrom"), None) is None:
                note = self.notes.pop((str(reference.tag), reference.get(f"{_W}id", "")), None)
                if note is not None:
                    self.body(note)

    def kind(self, element: etree._Element, properties: etree._Element | None, text: str) -> Kind:
        chain = list(self.chain(_value(properties, "pStyle")))
        names = [style.name for style in chain]
        if any(map(_CONTENTS_NAME.match, names)):
            return "contents_entry"
        outline = _value(properties, "outlineLvl")
        if (
            any(map(_HEADING_NAME.match, names))
            or any(s.outline for s in chain)
            or outline in set("012345678")
        ):
            return "heading"
        number = None if properties is None else properties.find(f"{_W}numPr/{_W}numId")
        listed = number is not None and number.get(f"{_W}val") != "0"
        if listed or any(style.numbered for style in chain) or any(map(_LIST_NAME.match, names)):
            return "list_item"
        return "heading" if _looks_like_heading(element, text) else "paragraph"

    def chain(self, style_id: str) -> Iterator[_Style]:
        seen: set[str] = set()
        while style_id in self.styles and style_id not in seen:
            seen.add(style_id)
            yield self.styles[style_id]
            style_id = self.styles[style_id].based_on

    def table(self, table: etree._Element) -> None:
        rows = [row for row in _rows(table) if row.find(f"{_W}trPr/{_W}del") is None]
        if _is_frame(rows):
            self.body(next(_cells(rows[0])))
            return
        for position, row in enumerate(rows):
            cells = [text for cell in _cells(row) if (text := _cell_text(cell))]
            header = row.find(f"{_W}trPr/{_W}tblHeader") is not None or (
                position == 0 and len(rows) > 1 and _is_header(row, cells)
            )
            if cells:
                self.blocks.append(
                    Block("table_header" if header else "table_row", CELL_SEPARATOR.join(cells))
                )
            for cell in _cells(row):
                for inner in _descend(cell, "tbl"):
                    self.table(inner)
            self.notes_of(row)


def read_blocks(data: bytes) -> tuple[list[Block], str]:
    archive = Archive(data)
    if "EncryptedPackage" in archive.names:
        raise protected()
    root = archive.part("word/document.xml")
    if root is None:
        raise damaged()
    _transitional(root)
    body = root.find(f"{_W}body")
    if body is None:
        raise damaged()
    notes = {
        (f"{_W}{kind}Reference", note.get(f"{_W}id", "")): note
        for kind in ("footnote", "endnote")
        for note in _notes(archive.part(f"word/{kind}s.xml"), kind)
    }
    reader = _Reader(_read_styles(archive.part("word/styles.xml")), notes)
    reader.body(body)
    if normalised(reader.carried):
        reader.blocks.append(Block("paragraph", reader.carried))
    return reader.blocks, ""


def _notes(root: etree._Element | None, kind: str) -> Iterator[etree._Element]:
    if root is not None:
        _transitional(root)
        yield from root.iter(f"{_W}{kind}")


def _transitional(root: etree._Element) -> None:
    """Word's strict variant differs in the name space only."""
    for element in root.iter(f"{_STRICT}*"):
        element.tag = _W + str(element.tag).removeprefix(_STRICT)
        for name, value in list(element.attrib.items()):
            if str(name).startswith(_STRICT):
                element.set(_W + str(name).removeprefix(_STRICT), value)


def _read_styles(root: etree._Element | None) -> dict[str, _Style]:
    if root is None:
        return {}
    _transitional(root)
    styles = {}
    for element in root.iter(f"{_W}style"):
        outline = _value(element.find(f"{_W}pPr"), "outlineLvl")
        styles[element.get(f"{_W}styleId", "")] = _Style(
            name=_value(element, "name").lower(),
            based_on=_value(element, "basedOn"),
            outline=outline in set("012345678"),
            numbered=element.find(f"{_W}pPr/{_W}numPr") is not None,
            bold=_is_on(element.find(f"{_W}rPr/{_W}b")),
        )
    return styles


def _mark_is_gone(properties: etree._Element | None) -> bool:
    marks = () if properties is None else (f"{_W}rPr/{_W}del", f"{_W}rPr/{_W}moveFrom")
    return properties is not None and any(properties.find(mark) is not None for mark in marks)


def _value(element: etree._Element | None, child: str) -> str:
    found = None if element is None else element.find(f"{_W}{child}")
    return "" if found is None else found.get(f"{_W}val", "")


def _is_on(element: etree._Element | None) -> bool:
    return element is not None and element.get(f"{_W}val", "1") not in {"0", "false", "off"}


def _texts(element: etree._Element) -> Iterator[str]:
    """The text of a paragraph as it now reads; text boxes inside it are left to `_boxes`."""
    for child in element:
        tag = child.tag
        if tag in _LEFT_OUT or tag == f"{_W}txbxContent":
            continue
        if tag == f"{_W}r" and _is_on(child.find(f"{_W}rPr/{_W}vanish")):
            continue
        if tag == f"{_W}t":
            yield child.text or ""
        elif tag in _TEXT:
            yield _TEXT[str(tag)]
        else:
            yield from _texts(child)


def _boxes(element: etree._Element) -> Iterator[etree._Element]:
    for child in element:
        if child.tag in _LEFT_OUT:
            continue
        if child.tag == f"{_W}txbxContent":
            yield child
        else:
            yield from _boxes(child)


def _descend(element: etree._Element, wanted: str) -> Iterator[etree._Element]:
    """Children of a kind, also behind content controls and insertion marks, but not inside nested tables."""
    for child in element:
        if child.tag == f"{_W}{wanted}":
            yield child
        elif child.tag in {f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}moveTo", f"{_W}customXml"}:
            yield from _descend(child, wanted)


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    return _descend(table, "tr")


def _cells(row: etree._Element) -> Iterator[etree._Element]:
    return _descend(row, "tc")


def _is_frame(rows: list[etree._Element]) -> bool:
    """Whether a table is a single cell, drawn as a box around paragraphs and tables."""
    cells = list(_cells(rows[0])) if len(rows) == 1 else []
    return len(cells) == 1 and (
        next(_descend(cells[0], "tbl"), None) is not None or len(list(_descend(cells[0], "p"))) > 1
    )


def _cell_text(cell: etree._Element) -> str:
    """The paragraphs of a cell and of the boxes anchored in it; a table inside it makes rows of its own."""
    parts = []
    for element in _descend(cell, "p"):
        parts.append("".join(_texts(element)) + ("" if _mark_is_gone(element.find(f"{_W}pPr")) else " "))
        parts += [f"{_cell_text(box)} " for box in _boxes(element)]
    return normalised("".join(parts))


def _runs_bold(element: etree._Element) -> bool:
    runs = [run for run in element.iter(f"{_W}r") if normalised("".join(_texts(run)))]
    return bool(runs) and all(_is_on(run.find(f"{_W}rPr/{_W}b")) for run in runs)


def _looks_like_heading(element: etree._Element, text: str) -> bool:
    text = normalised(text)
    return len(text) <= 90 and text[-1] not in ".;,:?" and len(text) > 2 and _runs_bold(element)


def _is_header(row: etree._Element, cells: list[str]) -> bool:
    if not cells or any(len(cell) > 45 for cell in cells):
        return False
    paragraphs = [element for element in row.iter(f"{_W}p") if normalised("".join(_texts(element)))]
    known = sum(1 for cell in cells if _HEADER_CELLS.match(cell))
    return len(cells) > 1 and (all(map(_runs_bold, paragraphs)) or known * 2 >= len(cells))
