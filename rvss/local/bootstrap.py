"""Makes .venv from the lock. The system's Python runs this before anything is installed."""

from __future__ import annotations

import filecmp
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements-dev.lock"
SYNCED = VENV / ".synced-lock"


def main() -> None:
    if sys.version_info[:2] != (3, 11):
        raise SystemExit(f"Python 3.11 is needed, this is {sys.version.split()[0]}.")
    if PYTHON.exists() and SYNCED.exists() and filecmp.cmp(LOCK, SYNCED, shallow=False):
        return
    if (
        not PYTHON.exists()
        or subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True).returncode
    ):
        make_venv()
    print("Installing the Python packages of requirements-dev.lock", flush=True)
    if not sync_with_uv():
        print("uv could not; installing with pip instead", flush=True)
        install([PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "--requirement", LOCK])
    shutil.copyfile(LOCK, SYNCED)


def make_venv() -> None:
    shutil.rmtree(VENV, ignore_errors=True)
    if subprocess.run([sys.executable, "-m", "venv", VENV], capture_output=True).returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        raise SystemExit(
            "Python's venv module is incomplete: install it first (apt-get install python3.11-venv)."
        )


def sync_with_uv() -> bool:
    """Bring .venv to exactly what the lock says, through the uv that the lock itself pins."""
    with tempfile.TemporaryDirectory() as folder:
        only_uv = Path(folder) / "uv.lock"
        only_uv.write_text(locked_entry("uv"))
        command: list[str | Path] = [
            PYTHON,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--require-hashes",
            "--requirement",
            only_uv,
        ]
        install(command)
    sync: list[str | Path] = ["pip", "sync", "--quiet", "--require-hashes", "--python", PYTHON, LOCK]
    # Behind a company's proxy only the system's certificates know the mirror; uv brings its own list.
    environment = {"UV_SYSTEM_CERTS": "1", **os.environ}
    return subprocess.run([VENV / "bin" / "uv", *sync], cwd=ROOT, env=environment).returncode == 0


def locked_entry(name: str) -> str:
    """The lines of the lock that pin one package, hashes included."""
    found = re.search(rf"^{re.escape(name)}==(?:.*\\\n)+.*\n", LOCK.read_text(), re.MULTILINE)
    if found is None:
        raise SystemExit(f"{LOCK.name} does not pin {name}: run make lock.")
    return found.group()


def install(command: Sequence[str | Path]) -> None:
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    if subprocess.run(command, cwd=ROOT, env=environment).returncode:
        raise SystemExit(
            "The Python packages could not be installed: check the network or pip's mirror settings."
        )


if __name__ == "__main__":
    main()
