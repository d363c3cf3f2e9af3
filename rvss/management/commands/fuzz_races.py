from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Post the same decision twenty times at once, and cut connections: one outcome, and a word to all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rounds", type=int, default=200)
        parser.add_argument("--seed", type=int, default=1, help="the same seed, the same rounds")

    def handle(self, *args: Any, **options: Any) -> None:
        # What reads the pages is there on a developer's machine only.
        from rvss.fuzz.races.run import is_own_database, run, run_on_own_database

        if not is_own_database():
            sys.exit(run_on_own_database(options["rounds"], options["seed"]))
        if not run(options["rounds"], options["seed"], lambda line: self.stdout.write(line)):
            sys.exit(1)
