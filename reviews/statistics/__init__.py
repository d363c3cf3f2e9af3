"""The figures of the scheme: the one place in which numbers that cross rooms are counted and suppressed."""

from reviews.statistics.cells import SYMBOLS, UNAVAILABLE, WITHHELD, Cell, Column, Table, in_words
from reviews.statistics.collect import collect, latest_checks
from reviews.statistics.figures import Figures, digest, from_json, to_json
from reviews.statistics.tables import build_tables, public

__all__ = [
    "SYMBOLS",
    "UNAVAILABLE",
    "WITHHELD",
    "Cell",
    "Column",
    "Figures",
    "Table",
    "build_tables",
    "collect",
    "digest",
    "from_json",
    "in_words",
    "latest_checks",
    "public",
    "to_json",
]
