"""The check of one plan: findings, recommendation, decision."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.services import record_event, require
from accounts.transitions import TransitionRefused, change_status
from applications.services.locks import in_words, tell_owners
from assurance.models import (
    CHECK_TRANSITIONS,
    CheckOutcome,
    CheckRequest,
    CheckStatus,
    CorrectiveAction,
    Decision,
    Finding,
    FindingDraft,
    FindingResult,
    PlanCheck,
    Recommendation,
)
from assurance.permissions import can_decide_check, can_work_on_check
from assurance.services.asking import NOT_YOURS, newest_submitted, withdraw
from assurance.services.clock import CLOCK, start_clock
from assurance.services.locks import lock_check, lock_check_in_hand
from assurance.services.readings import (
    open_second_reading,
    void_recommendation,
    why_not_decide,
    why_not_unread,
)
from codeofpractice.models import Passage, Point

SHORTFALLS = frozenset({FindingResult.PARTLY, FindingResult.NOT_MET})


@transaction.atomic
def record_finding(
    *, check: PlanCheck, point: Point, result: str, note: str, cited: Iterable[Passage] = (), by: User
) -> Finding:
    """What the assurer found at one point; recording it again replaces it until the check is recommended."""
    locked = lock_check_in_hand(check)
    require(can_work_on_check(by, locked), NOT_YOURS)
    if locked.plan_version is None or point.edition_id != locked.plan_version.edition_id:
        raise TransitionRefused("This point is not part of the plan that is checked.")
    if result == FindingResult.NOT_APPLICABLE and not point.may_be_not_applicable:
        raise TransitionRefused("This point applies to every company, so it cannot be “Not applicable”.")
    finding, _ = Finding.objects.update_or_create(
        check_of=locked,
        point=point,
        defaults={
            "result": FindingResult(result),
            "note": note,
            "recorded_by": by,
            "recorded_at": timezone.now(),
        },
    )
    FindingDraft.objects.filter(check_of=locked, point=point, by=by).delete()
    finding.cited.set(passage for passage in cited if passage.document.version_id == locked.plan_version_id)
    record_event(
        verb="check.finding_recorded",
        target=locked,
        by=by,
        data={"point": point.number, "result": finding.result},
    )
    return finding


def why_not(check: PlanCheck, outcome: str) -> str:
    """Why this outcome cannot be recommended as the findings stand; empty when it can."""
    asked = list(check.requests.open())
    if outcome == CheckOutcome.NO_RESPONSE:
        return _why_not_no_response(check, asked)
    if check.plan_version is None:
        return "There is no plan to judge. Recommend “No response”, or wait for the plan."
    if asked:
        return (
            f"The company has not answered {len(asked)} of your questions yet. Wait, or take "
            f"{'it' if len(asked) == 1 else 'them'} back with the reason."
        )
    results = dict(check.findings.values_list("point_id", "result"))
    missing = check.plan_version.edition.points.exclude(pk__in=results).count()
    if missing:
        return f"{missing} {'point has' if missing == 1 else 'points have'} no finding yet."
    shortfalls = SHORTFALLS & set(results.values())
    if outcome == CheckOutcome.MET and shortfalls:
        return "Not every point is met, so the outcome cannot be “Met”."
    if outcome != CheckOutcome.MET and not shortfalls:
        return "Every point is met, so the outcome can only be “Met”."
    return _why_not_these_actions(check)


def _why_not_these_actions(check: PlanCheck) -> str:
    """Each shortfall has an action, and nothing else has; empty when that is so."""
    short = check.findings.filter(result__in=SHORTFALLS)
    if bare := _numbers(short.exclude(point__in=check.actions.values("point"))):
        return f"Set an action at {bare}: it is not fully met."
    if idle := _numbers(check.actions.exclude(point__in=short.values("point"))):
        return f"Remove the action at {idle}: you found nothing to put right there."
    return ""


def _numbers(rows: QuerySet[Finding] | QuerySet[CorrectiveAction]) -> str:
    """The points of the rows in words: “point 3”, “points 3, 4 and 7”; empty when there are none."""
    found = rows.order_by("point__number").values_list("point__number", flat=True).distinct()
    numbers = [str(number) for number in found]
    if not numbers:
        return ""
    listed = " and ".join(filter(None, [", ".join(numbers[:-1]), numbers[-1]]))
    return f"{'point' if len(numbers) == 1 else 'points'} {listed}"


def _why_not_no_response(check: PlanCheck, asked: list[CheckRequest]) -> str:
    if check.plan_version is not None or newest_submitted(check) is not None:
        return "The company has submitted a plan, so it has responded."
    today = timezone.localdate()
    for request in asked:
        if request.due_on >= today:
            return f"The company has until {in_words(request.due_on)} to submit its plan."
    return ""


@transaction.atomic
def recommend_outcome(*, check: PlanCheck, outcome: str, reason: str, by: User) -> Recommendation:
    locked = lock_check(check)
    require(can_work_on_check(by, locked), NOT_YOURS)
    change_status(locked, CheckStatus.RECOMMENDED, CHECK_TRANSITIONS)
    if obstacle := why_not(locked, outcome):
        raise TransitionRefused(obstacle)
    for request in locked.requests.open():
        withdraw(request, reason="The outcome “No response” is recommended.", by=by)
    if locked.due_on is None:
        start_clock(locked)
    recommendation = Recommendation.objects.create(
        check_of=locked, outcome=CheckOutcome(outcome), reason=reason, by=by, at=timezone.now()
    )
    locked.save(update_fields=["status", *CLOCK])
    open_second_reading(locked, recommendation)
    record_event(verb="check.recommended", target=locked, by=by, reason=reason, data={"outcome": outcome})
    return recommendation


@transaction.atomic
def send_back(*, check: PlanCheck, reason: str, by: User) -> None:
    """Ask the assurer to look again; the recommendation stays on record."""
    locked = lock_check(check)
    require(can_decide_check(by, locked), "Only a lead who did not recommend the outcome can send it back")
    if not reason.strip():
        raise TransitionRefused("Give the reason for sending the check back.")
    latest = locked.recommendations.order_by("-pk").first()
    if locked.status != CheckStatus.RECOMMENDED or latest is None:
        raise TransitionRefused(f"This check is now: {locked.get_status_display()}.")
    void_recommendation(locked, latest, reason=reason, by=by)
    record_event(verb="check.sent_back", target=locked, by=by, reason=reason)


def why_not_decided(check: PlanCheck, outcome: str) -> str:
    """Why this outcome cannot be decided now; empty when it can."""
    return why_not_decide(check) or why_not(check, outcome) or why_not_unread(check, outcome)


@transaction.atomic
def decide_check(
    *, check: PlanCheck, outcome: str, reason: str, recommendation: int | None = None, by: User
) -> Decision:
    """Decide on the newest recommendation. The person must be another than the one who recommended.

    `recommendation` is the key of the one that the person has read: when another has come since, nothing is
    decided. The outcome may differ from the one recommended, but the findings must bear it, and “Not met”
    a second reading; a lead who doubts the findings sends the check back. Raises TransitionRefused.
    """
    locked = lock_check(check)
    latest = locked.recommendations.order_by("-pk").first()
    require(can_decide_check(by, locked), "A lead who did not recommend the outcome decides")
    change_status(
        locked,
        CheckStatus.DECIDED,
        CHECK_TRANSITIONS,
        message=f"This check is now: {locked.get_status_display()}. Nothing was decided twice.",
    )
    if latest is None or (recommendation is not None and latest.pk != recommendation):
        raise TransitionRefused("There is a newer recommendation than the one that you have read.")
    if obstacle := why_not_decided(locked, outcome):
        raise TransitionRefused(obstacle)
    decision = Decision.objects.create(
        check_of=locked,
        recommendation=latest,
        recommended_by_id=latest.by_id,
        outcome=CheckOutcome(outcome),
        reason=reason,
        decided_by=by,
        decided_at=timezone.now(),
    )
    locked.decision = decision
    locked.save(update_fields=["status", "decision"])
    _tell_outcome(locked, decision)
    record_event(verb="check.decided", target=locked, by=by, reason=reason, data={"outcome": outcome})
    return decision


def _tell_outcome(check: PlanCheck, decision: Decision) -> None:
    actions = check.actions.count()
    tell_owners(
        check.membership.company,
        subject=f"{check.membership.number}: the outcome of the check of your plan",
        body=(
            f"The Department for Transport has checked the security plan of {check.membership.company.name}."
            f"\n\nOutcome: {decision.get_outcome_display()}\n\nThe reason:\n\n{decision.reason}\n"
            + (
                f"\nThere {'is 1 action' if actions == 1 else f'are {actions} actions'} for you.\n"
                if actions
                else ""
            )
            + "\nSign in to read the findings.\n"
        ),
    )
