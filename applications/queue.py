"""Which applications the queue shows and in which order: on its page, as CSV, and at home."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import Count, Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from applications.models import Application, ApplicationStatus, Company, TradeBody
from applications.paging import Order
from applications.permissions import CASEWORKERS
from applications.querysets import ApplicationQuerySet
from applications.working_days import (
    NATION_OF_REGION,
    ONE_DAY,
    Nation,
    is_working_day,
    working_day_after,
)

# Sent, and waiting for DfT or for the company.
WITH_DFT = (ApplicationStatus.SUBMITTED, ApplicationStatus.QUESTION)
SOON = 5  # working days
# How long ago something was sent: its name in the address, and the least and most working days.
AGES: dict[str, tuple[int, int | None]] = {"5": (0, 5), "10": (6, 10), "20": (11, 20), "older": (21, None)}

ORDERS = {
    "oldest": Order(("submitted_at", "pk")),
    "newest": Order(("-submitted_at", "-pk")),
    "due": Order(("due_on", "submitted_at", "pk"), has_nulls=True),
    "name": Order(("company__name", "company_id", "pk")),
}


def find_applications(user: User, chosen: Mapping[str, str], today: date) -> ApplicationQuerySet:
    """What this person sees of the queue with these filters, which are those of forms.QueueFilter."""
    found = Application.objects.visible_to(user).matching(chosen.get("q", ""))
    for name, narrow in FILTERS.items():
        if value := chosen.get(name):
            found = found.filter(narrow(value, user, today))
    return found.waiting_for_dft() if chosen.get("status") in {"open", "submitted"} else found


def _by_status(value: str, user: User, today: date) -> Q:
    if value == "every":
        return Q()
    return Q(status__in=WITH_DFT) if value == "open" else Q(status=value)


def _by_region(value: str, user: User, today: date) -> Q:
    return Q(company__home_region=value)


def _by_body(value: str, user: User, today: date) -> Q:
    ties = Company.trade_bodies.through.objects.filter(company_id=OuterRef("company_id"))
    return ~Q(Exists(ties)) if value == "none" else Q(Exists(ties.filter(tradebody_id=int(value))))


def _by_assigned(value: str, user: User, today: date) -> Q:
    if value == "nobody":
        return Q(assigned_to__isnull=True)
    return Q(assigned_to=user.pk if value == "me" else int(value))


def _by_due(value: str, user: User, today: date) -> Q:
    if value == "stopped":
        return Q(status=ApplicationStatus.QUESTION)
    if value == "overdue":
        return Q(due_on__lt=today)
    last = by_nation(lambda nation: working_day_after(today, SOON, nation))
    return Q(due_on__gte=today) & _each_nation(last, lambda day: Q(due_on__lte=day))


def _by_age(value: str, user: User, today: date) -> Q:
    least, most = AGES[value]
    found = Q()
    if most is not None:
        first = by_nation(lambda nation: first_day_within(today, most, nation))
        found &= _each_nation(first, lambda day: Q(submitted_at__gte=_midnight(day)))
    if least:
        end = by_nation(lambda nation: first_day_within(today, least - 1, nation))
        found &= _each_nation(end, lambda day: Q(submitted_at__lt=_midnight(day)))
    return found


FILTERS: dict[str, Callable[[str, User, date], Q]] = {
    "status": _by_status,
    "region": _by_region,
    "body": _by_body,
    "assigned": _by_assigned,
    "due": _by_due,
    "age": _by_age,
}


# --- Working days as limits that the database can compare with ---


def by_nation(count: Callable[[Nation], date]) -> dict[Nation, date]:
    return {nation: count(nation) for nation in Nation}


def _each_nation(days: dict[Nation, date], compare: Callable[[date], Q]) -> Q:
    """Each company by the day of its nation; without a look at companies while all nations have the same."""
    others = days[Nation.ENGLAND_AND_WALES]
    if set(days.values()) == {others}:
        return compare(others)
    found = compare(others) & ~Q(company__home_region__in=list(NATION_OF_REGION))
    for region, nation in NATION_OF_REGION.items():
        found |= compare(days[nation]) & Q(company__home_region=region)
    return found


def first_day_within(today: date, count: int, nation: Nation) -> date:
    """The earliest day since which no more than `count` working days have gone by."""
    day, passed = today, 0
    while (passed := passed + is_working_day(day, nation)) <= count:
        day -= ONE_DAY
    return day


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


# --- Who works on them ---


@dataclass(frozen=True, slots=True)
class Assignee:
    """Who can be given an application, and how many they have."""

    pk: int
    name: str
    open: int

    @property
    def load(self) -> str:
        return f"Has {self.open:,} open application{'' if self.open == 1 else 's'}"


def assignees() -> list[Assignee]:
    """In one query, by name."""
    having = (
        Application.objects.filter(status__in=WITH_DFT, assigned_to=OuterRef("pk"))
        .order_by()
        .values("assigned_to")
        .annotate(total=Count("pk"))
        .values("total")
    )
    people = User.objects.get_queryset().filter(role__in=CASEWORKERS, is_active=True)
    rows = people.annotate(total=Coalesce(Subquery(having), 0)).order_by("name", "pk")
    return [Assignee(*row) for row in rows.values_list("pk", "name", "total")]


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters offer of people and trade bodies: keys and names."""

    people: list[tuple[str, str]]
    bodies: list[tuple[str, str]]


def filter_choices() -> Choices:
    """Caseworkers, whoever else has an application that is with DfT, and trade bodies; in one query."""
    having = Application.objects.filter(status__in=WITH_DFT, assigned_to__isnull=False).values("assigned_to")
    users = User.objects.get_queryset().order_by()
    # Apart, as each has an index of its own: with OR between them, every hire company's people would be read.
    people, holders = users.filter(role__in=CASEWORKERS, is_active=True), users.filter(pk__in=having)
    bodies = TradeBody.objects.order_by().values_list(Value(2), "pk", "name")
    found = people.values_list(Value(1), "pk", "name").union(
        holders.values_list(Value(1), "pk", "name"), bodies
    )
    rows = sorted(found, key=lambda row: (row[2], row[1]))
    return Choices(
        people=[(str(pk), name) for kind, pk, name in rows if kind == 1],
        bodies=[(str(pk), name) for kind, pk, name in rows if kind == 2],
    )
