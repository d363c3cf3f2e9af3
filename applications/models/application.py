"""The application for membership."""

from __future__ import annotations

import secrets
from datetime import date, timedelta

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from accounts.transitions import Transitions, state_machine
from applications.keeping_dates import NOTICE, WARNINGS, kept_until
from applications.models.company import Company, TradeBody
from applications.querysets import ApplicationQuerySet

RECONSIDER_WITHIN = timedelta(days=28)

# No vowels and no lookalikes, so that a reference can be read over the telephone.
REFERENCE_ALPHABET = "BCDFGHJKLMNPQRSTVWXZ23456789"


def new_reference() -> str:
    letters = [secrets.choice(REFERENCE_ALPHABET) for _ in range(8)]
    return f"RVSS-{''.join(letters[:4])}-{''.join(letters[4:])}"


class ApplicationStatus(models.TextChoices):
    DRAFT = "draft", "In progress"
    SUBMITTED = "submitted", "With DfT"
    QUESTION = "question", "Question from DfT"
    ACCEPTED = "accepted", "Accepted"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"
    EXPIRED = "expired", "Expired"


class RejectionReason(models.TextChoices):
    """Why an application is rejected, in words that the company is shown."""

    OUT_OF_SCOPE = "out_of_scope", "What the company does is outside the scheme"
    NOT_IDENTIFIED = "not_identified", "We could not establish who the company is"
    INCOMPLETE = "incomplete", "Answers that we need are missing"
    INCORRECT = "incorrect", "Answers are not correct"
    NO_AUTHORITY = "no_authority", "Whoever signed had no authority to sign for the company"
    DUPLICATE = "duplicate", "The company is a member already, or has applied more than once"
    OTHER = "other", "Another reason"


OPEN_APPLICATION_STATUSES = (
    ApplicationStatus.DRAFT,
    ApplicationStatus.SUBMITTED,
    ApplicationStatus.QUESTION,
)

APPLICATION_TRANSITIONS: Transitions = {
    ApplicationStatus.DRAFT: {
        ApplicationStatus.SUBMITTED,
        ApplicationStatus.WITHDRAWN,
        ApplicationStatus.EXPIRED,
    },
    ApplicationStatus.SUBMITTED: {
        ApplicationStatus.QUESTION,
        ApplicationStatus.ACCEPTED,
        ApplicationStatus.REJECTED,
        ApplicationStatus.WITHDRAWN,
    },
    ApplicationStatus.QUESTION: {ApplicationStatus.SUBMITTED, ApplicationStatus.WITHDRAWN},
    ApplicationStatus.ACCEPTED: set(),
    # Only when somebody who did not decide sets the rejection aside.
    ApplicationStatus.REJECTED: {ApplicationStatus.SUBMITTED},
    ApplicationStatus.WITHDRAWN: set(),
    ApplicationStatus.EXPIRED: set(),
}


class MembershipOrigin(models.TextChoices):
    """How a company came to the scheme; its membership keeps it."""

    DFT = "dft", "Applied to DfT"
    PARTNER = "partner", "Enrolled by an approved partner"


class Application(models.Model):
    reference = models.CharField(max_length=14, unique=True, default=new_reference, editable=False)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="applications")
    status = models.CharField(
        max_length=10, choices=ApplicationStatus.choices, default=ApplicationStatus.DRAFT
    )
    origin = models.CharField(max_length=10, choices=MembershipOrigin.choices, default=MembershipOrigin.DFT)
    partner = models.ForeignKey(
        TradeBody, null=True, blank=True, on_delete=models.PROTECT, related_name="applications"
    )
    agrees_to_listing = models.BooleanField(
        null=True, help_text="may the public register name the company? None until answered"
    )
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(db_default=TransactionNow())
    last_changed_at = models.DateTimeField(
        db_default=TransactionNow(), help_text="when a draft was started or an answer of it last saved"
    )
    warned = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="days before a draft goes, of the last warning sent of it"
    )
    warned_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    assigned_to = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="assigned_applications"
    )
    due_on = models.DateField(
        null=True, blank=True, help_text="working day by which DfT is to decide; only while DfT has it"
    )
    working_days_left = models.SmallIntegerField(
        null=True,
        blank=True,
        help_text="of the target when the clock stopped, below 0 when overdue; only while a question is open",
    )
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField(blank=True)
    rejection_reasons = ArrayField(
        models.CharField(max_length=20, choices=RejectionReason.choices), default=list, blank=True
    )
    closed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True, help_text="when withdrawn or expired")
    closing_reason = models.TextField(blank=True, help_text="why it was withdrawn, or went")

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        ordering = ["-submitted_at", "-pk"]
        indexes = [
            models.Index(fields=["status", "submitted_at", "id"], name="application_queue"),
            models.Index(fields=["-submitted_at", "-id"], name="application_newest"),
            models.Index(fields=["due_on", "submitted_at", "id"], name="application_due_first"),
            models.Index(
                fields=["due_on", "id"],
                name="application_by_due_date",
                condition=Q(status__in=["draft", "submitted", "question"]),
            ),
            models.Index(
                fields=["last_changed_at", "id"],
                name="application_untouched_draft",
                condition=Q(status="draft"),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["company"],
                condition=Q(status__in=["draft", "submitted", "question"]),
                name="one_open_application_per_company",
            ),
            models.CheckConstraint(
                name="application_decided_with_who_when_why",
                condition=(
                    Q(status__in=["accepted", "rejected"], decided_by__isnull=False, decided_at__isnull=False)
                    & (Q(status="accepted") | ~Q(decision_reason=""))
                )
                # The service accepts what a partner enrolled and the company has confirmed.
                | (
                    Q(status="accepted", origin="partner", decided_by__isnull=True, decided_at__isnull=False)
                    & ~Q(decision_reason="")
                )
                | (
                    ~Q(status__in=["accepted", "rejected"])
                    & Q(decided_by__isnull=True, decided_at__isnull=True)
                ),
            ),
            models.CheckConstraint(
                name="application_partner_with_origin",
                condition=Q(origin="partner", partner__isnull=False) | Q(origin="dft", partner__isnull=True),
            ),
            models.CheckConstraint(
                name="application_submitted_with_who_when",
                condition=Q(submitted_at__isnull=False, submitted_by__isnull=False)
                | Q(
                    status__in=["draft", "withdrawn", "expired"],
                    submitted_at__isnull=True,
                    submitted_by__isnull=True,
                ),
            ),
            models.CheckConstraint(
                name="application_due_while_dft_has_it",
                condition=Q(status="submitted", due_on__isnull=False)
                | (~Q(status="submitted") & Q(due_on__isnull=True)),
            ),
            models.CheckConstraint(
                name="application_clock_stopped_by_question",
                condition=Q(status="question", working_days_left__isnull=False)
                | (~Q(status="question") & Q(working_days_left__isnull=True)),
            ),
            models.CheckConstraint(
                name="application_rejected_for_known_reasons",
                condition=(Q(status="rejected") & ~Q(rejection_reasons=[]))
                | (~Q(status="rejected") & Q(rejection_reasons=[])),
            ),
            models.CheckConstraint(
                name="application_closed_with_when_why",
                condition=(
                    Q(status__in=["withdrawn", "expired"], closed_at__isnull=False)
                    & ~Q(closing_reason="")
                    & (Q(status="withdrawn") | Q(closed_by__isnull=True))
                )
                | (
                    ~Q(status__in=["withdrawn", "expired"])
                    & Q(closed_at__isnull=True, closed_by__isnull=True, closing_reason="")
                ),
            ),
            models.CheckConstraint(
                name="application_warned_with_when",
                condition=Q(warned__isnull=True, warned_at__isnull=True)
                | Q(warned__isnull=False, warned_at__isnull=False),
            ),
        ]
        triggers = [state_machine("status", APPLICATION_TRANSITIONS)]

    def __str__(self) -> str:
        return self.reference

    @property
    def rejection_words(self) -> list[str]:
        return [str(RejectionReason(code).label) for code in self.rejection_reasons]

    @property
    def kept_until(self) -> date:
        """The day on which a draft goes, unless an answer of it is saved before.

        Later than the year when the last warning was late: it is a notice of 7 days.
        """
        until = kept_until(timezone.localdate(self.last_changed_at))
        if self.warned_at and self.warned == WARNINGS[-1]:
            return max(until, timezone.localdate(self.warned_at) + NOTICE)
        return until

    @property
    def reconsider_by(self) -> date | None:
        """The last day on which the company can ask for a rejection to be looked at again."""
        if self.status != ApplicationStatus.REJECTED or self.decided_at is None:
            return None
        return timezone.localdate(self.decided_at) + RECONSIDER_WITHIN
