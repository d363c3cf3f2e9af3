"""How strong the evidence about a point is. The thresholds stand here and nowhere else.

Strong: an interval at most 10 points of percentage wide, from at least 100 checks in which the point applies,
with a response of at least 80%. Moderate: at most 20 points, 30 checks and 60%. Weak: anything less, and
whenever no interval can be given. The response is the share of decided checks in which the member sent a
plan. Where the number that did not respond is withheld, the least that it can be is taken, so that the word
tells nothing more than the tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from reviews.statistics.intervals import Share

Strength = Literal["Strong", "Moderate", "Weak"]


@dataclass(frozen=True)
class Threshold:
    """`width` in points of percentage, `response` as a share between 0 and 1."""

    strength: Strength
    width: float
    checks: int
    response: float


THRESHOLDS = (Threshold("Strong", 10, 100, 0.8), Threshold("Moderate", 20, 30, 0.6))


def strength_of(*, adherence: Share | None, checks: int, response: float | None) -> Strength:
    if adherence is None or adherence.low is None or adherence.high is None or response is None:
        return "Weak"
    # Rounded as it is shown, so that a reader finds the same width.
    width = round(round(100 * adherence.high, 1) - round(100 * adherence.low, 1), 1)
    for threshold in THRESHOLDS:
        if width <= threshold.width and checks >= threshold.checks and response >= threshold.response:
            return threshold.strength
    return "Weak"


def in_words() -> str:
    """The thresholds as a sentence for the note of a table."""
    strong, moderate = THRESHOLDS
    said = [
        f"{row.strength.lower()} is an interval at most {row.width:g} points wide, at least {row.checks} "
        f"checks to which the point applies and a response of at least {row.response:.0%}"
        for row in (strong, moderate)
    ]
    return f"Strength of evidence: {said[0]}; {said[1]}; weak is anything less."
