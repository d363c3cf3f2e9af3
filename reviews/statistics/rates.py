"""How often something happens, and how sure a rate is: events over the time in which they could happen.

Events are taken to come one by one and independently, so that their number follows Poisson's distribution.
Exposure is in whatever unit the rate is meant for: a company for a year, or 1,000 rentals.
"""

from __future__ import annotations

from dataclasses import dataclass

from scipy.special import bdtr, bdtrc, betaincinv, chdtri

TAIL = 0.025  # what is left out at each end of a 95% interval


@dataclass(frozen=True)
class Events:
    """`events` that happened to `group` while it was exposed to them for so long."""

    group: str
    events: int
    exposure: float


@dataclass(frozen=True)
class Rate:
    """Events per unit of exposure, with the ends of the 95% interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Ratio:
    """How many times as high one rate is as another.

    `value` is None where nothing happened to the second group, and `high` where no upper end can be given.
    `p_value` is that of the exact test of equal rates, two-sided: twice the smaller tail, at most 1.
    """

    value: float | None
    low: float
    high: float | None
    p_value: float


def poisson_limits(events: int) -> tuple[float, float]:
    """The exact 95% interval of the number of events to be expected, when so many were seen.

    From χ²(2.5%; 2d)/2 to χ²(97.5%; 2d + 2)/2 for d events, where χ²(p; f) is the quantile of the
    chi-square distribution with f degrees of freedom; from 0 where there were none. F. Garwood, "Fiducial
    limits for the Poisson distribution", Biometrika 28 (1936). It holds the truth at least 95 times in 100,
    and more often than that where there are few events.
    Raises ValueError for a number below 0.
    """
    if events < 0:
        raise ValueError(f"No interval for {events} events")
    low = float(chdtri(2 * events, 1 - TAIL)) / 2 if events else 0.0
    return low, float(chdtri(2 * events + 2, TAIL)) / 2


def rate(counted: Events) -> Rate | None:
    """Events over exposure, with the limits of the expected number over the same; None without exposure."""
    if counted.exposure <= 0:
        return None
    low, high = poisson_limits(counted.events)
    return Rate(counted.events / counted.exposure, low / counted.exposure, high / counted.exposure)


def share_limits(count: int, of: int) -> tuple[float, float]:
    """The exact 95% interval of a proportion, between 0 and 1.

    Its ends are quantiles of the beta distribution: B(2.5%; x, n - x + 1) and B(97.5%; x + 1, n - x), with
    0 for x = 0 and 1 for x = n. C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits
    illustrated in the case of the binomial", Biometrika 26 (1934).
    Raises ValueError unless 0 <= count <= of and of > 0.
    """
    if of <= 0 or not 0 <= count <= of:
        raise ValueError(f"No interval for {count} of {of}")
    low = float(betaincinv(count, of - count + 1, TAIL)) if count else 0.0
    high = float(betaincinv(count + 1, of - count, 1 - TAIL)) if count < of else 1.0
    return low, high


def two_sided(count: int, of: int, chance: float) -> float:
    """Twice the smaller tail of the binomial distribution, at most 1: an exact test of this chance."""
    if not of:
        return 1.0
    lower = float(bdtr(count, of, chance))
    upper = float(bdtrc(count - 1, of, chance)) if count else 1.0
    return min(1.0, 2 * min(lower, upper))


def ratio(first: Events, second: Events) -> Ratio | None:
    """The first rate over the second: before and after joining, or members and others.

    Given how many events there were in all, those of the first group follow the binomial distribution, with
    the chance q = R t₁/(R t₁ + t₂) for a ratio R and exposures t₁ and t₂. The exact interval of q (Clopper
    and Pearson) is taken back to one of R by q/(1 - q) · t₂/t₁. J. Przyborowski and H. Wilenski,
    "Homogeneity of results in testing samples from Poisson series", Biometrika 31 (1940). It is None when
    nothing happened to either, or one was not exposed.
    """
    total = first.events + second.events
    if not total or min(first.exposure, second.exposure) <= 0:
        return None
    scale = second.exposure / first.exposure
    low, high = share_limits(first.events, total)
    value = first.events / second.events * scale if second.events else None
    return Ratio(
        value,
        low / (1 - low) * scale,
        high / (1 - high) * scale if high < 1 else None,
        two_sided(first.events, total, first.exposure / (first.exposure + second.exposure)),
    )
