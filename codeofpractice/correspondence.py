"""How the points of one edition stand to those of another: as the newer one states it, else by their keys."""

from __future__ import annotations

from dataclasses import dataclass

from codeofpractice.models import Edition, Point, Relation


@dataclass(frozen=True)
class Pair:
    """`earlier` is None for a new point, `point` for one that is gone."""

    point: Point | None
    earlier: Point | None
    relation: Relation
    note: str = ""


def pairs_between(earlier: Edition, later: Edition) -> list[Pair]:
    """Every point of both editions at least once, in the order of the later one; those gone come last."""
    if earlier.pk == later.pk:
        return [Pair(point, point, Relation.SAME) for point in later.points.all()]
    stated = list(
        later.correspondences.filter(earlier_edition=earlier).select_related("point", "earlier_point")
    )
    if not stated:
        return _by_key(earlier, later)
    pairs = [Pair(row.point, row.earlier_point, Relation(row.relation), row.note) for row in stated]
    return sorted(pairs, key=lambda pair: (pair.point is None, pair.point.number if pair.point else 0))


def _by_key(earlier: Edition, later: Edition) -> list[Pair]:
    old = {point.key: point for point in earlier.points.all()}
    points = list(later.points.all())
    pairs = [_pair(point, old.get(point.key)) for point in points]
    kept = {point.key for point in points}
    return pairs + [Pair(None, point, Relation.GONE) for key, point in old.items() if key not in kept]


def _pair(point: Point, earlier: Point | None) -> Pair:
    if earlier is None:
        return Pair(point, None, Relation.NEW)
    is_same = (point.requirement, point.applies_when) == (earlier.requirement, earlier.applies_when)
    return Pair(point, earlier, Relation.SAME if is_same else Relation.WIDER)
