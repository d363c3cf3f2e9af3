"""What follows findings: second readings, what companies say to actions, retests and closures."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random

from accounts.models import User
from assurance.models import (
    ActionAnswer,
    ActionStatus,
    AnswerKind,
    Closure,
    ClosureCode,
    CorrectiveAction,
    Finding,
    FindingResult,
    PlanCheck,
    ReadingReason,
    Recommendation,
    Retest,
    SecondFinding,
    SecondReading,
    Settlement,
)
from rvss.seeding.staff import Staff

SAID = {
    ActionStatus.PLANNED: (AnswerKind.PLANNED, "The new record starts with the next rota."),
    ActionStatus.NOT_PLANNED: (AnswerKind.NOT_PLANNED, "The two branches are to be sold this year."),
}
DONE = (AnswerKind.DONE, "The branches have it in writing now, and staff have signed for it.")
WITHOUT_ANSWER = (ActionStatus.OPEN, ActionStatus.CLOSED)


def answer_actions(actions: list[CorrectiveAction], owners: dict[int, int], end: datetime) -> None:
    """What companies said to actions, what was found when they were looked at again, and why others closed.

    `owners` has the key of a person of the company by the key of the check.
    """
    answers = []
    for row in actions:
        if row.status not in WITHOUT_ANSWER:
            kind, note = SAID.get(ActionStatus(row.status), DONE)
            answers.append(
                ActionAnswer(
                    action=row,
                    kind=kind,
                    note=note,
                    planned_for=row.target_on if kind == AnswerKind.PLANNED else None,
                    by_id=owners[row.check_of_id],
                    at=min(row.set_at + timedelta(days=9), end),
                )
            )
    ActionAnswer.objects.bulk_create(answers)
    Retest.objects.bulk_create(
        Retest(
            action=row,
            result=FindingResult.MET,
            note="The signed record was seen.",
            by=row.set_by,
            at=min(row.set_at + timedelta(days=14), end),
        )
        for row in actions
        if row.status == ActionStatus.PUT_RIGHT
    )
    closed = [row for row in actions if row.status == ActionStatus.CLOSED]
    Closure.objects.bulk_create(
        Closure(
            action=row,
            code=ClosureCode.CHANGED,
            reason=row.closed_reason,
            by=row.set_by,
            at=min(row.set_at + timedelta(days=20), end),
            is_sampled=place % 4 == 0,
        )
        for place, row in enumerate(closed)
    )


def read_again(
    checked: Iterable[tuple[PlanCheck, list[Finding], Recommendation]], staff: Staff, rng: Random
) -> None:
    """A second reading of each recommendation with something not met, settled where the two differ."""
    readings, findings, settlements = [], [], []
    for check, first, recommendation in checked:
        others = [user for user in staff.assurers if user != recommendation.by]
        if not others or not any(row.result == FindingResult.NOT_MET for row in first):
            continue
        reading = SecondReading(
            check_of=check,
            recommendation=recommendation,
            because=ReadingReason.NOT_MET,
            probability=1,
            reader=others[check.pk % len(others)],
            opened_at=recommendation.at,
        )
        readings.append(reading)
        for row in first:
            result = row.result if rng.random() < 0.9 else FindingResult.PARTLY
            findings.append(_found_again(reading, row, result))
            if result != row.result:
                settlements.append(_settled(reading, row, staff.leads[0]))
    SecondReading.objects.bulk_create(readings)
    SecondFinding.objects.bulk_create(findings)
    for reading in readings:
        reading.submitted_at = reading.opened_at + timedelta(hours=8)
    SecondReading.objects.bulk_update(readings, ["submitted_at"], batch_size=500)
    Settlement.objects.bulk_create(settlements)


def _found_again(reading: SecondReading, first: Finding, result: str) -> SecondFinding:
    return SecondFinding(
        reading=reading,
        point=first.point,
        result=result,
        note="Read without the first result.",
        recorded_at=reading.opened_at + timedelta(hours=6),
        first_result=first.result,
    )


def _settled(reading: SecondReading, first: Finding, lead: User) -> Settlement:
    return Settlement(
        reading=reading,
        point=first.point,
        result=first.result,
        reason="The annex says more than the plan itself.",
        by=lead,
        at=reading.opened_at + timedelta(hours=20),
    )
