"""How long it takes until something happens, when it has not yet happened to everyone.

From the day on which an application was sent to membership, and from joining to leaving. An application that
was withdrawn or rejected, or is still open, counts up to that day and no further: the curve tells how soon
companies would have joined had none dropped out, which is more than in fact joined.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

from reviews.statistics.intervals import Z_95, Share


@dataclass(frozen=True)
class Day:
    """After `days` days it happened to `ended` companies; `censored` were followed up to then, no longer."""

    days: int
    ended: int
    censored: int


@dataclass(frozen=True)
class Step:
    """`share` is what is left from this day on; `at_risk` were still followed on its morning."""

    days: int
    at_risk: int
    ended: int
    share: Share


@dataclass(frozen=True)
class Median:
    """Days until it has happened to half. An end is None where the curve does not come down so far."""

    days: int | None
    low: int | None
    high: int | None


@dataclass(frozen=True)
class Curve:
    """`followed` companies, the last of them for `last` days; a step for each day on which it happened."""

    followed: int
    last: int
    steps: tuple[Step, ...]

    def at(self, days: int) -> Share | None:
        """What is left after so many days; None where nobody was followed for so long."""
        if not self.followed or days > self.last:
            return None
        passed = [step for step in self.steps if step.days <= days]
        return passed[-1].share if passed else Share(1.0, None, None)


def kaplan_meier(days: Sequence[Day]) -> Curve:
    """The share to whom it has not happened yet, day by day.

    The product of 1 - d/n over the days so far, of n still followed and d to whom it happened on a day; who
    was followed up to that day counts in n. E. L. Kaplan and P. Meier, "Nonparametric estimation from
    incomplete observations", Journal of the American Statistical Association 53 (1958).

    The variance of log S is the sum of d/(n(n - d)) (M. Greenwood, "The errors of sampling of the
    survivorship tables", 1926). The 95% limits are S to the power of exp(±1.96 √v / log S), made on the scale
    of log(-log S), on which they stay between 0 and 1. J. D. Kalbfleisch and R. L. Prentice, "The
    Statistical Analysis of Failure Time Data", 1980. When nothing is left there are none.
    """
    ordered = sorted(days, key=lambda day: day.days)
    at_risk = followed = sum(day.ended + day.censored for day in ordered)
    left, spread = 1.0, 0.0
    steps: list[Step] = []
    for day in ordered:
        if day.ended:
            left *= 1 - day.ended / at_risk
            if at_risk > day.ended:
                spread += day.ended / (at_risk * (at_risk - day.ended))
            steps.append(Step(day.days, at_risk, day.ended, _with_limits(left, spread)))
        at_risk -= day.ended + day.censored
    return Curve(followed, ordered[-1].days if ordered else 0, tuple(steps))


def _with_limits(left: float, spread: float) -> Share:
    if not 0 < left < 1:
        return Share(left, None, None)
    power = exp(Z_95 * sqrt(spread) / abs(log(left)))
    return Share(left, left**power, left ** (1 / power))


def median(curve: Curve) -> Median:
    """The first day on which half or less is left.

    Its limits are the first days on which the same is so of the lower and the upper limits of the curve.
    R. Brookmeyer and J. Crowley, "A confidence interval for the median survival time", Biometrics 38 (1982).
    """
    shares = [(step.days, step.share) for step in curve.steps]
    lows = [(days, share.value if share.low is None else share.low) for days, share in shares]
    highs = [(days, share.value if share.high is None else share.high) for days, share in shares]
    return Median(_half([(days, share.value) for days, share in shares]), _half(lows), _half(highs))


def _half(ends: Sequence[tuple[int, float]]) -> int | None:
    # A curve that comes to one half exactly may be a little above it once its factors are multiplied.
    return next((days for days, share in ends if share <= 0.5 + 1e-9), None)
