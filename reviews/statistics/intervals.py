"""Shares and how sure they are."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt

from scipy.special import stdtrit

Z_95 = 1.959963984540054  # the 97.5% point of the normal distribution


@dataclass(frozen=True)
class Share:
    """A share between 0 and 1, and the ends of its 95% interval, if it has one.

    It has none when the count is larger than what it is counted in, as an estimate of a sector can be too
    low, and when too few were checked.
    """

    value: float
    low: float | None
    high: float | None


def wilson(count: int, of: int) -> tuple[float, float]:
    """The 95% score interval of a proportion, between 0 and 1.

    (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n), E. B. Wilson, "Probable inference, the law of
    succession, and statistical inference", Journal of the American Statistical Association 22 (1927).
    It never leaves 0 to 1 and keeps its level for small counts, which p ± 1.96 standard errors does not.
    Raises ValueError unless 0 <= count <= of and of > 0.
    """
    if of <= 0 or not 0 <= count <= of:
        raise ValueError(f"No interval for {count} of {of}")
    return score_interval(count / of, of)


def score_interval(value: float, size: float) -> tuple[float, float]:
    """Wilson's interval of a proportion that was seen among `size`, which need not be whole."""
    square = Z_95 * Z_95
    centre = (value * size + square / 2) / (size + square)
    half = Z_95 / (size + square) * sqrt(size * value * (1 - value) + square / 4)
    return max(0.0, centre - half), min(1.0, centre + half)


def logit_interval(value: float, error: float, freedom: int) -> tuple[float, float]:
    """The 95% interval of an estimated share with this standard error, between 0 and 1.

    log(p/(1-p)) ± t √v/(p(1-p)), taken back to a share: by the delta method, on a scale on which estimates
    are nearer to normal and whose interval stays between 0 and 1. t is the 97.5% point of Student's
    distribution with `freedom` degrees: those checked less the strata.
    Raises ValueError for a share of 0 or 1, which that scale does not have, and without a degree of freedom.
    """
    if not 0 < value < 1 or freedom < 1:
        raise ValueError(f"No interval for {value} with {freedom} degrees of freedom")
    centre = log(value / (1 - value))
    half = float(stdtrit(freedom, 0.975)) * error / (value * (1 - value))
    return 1 / (1 + exp(half - centre)), 1 / (1 + exp(-half - centre))


def share(count: int, of: int | None) -> Share | None:
    """`count` of `of`, or None when there is nothing to count in."""
    if not of:
        return None
    if count > of:
        return Share(count / of, None, None)
    return Share(count / of, *wilson(count, of))
