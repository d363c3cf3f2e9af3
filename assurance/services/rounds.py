"""Drawing members for checks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import record_event, require
from accounts.transitions import TransitionRefused
from applications.models import Membership
from applications.services.locks import in_words, tell_owners
from applications.working_days import due_from
from assurance.design import Named, PlannedRound, RoundDesign, plan_round
from assurance.draw import ALGORITHM, draw_strata, new_seed
from assurance.models import (
    CheckRequest,
    CheckStatus,
    PlanCheck,
    RequestKind,
    RoundExclusion,
    RoundStratum,
    Selection,
    SelectionKind,
    SelectionRound,
)
from assurance.permissions import can_draw_round
from assurance.risk import VERSION
from assurance.services.clock import DAYS_TO_CHECK, DAYS_TO_SEND_PLAN
from codeofpractice.models import PlanVersion, PlanVersionStatus

DRAW_LOCK = 0x44524157  # "DRAW": one draw at a time, so that no member is drawn twice
CHANGED = (
    "The members who can be drawn have changed since you looked, so nothing was drawn. "
    "Look at the groups again, then draw."
)


def lock_draws() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [DRAW_LOCK])


@transaction.atomic
def draw_round(*, design: RoundDesign, seen: str = "", by: User) -> SelectionRound:
    """Draw members at random and open a check for each. A seed is made unless the design has one.

    `seen` is the token of the planned round that the person has looked at: when the frame or the sizes have
    changed since, nothing is drawn. Raises TransitionRefused.
    """
    require(can_draw_round(by), "Only a lead assurer can draw a round")
    lock_draws()
    planned = plan_round(design)
    if planned.obstacle:
        raise TransitionRefused(planned.obstacle)
    if seen and seen != planned.token:
        raise TransitionRefused(CHANGED)
    round_ = SelectionRound.objects.create(
        name=design.name,
        seed=design.seed or new_seed(),
        algorithm=ALGORITHM,
        frame=planned.frame,
        frame_size=len(planned.frame),
        frame_sha256=planned.digest,
        sample_size=planned.size,
        strata_by=list(design.strata_by),
        allocation=design.allocation,
        risk_rules=VERSION,
        drawn_by=by,
        drawn_at=timezone.now(),
    )
    selections = list(_select(round_, planned))
    open_checks(Selection.objects.bulk_create(selections), by)
    record_event(
        verb="round.drawn",
        target=round_,
        by=by,
        data={
            "seed": round_.seed,
            "frame": round_.frame_sha256,
            "members": round_.sample_size,
            "of": round_.frame_size,
            "named": len(selections) - round_.sample_size,
            "excluded": len(design.excluded),
        },
    )
    return round_


def _select(round_: SelectionRound, planned: PlannedRound) -> Iterator[Selection]:
    """Those drawn at random in their order, then those taken with certainty, then the targeted."""
    design = planned.design
    strata = _store_strata(round_, planned)
    drawn = draw_strata(
        seed=round_.seed,
        strata={row.stratum.key: row.stratum.numbers for row in planned.strata},
        sizes={row.stratum.key: row.size for row in planned.strata},
    )
    # A targeted member stays in the frame; when it is drawn too, it counts as drawn at random.
    at_random = {row.number for row in drawn}
    targeted = [row for row in design.targeted if row.number not in at_random]
    named = [row.number for row in (*design.certainty, *design.targeted, *design.excluded)]
    members = (
        Membership.objects.select_related("company")
        .defer("company__search")
        .in_bulk([*at_random, *named], field_name="number")
    )
    RoundExclusion.objects.bulk_create(
        RoundExclusion(round=round_, membership=members[row.number], reason=row.reason)
        for row in design.excluded
    )
    chosen: list[tuple[str, dict[str, Any]]] = [
        *((row.number, _at_random(strata[row.stratum])) for row in drawn),
        *((row.number, _by_name(row, SelectionKind.CERTAINTY, 1.0)) for row in design.certainty),
        *((row.number, _by_name(row, SelectionKind.TARGETED, None)) for row in targeted),
    ]
    for position, (number, how) in enumerate(chosen, start=1):
        rules = list(planned.candidates[number].risk.rules)
        yield Selection(
            round=round_, membership=members[number], position=position, risk_rules_met=rules, **how
        )


def _at_random(stratum: RoundStratum) -> dict[str, Any]:
    return {
        "kind": SelectionKind.RANDOM,
        "stratum": stratum,
        "inclusion_probability": stratum.inclusion_probability,
    }


def _by_name(row: Named, kind: SelectionKind, chance: float | None) -> dict[str, Any]:
    return {"kind": kind, "inclusion_probability": chance, "reason": row.reason}


def _store_strata(round_: SelectionRound, planned: PlannedRound) -> dict[str, RoundStratum]:
    made = RoundStratum.objects.bulk_create(
        RoundStratum(
            round=round_,
            position=position,
            key=row.stratum.key,
            label=row.stratum.label,
            members=row.stratum.numbers,
            members_count=row.members,
            checked_before=row.stratum.size.checked,
            met_before=row.stratum.size.met,
            size=row.size,
        )
        for position, row in enumerate(planned.strata, start=1)
    )
    return {row.key: row for row in made}


def open_checks(selections: list[Selection], by: User) -> None:
    """DfT has the ball where there is a plan; the others are asked for theirs."""
    today = timezone.localdate()
    newest = {
        version.plan.membership_id: version
        for version in PlanVersion.objects.filter(
            plan__membership__in=[row.membership_id for row in selections],
            status=PlanVersionStatus.SUBMITTED,
        )
        .select_related("plan")
        .order_by("number")
    }

    def check(row: Selection) -> PlanCheck:
        version = newest.get(row.membership_id)
        opened = PlanCheck(selection=row, membership=row.membership, plan_version=version)
        if version is None:
            opened.status, opened.working_days_left = CheckStatus.WAITING, DAYS_TO_CHECK
        else:
            opened.due_on = due_from(today, row.membership.company.home_region, DAYS_TO_CHECK)
        return opened

    checks = PlanCheck.objects.bulk_create([check(row) for row in selections])
    requests = CheckRequest.objects.bulk_create(
        CheckRequest(
            check_of=row,
            kind=RequestKind.PLAN,
            asked_by=by,
            due_on=due_from(today, row.membership.company.home_region, DAYS_TO_SEND_PLAN),
        )
        for row in checks
        if row.plan_version_id is None
    )
    asked = {row.check_of_id: row for row in requests}
    for row in checks:
        _tell_selected(row, asked.get(row.pk))


def _tell_selected(check: PlanCheck, request: CheckRequest | None) -> None:
    tell_owners(
        check.membership.company,
        subject=f"{check.membership.number}: your security plan will be checked",
        body=(
            f"{check.membership.company.name} was selected for an assurance check of its security "
            "plan by the Department for Transport.\n\n"
            + (
                "You need not do anything now. We will tell you the outcome.\n"
                if request is None
                else f"You have not submitted a plan yet. Submit it by {in_words(request.due_on)}.\n"
            )
        ),
    )
