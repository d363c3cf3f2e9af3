"""Drawing partners' results that DfT checks again."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import record_event, require
from accounts.transitions import TransitionRefused
from applications.models import TradeBody
from assurance.draw import ALGORITHM, draw_strata, new_seed
from assurance.models import PartnerCheck, Recheck, RoundStratum, Selection, SelectionRound
from assurance.permissions import can_draw_round
from assurance.recheck_design import PlannedRechecks, RecheckDesign, plan_rechecks
from assurance.services.rounds import lock_draws, open_checks

CHANGED = (
    "The results that can be drawn have changed since you looked, so nothing was drawn. "
    "Look at them again, then draw."
)


@transaction.atomic
def draw_rechecks(*, design: RecheckDesign, seen: str = "", by: User) -> SelectionRound:
    """Draw the share of each partner's results, and open a check of each member, as a round does.

    `seen` is the token of what the person has looked at: when the results or the sizes have changed since,
    nothing is drawn. Raises TransitionRefused.
    """
    require(can_draw_round(by), "Only a lead assurer draws what is checked again")
    lock_draws()
    _hold_results()
    planned = plan_rechecks(design)
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
        results_from=design.received_from,
        results_to=design.received_to,
        results_percent=design.percent,
        drawn_by=by,
        drawn_at=timezone.now(),
    )
    open_checks(_select(round_, planned), by)
    record_event(
        verb="rechecks.drawn",
        target=round_,
        by=by,
        data={
            "seed": round_.seed,
            "frame": round_.frame_sha256,
            "results": round_.sample_size,
            "of": round_.frame_size,
        },
    )
    return round_


def _hold_results() -> None:
    """Until the draw is done no partner sends or corrects a result: each sender locks its partner."""
    list(TradeBody.objects.select_for_update(no_key=True).filter(is_partner=True).order_by("pk"))


def _select(round_: SelectionRound, planned: PlannedRechecks) -> list[Selection]:
    strata = RoundStratum.objects.bulk_create(
        RoundStratum(
            round=round_,
            position=position,
            key=row.key,
            label=row.name,
            members=row.entries,
            members_count=len(row.results),
            checked_before=0,
            met_before=0,
            size=row.size,
        )
        for position, row in enumerate(planned.partners, start=1)
    )
    by_key = {row.key: row for row in strata}
    drawn = draw_strata(
        seed=round_.seed,
        strata={row.key: list(row.results) for row in planned.partners},
        sizes={row.key: row.size for row in planned.partners},
    )
    keys = {number: key for row in planned.partners for number, key in row.results.items()}
    results = (
        PartnerCheck.objects.select_related("membership__company")
        .defer("membership__company__search")
        .in_bulk([keys[row.number] for row in drawn])
    )
    selections = Selection.objects.bulk_create(
        Selection(
            round=round_,
            membership=results[keys[row.number]].membership,
            position=position,
            stratum=by_key[row.stratum],
            inclusion_probability=by_key[row.stratum].inclusion_probability,
        )
        for position, row in enumerate(drawn, start=1)
    )
    Recheck.objects.bulk_create(
        Recheck(partner_check=results[keys[row.number]], selection=selection)
        for row, selection in zip(drawn, selections, strict=True)
    )
    return selections
