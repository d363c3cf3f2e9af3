"""Groups, sizes and risk points, against theory and worked out in other ways than in the service."""

from __future__ import annotations

import hashlib
import itertools
import math
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance.allocation import StratumSize, neyman, proportional
from assurance.draw import draw_strata, strata_digest
from assurance.risk import POINTS, Risk, RiskBand, RiskRule

STRATA = {
    "fleet=micro": [f"RVSS-{n:06d}" for n in range(1, 21)],
    "fleet=small": [f"RVSS-{n:06d}" for n in range(21, 31)],
    "fleet=large": [f"RVSS-{n:06d}" for n in range(31, 34)],
}
SIZES = {"fleet=micro": 4, "fleet=small": 5, "fleet=large": 3}


def test_ten_thousand_draws_include_each_member_as_often_as_theory_says() -> None:
    """Each count is binomial; 5 standard deviations allow for 33 looks."""
    draws = 10_000
    counted = Counter(
        row.number for n in range(draws) for row in draw_strata(seed=f"seed {n}", strata=STRATA, sizes=SIZES)
    )
    for key, numbers in STRATA.items():
        chance = SIZES[key] / len(numbers)
        spread = 5 * math.sqrt(draws * chance * (1 - chance))
        for number in numbers:
            assert abs(counted[number] - draws * chance) <= spread, number


def test_two_members_are_drawn_together_as_often_as_theory_says() -> None:
    """Without this a draw could be fair to each member and still take neighbours together."""
    draws = 10_000
    pairs = Counter(
        pair
        for n in range(draws)
        for pair in itertools.combinations(
            sorted(row.number for row in draw_strata(seed=f"pair {n}", strata=STRATA, sizes=SIZES)), 2
        )
    )
    for key, numbers in STRATA.items():
        n, members = SIZES[key], len(numbers)
        chance = n * (n - 1) / (members * (members - 1))
        spread = 5 * math.sqrt(draws * chance * (1 - chance))
        for pair in itertools.combinations(numbers, 2):
            assert abs(pairs[pair] - draws * chance) <= spread, pair


def test_the_order_is_that_of_the_digests_over_all_strata() -> None:
    drawn = draw_strata(seed="s", strata=STRATA, sizes=SIZES)
    digests = [hashlib.sha256(f"s:{row.number}".encode()).hexdigest() for row in drawn]
    assert digests == sorted(digests)
    assert Counter(row.stratum for row in drawn) == Counter(SIZES)
    assert all(row.number in STRATA[row.stratum] for row in drawn)


def test_the_order_in_which_a_frame_comes_does_not_matter() -> None:
    turned = {key: list(reversed(numbers)) for key, numbers in reversed(STRATA.items())}
    assert draw_strata(seed="s", strata=turned, sizes=SIZES) == draw_strata(
        seed="s", strata=STRATA, sizes=SIZES
    )
    assert strata_digest(turned) == strata_digest(STRATA)


def test_a_member_in_another_group_is_another_frame() -> None:
    moved = {**STRATA, "fleet=micro": STRATA["fleet=micro"][1:], "fleet=small": ["RVSS-000001"]}
    assert strata_digest(moved) != strata_digest(STRATA)


@pytest.mark.parametrize("size", [-1, 4])
def test_more_than_a_group_has_cannot_be_drawn(size: int) -> None:
    with pytest.raises(ValueError, match="cannot be drawn"):
        draw_strata(seed="s", strata=STRATA, sizes={"fleet=large": size})


def variance_of(strata: list[StratumSize], sizes: tuple[int, ...]) -> Fraction:
    """Of the estimated total, but for what does not depend on the sizes."""
    return sum((row.members**2 * row.variance / n for row, n in zip(strata, sizes, strict=True)), Fraction())


small_strata = st.lists(
    st.integers(1, 9).flatmap(
        lambda members: st.integers(0, members).flatmap(
            lambda checked: st.builds(
                StratumSize, st.just(members), st.just(checked), st.integers(0, checked)
            )
        )
    ),
    min_size=1,
    max_size=3,
)


@given(small_strata, st.data())
def test_no_other_sizes_give_a_smaller_variance(strata: list[StratumSize], data: st.DataObject) -> None:
    """Every allocation in whole numbers is tried, with two from each group where there are two."""
    least = [min(row.members, 2) for row in strata]
    size = data.draw(st.integers(sum(least), sum(row.members for row in strata)))
    found = tuple(neyman(strata, size))
    assert sum(found) == size
    others = itertools.product(*(range(low, row.members + 1) for low, row in zip(least, strata, strict=True)))
    best = min(variance_of(strata, sizes) for sizes in others if sum(sizes) == size)
    assert variance_of(strata, found) == best


@given(small_strata, st.data())
def test_in_proportion_without_regard_to_earlier_checks(
    strata: list[StratumSize], data: st.DataObject
) -> None:
    size = data.draw(st.integers(len(strata), sum(row.members for row in strata)))
    found = proportional(strata, size)
    assert sum(found) == size
    assert all(1 <= n <= row.members for n, row in zip(found, strata, strict=True))
    assert found == neyman([StratumSize(row.members) for row in strata], size)


def test_a_known_allocation() -> None:
    """600, 300 and 100 members: exact shares of 100 are 60, 30 and 10."""
    assert proportional([StratumSize(600), StratumSize(300), StratumSize(100)], 100) == [60, 30, 10]


def test_a_group_that_varies_more_gets_more() -> None:
    """p = 1/2 against p = 1/102: the deviations are 0.5 and about 0.0985, so about 5 to 1."""
    even, uniform = StratumSize(1000, 100, 50), StratumSize(1000, 100, 100)
    found = neyman([even, uniform], 120)
    assert found[0] + found[1] == 120
    assert found[0] / found[1] == pytest.approx(0.5 / math.sqrt(101 / 102 / 102), rel=0.05)


@pytest.mark.parametrize("size", [0, 1, 14])
def test_sizes_that_cannot_be_shared_out(size: int) -> None:
    with pytest.raises(ValueError, match="cannot be drawn"):
        proportional([StratumSize(10), StratumSize(3)], size)


def test_points_add_up_and_make_bands() -> None:
    assert Risk.of([]).points == 0
    assert Risk.of([]).band == RiskBand.LOW
    everything = Risk.of(reversed(RiskRule.values))
    assert everything.points == sum(POINTS.values()) == 17
    assert everything.band == RiskBand.HIGH
    assert everything.rules == tuple(RiskRule.values)
    assert Risk.of([RiskRule.NO_PLAN]).band == RiskBand.LOW
    assert Risk.of([RiskRule.NO_PLAN, RiskRule.NEVER_CHECKED]).band == RiskBand.MEDIUM
    assert Risk.of([RiskRule.NO_PLAN, RiskRule.LAST_NOT_MET, RiskRule.COMMERCIAL]).band == RiskBand.HIGH
    assert Risk.of([RiskRule.COMMERCIAL, RiskRule.NO_PLAN]).shown == [
        ("No plan submitted", 3),
        ("Hires out vans or goods vehicles", 2),
    ]
