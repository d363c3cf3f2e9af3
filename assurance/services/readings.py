"""Second readings: opened with a recommendation, read blind, compared, and settled by a lead."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Role, User
from accounts.services import queue_notification, record_event, require
from accounts.transitions import TransitionRefused, change_status
from assurance.models import (
    CHECK_TRANSITIONS,
    CheckOutcome,
    CheckStatus,
    FindingResult,
    PlanCheck,
    ReadingReason,
    Recommendation,
    RecommendationVoid,
    SecondFinding,
    SecondReading,
    Settlement,
)
from assurance.permissions import can_decide_check, can_give_reading, can_read_again, can_take_reading
from assurance.services.allocation import SIGN_IN
from assurance.services.locks import lock_allocation, lock_check
from codeofpractice.models import Point

NOT_YOURS = "Only the assurer to whom the second reading is given can do it"
SUBMITTED = "This second reading was submitted already."


@dataclass(frozen=True, slots=True)
class Disagreement:
    point: Point
    first: str
    second: str
    settled: Settlement | None = None


def is_drawn(check: PlanCheck) -> bool:
    """Whether it is in the random share, by SHA-256 of the round's seed and the member: to be repeated."""
    selection = check.selection
    text = f"{selection.round.seed}:second reading:{check.membership.number}"
    place = int.from_bytes(hashlib.sha256(text.encode()).digest()) / 2**256
    return place < settings.SECOND_READING_SHARE


def open_second_reading(check: PlanCheck, recommendation: Recommendation) -> SecondReading | None:
    """For a recommendation just made on a locked check; None when it needs none."""
    if recommendation.outcome == CheckOutcome.NO_RESPONSE or is_borne_out(check):
        return None
    results = set(check.findings.values_list("result", flat=True))
    if recommendation.outcome == CheckOutcome.NOT_MET or FindingResult.NOT_MET in results:
        because, probability = ReadingReason.NOT_MET, 1.0
    elif is_drawn(check):
        because, probability = ReadingReason.RANDOM, settings.SECOND_READING_SHARE
    else:
        return None
    reading = SecondReading.objects.create(
        check_of=check, recommendation=recommendation, because=because, probability=probability
    )
    record_event(verb="reading.opened", target=check, by=None, data={"because": because})
    return reading


def disagreements_of(reading: SecondReading) -> list[Disagreement]:
    """Points on which the two differ, as the findings of the check stand now."""
    first = dict(reading.check_of.findings.values_list("point_id", "result"))
    settled = {row.point_id: row for row in reading.settlements.all()}
    return [
        Disagreement(row.point, first.get(row.point_id, ""), row.result, settled.get(row.point_id))
        for row in reading.findings.select_related("point")
        if first.get(row.point_id) != row.result
    ]


def is_borne_out(check: PlanCheck) -> bool:
    """Whether the newest second reading, with what was settled after it, says the same as the findings."""
    reading = check.second_readings.filter(submitted_at__isnull=False).order_by("-pk").first()
    if reading is None:
        return False
    said = dict(reading.findings.values_list("point_id", "result"))
    said |= dict(reading.settlements.values_list("point_id", "result"))
    return said == dict(check.findings.values_list("point_id", "result"))


def why_not_decide(check: PlanCheck) -> str:
    """What the decision still waits for; empty when nothing."""
    reading = check.second_readings.filter(recommendation__void__isnull=True).order_by("-pk").first()
    if reading is None:
        return ""
    if reading.submitted_at is None:
        return "The plan is still to be read a second time."
    if any(row.settled is None for row in disagreements_of(reading)):
        return "The two readers differ. Settle the points on which they do first."
    return ""


def why_not_unread(check: PlanCheck, outcome: str) -> str:
    """Nobody is told “Not met” by one reader: why it cannot be decided; empty when it can."""
    if outcome == CheckOutcome.NOT_MET and not is_borne_out(check):
        return "“Not met” can be decided only when the plan was read a second time for that."
    return ""


def _lock(reading: SecondReading) -> SecondReading:
    """The check first, then its reading; not one that has ended."""
    check = lock_check(PlanCheck(pk=reading.check_of_id))
    locked = SecondReading.objects.select_for_update().get(pk=reading.pk)
    locked.check_of = check
    if locked.submitted_at is not None:
        raise TransitionRefused(SUBMITTED)
    if check.status != CheckStatus.RECOMMENDED or RecommendationVoid.objects.filter(
        recommendation=locked.recommendation_id
    ):
        raise TransitionRefused("This check is no longer to be read a second time.")
    return locked


@transaction.atomic
def give_reading(*, reading: SecondReading, to: User, by: User) -> None:
    """Give it to an assurer, or let an assurer take it. Whoever has begun keeps it."""
    lock_allocation()
    locked = _lock(reading)
    is_own = by.pk == to.pk
    require(
        can_take_reading(by, locked) if is_own else can_give_reading(by, locked),
        "Only a lead gives a second reading to somebody; an assurer can take one that nobody has",
    )
    require(can_take_reading(to, locked, is_free=is_own), f"{to} cannot read this plan a second time")
    if locked.reader_id == to.pk:
        return
    if locked.findings.exists():
        raise TransitionRefused("Somebody has begun to read it. Their results would be lost.")
    locked.reader = to
    locked.save(update_fields=["reader"])
    if not is_own:
        queue_notification(
            to=to.email,
            user=to,
            subject=f"{locked.check_of.membership.number}: a plan to read a second time",
            body=f"You are asked to read a plan without knowing what was found in it. {SIGN_IN}",
        )
    record_event(verb="reading.given", target=locked.check_of, by=by, data={"to": to.pk})


@transaction.atomic
def record_second_finding(
    *, reading: SecondReading, point: Point, result: str, note: str, by: User
) -> SecondFinding:
    locked = _lock(reading)
    require(can_read_again(by, locked), NOT_YOURS)
    version = locked.check_of.plan_version
    if version is None or point.edition_id != version.edition_id:
        raise TransitionRefused("This point is not part of the plan that is checked.")
    if result == FindingResult.NOT_APPLICABLE and not point.may_be_not_applicable:
        raise TransitionRefused("This point applies to every company, so it cannot be “Not applicable”.")
    finding, _ = SecondFinding.objects.update_or_create(
        reading=locked,
        point=point,
        defaults={"result": FindingResult(result), "note": note, "recorded_at": timezone.now()},
    )
    return finding


@transaction.atomic
def submit_reading(*, reading: SecondReading, by: User) -> list[Disagreement]:
    """Show it to the leads; returns the points on which the two differ."""
    locked = _lock(reading)
    require(can_read_again(by, locked), NOT_YOURS)
    version = locked.check_of.plan_version
    assert version is not None  # one without a plan is never read again
    missing = version.edition.points.exclude(pk__in=locked.findings.values("point")).count()
    if missing:
        raise TransitionRefused(f"{missing} {'point has' if missing == 1 else 'points have'} no result yet.")
    first = dict(locked.check_of.findings.values_list("point_id", "result"))
    rows = list(locked.findings.all())
    for row in rows:
        row.first_result = first.get(row.point_id, "")
    SecondFinding.objects.bulk_update(rows, ["first_result"])
    locked.submitted_at = timezone.now()
    locked.save(update_fields=["submitted_at"])
    found = disagreements_of(locked)
    number = locked.check_of.membership.number
    for lead in User.objects.filter(role=Role.LEAD, is_active=True).order_by("pk"):
        queue_notification(
            to=lead.email,
            user=lead,
            subject=f"{number}: the plan was read a second time",
            body=f"Points on which the two readers differ: {len(found)}. Sign in to "
            f"{'settle them' if found else 'decide'}.\n",
        )
    record_event(
        verb="reading.submitted",
        target=locked.check_of,
        by=by,
        data={"differ": [d.point.number for d in found]},
    )
    return found


@transaction.atomic
def settle_reading(*, reading: SecondReading, results: Mapping[int, tuple[str, str]], by: User) -> bool:
    """Say for each point on which the two differ what holds, and why: results by number of the point.

    Where that is not what the first reader found, the recommendation is void and the check goes back to its
    assurer. Returns whether it does. Raises TransitionRefused.
    """
    check = lock_check(PlanCheck(pk=reading.check_of_id))
    locked = SecondReading.objects.select_for_update().get(pk=reading.pk)
    locked.check_of = check
    require(can_decide_check(by, check), "A lead who did not recommend the outcome settles what differs")
    recommendation = check.recommendations.order_by("-pk").first()
    if locked.settlements.exists():
        raise TransitionRefused("What the two readers differ on is settled already.")
    if locked.submitted_at is None or check.status != CheckStatus.RECOMMENDED:
        raise TransitionRefused("There is nothing to settle now.")
    if recommendation is None or recommendation.pk != locked.recommendation_id:
        raise TransitionRefused("There is a newer recommendation than the one that was read again.")
    open_ones = [row for row in disagreements_of(locked) if row.settled is None]
    if not open_ones or set(results) != {row.point.number for row in open_ones}:
        raise TransitionRefused("Settle every point on which the two differ, once.")
    changed = []
    for row in open_ones:
        result, reason = results[row.point.number]
        if not reason.strip():
            raise TransitionRefused("Give the reason at each point.")
        Settlement.objects.create(
            reading=locked, point=row.point, result=FindingResult(result), reason=reason, by=by
        )
        if result != row.first:
            changed.append(f"Point {row.point.number}: {FindingResult(result).label}. {reason}")
    record_event(
        verb="reading.settled", target=check, by=by, data={"points": sorted(results), "changed": len(changed)}
    )
    if changed:
        void_recommendation(check, recommendation, reason="\n".join(changed), by=by)
    return bool(changed)


def void_recommendation(check: PlanCheck, recommendation: Recommendation, *, reason: str, by: User) -> None:
    """On a locked check: it is the assurer's again; the recommendation stays on record."""
    RecommendationVoid.objects.create(recommendation=recommendation, reason=reason, by=by)
    change_status(check, CheckStatus.OPEN, CHECK_TRANSITIONS)
    check.save(update_fields=["status"])
    if check.assurer is not None:
        queue_notification(
            to=check.assurer.email,
            user=check.assurer,
            subject=f"{check.membership.number}: the check is back with you",
            body=f"The reason:\n\n{reason}\n",
        )
