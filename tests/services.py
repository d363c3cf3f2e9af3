"""The services that a test run uses: PostgreSQL, Redis and clamd, started before the settings load."""

from __future__ import annotations

import atexit
import os
import secrets
import tempfile
from contextlib import ExitStack
from pathlib import Path

from rvss.local.front_end import copy_compiled
from rvss.local.problem import Problem
from rvss.local.services import locked, services

ROOT = Path(__file__).resolve().parent.parent


def start_services() -> None:
    """Put the services' addresses in the environment; workers of a parallel run inherit them from it.

    The folder .local/test is used again from run to run (so --reuse-db helps). While another run has
    it, this one takes a fresh folder. Whatever was started stops when this process ends.
    """
    if "TEST_SERVICES" in os.environ:
        _keep_to_own_part(os.environ.get("PYTEST_XDIST_WORKER", ""))
        return
    copy_compiled()
    stack = ExitStack()
    atexit.register(stack.close)
    directory = ROOT / ".local" / "test"
    try:
        if "FRESH_SERVICES" in os.environ:
            raise Problem("a fresh folder was asked for")
        stack.enter_context(locked(directory))
    except Problem:
        fresh = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="rvss-test-", ignore_cleanup_errors=True)
        )
        directory = Path(fresh)
    files = directory / "files"
    files.mkdir(exist_ok=True)
    try:
        os.environ |= stack.enter_context(services(directory, durable=False, scanner_required=True))
    except Problem as problem:
        raise SystemExit(str(problem)) from None
    os.environ |= {
        "TEST_SERVICES": str(directory),
        "SECRET_KEY": secrets.token_urlsafe(50),
        "DEBUG": "false",
        # Tests speak plain HTTP and look files up where they lie.
        "SECURE": "false",
        "MANIFEST_STATIC_FILES": "false",
        # A way out must be named, as in production; nothing listens there.
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": "9",
        "FILES_DIR": str(files),
        # The access matrix asks each address 60 times; the limit has a test of its own.
        "API_ANONYMOUS_RATE": "100000/min",
        "API_TOKEN_REQUESTS_A_MINUTE": "100000",
        # Playwright runs an event loop in the thread in which a test asks the database.
        "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
    }


def _keep_to_own_part(worker: str) -> None:
    """Each worker of a parallel run has databases of its own in Redis, as it has in PostgreSQL."""
    number = int(worker.removeprefix("gw") or 0)
    for name, database in (("REDIS_URL", 2 * number + 2), ("CACHE_URL", 2 * number + 3)):
        os.environ[name] = f"{os.environ[name].rpartition('/')[0]}/{database}"
