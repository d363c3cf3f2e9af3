"""Who may write the measures of a company's plan."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from codeofpractice.models import Measure
from tests.access.expectation import Leaf, form, post
from tests.cast import Cast


def of_point(cast: Cast) -> dict[str, Any]:
    return {"number": cast.membership.number, "point": 2}


def of_measure(cast: Cast) -> dict[str, Any]:
    measure, _ = Measure.objects.get_or_create(
        response=cast.draft_version.responses.get(point__number=2),
        what="The desk refuses cash.",
        defaults={
            "state": "in_place",
            "owner_role": "Branch manager",
            "written_by": cast.owner,
            "written_at": timezone.now(),
        },
    )
    return {"number": cast.membership.number, "pk": measure.pk}


EXPECTATIONS: dict[str, Leaf | list[Leaf]] = {
    "codeofpractice:measure_add": Leaf(form("owner editor", forbidden="viewer"), of_point),
    "codeofpractice:measure": Leaf(form("owner editor", forbidden="viewer"), of_measure),
    "codeofpractice:measure_remove": Leaf(post("owner editor", forbidden="viewer"), of_measure),
}
