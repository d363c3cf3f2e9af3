"""PostgreSQL and Redis of a developer's machine: kept data, crashes, and servers that are given."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest
import redis

from rvss.local.packages import Part, ensure
from rvss.local.postgres import UNPRIVILEGED
from rvss.local.problem import Problem
from rvss.local.processes import Processes, as_account
from rvss.local.redis import free_port
from rvss.local.services import locked, services

GIVEN = ("DATABASE_URL", "REDIS_URL", "CACHE_URL", "CLAMD_SOCKET")
HOLD = """
import sys, time
from pathlib import Path
from rvss.local.services import locked, services
folder = Path(sys.argv[1])
with locked(folder), services(folder, durable=True, scanner_required=False) as found:
    print(found["DATABASE_URL"], flush=True)
    time.sleep(120)
"""


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of somebody who set nothing, without the scanner, which takes a second to start."""
    for name in GIVEN:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLAMD_SOCKET", "/nonexistent/clamd.socket")


@pytest.fixture
def folder() -> Iterator[Path]:
    """Outside pytest's own folder: that one is closed, again at each start, to PostgreSQL's account."""
    with tempfile.TemporaryDirectory(prefix="rvss-test-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def write(found: dict[str, str], word: str) -> None:
    connection = psycopg2.connect(found["DATABASE_URL"])
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
        cursor.execute("INSERT INTO kept VALUES (%s)", [word])
    connection.close()
    with redis.Redis.from_url(found["REDIS_URL"]) as client:
        client.rpush("kept", word)


def read(found: dict[str, str]) -> tuple[list[str], list[str]]:
    connection = psycopg2.connect(found["DATABASE_URL"])
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT word FROM kept ORDER BY 1")
        rows = [word for (word,) in cursor.fetchall()]
    connection.close()
    with redis.Redis.from_url(found["REDIS_URL"]) as client:
        return rows, [word.decode() for word in client.lrange("kept", 0, -1)]


def test_a_second_start_keeps_the_data(bare: None, folder: Path) -> None:
    with services(folder, durable=True, scanner_required=False) as found:
        write(found, "first")
    with services(folder, durable=True, scanner_required=False) as found:
        write(found, "second")
        assert read(found) == (["first", "second"], ["first", "second"])


def test_nothing_runs_on_after_a_stop(bare: None, folder: Path) -> None:
    with services(folder, durable=True, scanner_required=False):
        mine = [psutil.Process(number) for number in recorded(folder)]
        assert sorted(process.name() for process in mine) == ["postgres", "redis-server"]
    assert not any(child.is_running() for child in mine)


def test_a_killed_run_leaves_nothing_in_the_way(bare: None, folder: Path) -> None:
    """Killed outright, it stops nothing; the next start ends what was left, and goes on."""
    holder = subprocess.Popen([sys.executable, "-c", HOLD, folder], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    first = {"DATABASE_URL": holder.stdout.readline().strip()}
    assert first["DATABASE_URL"], "it did not start"
    left = [psutil.Process(entry) for entry in recorded(folder)]
    assert len(left) == 2
    holder.kill()
    holder.wait()
    assert all(process.is_running() for process in left)
    with locked(folder), services(folder, durable=True, scanner_required=False) as found:
        assert not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in left)
        write(found, "after")
        assert read(found) == (["after"], ["after"])


def recorded(directory: Path) -> list[int]:
    return [entry["pid"] for entry in json.loads((directory / "processes.json").read_text())]


def test_a_stale_lock_of_postgres_that_names_another_program_is_cleared(bare: None, folder: Path) -> None:
    with services(folder, durable=True, scanner_required=False) as found:
        write(found, "kept")
    # As after a power cut, when the number has gone to another program of the same account by now.
    account = as_account(UNPRIVILEGED if os.geteuid() == 0 else None)
    bystander = subprocess.Popen(["sleep", "60"], **account)
    try:
        stale = f"{bystander.pid}\n{folder}/postgres\n0\n5432\n\n\n\n"
        (folder / "postgres" / "postmaster.pid").write_text(stale)
        with services(folder, durable=True, scanner_required=False) as found:
            assert read(found) == (["kept"], ["kept"])
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_process_that_got_the_same_number_is_left_alone(tmp_path: Path) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        started = psutil.Process(bystander.pid).create_time() - 100
        entry = {"name": "redis", "pid": bystander.pid, "started": started, "signal": int(signal.SIGKILL)}
        (tmp_path / "processes.json").write_text(json.dumps([entry]))
        assert Processes(tmp_path).end_leftovers() == []
        time.sleep(0.1)
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_folder_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(Problem) as refused, locked(tmp_path):
        pass
    assert str(refused.value) == f"{tmp_path} is in use by process {os.getpid()}: stop that one first."


def test_a_lock_whose_holder_is_gone_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("999999")
    with locked(tmp_path):
        assert (tmp_path / "lock").read_text() == str(os.getpid())


def test_servers_that_are_given_are_used_and_none_is_started(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {name: os.environ[name] for name in GIVEN}
    with services(folder, durable=True, scanner_required=False) as found:
        assert found == given
        assert list(folder.iterdir()) == []
    monkeypatch.delenv("CACHE_URL")
    monkeypatch.setenv("REDIS_URL", f"{given['REDIS_URL'].rpartition('/')[0]}/40")
    with services(folder, durable=True, scanner_required=False) as found:
        assert found["CACHE_URL"] == f"{given['REDIS_URL'].rpartition('/')[0]}/41"


@pytest.mark.parametrize("missing", ["DATABASE_URL", "REDIS_URL"])
def test_one_address_alone_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.setenv(missing, "")
    with pytest.raises(Problem, match="Set both DATABASE_URL and REDIS_URL"):
        services(folder, durable=True, scanner_required=False).__enter__()


@pytest.mark.parametrize(
    ("name", "scheme", "server"),
    [
        ("DATABASE_URL", "postgresql", "PostgreSQL"),
        ("REDIS_URL", "redis", "Redis"),
        ("CACHE_URL", "redis", "Redis"),
    ],
)
def test_a_server_that_does_not_answer_is_named_in_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, scheme: str, server: str
) -> None:
    monkeypatch.setenv(name, f"{scheme}://127.0.0.1:{free_port()}/0")
    with pytest.raises(Problem) as refused:
        services(folder, durable=True, scanner_required=False).__enter__()
    assert str(refused.value).startswith(f"{server} at {name} does not answer: ")
    assert "\n" not in str(refused.value)


NOWHERE = Part("libnowhere1", "Nowhere", lambda: False)


@pytest.mark.parametrize("with_apt", [True, False])
def test_a_missing_library_is_named_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, with_apt: bool
) -> None:
    if with_apt:
        (tmp_path / "apt-get").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Problem) as refused:
        ensure([NOWHERE])
    assert str(refused.value) == (
        "System packages are missing. Install them first: sudo apt-get install libnowhere1"
        if with_apt
        else "Install first: Nowhere (on Debian: libnowhere1)."
    )


def test_what_is_only_welcome_stops_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    ensure([], welcome=[NOWHERE])
