"""A version of a plan point by point: what it says, what shows it, and what is missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from django.utils import timezone

from applications.models import Company, ContactStanding, SecurityContact, SecurityContactKind
from codeofpractice.applicability import applies, facts_of
from codeofpractice.models import (
    Evidence,
    FileStatus,
    LinkDecision,
    Measure,
    MeasureState,
    PassageLink,
    PlanDocument,
    PlanVersion,
    Point,
    PointResponse,
    Position,
    ReadingStatus,
    Training,
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
class TrainingFigures:
    """Of the staff who deal with hirers; `trained_on` is when the last who are trained were, if any are."""

    course: str
    staff: int
    trained: int
    trained_on: date | None = None


@dataclass(frozen=True)
class PointAnswer:
    """`passages` are the confirmed ones, in reading order.

    `contacts` are those of the company record, on the day of submission or, of a draft, today; only of a
    point that asks for them.
    """

    point: Point
    response: PointResponse
    evidence: list[Evidence] = field(default_factory=list)
    passages: list[PassageLink] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)
    trainings: list[Training] = field(default_factory=list)
    contacts: list[SecurityContact] = field(default_factory=list)

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
    """Every point of the version, in 7 queries at most whatever its size."""
    [answers] = answers_of_all([version])
    if not any(answer.point.asks_contact for answer in answers):
        return answers
    contacts = contacts_of(version)
    return [replace(row, contacts=contacts) if row.point.asks_contact else row for row in answers]


def answers_of_all(versions: Sequence[PlanVersion]) -> list[list[PointAnswer]]:
    """Of each version its points, without the contacts, in 6 queries."""
    evidence: dict[int, list[Evidence]] = defaultdict(list)
    files = Evidence.objects.filter(version__in=versions).current().select_related("file__uploaded_by")
    for row in files.prefetch_related("responses"):
        for response in row.responses.all():
            evidence[response.pk].append(row)
    passages: dict[tuple[int, int], list[PassageLink]] = defaultdict(list)
    links = PassageLink.objects.filter(
        passage__document__version__in=versions, decision=LinkDecision.CONFIRMED
    ).select_related("passage__document__file")
    for link in links.order_by("passage__document_id", "passage__n"):
        passages[link.passage.document.version_id, link.point_id].append(link)
    measures: dict[int, list[Measure]] = defaultdict(list)
    for measure in Measure.objects.filter(response__version__in=versions).order_by("pk"):
        measures[measure.response_id].append(measure)
    trainings: dict[int, list[Training]] = defaultdict(list)
    for training in Training.objects.filter(response__version__in=versions).order_by("pk"):
        trainings[training.response_id].append(training)
    answers: dict[int, list[PointAnswer]] = {version.pk: [] for version in versions}
    by_pk = {version.pk: version for version in versions}
    said = PointResponse.objects.filter(version__in=versions).select_related("point", "changed_by")
    for found in said.order_by("point__number"):
        found.version = by_pk[found.version_id]
        answers[found.version_id].append(
            PointAnswer(
                found.point,
                found,
                evidence[found.pk],
                passages[found.version_id, found.point_id],
                measures[found.pk],
                trainings[found.pk],
            )
        )
    return [answers[version.pk] for version in versions]


def contacts_of(version: PlanVersion) -> list[SecurityContact]:
    """The recognised security contact and the deputy of the company record: the plan does not hold them.

    A submitted version has those of the day of its submission, which the record keeps.
    """
    day = timezone.localdate(version.submitted_at) if version.submitted_at else timezone.localdate()
    company = version.plan.membership.company_id
    return list(SecurityContact.objects.filter(company=company).on(day).order_by("kind"))


def may_skip(point: Point, company: Company) -> bool:
    """May the company say that the point does not apply? Only where the edition's rule leaves it out."""
    return point.may_be_not_applicable and not applies(point.applies_when, facts_of(company))


def find_gaps(
    version: PlanVersion,
    answers: list[PointAnswer] | None = None,
    documents: Iterable[PlanDocument] | None = None,
) -> list[Gap]:
    """What stands between the draft and its submission. Answers and documents are fetched unless given."""
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
    if documents is None:
        documents = version.documents.select_related("file__uploaded_by")
    for document in documents:
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
    return words + _missing_besides_words(answer)


def _missing_besides_words(answer: PointAnswer) -> list[str]:
    words = []
    if answer.point.asks_training and not answer.trainings and answer.response.position == Position.IN_PLACE:
        words.append("Add the training figures: how many staff there are, and how many were trained")
    if answer.point.asks_contact:
        standings = {contact.kind: contact.standing for contact in answer.contacts}
        standing = standings.get(SecurityContactKind.CONTACT)
        if standing is None:
            words.append("Name the recognised security contact in the company record")
        elif standing in {ContactStanding.REFUSED, ContactStanding.MISSED}:
            words.append(
                "See to the recognised security contact in the company record, who has not confirmed"
            )
    return words
