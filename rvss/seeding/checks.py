"""Checks of the members that were drawn: findings, recommendations, decisions and actions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.utils import timezone

from accounts.models import User
from applications.working_days import due_from
from assurance.models import (
    ActionStatus,
    CheckOutcome,
    CheckRequest,
    CheckStatus,
    ConflictDeclaration,
    CorrectiveAction,
    Decision,
    Finding,
    FindingResult,
    PlanCheck,
    Recommendation,
    RequestKind,
)
from assurance.services.clock import DAYS_TO_CHECK, DAYS_TO_SEND_PLAN
from codeofpractice.applicability import applies
from codeofpractice.models import Edition, Point
from rvss.seeding.afterwards import answer_actions, read_again
from rvss.seeding.draws import Drawn
from rvss.seeding.plans import Version
from rvss.seeding.record import Record
from rvss.seeding.staff import Staff

MET, PARTLY, NOT_MET = FindingResult.MET, FindingResult.PARTLY, FindingResult.NOT_MET
NOTES = {
    MET: ("The plan says who does it and how often; the branch visited shows it.", "Evidence seen, dated."),
    PARTLY: ("Done at the head office; two branches have no record.", "In the handbook, but not signed for."),
    NOT_MET: ("The plan repeats the point and says no more.", "No evidence, and staff do not know it."),
    FindingResult.NOT_APPLICABLE: ("No goods vehicles are hired out; the fleet list agrees.",),
}  # fmt: skip
REASONS = {
    CheckOutcome.MET: "Every point that applies is met, with evidence.",
    CheckOutcome.MET_WITH_ACTIONS: "Sound on the whole. The actions close the gaps that were found.",
    CheckOutcome.NOT_MET: "Several points are not met, and the plan sets no dates for them.",
    CheckOutcome.NO_RESPONSE: "No plan came after two requests and a telephone call.",
}
# By turns within a round: nobody's yet, open, recommended or decided.
TURNS = {1: "dddd", 2: "ddddrdddodrd", 3: "orudorodruoo", 4: "dddddrdddddo"}


@dataclass(slots=True)
class Case:
    drawn: Drawn
    check: PlanCheck
    turn: str
    assurer: User
    findings: list[Finding]
    outcome: str = ""


class Checking:
    def __init__(self, *, rng: Random, edition: Edition, staff: Staff, record: Record, end: datetime) -> None:
        self.rng, self.staff, self.record, self.end = rng, staff, record, end
        self.points = list(edition.points.all())
        self.actions = 0

    def run(self, drawn: list[Drawn], submitted: dict[int, list[Version]]) -> None:
        cases = [self._case(entry, place, submitted) for place, entry in enumerate(drawn)]
        # Checks start open and move on as people would move them: a check that is closed takes no findings.
        PlanCheck.objects.bulk_create(case.check for case in cases)
        Finding.objects.bulk_create(finding for case in cases for finding in case.findings)
        CheckRequest.objects.bulk_create(self._request(case) for case in cases if self._waits(case))
        ConflictDeclaration.objects.bulk_create(row for case in cases for row in self._declarations(case))
        for case in cases:
            self._event(case, case.drawn.at, None, "check.opened")
        self._recommend([case for case in cases if case.turn in "rd"])
        self._decide([case for case in cases if case.turn == "d"])

    def _case(self, drawn: Drawn, place: int, submitted: dict[int, list[Version]]) -> Case:
        turns = TURNS[drawn.round_number]
        turn = turns[(drawn.selection.position - 1) % len(turns)]
        assurer = self.staff.assurers[place % len(self.staff.assurers)]
        version = next(
            (v for v in reversed(submitted.get(drawn.member.pk, [])) if v.submitted_at < drawn.at), None
        )
        check = PlanCheck(
            selection=drawn.selection,
            membership_id=drawn.member.pk,
            plan_version_id=version.pk if version else None,
            assurer=None if turn == "u" else assurer,
            opened_at=drawn.at,
        )
        # A company without a plan is asked for it, until it is clear that none will come.
        day = timezone.localdate(drawn.at)
        if version is None and turn in "uo":
            check.status, check.working_days_left = CheckStatus.WAITING, DAYS_TO_CHECK
        else:
            check.due_on = due_from(day, "", DAYS_TO_CHECK)
        case = Case(drawn, check, turn, assurer, [])
        if version and turn != "u":
            # An open check has findings for its first points.
            points = self.points[: self.rng.randint(0, 6)] if turn == "o" else self.points
            case.findings = [self._finding(case, point) for point in points]
        case.outcome = self._outcome(case) if version else CheckOutcome.NO_RESPONSE
        return case

    def _waits(self, case: Case) -> bool:
        return case.check.status == CheckStatus.WAITING

    def _request(self, case: Case) -> CheckRequest:
        day = timezone.localdate(case.drawn.at)
        return CheckRequest(
            check_of=case.check,
            kind=RequestKind.PLAN,
            asked_by=self.staff.leads[0],
            asked_at=case.drawn.at,
            due_on=due_from(day, "", DAYS_TO_SEND_PLAN),
        )

    def _declarations(self, case: Case) -> list[ConflictDeclaration]:
        """That nobody who has opened the plan has a conflict of interest: its assurer, then the leads."""
        readers = [] if case.turn == "u" else [case.assurer]
        readers += self.staff.leads if case.turn in "rd" else []
        at = case.drawn.at + timedelta(days=1)
        return [
            ConflictDeclaration(check_of=case.check, user=user, has_conflict=False, at=at) for user in readers
        ]

    def _finding(self, case: Case, point: Point) -> Finding:
        result = self.rng.choices((MET, PARTLY, NOT_MET), (80, 13, 7))[0]
        if not applies(point.applies_when, case.drawn.member.facts):
            result = FindingResult.NOT_APPLICABLE
        return Finding(
            check_of=case.check,
            point=point,
            result=result,
            note=self.rng.choice(NOTES[result]),
            recorded_by=case.assurer,
            recorded_at=case.drawn.at + timedelta(days=3, minutes=9 * point.number),
        )

    def _outcome(self, case: Case) -> str:
        results = [finding.result for finding in case.findings]
        if results.count(NOT_MET) > 2:
            return CheckOutcome.NOT_MET
        return CheckOutcome.MET_WITH_ACTIONS if {PARTLY, NOT_MET} & set(results) else CheckOutcome.MET

    def _recommend(self, cases: list[Case]) -> None:
        rows = []
        for case in cases:
            at = case.drawn.at + timedelta(days=self.rng.uniform(4, 12))
            rows.append(
                Recommendation(
                    check_of=case.check,
                    outcome=case.outcome,
                    reason=REASONS[CheckOutcome(case.outcome)],
                    by=case.assurer,
                    at=at,
                )
            )
            self._event(case, at, case.assurer, "check.recommended", outcome=case.outcome)
        Recommendation.objects.bulk_create(rows)
        self._move(cases, CheckStatus.RECOMMENDED)
        self.recommendations = {row.check_of_id: row for row in rows}

    def _decide(self, cases: list[Case]) -> None:
        decisions, actions = [], []
        for place, case in enumerate(cases):
            recommendation = self.recommendations[case.check.pk]
            at = recommendation.at + timedelta(days=self.rng.uniform(1, 9))
            lead = self.staff.leads[place % len(self.staff.leads)]
            decisions.append(
                Decision(
                    check_of=case.check,
                    recommendation=recommendation,
                    recommended_by=recommendation.by,
                    outcome=case.outcome,
                    reason=f"Agreed. {recommendation.reason}",
                    decided_by=lead,
                    decided_at=at,
                )
            )
            self._event(case, at, lead, "check.decided", reason=decisions[-1].reason, outcome=case.outcome)
            actions += [
                self._action(case, finding, at) for finding in case.findings if self._needs_action(finding)
            ]
        read_again(
            [(case.check, case.findings, self.recommendations[case.check.pk]) for case in cases],
            self.staff,
            self.rng,
        )
        made = {row.check_of_id: row for row in Decision.objects.bulk_create(decisions)}
        for case in cases:
            case.check.status, case.check.decision = CheckStatus.DECIDED, made[case.check.pk]
        PlanCheck.objects.bulk_update([case.check for case in cases], ["status", "decision"], batch_size=500)
        CorrectiveAction.objects.bulk_create(actions)
        answer_actions(actions, {case.check.pk: case.drawn.member.owner_id for case in cases}, self.end)

    def _needs_action(self, finding: Finding) -> bool:
        return finding.result in {PARTLY, NOT_MET}

    def _action(self, case: Case, finding: Finding, at: datetime) -> CorrectiveAction:
        self.actions += 1
        action = CorrectiveAction(
            check_of=case.check,
            point=finding.point,
            owner_role="Operations manager",
            description=f"Show how point {finding.point.number} is met at every branch, with dates.",
            target_on=timezone.localdate(at) + timedelta(days=self.rng.choice((30, 60, 90))),
            set_by=case.assurer,
            set_at=at,
        )
        action.status = (
            ActionStatus.PUT_RIGHT, ActionStatus.OPEN, ActionStatus.DONE, ActionStatus.CLOSED,
            ActionStatus.PLANNED, ActionStatus.NOT_PLANNED,
        )[self.actions % 6]  # fmt: skip
        if action.status == ActionStatus.CLOSED:
            action.closed_reason = "The branch that it speaks of has closed."
        return action

    def _move(self, cases: list[Case], status: str) -> None:
        PlanCheck.objects.filter(pk__in=[case.check.pk for case in cases]).update(status=status)

    def _event(
        self, case: Case, at: datetime, by: User | None, verb: str, reason: str = "", **data: str
    ) -> None:
        self.record.add(
            at=at,
            by=by.pk if by else None,
            verb=verb,
            target=case.check,
            label=f"Check of {case.drawn.member.number}",
            reason=reason,
            **data,
        )
