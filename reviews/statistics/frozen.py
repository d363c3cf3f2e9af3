"""The suppressed tables of a report as they are kept, and what differs when they are made again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from applications.models import Application, Membership, Renewal
from assurance.models import Decision, Finding, PlanCheck
from reviews.models import SectorEstimate
from reviews.statistics.case import case_tables
from reviews.statistics.cells import Cell, Column, Table
from reviews.statistics.figures import Figures
from reviews.statistics.tables import build_tables


def count_rows() -> dict[str, int]:
    """How many rows each table had that figures are counted from, when they were."""
    counted = (Application, Membership, Renewal, PlanCheck, Decision, Finding, SectorEstimate)
    return {model._meta.db_table: model._default_manager.count() for model in counted}


def build_report_tables(figures: Figures) -> tuple[Table, ...]:
    """Every table that a report shows: those of the pages, and the case for mandatory footing."""
    return (*build_tables(figures), *case_tables(figures))


def tables_to_json(tables: Sequence[Table]) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = json.loads(json.dumps([asdict(table) for table in tables]))
    return made


def tables_from_json(data: Sequence[dict[str, Any]]) -> tuple[Table, ...]:
    """The inverse of tables_to_json."""
    return tuple(
        Table(
            **{
                **row,
                "columns": tuple(Column(**column) for column in row["columns"]),
                "rows": tuple(tuple(Cell(**cell) for cell in cells) for cells in row["rows"]),
            }
        )
        for row in data
    )


def compare_tables(kept: Sequence[Table], made: Sequence[Table]) -> list[str]:
    """Every difference in words, cell by cell; empty when all are equal. Notes are not compared."""
    again = {table.name: table for table in made}
    said = [
        f"{table.name}: there is a new table" for name, table in again.items() if name not in _names(kept)
    ]
    for table in kept:
        other = again.get(table.name)
        if other is None:
            said.append(f"{table.name}: the table is not made any more")
        elif (len(table.rows), table.columns) != (len(other.rows), other.columns):
            said.append(f"{table.name}: its rows or columns are not the same")
        else:
            said += _cells(table, other)
    return said


def _names(tables: Sequence[Table]) -> set[str]:
    return {table.name for table in tables}


def _cells(table: Table, other: Table) -> list[str]:
    return [
        f"{table.name}, {row[0].text}, {column.label}: {cell.text} was kept, {new.text} is made now"
        for row, made in zip(table.rows, other.rows, strict=True)
        for column, cell, new in zip(table.columns, row, made, strict=True)
        if cell != new
    ]
