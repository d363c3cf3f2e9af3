from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from reviews.services import take_snapshot


class Command(BaseCommand):
    help = "Count the figures of the scheme and keep them for the take-up pages."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--force", action="store_true", help="even when there is one of this hour")

    def handle(self, *args: Any, **options: Any) -> None:
        snapshot = take_snapshot(even_if_fresh=options["force"])
        self.stdout.write(f"{snapshot}, sha256 {snapshot.sha256}")
