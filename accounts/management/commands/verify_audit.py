from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.chain import verify_chain


class Command(BaseCommand):
    help = "Check the whole record of changes, and name the first event that is not as it was written."

    def handle(self, *args: Any, **options: Any) -> None:
        walk = verify_chain()
        if walk.broken:
            raise CommandError(
                f"The record is broken at event {walk.broken.pk} "
                f"({walk.broken.verb}, {walk.broken.target_label}, {walk.broken.at:%Y-%m-%d %H:%M:%S} UTC): "
                f"{walk.problem}. The {walk.sound:,} before it hold."
            )
        self.stdout.write(f"{walk.sound:,} events, and the chain holds. Last digest: {walk.last_digest}")
