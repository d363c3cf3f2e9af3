"""Members that were drawn and did not answer: those that did in the same class stand for them.

Each weight is multiplied by the inverse of the weighted share that answered in its class. This takes who
answered for a fair picture of their class, and no wider. G. Kalton and I. Flores-Cervantes, "Weighting
methods", Journal of Official Statistics 19 (2003).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reviews.statistics.estimation import Stratum, estimate_share
from reviews.statistics.intervals import Share

MINIMUM_ANSWERED = 10  # of a class that stands alone


@dataclass(frozen=True)
class Answers:
    """Of `population` members `drawn` were asked and `answered` did; the rest is about these."""

    population: float
    drawn: int
    answered: int
    applies: int
    met: int

    @property
    def design_weight(self) -> float:
        return self.population / self.drawn


@dataclass(frozen=True)
class Weighted(Stratum):
    """A stratum whose weight was changed after the draw."""

    given: float = 1.0

    @property
    def weight(self) -> float:
        return self.given


@dataclass(frozen=True)
class Compared:
    """The same share with the weights of the draw and with those adjusted for who did not answer."""

    without: Share | None
    adjusted: Share | None


def classes_of(strata: Sequence[Answers]) -> list[list[Answers]]:
    """Strata that are weighted together: each its own class, if 10 or more answered in it.

    As long as fewer did in some class, the smallest is put together with the one whose share that answered
    is nearest to its own.
    """
    classes = [[stratum] for stratum in strata if stratum.drawn]
    while len(classes) > 1:
        small = min(classes, key=_answered)
        if _answered(small) >= MINIMUM_ANSWERED:
            break
        classes.remove(small)
        min(classes, key=lambda other: abs(_response(other) - _response(small))).extend(small)
    return classes


def _answered(together: Sequence[Answers]) -> int:
    return sum(stratum.answered for stratum in together)


def _response(together: Sequence[Answers]) -> float:
    asked = sum(stratum.design_weight * stratum.drawn for stratum in together)
    return sum(stratum.design_weight * stratum.answered for stratum in together) / asked


def adjust(strata: Sequence[Answers]) -> list[Weighted]:
    """Those that answered, with the weight of the draw times the inverse of their class's response."""
    return [
        _weighted(stratum, stratum.design_weight / _response(together))
        for together in classes_of(strata)
        for stratum in together
        if stratum.answered
    ]


def _weighted(stratum: Answers, weight: float) -> Weighted:
    return Weighted(stratum.population, stratum.answered, stratum.applies, stratum.met, weight)


def compare(strata: Sequence[Answers]) -> Compared:
    """Both estimates side by side; the variance of each is the linearised one with its own weights.

    The rates of response are taken as known. Where one stratum has a single answer there is no interval.
    """
    plain = [_weighted(one, one.design_weight) for one in strata if one.answered]
    return Compared(_estimate(plain), _estimate(adjust(strata)))


def _estimate(strata: Sequence[Weighted]) -> Share | None:
    if any(stratum.is_lone for stratum in strata):
        total = sum(stratum.weight * stratum.applies for stratum in strata)
        met = sum(stratum.weight * stratum.met for stratum in strata)
        return Share(met / total, None, None) if total else None
    return estimate_share(strata)
