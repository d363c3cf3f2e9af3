"""The random draw as pure functions: the same seed and frame always give the same members."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable

ALGORITHM = "sha256-order-1"


def new_seed() -> str:
    return secrets.token_hex(16)


def frame_digest(frame: Iterable[str]) -> str:
    """SHA-256 over the membership numbers in order, a line each."""
    return hashlib.sha256("\n".join(sorted(frame)).encode()).hexdigest()


def draw(*, seed: str, frame: Iterable[str], size: int) -> list[str]:
    """A simple random sample without replacement, in the order in which it is drawn.

    Each number is given the place of SHA-256(seed:number); the first `size` are drawn. Anyone with the
    seed and the frame can repeat it by hand. Every member has the inclusion probability size / len(frame).
    """
    return sorted(frame, key=lambda number: hashlib.sha256(f"{seed}:{number}".encode()).digest())[:size]
