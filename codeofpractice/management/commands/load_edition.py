from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from codeofpractice.services.editions import EditionRefused, check_edition, load_edition


class Command(BaseCommand):
    help = "Load an edition of the Code of Practice from its YAML. Loading it again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--check", action="store_true", help="say what loading it would do, and change nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            source = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}") from error
        try:
            edition, changed = (check_edition if options["check"] else load_edition)(source=source)
        except EditionRefused as error:
            raise CommandError(str(error)) from error
        done = "would be loaded" if options["check"] else "loaded"
        self.stdout.write(f"{edition.title}: {done if changed else 'nothing has changed'}.")
