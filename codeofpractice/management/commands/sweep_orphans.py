from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from codeofpractice.orphans import GRACE, find_orphans, remove_orphans


class Command(BaseCommand):
    help = "Report the stored objects that no row tells of; with --remove, delete them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--remove", action="store_true", help="delete them; without it nothing changes")
        parser.add_argument(
            "--hours",
            type=int,
            default=int(GRACE.total_seconds() // 3600),
            help="leave what is younger than this: its row may be on the way",
        )
        parser.add_argument(
            "--many", action="store_true", help="delete even when more than a tenth of the store has no row"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["hours"] < 1:
            raise CommandError("Give at least one hour: an upload is stored before its row is committed.")
        found = find_orphans(grace=timedelta(hours=options["hours"]))
        for name in found.orphans:
            self.stdout.write(name)
        self.stdout.write(f"{len(found.orphans)} of {found.objects} objects have no row.")
        if not options["remove"]:
            return
        if found.is_doubtful and not options["many"]:
            raise CommandError(
                "So many have no row that this may be the wrong database, or an old copy of it. "
                "Nothing was removed. Add --many if it is right."
            )
        self.stdout.write(f"Removed: {remove_orphans(found)}.")
