from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from assurance.allocation import Allocation, StratumSize, neyman, proportional
from assurance.draw import ALGORITHM, BEFORE_STRATA, Drawn, draw, draw_strata, frame_digest, strata_digest
from assurance.models import Recheck, RoundStratum, SelectionKind, SelectionRound
from assurance.recheck_design import share_of

NOT_THE_FRAME = "The stored frame is not the one from which the round was drawn."


class Command(BaseCommand):
    help = "Repeat a draw from what is stored, and say whether it gives the same members in the same order."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("round", type=int, help="the number in the round's address")

    def handle(self, *args: Any, **options: Any) -> None:
        round_ = SelectionRound.objects.filter(pk=options["round"]).first()
        if round_ is None:
            raise CommandError(f"There is no round {options['round']}.")
        if round_.algorithm == BEFORE_STRATA:
            drawn = self._draw_without_strata(round_)
        elif round_.algorithm == ALGORITHM:
            drawn = self._draw_strata(round_)
        else:
            raise CommandError(
                f"This version of the service draws by {ALGORITHM}, not by {round_.algorithm}."
            )
        selected = round_.selections.filter(kind=SelectionKind.RANDOM).order_by("position")
        stored = [
            Drawn(number, stratum or "")
            for number, stratum in selected.values_list("membership__number", "stratum__key")
        ]
        if drawn != stored:
            raise CommandError("The draw gives other members than those that are stored.")
        if round_.is_of_rechecks:
            self._check_results(round_)
        for position, row in enumerate(drawn, start=1):
            self.stdout.write(f"{position} {row.number} {row.stratum}".rstrip())
        self.stdout.write(f"The same {len(drawn)} members of {round_.frame_size}, in the same order.")

    def _draw_without_strata(self, round_: SelectionRound) -> list[Drawn]:
        if frame_digest(round_.frame) != round_.frame_sha256 or len(round_.frame) != round_.frame_size:
            raise CommandError(NOT_THE_FRAME)
        numbers = draw(seed=round_.seed, frame=round_.frame, size=round_.sample_size)
        return [Drawn(number, "") for number in numbers]

    def _draw_strata(self, round_: SelectionRound) -> list[Drawn]:
        strata = list(round_.strata.order_by("position"))
        frame = {row.key: row.members for row in strata}
        everybody = sorted(entry for row in strata for entry in row.members)
        if strata_digest(frame) != round_.frame_sha256 or everybody != round_.frame:
            raise CommandError(NOT_THE_FRAME)
        self._check_sizes(round_, strata)
        sizes = {row.key: row.size for row in strata}
        selected = round_.selections.filter(kind=SelectionKind.RANDOM).select_related("stratum")
        for row in selected:
            stratum = row.stratum
            if stratum is None or row.inclusion_probability != stratum.inclusion_probability:
                raise CommandError(f"The chance of {row.membership_id} is not that of its group.")
        return draw_strata(seed=round_.seed, strata={row.key: row.numbers for row in strata}, sizes=sizes)

    def _check_results(self, round_: SelectionRound) -> None:
        """Each member is checked again for the result with which it stood in the frame."""
        rechecks = Recheck.objects.filter(selection__round=round_)
        kept = rechecks.values_list("selection__membership__number", "partner_check_id")
        found = {f"{number} {result}" for number, result in kept}
        if len(found) != round_.sample_size or not found <= set(round_.frame):
            raise CommandError("The results that are checked again are not those that were drawn.")

    def _check_sizes(self, round_: SelectionRound, strata: list[RoundStratum]) -> None:
        """What the stored counts give is what was drawn; sizes that a lead set are as they were set."""
        if round_.results_percent is not None:
            shares = [share_of(row.members_count, round_.results_percent) for row in strata]
            if shares != [row.size for row in strata]:
                raise CommandError("The sizes of the groups are not the share that was to be drawn.")
            return
        if round_.allocation == Allocation.FIXED:
            return
        allocate = neyman if round_.allocation == Allocation.NEYMAN else proportional
        counted = [
            StratumSize(members=row.members_count, checked=row.checked_before, met=row.met_before)
            for row in strata
        ]
        if allocate(counted, round_.sample_size) != [row.size for row in strata]:
            raise CommandError("The sizes of the groups are not those that the allocation gives.")
