"""Which counts must not be shown, so that no company can be picked out of a table.

Counts of 1 to 4 are withheld, and further counts with them, so that none follows from a total. Everything
withheld carries one and the same symbol: which of two is the small one is not told either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reviews.statistics.figures import Compliance, EditionCounts, Levels, Month, PointCounts

THRESHOLD = 5
DOMINANT_SHARE = 0.5


def is_small(count: int) -> bool:
    return 0 < count < THRESHOLD


def hide(counts: Sequence[int]) -> frozenset[int]:
    """Which counts are withheld, by position, when their total is known or can be had from elsewhere.

    With the small counts go all that equal the smallest count of 5 or more; where there is none, all go.
    The rule looks at values only, never at positions. So any two figures that are withheld could be
    exchanged and the table would look the same: even a reader who knows the rule cannot tell which of them
    is the small one. One blank alone, which the total would fill, cannot come about.
    """
    if not any(is_small(count) for count in counts):
        return frozenset()
    large = [count for count in counts if count >= THRESHOLD]
    if not large:
        return frozenset(range(len(counts)))
    least = min(large)
    return frozenset(position for position, count in enumerate(counts) if is_small(count) or count == least)


def hide_overlapping(counts: Sequence[int], total: int) -> frozenset[int]:
    """Which counts are withheld where a company may be in several rows, and the total is known.

    Besides those that `hide` withholds, a row in which all companies are but 1 to 4: the total would tell
    how few are not in it.
    """
    few_outside = {position for position, count in enumerate(counts) if is_small(total - count)}
    return hide(counts) | few_outside


def is_dominated(total: int, largest: int) -> bool:
    """Whether one company has more than half of what is added up, such as vehicles.

    The sum would then tell about how much that is: the (n, k) rule with n = 1 and k = 50%. A. Hundepool and
    others, "Statistical Disclosure Control", 2012.
    """
    return largest > DOMINANT_SHARE * total


@dataclass(frozen=True)
class HiddenMonths:
    """Positions of months whose count is withheld, by column."""

    applications: frozenset[int]
    joined: frozenset[int]
    members: frozenset[int]


def hide_months(months: Sequence[Month]) -> HiddenMonths:
    """A change between two month-ends tells how many joined, so these are shown only where that is no
    small number: months are taken together in blocks at whose ends 0, or 5 or more, have joined."""
    joined: set[int] = set()
    members = {position for position, month in enumerate(months) if is_small(month.members)}
    for block in _blocks(months):
        counts = [months[position].joined for position in block]
        joined |= {block[within] for within in hide(counts)}
        members |= set(block[:-1])
    return HiddenMonths(
        applications=hide([month.applications for month in months]),
        joined=frozenset(joined),
        members=frozenset(members),
    )


def _blocks(months: Sequence[Month]) -> list[list[int]]:
    blocks: list[list[int]] = []
    block: list[int] = []
    for position in range(len(months)):
        block.append(position)
        if not is_small(sum(months[within].joined for within in block)):
            blocks.append(block)
            block = []
    while block and blocks and is_small(sum(months[within].joined for within in block)):
        block = blocks.pop() + block
    return [*blocks, block] if block else blocks


def hide_outcomes(compliance: Compliance) -> tuple[frozenset[str], bool]:
    """Outcomes to withhold, and whether the number of checks is withheld too.

    The number assessed can be had from the table of any point. So a small "no response" is hidden with the
    total, and the other three are hidden as parts of the number assessed. When few were assessed the total
    would tell how few.
    """
    names = ("met", "met_with_actions", "not_met")
    hidden = {names[position] for position in hide([getattr(compliance, name) for name in names])}
    total = compliance.assessed + compliance.no_response
    if is_small(compliance.no_response):
        hidden.add("no_response")
    without_total = any(map(is_small, (compliance.no_response, compliance.assessed, total)))
    return frozenset(hidden), without_total


def is_without_levels(levels: Levels) -> bool:
    """Whether all three counts are withheld: when one of them is small.

    That is more than `hide` would. DfT's decisions are counted in another table as well, so that one of two
    withheld counts could be had from there, about, and the other by taking it from the total.
    """
    return any(map(is_small, levels.counts))


def is_step_too_small(new: Levels, old: Levels) -> bool:
    """Whether a reader of both would learn of fewer than 5 members that they moved, or came and left."""
    return any(is_small(abs(now - then)) for now, then in zip(new.counts, old.counts, strict=True))


def shown_editions(editions: Sequence[EditionCounts]) -> list[EditionCounts]:
    """Editions whose table is shown at all: not those with few checks, nor one that would tell how few."""
    hidden = hide([edition.checks for edition in editions])
    return [edition for position, edition in enumerate(editions) if position not in hidden]


RESULTS = ("met", "partly", "not_met", "not_applicable")


def hide_results(point: PointCounts) -> frozenset[str]:
    counts = [getattr(point, name) for name in RESULTS]
    return frozenset(RESULTS[position] for position in hide(counts))
