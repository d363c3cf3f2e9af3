"""Reads a PDF: running heads and page numbers dropped, columns in order, line-end hyphens joined."""

import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from codeofpractice.reading.archive import damaged, protected
from codeofpractice.reading.document import CELL_SEPARATOR, Block, Kind, ReadingRefused, normalised
from codeofpractice.reading.pdf_layout import (
    Column,
    Line,
    Table,
    columns,
    find_gutter,
    join_entries,
    page_lines,
    ruled_tables,
)
from codeofpractice.reading.pdf_notes import mark_notes, part_marks
from codeofpractice.reading.pdf_paragraphs import Vocabulary, join_lines, paragraphs
from codeofpractice.reading.pdf_spans import PageContent, read_page

MAX_PAGES = 300
# A page with less text than this is a picture, perhaps with a stamp or a page number on it.
_LEAST_TEXT = 20

_PAGE_NUMBER = re.compile(
    r"^[-–—\s(\[]*(page\s*|p\.?\s*)?(\d{1,4}|[ivxl]{1,6})(\s*(of|/)\s*\d{1,4})?[-–—\s)\]]*$", re.IGNORECASE
)
_SCAN = (
    "The pages of this PDF are pictures, so we cannot read the words on them. Upload the document it was "
    "made from, or a copy that has been through text recognition (OCR), or answer the points by hand."
)


@dataclass
class _Page:
    number: int
    content: PageContent
    lines: list[Line]
    tables: list[Table] = field(default_factory=list)
    marks: frozenset[str] = frozenset()

    @property
    def characters(self) -> int:
        return sum(len(line.text) for line in self.lines)


def read_blocks(data: bytes) -> tuple[list[Block], str]:
    pages = [_read(number, content) for number, content in enumerate(_contents(data), start=1)]
    silent = [page for page in pages if page.characters < _LEAST_TEXT]
    pictures = [page.number for page in silent if page.content.images]
    if pages and len(silent) == len(pages):
        return [], _SCAN if pictures else ""
    _drop_running_heads(pages)
    return _blocks(pages), _some_pictures(pictures)


def _contents(data: bytes) -> Iterable[PageContent]:
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise protected()
        if len(reader.pages) > MAX_PAGES:
            raise ReadingRefused(
                "too_many_pages",
                f"This PDF has more than {MAX_PAGES} pages. Upload only the part that is the security plan.",
            )
        if not len(reader.pages):
            raise damaged()
        return [read_page(page) for page in reader.pages]
    except ReadingRefused:
        raise
    except (PyPdfError, Exception, RecursionError) as error:
        raise damaged() from error


def _read(number: int, content: PageContent) -> _Page:
    content.spans, marks = part_marks(content.spans)
    lines = page_lines(content, number)
    tables = ruled_tables(content, lines)
    if not tables:
        lines = join_entries(lines)
    return _Page(number, content, lines, tables, marks)


def _some_pictures(numbers: list[int]) -> str:
    if not numbers:
        return ""
    listed = ", ".join(map(str, numbers))
    which = "that page" if len(numbers) == 1 else "those pages"
    pages = f"Page {listed} is a picture" if len(numbers) == 1 else f"Pages {listed} are pictures"
    return f"{pages}, so we could not read the words there. Check {which} by hand."


# Running heads ------------------------------------------------------------------------------------


def _drop_running_heads(pages: Sequence[_Page]) -> None:
    """Leave out what repeats at the top or foot of pages, digits apart, and page numbers."""
    seen: Counter[tuple[str, bool]] = Counter()
    for page in pages:
        seen.update({(_without_digits(line), line.y < page.content.height / 2) for line in _margins(page)})
    for page in pages:
        dropped = {
            id(line)
            for line in _margins(page)
            if _PAGE_NUMBER.match(line.text)
            or seen[(_without_digits(line), line.y < page.content.height / 2)] >= max(2, len(pages) // 4)
        }
        page.lines = [line for line in page.lines if id(line) not in dropped]


def _without_digits(line: Line) -> str:
    return re.sub(r"\d+", "#", line.text.lower())


def _margins(page: _Page) -> list[Line]:
    """Lines in the outer eighth of the page, at most three base lines at either end."""
    height = page.content.height
    tables = [(table.y0, table.y1) for table in page.tables]
    levels = sorted({round(line.y) for line in page.lines})
    outer = {*levels[:3], *levels[-3:]}
    return [
        line
        for line in page.lines
        if round(line.y) in outer
        and (line.y < 0.125 * height or line.y > 0.875 * height)
        and not any(top < line.y < bottom for top, bottom in tables)
    ]


# Blocks -------------------------------------------------------------------------------------------


def _blocks(pages: Sequence[_Page]) -> list[Block]:
    body = [line for page in pages for line in page.lines]
    sizes: Counter[float] = Counter()
    for line in body:
        sizes[round(line.size * 2) / 2] += len(line.text)
    size = sizes.most_common(1)[0][0] if sizes else 10.0
    vocabulary = Vocabulary.of(body)
    flow: list[Column | Table] = []
    gutter: float | None = None
    for page in pages:
        for item in _page_flow(page, gutter):
            if isinstance(item, Column):
                item = mark_notes(item, page.marks, page.content.height, size)
            flow.append(item)
        gutter = find_gutter(page.lines, page.content.width)
    blocks: list[Block] = []
    run: list[Column] = []
    tables = _TableRows()
    for item in flow:
        if isinstance(item, Column):
            if not all(line.note for line in item.lines):
                blocks += tables.blocks(vocabulary)
            run.append(item)
        else:
            blocks += paragraphs(run, size, vocabulary)
            run = []
            tables.add(item, vocabulary)
    blocks += tables.blocks(vocabulary) + paragraphs(run, size, vocabulary)
    return _mark_contents(blocks)


def _page_flow(page: _Page, likely: float | None) -> list[Column | Table]:
    """Columns and tables from top to bottom; a table parts the columns above it from those below."""
    flow: list[Column | Table] = []
    rest = [
        line
        for line in page.lines
        if not any(t.y0 < line.y < t.y1 and t.x0 - 3 < line.x0 < t.x1 + 3 for t in page.tables)
    ]
    for table in sorted(page.tables, key=lambda t: t.y0):
        flow += columns([line for line in rest if line.y <= table.y0], page.content.width, likely)
        flow.append(table)
        rest = [line for line in rest if line.y > table.y0]
    return flow + columns(rest, page.content.width, likely)


_HEADER_WORDS = {
    "point",
    "item",
    "action",
    "actions",
    "who",
    "owner",
    "when",
    "by when",
    "date",
    "evidence",
    "measure",
    "measures",
    "status",
    "no",
    "no.",
    "ref",
    "ref.",
    "what we do",
    "requirement",
    "responsible",
    "due",
    "lead",
    "notes",
    "comments",
}


@dataclass
class _TableRows:
    """Rows of tables that follow one another. A later page may repeat the header or finish a broken row."""

    header: tuple[str, ...] = ()
    rows: list[tuple[Kind, list[list[Line]], int]] = field(default_factory=list)

    def add(self, table: Table, vocabulary: Vocabulary) -> None:
        after_break = bool(self.rows)
        for position, row in enumerate(table.rows):
            cells = [sorted(cell, key=lambda line: line.y) for cell in row]
            texts = tuple(join_lines(cell, vocabulary) for cell in cells)
            if position == 0 and texts == self.header:
                continue
            last = self.rows[-1][1] if self.rows else []
            if after_break and _continues(last, cells):
                for held, more in zip(last, cells, strict=True):
                    held += more
                after_break = False
                continue
            after_break = False
            is_header = position == 0 and len(table.rows) > 1 and _is_header(row, [t for t in texts if t])
            if is_header:
                self.header = texts
            page = next(line.page for cell in row for line in cell)
            self.rows.append(("table_header" if is_header else "table_row", cells, page))

    def blocks(self, vocabulary: Vocabulary) -> list[Block]:
        result = []
        for kind, cells, page in self.rows:
            texts = [text for cell in cells if (text := join_lines(cell, vocabulary))]
            result.append(Block(kind, CELL_SEPARATOR.join(texts), page))
        self.rows = []
        return result


def _continues(last: list[list[Line]], cells: list[list[Line]]) -> bool:
    """Whether a row at the top of a page is the rest of the one above it."""
    if len(last) != len(cells):
        return False
    return not cells[0] or not any(held and more for held, more in zip(last, cells, strict=True))


def _is_header(row: tuple[tuple[Line, ...], ...], filled: list[str]) -> bool:
    if len(filled) < 2 or any(len(cell) > 45 for cell in filled):
        return False
    known = sum(1 for cell in filled if cell.lower() in _HEADER_WORDS)
    return all(line.bold for cell in row for line in cell) or known * 2 >= len(filled)


_ENTRY = re.compile(r"^(.{3,}?)[\s.…]{2,}(\d{1,3})$|^(.{3,}?)\s(\d{1,3})$")
_LEADER = re.compile(r"\s*((\.\s?){4,}|…+)\s*")
_CONTENTS = re.compile(r"^(table of )?contents( page)?$", re.IGNORECASE)


def _mark_contents(blocks: list[Block]) -> list[Block]:
    """Entries of a table of contents: with leader dots anywhere, or with a page number under its heading."""
    marked: list[Block] = []
    inside = False
    for block in blocks:
        if _CONTENTS.match(normalised(block.text)):
            inside = True
            marked.append(Block("heading", block.text, block.page))
            continue
        entry = _ENTRY.match(block.text) if len(block.text) < 130 else None
        dotted = entry and _LEADER.search(block.text)
        inside = inside and bool(entry)
        kind: Kind = "contents_entry" if dotted or inside else block.kind
        text = _LEADER.sub(" ", block.text) if kind == "contents_entry" else block.text
        marked.append(Block(kind, text, block.page))
    return marked
