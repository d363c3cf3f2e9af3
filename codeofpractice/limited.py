"""Opens hostile files in a process of its own, with a limit on time and on memory and without our secrets.

A worker that opened them itself would go down with the file. `python -m codeofpractice.limited JOB` reads the
file from its input and writes what it found to its output.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from codeofpractice.proforma.content import Proforma, proforma_from
from codeofpractice.reading.document import Document, Passage, ReadingRefused

ROOT = Path(__file__).resolve().parent.parent
MEGABYTE = 1024 * 1024
REFUSED, UNOPENED, LOCKED = 3, 4, 5


@dataclass(frozen=True)
class Limits:
    """Far above what an honest file of 20 MB took."""

    seconds: int = 90
    memory: int = 1536 * MEGABYTE


class LimitExceeded(Exception):
    """The file took more time or memory than any honest one."""


def run(job: str, content: bytes, *arguments: str, limits: Limits | None = None) -> tuple[int, bytes]:
    """The exit code and what was written. Raises LimitExceeded."""
    limits = limits or Limits()
    command = [sys.executable, "-m", "codeofpractice.limited", job, str(limits.seconds), str(limits.memory)]
    environment = {"PATH": "/usr/bin:/bin", "PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(
            [*command, *arguments],
            input=content,
            capture_output=True,
            timeout=limits.seconds + 10,  # when it waits instead of working
            check=False,
            cwd=ROOT,
            env=environment,
        )
    except subprocess.TimeoutExpired as error:
        raise LimitExceeded("time") from error
    if done.returncode < 0 or b"MemoryError" in done.stderr[-2000:]:
        raise LimitExceeded(f"stopped by signal {-done.returncode}" if done.returncode < 0 else "memory")
    if done.returncode not in {0, REFUSED, UNOPENED, LOCKED}:
        raise RuntimeError(done.stderr.decode("utf-8", "replace")[-500:])
    return done.returncode, done.stdout


def read_limited(content: bytes, content_type: str, *, limits: Limits | None = None) -> Document:
    """As `read_document`, apart from the worker. Raises ReadingRefused."""
    try:
        code, written = run("read", content, content_type, limits=limits)
    except LimitExceeded as error:
        raise ReadingRefused(
            "limits",
            "The text of this file took too long to take out. Save a copy without pictures and attachments, "
            "or only the part that is the plan, and upload that.",
        ) from error
    found = json.loads(written)
    if code == REFUSED:
        raise ReadingRefused(found["reason"], found["sentence"])
    passages = tuple(Passage(**row) for row in found["passages"])
    return Document(passages, extractable=found["extractable"], reason=found["reason"])


def read_proforma_limited(content: bytes, content_type: str, *, limits: Limits | None = None) -> Proforma:
    """As `read_proforma`, apart from the worker. Raises ReadingRefused."""
    try:
        code, written = run("proforma", content, content_type, limits=limits)
    except LimitExceeded as error:
        raise ReadingRefused(
            "limits",
            "This document took too long to read. Download a new pro-forma, copy your answers into it as "
            "text, and upload that.",
        ) from error
    found = json.loads(written)
    if code == REFUSED:
        raise ReadingRefused(found["reason"], found["sentence"])
    return proforma_from(found)


def unpack_limited(content: bytes, *, limits: Limits | None = None) -> bytes:
    """As `unpack`, apart from the worker. Raises CannotUnpack."""
    from codeofpractice.unpacking import CannotUnpack, Encrypted

    try:
        code, written = run("unpack", content, limits=limits)
    except LimitExceeded as error:
        raise CannotUnpack(f"limit: {error}") from error
    if code:
        raise (Encrypted if code == LOCKED else CannotUnpack)(written.decode("utf-8", "replace"))
    return written


def main(job: str, seconds: str, memory: str, *arguments: str) -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    content = sys.stdin.buffer.read()
    code, written = JOBS[job](content, *arguments)
    sys.stdout.buffer.write(written)
    return code


def _read(content: bytes, content_type: str) -> tuple[int, bytes]:
    from codeofpractice.reading.extract import read_document

    try:
        found = read_document(content, content_type)
    except ReadingRefused as refused:
        if isinstance(refused.__cause__, MemoryError):
            raise refused.__cause__ from None
        return REFUSED, json.dumps({"reason": refused.reason, "sentence": refused.sentence}).encode()
    return 0, json.dumps(asdict(found)).encode()


def _unpack(content: bytes) -> tuple[int, bytes]:
    from codeofpractice.unpacking import CannotUnpack, Encrypted, unpack

    try:
        return 0, unpack(content)
    except CannotUnpack as error:
        return LOCKED if isinstance(error, Encrypted) else UNOPENED, str(error).encode()


def _read_proforma(content: bytes, content_type: str) -> tuple[int, bytes]:
    from codeofpractice.proforma.reading import read_proforma

    try:
        found = read_proforma(content, content_type)
    except ReadingRefused as refused:
        if isinstance(refused.__cause__, MemoryError):
            raise refused.__cause__ from None
        return REFUSED, json.dumps({"reason": refused.reason, "sentence": refused.sentence}).encode()
    return 0, json.dumps(asdict(found)).encode()


JOBS: dict[str, Callable[..., tuple[int, bytes]]] = {
    "read": _read,
    "unpack": _unpack,
    "proforma": _read_proforma,
}

if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
