"""What became of each point of a draft whose text came from another edition, for its pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from codeofpractice.answers import PointAnswer
from codeofpractice.correspondence import Pair, pairs_between
from codeofpractice.models import Edition, Mark, PlanVersion, PlanVersionStatus, PointResponse


@dataclass(frozen=True)
class Marks:
    """How many points bear each mark, and how many of them nobody has looked at yet."""

    earlier: Edition | None
    unchanged: int
    to_look_at: int
    new: int
    open: int


def marks_of(version: PlanVersion, answers: Sequence[PointAnswer]) -> Marks | None:
    """None when the version has no marks: it did not come from another edition."""
    marks = [answer.response.mark for answer in answers]
    if not any(marks):
        return None
    return Marks(
        earlier=earlier_edition(version),
        unchanged=marks.count(Mark.UNCHANGED),
        to_look_at=marks.count(Mark.NEEDS_LOOK),
        new=marks.count(Mark.NEW),
        open=sum(answer.response.wants_a_look for answer in answers),
    )


def earlier_edition(version: PlanVersion) -> Edition | None:
    """That of the version from which the text came."""
    if version.moved_from_id is not None and version.moved_from is not None:
        return version.moved_from.edition
    last = (
        PlanVersion.objects.filter(
            plan=version.plan_id, status=PlanVersionStatus.SUBMITTED, number__lt=version.number
        )
        .select_related("edition")
        .order_by("-number")
        .first()
    )
    return last.edition if last else None


def pairs_of(response: PointResponse) -> list[Pair]:
    """The earlier points from which a marked answer came, with what is different."""
    earlier = earlier_edition(response.version) if response.mark else None
    if earlier is None:
        return []
    pairs = pairs_between(earlier, response.version.edition)
    return [pair for pair in pairs if pair.point and pair.point.pk == response.point_id]
