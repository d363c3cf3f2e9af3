"""Pages of long lists, newest first, that cost the same however far back a reader goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

PER_PAGE = 25
LARGEST_KEY = 2**63 - 1


@dataclass(frozen=True)
class KeysetPage:
    rows: Sequence[Any]
    is_first: bool
    older: int | None  # what to ask for as `before` to go on


def take_keyset(queryset: QuerySet[Any], query: QueryDict) -> KeysetPage:
    """Rows with keys below `before` of the address, newest first, in one query."""
    wanted = query.get("before", "")
    before = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 20 else None
    if before is not None:
        queryset = queryset.filter(pk__lt=min(before, LARGEST_KEY))
    rows = list(queryset.order_by("-pk")[: PER_PAGE + 1])
    shown = rows[:PER_PAGE]
    return KeysetPage(shown, before is None, shown[-1].pk if len(rows) > PER_PAGE else None)
