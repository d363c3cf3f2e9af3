"""A version of a plan point by point: what it says, what shows it, and what is missing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from applications.models import Company
from codeofpractice.models import (
    Evidence,
    FileStatus,
    LinkDecision,
    PassageLink,
    PlanVersion,
    Point,
    PointResponse,
    Position,
    ReadingStatus,
)


@dataclass(frozen=True)
class PointAnswer:
    """`passages` are the confirmed ones, in reading order."""

    point: Point
    response: PointResponse
    evidence: list[Evidence] = field(default_factory=list)
    passages: list[PassageLink] = field(default_factory=list)

    @property
    def is_answered(self) -> bool:
        response = self.response
        if response.position == Position.NOT_APPLICABLE:
            return bool(response.not_applicable_reason)
        said = bool(response.how_met or self.passages)
        return bool(response.position and said and response.responsible_role)


@dataclass(frozen=True)
class Gap:
    """What is missing, and the point at which to put it right; None when it is the version's own."""

    words: str
    point: Point | None = None


def answers_of(version: PlanVersion) -> list[PointAnswer]:
    """Every point of the version, in 4 queries whatever its size."""
    evidence: dict[int, list[Evidence]] = defaultdict(list)
    for row in version.evidence.select_related("file").prefetch_related("responses"):
        for response in row.responses.all():
            evidence[response.pk].append(row)
    passages: dict[int, list[PassageLink]] = defaultdict(list)
    links = PassageLink.objects.filter(passage__document__version=version, decision=LinkDecision.CONFIRMED)
    for link in links.select_related("passage__document__file").order_by(
        "passage__document_id", "passage__n"
    ):
        passages[link.point_id].append(link)
    return [
        PointAnswer(row.point, row, evidence[row.pk], passages[row.point_id])
        for row in version.responses.select_related("point", "changed_by").order_by("point__number")
    ]


def may_skip(point: Point, company: Company) -> bool:
    """May the company say that the point does not apply? Only where the edition and its fleet allow it."""
    return point.may_be_not_applicable and not company.hires_commercial_vehicles


def find_gaps(version: PlanVersion, answers: list[PointAnswer] | None = None) -> list[Gap]:
    """What stands between the draft and its submission."""
    gaps: list[Gap] = []
    for answer in answers if answers is not None else answers_of(version):
        gaps += [Gap(words, answer.point) for words in _missing(answer)]
        for row in answer.evidence:
            if row.file.status != FileStatus.CLEAN:
                gaps.append(Gap(f"“{row.title}”: {FILE_GAPS[row.file.status]}", answer.point))
    for document in version.documents.select_related("file"):
        if document.status in {ReadingStatus.PENDING, ReadingStatus.READING}:
            gaps.append(
                Gap(f"“{document.file.original_name}” is still being read: wait for it, or remove it")
            )
    return gaps


FILE_GAPS: dict[str, str] = {
    FileStatus.WAITING: "the file is still being checked for viruses",
    FileStatus.INFECTED: "the file was refused, so remove it",
    FileStatus.UNSCANNABLE: "the file could not be checked for viruses, so remove it",
}


def _missing(answer: PointAnswer) -> list[str]:
    response = answer.response
    if not response.position:
        return ["Not answered yet"]
    if response.position == Position.NOT_APPLICABLE:
        return [] if response.not_applicable_reason else ["Say why the point does not apply"]
    words = []
    if not (response.how_met or answer.passages):
        words.append("Say how you meet the point, or confirm a passage of an uploaded plan")
    if not response.responsible_role:
        words.append("Say who is responsible")
    return words
