"""Security plans of a share of the members, with an answer to every point."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.db import connection, reset_queries
from django.db.models import F
from django.db.models.functions import TruncDate
from django.utils import timezone

from codeofpractice.applicability import applies
from codeofpractice.models import (
    Edition,
    Measure,
    MeasureState,
    Plan,
    PlanVersion,
    PlanVersionStatus,
    Point,
    PointResponse,
    Position,
    Training,
)
from rvss.seeding.plan_words import (
    HOW_MET,
    MEASURES,
    NOT_APPLICABLE,
    OTHERWISE,
    ROLES,
    TRAINING_COURSES,
)
from rvss.seeding.record import Record
from rvss.seeding.shapes import Member

BATCH = 500
MEASURE_EVERY = 4  # one answer in so many has a measure
DRAFT, SUBMITTED, WITHDRAWN = (
    PlanVersionStatus.DRAFT,
    PlanVersionStatus.SUBMITTED,
    PlanVersionStatus.WITHDRAWN,
)
# The versions of a plan, first to last, by turns.
COURSES = (
    (SUBMITTED,), (SUBMITTED,), (DRAFT,), (SUBMITTED, DRAFT), (SUBMITTED,), (WITHDRAWN, SUBMITTED),
    (SUBMITTED,), (SUBMITTED, SUBMITTED),
)  # fmt: skip
WRITING = timedelta(hours=50)  # from the start of a version to its end


@dataclass(slots=True)
class Version:
    """A version that was submitted, for the checks."""

    pk: int
    submitted_at: datetime


class Planning:
    def __init__(self, *, rng: Random, edition: Edition, record: Record, end: datetime) -> None:
        self.rng, self.edition, self.record, self.end = rng, edition, record, end
        self.points = list(edition.points.all())
        self.submitted: dict[int, list[Version]] = {}  # by membership
        self.made = 0

    def run(self, members: Iterable[Member]) -> None:
        chosen = list(members)
        for start in range(0, len(chosen), BATCH):
            self._batch(chosen[start : start + BATCH])

    def _batch(self, members: list[Member]) -> None:
        reset_queries()
        plans = Plan.objects.bulk_create(Plan(membership_id=member.pk) for member in members)
        versions: list[tuple[PlanVersion, str, Member]] = []
        for plan, member in zip(plans, members, strict=True):
            versions += self._versions(plan, member)
            self.made += 1
        # One open draft a plan: those that end in another state are there, in that state, before it starts.
        for last in (False, True):
            turn = [entry for entry in versions if (entry[1] == DRAFT) == last]
            for number in sorted({version.number for version, _, _ in turn}):
                self._save([entry for entry in turn if entry[0].number == number])

    def _versions(self, plan: Plan, member: Member) -> list[tuple[PlanVersion, str, Member]]:
        room = (self.end - member.joined_at) / 2
        started = member.joined_at + min(timedelta(days=self.rng.uniform(2, 25)), room)
        made = []
        for number, status in enumerate(COURSES[self.made % len(COURSES)], start=1):
            version = PlanVersion(
                plan=plan,
                edition=self.edition,
                number=number,
                started_by_id=member.owner_id,
                started_at=started,
            )
            made.append((version, str(status), member))
            started += min(timedelta(days=self.rng.uniform(20, 90)), (self.end - started) / 2)
        return made

    def _save(self, entries: list[tuple[PlanVersion, str, Member]]) -> None:
        """As drafts first: the database refuses answers to a version that is no draft any more."""
        PlanVersion.objects.bulk_create(version for version, _, _ in entries)
        with connection.cursor() as cursor:
            # A trigger looks the version of each answer up, and would read the table from end to end as long
            # as the planner takes it for empty.
            cursor.execute("ANALYZE codeofpractice_planversion")
        responses = PointResponse.objects.bulk_create(
            self._response(version, point, status, member)
            for version, status, member in entries
            for point in self.points
        )
        Measure.objects.bulk_create(
            self._measure(row)
            for place, row in enumerate(responses)
            if row.position in MeasureState.values and place % MEASURE_EVERY == 0
        )
        Training.objects.bulk_create(
            self._training(row, member)
            for row, member in zip(responses, (m for _, _, m in entries for _ in self.points), strict=True)
            if row.point.asks_training and row.position == Position.IN_PLACE
        )
        ids = {status: [v.pk for v, s, _ in entries if s == status] for status in (SUBMITTED, WITHDRAWN)}
        PlanVersion.objects.filter(pk__in=ids[SUBMITTED]).update(
            status=SUBMITTED,
            submitted_by=F("started_by"),
            submitted_at=F("started_at") + WRITING,
            review_on=TruncDate(F("started_at") + WRITING + timedelta(days=365)),
        )
        PlanVersion.objects.filter(pk__in=ids[WITHDRAWN]).update(status=WITHDRAWN)
        for version, status, member in entries:
            self._record(version, status, member)

    def _response(self, version: PlanVersion, point: Point, status: str, member: Member) -> PointResponse:
        rng = self.rng
        response = PointResponse(version=version, point=point)
        if status != SUBMITTED and rng.random() < 0.4:
            return response
        response.changed_by_id = member.owner_id
        response.changed_at = version.started_at + timedelta(minutes=20 * point.number)
        response.revision = 1
        response.responsible_role = rng.choice(ROLES)
        if not applies(point.applies_when, member.facts):
            response.position = Position.NOT_APPLICABLE
            response.not_applicable_reason = NOT_APPLICABLE
            return response
        response.how_met = rng.choice(HOW_MET.get(point.key, OTHERWISE))
        response.position = Position.IN_PLACE
        if rng.random() < 0.12:
            response.position = Position.PLANNED
            response.planned_for = timezone.localdate(version.started_at) + timedelta(
                days=rng.randint(60, 240)
            )
        return response

    def _measure(self, response: PointResponse) -> Measure:
        """As the answer stands: planned for the same day, or in place since some day before."""
        assert response.changed_by_id is not None  # it has a position, so somebody wrote it
        written_at = response.changed_at or response.version.started_at
        before = timezone.localdate(written_at) - timedelta(days=self.rng.randint(20, 400))
        return Measure(
            response=response,
            what=self.rng.choice(MEASURES),
            state=response.position,
            day=response.planned_for or before,
            owner_role=response.responsible_role,
            written_by_id=response.changed_by_id,
            written_at=written_at,
        )

    def _training(self, response: PointResponse, member: Member) -> Training:
        """Somewhat more staff in a larger fleet; most of them are trained."""
        assert response.changed_by_id is not None
        written_at = response.changed_at or response.version.started_at
        staff = 2 + member.facts.fleet_size // 12 + self.rng.randrange(6)
        trained = max(1, staff - int(staff * self.rng.choice((0, 0, 0.1, 0.3))))
        return Training(
            response=response,
            course=self.rng.choice(TRAINING_COURSES),
            staff=staff,
            trained=trained,
            trained_on=timezone.localdate(written_at) - timedelta(days=self.rng.randint(5, 300)),
            written_by_id=response.changed_by_id,
            written_at=written_at,
        )

    def _record(self, version: PlanVersion, status: str, member: Member) -> None:
        label = f"Version {version.number} of the plan of {member.number}"
        started = version.started_at
        self._event(started, member, "plan.version_started", version, label)
        if status == SUBMITTED:
            self.submitted.setdefault(member.pk, []).append(Version(version.pk, started + WRITING))
            self._event(
                started + WRITING, member, "plan.submitted", version, label, edition=self.edition.code
            )
        elif status == WITHDRAWN:
            reason = "Started from the wrong template."
            self._event(started + WRITING, member, "plan.draft_withdrawn", version, label, reason=reason)

    def _event(
        self, at: datetime, member: Member, verb: str, version: PlanVersion, label: str, **more: str
    ) -> None:
        self.record.add(at=at, by=member.owner_id, verb=verb, target=version, label=label, **more)
