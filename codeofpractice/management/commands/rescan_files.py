from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from codeofpractice.models import FileStatus, StoredFile
from codeofpractice.services.files import scan_again
from codeofpractice.tasks import scan_file


class Command(BaseCommand):
    help = "Scan every file again that is released or could not be scanned, as after new signatures."

    def handle(self, *args: Any, **options: Any) -> None:
        queued = 0
        for stored in StoredFile.objects.filter(status=FileStatus.UNSCANNABLE).iterator():
            scan_again(stored=stored)
        again = StoredFile.objects.filter(status__in=[FileStatus.CLEAN, FileStatus.WAITING])
        for pk in again.order_by("pk").values_list("pk", flat=True).iterator():
            scan_file.delay(pk)
            queued += 1
        self.stdout.write(f"Files to be scanned: {queued}.")
