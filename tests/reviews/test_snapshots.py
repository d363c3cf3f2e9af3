"""Snapshots of the figures, and the estimates that they are held against."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.models import AuditEvent
from reviews import statistics
from reviews.models import SectorEstimate, Snapshot
from reviews.services import EstimateError, load_sector_estimates, take_snapshot
from reviews.services.estimates import COLUMNS
from reviews.tasks import take_snapshot as take_snapshot_task
from tests import factories
from tests.cast import Cast
from tests.reviews.make import check_member, seed_scheme

HEADER = ",".join(COLUMNS)
GOOD = '2019,,,,"2,400",2000,3000,,Fictional Hire Census,2019-09-01'


def test_once_an_hour(cast: Cast) -> None:
    first = take_snapshot()
    assert take_snapshot() == first
    assert take_snapshot_task() == first.sha256
    assert Snapshot.objects.count() == 1
    assert take_snapshot(even_if_fresh=True) != first


def test_the_next_hour_counts_again(cast: Cast) -> None:
    old = Snapshot.objects.create(
        taken_at=timezone.now() - timedelta(hours=1), figures=_figures_now(), sha256="0" * 64
    )
    new = take_snapshot()
    assert new != old
    assert Snapshot.objects.first() == new
    assert new.sha256 == statistics.digest(new.figures)


def _figures_now() -> dict[str, object]:
    now = timezone.now()
    return statistics.to_json(
        statistics.collect(
            period_from=date(2018, 12, 6), period_to=timezone.localdate(), as_of=now, checks_as_of=now
        )
    )


def test_a_snapshot_never_changes(cast: Cast) -> None:
    snapshot = take_snapshot()
    with pytest.raises(DatabaseError, match="append_only"), transaction.atomic():
        Snapshot.objects.filter(pk=snapshot.pk).update(sha256="0" * 64)


def test_before_any_company_and_any_check(db: None) -> None:
    figures = statistics.from_json(take_snapshot().figures)
    assert (figures.members, figures.applications, figures.joined) == (0, 0, 0)
    headline, months, *_ = statistics.build_tables(figures)
    assert headline.rows[2][1].text == "0"
    assert months.rows[0][0].text == "December 2018 (from 6 December)"


def test_findings_of_a_few_more_checks_wait(cast: Cast) -> None:
    """Else subtracting one snapshot from the next would tell what was found at one member."""
    seed_scheme(cast)
    first = statistics.from_json(take_snapshot().figures)
    for expected, waiting in ((0, 4), (5, 1)):
        for _ in range(waiting):
            check_member(cast, factories.MembershipFactory(), met=False)
        later = statistics.from_json(take_snapshot(even_if_fresh=True).figures)
        assert later.compliance.assessed - first.compliance.assessed == expected
        assert later.compliance.as_of == (first.compliance.as_of if expected == 0 else later.as_of)
        assert later.members > first.members


def test_command_takes_one(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("take_snapshot")
    snapshot = Snapshot.objects.get()
    assert snapshot.sha256 in capsys.readouterr().out


# --- Sector estimates ---------------------------------------------------------------------------


def test_loads_codes_and_words_and_replaces(db: None) -> None:
    lines = [
        HEADER,
        GOOD,
        "2019,London,,,300,250,350,9000,Fictional Hire Census,2019-09-01",
        "2019,,micro,,900,800,1000,,Fictional Hire Census,2019-09-01",
    ]
    assert load_sector_estimates(lines=lines, by=None) == 3
    assert SectorEstimate.objects.get(region="TLI").vehicles == 9000
    assert SectorEstimate.objects.get(fleet_band="micro").companies == 900
    again = [HEADER, GOOD.replace("Census,", "Survey,")]
    assert load_sector_estimates(lines=again, by=None) == 1
    overall = SectorEstimate.objects.get(region="", fleet_band="", rental_model="")
    assert (overall.companies, overall.source) == (2400, "Fictional Hire Survey")
    assert AuditEvent.objects.filter(verb="sector_estimates.loaded").count() == 2


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("x" + GOOD, "Row 3, column year: x2019 is not a whole number from 2010 to 2100."),
        (GOOD.replace("2019,,", "2019,Wessex,"), "Row 3, column region: Wessex is not one of: North East;"),
        (GOOD.replace('"2,400"', ""), "Row 3, column companies: nothing is not a whole number"),
        (GOOD.replace("3000", "2300"), "Row 3, column companies: it must be from companies_low to"),
        (GOOD.replace("Fictional Hire Census", ""), "Row 3, column source: say where the estimate comes"),
        (GOOD.replace("2019-09-01", "1/9/2019"), "Row 3, column source_date: 1/9/2019 is not a date like"),
        (GOOD, "Row 3 is for the same year and group as row 2."),
    ],
)
def test_one_bad_row_and_nothing_is_loaded(db: None, line: str, problem: str) -> None:
    with pytest.raises(EstimateError) as caught:
        load_sector_estimates(lines=[HEADER, GOOD, line], by=None)
    assert any(found.startswith(problem) for found in caught.value.problems), caught.value.problems
    assert not SectorEstimate.objects.exists()


def test_missing_columns_and_rows_are_named(db: None) -> None:
    with pytest.raises(EstimateError, match="Missing: source_date"):
        load_sector_estimates(lines=[HEADER.removesuffix(",source_date")], by=None)
    with pytest.raises(EstimateError, match="no rows"):
        load_sector_estimates(lines=[HEADER], by=None)


def test_command_loads_a_file(db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "estimates.csv"
    path.write_text(f"\ufeff{HEADER}\n{GOOD}\n", encoding="utf-8")
    call_command("load_sector_estimates", str(path))
    assert SectorEstimate.objects.get().source_date == date(2019, 9, 1)
    path.write_text(f"{HEADER}\n{GOOD}\n{GOOD}\n")
    with pytest.raises(CommandError, match=r"Nothing was loaded.\nRow 3 is for the same"):
        call_command("load_sector_estimates", str(path))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_sector_estimates", str(tmp_path / "none.csv"))
