"""Pro-formas as documents: accessible, and read back exactly however people and programs left them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from codeofpractice.limited import read_proforma_limited
from codeofpractice.proforma.composing import Lines, compose
from codeofpractice.proforma.content import (
    Form,
    MeasureText,
    PointForm,
    PointText,
    Proforma,
    Reference,
    keepable,
)
from codeofpractice.proforma.docx_writing import write_docx
from codeofpractice.proforma.odt_writing import write_odt
from codeofpractice.proforma.reading import read_proforma
from codeofpractice.reading.document import ReadingRefused
from tests.codeofpractice import typing_offline as offline
from tests.codeofpractice.uploads import docx as plain_docx
from tests.codeofpractice.uploads import zipped

WRITERS: dict[str, Callable[[Form], bytes]] = {offline.DOCX: write_docx, offline.ODT: write_odt}
formats = pytest.mark.parametrize("kind", WRITERS, ids=["docx", "odt"])

HOW = "Telir â cherdyn. <Cash> & cheques:\n\n- refused\n  - written down\n1.\tfirst  of two\n\nמאה 安全 🚗"
FULL = PointText(
    number=12,
    position="Planned",
    how_met=HOW,
    responsible_role="Rheolwr y ddesg",
    planned_for="6 December 2030",
    not_applicable_reason="",
    measures=(
        MeasureText("Cash is refused.\n\nAt every desk", "In place", "6 December 2018", "Branch manager"),
        MeasureText("Ysbïo & <tills>", "Planned", "1 March 2030", "Fleet manager"),
    ),
    base="0123456789ab",
)
EMPTY = PointText(number=47, base="ba9876543210")


def form(*points: PointText, membership: str = "RVSS-000012") -> Form:
    return Form(
        reference=Reference(1, "made-up_2030", membership, 3),
        company="Llŷn & Sons <Hire> Ltd",
        edition="A made-up edition",
        points=tuple(
            PointForm(f"{p.number}. A point", "It asks.\n\nMuch.", "A paper.", p, may_skip=p.number > 20)
            for p in points or (FULL, EMPTY)
        ),
    )


def read(data: bytes, kind: str) -> Proforma:
    return read_proforma(data, kind)


def strays_of(data: bytes, kind: str) -> list[str]:
    ours = Lines()
    compose(form(), ours)
    return [line for line in read(data, kind).strays if line not in ours.found]


@formats
def test_what_was_written_comes_back(kind: str) -> None:
    data = WRITERS[kind](form())
    found = read_proforma_limited(data, kind)
    assert found.reference == Reference(1, "made-up_2030", "RVSS-000012", 3)
    assert found.points == (FULL, EMPTY)
    assert strays_of(data, kind) == []


TYPED = st.text(max_size=60) | st.text(alphabet="a é\n\t -<&>\u00a0\u2028\u200f\ufeff]]>", max_size=40)


@formats
@settings(max_examples=15, deadline=None)
@given(texts=st.tuples(TYPED, TYPED, TYPED, TYPED))
def test_any_text_comes_back(kind: str, texts: tuple[str, str, str, str]) -> None:
    how, role, reason, measure = map(keepable, texts)
    point = PointText(31, "In place", how, " ".join(role.split()), "", reason, base="0123456789ab")
    if measure:
        point = replace(point, measures=(MeasureText(measure, "Planned", "1 March 2030", "Boss"),))
    assert read(WRITERS[kind](form(point, FULL)), kind).points == (FULL, point)


@formats
@pytest.mark.parametrize("bad", ["\0", "\x07", "\x1f", "\x7f", "\x85", "\ufffe", "\ud800"])
def test_a_character_that_cannot_be_kept_is_refused(kind: str, bad: str) -> None:
    with pytest.raises(ValueError, match="cannot be kept"):
        WRITERS[kind](form(replace(FULL, how_met=f"a{bad}b")))


# --- Accessible ---


def test_a_docx_is_accessible() -> None:
    data = write_docx(form())
    body = offline.part_of(data, "word/document.xml")
    styles = [s.get(f"{offline.W}val") for s in body.iter(f"{offline.W}pStyle")]
    assert styles[0] == "Title"
    headings = [int(style[-1]) for style in styles if style.startswith("Heading")]
    assert headings[:3] == [1, 1, 2]
    assert all(later - earlier <= 1 for earlier, later in pairwise(headings))
    about = etree.tostring(offline.part_of(data, "docProps/core.xml"), encoding="unicode")
    assert "<dc:title>Security plan: pro-forma of Llŷn &amp; Sons &lt;Hire&gt; Ltd</dc:title>" in about
    assert "<dc:language>en-GB</dc:language>" in about
    look = offline.part_of(data, "word/styles.xml")
    assert [each.get(f"{offline.W}val") for each in look.iter(f"{offline.W}lang")] == ["en-GB"]
    tables = list(body.iter(f"{offline.W}tbl"))
    assert len(tables) == 2, "one of measures for each point, and none for layout"
    for table in tables:
        rows = table.findall(f"{offline.W}tr")
        assert [row.find(f"{offline.W}trPr/{offline.W}tblHeader") is not None for row in rows] == [
            True,
            *[False] * (len(rows) - 1),
        ]
        assert next(table.iter(f"{offline.W}tblCaption")).get(f"{offline.W}val")
        assert len({len(row.findall(f"{offline.W}tc")) for row in rows}) == 1
    names = [each.get(f"{offline.W}val") for each in body.iter(f"{offline.W}alias")]
    assert len(names) == len(set(names)) == 9
    numbers = [
        each.get(f"{offline.W}val")
        for s in body.iter(f"{offline.W}sdtPr")
        for each in s.iter(f"{offline.W}id")
    ]
    assert len(numbers) == len(set(numbers)), "Word repairs a document with two of one number"


def test_word_is_told_to_keep_blanks() -> None:
    body = offline.part_of(write_docx(form()), "word/document.xml")
    texts = [each for each in body.iter(f"{offline.W}t") if (each.text or "") != (each.text or "").strip()]
    assert texts
    assert {each.get("{http://www.w3.org/XML/1998/namespace}space") for each in texts} == {"preserve"}


def test_an_odt_is_accessible() -> None:
    data = write_odt(form())
    body = offline.part_of(data, "content.xml")
    levels = [int(h.get(f"{offline.TEXT}outline-level", "0")) for h in body.iter(f"{offline.TEXT}h")]
    assert levels[:3] == [1, 1, 2]
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    about = etree.tostring(offline.part_of(data, "meta.xml"), encoding="unicode")
    assert "<dc:title>Security plan: pro-forma of Llŷn &amp; Sons &lt;Hire&gt; Ltd</dc:title>" in about
    assert "<dc:language>en-GB</dc:language>" in about
    look = etree.tostring(offline.part_of(data, "styles.xml"), encoding="unicode")
    assert set(re.findall('fo:language="([^"]*)"', look)) == {"en"}
    assert set(re.findall('fo:country="([^"]*)"', look)) == {"GB"}
    tables = list(body.iter(f"{offline.TABLE}table"))
    assert len(tables) == 2
    for table in tables:
        assert len(table.findall(f"{offline.TABLE}table-header-rows/{offline.TABLE}table-row")) == 1
    manifest = etree.tostring(offline.part_of(data, "META-INF/manifest.xml"), encoding="unicode")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist()[0] == "mimetype"
        for name in re.findall('full-path="([^"]+[^/"])"', manifest):
            assert name in archive.namelist()


# --- As people and programs leave them ---


def test_typed_in_word() -> None:
    """Runs cut and dressed, a list made of what was typed, tracked changes, a break within a line."""
    numbered = (
        '<w:p><w:pPr><w:numPr><w:ilvl w:val="{}"/><w:numId w:val="77"/></w:numPr></w:pPr>'
        "<w:r><w:t>{}</w:t></w:r></w:p>"
    )
    how = (
        offline.word_lines("We check the licence.", "")
        + numbered.format(0, "first")
        + numbered.format(1, "inner")
        + numbered.format(0, "second")
        + "<w:p><w:r><w:t>kept</w:t></w:r><w:del><w:r><w:delText> gone</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t> new</w:t><w:br/><w:t>line</w:t><w:tab/></w:r></w:ins>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r><w:r><w:noBreakHyphen/></w:r></w:p>"
        "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t>joined </w:t></w:r></w:p>"
        "<w:p><w:r><w:t>up</w:t></w:r></w:p>"
    )
    data = offline.types_in_word(
        write_docx(form()), p47_how_met=how, p47_position=offline.word_lines("  Not applicable")
    )

    def numbering(root: etree._Element) -> None:
        root.extend(
            offline.word_xml(
                '<w:abstractNum w:abstractNumId="77">'
                '<w:lvl w:ilvl="0"><w:start w:val="3"/><w:numFmt w:val="lowerRoman"/>'
                '<w:lvlText w:val="%1)"/></w:lvl>'
                '<w:lvl w:ilvl="1"><w:numFmt w:val="bullet"/><w:lvlText w:val="o"/></w:lvl></w:abstractNum>'
                '<w:num w:numId="77"><w:abstractNumId w:val="77"/></w:num>'
            )
        )

    data = offline.changed(data, numbering, part="word/numbering.xml")
    point = read(data, offline.DOCX).points[1]
    assert point.how_met == (
        "We check the licence.\n\niii) first\n  - inner\niv) second\nkept new\nline\t\u2011\njoined up"
    )
    assert (point.position, point.base) == ("Not applicable", EMPTY.base)


def test_typed_in_libreoffice() -> None:
    how = (
        "<text:p>We <text:span>check</text:span>   <text:s text:c='2'/>it.<text:line-break/>Twice</text:p>"
        "<text:p/><text:list text:style-name='L1'><text:list-item><text:p>first</text:p><text:list>"
        "<text:list-item><text:p>inner</text:p></text:list-item></text:list></text:list-item>"
        "<text:list-item><text:p>second</text:p></text:list-item></text:list>"
        "<text:h text:outline-level='4'>Ysbïo</text:h>"
    )
    data = offline.types_in_libreoffice(write_odt(form()), p47_how_met=how)

    def styles(root: etree._Element) -> None:
        style = "urn:oasis:names:tc:opendocument:xmlns:style:1.0"
        made = (
            f'<text:list-style {offline.TEXT_NS} xmlns:style="{style}" style:name="L1">'
            '<text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>'
            '<text:list-level-style-bullet text:level="2"/></text:list-style>'
        )
        next(root.iter("{*}automatic-styles")).append(etree.fromstring(made))

    point = read(offline.changed(data, styles), offline.ODT).points[1]
    assert point.how_met == "We check   it.\nTwice\n\n1. first\n  - inner\n2. second\nYsbïo"


@formats
def test_without_marks_the_labels_tell(kind: str) -> None:
    data = offline.changed(WRITERS[kind](form()), offline.without_marks)
    numbered = offline.changed(data, offline.with_numbered_headings)
    for each in (data, numbered):
        assert read(each, kind).points == (replace(FULL, base=""), replace(EMPTY, base=""))
    assert strays_of(data, kind) == []


@formats
def test_without_guidance_the_marks_tell(kind: str) -> None:
    """The reference is in the properties of the file, too."""
    data = offline.changed(WRITERS[kind](form()), offline.without_guidance)
    found = read(data, kind)
    assert (found.points, found.reference.membership) == ((FULL, EMPTY), "RVSS-000012")


def test_a_control_that_libreoffice_keeps_inside_its_first_line_loses_nothing() -> None:
    """It knows content controls within a paragraph only."""

    def change(root: etree._Element) -> None:
        for each in [*root.iter(f"{offline.W}sdt")]:
            content = each.find(f"{offline.W}sdtContent")
            parent = each.getparent()
            assert parent is not None
            assert content is not None
            first, *others = list(content)
            for later in reversed(others):
                each.addnext(later)
            parent.replace(each, first)
            content[:] = list(first)
            first[:] = [each]

    data = offline.changed(write_docx(form()), change)
    assert read(data, offline.DOCX).points == (FULL, EMPTY)


def test_words_of_word_that_ask_to_type_are_no_answer() -> None:
    """Where somebody deletes an answer, Word puts words of its own there."""

    def change(root: etree._Element) -> None:
        found = offline.control(root, "12_how_met")
        found[0].append(etree.Element(f"{offline.W}showingPlcHdr"))
        found[1][:] = offline.word_xml(
            '<w:p><w:r><w:rPr><w:rStyle w:val="PlaceholderText"/></w:rPr>'
            "<w:t>Click or tap here to enter text.</w:t></w:r></w:p>"
        )

    point = read(offline.changed(write_docx(form()), change), offline.DOCX).points[0]
    assert (point.how_met, point.missing) == ("", ())


@formats
def test_a_field_that_is_gone_and_words_outside_are_told(kind: str) -> None:
    def change(root: etree._Element) -> None:
        find = offline.control if kind == offline.DOCX else offline.section
        field = find(root, "12_responsible_role")
        parent = field.getparent()
        assert parent is not None
        label = field.getprevious()
        assert label is not None
        label.tail = None
        for element in (field, label):
            parent.remove(element)
        table = [*root.iter(f"{offline.W}tbl", f"{offline.TABLE}table")][1]
        line = f"<w:p {offline.WORD_NS}><w:r><w:t>Also this</w:t></w:r></w:p>"
        if kind == offline.ODT:
            line = f"<text:p {offline.TEXT_NS}>Also this</text:p>"
        table.addnext(etree.fromstring(line))
        table.getparent().remove(table)  # type: ignore[union-attr]

    data = offline.changed(WRITERS[kind](form()), change)
    assert [point.missing for point in read(data, kind).points] == [("responsible_role",), ("measures",)]
    assert strays_of(data, kind) == ["Also this"]


# --- Malformed ---


def merged(root: etree._Element) -> None:
    """Somebody put all of one document behind another."""
    for body in (*root.iter(f"{offline.W}body"), *root.iter("{*}text")):
        if etree.QName(body).localname in {"body", "text"} and len(body) > 5:
            body.extend(etree.fromstring(etree.tostring(each)) for each in list(body))
            return


def doubled(root: etree._Element) -> None:
    find = offline.control if next(root.iter(f"{offline.W}sdt"), None) is not None else offline.section
    field = find(root, "12_how_met")
    field.addnext(etree.fromstring(etree.tostring(field)))


def nameless(data: bytes) -> bytes:
    def no_line(root: etree._Element) -> None:
        for line in [*root.iter(f"{offline.W}p", f"{offline.TEXT}p")]:
            if "Form reference" in "".join(map(str, line.itertext())):
                line.getparent().remove(line)  # type: ignore[union-attr]

    def no_keyword(root: etree._Element) -> None:
        for each in root.iter("{*}keywords", "{*}keyword"):
            each.text = ""

    part = "docProps/core.xml" if offline.main_part(data).startswith("word") else "meta.xml"
    return offline.changed(offline.changed(data, no_line), no_keyword, part=part)


MALFORMED: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "two in one": (lambda data: offline.changed(data, merged), "two pro-formas"),
    "a field twice": (
        lambda data: offline.changed(data, doubled),
        "“Point 12: how you meet this point” twice",
    ),
    "no reference": (nameless, "form reference is gone"),
    "another document": (
        lambda data: plain_docx("We keep a plan."),
        "not a pro-forma that was downloaded here",
    ),
    "cut short": (lambda data: data[:2000], "damaged"),
    "no document": (lambda data: b"<html>plan</html>", "damaged"),
    "opens to too much": (
        lambda data: zipped({"word/document.xml": b" " * 61 * 1024 * 1024}),
        "opens to far more",
    ),
}


@pytest.mark.parametrize("case", MALFORMED)
@formats
def test_a_malformed_one_is_refused_in_a_sentence(kind: str, case: str) -> None:
    make, words = MALFORMED[case]
    if kind == offline.ODT and case in {"another document", "opens to too much"}:
        words = "damaged" if case == "another document" else words
    with pytest.raises(ReadingRefused, match=words):
        read(make(WRITERS[kind](form())), kind)
