"""The API under gunicorn with a worker and a database of their own, and partners' programs to ask it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit, urlunsplit

import requests
from django.core.management import call_command
from django.db import connection
from drf_spectacular.generators import SchemaGenerator

from accounts.models import Role as PersonRole
from accounts.models import User
from accounts.tokens import create_token
from applications.models import Enrolment, EnrolmentStatus, TradeBody
from rvss.bench.database import own_database
from rvss.bench.server import ROOT, serving
from rvss.fuzz.lists import a_list
from rvss.fuzz.requests import BASE, Fuzzer, Report, Role

NAME = "rvss_fuzz"
READS = ["enrolments:read", "results:read"]
SCOPES = [*READS, "enrolments:write", "results:write"]
# Limits have tests of their own; here they would hide what lies behind them.
SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "rvss.settings",
    "API_ANONYMOUS_RATE": "1000000/min",
    "API_TOKEN_REQUESTS_A_MINUTE": "1000000",
    "LOG_LEVEL": "ERROR",
}
Say = Callable[[str], object]


def is_fuzz_database() -> bool:
    return bool(connection.settings_dict["NAME"] == NAME)


def run_on_own_database(most: int, start: int) -> int:
    """Again, on a database and a queue that nobody else has."""
    command = [sys.executable, str(ROOT / "manage.py"), "fuzz_api"]
    arguments = ["--requests", str(most), "--seed", str(start)]
    with tempfile.TemporaryDirectory(prefix="rvss-fuzz-mail-") as mail:
        environment = {
            **os.environ,
            "DATABASE_URL": own_database(NAME),
            "REDIS_URL": another(os.environ["REDIS_URL"], 8),
            "CACHE_URL": another(os.environ["CACHE_URL"], 9),
            "EMAIL_SPOOL_DIR": mail,
        }
        return subprocess.run([*command, *arguments], env=environment, check=False).returncode


def another(address: str, number: int) -> str:
    """The address of another of Redis's databases."""
    parts = urlsplit(address)
    if "virtual_host" in parts.query:
        return urlunsplit(parts._replace(query=f"virtual_host={number}"))
    if parts.scheme.startswith("unix"):
        return urlunsplit(parts._replace(query=f"db={number}"))
    return urlunsplit(parts._replace(path=f"/{number}"))


def run(most: int, start: int, say: Say) -> bool:
    """Whether every answer was right. The log of the server is kept when one was not."""
    call_command("migrate", verbosity=0)
    roles = make_roles()
    description = SchemaGenerator().get_schema(public=True)
    with (
        tempfile.NamedTemporaryFile(prefix="rvss-fuzz-", suffix=".log", delete=False) as log,
        serving(SETTINGS, log) as server,
        working(log),
    ):
        address = f"http://127.0.0.1:{server.port}"
        make_lists(address, roles[-1], say)
        fuzzer = Fuzzer(description, sender(address), roles, known_ids, start)
        began = time.perf_counter()
        report = fuzzer.run(most, say)
        seconds = time.perf_counter() - began
    for line in table(report, seconds):
        say(line)
    if report.faults:
        say(f"The server's log: {log.name}")
    else:
        Path(log.name).unlink()
    return not report.faults


def make_roles() -> list[Role]:
    """Nobody; a stranger without a partner; one that may read; one that may do everything."""
    body, _ = TradeBody.objects.get_or_create(name="Association of Strange Requests", is_partner=True)
    roles = [Role("nobody", {})]
    for name, scopes in (("stranger", SCOPES), ("reader", READS), ("writer", SCOPES)):
        email = f"{name}-{uuid.uuid4().hex[:8]}@example.com"
        user = User.objects.create_user(email, name=name, role=PersonRole.PARTNER)
        if name != "stranger":
            body.people.add(user)
        _, secret = create_token(name=name, scopes=scopes, days=30, request_key=uuid.uuid4(), by=user)
        roles.append(Role(name, {"Authorization": f"Bearer {secret}"}))
    return roles


def known_ids() -> list[int]:
    """Some in each state, the newest of it."""
    ids: list[int] = []
    for status in EnrolmentStatus.values:
        found = Enrolment.objects.filter(status=status).order_by("-pk").values_list("pk", flat=True)
        ids += list(found[:3])
    connection.close()  # the server may take its time; no transaction waits for it
    return ids


def sender(address: str) -> Callable[[requests.PreparedRequest], Any]:
    session = requests.Session()

    def send(request: requests.PreparedRequest) -> requests.Response:
        request.url = str(request.url).replace(BASE, address, 1)
        return session.send(request, timeout=60, allow_redirects=False)

    return send


def make_lists(address: str, writer: Role, say: Say) -> None:
    """Lists in order, sent and enrolled as a partner would: so that there is something to ask for."""
    for number in range(3):
        answer = requests.post(
            f"{address}/api/v1/enrolments/", json=a_list(number), headers=writer.headers, timeout=60
        )
        answer.raise_for_status()
        where = f"{address}{answer.headers['Location']}"
        state = _wait(where, writer, {"ready", "faulty", "done", "failed"})
        if number and state in {"ready", "faulty"}:
            body = {"leave_out_faulty": True}
            requests.post(f"{where}import/", json=body, headers=writer.headers, timeout=60).raise_for_status()
            state = _wait(where, writer, {"done", "failed"})
        say(f"List {number + 1}: {state}")


def _wait(where: str, role: Role, until: set[str]) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        state = requests.get(where, headers=role.headers, timeout=60).json()["status"]
        if state in until:
            return str(state)
        time.sleep(0.3)
    raise RuntimeError(f"{where} did not get on within a minute: does the worker run?")


@contextmanager
def working(log: IO[bytes]) -> Iterator[None]:
    """A Celery worker."""
    command = [sys.executable, "-m", "celery", "-A", "rvss", "worker", "--pool", "solo", "-l", "ERROR"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "rvss.settings"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


def table(report: Report, seconds: float) -> list[str]:
    lines = [f"{report.total:,} requests in {seconds:,.0f} s, {report.total / seconds:,.0f} a second"]
    by_operation: dict[str, Counter[int]] = defaultdict(Counter)
    for (operation, _, status), count in report.sent.items():
        by_operation[operation][status] += count
    for operation, statuses in sorted(by_operation.items()):
        counts = "  ".join(f"{status}: {count:,}" for status, count in sorted(statuses.items()))
        lines.append(f"  {operation:<42}{counts}")
    lines.append(f"{len(report.faults)} kinds of fault")
    return [*lines, *(f"\n{what}\n{words}" for what, words in report.faults.items())]
