"""Who may write the training figures of a company's plan."""

from __future__ import annotations

from typing import Any

from codeofpractice.models import Training
from tests import factories as make
from tests.access.expectation import Leaf, form, post
from tests.cast import Cast

POINT = 4


def of_point(cast: Cast) -> dict[str, Any]:
    return {"number": cast.membership.number, "point": POINT}


def of_training(cast: Cast) -> dict[str, Any]:
    response = cast.draft_version.responses.get(point__number=POINT)
    training = Training.objects.filter(response=response).first()
    training = training or make.TrainingFactory(response=response, written_by=cast.owner)
    return {"number": cast.membership.number, "pk": training.pk}


EXPECTATIONS: dict[str, Leaf | list[Leaf]] = {
    "codeofpractice:training_add": Leaf(form("owner editor", forbidden="viewer"), of_point),
    "codeofpractice:training": Leaf(form("owner editor", forbidden="viewer"), of_training),
    "codeofpractice:training_remove": Leaf(post("owner editor", forbidden="viewer"), of_training),
}
