"""Pages of long lists, at a price that does not grow with the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

PER_PAGE = 25
COUNT_LIMIT = 1000  # counting stops here: "more than 1,000" says enough
LAST_PAGE = 10_000


@dataclass(frozen=True)
class ListPage:
    rows: Sequence[Any]
    number: int
    total: int
    is_more_than_total: bool
    has_next: bool

    @property
    def first_row(self) -> int:
        return (self.number - 1) * PER_PAGE + 1

    @property
    def last_row(self) -> int:
        return self.first_row + len(self.rows) - 1


def take_page(queryset: QuerySet[Any], query: QueryDict) -> ListPage:
    """The page that the address asks for, in two queries: the rows, and a count that is capped."""
    wanted = query.get("page", "")
    is_number = wanted.isascii() and wanted.isdigit() and len(wanted) < 10
    number = min(max(int(wanted), 1), LAST_PAGE) if is_number else 1
    start = (number - 1) * PER_PAGE
    rows = list(queryset[start : start + PER_PAGE + 1])
    total = queryset.order_by().values("pk")[: COUNT_LIMIT + 1].count()
    return ListPage(
        rows=rows[:PER_PAGE],
        number=number,
        total=min(total, COUNT_LIMIT),
        is_more_than_total=total > COUNT_LIMIT,
        has_next=len(rows) > PER_PAGE,
    )
