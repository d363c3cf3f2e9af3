"""Intervals of shares, and estimates for all members: against published values and another package."""

from __future__ import annotations

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.statistics.estimation import Stratum, estimate_share, estimate_variance
from reviews.statistics.intervals import Share, share, wilson


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


# Shares and standard errors by TaylorEstimator of samplics 0.6.0, an independent package, over the same
# strata (population, checked, to whom the point applies, met) with finite population correction.
@pytest.mark.parametrize(
    ("strata", "value", "error"),
    [
        ([(1000, 50, 50, 31)], 0.62, 0.06758516924622456),
        ([(120, 30, 28, 21), (80, 10, 9, 4), (455, 40, 40, 37)], 0.8401799687010955, 0.03664422295756222),
        ([(60, 12, 12, 7), (60, 20, 18, 17)], 0.7543859649122807, 0.07339748337217028),
        (
            [(300, 15, 11, 2), (90, 30, 30, 28), (41, 41, 40, 5), (700, 7, 7, 3)],
            0.4085714285714286,
            0.13649060038702956,
        ),
    ],
)
def test_estimate_equals_an_independent_package(
    strata: list[tuple[int, int, int, int]], value: float, error: float
) -> None:
    made = [Stratum(*numbers) for numbers in strata]
    found = estimate_share(made)
    assert found is not None
    assert found.value == pytest.approx(value, rel=1e-6)
    assert sqrt(estimate_variance(made, found.value)) == pytest.approx(error, rel=1e-6)
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low < found.value < found.high <= 1


def test_estimate_of_one_large_population_is_wilson() -> None:
    """When next to nobody was checked the correction vanishes, and n - 1 is all that tells the two apart."""
    found = estimate_share([Stratum(10**9, 5001, 5001, 3000)])
    assert found is not None
    low, high = wilson(3000, 5001)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-5)


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
