"""The measures by which a company meets a point: added, changed and taken out of the draft."""

from __future__ import annotations

from dataclasses import asdict

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import record_event, require
from accounts.transitions import TransitionRefused
from codeofpractice.answers import MeasureDetails
from codeofpractice.models import Measure, PlanVersion, PointResponse, Position
from codeofpractice.permissions import can_edit_plan
from codeofpractice.services.locks import lock_draft

NOT_YOURS = "Only an owner or editor of the company can change its plan"
MOST_MEASURES = 50  # for one point


class StaleMeasure(Exception):
    """Somebody changed this measure after the page was opened; `current` is how it stands."""

    def __init__(self, current: Measure) -> None:
        super().__init__("Somebody else has changed this measure since you opened the page.")
        self.current = current


@transaction.atomic
def add_measure(*, response: PointResponse, details: MeasureDetails, by: User) -> Measure:
    """Raises TransitionRefused where the point does not apply, or has as many as it can have."""
    draft = lock_draft(response.version)
    require(can_edit_plan(by, draft.plan.membership), NOT_YOURS)
    locked = PointResponse.objects.select_related("point").get(pk=response.pk)
    if locked.position == Position.NOT_APPLICABLE:
        raise TransitionRefused("The answer says that the point does not apply, so it has no measures.")
    if locked.measures.count() >= MOST_MEASURES:
        raise TransitionRefused(f"A point has {MOST_MEASURES} measures at most. Put some together.")
    measure = Measure.objects.create(
        response=locked, written_by=by, written_at=timezone.now(), **asdict(details)
    )
    _record("plan.measure_added", draft, measure, by)
    return measure


def _lock(measure: Measure, by: User) -> tuple[PlanVersion, Measure]:
    draft = lock_draft(measure.response.version)
    require(can_edit_plan(by, draft.plan.membership), NOT_YOURS)
    locked = Measure.objects.select_for_update(of=("self",)).filter(pk=measure.pk).first()
    if locked is None:
        raise TransitionRefused("Somebody has removed this measure from the draft meanwhile.")
    return draft, locked


@transaction.atomic
def change_measure(*, measure: Measure, revision: int, details: MeasureDetails, by: User) -> Measure:
    """Raises StaleMeasure when it was changed since `revision` was read."""
    draft, locked = _lock(measure, by)
    if locked.revision != revision:
        raise StaleMeasure(locked)
    locked.what, locked.state = details.what, details.state
    locked.day, locked.owner_role = details.day, details.owner_role
    locked.written_by, locked.written_at = by, timezone.now()
    locked.revision += 1
    locked.save()
    _record("plan.measure_changed", draft, locked, by)
    return locked


@transaction.atomic
def remove_measure(*, measure: Measure, by: User) -> None:
    """Take it out of the draft; submitted versions keep theirs."""
    draft, locked = _lock(measure, by)
    _record("plan.measure_removed", draft, locked, by)
    locked.delete()


def _record(verb: str, draft: PlanVersion, measure: Measure, by: User) -> None:
    data = {"measure": measure.pk, "point": measure.response.point.number, "state": measure.state}
    record_event(verb=verb, target=draft, by=by, data=data)
