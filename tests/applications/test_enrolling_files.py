"""Reading a partner's file: every way in which a spreadsheet writes it, and a sentence for what is none."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from applications.enrolling.columns import COLUMNS, REQUIRED
from applications.enrolling.files import MOST_BYTES, FileRefused, read_csv, template_rows
from applications.enrolling.rows import as_cells, read_row
from tests.applications.enrolments import LONG, as_csv, row

CELLS = [row(1, name="Llŷn a’r Môr Cyf"), row(2)]


def refused(content: bytes) -> str:
    with pytest.raises(FileRefused) as caught:
        read_csv(content)
    return str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_separators(encoding: str, delimiter: str) -> None:
    found = read_csv(as_csv(CELLS, delimiter=delimiter).encode(encoding))
    assert [(number, as_cells(cells)) for number, cells in found.rows] == [(2, CELLS[0]), (3, CELLS[1])]
    assert found.ignored_columns == []


def test_windows_1252_and_line_ends() -> None:
    cells = [row(1, name="Café – O’Dàl Ltd", town="Fenstead")]
    assert read_csv(as_csv(cells).encode("cp1252")).rows[0][1]["name"] == "Café – O’Dàl Ltd"
    for end in ("\n", "\r"):
        assert len(read_csv(as_csv(CELLS).replace("\r\n", end).encode()).rows) == 2


def test_the_same_content_has_the_same_digest() -> None:
    first, second = read_csv(as_csv(CELLS).encode()), read_csv(as_csv(CELLS[:1]).encode())
    assert len(first.sha256) == 64
    assert first.sha256 == read_csv(as_csv(CELLS).encode()).sha256 != second.sha256


def test_columns_in_any_order_any_case_and_other_ones() -> None:
    names = [column.header.upper() for column in reversed(REQUIRED)] + ["Colour", "", "what is wrong"]
    values = ["x"] * len(REQUIRED) + ["red", "y", "all of it"]
    found = read_csv(f"{','.join(names)}\n{','.join(values)}\n".encode())
    assert found.ignored_columns == ["Colour"]
    assert set(found.rows[0][1]) == {column.key for column in REQUIRED}


def test_rows_are_numbered_as_a_spreadsheet_numbers_them() -> None:
    lines = as_csv([row(1, address_line_1="1 Quay Road\nUnit 2"), row(2)]).split("\r\n")
    text = "\r\n".join(["", lines[0], lines[1], "", ",,,", *lines[2:]])
    assert [number for number, _ in read_csv(text.encode()).rows] == [3, 6]
    numbered = read_csv(("sep=;\r\n" + as_csv(CELLS, delimiter=";")).encode())
    assert [number for number, _ in numbered.rows] == [3, 4]


def test_more_cells_than_columns_is_a_fault_of_the_row() -> None:
    lines = as_csv([row(1)]).splitlines()
    found = read_csv(f"{lines[0]}\n{lines[1]},Ltd,more\n".encode())
    _, faults = read_row(as_cells(found.rows[0][1]))
    assert [(fault.column, fault.written) for fault in faults] == [("", "Ltd more")]
    assert "more cells than there are columns" in faults[0].text
    short = read_csv(f"{lines[0]}\nOnly a name\n".encode())
    assert {fault.column for fault in read_row(short.rows[0][1])[1]} >= {"legal_form", "postcode", "car"}


def workbook() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("xl/workbook.xml", "<workbook/>")
    return packed.getvalue()


HEADER = ",".join(column.header for column in COLUMNS)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty"),
        (b"\xef\xbb\xbf \r\n", "The file is empty"),
        (b"\x00" * 500, "The file is empty"),
        (workbook(), "a workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 500, "Excel workbook of an older kind"),
        (b"%PDF-1.7 ...", "This is a PDF"),
        (b"\n<!DOCTYPE html><table>", "a web page"),
        (as_csv(CELLS).replace("Quay", "Qu\x00ay", 1).encode(), "NUL bytes, first on line 2"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (HEADER.encode() + b"\n" + b"\x81\x8d" * 40, "letters of this file cannot be read"),
        (HEADER.encode(), "There is no row below"),
        (HEADER.encode() + b"\n\n,,,\n", "There is no row below"),
        (b"a,b,c\n1,2,3\n", "none of the names of columns"),
        (f"{HEADER},Postcode\nx".encode(), "The column “Postcode” is there twice"),
        (
            HEADER.replace("Town or city,", "").encode() + b"\nx",
            "This column is missing: Town or city.",
        ),
        (b"Company name,Cars\nx,1", "These columns are missing: Legal form; Address line 1;"),
        (f'{HEADER}\n{"x," * 9}\n"{"y" * 200_000}'.encode(), "from row 3 on"),
        (b"x" * (MOST_BYTES + 1), "larger than 5 MB"),
        ((HEADER + "\nx" * 10_001).encode(), "10,001 rows. Split it into files of 10,000"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_list_is_refused_in_words(content: bytes, words: str) -> None:
    assert words in refused(content)


def test_the_template_reads_but_its_example_is_not_enrolled() -> None:
    header, rows = template_rows()
    found = read_csv("\n".join(",".join(f'"{cell}"' for cell in line) for line in [header, *rows]).encode())
    facts, faults = read_row(as_cells(found.rows[0][1]))
    assert facts is None
    assert [fault.text for fault in faults] == ["This is the example of the template. Delete the row"]
    changed = as_cells(found.rows[0][1]) | {"name": "Ours Ltd", "reference": "1"}
    assert read_row(changed)[1] == []


def test_the_documentation_names_every_column_and_word() -> None:
    table = Path("docs/enrolment.md").read_text(encoding="utf-8")
    for column in COLUMNS:
        assert column.header in table
        assert f"`{column.key}`" in table
        if column.key in {"legal_form", "rental_models"}:
            assert "; ".join(column.words) in table


def test_a_very_long_name_is_kept_whole() -> None:
    name = (LONG * 3)[:200].strip()
    facts, _ = read_row(row(1, name=name))
    assert facts is not None
    assert facts.name == name
