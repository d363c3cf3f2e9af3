"""Pro-formas as people leave them: the XML of a document changed as Word and LibreOffice change it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable

from lxml import etree

from codeofpractice.proforma.reading import READERS

DOCX, ODT = READERS
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
WORD_NS = f'xmlns:w="{W[1:-1]}"'
TEXT_NS = f'xmlns:text="{TEXT[1:-1]}"'

Change = Callable[[etree._Element], None]


def part_of(data: bytes, name: str) -> etree._Element:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return etree.fromstring(archive.read(name))


def main_part(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return "word/document.xml" if "word/document.xml" in archive.namelist() else "content.xml"


def changed(data: bytes, change: Change, *, part: str = "") -> bytes:
    """The archive with one part changed."""
    name = part or main_part(data)
    root = part_of(data, name)
    change(root)
    return replaced(data, {name: etree.tostring(root, xml_declaration=True, encoding="UTF-8")})


def replaced(data: bytes, parts: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w") as new:
        for entry in old.infolist():
            content = parts.get(entry.filename, old.read(entry))
            new.writestr(entry.filename, content, entry.compress_type)
    return made.getvalue()


def control(root: etree._Element, field: str) -> etree._Element:
    """The content control of a field: "3_how_met"."""
    tags = root.iter(f"{W}tag")
    tag = next(tag for tag in tags if re.fullmatch(rf"rvss_{field}(_[0-9a-f]+)?", tag.get(f"{W}val", "")))
    return tag.getparent().getparent()  # type: ignore[union-attr,return-value]


def section(root: etree._Element, field: str) -> etree._Element:
    sections = root.iter(f"{TEXT}section")
    return next(s for s in sections if re.fullmatch(rf"rvss_{field}(_[0-9a-f]+)?", s.get(f"{TEXT}name", "")))


def word_xml(xml: str) -> list[etree._Element]:
    return list(etree.fromstring(f"<w:body {WORD_NS}>{xml}</w:body>"))


def word_lines(*lines: str) -> str:
    """As Word saves typed lines: runs cut by spelling and with fonts of their own."""
    return "".join(
        '<w:p><w:pPr><w:rPr><w:rFonts w:ascii="Comic Sans MS"/></w:rPr></w:pPr>'
        f'<w:r><w:t xml:space="preserve">{line[:3]}</w:t></w:r><w:proofErr w:type="spellStart"/>'
        f'<w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">{line[3:]}</w:t></w:r></w:p>'
        for line in lines
    )


def types_in_word(data: bytes, **fields: str) -> bytes:
    """Each field, named like p3_how_met, gets XML of paragraphs; the placeholder goes, as Word does it."""

    def change(root: etree._Element) -> None:
        for name, xml in fields.items():
            found = control(root, name.removeprefix("p"))
            for flag in found.iter(f"{W}showingPlcHdr"):
                flag.getparent().remove(flag)  # type: ignore[union-attr]
            content = found.find(f"{W}sdtContent")
            assert content is not None
            content[:] = word_xml(xml)

    return changed(data, change)


def types_in_libreoffice(data: bytes, **fields: str) -> bytes:
    def change(root: etree._Element) -> None:
        for name, xml in fields.items():
            section(root, name.removeprefix("p"))[:] = etree.fromstring(f"<x {TEXT_NS}>{xml}</x>")

    return changed(data, change)


def without_marks(root: etree._Element) -> None:
    """As a program leaves it that knows neither content controls nor sections nor names of tables."""
    for element in [*root.iter(f"{W}sdt", f"{TEXT}section")]:
        content = element.find(f"{W}sdtContent")
        parent = element.getparent()
        assert parent is not None
        place = parent.index(element)
        parent[place : place + 1] = list(element if content is None else content)
    for caption in [*root.iter(f"{W}tblCaption")]:
        caption.getparent().remove(caption)  # type: ignore[union-attr]
    for table in root.iter(f"{TABLE}table"):
        table.set(f"{TABLE}name", "Table1")


def with_numbered_headings(root: etree._Element) -> None:
    for line in [*root.iter(f"{W}t", f"{TEXT}h")]:
        if (line.text or "").startswith("Point "):
            line.text = f"2.1. {line.text}"


def without_guidance(root: etree._Element) -> None:
    """Somebody deleted every heading and all of our words, and kept only where to type."""
    fields = {f"{W}sdt", f"{W}tbl", f"{TEXT}section", f"{TABLE}table"}
    for line in [*root.iter(f"{W}p", f"{TEXT}p", f"{TEXT}h")]:
        if not any(up.tag in fields for up in line.iterancestors()):
            line.getparent().remove(line)  # type: ignore[union-attr]
