"""What a new version takes over from an earlier one, under the same edition or another."""

from __future__ import annotations

from collections import defaultdict

from django.utils import timezone

from accounts.models import User
from accounts.transitions import TransitionRefused
from applications.models import Company
from codeofpractice.answers import may_skip
from codeofpractice.correspondence import Pair, pairs_between
from codeofpractice.models import (
    Edition,
    Evidence,
    LinkDecision,
    Mark,
    Measure,
    PassageLink,
    Plan,
    PlanVersion,
    PointResponse,
    Position,
    Relation,
    Training,
)

TRAINING_FIELDS = ("course", "staff", "trained", "trained_on", "written_by_id", "written_at")
MEASURE_FIELDS = ("what", "state", "day", "owner_role", "written_by_id", "written_at")


def edition_for(company: Company) -> Edition:
    """The edition under which a company applies and plans now. Raises TransitionRefused without one."""
    edition = Edition.objects.for_models(company.rental_models)
    if edition is None:
        raise TransitionRefused(
            "No edition of the Code of Practice that speaks to how your company rents is published yet. "
            "Try again later."
        )
    return edition


def make_version(
    plan: Plan, edition: Edition, *, number: int, by: User | None, moved_from: PlanVersion | None = None
) -> PlanVersion:
    """A draft with an empty answer to each point. The caller holds the lock on the membership."""
    version = PlanVersion.objects.create(
        plan=plan, edition=edition, number=number, started_by=by, moved_from=moved_from
    )
    PointResponse.objects.bulk_create(
        PointResponse(version=version, point=point) for point in edition.points.all()
    )
    return version


def mark_looked_at(response: PointResponse, by: User) -> None:
    """A person has seen to a marked point. Does not save."""
    if response.mark:
        response.looked_by, response.looked_at = by, timezone.now()


def carry_over(earlier: PlanVersion, version: PlanVersion, by: User | None) -> None:
    """Copy answers and evidence to the points that correspond; confirmed passages go in as words.

    Under another edition each point is marked: unchanged, needs a look, or new. `by` is None when the service
    does it; evidence then keeps the name of who added it.
    """
    pairs = pairs_between(earlier.edition, version.edition)
    olds = {
        row.point_id: row
        for row in earlier.responses.select_related("point").prefetch_related("measures", "trainings")
    }
    words = _passages_as_words(earlier)
    responses = list(version.responses.select_related("point"))
    for response in responses:
        own = [pair for pair in pairs if pair.point and pair.point.pk == response.point_id]
        from_ = [olds[pair.earlier.pk] for pair in own if pair.earlier and pair.earlier.pk in olds]
        _fill(response, from_, words, version.plan.membership.company)
        if earlier.edition_id != version.edition_id:
            response.mark = _mark(own, response, from_)
        response.save()
        Measure.objects.bulk_create(
            Measure(response=response, **{name: getattr(row, name) for name in MEASURE_FIELDS})
            for old in from_
            for row in old.measures.all()
        )
        if response.point.asks_training:
            # Courses of two points that are one now: the figures written last.
            rows = sorted(
                (row for old in from_ for row in old.trainings.all()), key=lambda row: row.written_at
            )
            Training.objects.bulk_create(
                Training(response=response, **{name: getattr(row, name) for name in TRAINING_FIELDS})
                for row in {row.course.casefold(): row for row in rows}.values()
            )
    _copy_evidence(earlier, version, pairs, {row.point_id: row for row in responses}, by)


def _fill(
    response: PointResponse, olds: list[PointResponse], words: dict[int, list[str]], company: Company
) -> None:
    """Several earlier answers become one: their texts below each other, and planned if one of them is."""
    answered = [old for old in olds if old.position and old.position != Position.NOT_APPLICABLE]
    texts = [text for old in olds for text in (old.how_met, *words[old.point_id])]
    response.how_met = "\n\n".join(filter(None, texts))
    last = max((old for old in olds if old.changed_at), key=lambda old: old.changed_at or 0, default=None)
    if last is not None:
        response.changed_by, response.changed_at = last.changed_by, last.changed_at
    roles = dict.fromkeys(old.responsible_role for old in olds if old.responsible_role)
    response.responsible_role = ", ".join(roles)[:120]
    if answered:
        days = [old.planned_for for old in answered if old.planned_for]
        response.position = Position.PLANNED if days else Position.IN_PLACE
        response.planned_for = max(days, default=None)
    elif olds and all(old.position for old in olds) and may_skip(response.point, company):
        response.position = Position.NOT_APPLICABLE
    # Where the point applies now, the reason is kept, but the question is open again.
    response.not_applicable_reason = "\n\n".join(
        filter(None, (old.not_applicable_reason for old in olds if not answered))
    )


def _mark(pairs: list[Pair], response: PointResponse, olds: list[PointResponse]) -> Mark:
    if not any(pair.earlier for pair in pairs):
        return Mark.NEW
    was_skipped = any(old.position == Position.NOT_APPLICABLE for old in olds)
    reopened = was_skipped and response.position != Position.NOT_APPLICABLE
    is_same = all(pair.relation == Relation.SAME for pair in pairs)
    return Mark.UNCHANGED if is_same and not reopened else Mark.NEEDS_LOOK


def _copy_evidence(
    earlier: PlanVersion,
    version: PlanVersion,
    pairs: list[Pair],
    new: dict[int, PointResponse],
    by: User | None,
) -> None:
    successors: dict[int, list[PointResponse]] = defaultdict(list)
    for pair in pairs:
        if pair.point and pair.earlier:
            successors[pair.earlier.pk].append(new[pair.point.pk])
    for old in earlier.evidence.current().prefetch_related("responses"):
        copy = Evidence.objects.create(
            version=version,
            file_id=old.file_id,
            title=old.title,
            effective_on=old.effective_on,
            expires_on=old.expires_on,
            added_by_id=by.pk if by else old.added_by_id,
        )
        copy.responses.set([row for each in old.responses.all() for row in successors[each.point_id]])


def _passages_as_words(version: PlanVersion) -> dict[int, list[str]]:
    """By point, in reading order."""
    found: dict[int, list[str]] = defaultdict(list)
    links = PassageLink.objects.filter(
        passage__document__version=version, decision=LinkDecision.CONFIRMED
    ).order_by("passage__document_id", "passage__n")
    for point, text in links.values_list("point_id", "passage__text"):
        found[point].append(text)
    return found
