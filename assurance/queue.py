"""Which checks the queue shows and in which order: on its page, as CSV, and at home."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from django.db import models
from django.db.models import Exists, OuterRef, Q

from accounts.models import Role, User
from applications.paging import Order
from applications.searching import membership_number, text_query
from assurance.models import IN_HAND, CheckStatus, PlanCheck
from assurance.querysets import PlanCheckQuerySet

GOING_ON, EVERY, WITH_ASSURER = "open_or_recommended", "every", "in_hand"
GOING_ON_STATUSES = (*IN_HAND, CheckStatus.RECOMMENDED)


class Queue(models.TextChoices):
    """What waits for whom. An assurer sees no checks but their own, so the team's queue is the leads'."""

    MINE = "mine", "Yours"
    TEAM = "team", "The team’s"
    NOBODY = "nobody", "Nobody’s yet"
    WAITING = "waiting", "Waiting for the company"
    OVERDUE = "overdue", "Overdue"
    DECIDE = "decide", "To decide"


QUEUES: dict[str, tuple[Queue, ...]] = {
    Role.ASSURER: (Queue.MINE, Queue.WAITING, Queue.OVERDUE, Queue.DECIDE),
    Role.LEAD: (Queue.TEAM, Queue.NOBODY, Queue.WAITING, Queue.OVERDUE, Queue.DECIDE),
}
ORDERS = {
    "due": Order(("due_on", "pk"), has_nulls=True),
    "newest": Order(("-opened_at", "-pk")),
    "name": Order(("membership__company__name", "membership__company_id", "pk")),
}


def find_checks(user: User, chosen: Mapping[str, str], today: date) -> PlanCheckQuerySet:
    """What this person sees of the queue with these filters, which are those of forms.CheckFilter."""
    found = PlanCheck.objects.visible_to(user)
    for name, narrow in FILTERS.items():
        if value := chosen.get(name):
            found = found.filter(narrow(value, user, today))
    return found


def _by_words(value: str, user: User, today: date) -> Q:
    if number := membership_number(value):
        return Q(membership__number=number)
    query = text_query(value)
    return Q(membership__company__search=query) if query else Q()


def _by_queue(value: str, user: User, today: date) -> Q:
    going_on = Q(status__in=GOING_ON_STATUSES)
    return (
        going_on
        & {
            Queue.MINE: Q(assurer=user),
            Queue.TEAM: Q(),
            Queue.NOBODY: Q(assurer__isnull=True, status__in=IN_HAND),
            Queue.WAITING: Q(status=CheckStatus.WAITING),
            Queue.OVERDUE: Q(due_on__lt=today),
            Queue.DECIDE: Q(status=CheckStatus.RECOMMENDED),
        }[Queue(value)]
    )


def _by_status(value: str, user: User, today: date) -> Q:
    several = {GOING_ON: GOING_ON_STATUSES, WITH_ASSURER: IN_HAND}
    if value == EVERY:
        return Q()
    return Q(status__in=several[value]) if value in several else Q(status=value)


def _by_assigned(value: str, user: User, today: date) -> Q:
    if value == "nobody":
        return Q(assurer__isnull=True)
    return Q(assurer=user.pk if value == "me" else int(value))


FILTERS: dict[str, Callable[[str, User, date], Q]] = {
    "q": _by_words,
    "queue": _by_queue,
    "status": _by_status,
    "assigned": _by_assigned,
}


def assurer_choices() -> list[tuple[str, str]]:
    """Assurers, and whoever else has a check that goes on; keys and names, in one query."""
    having = PlanCheck.objects.filter(assurer=OuterRef("pk"), status__in=GOING_ON_STATUSES)
    people = User.objects.get_queryset().filter(Q(role=Role.ASSURER, is_active=True) | Exists(having))
    return [(str(pk), name) for pk, name in people.order_by("name", "pk").values_list("pk", "name")]
