"""How many members are drawn from each stratum. Exact fractions, so that it comes out alike everywhere.

Whole numbers of members are found by priorities: after a start in each stratum, the next member goes to the
stratum where it lowers the variance of the estimated total most, until the sample is full. That is the best
allocation among those in whole numbers: T. Wright, "The Equivalence of Neyman Optimum Allocation for
Sampling and Equal Proportions for Apportioning the U.S. House of Representatives", The American Statistician
66 (2012), 217 to 224.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from heapq import heapify, heappop, heapreplace

from django.db import models

# The variance within a stratum can be estimated from two members on.
LEAST = 2


class Allocation(models.TextChoices):
    PROPORTIONAL = "proportional", "In proportion to the members of each group"
    NEYMAN = "neyman", "More where earlier checks came out differently (Neyman)"
    FIXED = "fixed", "Sizes that you set yourself"


@dataclass(frozen=True, slots=True)
class StratumSize:
    """`checked` members of the stratum had a decided check before, and `met` of them met the code."""

    members: int
    checked: int = 0
    met: int = 0

    @property
    def variance(self) -> Fraction:
        """A group is taken to vary by p(1 - p), with p = (met + 1) / (checked + 2) of its earlier checks.

        That is never 0, and 1/4 without checks.
        """
        share = Fraction(self.met + 1, self.checked + 2)
        return share * (1 - share)


def proportional(strata: Sequence[StratumSize], size: int) -> list[int]:
    """As if every stratum varied alike. Raises ValueError when `size` cannot be shared out."""
    return _by_priority([(row.members, Fraction(1)) for row in strata], size)


def neyman(strata: Sequence[StratumSize], size: int) -> list[int]:
    """Raises ValueError when `size` cannot be shared out."""
    return _by_priority([(row.members, row.variance) for row in strata], size)


def smallest_size(strata: Sequence[StratumSize]) -> int:
    """One from each stratum."""
    return sum(1 for row in strata if row.members)


def _by_priority(strata: list[tuple[int, Fraction]], size: int) -> list[int]:
    everyone = sum(members for members, _ in strata)
    fewest = sum(1 for members, _ in strata if members)
    if not max(fewest, 1) <= size <= everyone:
        raise ValueError(f"{size} members cannot be drawn from {fewest} strata with {everyone} members")
    sizes = [min(members, LEAST) for members, _ in strata]
    if sum(sizes) > size:
        sizes = [min(members, 1) for members, _ in strata]

    def priority(place: int) -> tuple[Fraction, int]:
        """The square of the rule's priority, turned round for the heap; the earlier stratum wins a tie."""
        members, variance = strata[place]
        n = sizes[place]
        return -(members**2 * variance) / (n * (n + 1)), place

    waiting = [priority(place) for place, (members, _) in enumerate(strata) if sizes[place] < members]
    heapify(waiting)
    for _ in range(size - sum(sizes)):
        _, place = waiting[0]
        sizes[place] += 1
        if sizes[place] < strata[place][0]:
            heapreplace(waiting, priority(place))
        else:
            heappop(waiting)
    return sizes
