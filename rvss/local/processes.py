"""Child processes that start in order and stop in reverse, and never outlive the next start."""

from __future__ import annotations

import json
import pwd
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from rvss.local.problem import Problem

STOP_WITHIN_SECONDS = 20


@dataclass(frozen=True)
class Child:
    name: str
    popen: subprocess.Popen[bytes]
    stop_signal: signal.Signals
    log: Path

    def last_line(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it wrote nothing"


class Processes:
    """Starts children in their own sessions, so that Ctrl-C reaches us alone and we decide the order.

    Each child's id and start time are written down. When we are killed outright, the next start finds
    what was left running and ends it; a process that merely got the same id is left alone.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.record = directory / "processes.json"
        self.children: list[Child] = []

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        user: str | None = None,
        env: Mapping[str, str] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> Child:
        log = self.directory / f"{name}.log"
        with log.open("wb") as output:
            popen = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **as_account(user),
                env=dict(env) if env is not None else None,
            )
        child = Child(name, popen, stop_signal, log)
        self.children.append(child)
        self._write_down()
        return child

    def dead(self) -> Child | None:
        """The first child that has ended by itself, if any."""
        return next((child for child in self.children if child.popen.poll() is not None), None)

    def stop_all(self) -> None:
        while self.children:
            child = self.children[-1]
            _stop(child.popen.pid, child.stop_signal)
            child.popen.wait()
            self.children.pop()
            self._write_down()

    def end_leftovers(self) -> list[str]:
        """End what an earlier start left running; returns the names. Call with the directory locked."""
        if not self.record.exists():
            return []
        ended = []
        for entry in reversed(json.loads(self.record.read_text() or "[]")):
            if _is_same_process(entry["pid"], entry["started"]):
                _stop(entry["pid"], signal.Signals(entry["signal"]))
                ended.append(entry["name"])
        self.record.unlink()
        return ended

    def _write_down(self) -> None:
        entries = []
        for child in self.children:
            try:
                started = psutil.Process(child.popen.pid).create_time()
            except psutil.NoSuchProcess:
                continue
            entries.append(
                {
                    "name": child.name,
                    "pid": child.popen.pid,
                    "started": started,
                    "signal": int(child.stop_signal),
                }
            )
        unfinished = self.record.with_suffix(".new")
        unfinished.write_text(json.dumps(entries))
        unfinished.replace(self.record)


def as_account(user: str | None) -> dict[str, Any]:
    """Popen's arguments that give up root, its groups too, for `user`; nothing for None."""
    if user is None:
        return {}
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def wait_until_ready(child: Child, ready: Path | None = None, *, seconds: float = 30) -> None:
    """Wait for a file that the child makes when it is ready, such as its socket."""
    deadline = time.monotonic() + seconds
    while ready is not None and not ready.exists():
        if child.popen.poll() is not None:
            raise Problem(f"{child.name} did not start: {child.last_line()} (see {child.log})")
        if time.monotonic() > deadline:
            raise Problem(f"{child.name} was not ready after {seconds:.0f} seconds; see {child.log}")
        time.sleep(0.02)


def _is_same_process(pid: int, started: float) -> bool:
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and abs(process.create_time() - started) < 0.01
    except psutil.NoSuchProcess:
        return False


def _stop(pid: int, stop_signal: signal.Signals) -> None:
    """Ask, wait, and only then kill, the process and whatever it started."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        process.send_signal(stop_signal)
    except psutil.NoSuchProcess:
        return
    _, alive = psutil.wait_procs(family, timeout=STOP_WITHIN_SECONDS)
    for survivor in alive:
        survivor.kill()
    psutil.wait_procs(alive, timeout=5)
