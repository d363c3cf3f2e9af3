"""Writes a pro-forma as DOCX: each field is a content control that cannot be deleted, only filled."""

from __future__ import annotations

import io
import zlib
from datetime import UTC, datetime
from typing import Any

import docx
from docx.document import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor

from codeofpractice.proforma.composing import compose, title_of
from codeofpractice.proforma.content import CHOOSE, WRITE_HERE, Form, refuse_unkeepable

LANGUAGE = "en-GB"
FONT = "Arial"
STYLES = ("Normal", "Title", "Heading 1", "Heading 2", "Heading 3", "List Bullet")


def write_docx(form: Form) -> bytes:
    """Raises ValueError for a text with characters that cannot be kept."""
    sheet = _DocxSheet()
    _describe(sheet.document, form)
    compose(form, sheet)
    made = io.BytesIO()
    sheet.document.save(made)
    return made.getvalue()


def _describe(document: Document, form: Form) -> None:
    about = document.core_properties
    about.title = title_of(form)
    about.language = LANGUAGE
    # Programs keep it when somebody deletes the line that shows it.
    about.keywords = str(form.reference)
    about.author, about.comments = form.company, ""
    about.created = about.modified = datetime.now(UTC).replace(tzinfo=None)


def _element(tag: str, **attributes: str) -> Any:
    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), value)
    return element


class _DocxSheet:
    def __init__(self) -> None:
        self.document = docx.Document()
        for name in STYLES:
            style: Any = self.document.styles[name]
            style.font.name = FONT
            style.font.color.rgb = RGBColor(0, 0, 0)
            fonts = style.element.rPr.rFonts
            for attribute in list(fonts.attrib):  # a theme's font would win over it
                if attribute.endswith("Theme") or attribute.endswith("theme"):
                    del fonts.attrib[attribute]
        # python-docx looks through every style for each paragraph that it adds.
        self.style_ids = {name: self.document.styles[name].style_id for name in STYLES}
        self.end = self.document.element.body.sectPr
        self.document.styles["Normal"].font.size = Pt(12)
        defaults = self.document.styles.element.find(
            f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}/{qn('w:lang')}"
        )
        defaults.set(qn("w:val"), LANGUAGE)

    def title(self, text: str) -> None:
        self._line(text, "Title")

    def heading(self, text: str, level: int) -> None:
        self._line(text, f"Heading {level}")

    def paragraph(self, text: str) -> None:
        self._line(text, "Normal")

    def bullets(self, lines: tuple[str, ...]) -> None:
        for line in lines:
            self._line(line, "List Bullet")

    def _line(self, text: str, style: str) -> None:
        self._append(_paragraph(text, style=self.style_ids[style]))

    def field(self, mark: str, name: str, text: str, choices: tuple[str, ...] = ()) -> None:
        content = _element("w:sdtContent")
        for line in (text or (CHOOSE if choices else WRITE_HERE)).split("\n"):
            content.append(_paragraph(line))
        control = _element("w:sdt")
        control.append(_properties(mark, name, choices, is_empty=not text))
        control.append(content)
        self._append(control)

    def table(
        self, name: str, head: tuple[str, ...], rows: tuple[tuple[str, ...], ...], choices: tuple[str, ...]
    ) -> None:
        table = self.document.add_table(rows=1 + len(rows), cols=len(head), style="Table Grid")
        caption = _element("w:tblCaption", val=name)
        table._tbl.tblPr.append(caption)
        look = table._tbl.tblPr.find(qn("w:tblLook"))
        if look is not None:  # the schema wants the caption behind it
            look.addnext(caption)
        table._tbl.tr_lst[0].get_or_add_trPr().append(_element("w:tblHeader"))
        for row, texts in zip(table._tbl.tr_lst, (head, *rows), strict=True):
            row.get_or_add_trPr().append(_element("w:cantSplit"))
            for cell, text in zip(row.tc_lst, texts, strict=True):
                cell.remove(cell.p_lst[0])
                for line in text.split("\n"):
                    cell.append(_paragraph(line, bold=texts is head))
        self._append(_element("w:p"))  # a table needs one behind it

    def _append(self, element: Any) -> None:
        self.end.addprevious(element)


def _properties(mark: str, name: str, choices: tuple[str, ...], *, is_empty: bool) -> Any:
    properties = _element("w:sdtPr")
    properties.append(_element("w:alias", val=name[:64]))
    properties.append(_element("w:tag", val=mark))
    properties.append(_element("w:id", val=str(zlib.crc32(mark.encode()) % 2**31)))
    properties.append(_element("w:lock", val="sdtLocked"))
    if is_empty:  # the first key stroke takes the place of it
        properties.append(_element("w:showingPlcHdr"))
    if choices:
        menu = _element("w:dropDownList")
        for choice in choices:
            menu.append(_element("w:listItem", displayText=choice, value=choice))
        properties.append(menu)
    return properties


def _paragraph(line: str, *, bold: bool = False, style: str = "") -> Any:
    """One line of text: each tab is an element of its own, and blanks stay."""
    paragraph = _element("w:p")
    refuse_unkeepable(line)
    if style:
        properties = _element("w:pPr")
        properties.append(_element("w:pStyle", val=style))
        paragraph.append(properties)
    for place, part in enumerate(line.split("\t")):
        run = _element("w:r")
        if bold:
            properties = _element("w:rPr")
            properties.append(_element("w:b"))
            run.append(properties)
        if place:
            run.append(_element("w:tab"))
        text = _element("w:t")
        text.text = part
        text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        run.append(text)
        paragraph.append(run)
    return paragraph
