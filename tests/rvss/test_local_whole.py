"""`make run` from beginning to end: in a copy of its own, stopped with Ctrl-C, and started again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from django.conf import settings

from rvss.local.redis import free_port

ROOT = Path(settings.BASE_DIR)
pytestmark = pytest.mark.slow
COUNT = "from accounts.models import User; print(User.objects.count())"


@pytest.fixture
def clone() -> Iterator[Path]:
    """What a commit of the working tree would hold, with the packages that are installed already."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    with tempfile.TemporaryDirectory(prefix="rvss-run-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder) / "a clone"
        for name in names:
            if name and (ROOT / name).is_file():
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, copy / name)
        for made in (".venv", "node_modules"):
            (copy / made).symlink_to((ROOT / made).resolve())
        yield copy


def bare() -> dict[str, str]:
    """The environment of somebody who set nothing."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}


def start(clone: Path, port: int) -> tuple[subprocess.Popen[str], list[str]]:
    """Start, and read what is printed up to the address of the service."""
    command = [sys.executable, "-m", "rvss.local", "run"]
    run = subprocess.Popen(
        command,
        cwd=clone,
        env={**bare(), "PORT": str(port)},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert run.stdout is not None
    late = threading.Timer(300, run.kill)
    late.start()
    printed = []
    for line in run.stdout:
        printed.append(line)
        if "The service is at" in line:
            break
    late.cancel()
    assert printed[-1].startswith(f"The service is at http://127.0.0.1:{port}/"), "".join(printed)
    return run, printed


def stop(run: subprocess.Popen[str], clone: Path) -> None:
    run.send_signal(signal.SIGINT)
    said, _ = run.communicate(timeout=60)
    assert run.returncode == 0
    assert said.strip().endswith("Stopped. The data is kept in .local for the next run.")
    assert "Traceback" not in said
    left = [
        process
        for process in psutil.process_iter(["cmdline"])
        if str(clone) in " ".join(process.info["cmdline"] or [])
    ]
    assert left == []


def within(clone: Path, *words: str) -> str:
    """What a command says that uses the services which are running."""
    command = [sys.executable, "-m", "rvss.local", "with", sys.executable, "manage.py", *words]
    return subprocess.run(command, cwd=clone, env=bare(), capture_output=True, text=True, check=True).stdout


def test_the_service_starts_stops_and_keeps_its_data(clone: Path) -> None:
    port = free_port()
    run, printed = start(clone, port)
    try:
        assert "@example" in "".join(printed), "the sign-ins are not printed"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
            assert answer.status == 200
        within(clone, "create_administrator", "jo.archer@example.org", "Jo Archer")
        people = int(within(clone, "shell", "--verbosity", "0", "--command", COUNT))
        assert people > 1
    finally:
        stop(run, clone)
    run, _ = start(clone, port)
    try:
        assert int(within(clone, "shell", "--verbosity", "0", "--command", COUNT)) == people
    finally:
        stop(run, clone)
