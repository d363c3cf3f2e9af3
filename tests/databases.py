"""One migrated database, from which each worker of a parallel run gets a copy of its own.

Migrations take twenty times as long as a copy.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
from django.conf import settings
from psycopg2 import sql

TEMPLATE = "rvss_migrated"


def copy_migrated(name: str) -> None:
    """Make the database `name`; the first worker to come makes what is copied, and the others wait."""
    folder = Path(os.environ["TEST_SERVICES"])
    with (folder / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _exists(TEMPLATE):
            _migrate()
        _run("DROP DATABASE IF EXISTS {}", name)
        _run("CREATE DATABASE {} TEMPLATE {}", name, TEMPLATE)


def _migrate() -> None:
    unfinished = f"{TEMPLATE}_unfinished"
    _run("DROP DATABASE IF EXISTS {}", unfinished)
    _run("CREATE DATABASE {}", unfinished)
    parts = urlsplit(os.environ["DATABASE_URL"])
    made = subprocess.run(
        [sys.executable, Path(settings.BASE_DIR) / "manage.py", "migrate", "--verbosity", "0"],
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "rvss.settings",
            "DATABASE_URL": parts._replace(path=f"/{unfinished}").geturl(),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    _run("ALTER DATABASE {} RENAME TO {}", unfinished, TEMPLATE)


def _exists(name: str) -> bool:
    return bool(_run("SELECT 1 FROM pg_database WHERE datname = {}", sql.Literal(name)))


def _run(statement: str, *names: str | sql.Literal) -> list[tuple[object, ...]]:
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            filled = [name if isinstance(name, sql.Literal) else sql.Identifier(name) for name in names]
            cursor.execute(sql.SQL(statement).format(*filled))
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()
