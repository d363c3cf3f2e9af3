"""The tables as CSV and ODS, by the conventions for accessible spreadsheets: a cover sheet, the notes, one
table a sheet, no merged cells, no empty rows, symbols in the place of numbers."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import odfdo
from django.conf import settings

from applications.spreadsheets import safe_cell
from reviews.statistics import SYMBOLS, Cell, Table
from reviews.statistics import in_words as date_in_words

SOURCE = "Department for Transport, the records of the scheme"
ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"


def plain(cell: Cell) -> str:
    """A number without its thousands separators; a symbol or words as they are."""
    return cell.text.replace(",", "") if isinstance(cell.value, int | float) else cell.text


def csv_rows(table: Table) -> list[list[str]]:
    return [[plain(cell) for cell in row] for row in table.rows]


def csvw(table: Table, *, address: str, as_of: date) -> dict[str, Any]:
    """What a CSV is, in the words of CSV on the Web (W3C): beside the file, so that it stays plain."""
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": address,
        "dc:title": table.title,
        "dc:description": table.note,
        "dc:source": SOURCE,
        "dc:publisher": "Department for Transport",
        "dc:date": as_of.isoformat(),
        "dc:contributor": settings.DEFAULT_FROM_EMAIL,
        "rdfs:comment": [f"{symbol} means {words}" for symbol, words in SYMBOLS.items()],
        "tableSchema": {
            "columns": [
                {"name": column.name, "titles": column.label, "datatype": "string"}  # numbers or symbols
                for column in table.columns
            ]
        },
    }


def write_ods(*, title: str, taken_at: datetime, tables: Sequence[Table]) -> bytes:
    document = odfdo.Document("spreadsheet")
    document.body.clear()
    document.language = "en-GB"
    document.meta.title = title
    document.body.append(_sheet("Cover", _cover(title, taken_at, tables)))
    document.body.append(_sheet("Notes", _notes(tables)))
    for table in tables:
        header: list[object] = [column.label for column in table.columns]
        rows: list[list[object]] = [[table.title], [table.note], header]
        rows += [[_value(cell) for cell in row] for row in table.rows]
        document.body.append(_sheet(_sheet_name(table), rows))
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def _sheet_name(table: Table) -> str:
    return table.name.replace("-", "_")


def _cover(title: str, taken_at: datetime, tables: Sequence[Table]) -> list[list[object]]:
    rows: list[list[object]] = [
        [title],
        [f"Figures as they stood on {date_in_words(taken_at.date())}, {taken_at:%H:%M}."],
        [f"Source: {SOURCE}."],
        [f"Contact: {settings.DEFAULT_FROM_EMAIL}"],
        ["Each sheet has one table. The first two rows are its title and how it is counted."],
        ["Sheet", "Table"],
    ]
    for table in tables:
        rows.append([_sheet_name(table), table.title])
    return rows


def _notes(tables: Sequence[Table]) -> list[list[object]]:
    rows: list[list[object]] = [["Notes"], ["Symbol or table", "What it means"]]
    for what, words in [*SYMBOLS.items(), *((table.title, table.note) for table in tables)]:
        rows.append([what, words])
    return rows


def _value(cell: Cell) -> object:
    return cell.text if cell.value is None or isinstance(cell.value, str) else cell.value


def _sheet(name: str, rows: list[list[object]]) -> odfdo.Table:
    sheet = odfdo.Table(name)
    for values in rows:
        row = odfdo.Row()
        row.extend_cells(
            odfdo.Cell(value if isinstance(value, int | float) else safe_cell(value)) for value in values
        )
        sheet.append_row(row)
    return sheet
