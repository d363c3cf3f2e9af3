"""The bench runs from nothing to its table."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from django.conf import settings

from rvss.bench.measure import Page, Result
from rvss.bench.run import PREFIX, table
from tests.databases import copy_migrated


def test_ratios_are_to_the_floor_which_is_measured_first() -> None:
    floor = Result(Page("floor", "/", "", None), p50=2.0, p95=3.0, rate=800.0, size=2000)
    page = Result(Page("list", "/list/", "", 5), p50=9.0, p95=12.0, rate=200.0, size=30_000)
    lines = [line.split() for line in table([floor, page], 10_000)]
    assert lines[2] == ["floor", "2.0", "3.0", "1.0", "800", "1.0", "2"]
    assert lines[3] == ["list", "9.0", "12.0", "4.5", "5", "200", "4.0", "30"]


@pytest.mark.xdist_group("production")
def test_the_whole_bench_on_a_small_scheme() -> None:
    copy_migrated(f"{PREFIX}80")
    result = subprocess.run(
        [sys.executable, "manage.py", "bench", "--companies", "80", "--requests", "2"],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "rvss.settings"},
        capture_output=True,
        text=True,
        timeout=600,  # seconds: it seeds that database
        check=False,
    )
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    names = {re.split(r"  +", line)[0] for line in lines}
    assert {"list of applications", "check in full", "plan in full", "take-up dashboard"} <= names
    assert re.fullmatch(r"CSV of the register: [0-9.]+ s for .*", lines[-1])
