"""A fixed slice of `make fuzz-races`: twenty posts at once have one outcome, and everybody is told."""

from __future__ import annotations

import tempfile

import pytest

from rvss.bench.server import serving
from rvss.celery import app
from rvss.fuzz.races.campaign import NAMED, SLICE
from rvss.fuzz.races.run import SETTINGS, race_against
from tests import factories as make
from tests.browser.conftest import database_url


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_one_outcome_each_and_a_word_to_everybody() -> None:
    make.EditionFactory()
    settings = {**SETTINGS, "DATABASE_URL": database_url()}
    with tempfile.TemporaryFile() as log, serving(settings, log) as server:
        report = race_against(server.port, database_url(), SLICE, 1, print)
        app.control.purge()  # messages that nobody is to send
        log.seek(0)
        assert report.faults == [], log.read().decode()
    counts = report.counts
    assert set(counts) == {*(kind.__name__ for kind in NAMED), "database lost", "hung up"}
    assert all(row["rounds"] == row["outcomes"] == 1 for row in counts.values())
    assert all(row["first"] + row["told"] == 20 for name, row in counts.items() if " " not in name)
    assert counts["database lost"]["lost"] >= 1
    assert counts["hung up"]["no answer"] >= 1
