from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from assurance.draw import ALGORITHM, draw, frame_digest
from assurance.models import SelectionRound


class Command(BaseCommand):
    help = "Repeat a draw from what is stored, and say whether it gives the same members in the same order."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("round", type=int, help="the number in the round's address")

    def handle(self, *args: Any, **options: Any) -> None:
        round_ = SelectionRound.objects.filter(pk=options["round"]).first()
        if round_ is None:
            raise CommandError(f"There is no round {options['round']}.")
        if round_.algorithm != ALGORITHM:
            raise CommandError(
                f"This version of the service draws by {ALGORITHM}, not by {round_.algorithm}."
            )
        if frame_digest(round_.frame) != round_.frame_sha256 or len(round_.frame) != round_.frame_size:
            raise CommandError("The stored frame is not the one from which the round was drawn.")
        drawn = draw(seed=round_.seed, frame=round_.frame, size=round_.sample_size)
        stored = list(round_.selections.order_by("position").values_list("membership__number", flat=True))
        if drawn != stored:
            raise CommandError("The draw gives other members than those that are stored.")
        for position, number in enumerate(drawn, start=1):
            self.stdout.write(f"{position} {number}")
        self.stdout.write(f"The same {len(drawn)} members of {round_.frame_size}, in the same order.")
