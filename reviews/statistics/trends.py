"""Whether a share goes up or down from quarter to quarter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from scipy.special import ndtr

from reviews.statistics.intervals import Z_95


@dataclass(frozen=True)
class Quarter:
    """`count` of `of` in the quarter with this number; numbers go up by 1, and may be left out."""

    number: int
    count: int
    of: int


@dataclass(frozen=True)
class Trend:
    """By how much the share changes in a quarter, with the 95% interval, and the test of no change."""

    per_quarter: float
    low: float
    high: float
    z: float
    p_value: float


def trend(quarters: Sequence[Quarter]) -> Trend | None:
    """A straight line through the shares, each weighted by what it is counted in.

    With T = Σ(t - t̄)x for x of n in quarter t, and S = Σ n(t - t̄)²: the slope is T/S, its standard error
    √(Σ n(t - t̄)² p(1-p))/S, and the test of no trend is z = T/√(p̄(1-p̄) S), with p̄ of all quarters together.
    P. Armitage, "Tests for linear trends in proportions and frequencies", Biometrics 11 (1955); W. G.
    Cochran, "Some methods for strengthening the common χ² tests", Biometrics 10 (1954). It is meant for
    quarters with different members in them. None with fewer than two quarters, and where all or none meet.
    """
    counted = [quarter for quarter in quarters if quarter.of]
    total = sum(quarter.of for quarter in counted)
    met = sum(quarter.count for quarter in counted)
    if len({quarter.number for quarter in counted}) < 2 or met in {0, total}:
        return None
    mean = sum(quarter.number * quarter.of for quarter in counted) / total
    rise = sum((quarter.number - mean) * quarter.count for quarter in counted)
    width = sum(quarter.of * (quarter.number - mean) ** 2 for quarter in counted)
    spread = sum(
        (quarter.number - mean) ** 2 * quarter.count * (quarter.of - quarter.count) / quarter.of
        for quarter in counted
    )
    slope, half = rise / width, Z_95 * sqrt(spread) / width
    z = rise / sqrt(met / total * (1 - met / total) * width)
    return Trend(slope, slope - half, slope + half, z, 2 * float(ndtr(-abs(z))))
