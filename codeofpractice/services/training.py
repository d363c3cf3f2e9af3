"""The training figures of a point that asks for them: added, changed and taken out of the draft."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import record_event, require
from accounts.transitions import TransitionRefused
from codeofpractice.answers import TrainingFigures
from codeofpractice.models import PlanVersion, PointResponse, Position, Training
from codeofpractice.permissions import can_edit_plan
from codeofpractice.services.locks import lock_draft
from codeofpractice.services.measures import NOT_YOURS

MOST_COURSES = 20  # for one point


class StaleTraining(Exception):
    """Somebody changed these figures after the page was opened; `current` is how they stand."""

    def __init__(self, current: Training) -> None:
        super().__init__("Somebody else has changed these figures since you opened the page.")
        self.current = current


class CourseTaken(Exception):
    """There are figures of this course already."""


@transaction.atomic
def add_training(*, response: PointResponse, figures: TrainingFigures, by: User) -> Training:
    """Raises CourseTaken, and TransitionRefused where the point asks for no figures or does not apply."""
    draft = lock_draft(response.version)
    require(can_edit_plan(by, draft.plan.membership), NOT_YOURS)
    locked = PointResponse.objects.select_related("point").get(pk=response.pk)
    if not locked.point.asks_training:
        raise TransitionRefused("This point does not ask for training figures.")
    if locked.position == Position.NOT_APPLICABLE:
        raise TransitionRefused("The answer says that the point does not apply, so it has no figures.")
    if locked.trainings.count() >= MOST_COURSES:
        raise TransitionRefused(f"A point has {MOST_COURSES} courses at most. Put some together.")
    training = Training(response=locked)
    _write(training, figures, by)
    _record("plan.training_added", draft, training, by)
    return training


@transaction.atomic
def change_training(*, training: Training, revision: int, figures: TrainingFigures, by: User) -> Training:
    """Raises CourseTaken, and StaleTraining when it was changed since `revision` was read."""
    draft, locked = _lock(training, by)
    if locked.revision != revision:
        raise StaleTraining(locked)
    locked.revision += 1
    _write(locked, figures, by)
    _record("plan.training_changed", draft, locked, by)
    return locked


@transaction.atomic
def remove_training(*, training: Training, by: User) -> None:
    """Take it out of the draft; submitted versions keep theirs."""
    draft, locked = _lock(training, by)
    _record("plan.training_removed", draft, locked, by)
    locked.delete()


def _lock(training: Training, by: User) -> tuple[PlanVersion, Training]:
    draft = lock_draft(training.response.version)
    require(can_edit_plan(by, draft.plan.membership), NOT_YOURS)
    locked = Training.objects.select_for_update(of=("self",)).filter(pk=training.pk).first()
    if locked is None:
        raise TransitionRefused("Somebody has removed these figures from the draft meanwhile.")
    return draft, locked


def _write(training: Training, figures: TrainingFigures, by: User) -> None:
    others = Training.objects.filter(response_id=training.response_id).exclude(pk=training.pk)
    if others.filter(course__iexact=figures.course).exists():
        raise CourseTaken
    training.course, training.trained_on = figures.course, figures.trained_on
    training.staff, training.trained = figures.staff, figures.trained
    training.written_by, training.written_at = by, timezone.now()
    training.save()


def _record(verb: str, draft: PlanVersion, training: Training, by: User) -> None:
    data = {"training": training.pk, "point": training.response.point.number}
    record_event(
        verb=verb, target=draft, by=by, data=data | {"staff": training.staff, "trained": training.trained}
    )
