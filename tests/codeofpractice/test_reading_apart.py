"""What stands apart from the text of a plan: notes, frames, tables in tables, text that was moved."""

import weasyprint

from codeofpractice.reading.extract import DOCX, ODT, PDF, read_document
from tests.codeofpractice.test_reading_refusals import WORD, packed, paragraph


def cell(*content: str) -> str:
    return f"<w:tc>{''.join(content)}</w:tc>"


def row(*cells: str) -> str:
    return f"<w:tr>{''.join(cells)}</w:tr>"


def word_texts(body: str, footnotes: str = "") -> list[tuple[str, str]]:
    parts: dict[str, bytes | str] = {
        "word/document.xml": f"<w:document {WORD}><w:body>{body}</w:body></w:document>"
    }
    if footnotes:
        parts["word/footnotes.xml"] = f"<w:footnotes {WORD}>{footnotes}</w:footnotes>"
    return [(p.kind, p.text) for p in read_document(packed(parts), DOCX).passages]


def test_a_frame_is_no_row_and_a_table_in_it_has_rows_of_its_own() -> None:
    inner = f"<w:tbl>{row(cell(paragraph('Driver')), cell(paragraph('Licence seen')))}</w:tbl>"
    frame = f"<w:tbl>{row(cell(paragraph('Before.'), inner, paragraph('After.')))}</w:tbl>"
    beside = f"<w:tbl>{row(cell(paragraph('Left')), cell(paragraph('Right'), inner))}</w:tbl>"
    assert word_texts(frame + beside) == [
        ("paragraph", "Before."),
        ("table_row", "Driver | Licence seen"),
        ("paragraph", "After."),
        ("table_row", "Left | Right"),
        ("table_row", "Driver | Licence seen"),
    ]


def test_moved_text_is_read_at_its_new_place_only() -> None:
    gone = (
        "<w:p><w:pPr><w:rPr><w:moveFrom/></w:rPr></w:pPr>"
        "<w:moveFrom><w:r><w:t>We take cards.</w:t></w:r></w:moveFrom></w:p>"
    )
    come = (
        "<w:p><w:pPr><w:rPr><w:moveTo/></w:rPr></w:pPr>"
        "<w:moveTo><w:r><w:t>We take cards.</w:t></w:r></w:moveTo></w:p>"
    )
    assert word_texts(gone + paragraph("Keys.") + come) == [
        ("paragraph", "Keys."),
        ("paragraph", "We take cards."),
    ]


def test_a_note_follows_its_paragraph_unless_its_mark_was_deleted() -> None:
    body = (
        '<w:p><w:r><w:t>We take cards.</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>'
        '<w:p><w:r><w:t>Keys.</w:t></w:r><w:del><w:r><w:footnoteReference w:id="3"/></w:r></w:del></w:p>'
    )
    notes = "".join(
        f'<w:footnote w:id="{n}">{paragraph(text)}</w:footnote>'
        for n, text in ((2, "Since 2019."), (3, "Struck out."))
    )
    assert word_texts(body, notes) == [
        ("paragraph", "We take cards."),
        ("paragraph", "Since 2019."),
        ("paragraph", "Keys."),
    ]


def test_open_document_notes_frames_and_inner_tables() -> None:
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "text", "table")
    )
    inner = (
        "<table:table><table:table-row><table:table-cell><text:p>Driver</text:p></table:table-cell>"
        "<table:table-cell><text:p>Seen</text:p></table:table-cell></table:table-row></table:table>"
    )
    body = (
        "<text:p>We take cards.<text:note><text:note-citation>1</text:note-citation><text:note-body>"
        "<text:p>Since 2019.</text:p></text:note-body></text:note> No cash.</text:p>"
        "<table:table><table:table-row><table:table-cell><text:p>Before.</text:p>"
        f"{inner}<text:p>After.</text:p></table:table-cell></table:table-row></table:table>"
    )
    content = (
        f"<office:document-content {spaces}><office:body><office:text>{body}</office:text></office:body>"
        "</office:document-content>"
    )
    document = read_document(packed({"content.xml": content}), ODT)
    assert [(passage.kind, passage.text) for passage in document.passages] == [
        ("paragraph", "We take cards. No cash."),
        ("paragraph", "Since 2019."),
        ("paragraph", "Before."),
        ("table_row", "Driver | Seen"),
        ("paragraph", "After."),
    ]


SENTENCE = (
    "The desk looks at the licence and at the person who stands in front of it before any key is given."
)
NOTED = f"""<html lang="en-GB"><style>
@page {{ size: A4; margin: 25mm }} body {{ font-size: 11pt; text-align: left }}
.note {{ float: footnote; font-size: 9pt; text-align: left }}
.entry {{ position: relative }} .entry span {{ position: absolute; left: 90mm }}
</style><h1>Plan</h1>
<div class="entry">Who answers <span>1</span></div>
<div class="entry">How hirers pay <span>1</span></div>
<div class="entry">What is fitted <span>2</span></div>
{"".join(f"<p>Clause {n}. {SENTENCE * 3}</p>" for n in range(8))}
<p>Trackers are tested monthly<span class="note">By the bureau that watches them.</span> and the test is kept.
{SENTENCE * 16}</p>
<p>Rooms measure 20 m<sup>2</sup> at most.</p></html>"""


def test_notes_of_a_pdf_stand_apart_and_their_marks_are_left_out() -> None:
    pdf = weasyprint.HTML(string=NOTED).write_pdf()
    assert pdf is not None
    passages = read_document(pdf, PDF).passages
    texts = [passage.text for passage in passages]
    tested = f"Trackers are tested monthly and the test is kept. {SENTENCE * 16}"
    assert tested in texts
    assert "By the bureau that watches them." in texts
    assert texts[-1] == "Rooms measure 20 m2 at most."
    assert [p.text for p in passages if p.kind == "contents_entry"] == [
        "Who answers 1",
        "How hirers pay 1",
        "What is fitted 2",
    ]
