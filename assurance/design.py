"""The plan of a round before it is drawn: what would be drawn from which strata. It changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from accounts.transitions import TransitionRefused
from assurance.allocation import Allocation, neyman, proportional, smallest_size
from assurance.draw import strata_digest
from assurance.frame import Candidate, FrameStratum, describe_frame, strata_of
from assurance.risk import RiskBand

MOST_STRATA = 60


@dataclass(frozen=True, slots=True)
class Named:
    """A member that a lead names by number, with the reason."""

    number: str
    reason: str


@dataclass(frozen=True, slots=True)
class RoundDesign:
    """What a lead asks for. `size` counts the members drawn at random; `fixed` is by key of the stratum.

    With fixed sizes `size` is not used.
    """

    name: str
    size: int = 0
    strata_by: tuple[str, ...] = ()
    allocation: str = Allocation.PROPORTIONAL
    fixed: dict[str, int] = field(default_factory=dict)
    certainty: tuple[Named, ...] = ()
    targeted: tuple[Named, ...] = ()
    excluded: tuple[Named, ...] = ()
    seed: str = ""


@dataclass(frozen=True, slots=True)
class PlannedStratum:
    stratum: FrameStratum
    size: int

    @property
    def members(self) -> int:
        return len(self.stratum.candidates)

    @property
    def inclusion_probability(self) -> float:
        return self.size / self.members


@dataclass(frozen=True, slots=True)
class PlannedRound:
    """`digest` tells the frame with its strata apart, `obstacle` says why it cannot be drawn like this."""

    design: RoundDesign
    strata: tuple[PlannedStratum, ...]
    candidates: dict[str, Candidate]
    digest: str
    obstacle: str = ""

    @property
    def frame(self) -> list[str]:
        return sorted(number for row in self.strata for number in row.stratum.numbers)

    @property
    def size(self) -> int:
        return sum(row.size for row in self.strata)

    @property
    def by_risk(self) -> list[tuple[RiskBand, int]]:
        """How many of the frame are in each risk band."""
        counted = Counter(row.risk.band for planned in self.strata for row in planned.stratum.candidates)
        return [(band, counted[band]) for band in RiskBand]

    @property
    def token(self) -> str:
        """What a lead saw before the draw: the frame and how many come from each stratum."""
        sizes = ",".join(str(row.size) for row in self.strata)
        return f"{self.digest}:{sizes}"


def plan_round(design: RoundDesign) -> PlannedRound:
    """Raises TransitionRefused for a member named who cannot be drawn now, or twice."""
    candidates = {row.number: row for row in describe_frame()}
    _refuse_unknown(design, candidates)
    taken_out = {row.number for row in (*design.excluded, *design.certainty)}
    strata = strata_of((row for row in candidates.values() if row.number not in taken_out), design.strata_by)
    sizes, obstacle = _sizes(design, strata)
    return PlannedRound(
        design=design,
        strata=tuple(PlannedStratum(row, size) for row, size in zip(strata, sizes, strict=True)),
        candidates=candidates,
        digest=strata_digest({row.key: row.numbers for row in strata}),
        obstacle=obstacle,
    )


def _refuse_unknown(design: RoundDesign, candidates: dict[str, Candidate]) -> None:
    named = [row.number for row in (*design.excluded, *design.certainty, *design.targeted)]
    for number, times in Counter(named).items():
        if number not in candidates:
            raise TransitionRefused(f"{number} cannot be drawn now, so it cannot be named.")
        if times > 1:
            raise TransitionRefused(f"{number} is named more than once.")


def _sizes(design: RoundDesign, strata: Sequence[FrameStratum]) -> tuple[list[int], str]:
    """How many come from each stratum, and what stands in the way of drawing them."""
    nothing = [0] * len(strata)
    members = sum(len(row.candidates) for row in strata)
    if not members:
        return nothing, "Nobody can be drawn now."
    if len(strata) > MOST_STRATA:
        return nothing, (
            f"These properties make {len(strata)} groups, and at most {MOST_STRATA} can be drawn from. "
            "Choose fewer properties."
        )
    if design.allocation == Allocation.FIXED:
        return _fixed_sizes(design, strata)
    if design.size > members:
        return nothing, f"{members:,} members can be drawn now, so {design.size:,} cannot be."
    counted = [row.size for row in strata]
    fewest = smallest_size(counted)
    if design.size < max(fewest, 1):
        return nothing, (
            f"There are {fewest} groups. Draw at least {fewest} members, one from each, or choose fewer "
            "properties."
            if fewest > 1
            else "Draw at least 1 member."
        )
    allocate = neyman if design.allocation == Allocation.NEYMAN else proportional
    return allocate(counted, design.size), ""


def _fixed_sizes(design: RoundDesign, strata: Sequence[FrameStratum]) -> tuple[list[int], str]:
    sizes = [design.fixed.get(row.key, 0) for row in strata]
    if not sum(sizes):
        return sizes, "Set how many members should be drawn from each group."
    for row, size in zip(strata, sizes, strict=True):
        if not 1 <= size <= len(row.candidates):
            return sizes, (
                f"{row.label}: draw from 1 to {len(row.candidates):,}. "
                "A group from which nobody is drawn would be missing from the figures."
            )
    return sizes, ""
