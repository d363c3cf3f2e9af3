"""What waits for a person, by role, in one query; and the pages that the role works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts.models import Notification, Role, User
from applications.models import Application, ApplicationStatus, Membership
from assurance.models import ActionStatus, CheckStatus, CorrectiveAction, PlanCheck
from reviews.models import ReportStatus, ReviewReport

MOST_ACTIONS = 10
Counted = dict[str, QuerySet[Any]]


@dataclass(frozen=True)
class Waiting:
    text: str
    count: int
    address: str


@dataclass(frozen=True)
class Link:
    text: str
    address: str
    hint: str


@dataclass(frozen=True)
class Kind:
    """A kind of thing that waits: which rows, and where they are worked on."""

    text: str
    rows: Callable[[User], QuerySet[Any]]
    page: str
    query: dict[str, str]


def address_of(name: str, query: dict[str, str] | None = None) -> str:
    """Empty for a page that this service does not have."""
    try:
        return reverse(name) + (f"?{urlencode(query)}" if query else "")
    except NoReverseMatch:
        return ""


def kind(text: str, page: str, rows: Callable[[User], QuerySet[Any]], **query: str) -> Kind:
    return Kind(text, rows, page, query)


def _applications(user: User) -> QuerySet[Application]:
    return Application.objects.visible_to(user).filter(status=ApplicationStatus.SUBMITTED)


def _checks(user: User, status: str) -> QuerySet[PlanCheck]:
    return PlanCheck.objects.visible_to(user).filter(status=status)


UNTAKEN = kind(
    "Applications that nobody has taken",
    "applications:queue",
    lambda user: _applications(user).filter(assigned_to=None),
    status="submitted",
    assigned="nobody",
)
MINE = kind(
    "Applications assigned to you",
    "applications:queue",
    lambda user: _applications(user).filter(assigned_to=user),
    status="submitted",
    assigned="me",
)
WAITING: dict[str, list[Kind]] = {
    Role.ASSURER: [
        MINE,
        UNTAKEN,
        kind(
            "Checks for you to do",
            "assurance:queue",
            lambda user: _checks(user, CheckStatus.OPEN),
            status="open",
        ),
        kind(
            "Of these, late",
            "assurance:queue",
            lambda user: _checks(user, CheckStatus.OPEN).filter(due_on__lt=timezone.localdate()),
            status="open",
        ),
    ],
    Role.LEAD: [
        kind(
            "Checks to decide",
            "assurance:queue",
            lambda user: _checks(user, CheckStatus.RECOMMENDED),
            status="recommended",
        ),
        kind(
            "Checks that nobody has",
            "assurance:queue",
            lambda user: _checks(user, CheckStatus.OPEN).filter(assurer=None),
            status="open",
            assigned="nobody",
        ),
        MINE,
        UNTAKEN,
        kind(
            "Reports that could not be made",
            "reviews:reports",
            lambda user: ReviewReport.objects.visible_to(user).filter(status=ReportStatus.FAILED),
        ),
    ],
    Role.PANEL: [],
    Role.PARTNER: [],
    Role.ADMINISTRATOR: [
        kind(
            "Messages that could not be sent",
            "accounts:failed",
            lambda user: Notification.objects.failed_for(user),
        ),
        kind("Applications that nobody has taken", "applications:queue", UNTAKEN.rows, **UNTAKEN.query),
    ],
}
TAKE_UP = (
    "Take-up and compliance",
    "reviews:take_up",
    "How many companies have joined, and what checks found",
)
REPORTS = ("Reports of reviews", "reviews:reports", "What each review found, as a document")
QUEUE = ("Applications", "applications:queue", "Companies that want to join")
CHECKS = ("Checks", "assurance:queue", "Security plans that were drawn for a check")
EDITIONS = ("Code of Practice", "codeofpractice:editions", "Every edition and its points")
REGISTER = ("Register of members", "applications:register", "Members that agreed to be named")
LINKS: dict[str, list[tuple[str, str, str]]] = {
    Role.ASSURER: [QUEUE, CHECKS, EDITIONS, REGISTER, TAKE_UP, REPORTS],
    Role.LEAD: [
        ("Rounds", "assurance:rounds", "Draw members for checks"),
        CHECKS,
        QUEUE,
        TAKE_UP,
        REPORTS,
        EDITIONS,
        REGISTER,
    ],
    Role.PANEL: [TAKE_UP, REPORTS, EDITIONS, REGISTER],
    Role.PARTNER: [REGISTER, EDITIONS, ("Take-up", "reviews:summary", "How many companies have joined")],
    Role.ADMINISTRATOR: [
        ("People", "accounts:people", "Accounts, their roles and their access"),
        ("Record of changes", "accounts:record", "Who did what, when and why"),
        ("Messages that could not be sent", "accounts:failed", "See why, and send them again"),
        EDITIONS,
        QUEUE,
        TAKE_UP,
        REPORTS,
    ],
}


def waiting_for(user: User) -> list[Waiting]:
    """What there is to do, most urgent first; a page that does not exist is left out with its count."""
    kinds = [(each, address_of(each.page, each.query)) for each in WAITING[user.role]]
    shown = [(each, address) for each, address in kinds if address]
    counts = count_all(user, {str(place): each.rows(user) for place, (each, _) in enumerate(shown)})
    return [Waiting(each.text, counts[str(place)], address) for place, (each, address) in enumerate(shown)]


def links_for(user: User) -> list[Link]:
    found = [Link(text, address_of(name), hint) for text, name, hint in LINKS[user.role]]
    return [link for link in found if link.address]


def actions_to_look_at(user: User) -> list[CorrectiveAction]:
    """Actions that companies report as done, the oldest first; no page of its own lists them."""
    done = CorrectiveAction.objects.visible_to(user).filter(status=ActionStatus.DONE)
    company = "check_of__membership__company"
    rows = done.select_related(company, "point").defer(f"{company}__search", f"{company}__search_terms")
    return list(rows.order_by("target_on", "pk")[:MOST_ACTIONS])


def enrolled_by(user: User) -> QuerySet[Membership]:
    """Members that came through the trade bodies for which this person acts."""
    return Membership.objects.filter(partner__people=user)


def count_all(user: User, querysets: Counted) -> dict[str, int]:
    """Every count in one query."""
    if not querysets:
        return {}
    counts = [
        Coalesce(
            Subquery(
                rows.order_by()
                .values(all_rows=Value(1))
                .annotate(total=Count(F("pk"), distinct=True))
                .values("total")
            ),
            0,
        )
        for rows in querysets.values()
    ]
    row = User.objects.filter(pk=user.pk).values_list(*counts).get()
    return dict(zip(querysets, row, strict=True))
