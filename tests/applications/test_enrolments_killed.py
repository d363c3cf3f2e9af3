"""A worker process is killed in the middle of an import, and another one goes on where it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from applications import services
from applications.models import EnrolledCompany, Enrolment, Invitation
from applications.tasks import sweep_enrolments
from rvss.celery import app
from tests.applications.enrolments import receive, rows
from tests.browser.conftest import database_url, wait_for
from tests.cast import build_cast

ROWS = 2000
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def start_worker(folder: Path) -> subprocess.Popen[bytes]:
    """In a session of its own, so that it can be killed with whatever it has started."""
    return subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "rvss", "worker", "--pool", "prefork", "-c", "1"],
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "rvss.settings",
            "DATABASE_URL": database_url(),
            "EMAIL_SPOOL_DIR": str(folder),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Any]:
    """Starts workers; at the end none is left, and nothing in the queue for other tests' workers."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        started.append(start_worker(tmp_path))
        return started[-1]

    app.control.purge()
    yield start
    for process in started:
        kill(process)
    app.control.purge()


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill it and wait until the database has noticed: a commit on its way may still go through."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)
        wait_for(is_alone, "the database to let go of the killed worker")


def is_alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT NOT EXISTS (SELECT FROM pg_stat_activity"
            " WHERE datname = current_database() AND backend_type = 'client backend'"
            " AND pid <> pg_backend_pid())"
        )
        return bool(cursor.fetchone()[0])


def progress(enrolment: Enrolment) -> int:
    enrolment.refresh_from_db()
    return enrolment.imported_count


def test_killed_in_the_middle_it_goes_on_where_it_was(workers: Any) -> None:
    cast = build_cast()
    enrolment = receive(cast.trade_body, cast.partner, rows(ROWS))
    services.start_import(enrolment=enrolment, leave_out_faulty=False, by=cast.partner)
    first = workers()
    wait_for(lambda: progress(enrolment) >= 300, "the import to begin", seconds=60)
    kill(first)
    done = progress(enrolment)
    assert 300 <= done < ROWS, "it was killed too late to show anything"
    assert enrolment.status == "importing"
    time.sleep(0.2)
    assert progress(enrolment) == done
    assert EnrolledCompany.objects.count() == done, "what was done is done, and nothing by halves"

    workers()
    Enrolment.objects.update(worked_at=timezone.now() - timedelta(minutes=2))
    assert sweep_enrolments() == 1
    wait_for(lambda: progress(enrolment) == ROWS, "the import to end", seconds=120)
    wait_for(lambda: Enrolment.objects.filter(status="done").exists(), "the list to be done")
    assert EnrolledCompany.objects.count() == Invitation.objects.count() == ROWS
    assert enrolment.rows.filter(outcome="new").count() == ROWS
    numbers = EnrolledCompany.objects.values_list("company_number", flat=True)
    assert len(set(numbers)) == ROWS
