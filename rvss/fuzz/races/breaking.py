"""Losing a connection at the worst moment: while a transaction commits."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg2

GATE = 0x47415445  # "GATE": whoever writes to the record takes this lock, shared, while they commit
INSTALL = f"""
    CREATE OR REPLACE FUNCTION race_gate() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_advisory_xact_lock_shared({GATE}); RETURN NULL; END $$;
    DROP TRIGGER IF EXISTS race_gate ON accounts_auditevent;
    CREATE CONSTRAINT TRIGGER race_gate AFTER INSERT ON accounts_auditevent
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION race_gate();
"""
REMOVE = "DROP TRIGGER race_gate ON accounts_auditevent; DROP FUNCTION race_gate()"
AT_GATE = """
    SELECT pid FROM pg_locks
    WHERE locktype = 'advisory' AND objid = %s AND NOT granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
BUSY = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND state <> 'idle'
    AND pid <> pg_backend_pid()
"""
PATIENCE = 20  # seconds
QUIET = 0.3  # seconds without work, after which nobody works


class Gate:
    """Closed, it holds up every commit of the service; those who wait can be cut off, and it opens again."""

    def __init__(self, connection: psycopg2.extensions.connection) -> None:
        self._cursor = connection.cursor()

    def close(self) -> None:
        self._cursor.execute("SELECT pg_advisory_lock(%s)", [GATE])

    def open(self) -> None:
        self._cursor.execute("SELECT pg_advisory_unlock(%s)", [GATE])

    def waiting(self) -> list[int]:
        """The database's processes that wait to commit; waits until there is one."""
        _until(lambda: bool(self.waiting_now()), "somebody to commit")
        return self.waiting_now()

    def waiting_now(self) -> list[int]:
        self._cursor.execute(AT_GATE, [GATE])
        return [pid for (pid,) in self._cursor.fetchall()]

    def open_and_cut(self, pids: list[int]) -> None:
        """Let them commit, and cut them off before or after they have."""
        self._cursor.execute(
            "SELECT pg_advisory_unlock(%s), (SELECT count(pg_terminate_backend(p)) FROM unnest(%s::int[]) p)",
            [GATE, pids],
        )

    def cut(self, pids: list[int]) -> None:
        self._cursor.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) pid", [pids])

    def wait_until_quiet(self) -> None:
        """Nobody works on anything any more."""
        since = time.monotonic()

        def is_quiet() -> bool:
            nonlocal since
            self._cursor.execute(BUSY)
            if self._cursor.fetchone() != (0,):
                since = time.monotonic()
            return time.monotonic() - since > QUIET

        _until(is_quiet, "the service to have done its work")


def _until(is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited in vain for {what}")
        time.sleep(0.01)


@contextmanager
def gate_before_commits(database: str) -> Iterator[Gate]:
    connection = psycopg2.connect(database)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(INSTALL)
        yield Gate(connection)
    finally:
        with connection.cursor() as cursor:
            cursor.execute(REMOVE)
        connection.close()
