"""When a review is due: within 12 to 18 months of the launch, or of an edition's publication."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings

from codeofpractice.models import Edition, EditionStatus

OPENS_AFTER, CLOSES_AFTER = 12, 18  # months


@dataclass(frozen=True)
class Window:
    """`opens` and `closes` both count. `edition` is None for the launch of the scheme."""

    begins: date
    opens: date
    closes: date
    edition: Edition | None = None

    @property
    def what(self) -> str:
        return f"the publication of “{self.edition.title}”" if self.edition else "the launch of the scheme"

    @property
    def first_year_ends(self) -> date:
        return self.opens - timedelta(days=1)


def months_after(day: date, months: int) -> date:
    """The same day so many months on; the last day of a month that has no such day."""
    year, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + year, month + 1, 1)
    next_first = (first + timedelta(days=31)).replace(day=1)
    return min(first + timedelta(days=day.day - 1), next_first - timedelta(days=1))


def window_after(begins: date, edition: Edition | None = None) -> Window:
    return Window(begins, months_after(begins, OPENS_AFTER), months_after(begins, CLOSES_AFTER), edition)


def windows() -> list[Window]:
    """Of the launch, then of each edition published later, oldest first. The first edition came with the
    launch and has no window of its own."""
    launched = settings.SCHEME_LAUNCHED_ON
    later = Edition.objects.filter(status=EditionStatus.PUBLISHED, published_on__gt=launched)
    rows = later.defer("declaration").order_by("published_on", "pk")
    return [
        window_after(launched),
        *(window_after(row.published_on, row) for row in rows if row.published_on),
    ]
