"""Suggests, for each point of an edition, the passages of a plan that speak to it, and shows why.

Every score is a sum that can be read back: phrases for the point, phrases against it, the heading that the
passage stands under, and likeness to examples. Nothing here decides anything; a person confirms or rejects.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from codeofpractice.reading.document import Document
from codeofpractice.reading.likeness import Model, model
from codeofpractice.reading.scoring import LABEL_FROM, PointScore, PointSpec, Scorer

__all__ = ["PointCoverage", "PointScore", "PointSpec", "RankedPassage", "Reading", "as_json", "suggest"]

Coverage = Literal["evidenced", "weak", "missing"]

AT_LEAST_SUGGESTED = 3


@dataclass(frozen=True, slots=True)
class RankedPassage:
    n: int
    text: str
    kind: str
    page: int | None
    heading: str
    points: tuple[PointScore, ...]


@dataclass(frozen=True, slots=True)
class PointCoverage:
    """`suggested` are passage numbers, best first."""

    point: int
    coverage: Coverage
    suggested: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    passages: tuple[RankedPassage, ...]
    points: tuple[PointCoverage, ...]
    extractable: bool
    reason: str


def suggest(document: Document, points: Sequence[PointSpec], learned: Model | None = None) -> Reading:
    """Rank every passage for every point. Deterministic; works for any number of points.

    `learned` is what likeness to examples is judged by; unless given, all the examples.
    """
    scorer = Scorer.of(document, points, learned or model())
    ranked = []
    raw: dict[int, list[tuple[float, PointScore, int]]] = {point.number: [] for point in points}
    for passage in document.passages:
        scored = scorer.score(passage)
        for value, score in scored:
            raw[score.point].append((value, score, passage.n))
        labels = tuple(score for value, score in scored if value >= LABEL_FROM)
        ranked.append(
            RankedPassage(passage.n, passage.text, passage.kind, passage.page, passage.heading, labels)
        )
    coverage = tuple(_cover(point.number, raw[point.number]) for point in points)
    return Reading(tuple(ranked), coverage, document.extractable, document.reason)


def as_json(reading: Reading) -> dict[str, Any]:
    """The shape that `read_plan --json` prints; why a passage ranks is in `Reading` itself."""
    return {
        "passages": [
            {
                "n": passage.n,
                "text": passage.text,
                "kind": passage.kind,
                "page": passage.page,
                "heading": passage.heading,
                "points": [{"point": score.point, "score": score.score} for score in passage.points],
            }
            for passage in reading.passages
        ],
        "points": [
            {"point": point.point, "coverage": point.coverage, "suggested": list(point.suggested)}
            for point in reading.points
        ],
        "extractable": reading.extractable,
        "reason": reading.reason,
    }


def _cover(number: int, scored: list[tuple[float, PointScore, int]]) -> PointCoverage:
    labelled = [score for value, score, _ in scored if value >= LABEL_FROM]
    stances = {score.stance for score in labelled}
    coverage: Coverage = "missing"
    if "in_place" in stances:
        coverage = "evidenced"
    elif stances & {"planned", "partial"}:
        coverage = "weak"
    order = sorted(scored, key=lambda item: (-item[0], item[2]))
    keep = [n for i, (value, _, n) in enumerate(order) if value >= LABEL_FROM or i < AT_LEAST_SUGGESTED]
    return PointCoverage(number, coverage, tuple(keep))
