from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from rvss.bench.run import is_bench_database, run, run_on_own_database


class Command(BaseCommand):
    help = "Time the main pages against a floor, with made-up companies in a database of their own."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--companies", type=int, default=10_000)
        parser.add_argument("--requests", type=int, default=200, help="for each page")

    def handle(self, *args: Any, **options: Any) -> None:
        if not is_bench_database():
            sys.exit(run_on_own_database(options["companies"], options["requests"]))
        run(options["companies"], options["requests"], self.stdout.write)
