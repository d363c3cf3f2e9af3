from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Send the API requests that nobody would send, and hold each answer against its description."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--requests", type=int, default=100_000)
        parser.add_argument("--seed", type=int, default=1, help="the same seed, the same requests")

    def handle(self, *args: Any, **options: Any) -> None:
        # What makes the requests is there on a developer's machine only.
        from rvss.fuzz.run import is_fuzz_database, run, run_on_own_database

        if not is_fuzz_database():
            sys.exit(run_on_own_database(options["requests"], options["seed"]))
        if not run(options["requests"], options["seed"], lambda line: self.stdout.write(line)):
            sys.exit(1)
