"""The database of the bench, its people, its pages, and the table at the end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import Role, User
from applications.models import Application, Company
from assurance.models import PlanCheck
from codeofpractice.models import PlanVersion
from rvss.bench.database import own_database
from rvss.bench.measure import CONNECTIONS, Page, Result, measure, seconds_to_read
from rvss.bench.server import ROOT, WORKERS, Server, serving

PREFIX = "rvss_bench_"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
Say = Callable[[str], object]


def is_bench_database() -> bool:
    return str(connection.settings_dict["NAME"]).startswith(PREFIX)


def run_on_own_database(companies: int, requests: int) -> int:
    """Make the bench's database beside the service's, and run again on that one."""
    command = [sys.executable, str(ROOT / "manage.py"), "bench"]
    arguments = ["--companies", str(companies), "--requests", str(requests)]
    environment = {**os.environ, "DATABASE_URL": own_database(f"{PREFIX}{companies}")}
    return subprocess.run([*command, *arguments], env=environment, check=False).returncode


def run(companies: int, requests: int, say: Say) -> None:
    call_command("migrate", verbosity=0)
    if Company.objects.count() != companies:
        say(f"Making {companies:,} companies")
        call_command("load_edition", str(ROOT / "codeofpractice" / "editions" / "2018.yaml"))
        call_command("seed_demo", companies=companies)
        settle()
    pages, files = the_pages(), the_files()
    connection.close()
    with serving() as server:
        results = [measure(server.port, page, requests) for page in pages]
        lines = [read_file(server, file) for file in files]
    for line in [*table(results, companies), *lines]:
        say(line)


def settle() -> None:
    """What autovacuum does sooner or later; until then the planner knows nothing of the rows."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("VACUUM (ANALYZE)")


def read_file(server: Server, file: Page) -> str:
    before = server.peak_memory()
    seconds, size = seconds_to_read(server.port, file)
    grown = server.peak_memory() - before
    return (
        f"CSV of {file.name}: {seconds:.2f} s for {size / 1e6:.1f} MB, worker memory +{grown} MB"
        " (agreed: 3 s at 10,000 rows, 20 MB)"
    )


def cookie_of(role: str) -> str:
    """A session of somebody with that role; of a company's, somebody with a plan under way."""
    people = User.objects.filter(role=role, is_active=True)
    if role == Role.COMPANY:
        drafts = PlanVersion.objects.filter(status="draft", plan__membership__status="active")
        people = people.filter(pk__in=drafts.values("started_by"))
    client = Client()
    client.force_login(people.earliest("pk"), backend=BACKEND)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def the_pages() -> list[Page]:
    lead, owner = cookie_of(Role.LEAD), cookie_of(Role.COMPANY)
    application = Application.objects.filter(status="accepted", questions__isnull=False).earliest("pk")
    check = PlanCheck.objects.filter(status="decided", plan_version__isnull=False).earliest("pk")
    draft = PlanVersion.objects.filter(status="draft", plan__membership__status="active").earliest("pk")
    queue = reverse("applications:queue")
    in_full = reverse("applications:application", kwargs={"reference": application.reference})
    plan = reverse("codeofpractice:plan", kwargs={"number": draft.plan.membership.number})
    return [
        Page("floor: one query, 25 rows", reverse("floor", "rvss.bench.urls"), "", None),
        Page("list of applications", f"{queue}?status=every", lead, 5),
        Page("list with filter and search", f"{queue}?status=every&region=TLI&q=hire", lead, 6),
        Page("application in full", in_full, lead, 8),
        Page("check in full", reverse("assurance:check", kwargs={"pk": check.pk}), lead, 8),
        Page("plan in full", plan, owner, 8),
        Page("take-up dashboard", reverse("reviews:take_up"), lead, 6),
        Page("home of a lead", reverse("home"), lead, None),
        Page("register, searched", f"{reverse('applications:register')}?q=van", "", None),
        Page("record of changes", reverse("accounts:record"), cookie_of(Role.ADMINISTRATOR), None),
    ]


def the_files() -> list[Page]:
    queue = f"{reverse('applications:queue_csv')}?status=every&sort=name"
    return [
        Page("the queue", queue, cookie_of(Role.LEAD), None),
        Page("the register", reverse("applications:register_csv"), "", None),
    ]


def table(results: list[Result], companies: int) -> list[str]:
    floor = results[0]
    lines = [
        f"{companies:,} companies, gunicorn with {WORKERS} workers, connections that stay open; "
        f"rates over {CONNECTIONS} connections",
        f"{'page':<30}{'p50 ms':>8}{'p95 ms':>8}{'floors':>8}{'agreed':>8}{'per s':>8}{'floors':>8}{'kB':>7}",
    ]
    for result in results:
        agreed = f"{result.page.most:g}" if result.page.most else ""
        lines.append(
            f"{result.page.name:<30}{result.p50:>8.1f}{result.p95:>8.1f}{result.p50 / floor.p50:>8.1f}"
            f"{agreed:>8}{result.rate:>8.0f}{floor.rate / result.rate:>8.1f}{result.size / 1000:>7.0f}"
        )
    return lines
