"""Rates of events and their ratios: against published values, and in a simulation."""

from __future__ import annotations

import pytest

from reviews.statistics.rates import Events, Rate, Ratio, poisson_limits, rate, ratio, share_limits


# E. S. Pearson and H. O. Hartley, "Biometrika tables for statisticians", volume 1, 3rd edition (1966),
# table 40: limits of the expectation of a Poisson variable, 95%.
@pytest.mark.parametrize(
    ("events", "low", "high"),
    [
        (0, 0, 3.69),
        (1, 0.0253, 5.57),
        (2, 0.242, 7.22),
        (5, 1.62, 11.67),
        (10, 4.80, 18.39),
        (20, 12.22, 30.89),
    ],
)
def test_poisson_limits_against_published_values(events: int, low: float, high: float) -> None:
    assert poisson_limits(events) == pytest.approx((low, high), abs=5e-3)


def test_rate_is_per_unit_of_exposure() -> None:
    found = rate(Events("members", 10, 4000))
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((0.0025, 0.00119885, 0.00459752), rel=1e-4)
    assert rate(Events("members", 0, 0)) is None
    assert rate(Events("members", 0, 2)) == Rate(0, 0, pytest.approx(3.688879 / 2, rel=1e-6))


# Clopper and Pearson's interval: R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 5.
@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (0, 20, 0, 0.1684), (1, 29, 0.0009, 0.1776)],
)
def test_exact_share_against_published_values(count: int, of: int, low: float, high: float) -> None:
    assert share_limits(count, of) == pytest.approx((low, high), abs=5e-5)


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="No interval"):
        poisson_limits(-1)
    for count, of in ((1, 0), (-1, 5), (6, 5)):
        with pytest.raises(ValueError, match="No interval"):
            share_limits(count, of)


def test_ratio_at_the_edges() -> None:
    assert ratio(Events("a", 0, 5), Events("b", 0, 5)) is None
    assert ratio(Events("a", 3, 0), Events("b", 2, 5)) is None
    none_before = ratio(Events("a", 3, 10), Events("b", 0, 10))
    assert none_before == Ratio(None, pytest.approx(0.4133, abs=1e-4), None, pytest.approx(0.25))
    none_after = ratio(Events("a", 0, 10), Events("b", 3, 10))
    assert none_after == Ratio(0, 0, pytest.approx(1 / 0.4133, abs=1e-3), pytest.approx(0.25))


def test_ratio_the_other_way_round_is_its_inverse() -> None:
    one, other = Events("a", 12, 310.5), Events("b", 31, 402.25)
    there, back = ratio(one, other), ratio(other, one)
    assert there is not None
    assert back is not None
    assert there.high is not None
    assert there.value == pytest.approx(12 / 310.5 / (31 / 402.25))
    assert (there.low, there.high, there.p_value) == pytest.approx(
        (1 / back.high, 1 / back.low, back.p_value)
    )
