"""What is new in an edition against each earlier one that it names, for its pages."""

from __future__ import annotations

from dataclasses import dataclass

from codeofpractice.correspondence import Pair, pairs_between
from codeofpractice.models import Edition, Relation


@dataclass(frozen=True)
class Comparison:
    earlier: Edition
    pairs: list[Pair]

    @property
    def changed(self) -> list[Pair]:
        return [pair for pair in self.pairs if pair.relation != Relation.SAME]

    @property
    def unchanged(self) -> int:
        return len({pair.point.pk for pair in self.pairs if pair.point}) - len(
            {pair.point.pk for pair in self.changed if pair.point}
        )


def comparisons_of(edition: Edition) -> list[Comparison]:
    named = Edition.objects.filter(pk__in=edition.correspondences.values("earlier_edition"))
    return [Comparison(earlier, pairs_between(earlier, edition)) for earlier in named]


def edition_before(edition: Edition) -> Edition | None:
    """The newest published one that speaks to any of the same rental models; a draft comes after all."""
    others = Edition.objects.filter(status="published").exclude(pk=edition.pk)
    if edition.status == "published":
        others = others.filter(published_on__lt=edition.published_on)
    for other in others.order_by("-published_on", "-pk"):
        if not edition.rental_models or other.speaks_to(edition.rental_models) or not other.rental_models:
            return other
    return None


def comparisons_for_preview(edition: Edition) -> list[Comparison]:
    """As the public will see them; and against the edition before, where the file says nothing about it."""
    found = comparisons_of(edition)
    before = edition_before(edition)
    if before is not None and before.pk not in {row.earlier.pk for row in found}:
        found.append(Comparison(before, pairs_between(before, edition)))
    return found
