"""gunicorn on a free port, as production runs it but without TLS."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from rvss.local.redis import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
WORKERS = 2
SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "rvss.bench.settings",
    "DEBUG": "false",
    "SECURE": "false",
    "MANIFEST_STATIC_FILES": "false",
    "STAFF_MFA_REQUIRED": "false",
    "ALLOWED_HOSTS": "127.0.0.1",
    "WEB_CONCURRENCY": str(WORKERS),
    "LOG_LEVEL": "WARNING",
    "LOG_FORMAT": "plain",
}


@dataclass(frozen=True)
class Server:
    port: int
    pid: int

    def peak_memory(self) -> int:
        """The most that any worker has used so far, in MB. Zero where there is no /proc."""
        peaks = [0]
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
            except OSError:  # it has ended meanwhile
                continue
            if fields["PPid"].strip() == str(self.pid):
                peaks.append(int(fields["VmHWM"].split()[0]) // 1024)
        return max(peaks)


@contextmanager
def serving(more: Mapping[str, str] | None = None, log_to: IO[bytes] | None = None) -> Iterator[Server]:
    """`more` settings for it; what it says goes to `log_to`, or nowhere."""
    port = free_port()
    gunicorn = str(Path(sys.executable).parent / "gunicorn")
    with nullcontext(log_to) if log_to else tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [gunicorn, "--config", "rvss/gunicorn.py", "--bind", f"127.0.0.1:{port}"],
            cwd=ROOT,
            env={**os.environ, **SETTINGS, **(more or {})},
            stdout=log,
            stderr=log,
        )
        try:
            _wait(process, port)
            yield Server(port, process.pid)
        finally:
            process.terminate()
            process.wait(30)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", "/health/")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the web server did not start")
