"""When there is not enough data to say, and how much would be."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import ceil

from reviews.statistics.intervals import Z_95
from reviews.statistics.rates import poisson_limits

HALF_WIDTH = 0.10  # of the interval of a share, at most
FACTOR = 2.0  # between a rate and either of its limits, at most


@dataclass(frozen=True)
class NotEnough:
    """There are `have` of what `of` names, such as checks, and `need` would be enough."""

    have: int
    need: int
    of: str

    @property
    def note(self) -> str:
        return f"There are {self.have:,} {self.of}; {self.need:,} would be enough."


def checks_needed(members: int) -> int:
    """Checks for a share of all these members to be known within 10 percentage points either way.

    n₀/(1 + (n₀ - 1)/N) with n₀ = z²/4h², rounded up: for a share of one half, which needs most, drawn
    without replacement from N. W. G. Cochran, "Sampling Techniques", 3rd edition, 1977, section 4.4.
    """
    if members < 1:
        return 0
    endless = (Z_95 / (2 * HALF_WIDTH)) ** 2
    return min(members, ceil(endless / (1 + (endless - 1) / members)))


@cache
def events_needed() -> int:
    """The fewest events for which both exact limits of a rate are within a factor of 2 of it."""
    events = 1
    while not _is_close(events):
        events += 1
    return events


def _is_close(events: int) -> bool:
    low, high = poisson_limits(events)
    return events <= FACTOR * low and high <= FACTOR * events


def enough_checks(checks: int, members: int) -> NotEnough | None:
    """None when there are as many checks as are needed."""
    need = checks_needed(members)
    return NotEnough(checks, need, "checks") if checks < need else None


def enough_events(events: int) -> NotEnough | None:
    """None when there are as many events as are needed."""
    need = events_needed()
    return NotEnough(events, need, "events") if events < need else None
