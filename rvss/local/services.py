"""PostgreSQL, Redis and clamd together, as one context manager for `make run` and the tests."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psycopg2
import redis

from rvss.local.clamd import find_clamd, start_clamd
from rvss.local.postgres import start_postgres
from rvss.local.problem import Problem
from rvss.local.processes import Processes
from rvss.local.redis import start_redis

INSTALL_CLAMD = "apt-get install clamav-daemon"


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold the folder for this process. The lock goes with the process, so it is never stale."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Problem(_who_holds(lock, directory)) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _who_holds(lock: IO[str], directory: Path) -> str:
    lock.seek(0)
    holder = lock.read().strip() or "unknown"
    return f"{directory} is in use by process {holder}: stop that one first."


@contextmanager
def services(directory: Path, *, durable: bool, scanner_required: bool) -> Iterator[dict[str, str]]:
    """Run what DATABASE_URL and REDIS_URL do not already name; yield the settings that reach it all.

    `durable` is for data that is kept; without it PostgreSQL never waits for the disk.
    Call with the directory locked.
    """
    processes = Processes(directory)
    processes.end_leftovers()
    # A socket's path may have 107 characters at most; a clone may lie deeper than that.
    sockets = Path(tempfile.mkdtemp(prefix="rvss-", dir="/tmp"))
    try:
        yield _start(processes, directory, sockets, durable=durable, scanner_required=scanner_required)
    finally:
        processes.stop_all()
        shutil.rmtree(sockets, ignore_errors=True)


def _start(
    processes: Processes, directory: Path, sockets: Path, *, durable: bool, scanner_required: bool
) -> dict[str, str]:
    found: dict[str, str] = {}
    given = os.environ
    if bool(given.get("DATABASE_URL")) != bool(given.get("REDIS_URL")):
        raise Problem("Set both DATABASE_URL and REDIS_URL, or neither to have both started for you.")
    if given.get("DATABASE_URL"):
        found |= {"DATABASE_URL": given["DATABASE_URL"], "REDIS_URL": given["REDIS_URL"]}
        found["CACHE_URL"] = given.get("CACHE_URL") or _other_database(given["REDIS_URL"])
        _refuse_silent(found)
    else:
        found["DATABASE_URL"] = start_postgres(processes, directory / "postgres", sockets, durable=durable)
        server = start_redis(processes, directory / "redis", durable=durable)
        found |= {"REDIS_URL": f"{server}/0", "CACHE_URL": f"{server}/1"}

    if given.get("CLAMD_SOCKET"):
        found["CLAMD_SOCKET"] = given["CLAMD_SOCKET"]
    elif clamd := find_clamd():
        found["CLAMD_SOCKET"] = start_clamd(processes, clamd, directory / "clamd", sockets)
    elif scanner_required:
        raise Problem(f"The virus scanner clamd is missing: {INSTALL_CLAMD}")
    else:
        found["CLAMD_SOCKET"] = ""
    return found


def _refuse_silent(found: dict[str, str]) -> None:
    """Say in one line that a server of the environment does not answer, before anything builds on it."""
    try:
        psycopg2.connect(found["DATABASE_URL"], connect_timeout=10).close()
    except psycopg2.Error as error:
        raise Problem(f"PostgreSQL at DATABASE_URL does not answer: {_first_line(error)}") from None
    for name in ("REDIS_URL", "CACHE_URL"):
        try:
            with redis.Redis.from_url(found[name], socket_connect_timeout=10) as client:
                client.ping()
        except (redis.RedisError, ValueError) as error:
            raise Problem(f"Redis at {name} does not answer: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0]


def _other_database(url: str) -> str:
    """The cache must not share the work queue's database: the next number of the same server."""
    address, _, number = url.rpartition("/")
    if not number.isdigit():
        raise Problem("REDIS_URL must end in the number of a database (/0), or set CACHE_URL as well.")
    return f"{address}/{int(number) + 1}"
