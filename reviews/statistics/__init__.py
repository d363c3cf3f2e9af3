"""The figures of the scheme: the one place in which numbers that cross rooms are counted and suppressed."""

from reviews.statistics.cells import SYMBOLS, UNAVAILABLE, WITHHELD, Cell, Column, Table, in_words
from reviews.statistics.collect import collect, latest_checks
from reviews.statistics.figures import Figures, digest, from_json, to_json
from reviews.statistics.frozen import (
    build_report_tables,
    compare_tables,
    count_rows,
    tables_from_json,
    tables_to_json,
)
from reviews.statistics.tables import build_tables, public

__all__ = [
    "SYMBOLS",
    "UNAVAILABLE",
    "WITHHELD",
    "Cell",
    "Column",
    "Figures",
    "Table",
    "build_report_tables",
    "build_tables",
    "collect",
    "compare_tables",
    "count_rows",
    "digest",
    "from_json",
    "in_words",
    "latest_checks",
    "public",
    "tables_from_json",
    "tables_to_json",
    "to_json",
]
