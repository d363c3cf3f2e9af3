"""A database beside the service's own, for what must not meet its data."""

from __future__ import annotations

import os
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from psycopg2 import sql


def own_database(name: str) -> str:
    """Its address; it is made on the same server unless it is there."""
    server = psycopg2.connect(os.environ["DATABASE_URL"])
    server.autocommit = True  # CREATE DATABASE cannot stand in a transaction
    with server.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone() is None:
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    server.close()
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))
