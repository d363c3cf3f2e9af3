"""Intervals of shares, and estimates for all members: against published values and another package."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import sqrt
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.statistics.estimation import Stratum, estimate_share, estimate_variance
from reviews.statistics.intervals import Share, logit_interval, share, wilson


# Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998),
# table I, method 3; then the ends by the closed form z²/(n + z²).
@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (29, 29, 0.8830, 1.0),
    ],
)
def test_wilson_against_published_values(count: int, of: int, low: float, high: float) -> None:
    assert wilson(count, of) == pytest.approx((low, high), abs=5e-5)


@given(of=st.integers(1, 10**6), data=st.data())
def test_wilson_solves_its_equation(of: int, data: st.DataObject) -> None:
    """Its ends are where the score test just accepts: |p̂ - p| = z √(p(1 - p)/n)."""
    count = data.draw(st.integers(0, of))
    for end in wilson(count, of):
        assert 0 <= end <= 1
        if 0 < end < 1:
            assert (count / of - end) ** 2 == pytest.approx(
                1.959963984540054**2 * end * (1 - end) / of, rel=1e-6, abs=1e-12
            )


@pytest.mark.parametrize(("count", "of"), [(1, 0), (-1, 5), (6, 5)])
def test_wilson_refuses_what_is_no_proportion(count: int, of: int) -> None:
    with pytest.raises(ValueError, match="No interval"):
        wilson(count, of)


def test_more_members_than_the_estimate_has_a_rate_and_no_interval() -> None:
    found = share(6, 5)
    assert found is not None
    assert (found.value, found.low, found.high) == (1.2, None, None)
    assert share(6, 0) is None


SVY = json.loads(Path(__file__).with_name("svy.json").read_text())["estimates"]


@pytest.mark.parametrize("wanted", SVY, ids=[str(place) for place in range(len(SVY))])
def test_estimate_equals_an_independent_package(wanted: dict[str, Any]) -> None:
    """`make svy` writes its figures anew."""
    made = [Stratum(*numbers) for numbers in wanted["strata"]]
    found = estimate_share(made)
    assert found is not None
    error = sqrt(estimate_variance(made, found.value))
    assert (found.value, error) == pytest.approx((wanted["value"], wanted["error"]), rel=1e-6)
    assert (found.low, found.high) == pytest.approx((wanted["low"], wanted["high"]), rel=1e-6)


def draw_findings(
    rng: Random, population: Sequence[tuple[int, int, int]], sizes: Sequence[int]
) -> list[Stratum]:
    """Of each stratum of the population (members, to whom the point applies, who meet it) so many checked."""
    strata = []
    for (members, applies, met), size in zip(population, sizes, strict=True):
        places = rng.sample(range(members), size)
        counted = [sum(place < limit for place in places) for limit in (applies, met)]
        strata.append(Stratum(members, size, *counted))
    return strata


@pytest.mark.parametrize(
    ("population", "sizes"),
    [
        (((400, 400, 240),), (60,)),
        (((300, 300, 210), (120, 110, 60), (40, 40, 30)), (45, 30, 12)),
        (((900, 500, 400), (300, 280, 90)), (80, 60)),
    ],
    ids=["one round", "three groups", "applies to some"],
)
def test_intervals_hold_the_truth_19_times_in_20(population: Any, sizes: Any) -> None:
    """93 to 97% of 4,000 simulated rounds."""
    rng = Random(2018)
    truth = sum(met for _, _, met in population) / sum(applies for _, applies, _ in population)
    held = 0
    for _ in range(4000):
        found = estimate_share(draw_findings(rng, population, sizes))
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        held += found.low <= truth <= found.high
    assert 0.93 <= held / 4000 <= 0.97


def test_too_few_checks_have_no_interval() -> None:
    assert estimate_share([Stratum(50, 4, 1, 1), Stratum(50, 4, 1, 0)]) == Share(0.5, None, None)
    for value, freedom in ((0.0, 10), (1.0, 10), (0.5, 0)):
        with pytest.raises(ValueError, match="No interval"):
            logit_interval(value, 0.1, freedom)


def test_estimate_at_the_edges() -> None:
    assert estimate_share([]) is None
    assert estimate_share([Stratum(10, 5, 0, 0)]) is None
    assert estimate_share([Stratum(10, 1, 1, 1)]) == Share(1.0, None, None)
    assert estimate_share([Stratum(8, 8, 8, 2)]) == Share(0.25, 0.25, 0.25)
    assert estimate_share([Stratum(100, 15, 15, 15)]) == Share(1.0, *wilson(15, 15))


def test_rounds_with_one_check_are_taken_together() -> None:
    """Of equal weight they are as one round; a single one joins the smallest other."""
    assert estimate_share([Stratum(5, 1, 1, 1), Stratum(5, 1, 1, 0)]) == estimate_share(
        [Stratum(10, 2, 2, 1)]
    )
    big, small, lone = Stratum(400, 40, 40, 30), Stratum(50, 5, 5, 3), Stratum(10, 1, 1, 1)
    assert estimate_share([big, small, lone]) == estimate_share([big, Stratum(60, 6, 6, 4)])
