"""A version of a plan point by point: what it says, what shows it, and what is missing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from applications.models import Company
from codeofpractice.applicability import applies, facts_of
from codeofpractice.models import (
    Evidence,
    FileStatus,
    LinkDecision,
    Measure,
    MeasureState,
    PassageLink,
    PlanVersion,
    Point,
    PointResponse,
    Position,
    ReadingStatus,
)


@dataclass(frozen=True)
class Answer:
    """What a point is to say."""

    position: str
    how_met: str = ""
    responsible_role: str = ""
    planned_for: date | None = None
    not_applicable_reason: str = ""


@dataclass(frozen=True)
class MeasureDetails:
    """`day` is since when it is in place, or by when it will be; a planned one has it."""

    what: str
    state: str
    owner_role: str
    day: date | None = None


@dataclass(frozen=True)
class PointAnswer:
    """`passages` are the confirmed ones, in reading order."""

    point: Point
    response: PointResponse
    evidence: list[Evidence] = field(default_factory=list)
    passages: list[PassageLink] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)

    @property
    def is_answered(self) -> bool:
        response = self.response
        if response.position == Position.NOT_APPLICABLE:
            return bool(response.not_applicable_reason)
        said = bool(response.how_met or self.passages or self.measures)
        return bool(response.position and said and response.responsible_role)


@dataclass(frozen=True)
class Gap:
    """What is missing, and the point at which to put it right; None when it is the version's own."""

    words: str
    point: Point | None = None


def answers_of(version: PlanVersion) -> list[PointAnswer]:
    """Every point of the version, in 5 queries whatever its size."""
    evidence: dict[int, list[Evidence]] = defaultdict(list)
    for row in version.evidence.current().select_related("file__uploaded_by").prefetch_related("responses"):
        for response in row.responses.all():
            evidence[response.pk].append(row)
    passages: dict[int, list[PassageLink]] = defaultdict(list)
    links = PassageLink.objects.filter(passage__document__version=version, decision=LinkDecision.CONFIRMED)
    for link in links.select_related("passage__document__file").order_by(
        "passage__document_id", "passage__n"
    ):
        passages[link.point_id].append(link)
    measures: dict[int, list[Measure]] = defaultdict(list)
    for measure in Measure.objects.filter(response__version=version).order_by("pk"):
        measures[measure.response_id].append(measure)
    return [
        PointAnswer(row.point, row, evidence[row.pk], passages[row.point_id], measures[row.pk])
        for row in version.responses.select_related("point", "changed_by").order_by("point__number")
    ]


def may_skip(point: Point, company: Company) -> bool:
    """May the company say that the point does not apply? Only where the edition's rule leaves it out."""
    return point.may_be_not_applicable and not applies(point.applies_when, facts_of(company))


def find_gaps(version: PlanVersion, answers: list[PointAnswer] | None = None) -> list[Gap]:
    """What stands between the draft and its submission."""
    gaps: list[Gap] = []
    for answer in answers if answers is not None else answers_of(version):
        gaps += [Gap(words, answer.point) for words in _missing(answer)]
        for row in answer.evidence:
            if row.file.status != FileStatus.CLEAN:
                gaps.append(Gap(f"{row.file.name_for(None)}: {FILE_GAPS[row.file.status]}", answer.point))
            if row.is_expired:
                gaps.append(
                    Gap(f"“{row.title}” has expired: replace it, change its date or remove it", answer.point)
                )
    for document in version.documents.select_related("file__uploaded_by"):
        if document.status in {ReadingStatus.PENDING, ReadingStatus.READING}:
            gaps.append(Gap(f"{document.file.name_for(None)} is still being read: wait for it, or remove it"))
    return gaps


FILE_GAPS: dict[str, str] = {
    FileStatus.WAITING: "the file is still being checked for viruses",
    FileStatus.INFECTED: "the file was refused, so remove it",
    FileStatus.ENCRYPTED: "the file is protected with a password, so remove it",
    FileStatus.UNSCANNABLE: "the file could not be checked for viruses, so remove it",
}


def _missing(answer: PointAnswer) -> list[str]:
    response = answer.response
    if not response.position:
        return ["Not answered yet"]
    if response.wants_a_look:
        return ["Its text comes from another edition: save it again, or say that it is still right"]
    if response.position == Position.NOT_APPLICABLE:
        words = [] if response.not_applicable_reason else ["Say why the point does not apply"]
        return words + (["Remove its measures, as the point does not apply"] if answer.measures else [])
    words = []
    if not (response.how_met or answer.passages or answer.measures):
        words.append("Say how you meet the point, add a measure, or confirm a passage of an uploaded plan")
    planned = any(measure.state == MeasureState.PLANNED for measure in answer.measures)
    if planned and response.position == Position.IN_PLACE:
        words.append("Choose Planned, or say since when each measure is in place: one is only planned")
    if not response.responsible_role:
        words.append("Say who is responsible")
    return words
