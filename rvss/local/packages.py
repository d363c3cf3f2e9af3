"""What the operating system must bring: found missing before anything fails halfway, in one line."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from rvss.local.clamd import find_clamd
from rvss.local.problem import Problem

# Debian runs this before a package may start a service; 101 means "do not".
POLICY = Path("/usr/sbin/policy-rc.d")
FONT_FOLDERS = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts"]


class Part(NamedTuple):
    package: str  # on Debian
    what: str
    present: Callable[[], bool]


def _library(name: str) -> Callable[[], bool]:
    def present() -> bool:
        try:
            ctypes.CDLL(name)
        except OSError:
            return False
        return True

    return present


def _font(file: str) -> Callable[[], bool]:
    def present() -> bool:
        return any(next(folder.rglob(file), None) for folder in FONT_FOLDERS if folder.exists())

    return present


TO_RUN = [
    Part("libpango-1.0-0", "Pango", _library("libpango-1.0.so.0")),
    Part("libpangoft2-1.0-0", "PangoFT2", _library("libpangoft2-1.0.so.0")),
    Part("libharfbuzz-subset0", "HarfBuzz subset", _library("libharfbuzz-subset.so.0")),
    Part("libmagic1", "libmagic", _library("libmagic.so.1")),
    Part("fonts-dejavu-core", "a font", _font("*.[ot]tf")),
]
# A letter that no font has is a box in a PDF, and makes the rest of the page unreadable for a screen reader.
# DejaVu has those of Europe, of Vietnamese and of Arabic; these have Chinese, and nearly all others.
FONTS = [
    Part("fonts-droid-fallback", "Droid Sans Fallback", _font("DroidSansFallback*.ttf")),
    Part("fonts-unifont", "Unifont", _font("unifont.[ot]tf")),
]
SCANNER = Part("clamav-daemon", "clamd", lambda: find_clamd() is not None)


def find_chromium() -> str | None:
    """The path. The one without a window opens a page in a quarter of the time, so it comes first."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser")
    return next(filter(None, map(shutil.which, names)), None)


CHROMIUM = Part("chromium-headless-shell", "Chromium", lambda: find_chromium() is not None)
TO_TEST = [*TO_RUN, *FONTS, CHROMIUM, SCANNER]


def ensure(required: list[Part], *, welcome: list[Part] | None = None) -> None:
    """Install what is missing when we are root on Debian; otherwise name what is required, and stop.

    What is only `welcome` is installed with the rest where that is possible, and done without elsewhere.
    """
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _install(_missing([*required, *(welcome or [])]))
    if not (missing := _missing(required)):
        return
    names = " ".join(part.package for part in missing)
    if os.geteuid() == 0 and shutil.which("apt-get"):
        raise Problem(f"Installed, but still not found: {names}")
    if shutil.which("apt-get"):
        raise Problem(f"System packages are missing. Install them first: sudo apt-get install {names}")
    raise Problem(f"Install first: {', '.join(part.what for part in missing)} (on Debian: {names}).")


def _missing(parts: list[Part]) -> list[Part]:
    return [part for part in parts if not part.present()]


def _install(parts: list[Part]) -> None:
    if parts:
        names = [part.package for part in parts]
        print(f"Installing the system packages that are missing: {' '.join(names)}", flush=True)
        _apt_install(names)


def _apt_install(names: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *names]
    with _no_services_started():
        for command in (["apt-get", "update", "--quiet"], install):
            result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            if result.returncode:
                reason = (result.stderr.strip() or result.stdout.strip()).splitlines()[-1:]
                raise Problem(f"{' '.join(command[:2])} failed: {' '.join(reason)}")


@contextmanager
def _no_services_started() -> Iterator[None]:
    """clamav-daemon brings services that would start, and download signatures, on their own."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()
