"""Objects in the store that no row tells of: what a transaction left behind that was rolled back.

An object is stored before its row is committed, so for a while each upload looks like one. Hence the grace.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.files.storage import default_storage
from django.utils import timezone

from codeofpractice.models import StoredFile

FOLDER = "uploads"
GRACE = timedelta(hours=24)
BATCH = 500


@dataclass(frozen=True)
class Found:
    objects: int
    orphans: tuple[str, ...]

    @property
    def is_doubtful(self) -> bool:
        """More than a tenth without a row: a wrong or an old database rather than broken uploads."""
        return len(self.orphans) > max(10, self.objects // 10)


def find_orphans(*, grace: timedelta = GRACE) -> Found:
    """Look through the folder of uploads; changes nothing."""
    try:
        _, names = default_storage.listdir(FOLDER)
    except FileNotFoundError:  # nothing was ever uploaded
        names = []
    before = timezone.now() - grace
    orphans: list[str] = []
    for start in range(0, len(names), BATCH):
        batch = [f"{FOLDER}/{name}" for name in names[start : start + BATCH]]
        known = set(StoredFile.objects.filter(storage_name__in=batch).values_list("storage_name", flat=True))
        orphans += [name for name in batch if name not in known and _is_older(name, before)]
    return Found(len(names), tuple(sorted(orphans)))


def _is_older(name: str, before: datetime) -> bool:
    try:
        return bool(default_storage.get_modified_time(name) < before)
    except FileNotFoundError:  # somebody else removed it meanwhile
        return False


def remove_orphans(found: Found) -> int:
    """Delete what was found, unless a row tells of it by now. Returns how many."""
    removed = 0
    for name in found.orphans:
        if not StoredFile.objects.filter(storage_name=name).exists():
            default_storage.delete(name)
            removed += 1
    return removed
