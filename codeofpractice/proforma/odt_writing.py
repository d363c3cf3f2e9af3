"""Writes a pro-forma as ODT: each field is a section with a name, which stays when its text is deleted."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from typing import Any

from lxml import etree
from odfdo import Document, Element

from codeofpractice.proforma.composing import compose, title_of
from codeofpractice.proforma.content import CHOOSE, WRITE_HERE, Form, refuse_unkeepable

LANGUAGE, COUNTRY = "en", "GB"
FONT = "Liberation Sans"
_NAMES = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
    "fo": "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0",
}
# A run of blanks, or one at an end of a line, which ODT would drop.
_BLANKS = re.compile(r"\t|^ +| +$| {2,}")
_PICTURE = "Thumbnails/thumbnail.png"  # of the empty document
_CELL = (
    '<style:style style:name="Cell" style:family="table-cell"><style:table-cell-properties '
    'fo:border="0.5pt solid #000000" fo:padding="0.1cm"/></style:style>'
)
# Grey, so that the place to type in can be seen.
_SECTION = (
    '<style:style style:name="Field" style:family="section"><style:section-properties '
    'fo:background-color="#f3f2f1"/></style:style>'
)
_HEAD = (
    '<style:style style:name="Head" style:family="paragraph" style:parent-style-name="Standard">'
    '<style:text-properties fo:font-weight="bold"/></style:style>'
)


def write_odt(form: Form) -> bytes:
    """Raises ValueError for a text with characters that cannot be kept."""
    document = Document("text")
    document.del_part(_PICTURE)
    document.manifest.del_full_path(_PICTURE)
    document.body.clear()
    document.meta.title = title_of(form)
    document.meta.creation_date = datetime.now(UTC).replace(tzinfo=None)
    document.meta.language = f"{LANGUAGE}-{COUNTRY}"
    # Programs keep it when somebody deletes the line that shows it.
    document.meta.keyword = str(form.reference)
    _dress(document)
    sheet = _OdtSheet()
    compose(form, sheet)
    for element in sheet.parts:
        document.body.append(element)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def _name(tag: str) -> str:
    prefix, _, local = tag.partition(":")
    return f"{{{_NAMES[prefix]}}}{local}"


def _dress(document: Any) -> None:
    for xml in (_CELL, _SECTION, _HEAD):
        document.insert_style(Element.from_tag(xml), automatic=True)
    root = document.styles.root._xml_element
    for properties in root.iter(_name("style:text-properties")):
        if properties.get(_name("fo:language")):
            properties.set(_name("fo:language"), LANGUAGE)
            properties.set(_name("fo:country"), COUNTRY)
        if properties.get(_name("style:font-name")):
            properties.set(_name("style:font-name"), FONT)


class _OdtSheet:
    def __init__(self) -> None:
        self.parts: list[Element] = []

    def title(self, text: str) -> None:
        self._add(_line(text, style="Title"))

    def heading(self, text: str, level: int) -> None:
        element = _line(text, "text:h", style=f"Heading_20_{level}")
        element.set(_name("text:outline-level"), str(level))
        self._add(element)

    def paragraph(self, text: str) -> None:
        self._add(_line(text, style="Text_20_body"))

    def bullets(self, lines: tuple[str, ...]) -> None:
        whole = etree.Element(_name("text:list"), nsmap=_NAMES)
        whole.set(_name("text:style-name"), "List_20_1")
        for line in lines:
            etree.SubElement(whole, _name("text:list-item")).append(_line(line, style="Text_20_body"))
        self._add(whole)

    def field(self, mark: str, name: str, text: str, choices: tuple[str, ...] = ()) -> None:
        section = etree.Element(_name("text:section"), nsmap=_NAMES)
        section.set(_name("text:style-name"), "Field")
        section.set(_name("text:name"), mark)
        for line in (text or (CHOOSE if choices else WRITE_HERE)).split("\n"):
            section.append(_line(line))
        self._add(section)

    def table(
        self, name: str, head: tuple[str, ...], rows: tuple[tuple[str, ...], ...], choices: tuple[str, ...]
    ) -> None:
        table = etree.Element(_name("table:table"), nsmap=_NAMES)
        table.set(_name("table:name"), name)
        column = etree.SubElement(table, _name("table:table-column"))
        column.set(_name("table:number-columns-repeated"), str(len(head)))
        etree.SubElement(table, _name("table:table-header-rows")).append(_row(head, "Head"))
        for row in rows:
            table.append(_row(row, "Standard"))
        self._add(table)

    def _add(self, element: Any) -> None:
        self.parts.append(Element.from_tag(etree.tostring(element, encoding="unicode")))


def _row(texts: tuple[str, ...], style: str) -> Any:
    row = etree.Element(_name("table:table-row"), nsmap=_NAMES)
    for text in texts:
        cell = etree.SubElement(row, _name("table:table-cell"))
        cell.set(_name("table:style-name"), "Cell")
        cell.set(_name("office:value-type"), "string")
        for line in text.split("\n"):
            cell.append(_line(line, style=style))
    return row


def _line(text: str, tag: str = "text:p", *, style: str = "Standard") -> Any:
    """One line of text: tabs and blanks that would be dropped are elements."""
    refuse_unkeepable(text)
    line = etree.Element(_name(tag), nsmap=_NAMES)
    line.set(_name("text:style-name"), style)
    place, last = 0, None
    for found in _BLANKS.finditer(text):
        _put(line, last, text[place : found.start()])
        if found[0] == "\t":
            last = etree.SubElement(line, _name("text:tab"))
        else:
            last = etree.SubElement(line, _name("text:s"))
            last.set(_name("text:c"), str(len(found[0])))
        place = found.end()
    _put(line, last, text[place:])
    return line


def _put(line: Any, last: Any, text: str) -> None:
    if last is None:
        line.text = text
    else:
        last.tail = text
