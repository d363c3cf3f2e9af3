from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.models import RetentionRun
from rvss.services.retention import report_run, start_run


class Command(BaseCommand):
    help = "Report what has outlived its time. It removes nothing: an administrator approves it first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--report", action="store_true", required=True, help="make the report, or show the open one"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        run = start_run(by=None)
        report_run(run_id=run.pk, now=timezone.now())
        run = RetentionRun.objects.get(pk=run.pk)
        self.stdout.write(f"Report {run.pk}: {run.get_status_display()}")
        for part in run.parts.all():
            oldest = f", the oldest of {part.oldest_at:%Y-%m-%d}" if part.oldest_at else ""
            some = f", among them {', '.join(part.sample)}" if part.sample else ""
            self.stdout.write(f"{part.found:>9,}  {part.what}{oldest}{some}")
