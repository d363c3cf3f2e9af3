"""Sharing checks out among assurers: fairly, to the skilled, never to the barred. No database here.

Each check is placed by the shortest way to the assurer with the least load, along which checks that were
placed before may change hands: so an optimal semi-matching grows (Harvey, Ladner, Lovász and Tamir,
“Semi-matchings for bipartite graphs and load balancing”, 2006), and no check could move to somebody whose
load is lower by two or more. The same input gives the same answer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

URGENT_DAYS = 5  # working days left
URGENT_LOAD = 2


@dataclass(frozen=True)
class Sharer:
    """An assurer: what they have already, how many checks they can have, and what they can check."""

    key: int
    load: int  # as load_of counts it
    held: int  # checks
    capacity: int | None  # checks at most
    skills: frozenset[str]


@dataclass(frozen=True)
class Share:
    """A check to be given to somebody: what it needs, and who is barred from it."""

    key: int
    needs: frozenset[str]
    barred: frozenset[int]


class Left(Enum):
    """Why a check found nobody."""

    NO_ASSURER = "There is no assurer"
    ALL_BARRED = "Every assurer is barred"
    ALL_FULL = "Each assurer who is not barred has as many checks as they can take"


@dataclass
class Shared:
    given: dict[int, int] = field(default_factory=dict)  # the key of each check, and of its assurer
    lacking: dict[int, frozenset[str]] = field(default_factory=dict)  # what the assurer of a check cannot do
    left: dict[int, Left] = field(default_factory=dict)


def load_of(days_left: int | None) -> int:
    """What a check adds to a load: more when few working days are left. None: the company has the ball."""
    return 1 if days_left is None or days_left > URGENT_DAYS else URGENT_LOAD


def share_out(sharers: Sequence[Sharer], shares: Sequence[Share]) -> Shared:
    """Give each check to the skilled while one is free, then to whoever is; each adds 1 to a load."""
    return _Sharing(sharers).run(shares)


class _Sharing:
    def __init__(self, sharers: Sequence[Sharer]) -> None:
        self.sharers = {one.key: one for one in sorted(sharers, key=lambda one: one.key)}
        self.given: dict[int, list[Share]] = {key: [] for key in self.sharers}
        self.allowed: dict[int, list[int]] = {}  # to whom each check may go

    def run(self, shares: Sequence[Share]) -> Shared:
        result, waiting = Shared(), []
        for share in shares:
            self.allowed[share.key] = [key for key in self._able(share) if not self._lacks(key, share)]
            if not self._place(share):
                waiting.append(share)
        for share in waiting:
            self.allowed[share.key] = self._able(share)
            if not self._place(share):
                result.left[share.key] = self._why(share)
        for key, placed in self.given.items():
            for share in placed:
                result.given[share.key] = key
                if lacks := self._lacks(key, share):
                    result.lacking[share.key] = lacks
        return result

    def _able(self, share: Share) -> list[int]:
        return [key for key in self.sharers if key not in share.barred]

    def _lacks(self, key: int, share: Share) -> frozenset[str]:
        return share.needs - self.sharers[key].skills

    def _load(self, key: int) -> int:
        return self.sharers[key].load + len(self.given[key])

    def _has_room(self, key: int) -> bool:
        sharer = self.sharers[key]
        return sharer.capacity is None or sharer.held + len(self.given[key]) < sharer.capacity

    def _place(self, share: Share) -> bool:
        """Give the check away; along the way others may change hands. False when nobody has room."""
        came_by = self._reach(share)
        free = [key for key in came_by if self._has_room(key)]
        if not free:
            return False
        to = min(free, key=self._load)  # of equals the one who is reached first
        while (step := came_by[to]) is not None:
            giver, moved = step
            self.given[giver].remove(moved)
            self.given[to].append(moved)
            to = giver
        self.given[to].append(share)
        return True

    def _reach(self, share: Share) -> dict[int, tuple[int, Share] | None]:
        """Whom the check can reach, the nearest first: None at once, else who would pass which check on."""
        came_by: dict[int, tuple[int, Share] | None] = dict.fromkeys(self.allowed[share.key])
        waiting = deque(came_by)
        while waiting:
            giver = waiting.popleft()
            for passed in self.given[giver]:
                for key in self.allowed[passed.key]:
                    if key not in came_by:
                        came_by[key] = (giver, passed)
                        waiting.append(key)
        return came_by

    def _why(self, share: Share) -> Left:
        if not self.sharers:
            return Left.NO_ASSURER
        return Left.ALL_FULL if self._able(share) else Left.ALL_BARRED
