"""The same members seen twice: declared against found, and one check against the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from reviews.statistics.estimation import Stratum, estimate_share
from reviews.statistics.intervals import Share, wilson
from reviews.statistics.rates import two_sided

GRADES = ("not_met", "partly", "met")  # from the least


@dataclass(frozen=True)
class Said:
    """In one stratum, `n` members declared this of themselves and that was found."""

    declared: str
    found: str
    n: int

    @property
    def step(self) -> int:
        """Above 0 where more was declared than found."""
        return GRADES.index(self.declared) - GRADES.index(self.found)


@dataclass(frozen=True)
class SaidStratum:
    """`checked` of `population` members. A point that one side called not applicable is in no row."""

    population: float
    checked: int
    said: tuple[Said, ...]


@dataclass(frozen=True)
class SelfDeclared:
    """Shares of all members, with `p_value` for as many overstating as understating."""

    overstated: Share | None
    understated: Share | None
    equal: Share | None
    p_value: float


def compare_declared(strata: Sequence[SaidStratum]) -> SelfDeclared:
    """How far companies' own words agree with what was found.

    Shares are weighted by the members behind each check, with the same variance and interval as estimates
    for all members. The test is McNemar's exact one of the members seen, unweighted: the sign of each
    difference against a fair coin. Q. McNemar, "Note on the sampling error of the difference between
    correlated proportions or percentages", Psychometrika 12 (1947).
    """
    over = _count(strata, 1)
    under = _count(strata, -1)
    return SelfDeclared(
        overstated=estimate_share(_strata(strata, 1)),
        understated=estimate_share(_strata(strata, -1)),
        equal=estimate_share(_strata(strata, 0)),
        p_value=two_sided(over, over + under, 0.5),
    )


def _sign(row: Said) -> int:
    return (row.step > 0) - (row.step < 0)


def _count(strata: Sequence[SaidStratum], sign: int) -> int:
    return sum(row.n for stratum in strata for row in stratum.said if _sign(row) == sign)


def _strata(strata: Sequence[SaidStratum], sign: int) -> list[Stratum]:
    return [
        Stratum(
            population=stratum.population,
            checked=stratum.checked,
            applies=sum(row.n for row in stratum.said),
            met=_count([stratum], sign),
        )
        for stratum in strata
    ]


@dataclass(frozen=True)
class Pairs:
    """Members by whether they met a point at the first check, and at the second."""

    both: int
    only_then: int
    only_now: int
    neither: int

    @property
    def total(self) -> int:
        return self.both + self.only_then + self.only_now + self.neither


@dataclass(frozen=True)
class Change:
    """The share met now less the share met then, from -1 to 1, and McNemar's exact test of no change."""

    value: float
    low: float
    high: float
    p_value: float


def change(pairs: Pairs) -> Change | None:
    """From the first check to the second, among members that had both; None when there are none.

    The 95% interval puts Wilson's limits of the two shares together, allowing for how they go together:
    d - √((p₂-l₂)² - 2φ(p₂-l₂)(u₁-p₁) + (u₁-p₁)²) and d + √((u₂-p₂)² - 2φ(u₂-p₂)(p₁-l₁) + (p₁-l₁)²), where
    φ is the correlation with a correction for continuity. R. G. Newcombe, "Improved confidence intervals
    for the difference between binomial proportions based on paired data", Statistics in Medicine 17
    (1998), method 10.
    """
    n = pairs.total
    if not n:
        return None
    then, now = pairs.both + pairs.only_then, pairs.both + pairs.only_now
    below_then, above_then = _arms(then, n)
    below_now, above_now = _arms(now, n)
    together = _correlation(pairs)
    value = (now - then) / n
    low = sqrt(max(0.0, below_now**2 - 2 * together * below_now * above_then + above_then**2))
    high = sqrt(max(0.0, above_now**2 - 2 * together * above_now * below_then + below_then**2))
    changed = pairs.only_then + pairs.only_now
    return Change(value, value - low, value + high, two_sided(pairs.only_now, changed, 0.5))


def _arms(count: int, of: int) -> tuple[float, float]:
    low, high = wilson(count, of)
    return count / of - low, high - count / of


def _correlation(pairs: Pairs) -> float:
    then, now = pairs.both + pairs.only_then, pairs.both + pairs.only_now
    margins = then * (pairs.total - then) * now * (pairs.total - now)
    if not margins:
        return 0.0
    product = float(pairs.both * pairs.neither - pairs.only_then * pairs.only_now)
    if product > 0:
        product = max(0.0, product - pairs.total / 2)
    return product / sqrt(margins)
