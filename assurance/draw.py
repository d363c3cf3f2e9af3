"""The random draw as pure functions: the same seed and frame always give the same members.

The frame is a list of strata, each with the numbers of its members. Within a stratum the draw is a simple
random sample without replacement, so each of its members has the inclusion probability size / members.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

ALGORITHM = "sha256-strata-1"
BEFORE_STRATA = "sha256-order-1"  # one stratum, whose digest leaves its name out


def new_seed() -> str:
    return secrets.token_hex(16)


def frame_digest(frame: Iterable[str]) -> str:
    """SHA-256 over the membership numbers in order, a line each: how BEFORE_STRATA told a frame apart."""
    return hashlib.sha256("\n".join(sorted(frame)).encode()).hexdigest()


def strata_digest(strata: Mapping[str, Iterable[str]]) -> str:
    """SHA-256 over the lines "number, tab, key of its stratum" in the order of the numbers."""
    lines = sorted(f"{number}\t{key}" for key, numbers in strata.items() for number in numbers)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _place(seed: str, number: str) -> bytes:
    return hashlib.sha256(f"{seed}:{number}".encode()).digest()


def draw(*, seed: str, frame: Iterable[str], size: int) -> list[str]:
    """A simple random sample without replacement, in the order in which it is drawn.

    Each number is given the place of SHA-256(seed:number); the first `size` are drawn. Anyone with the
    seed and the frame can repeat it by hand. Every member has the inclusion probability size / len(frame).
    """
    return sorted(frame, key=lambda number: _place(seed, number))[:size]


@dataclass(frozen=True, slots=True)
class Drawn:
    number: str
    stratum: str


def draw_strata(*, seed: str, strata: Mapping[str, Sequence[str]], sizes: Mapping[str, int]) -> list[Drawn]:
    """A sample of the given size from each stratum, in the order of SHA-256(seed:number) over all of them.

    Raises ValueError for a size that its stratum does not have.
    """
    for key, size in sizes.items():
        if not 0 <= size <= len(strata[key]):
            raise ValueError(f"{size} of the {len(strata[key])} members of {key!r} cannot be drawn")
    drawn = [
        Drawn(number, key)
        for key, numbers in strata.items()
        for number in draw(seed=seed, frame=numbers, size=sizes.get(key, 0))
    ]
    return sorted(drawn, key=lambda row: _place(seed, row.number))
