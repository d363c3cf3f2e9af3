from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import User
from applications.querysets import Viewer

if TYPE_CHECKING:
    from codeofpractice.models.document import PlanDocument
    from codeofpractice.models.edition import Edition
    from codeofpractice.models.file import StoredFile
    from codeofpractice.models.measure import Measure
    from codeofpractice.models.plan import Evidence, PlanVersion

# Days before a review, or the end of evidence, on which people are reminded; the last one is the day itself.
REMINDERS = (30, 7, 0)


class EditionQuerySet(models.QuerySet["Edition"]):
    def published(self) -> EditionQuerySet:
        """Those whose day has come. One that is published for a later day is fixed, but not in force."""
        return self.filter(status="published", published_on__lte=timezone.localdate())

    def for_models(self, rental_models: list[str]) -> Edition | None:
        """What a company that rents in these ways applies and plans under.

        Several editions can be in force side by side, and a plan belongs to one of them: the one that speaks
        to most of the company's ways of renting, and among those the newest. docs/adr/0015 says why.
        """
        spoken = [(edition.speaks_to(rental_models), edition) for edition in self.published()]
        fitting = [(n, edition) for n, edition in spoken if n or not edition.rental_models]
        return max(fitting, key=lambda row: (row[0], row[1].published_on, row[1].pk), default=(0, None))[1]


class PlanVersionQuerySet(models.QuerySet["PlanVersion"]):
    def visible_to(self, user: Viewer) -> PlanVersionQuerySet:
        """Its own company and no one else. DfT staff reach a plan only through a check they work on."""
        if not isinstance(user, User):
            return self.none()
        return self.filter(plan__membership__company__people__user=user)

    def to_review(self, today: date) -> PlanVersionQuerySet:
        """Each member's last submitted version whose next reminder of its review should have gone out."""
        later = self.model.objects.filter(
            plan=OuterRef("plan"), number__gt=OuterRef("number"), status="submitted"
        )
        due = self.filter(status="submitted", review_on__lte=today + timedelta(days=REMINDERS[0]))
        return due.filter(
            ~Exists(later),
            _unsent("review", "review_on", today),
            plan__membership__status__in=["active", "suspended"],
        )


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def current(self) -> EvidenceQuerySet:
        """Without the files that a newer one has replaced."""
        return self.filter(replaced_by__isnull=True)

    def to_remind(self, today: date) -> EvidenceQuerySet:
        """Evidence of each member's newest version whose next reminder of its end should have gone out."""
        from codeofpractice.models.plan import PlanVersion

        later = PlanVersion.objects.filter(
            plan=OuterRef("version__plan"), number__gt=OuterRef("version__number")
        ).exclude(status="withdrawn")
        due = self.current().filter(expires_on__lte=today + timedelta(days=REMINDERS[0]))
        return due.filter(
            ~Exists(later),
            ~Q(version__status="withdrawn"),
            _unsent("evidence", "expires_on", today, plan="version__plan", file=OuterRef("file")),
            version__plan__membership__status__in=["active", "suspended"],
        )


class MeasureQuerySet(models.QuerySet["Measure"]):
    def overdue(self, today: date) -> MeasureQuerySet:
        return self.filter(state="planned", day__lt=today)


def reminder_for(due_on: date, today: date) -> int | None:
    """Which reminder should have gone out by today: 30, 7 or 0 days before; None when it is too early."""
    left = (due_on - today).days
    return min((days for days in REMINDERS if left <= days), default=None)


def _unsent(kind: str, field: str, today: date, *, plan: str = "plan", **of: Any) -> Q:
    """Rows whose reminder of the day is not out; one that was missed is not sent after the next."""
    from codeofpractice.models.plan import PlanReminder

    wanted = Q()
    bounds = [*REMINDERS, None]
    for days, following in pairwise(bounds):
        window = Q(**{f"{field}__lte": today + timedelta(days=days or 0)})
        if following is not None:
            window &= Q(**{f"{field}__gt": today + timedelta(days=following)})
        sent = PlanReminder.objects.filter(
            plan=OuterRef(plan), kind=kind, due_on=OuterRef(field), days__lte=days, **of
        )
        wanted |= window & Q(~Exists(sent))
    return wanted


class PlanDocumentQuerySet(models.QuerySet["PlanDocument"]):
    def plans(self) -> PlanDocumentQuerySet:
        """Plans of the company's own; a pro-forma becomes answers, and is no part of the plan itself."""
        return self.filter(kind="plan")

    def proformas(self) -> PlanDocumentQuerySet:
        return self.filter(kind="proforma")


class StoredFileQuerySet(models.QuerySet["StoredFile"]):
    def visible_to(self, user: Viewer) -> StoredFileQuerySet:
        """Its own company's people. DfT staff reach a file only through a check they work on."""
        if not isinstance(user, User):
            return self.none()
        return self.filter(company__people__user=user, is_held_by_dft=False)

    def clean(self) -> StoredFileQuerySet:
        return self.filter(status="clean")
