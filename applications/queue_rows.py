"""What the columns of the queue say: on its page, as CSV, and where an application is shown alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from applications.choices import Region
from applications.models import Application, ApplicationStatus
from applications.working_days import Nation, nation_of, working_days_between


@lru_cache(maxsize=8192)
def _days_between(first: date, last: date, nation: Nation) -> int:
    return working_days_between(first, last, nation)


def working_days(count: int) -> str:
    return f"{count:,} working day{'' if count == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Clock:
    """How long an application has been with DfT and what is left of the target, in words."""

    age: int | None  # working days since it was sent; until the decision when there is one
    is_decided: bool
    due: str
    is_overdue: bool

    @property
    def age_in_words(self) -> str:
        if self.age is None:
            return ""
        count = working_days(self.age) if self.age else "less than 1 working day"
        return f"Decided after {count}" if self.is_decided else f"{count} ago".capitalize()


def read_clock(application: Application, today: date) -> Clock:
    """Of a row with its company."""
    return clock_of(
        status=application.status,
        sent_on=_day(application.submitted_at),
        decided_on=_day(application.decided_at),
        due_on=application.due_on,
        stopped_with=application.working_days_left,
        region=application.company.home_region,
        today=today,
    )


def _day(moment: datetime | None) -> date | None:
    return timezone.localdate(moment) if moment else None


def clock_of(
    *,
    status: str,
    sent_on: date | None,
    decided_on: date | None,
    due_on: date | None,
    stopped_with: int | None,
    region: str,
    today: date,
) -> Clock:
    """Of an application that was withdrawn nobody knows for how long it was with DfT."""
    nation, age = nation_of(region), None
    if sent_on and status != ApplicationStatus.WITHDRAWN:
        age = _days_between(sent_on, decided_on or today, nation)
    is_decided = decided_on is not None
    if stopped_with is not None:
        left = f"{working_days(stopped_with)} left"
        words = left if stopped_with >= 0 else f"overdue by {working_days(-stopped_with)}"
        return Clock(age, is_decided, f"Clock stopped, {words}", False)
    if due_on is None:
        return Clock(age, is_decided, "", False)
    left_now = _days_between(today, due_on, nation)
    return Clock(age, is_decided, _left_in_words(due_on, today, left_now), due_on < today)


def _left_in_words(due_on: date, today: date, left: int) -> str:
    if due_on == today:
        return "Due today"
    if due_on > today:
        return f"{working_days(left)} left"
    # Nothing but a weekend or a holiday may have gone by since.
    return f"Overdue by {working_days(-left)}" if left else "Overdue"


@dataclass(frozen=True, slots=True)
class QueueRow:
    """Plain values: a list makes as few objects for a row as it can."""

    reference: str
    company: str
    number: str
    town: str
    region: str
    vehicles: int
    sent_on: date
    due_on: date | None
    status: str
    status_name: str
    assigned_to: str
    partner: str  # the approved partner that enrolled it; empty for one that came by itself
    clock: Clock
    address: str


COLUMNS = (
    "reference", "company__name", "company__company_number", "company__town", "company__home_region",
    "company__fleet_size", "submitted_at", "decided_at", "due_on", "working_days_left", "status",
    "assigned_to__name", "partner__name",
)  # fmt: skip
REGIONS = dict(Region.choices)
STATUSES = dict(ApplicationStatus.choices)


def rows_by_key(found: QuerySet[Application], keys: list[int], today: date) -> dict[int, QueueRow]:
    values = list(found.filter(pk__in=keys).values_list("pk", *COLUMNS))
    rows = read_rows([row[1:] for row in values], today)
    return dict(zip([row[0] for row in values], rows, strict=True))


def read_rows(values: Iterable[tuple[Any, ...]], today: date) -> Iterator[QueueRow]:
    """From the values of COLUMNS."""
    address = reverse("applications:application", kwargs={"reference": "~"})
    for (
        reference,
        company,
        number,
        town,
        region,
        vehicles,
        sent,
        decided,
        due_on,
        left,
        status,
        name,
        partner,
    ) in values:
        sent_on = timezone.localdate(sent)
        clock = clock_of(
            status=status,
            sent_on=sent_on,
            decided_on=_day(decided),
            due_on=due_on,
            stopped_with=left,
            region=region,
            today=today,
        )
        yield QueueRow(
            reference, company, number, town, REGIONS.get(region, "No region"), vehicles, sent_on, due_on,
            status, STATUSES[status], name or "Nobody", partner or "", clock, address.replace("~", reference),
        )  # fmt: skip
