"""From the members that were checked to all members: a stratified estimate.

Each round is a simple random draw without replacement, so its checks are a stratum. Weights are members per
check; the share is a ratio of two weighted totals, because a point need not apply to everyone; its variance
is the linearised one with the finite population correction (W. G. Cochran, "Sampling Techniques", 3rd
edition, 1977, section 6.11: the combined ratio estimate). The interval is the logit one, with as many degrees
of freedom as checks in which the point applies, less the strata of these. Where all or none meet the point
there is no spread to go by, and it is Wilson's of those checks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from reviews.statistics.intervals import Share, logit_interval, score_interval


@dataclass(frozen=True)
class Stratum:
    """`population` members stand behind `checked` ones; to `applies` of these the point applies."""

    population: float
    checked: int
    applies: int
    met: int

    @property
    def weight(self) -> float:
        return self.population / self.checked

    @property
    def left_out(self) -> float:
        """The share of the members behind it that was not checked: the finite population correction."""
        return max(0.0, 1 - self.checked / self.population)

    @property
    def is_lone(self) -> bool:
        return self.checked < 2 and self.left_out > 0


def estimate_share(strata: Sequence[Stratum]) -> Share | None:
    """The share of all members to whom the point applies that meet it; None when it applies to nobody.

    Rounds with one check are taken together, or with the smallest other round, since one check has no
    spread. When that leaves one check in all there is no interval.
    """
    total = sum(stratum.weight * stratum.applies for stratum in strata)
    if not total:
        return None
    value = min(1.0, sum(stratum.weight * stratum.met for stratum in strata) / total)
    strata = _without_lone_checks(strata)
    if any(stratum.is_lone for stratum in strata):
        return Share(value, None, None)
    if not any(stratum.left_out for stratum in strata):
        return Share(value, value, value)
    applies = sum(stratum.applies for stratum in strata)
    if not 0 < value < 1:
        return Share(value, *score_interval(value, applies))
    freedom = applies - sum(1 for stratum in strata if stratum.applies)
    if freedom < 1:
        return Share(value, None, None)
    return Share(value, *logit_interval(value, sqrt(estimate_variance(strata, value)), freedom))


def _without_lone_checks(strata: Sequence[Stratum]) -> list[Stratum]:
    lone = [stratum for stratum in strata if stratum.is_lone]
    kept = sorted((stratum for stratum in strata if not stratum.is_lone), key=lambda one: one.checked)
    if len(lone) == 1 and kept:
        lone.append(kept.pop(0))
    if not lone:
        return kept
    together = Stratum(
        population=sum(stratum.population for stratum in lone),
        checked=sum(stratum.checked for stratum in lone),
        applies=sum(stratum.applies for stratum in lone),
        met=sum(stratum.met for stratum in lone),
    )
    return [*kept, together]


def estimate_variance(strata: Sequence[Stratum], value: float) -> float:
    """Of the estimated share `value`; a stratum with one check adds nothing."""
    total = sum(stratum.weight * stratum.applies for stratum in strata)
    return sum(_variance(stratum, value, total) for stratum in strata)


def _variance(stratum: Stratum, value: float, total: float) -> float:
    if stratum.checked < 2:
        return 0.0
    weight = stratum.weight / total
    missed = stratum.applies - stratum.met
    squares = weight**2 * (stratum.met * (1 - value) ** 2 + missed * value**2)
    mean = weight * (stratum.met - value * stratum.applies) / stratum.checked
    spread = squares - stratum.checked * mean**2
    return stratum.left_out * stratum.checked / (stratum.checked - 1) * spread
