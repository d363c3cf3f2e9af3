from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db.models import QuerySet

from accounts.transitions import TransitionRefused
from codeofpractice.models import FileStatus, StoredFile
from codeofpractice.services.files import SCAN_AGAIN, scan_again
from codeofpractice.tasks import scan_file


class Command(BaseCommand):
    help = (
        "Scan files again, as after new signatures: those that are released, wait, or were not looked into."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--file", type=int, metavar="ID", help="this one only")
        parser.add_argument(
            "--refused-only", action="store_true", help="only those that could not be looked into"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        files = StoredFile.objects.filter(pk=options["file"]) if options["file"] else StoredFile.objects.all()
        queued = self._refused(files)
        if not options["refused_only"]:
            again = files.filter(status__in=[FileStatus.CLEAN, FileStatus.WAITING])
            for pk in again.exclude(pk__in=queued).order_by("pk").values_list("pk", flat=True).iterator():
                scan_file.delay(pk)
                queued.add(pk)
        self.stdout.write(f"Files to be scanned: {len(queued)}.")

    def _refused(self, files: QuerySet[StoredFile]) -> set[int]:
        queued = set()
        for stored in files.filter(status__in=SCAN_AGAIN).order_by("pk").iterator():
            try:
                scan_again(stored=stored, by=None)
            except TransitionRefused:
                continue  # somebody asked for it from the page meanwhile
            queued.add(stored.pk)
        return queued
