from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reviews.services import EstimateError, load_sector_estimates
from reviews.services.estimates import COLUMNS


class Command(BaseCommand):
    help = f"Load estimates of the sector from a CSV file with the columns {', '.join(COLUMNS)}."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            text = options["file"].read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"The file cannot be read: {error}") from error
        try:
            loaded = load_sector_estimates(lines=text.splitlines(), by=None)
        except EstimateError as error:
            raise CommandError("Nothing was loaded.\n" + "\n".join(error.problems)) from error
        self.stdout.write(f"{loaded} estimates loaded")
