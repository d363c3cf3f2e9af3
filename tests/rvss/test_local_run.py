"""`make run`: what it says when it cannot start."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)


def refused(**given: str) -> str:
    """The one line with which a start that cannot succeed ends."""
    result = subprocess.run(
        [sys.executable, "-m", "rvss.local", "run"],
        cwd=ROOT,
        env={**os.environ, **given},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1, result.stderr
    return result.stderr.strip()


def test_a_port_in_use() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert refused(PORT=str(port)) == (
            f"Port {port} is in use: stop what uses it, or choose one: PORT=8001 make run"
        )


@pytest.mark.parametrize("port", ["eighty", "0", "65536", "-1"])
def test_a_port_that_is_none(port: str) -> None:
    assert refused(PORT=port) == f"PORT is {port!r}; it must be a number from 1 to 65535."
