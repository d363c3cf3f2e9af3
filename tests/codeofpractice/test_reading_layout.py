"""What a page looks like must not change what is read: columns, hyphens, tables, lists, running heads."""

import pytest
import weasyprint

from codeofpractice.reading.extract import PDF, Document, read_document

SENTENCE = (
    "The person responsible keeps everything that the administrator might want to know about extraordinary "
    "circumstances and vehicle identification"
)

STYLE = """
@page { size: A4; margin: 25mm; @top-left { content: "Quillfeather Hire" }
        @bottom-center { content: "Page " counter(page) " of " counter(pages) } }
body { font-size: 10.5pt }
.two { columns: 2; column-gap: 8mm; text-align: justify; hyphens: auto }
table { border-collapse: collapse; width: 100% }
td, th { border: 1px solid #444; padding: 4px; text-align: left; vertical-align: top }
.contents a::after { content: leader('.') target-counter(attr(href), page) }
.contents li { list-style: none }
"""

ROWS = "".join(f"<tr><td>{n}. Row</td><td>{SENTENCE}.</td><td>Who {n}</td></tr>" for n in range(1, 31))
PAGE = f"""<html lang="en-GB"><style>{STYLE}</style>
<h1>Our plan</h1>
<h2>Contents</h2>
<ul class="contents"><li><a href="#a">1. Columns</a></li><li><a href="#b">2. Table</a></li></ul>
<h2 id="a">1. Columns</h2>
<div class="two">{"".join(f"<p>Paragraph {n}. {SENTENCE}, number {n}.</p>" for n in range(16))}</div>
<h2 id="b">2. Table</h2>
<p>Before the table.</p>
<table><thead><tr><th>Point</th><th>What we do</th><th>Who</th></tr></thead>{ROWS}</table>
<p>After the table.</p>
<h2>3. Lists</h2>
<ul><li>{SENTENCE}</li><li>Second bullet</li></ul>
<ol><li>{SENTENCE}</li><li>Second number</li></ol>
</html>"""


@pytest.fixture(scope="module")
def document() -> Document:
    pdf = weasyprint.HTML(string=PAGE).write_pdf()
    assert pdf is not None
    return read_document(pdf, PDF)


def texts(document: Document, kind: str) -> list[str]:
    return [passage.text for passage in document.passages if passage.kind == kind]


def test_columns_are_read_one_after_the_other_and_hyphens_joined(document: Document) -> None:
    assert texts(document, "paragraph") == [
        *(f"Paragraph {n}. {SENTENCE}, number {n}." for n in range(16)),
        "Before the table.",
        "After the table.",
    ]


def test_headings_and_contents_entries(document: Document) -> None:
    assert texts(document, "heading") == ["Our plan", "Contents", "1. Columns", "2. Table", "3. Lists"]
    entries = texts(document, "contents_entry")
    assert [entry.rsplit(" ", 1)[0] for entry in entries] == ["1. Columns", "2. Table"]


def test_rows_across_pages_keep_their_cells_and_lose_the_repeated_header(document: Document) -> None:
    assert texts(document, "table_header") == ["Point | What we do | Who"]
    assert texts(document, "table_row") == [f"{n}. Row | {SENTENCE}. | Who {n}" for n in range(1, 31)]
    assert {passage.page for passage in document.passages if passage.kind == "table_row"} == {2, 3, 4}


def test_bullets_and_automatic_numbers_are_left_out(document: Document) -> None:
    assert texts(document, "list_item") == [SENTENCE, "Second bullet", SENTENCE, "Second number"]


def test_running_heads_and_page_numbers_are_dropped(document: Document) -> None:
    whole = " ".join(passage.text for passage in document.passages)
    assert "Quillfeather" not in whole
    assert "Page 1" not in whole


def test_each_passage_knows_its_heading_and_page(document: Document) -> None:
    first = next(passage for passage in document.passages if passage.text.startswith("Paragraph 0"))
    assert (first.heading, first.page) == ("1. Columns", 1)
