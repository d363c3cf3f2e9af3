"""What waits for a person, by role, in one query."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import ErasureRequest, Notification, RetentionRun, RetentionStatus, Role, User
from applications.forms import QueueFilter
from applications.models import (
    Application,
    DeclarationRequest,
    EnrolledCompany,
    EnrolledStatus,
    Enrolment,
    EnrolmentStatus,
    Membership,
    Reconsideration,
    SecurityContact,
)
from applications.queue import find_applications
from assurance.forms import CheckFilter
from assurance.models import (
    ActionStatus,
    Closure,
    CorrectiveAction,
    DecisionReconsideration,
    PartnerCheck,
    PlanCheck,
    SecondReading,
    SuspensionProposal,
)
from assurance.queue import find_checks
from reviews.models import Publication, ReportStatus, ReviewReport
from rvss.home_links import address_of

MOST_ACTIONS = 10
Counted = dict[str, QuerySet[Any]]


@dataclass(frozen=True)
class Waiting:
    text: str
    count: int
    address: str


@dataclass(frozen=True)
class Kind:
    """A kind of thing that waits: which rows, and where they are worked on."""

    text: str
    rows: Callable[[User], QuerySet[Any]]
    page: str
    query: dict[str, str]


def kind(text: str, page: str, rows: Callable[[User], QuerySet[Any]], **query: str) -> Kind:
    return Kind(text, rows, page, query)


def queued(text: str, **query: str) -> Kind:
    """Applications that the queue shows with these filters: the count and the page cannot differ."""

    def rows(user: User) -> QuerySet[Application]:
        return find_applications(user, {**QueueFilter.standard, **query}, timezone.localdate())

    return Kind(text, rows, "applications:queue", query)


def checked(text: str, **query: str) -> Kind:
    """Checks that the queue shows with these filters: the count and the page cannot differ."""

    def rows(user: User) -> QuerySet[PlanCheck]:
        return find_checks(user, {**CheckFilter.standard, **query}, timezone.localdate())

    return Kind(text, rows, "assurance:queue", query)


def _enrolled(user: User, status: str) -> QuerySet[EnrolledCompany]:
    return EnrolledCompany.objects.visible_to(user).filter(status=status)


UNTAKEN = queued("Applications that nobody has taken", status="submitted", assigned="nobody")
OVERDUE = queued("Applications overdue", due="overdue")
STOPPED = queued("Applications that wait for the company", due="stopped")
UNSIGNED = kind(
    "Declarations overdue to be signed again",
    "applications:declaration_requests",
    lambda user: DeclarationRequest.objects.visible_to(user).open().filter(due_on__lt=timezone.localdate()),
    due="overdue",
)
UNREACHED = kind(
    "Security contacts to look at",
    "applications:contact_list",
    lambda user: SecurityContact.objects.visible_to(user).needing_attention(),
)
MINE = queued("Applications assigned to you", status="submitted", assigned="me")
TO_RECONSIDER = kind(
    "Rejections to look at again",
    "applications:reconsiderations",
    lambda user: Reconsideration.objects.waiting_for(user),
)
WAITING: dict[str, list[Kind]] = {
    Role.ASSURER: [
        MINE,
        UNTAKEN,
        OVERDUE,
        STOPPED,
        kind(
            "Plans to read a second time",
            "assurance:readings",
            lambda user: SecondReading.objects.visible_to(user).open(),
        ),
        checked("Checks for you to do", queue="mine", status="open"),
        checked("Of these, late", queue="overdue", status="open"),
        checked("Checks that wait for the company", queue="waiting"),
        UNSIGNED,
        UNREACHED,
    ],
    Role.LEAD: [
        checked("Checks to decide", queue="decide"),
        checked("Checks that nobody has", queue="nobody"),
        checked("Checks overdue", queue="overdue"),
        checked("Checks that wait for the company", queue="waiting"),
        kind(
            "Second readings that nobody has",
            "assurance:readings",
            lambda user: SecondReading.objects.visible_to(user).open().filter(reader=None),
        ),
        kind(
            "Outcomes to look at again",
            "assurance:outcome_reconsiderations",
            lambda user: DecisionReconsideration.objects.waiting_for(user),
        ),
        kind(
            "Closures to look at again",
            "assurance:closures",
            lambda user: Closure.objects.to_look_at(user),
        ),
        kind(
            "Suspensions proposed",
            "assurance:suspensions",
            lambda user: SuspensionProposal.objects.waiting_for(user),
        ),
        TO_RECONSIDER,
        MINE,
        UNTAKEN,
        OVERDUE,
        STOPPED,
        UNSIGNED,
        UNREACHED,
        kind(
            "Reports that could not be made",
            "reviews:reports",
            lambda user: ReviewReport.objects.visible_to(user).filter(status=ReportStatus.FAILED),
        ),
    ],
    Role.PANEL: [
        kind(
            "Draft reports to comment on",
            "reviews:reports",
            lambda user: ReviewReport.objects.visible_to(user).filter(publication=Publication.CONSULTATION),
        ),
    ],
    Role.PARTNER: [
        kind(
            "Lists with faults to correct",
            "applications:enrolments",
            lambda user: Enrolment.objects.visible_to(user).filter(status=EnrolmentStatus.FAULTY),
        ),
        kind(
            "Lists that are ready to be enrolled",
            "applications:enrolments",
            lambda user: Enrolment.objects.visible_to(user).filter(status=EnrolmentStatus.READY),
        ),
        kind(
            "Lists that an error stopped",
            "applications:enrolments",
            lambda user: Enrolment.objects.visible_to(user).filter(status=EnrolmentStatus.FAILED),
        ),
        kind(
            "Companies that have not confirmed",
            "applications:enrolled",
            lambda user: _enrolled(user, EnrolledStatus.UNCONFIRMED),
            status="unconfirmed",
        ),
        kind(
            "Companies asked whether they are yours",
            "applications:enrolled",
            lambda user: _enrolled(user, EnrolledStatus.ASKED),
            status="asked",
        ),
    ],
    Role.ADMINISTRATOR: [
        kind(
            "Messages that did not arrive",
            "accounts:failed",
            lambda user: Notification.objects.failed_for(user),
        ),
        kind(
            "Retention reports to approve",
            "data:retention",
            lambda user: RetentionRun.objects.visible_to(user).filter(
                status=RetentionStatus.REPORTED, expires_at__gt=timezone.now()
            ),
        ),
        kind(
            "Erasures that something stands in the way of",
            "data:requests",
            lambda user: ErasureRequest.objects.visible_to(user).waiting().exclude(obstacle=""),
        ),
        UNTAKEN,
        OVERDUE,
    ],
}


def waiting_for(user: User) -> list[Waiting]:
    """What there is to do, most urgent first; a page that does not exist is left out with its count."""
    kinds = [(each, address_of(each.page, each.query)) for each in WAITING[user.role]]
    shown = [(each, address) for each, address in kinds if address]
    counts = count_all(user, {str(place): each.rows(user) for place, (each, _) in enumerate(shown)})
    return [Waiting(each.text, counts[str(place)], address) for place, (each, address) in enumerate(shown)]


def actions_to_look_at(user: User) -> list[CorrectiveAction]:
    """Actions that companies report as done, the oldest first; no page of its own lists them."""
    done = CorrectiveAction.objects.visible_to(user).filter(status=ActionStatus.DONE)
    company = "check_of__membership__company"
    rows = done.select_related(company, "point").defer(f"{company}__search", f"{company}__search_terms")
    return list(rows.order_by("target_on", "pk")[:MOST_ACTIONS])


def newest_results(user: User) -> list[PartnerCheck]:
    """Of a partner's own inspections."""
    rows = PartnerCheck.objects.visible_to(user).select_related("membership__company")
    return list(rows.defer("membership__company__search", "membership__company__search_terms")[:5])


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
