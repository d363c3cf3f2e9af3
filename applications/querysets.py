"""Who may see which rows: every view and API starts from visible_to."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.search import SearchQuery
from django.db import models
from django.db.models import Case, Exists, IntegerField, OuterRef, Value, When
from django.utils import timezone

from accounts.models import User
from accounts.words import DASHES, compact, one_line, without_marks
from applications.keeping_dates import NOTICE, WARNINGS, last_changed_before
from applications.renewal_dates import GRACE, OPENS_BEFORE, REMINDERS
from applications.searching import (
    LONGEST_TERM,
    MOST_TERMS,
    application_reference,
    membership_number,
    text_query,
)

if TYPE_CHECKING:
    from applications.models.application import Application
    from applications.models.company import Company
    from applications.models.contact import ContactConfirmation, SecurityContact
    from applications.models.declaration import Declaration, DeclarationRequest
    from applications.models.enrolment import EnrolledCompany, Enrolment
    from applications.models.membership import Membership, Renewal
    from applications.models.people import Invitation, JoinRequest
    from applications.models.question import ApplicationQuestion
    from applications.models.reconsideration import Reconsideration

Viewer = User | AnonymousUser

RECEIPT_CODE = re.compile(r"[0-9a-f]{16}\Z")


# What applications.answers reads beside the application and its company.
ANSWERS = (
    "company__trading_names",
    "company__fleet",
    "company__sites",
    "company__trade_bodies",
    "company__security_contacts",
)


class CompanyQuerySet(models.QuerySet["Company"]):
    def visible_to(self, user: Viewer) -> CompanyQuerySet:
        if not isinstance(user, User):
            return self.none()
        if user.is_dft:
            return self
        return self.filter(people__user=user)

    def matching(self, words: str) -> CompanyQuerySet:
        query = text_query(words)
        return self.filter(search=query) if query else self


class ApplicationQuerySet(models.QuerySet["Application"]):
    def visible_to(self, user: Viewer) -> ApplicationQuerySet:
        """A company's people see its applications; DfT sees those that were sent to it."""
        if not isinstance(user, User):
            return self.none()
        if user.is_dft:
            return self.filter(submitted_at__isnull=False)
        return self.filter(company__people__user=user)

    def matching(self, words: str) -> ApplicationQuerySet:
        """By company, by the application's own reference, or by the number of the membership it led to."""
        if reference := application_reference(words):
            return self.filter(reference=reference)
        if number := membership_number(words):
            return self.filter(membership__number=number)
        query = text_query(words)
        return self.filter(company__search=query) if query else self

    def with_answers(self) -> ApplicationQuerySet:
        """Everything that applications.answers reads, in a fixed number of queries."""
        return self.select_related("company", "partner").prefetch_related(*ANSWERS)

    def open_to(self, user: Viewer) -> ApplicationQuerySet:
        """What this person's companies have under way: shown to whoever comes back."""
        return self.visible_to(user).filter(status__in=["draft", "submitted", "question"])

    def waiting_for_dft(self) -> ApplicationQuerySet:
        """Without those of a partner's members that the service accepts as soon as their contact confirms."""
        from applications.models import EnrolledCompany

        by_itself = EnrolledCompany.objects.filter(
            company=OuterRef("company_id"), kind="new", status="unconfirmed"
        )
        return self.exclude(models.Q(origin="partner") & models.Q(Exists(by_itself)))

    def drafts_to_warn_of(self, today: date) -> ApplicationQuerySet:
        """Drafts without the warning that today calls for (see keeping_dates)."""
        steps = [
            When(
                last_changed_at__lt=_end_of(last_changed_before(today + timedelta(days=days))),
                then=Value(days),
            )
            for days in sorted(WARNINGS)
        ]
        due = _end_of(last_changed_before(today + timedelta(days=max(WARNINGS))))
        return (
            self.filter(status="draft", last_changed_at__lt=due)
            .annotate(wanted=Case(*steps, output_field=IntegerField()))
            .filter(models.Q(warned__isnull=True) | models.Q(warned__gt=models.F("wanted")))
        )

    def drafts_to_expire(self, now: datetime) -> ApplicationQuerySet:
        """Drafts kept for as long as they are kept, whose companies were told so in time.

        What `expire_draft` takes; the retention job counts the same rows before it removes anything.
        """
        return self.filter(
            status="draft",
            last_changed_at__lt=_end_of(last_changed_before(timezone.localdate(now))),
            warned=WARNINGS[-1],
            warned_at__lte=now - NOTICE,
        )


def _end_of(day: date) -> datetime:
    """The moment after a day in London."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


class ApplicationQuestionQuerySet(models.QuerySet["ApplicationQuestion"]):
    def open(self) -> ApplicationQuestionQuerySet:
        """Those whose replies DfT does not have yet."""
        return self.filter(sent_at__isnull=True)


class ReconsiderationQuerySet(models.QuerySet["Reconsideration"]):
    def visible_to(self, user: Viewer) -> ReconsiderationQuerySet:
        if not isinstance(user, User):
            return self.none()
        if user.is_dft:
            return self
        return self.filter(application__company__people__user=user)

    def waiting(self) -> ReconsiderationQuerySet:
        return self.filter(status="asked")

    def waiting_for(self, user: User) -> ReconsiderationQuerySet:
        """Those that this lead may answer: somebody else's decisions on companies they do not act for."""
        return self.waiting().exclude(rejected_by=user).exclude(application__company__people__user=user)


NOT_ARRIVED = ("failed", "bounced")


class SecurityContactQuerySet(models.QuerySet["SecurityContact"]):
    def visible_to(self, user: Viewer) -> SecurityContactQuerySet:
        if not isinstance(user, User):
            return self.none()
        if user.is_dft:
            return self
        return self.filter(company__people__user=user)

    def current(self) -> SecurityContactQuerySet:
        return self.filter(until__isnull=True)

    def on(self, day: date) -> SecurityContactQuerySet:
        """Who the contacts were on a day."""
        return self.filter(since__lte=day).filter(models.Q(until__isnull=True) | models.Q(until__gt=day))

    def bounced(self) -> SecurityContactQuerySet:
        """Those whom the last message did not reach."""
        return self.filter(
            confirmations__status__in=["waiting", "missed"], confirmations__message__status__in=NOT_ARRIVED
        )

    def unsettled(self) -> SecurityContactQuerySet:
        """Current contacts who were asked and have not said that it is them, or whom no message reaches."""
        return self._current_in("waiting", "refused", "missed")

    def needing_attention(self) -> SecurityContactQuerySet:
        """The unsettled but for those who still have time to answer."""
        return self._current_in("refused", "missed")

    def _current_in(self, *standings: str) -> SecurityContactQuerySet:
        """Of companies in the scheme or with an application under way: nobody else needs a contact."""
        standing = self.model.objects.current().filter(standing__in=standings)
        bounced = self.model.objects.bounced()
        either = models.Q(pk__in=standing.values("pk")) | models.Q(pk__in=bounced.values("pk"))
        return self.current().filter(either).of_companies_that_need_one()

    def of_companies_that_need_one(self) -> SecurityContactQuerySet:
        from applications.models.application import Application
        from applications.models.membership import Membership

        company = models.OuterRef("company_id")
        member = Membership.objects.filter(company=company, status__in=["active", "suspended"])
        applying = Application.objects.filter(company=company, status__in=["submitted", "question"])
        return self.filter(models.Exists(member) | models.Exists(applying))


class ContactConfirmationQuerySet(models.QuerySet["ContactConfirmation"]):
    def waiting(self) -> ContactConfirmationQuerySet:
        return self.filter(status="waiting")


class DeclarationQuerySet(models.QuerySet["Declaration"]):
    def visible_to(self, user: Viewer) -> DeclarationQuerySet:
        if not isinstance(user, User):
            return self.none()
        if user.is_dft:
            return self
        return self.filter(company__people__user=user)

    def with_code(self, words: str) -> DeclarationQuerySet:
        """By the code on a receipt, in any way of writing it; nothing when it is no such code."""
        digits = compact(words).lower()
        return self.filter(sha256__startswith=digits) if RECEIPT_CODE.match(digits) else self.none()


class DeclarationRequestQuerySet(models.QuerySet["DeclarationRequest"]):
    def visible_to(self, user: Viewer) -> DeclarationRequestQuerySet:
        if not isinstance(user, User):
            return self.none()
        if user.is_dft:
            return self
        return self.filter(membership__company__people__user=user)

    def open(self) -> DeclarationRequestQuerySet:
        return self.filter(closed_at__isnull=True)


class MembershipQuerySet(models.QuerySet["Membership"]):
    def visible_to(self, user: Viewer) -> MembershipQuerySet:
        if not isinstance(user, User):
            return self.none()
        if user.is_dft:
            return self
        return self.filter(company__people__user=user)

    def on_register(self) -> MembershipQuerySet:
        """Members that the public may see: active, and they agreed to be named."""
        return self.filter(status="active", is_listed=True)

    def matching(self, words: str) -> MembershipQuerySet:
        number = membership_number(words)
        if number:
            return self.filter(number=number)
        query = text_query(words)
        return self.filter(company__search=query) if query else self

    def to_remind(self, today: date) -> MembershipQuerySet:
        """In the scheme, and without the reminder that today calls for (see renewal_dates)."""
        from applications.models import Renewal

        steps = [
            When(renewal_due_on__lte=today + timedelta(days=days), then=Value(days))
            for days in sorted(REMINDERS)
        ]
        sent = Renewal.objects.filter(
            membership=OuterRef("pk"), due_on=OuterRef("renewal_due_on"), reminded__lte=OuterRef("wanted")
        )
        return self.annotate(wanted=Case(*steps, output_field=IntegerField())).filter(
            ~Exists(sent), status__in=["active", "suspended"], renewal_due_on__lte=today + OPENS_BEFORE
        )

    def overdue(self, today: date) -> MembershipQuerySet:
        """Members whose grace is over; whether each may lapse is for lapse_membership to say."""
        return self.filter(status="active", renewal_due_on__lte=today - GRACE)

    def renewal_coming(self, today: date) -> MembershipQuerySet:
        return self.filter(
            status__in=["active", "suspended"],
            renewal_due_on__gte=today,
            renewal_due_on__lte=today + OPENS_BEFORE,
        )

    def renewal_overdue(self, today: date) -> MembershipQuerySet:
        return self.filter(status__in=["active", "suspended"], renewal_due_on__lt=today)


class RenewalQuerySet(models.QuerySet["Renewal"]):
    def open(self) -> RenewalQuerySet:
        return self.filter(completed_at__isnull=True)

    def after_a_lapse(self) -> RenewalQuerySet:
        """Made after the membership had lapsed: from `due_on` to the day of `completed_at` it was none."""
        return self.filter(lapsed_on__isnull=False, completed_at__isnull=False)


def of_partner(user: User) -> models.Q:
    """Rows of the approved partners for which a partner's person acts."""
    if user.role != "partner":
        return models.Q(pk__in=[])
    return models.Q(body__people=user, body__is_partner=True)


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    def visible_to(self, user: Viewer) -> EnrolmentQuerySet:
        """The people of the partner that sent it, and DfT."""
        if not isinstance(user, User):
            return self.none()
        if user.is_dft:
            return self
        return (
            self.filter(body__people=user, body__is_partner=True) if user.role == "partner" else self.none()
        )

    def working(self) -> EnrolmentQuerySet:
        return self.filter(status__in=["checking", "importing"])


class EnrolledCompanyQuerySet(models.QuerySet["EnrolledCompany"]):
    def visible_to(self, user: Viewer) -> EnrolledCompanyQuerySet:
        """The people of the partner, and DfT. The company's own people answer on a page of the company."""
        if not isinstance(user, User):
            return self.none()
        if user.is_dft:
            return self
        return (
            self.filter(body__people=user, body__is_partner=True) if user.role == "partner" else self.none()
        )

    def matching(self, words: str) -> EnrolledCompanyQuerySet:
        """Every word in the name, number, reference or address as the partner wrote them."""
        found = self
        for word in words.split()[:MOST_TERMS]:
            either = models.Q()
            for column in ("name", "company_number", "reference", "email"):
                either |= models.Q(**{f"{column}__icontains": word[:LONGEST_TERM]})
            found = found.filter(either)
        return found

    def unsettled(self) -> EnrolledCompanyQuerySet:
        """Those that have not answered yet."""
        return self.filter(status__in=["unconfirmed", "asked"])


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, user: Viewer) -> InvitationQuerySet:
        """The owners of the company, and DfT; whom it is for opens it by its link."""
        if not isinstance(user, User):
            return self.none()
        if user.is_dft:
            return self
        return self.filter(company__people__user=user, company__people__level="owner")

    def open(self) -> InvitationQuerySet:
        """Waiting for an answer; those whose time is over too, until they are withdrawn or sent again."""
        return self.filter(status="open")


class JoinRequestQuerySet(models.QuerySet["JoinRequest"]):
    def visible_to(self, user: Viewer) -> JoinRequestQuerySet:
        if not isinstance(user, User):
            return self.none()
        if user.is_dft:
            return self.filter(company__isnull=False)
        return self.filter(company__people__user=user, company__people__level="owner")

    def open(self) -> JoinRequestQuerySet:
        return self.filter(status="open")

    def waiting(self) -> JoinRequestQuerySet:
        return self.filter(status="waiting")
