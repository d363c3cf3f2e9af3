"""The settings that a developer's machine gives the service: addresses, and secrets of its own."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rvss.local.problem import Problem
from rvss.local.services import locked, services

ROOT = Path(__file__).resolve().parent.parent.parent
LOCAL = ROOT / ".local"
RUN = LOCAL / "run"
SECRETS = LOCAL / "secrets.json"
SHARED = RUN / "environment.json"


@contextmanager
def development(port: int = 8000) -> Iterator[dict[str, str]]:
    """Hold .local/run, start the services, and yield the whole environment of the service."""
    with locked(RUN), services(RUN, durable=True, scanner_required=False) as found:
        environment = {**_defaults(port), **os.environ, **found}
        _write_private(SHARED, {name: environment[name] for name in {*_defaults(port), *found}})
        try:
            yield environment
        finally:
            SHARED.unlink(missing_ok=True)


@contextmanager
def running_or_development() -> Iterator[dict[str, str]]:
    """The environment of what `make run` has up at the moment; otherwise services just for this while."""
    if (running := _running()) is not None:
        yield {**os.environ, **running}
    else:
        with development() as environment:
            yield environment


def _running() -> dict[str, str] | None:
    try:
        with locked(RUN):
            return None
    except Problem:
        return json.loads(SHARED.read_text()) if SHARED.exists() else None


def _defaults(port: int) -> dict[str, str]:
    return {
        "DEBUG": "true",
        "SECRET_KEY": _secret_key(),
        "BASE_URL": f"http://127.0.0.1:{port}",
        "EMAIL_SPOOL_DIR": str(LOCAL / "mail"),
        "FILES_DIR": str(LOCAL / "files"),
    }


def _secret_key() -> str:
    """Made once for this clone, so that a second run keeps sign-ins and second factors readable."""
    if not SECRETS.exists():
        LOCAL.mkdir(exist_ok=True)
        _write_private(SECRETS, {"SECRET_KEY": secrets.token_urlsafe(50)})
    return str(json.loads(SECRETS.read_text())["SECRET_KEY"])


def _write_private(path: Path, values: Mapping[str, str]) -> None:
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    unfinished.write_text(json.dumps(values, indent=1))
    unfinished.replace(path)
