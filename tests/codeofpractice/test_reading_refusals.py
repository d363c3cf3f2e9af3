"""Whatever is uploaded, the answer is a document or one plain sentence, never another exception."""

import io
import random
import zipfile
from pathlib import Path

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codeofpractice.reading import archive
from codeofpractice.reading.extract import DOCX, ODT, PDF, Document, ReadingRefused, read_document

PLANS = Path(__file__).resolve().parents[1] / "plans"
TYPES = {".docx": DOCX, ".odt": ODT, ".pdf": PDF}
FILES = sorted(path for path in PLANS.iterdir() if path.suffix in TYPES)
WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def refusal(data: bytes, content_type: str) -> ReadingRefused:
    with pytest.raises(ReadingRefused) as caught:
        read_document(data, content_type)
    return caught.value


def outcome(data: bytes, content_type: str) -> Document | ReadingRefused:
    try:
        return read_document(data, content_type)
    except ReadingRefused as refused:
        return refused


def read_or_refuse(data: bytes, content_type: str) -> None:
    answer = outcome(data, content_type)
    if isinstance(answer, ReadingRefused):
        assert answer.sentence.endswith(".")
        assert answer.sentence.count(".") >= 2, "says what to do next"


def packed(parts: dict[str, bytes | str]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in parts.items():
            bundle.writestr(name, content)
    return held.getvalue()


def word(body: str, before: str = "") -> bytes:
    return packed({"word/document.xml": f"{before}<w:document {WORD}><w:body>{body}</w:body></w:document>"})


def paragraph(text: str, properties: str = "") -> str:
    return f"<w:p>{properties}<w:r><w:t xml:space='preserve'>{text}</w:t></w:r></w:p>"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_mangled_plans(path: Path) -> None:
    original = path.read_bytes()
    chance = random.Random(path.name)
    for _ in range(25):
        data = bytearray(original)
        for _ in range(chance.randint(1, 40)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        read_or_refuse(bytes(data), TYPES[path.suffix])
    for _ in range(10):
        read_or_refuse(original[: chance.randrange(len(original))], TYPES[path.suffix])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.binary(max_size=400),
    st.sampled_from([DOCX, ODT, PDF]),
    st.sampled_from([b"", b"%PDF-1.7\n", b"PK\x03\x04"]),
)
def test_arbitrary_bytes(data: bytes, content_type: str, start: bytes) -> None:
    read_or_refuse(start + data, content_type)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "BT",
                "ET",
                "q",
                "Q",
                "(a) Tj",
                "[(b) -9 (c)] TJ",
                "/F1 12 Tf",
                "1 0 0 1 9 9 cm",
                "0 0 0 0 0 0 Tm",
                "/X Do",
                "9 Td",
                "T*",
                "nan Tz",
                "1e99 Tc",
                "5 5 50 1 re f",
                "'",
            ]
        )
    )
)
def test_strange_drawing_operators(operators: list[str]) -> None:
    pdf = pikepdf.new()
    page = pdf.add_blank_page()
    page.obj.Contents = pdf.make_stream(" ".join(operators).encode())
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
    )
    page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
    held = io.BytesIO()
    pdf.save(held)
    read_or_refuse(held.getvalue(), PDF)


def test_a_form_that_draws_itself_ends() -> None:
    pdf = pikepdf.new()
    page = pdf.add_blank_page()
    form = pdf.make_stream(b"/Fm Do /Fm Do /Fm Do /Fm Do")
    form.Type, form.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
    form.BBox = [0, 0, 10, 10]
    form.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Fm=form))
    page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Fm=form))
    page.obj.Contents = pdf.make_stream(b"/Fm Do")
    held = io.BytesIO()
    pdf.save(held)
    assert not read_document(held.getvalue(), PDF).extractable


def test_a_password_is_told_apart() -> None:
    held = io.BytesIO()
    with pikepdf.open(PLANS / "plan-02.pdf") as pdf:
        pdf.save(held, encryption=pikepdf.Encryption(owner="owner", user="user"))
    refused = refusal(held.getvalue(), PDF)
    assert refused.reason == "encrypted"
    assert (
        refused.sentence
        == "This file is protected with a password. Save a copy without the password and upload that."
    )


def test_a_pdf_that_only_restricts_printing_is_read() -> None:
    held = io.BytesIO()
    with pikepdf.open(PLANS / "plan-02.pdf") as pdf:
        pdf.save(held, encryption=pikepdf.Encryption(owner="owner", user=""))
    assert len(read_document(held.getvalue(), PDF).passages) == 38


def test_too_many_pages() -> None:
    pdf = pikepdf.new()
    for _ in range(301):
        pdf.add_blank_page()
    held = io.BytesIO()
    pdf.save(held)
    assert refusal(held.getvalue(), PDF).reason == "too_many_pages"


def test_a_blank_pdf_has_no_text() -> None:
    pdf = pikepdf.new()
    pdf.add_blank_page()
    held = io.BytesIO()
    pdf.save(held)
    document = read_document(held.getvalue(), PDF)
    assert not document.extractable
    assert document.reason.startswith("We found no text in this file.")


def test_a_blank_page_in_the_middle_is_passed_over() -> None:
    held = io.BytesIO()
    with pikepdf.open(PLANS / "plan-02.pdf") as pdf:
        pdf.add_blank_page()
        pdf.pages.insert(1, pdf.pages[-1])
        pdf.save(held)
    document = read_document(held.getvalue(), PDF)
    assert len(document.passages) == 38
    assert document.passages[-1].page == 4


def test_a_scanned_page_among_others_is_named() -> None:
    held = io.BytesIO()
    with pikepdf.open(PLANS / "plan-02.pdf") as pdf, pikepdf.open(PLANS / "plan-07.pdf") as scan:
        pdf.pages.insert(1, scan.pages[0])
        pdf.save(held)
    document = read_document(held.getvalue(), PDF)
    assert document.extractable
    assert document.reason == (
        "Page 2 is a picture, so we could not read the words there. Check that page by hand."
    )


def test_a_bomb_is_refused_before_it_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = packed({"word/document.xml": b"<a>" + b" " * archive.MAX_OPENED_BYTES})
    assert len(bomb) < 100_000
    opened: list[str] = []
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: opened.append("opened"))
    assert refusal(bomb, DOCX).reason == "too_big_when_opened"
    assert opened == []


def test_entities_are_never_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret words")
    typed = f'<!DOCTYPE w:document [<!ENTITY x SYSTEM "file://{secret}">]>'
    assert refusal(word(paragraph("&x;"), typed), DOCX).reason == "damaged"


def test_deep_nesting_is_refused() -> None:
    assert refusal(word("<w:sdt>" * 200 + "</w:sdt>" * 200), DOCX).reason == "damaged"


@pytest.mark.parametrize(
    ("data", "content_type", "reason"),
    [
        (b"", PDF, "empty"),
        (b"<html><body>A plan</body></html>", PDF, "damaged"),
        (b"A plan", "text/plain", "unsupported_type"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 100, DOCX, "encrypted"),
        (packed({"hello.txt": "hello"}), DOCX, "damaged"),
        (packed({"hello.txt": "hello"}), ODT, "damaged"),
        (packed({"word/document.xml": "not xml"}), DOCX, "damaged"),
    ],
    # Named: an archive holds the time at which it was packed, and no two workers pack at the same.
    ids=["empty", "HTML", "text", "encrypted", "ZIP as DOCX", "ZIP as ODT", "no XML"],
)
def test_reasons(data: bytes, content_type: str, reason: str) -> None:
    assert refusal(data, content_type).reason == reason


def test_tracked_changes_comments_and_boxes() -> None:
    deleted = "<w:del><w:r><w:delText>old </w:delText></w:r></w:del>"
    inserted = "<w:ins><w:r><w:t>new </w:t></w:r></w:ins>"
    mark = "<w:pPr><w:rPr><w:del/></w:rPr></w:pPr>"
    row_gone = "<w:tr><w:trPr><w:del/></w:trPr><w:tc>" + paragraph("gone") + "</w:tc></w:tr>"
    row = (
        "<w:tr><w:tc>"
        + paragraph("1")
        + "</w:tc><w:tc/><w:tc>"
        + paragraph("A")
        + paragraph("B")
        + "</w:tc></w:tr>"
    )
    body = (
        f"<w:p><w:r><w:t xml:space='preserve'>We keep </w:t></w:r>{deleted}{inserted}"
        "<w:r><w:t>keys.</w:t></w:r>"
        "<w:r><w:commentReference/></w:r></w:p>"
        + paragraph("Two ", mark)
        + paragraph("halves.")
        + f"<w:tbl>{row}{row_gone}</w:tbl>"
        + "<w:sdt><w:sdtContent>"
        + paragraph("In a form field.")
        + "</w:sdtContent></w:sdt>"
    )
    document = read_document(word(body), DOCX)
    assert [(passage.kind, passage.text) for passage in document.passages] == [
        ("paragraph", "We keep new keys."),
        ("paragraph", "Two halves."),
        ("table_row", "1 | A B"),
        ("paragraph", "In a form field."),
    ]


def test_open_document_changes_lists_and_tables() -> None:
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "text", "table")
    )
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>Deleted.</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes>"
        "<text:h>Heading</text:h>"
        "<text:p>We<text:s/>keep<office:annotation><text:p>Really?</text:p></office:annotation>"
        " keys.</text:p>"
        "<text:list><text:list-item><text:p>Item</text:p></text:list-item></text:list>"
        "<table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>Point</text:p>"
        "</table:table-cell></table:table-row></table:table-header-rows><table:table-row><table:table-cell>"
        "<text:p>A</text:p></table:table-cell><table:table-cell><text:p>B</text:p></table:table-cell>"
        "</table:table-row></table:table>"
    )
    content = (
        f"<office:document-content {spaces}><office:body><office:text>{body}</office:text></office:body>"
        "</office:document-content>"
    )
    document = read_document(packed({"content.xml": content}), ODT)
    assert [(passage.kind, passage.text) for passage in document.passages] == [
        ("heading", "Heading"),
        ("paragraph", "We keep keys."),
        ("list_item", "Item"),
        ("table_header", "Point"),
        ("table_row", "A | B"),
    ]
