"""Reading a partner's CSV file, however its spreadsheet has written it, and writing the template."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from applications.enrolling.cells import plain
from applications.enrolling.columns import COLUMNS, WHOLE_ROW, Column

MOST_ROWS = 10_000
MOST_BYTES = 5 * 1024 * 1024
LONGEST_FIELD = 100_000  # of a cell: more is a quotation mark that was never closed
DELIMITERS = ",;\t"
Headers = dict[str, Column]  # by the plain form of every name of a column
# Columns of the file in which faults are reported: it comes back with them.
FAULT_HEADERS = ("Row in your file", "What is wrong")

SAVE_AS_CSV = "Open it in your spreadsheet program, choose “Save as” and the type CSV, and upload that file"
NOT_A_CSV = (
    (b"PK\x03\x04", f"This is a workbook or another packed file, not a CSV. {SAVE_AS_CSV}"),
    (b"\xd0\xcf\x11\xe0", f"This is an Excel workbook of an older kind, not a CSV. {SAVE_AS_CSV}"),
    (b"%PDF", "This is a PDF, not a CSV. Enter its contents in the template, and upload that"),
    (b"{\\rtf", "This is a text document, not a CSV. Enter its contents in the template, and upload that"),
    (b"\x89PNG", "This is a picture, not a CSV. Enter its contents in the template, and upload that"),
    (b"\xff\xd8\xff", "This is a picture, not a CSV. Enter its contents in the template, and upload that"),
)


class FileRefused(Exception):
    """Nothing can be made of the file; the sentence says why and what to do."""


@dataclass(frozen=True)
class ReadFile:
    rows: list[tuple[int, dict[str, str]]]  # number as a spreadsheet counts, and cells by column key
    ignored_columns: list[str]
    sha256: str


def read_csv(
    content: bytes, columns: Sequence[Column] = COLUMNS, *, each: str = "company", most_rows: int = MOST_ROWS
) -> ReadFile:
    """The rows of a file with these columns; `each` says what stands on a row. Raises FileRefused."""
    text = _decode(content, each)
    headers = _headers(columns)
    records = _records(text, headers)
    header_at, header = next(((n, record) for n, record in records if any(map(str.strip, record))), (0, []))
    found, ignored = _columns(header, columns, headers)
    rows = [
        (number, _cells(found, record))
        for number, record in records
        if number > header_at and any(cell.strip() for cell in record)
    ]
    if not rows:
        raise FileRefused(f"There is no row below the names of the columns. Enter one {each} on each row")
    if len(rows) > most_rows:
        raise FileRefused(
            f"The file has {len(rows):,} rows. Split it into files of {most_rows:,} rows or fewer"
        )
    return ReadFile(rows, ignored, hashlib.sha256(content).hexdigest())


# --- From bytes to text -------------------------------------------------------------------------


def _decode(content: bytes, each: str) -> str:
    if not content.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise FileRefused(f"The file is empty. Download the template, and enter one {each} on each row")
    if len(content) > MOST_BYTES:
        raise FileRefused(f"The file is larger than {MOST_BYTES // 1024**2} MB. Split it into smaller files")
    for start, sentence in NOT_A_CSV:
        if content.startswith(start):
            raise FileRefused(sentence)
    if content.lstrip()[:15].lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        raise FileRefused(f"This is a web page or an XML file, not a CSV. {SAVE_AS_CSV}")
    for encoding in _encodings(content):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            line = text[: text.index("\x00")].count("\n") + 1
            raise FileRefused(
                f"The file holds NUL bytes, first on line {line:,}, as damaged files do. "
                "Save it again as CSV, and upload that"
            )
        return text.removeprefix("\ufeff")
    raise FileRefused("The letters of this file cannot be read. Save it as “CSV UTF-8”, and upload that")


def _encodings(content: bytes) -> tuple[str, ...]:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ("utf-16",)
    # Without a mark, letters of the header have every other byte empty.
    start = content[:200]
    if len(start) > 20 and start[1::2].count(0) > len(start) // 3:
        return ("utf-16-le",)
    if len(start) > 20 and start[::2].count(0) > len(start) // 3:
        return ("utf-16-be",)
    return ("utf-8-sig", "cp1252")


# --- From text to records -----------------------------------------------------------------------


def _records(text: str, headers: Headers) -> list[tuple[int, list[str]]]:
    """Every record with the number that a spreadsheet gives it, the separator's own line left out."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    first = lines.split("\n", 1)[0].strip().strip('"')
    named = first[4:] if first.lower().startswith("sep=") else ""
    delimiter = named if named and named in DELIMITERS else _delimiter(lines, headers)
    found = list(_parse(lines, delimiter))
    return found[1:] if named else found


def _parse(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(LONGEST_FIELD)
    number = 0
    try:
        for number, record in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), start=1):
            yield number, record
    except csv.Error:
        raise FileRefused(
            f"The file cannot be read from row {number + 1:,} on. "
            "Look there for a quotation mark that is opened and not closed"
        ) from None


def _delimiter(text: str, headers: Headers) -> str:
    """The one by which the first line that is not empty has the most names of columns."""
    line = next((line for line in text.split("\n") if line.strip(' ,;\t"')), "")

    def known(delimiter: str) -> int:
        return sum(plain(cell) in headers for cell in next(csv.reader([line], delimiter=delimiter), []))

    return max(DELIMITERS, key=known)


# --- From records to cells ----------------------------------------------------------------------


def _headers(columns: Sequence[Column]) -> Headers:
    """Header, key and other names of each column; the first of two columns with one name wins."""
    found: Headers = {}
    for column in columns:
        found |= {plain(word): column for word in (column.header, column.key)}
    for column in columns:
        for alias in column.aliases:
            found.setdefault(plain(alias), column)
    return found


def _columns(
    header: Sequence[str], known: Sequence[Column], headers: Headers
) -> tuple[list[Column | None], list[str]]:
    columns = [headers.get(plain(cell)) for cell in header]
    if not any(columns):
        raise FileRefused(
            "The first row has none of the names of columns. Download the template, and keep its first row"
        )
    twice = [column.header for column, times in Counter(filter(None, columns)).items() if times > 1]
    if twice:
        raise FileRefused(f"The column “{twice[0]}” is there twice. Keep one of them")
    missing = [column.header for column in known if column.required and column not in columns]
    if missing:
        names = "; ".join(missing)
        raise FileRefused(
            f"{'This column is' if len(missing) == 1 else 'These columns are'} missing: {names}. "
            "Download the template, and keep its first row"
        )
    ours = {plain(word) for word in FAULT_HEADERS}
    ignored = [
        cell.strip()[:100]
        for cell, column in zip(header, columns, strict=True)
        if column is None and cell.strip() and plain(cell) not in ours
    ]
    return columns, ignored


def _cells(columns: list[Column | None], record: list[str]) -> dict[str, str]:
    cells = {
        column.key: text for column, text in zip(columns, record, strict=False) if column and text.strip()
    }
    if beyond := " ".join(cell.strip() for cell in record[len(columns) :] if cell.strip()):
        cells[WHOLE_ROW] = beyond
    return cells


# --- The template -------------------------------------------------------------------------------


def template_rows(columns: Sequence[Column] = COLUMNS) -> tuple[list[str], list[list[str]]]:
    """The header, and one made-up row as an example."""
    return [column.header for column in columns], [[column.example for column in columns]]
