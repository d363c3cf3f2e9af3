from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reviews.models import ReviewReport
from reviews.reproducing import reproduce


class Command(BaseCommand):
    help = "Work the tables of a report out again from its frozen figures. Fails when anything differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("report", type=int, help="the number of the report")

    def handle(self, *args: Any, **options: Any) -> None:
        report = ReviewReport.objects.filter(pk=options["report"]).first()
        if report is None or report.tables is None:
            raise CommandError("There is no such report with frozen figures.")
        found = reproduce(report)
        self.stdout.write(f"Made by version {found.made_by or 'unknown'}; this is {found.now_by}.")
        self.stdout.write(f"Figures: kept {report.figures_sha256}, frozen data has {found.figures_sha256}")
        self.stdout.write(f"Tables:  kept {report.tables_sha256}, made now {found.tables_sha256}")
        for difference in found.differences:
            self.stdout.write(difference)
        if not found.is_same:
            raise CommandError("The figures are not the same.")
        self.stdout.write("The same figures, cell by cell.")
