from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from rvss.personal_data_document import draw


class Command(BaseCommand):
    help = "Write docs/personal-data.md from what each room says it holds about people."

    def handle(self, *args: Any, **options: Any) -> None:
        (settings.BASE_DIR / "docs" / "personal-data.md").write_text(draw(), encoding="utf-8")
