"""The cast, built once a run: a test gets its rows by COPY, which takes a tenth of the time."""

from __future__ import annotations

import io
import pickle
from dataclasses import dataclass

from django.db import connection, transaction

from tests.cast import Cast, build_cast

# Every table with a row, whichever room it belongs to: rows of a test of its own would mix with the cast's.
TABLES = """
    SELECT relname FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname
"""
COLUMNS = """
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
    WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
"""


@dataclass(frozen=True)
class KeptCast:
    """The rows of the cast by table, and the cast itself as it was when it had been built."""

    rows: dict[str, bytes]
    cast: bytes

    def enter(self) -> Cast:
        """Put the rows into the database, in which there are none but those of the migrations."""
        with transaction.atomic(), connection.cursor() as cursor:
            # They met every trigger and key when they were built.
            cursor.execute("SET LOCAL session_replication_role = replica")
            for target, rows in self.rows.items():
                cursor.copy_expert(f"COPY {target} FROM STDIN", io.BytesIO(rows))
            cursor.execute("SET LOCAL session_replication_role = origin")
        cast: Cast = pickle.loads(self.cast)
        return cast

    @property
    def has_room(self) -> bool:
        """Whether the tables that it fills are empty."""
        filled = [f"EXISTS (SELECT FROM {target.partition(' ')[0]})" for target in self.rows]
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {' OR '.join(filled)}")
            return not cursor.fetchone()[0]


def keep_cast() -> KeptCast:
    """Build the cast, take its rows down, and leave the database as it was."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(TABLES)
        tables = [table for (table,) in cursor.fetchall()]
        empty = [table for table in tables if not _has_rows(table)]
        others = {table: _rows_of(table) for table in tables if table not in empty}
        cast = build_cast()
        rows = {}
        for table in filter(_has_rows, empty):
            cursor.execute(COLUMNS, [f'"{table}"'])
            target = f'"{table}" ({cursor.fetchone()[0]})'
            rows[target] = _copied(target)
        assert others == {table: _rows_of(table) for table in others}, "it changed what migrations wrote"
        transaction.set_rollback(True)
    return KeptCast(rows, pickle.dumps(cast))


def _has_rows(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT EXISTS (SELECT FROM "{table}")')
        return bool(cursor.fetchone()[0])


def _rows_of(table: str) -> bytes:
    return _copied(f'(SELECT * FROM "{table}" ORDER BY 1)')


def _copied(source: str) -> bytes:
    with connection.cursor() as cursor:
        found = io.BytesIO()
        cursor.copy_expert(f"COPY {source} TO STDOUT", found)
    return found.getvalue()
