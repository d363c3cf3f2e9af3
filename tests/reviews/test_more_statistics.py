"""Times, non-response, pairs, trends and what is enough: against other packages and in simulations."""

from __future__ import annotations

import json
from math import sqrt
from pathlib import Path
from random import Random
from typing import Any

import pytest
from scipy.stats import binomtest, pearsonr

from reviews.statistics.enough import NotEnough, checks_needed, enough_checks, enough_events, events_needed
from reviews.statistics.estimation import Stratum, estimate_share, estimate_variance
from reviews.statistics.intervals import Share
from reviews.statistics.nonresponse import Answers, Weighted, adjust, classes_of, compare
from reviews.statistics.paired import Pairs, Said, SaidStratum, change, compare_declared
from reviews.statistics.rates import Events, poisson_limits, ratio
from reviews.statistics.survival import Curve, Day, Median, kaplan_meier, median
from reviews.statistics.trends import Quarter, trend

ORACLE = json.loads(Path(__file__).with_name("more_oracle.json").read_text())


@pytest.mark.parametrize("wanted", ORACLE["curves"])
def test_times_equal_an_independent_package(wanted: dict[str, Any]) -> None:
    """`make svy` writes its figures anew."""
    found = kaplan_meier([Day(*row) for row in wanted["days"]])
    steps = [
        (step.days, step.share.value, step.share.low, step.share.high)
        for step in found.steps
        if 0 < step.share.value < 1
    ]
    assert [step[0] for step in steps] == [step[0] for step in wanted["steps"]]
    for step, row in zip(steps, wanted["steps"], strict=True):
        assert step == pytest.approx(row, rel=1e-6)
    half = median(found)
    assert [half.days, half.low, half.high] == wanted["median"]


def test_times_by_hand() -> None:
    found = kaplan_meier([Day(30, 2, 0), Day(10, 1, 1)])
    assert (found.followed, found.last) == (4, 30)
    assert found.at(9) == Share(1.0, None, None)
    ten = found.at(29)
    assert ten is not None
    assert ten.value == 0.75
    assert found.at(30) == Share(0.0, None, None)
    assert found.at(31) is None
    assert median(found).days == 30
    assert kaplan_meier([]) == Curve(0, 0, ())
    assert kaplan_meier([]).at(0) is None
    assert median(kaplan_meier([Day(5, 0, 3)])) == Median(None, None, None)


@pytest.mark.parametrize("wanted", ORACLE["adjusted"])
def test_adjusted_weights_equal_an_independent_package(wanted: dict[str, Any]) -> None:
    strata = [Weighted(*row) for row in wanted["strata"]]
    found = estimate_share(strata)
    assert found is not None
    error = sqrt(estimate_variance(strata, found.value))
    assert (found.value, error, found.low, found.high) == pytest.approx(
        (wanted["value"], wanted["error"], wanted["low"], wanted["high"]), rel=1e-6
    )


def test_who_answered_stands_for_who_did_not() -> None:
    """200 members of whom 20 answered of 40 drawn, and 300 of whom 30 did of 30."""
    low, full = Answers(200, 40, 20, 20, 5), Answers(300, 30, 30, 30, 24)
    assert [stratum.weight for stratum in adjust([low, full])] == [10, 10]
    found = compare([low, full])
    assert found.without is not None
    assert found.adjusted is not None
    assert found.without.value == pytest.approx((5 * 5 + 10 * 24) / (5 * 20 + 10 * 30))
    assert found.adjusted.value == pytest.approx(0.4 * 0.25 + 0.6 * 0.8)
    assert found.adjusted == estimate_share([Stratum(200, 20, 20, 5), Stratum(300, 30, 30, 24)])


def test_a_small_class_joins_the_one_that_answers_alike() -> None:
    small, alike, other = Answers(50, 10, 5, 5, 2), Answers(80, 40, 22, 20, 9), Answers(90, 30, 29, 29, 9)
    assert classes_of([small, alike, other]) == [[alike, small], [other]]
    of_both = (50 / 10 * 10 + 80 / 40 * 40) / (50 / 10 * 5 + 80 / 40 * 22)
    weights = {stratum.checked: stratum.weight for stratum in adjust([small, alike, other])}
    assert weights[5] == pytest.approx(5 * of_both)
    assert weights[22] == pytest.approx(2 * of_both)
    assert compare([]).adjusted is None
    alone = compare([Answers(50, 10, 1, 1, 1)])
    assert alone.adjusted == Share(1.0, None, None)


def test_declared_against_found() -> None:
    said = (
        Said("met", "met", 20),
        Said("met", "partly", 6),
        Said("partly", "not_met", 2),
        Said("partly", "met", 2),
    )
    found = compare_declared([SaidStratum(300, 30, said)])
    assert found.overstated == estimate_share([Stratum(300, 30, 30, 8)])
    assert found.understated == estimate_share([Stratum(300, 30, 30, 2)])
    assert found.equal == estimate_share([Stratum(300, 30, 30, 20)])
    assert found.p_value == pytest.approx(binomtest(8, 10).pvalue)


def test_change_by_hand() -> None:
    """Nobody met it then and all do now: the arms are those of Wilson's limits, z²/(n + z²)."""
    found = change(Pairs(0, 0, 10, 0))
    assert found is not None
    arm = 1.959963984540054**2 / (10 + 1.959963984540054**2)
    assert (found.value, found.low, found.high) == pytest.approx((1, 1 - sqrt(2) * arm, 1))
    assert found.p_value == pytest.approx(2 / 1024)
    there, back = change(Pairs(20, 3, 9, 8)), change(Pairs(20, 9, 3, 8))
    assert there is not None
    assert back is not None
    assert (there.value, there.low, there.high) == pytest.approx((-back.value, -back.high, -back.low))
    assert there.p_value == pytest.approx(binomtest(9, 12).pvalue)
    assert change(Pairs(0, 0, 0, 0)) is None


def test_trend_is_the_correlation_of_its_members() -> None:
    """z² = N r² of met (1 or 0) with the quarter."""
    quarters = [Quarter(1, 8, 30), Quarter(2, 0, 0), Quarter(3, 12, 28), Quarter(4, 20, 33)]
    found = trend(quarters)
    assert found is not None
    met = [int(place < row.count) for row in quarters for place in range(row.of)]
    when = [row.number for row in quarters for _ in range(row.of)]
    assert found.z == pytest.approx(pearsonr(when, met).statistic * sqrt(len(met)), rel=1e-9)
    assert found.low < found.per_quarter < found.high
    assert trend([Quarter(1, 3, 5)]) is None
    assert trend([Quarter(1, 5, 5), Quarter(2, 5, 5)]) is None


def test_what_would_be_enough() -> None:
    assert [checks_needed(members) for members in (0, 1, 455, 10**9)] == [0, 1, 80, 97]
    assert events_needed() == 12
    assert enough_checks(79, 455) == NotEnough(79, 80, "checks")
    assert enough_checks(80, 455) is None
    assert enough_events(12) is None
    short = enough_events(3)
    assert short is not None
    assert short.note == "There are 3 events; 12 would be enough."


@pytest.mark.parametrize(("events", "exposure"), [((9, 20), (3.0, 4.0)), ((15, 15), (1.0, 2.5))])
def test_ratio_equals_the_split_by_scipy(events: tuple[int, int], exposure: tuple[float, float]) -> None:
    found = ratio(Events("a", events[0], exposure[0]), Events("b", events[1], exposure[1]))
    split = binomtest(events[0], sum(events)).proportion_ci(method="exact")
    scale = exposure[1] / exposure[0]
    assert found is not None
    assert (found.low, found.high) == pytest.approx(
        (split.low / (1 - split.low) * scale, split.high / (1 - split.high) * scale)
    )


def poisson(rng: Random, mean: float) -> int:
    events, passed = 0, rng.expovariate(1)
    while passed < mean:
        events, passed = events + 1, passed + rng.expovariate(1)
    return events


def rates_hold(rng: Random) -> bool:
    low, high = poisson_limits(poisson(rng, 60))
    return low <= 60 <= high


def times_hold(rng: Random) -> bool:
    """Half are left after 70 days; some are lost from sight."""
    seen = [(rng.expovariate(0.00990210), rng.expovariate(0.004)) for _ in range(80)]
    days = [Day(1 + int(min(two)), int(two[0] <= two[1]), int(two[0] > two[1])) for two in seen]
    share = kaplan_meier(_by_day(days)).at(70)
    return share is not None and share.low is not None and share.low <= 0.5 <= (share.high or 0)


def _by_day(days: list[Day]) -> list[Day]:
    return [
        Day(at, sum(d.ended for d in days if d.days == at), sum(d.censored for d in days if d.days == at))
        for at in {day.days for day in days}
    ]


def changes_hold(rng: Random) -> bool:
    counts = [0, 0, 0, 0]
    for _ in range(60):
        counts[rng.choices(range(4), (0.45, 0.1, 0.25, 0.2))[0]] += 1
    found = change(Pairs(*counts))
    return found is not None and found.low <= 0.15 <= found.high


def trends_hold(rng: Random) -> bool:
    counts = [sum(rng.random() < 0.4 + 0.05 * t for _ in range(60)) for t in range(5)]
    found = trend([Quarter(t, n, 60) for t, n in enumerate(counts)])
    return found is not None and found.low <= 0.05 <= found.high


def answers_hold(rng: Random) -> bool:
    """Of 300 members 180 meet it and half answer; of 200 members 60 do and nine in ten answer."""
    strata = []
    for members, meet, drawn, answer in ((300, 180, 90, 0.5), (200, 60, 60, 0.9)):
        answered = [place < meet for place in rng.sample(range(members), drawn) if rng.random() < answer]
        strata.append(Answers(members, drawn, len(answered), len(answered), sum(answered)))
    found = compare(strata).adjusted
    return found is not None and found.low is not None and found.low <= 0.48 <= (found.high or 0)


@pytest.mark.parametrize("holds", [rates_hold, times_hold, changes_hold, trends_hold, answers_hold])
def test_intervals_hold_the_truth(holds: Any) -> None:
    rng = Random(2018)
    held = sum(holds(rng) for _ in range(600)) / 600
    assert 0.93 <= held <= 0.975, held
