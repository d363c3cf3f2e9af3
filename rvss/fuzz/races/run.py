"""The service under gunicorn, with a database of its own, and a campaign against it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from django.core.management import call_command
from django.db import connection

from accounts.chain import verify_chain
from codeofpractice.models import Edition
from rvss.bench.database import own_database
from rvss.bench.server import ROOT, serving
from rvss.fuzz.races.breaking import gate_before_commits
from rvss.fuzz.races.campaign import Campaign, Report, Say
from rvss.fuzz.races.world import World
from rvss.fuzz.run import another

NAME = "rvss_fuzz_races"
# As many threads as there are posts at once. Limits, and who reads a second time, have tests of their own.
SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "rvss.settings",
    "WEB_CONCURRENCY": "5",
    "API_TOKEN_REQUESTS_A_MINUTE": "1000000",
    "SECOND_READING_SHARE": "0",
    "LOG_LEVEL": "ERROR",
}


def is_own_database() -> bool:
    return bool(connection.settings_dict["NAME"] == NAME)


def run_on_own_database(rounds: int, seed: int) -> int:
    """Again, on a database and a queue that nobody else has."""
    command = [sys.executable, str(ROOT / "manage.py"), "fuzz_races"]
    with tempfile.TemporaryDirectory(prefix="rvss-fuzz-races-") as folder:
        environment = {
            **os.environ,
            "DATABASE_URL": own_database(NAME),
            "REDIS_URL": another(os.environ["REDIS_URL"], 12),
            "CACHE_URL": another(os.environ["CACHE_URL"], 13),
            "FILES_DIR": folder,
            "SECURE": "false",
            "SECOND_READING_SHARE": "0",
            "LOG_LEVEL": "CRITICAL",
        }
        arguments = ["--rounds", str(rounds), "--seed", str(seed)]
        return subprocess.run([*command, *arguments], env=environment, check=False).returncode


def run(rounds: int, seed: int, say: Say) -> bool:
    """Whether each round had one outcome and told everybody. The log is kept when one had not."""
    call_command("migrate", verbosity=0)
    call_command("load_edition", "codeofpractice/editions/2018.yaml", verbosity=0)
    with (
        tempfile.NamedTemporaryFile(prefix="rvss-fuzz-races-", suffix=".log", delete=False) as log,
        serving(SETTINGS, log) as server,
    ):
        report = race_against(server.port, os.environ["DATABASE_URL"], rounds, seed, say)
    for line in report.lines():
        say(line)
    if report.faults:
        say(f"The server's log: {log.name}")
    else:
        Path(log.name).unlink()
    return not report.faults


def race_against(port: int, database: str, rounds: int, seed: int, say: Say) -> Report:
    edition = Edition.objects.get(code="2018")
    with gate_before_commits(database) as gate:
        report = Campaign(World(port, edition), gate, seed).run(rounds, say)
    if problem := verify_chain().problem:
        report.faults.append(f"the record: {problem}")
    return report
