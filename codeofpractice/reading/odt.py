"""Reads the text of an ODT in order: insertions and notes in, tracked deletions and comments out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from codeofpractice.reading.archive import Archive, damaged, protected
from codeofpractice.reading.document import CELL_SEPARATOR, Block, Kind, normalised

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_FO = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
_MANIFEST = "{urn:oasis:names:tc:opendocument:xmlns:manifest:1.0}"

# Deleted text is kept in tracked-changes; the rest is not part of what the body says.
_LEFT_OUT = {
    f"{_TEXT}tracked-changes",
    f"{_OFFICE}annotation",
    f"{_OFFICE}annotation-end",
    f"{_TEXT}note",
    f"{_TEXT}ruby-text",
    f"{_OFFICE}forms",
    f"{_TEXT}sequence-decls",
    f"{_TEXT}variable-decls",
    f"{_TEXT}bibliography-source",
    f"{_TEXT}table-of-content-source",
    f"{_TEXT}hidden-text",
    f"{_TEXT}hidden-paragraph",
}
_NOTE = f"{_TEXT}note-body"
_SPACES = {f"{_TEXT}tab": " ", f"{_TEXT}line-break": " ", f"{_TEXT}s": " "}
_HEADING_STYLE = re.compile(
    r"^(heading|title|subtitle|contents_20_heading|.*_heading)(_20_\d+)?$", re.IGNORECASE
)
_CONTENTS_STYLE = re.compile(r"^contents_20_\d", re.IGNORECASE)


@dataclass
class _Style:
    parent: str
    bold: bool


@dataclass
class _Reader:
    styles: dict[str, _Style]
    blocks: list[Block] = field(default_factory=list)

    def walk(self, element: etree._Element, listed: bool = False, contents: bool = False) -> None:
        for child in element:
            tag = child.tag
            if tag in _LEFT_OUT:
                continue
            if tag in {f"{_TEXT}p", f"{_TEXT}h"}:
                self.paragraph(child, listed, contents)
            elif tag == f"{_TABLE}table":
                self.table(child)
            else:
                self.walk(
                    child,
                    listed or tag in {f"{_TEXT}list", f"{_TEXT}numbered-paragraph"},
                    (contents or tag == f"{_TEXT}index-body") and tag != f"{_TEXT}index-title",
                )

    def paragraph(self, element: etree._Element, listed: bool, contents: bool) -> None:
        text = "".join(_texts(element))
        if normalised(text):
            self.blocks.append(Block(self.kind(element, text, listed, contents), text))
        for part in _parts(element, f"{_DRAW}text-box", _NOTE):
            self.walk(part)

    def kind(self, element: etree._Element, text: str, listed: bool, contents: bool) -> Kind:
        names = list(self.chain(element.get(f"{_TEXT}style-name", "")))
        if next(element.iterancestors(f"{_TEXT}index-title"), None) is not None:
            return "heading"
        if contents or any(map(_CONTENTS_STYLE.match, names)):
            return "contents_entry"
        if element.tag == f"{_TEXT}h" or any(map(_HEADING_STYLE.match, names)):
            return "heading"
        if listed:
            return "list_item"
        return "heading" if self.looks_like_heading(element, names, normalised(text)) else "paragraph"

    def looks_like_heading(self, element: etree._Element, names: list[str], text: str) -> bool:
        if len(text) > 90 or len(text) < 3 or text[-1] in ".;,:?":
            return False
        if any(name in self.styles and self.styles[name].bold for name in names[:2]):
            return True
        spans = [child for child in element if normalised("".join(_texts(child)))]
        return (
            bool(spans)
            and not normalised((element.text or "") + "".join(child.tail or "" for child in element))
            and all(self.is_bold(span.get(f"{_TEXT}style-name", "")) for span in spans)
        )

    def is_bold(self, name: str) -> bool:
        return name.lower() == "strong_20_emphasis" or (name in self.styles and self.styles[name].bold)

    def chain(self, name: str) -> Iterator[str]:
        seen: set[str] = set()
        while name and name not in seen:
            seen.add(name)
            yield name
            name = self.styles[name].parent if name in self.styles else ""

    def table(self, table: etree._Element) -> None:
        rows = list(_rows(table, False))
        if _is_frame([row for row, _ in rows]):
            self.walk(rows[0][0][0])
            return
        for position, (row, header) in enumerate(rows):
            cells = [cell for cell in row if cell.tag == f"{_TABLE}table-cell"]
            texts = [text for cell in cells if (text := _cell_text(cell))]
            if position == 0 and len(rows) > 1 and not header:
                header = self.is_header(cells, texts)
            if texts:
                self.blocks.append(
                    Block("table_header" if header else "table_row", CELL_SEPARATOR.join(texts))
                )
            for part in (part for cell in cells for part in _parts(cell, _NOTE, f"{_TABLE}table")):
                self.walk(part) if part.tag == _NOTE else self.table(part)

    def is_header(self, cells: list[etree._Element], texts: list[str]) -> bool:
        if len(texts) < 2 or any(len(text) > 45 for text in texts):
            return False
        paragraphs = [p for cell in cells for p in cell.iter(f"{_TEXT}p") if normalised("".join(_texts(p)))]
        return all(
            p.get(f"{_TEXT}style-name", "").startswith("Table_20_Heading")
            or "Table_20_Heading" in self.chain(p.get(f"{_TEXT}style-name", ""))
            or self.looks_like_heading(p, list(self.chain(p.get(f"{_TEXT}style-name", ""))), "Heading")
            for p in paragraphs
        )


def read_blocks(data: bytes) -> tuple[list[Block], str]:
    archive = Archive(data)
    manifest = archive.part("META-INF/manifest.xml")
    if manifest is not None and next(manifest.iter(f"{_MANIFEST}encryption-data"), None) is not None:
        raise protected()
    root = archive.part("content.xml")
    if root is None:
        raise damaged()
    body = root.find(f"{_OFFICE}body/{_OFFICE}text")
    if body is None:
        raise damaged()
    styles: dict[str, _Style] = {}
    for part in (archive.part("styles.xml"), root):
        if part is not None:
            styles.update(_read_styles(part))
    reader = _Reader(styles)
    reader.walk(body)
    return reader.blocks, ""


def _read_styles(root: etree._Element) -> dict[str, _Style]:
    styles = {}
    for element in root.iter(f"{_STYLE}style"):
        properties = element.find(f"{_STYLE}text-properties")
        weight = "" if properties is None else properties.get(f"{_FO}font-weight", "")
        styles[element.get(f"{_STYLE}name", "")] = _Style(
            element.get(f"{_STYLE}parent-style-name", ""), weight in {"bold", "700", "800", "900"}
        )
    return styles


def _texts(element: etree._Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child.tag in _SPACES:
            yield " "
        elif child.tag not in _LEFT_OUT and child.tag != f"{_DRAW}text-box":
            yield from _texts(child)
        yield child.tail or ""


def _parts(element: etree._Element, *wanted: str) -> Iterator[etree._Element]:
    """The outermost boxes, notes or tables in an element."""
    for child in element:
        if child.tag in wanted:
            yield child
        elif child.tag not in _LEFT_OUT or child.tag == f"{_TEXT}note":
            yield from _parts(child, *wanted)


def _is_frame(rows: list[etree._Element]) -> bool:
    """Whether a table is a single cell, drawn as a box around paragraphs and tables."""
    if len(rows) != 1 or len(rows[0]) != 1 or rows[0][0].tag != f"{_TABLE}table-cell":
        return False
    inside = list(rows[0][0])
    return len(inside) > 1 or any(child.tag == f"{_TABLE}table" for child in inside)


def _rows(table: etree._Element, header: bool) -> Iterator[tuple[etree._Element, bool]]:
    for child in table:
        if child.tag == f"{_TABLE}table-row":
            yield child, header
        elif child.tag in {f"{_TABLE}table-header-rows", f"{_TABLE}table-rows", f"{_TABLE}table-row-group"}:
            yield from _rows(child, header or child.tag == f"{_TABLE}table-header-rows")


def _cell_text(cell: etree._Element) -> str:
    """The paragraphs of a cell, also in lists, joined by spaces."""
    parts = [
        "".join(_texts(p))
        for p in cell.iter(f"{_TEXT}p", f"{_TEXT}h")
        if not any(parent.tag in _LEFT_OUT for parent in p.iterancestors())
        and next(p.iterancestors(f"{_TABLE}table-cell"), None) is cell
    ]
    return normalised(" ".join(parts))
