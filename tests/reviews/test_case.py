"""Vehicles in the case for mandatory footing: shown only where they are not mostly one company's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from applications.models import Company
from reviews.statistics.case import case_tables
from reviews.statistics.cells import Table
from reviews.statistics.estimation import Stratum
from reviews.statistics.figures import Figures, Fleet
from tests.cast import Cast
from tests.factories import CompanyFactory, MembershipFactory
from tests.reviews.test_statistics import count_now, figures_of

pytestmark = pytest.mark.django_db


def with_fleet(vehicles: int, largest: int) -> Figures:
    """60 members, of whom 50 were checked: 40 met the one point and 10 did it partly."""
    figures = figures_of([60], [60], [(40, 10, 0, 0)], [50, 0, 0, 0])
    (edition,) = figures.compliance.editions
    (point,) = edition.points
    point = replace(point, strata=(Stratum(population=60, checked=50, applies=50, met=40),))
    compliance = replace(figures.compliance, editions=(replace(edition, points=(point,)),))
    return replace(figures, compliance=compliance, fleet=Fleet(vehicles, largest))


def table(figures: Figures, name: str) -> Table:
    return next(made for made in case_tables(figures) if made.name == name)


def vehicles_shown(figures: Figures) -> tuple[str, list[str]]:
    """That of all members, and those of members that would fall short with their limits."""
    (everybody,) = (
        row[1].text for row in table(figures, "operators").rows if row[0].text == "Vehicles of members"
    )
    (row,) = table(figures, "mandate-2018").rows
    return everybody, [cell.text for cell in row[4:]]


def test_vehicles_are_shown_up_to_half_with_one_company() -> None:
    everybody, short = vehicles_shown(with_fleet(1000, 500))
    assert (everybody, short[0]) == ("1,000", "200")
    assert "[c]" not in short
    assert "1,000 vehicles" in table(with_fleet(1000, 500), "mandate-2018").note


def test_vehicles_that_are_mostly_of_one_company_are_withheld() -> None:
    figures = with_fleet(1000, 501)
    assert vehicles_shown(figures) == ("[c]", ["[c]"] * 3)
    note = table(figures, "mandate-2018").note
    assert "1,000" not in note
    assert "withheld" in note
    (row,) = table(figures, "mandate-2018").rows
    assert row[1].text == "12"  # members stay


def test_vehicles_of_few_members_are_withheld() -> None:
    assert vehicles_shown(replace(with_fleet(1000, 300), members=4)) == ("[c]", ["[c]"] * 3)


def test_the_largest_fleet_is_counted_with_all(cast: Cast) -> None:
    before = count_now().fleet
    assert before is not None
    company = CompanyFactory(cars=before.largest + 7)
    MembershipFactory(company=company)
    size = Company.objects.get(pk=company.pk).fleet_size
    assert count_now().fleet == Fleet(before.vehicles + size, size)
