"""What would become of each point of a draft if the answers of a pro-forma were saved.

It stands on the forms of the pages, so that a document is held to the same rules. Services do not know it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, field, replace
from datetime import date

from django.db.models import prefetch_related_objects

from codeofpractice.answers import Answer, MeasureDetails, PointAnswer, answers_of, may_skip
from codeofpractice.differences import Segment, describe_measure, word_differences, words_of
from codeofpractice.forms import MeasureForm, PointForm
from codeofpractice.models import Measure, PlanDocument, Point, PointResponse, Position, ProformaAnswer
from codeofpractice.proforma.content import LABELS
from codeofpractice.proforma.filling import answer_of, details_of, digest, digest_of_response
from codeofpractice.proforma.parsing import Parsed, parse, settled
from codeofpractice.services import PointTaken
from codeofpractice.services.measures import MOST_MEASURES

UNCHANGED, FILLED, CHANGED, KEPT, CONFLICT, UNREAD = (
    "unchanged",
    "filled",
    "changed",
    "kept",
    "conflict",
    "unread",
)
STATE_WORDS = {
    UNCHANGED: "Unchanged",
    FILLED: "Filled in",
    CHANGED: "Changed",
    KEPT: "Changed in the service since",
    CONFLICT: "Changed in both",
    UNREAD: "Could not be read",
}


@dataclass(frozen=True)
class FieldReview:
    """One field that differs: what the draft says, and the words of both with what changes."""

    label: str
    before: str
    segments: list[Segment]


@dataclass(frozen=True)
class PointReview:
    """`seen` tells which state of the draft is shown. `answer` and `measures` are None where they stay."""

    point: Point
    now: PointAnswer
    state: str
    seen: str
    answer: Answer | None = None
    measures: tuple[MeasureDetails, ...] | None = None
    fields: list[FieldReview] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def words(self) -> str:
        return STATE_WORDS[self.state]

    @property
    def will_change(self) -> bool:
        return self.state in {FILLED, CHANGED, CONFLICT}

    def taken(self, seen: str) -> PointTaken:
        return PointTaken(self.now.response, seen, answer=self.answer, measures=self.measures)


def review_of(document: PlanDocument, changed: Collection[int] = ()) -> list[PointReview]:
    """Every point of the draft. `changed` are numbers of points that changed while somebody looked at them.

    The number of queries does not depend on what the document holds.
    """
    prefetch_related_objects([document.version.plan.membership.company], "fleet", "sites")
    rows = {row.point_id: row for row in document.answers.prefetch_related("measures")}
    found = []
    for now in answers_of(document.version):
        now.response.version = document.version
        review = PointReview(now.point, now, UNCHANGED, digest_of_response(now.response, now.measures))
        found.append(_review(review, rows.get(now.point.pk), is_stale=now.point.number in changed))
    return found


def _review(review: PointReview, row: ProformaAnswer | None, *, is_stale: bool) -> PointReview:
    if row is None:
        return replace(review, state=UNREAD, faults=["This point is not in the document any more"])
    if row.missing:
        lost = [f"Gone from the document: {LABELS.get(name, name)}" for name in row.missing]
        return replace(review, state=UNREAD, faults=lost)
    said = parse(row)
    review = _compared(review, said)
    if not said.faults and review.answer is None and review.measures is None:
        return review
    if not said.faults and row.base == digest(said.answer, said.measures):
        return replace(review, state=KEPT)  # nobody touched it in the document
    if faults := said.faults or _faults(review, said):
        return replace(review, state=UNREAD, faults=faults)
    if is_stale or (row.base and row.base != review.seen):
        return replace(review, state=CONFLICT, notes=said.notes)
    now = review.now
    is_empty = not (now.response.position or now.response.how_met or now.measures)
    return replace(review, state=FILLED if is_empty else CHANGED, notes=said.notes)


def _compared(review: PointReview, said: Parsed) -> PointReview:
    """With what differs, and what would be saved."""
    old = [details_of(row) for row in review.now.measures]
    before, after = settled(answer_of(review.now.response)), settled(said.answer)
    answer = None if before == after else after
    is_same = sorted(old, key=str) == sorted(said.measures, key=str)
    measures = None if is_same else tuple(said.measures)
    fields = [] if answer is None else _field_reviews(before, after)
    if measures is not None:
        fields.append(_review_of_measures(old, said.measures))
    return replace(review, answer=answer, measures=measures, fields=fields)


def _field_reviews(before: Answer, after: Answer) -> list[FieldReview]:
    old, new = words_of(PointResponse(**asdict(before))), words_of(PointResponse(**asdict(after)))
    return [
        FieldReview(label, old[label], word_differences(old[label], new[label]))
        for label in old
        if old[label] != new[label]
    ]


def _review_of_measures(old: list[MeasureDetails], new: list[MeasureDetails]) -> FieldReview:
    before, after = ("\n".join(map(_line, rows)) for rows in (old, new))
    return FieldReview("Measures", before, word_differences(before, after))


def _line(row: MeasureDetails) -> str:
    return describe_measure(Measure(**asdict(row)))


def _faults(review: PointReview, said: Parsed) -> list[str]:
    """What the pages would refuse, of what differs from the draft."""
    faults = []
    response, answer = review.now.response, review.answer
    company = response.version.plan.membership.company
    if said.answer.position == Position.NOT_APPLICABLE:
        if not may_skip(review.point, company):
            return ["This point applies to your company, so it cannot be Not applicable"]
        if said.measures:
            faults.append("A point that does not apply has no measures: empty its table")
    if answer is not None:
        faults += _faults_of_answer(response, answer)
    if review.measures is not None:
        faults += _faults_of_measures([details_of(row) for row in review.now.measures], said.measures)
    return faults


def _faults_of_answer(response: PointResponse, answer: Answer) -> list[str]:
    data = asdict(answer) | {"revision": response.revision}
    form = PointForm(response, data | _boxes("planned_for", answer.planned_for))
    return [
        f"{_sentence(LABELS[name])}: {words}" if name in {"how_met", "not_applicable_reason"} else str(words)
        for name, each in form.errors.items()
        for words in each
    ]


def _faults_of_measures(old: list[MeasureDetails], new: list[MeasureDetails]) -> list[str]:
    faults = []
    if len(new) > MOST_MEASURES:
        faults.append(f"A point has {MOST_MEASURES} measures at most. Put some together")
    for number, row in enumerate(new, start=1):
        if row not in old:
            form = MeasureForm(None, asdict(row) | _boxes("day", row.day))
            faults += [f"Measure {number}: {words}" for each in form.errors.values() for words in each]
    return faults


def _boxes(name: str, day: date | None) -> dict[str, object]:
    parts = {"day": day.day, "month": day.month, "year": day.year} if day else {}
    return {f"{name}_{part}": parts.get(part, "") for part in ("day", "month", "year")}


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
