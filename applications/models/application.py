"""The application for membership, the questions asked about it, and the signed declaration."""

from __future__ import annotations

import secrets

from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.transitions import Transitions, append_only, state_machine
from applications.models.company import Company
from applications.querysets import ApplicationQuerySet

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


OPEN_APPLICATION_STATUSES = (
    ApplicationStatus.DRAFT,
    ApplicationStatus.SUBMITTED,
    ApplicationStatus.QUESTION,
)

APPLICATION_TRANSITIONS: Transitions = {
    ApplicationStatus.DRAFT: {ApplicationStatus.SUBMITTED, ApplicationStatus.WITHDRAWN},
    ApplicationStatus.SUBMITTED: {
        ApplicationStatus.QUESTION,
        ApplicationStatus.ACCEPTED,
        ApplicationStatus.REJECTED,
        ApplicationStatus.WITHDRAWN,
    },
    ApplicationStatus.QUESTION: {ApplicationStatus.SUBMITTED, ApplicationStatus.WITHDRAWN},
    ApplicationStatus.ACCEPTED: set(),
    ApplicationStatus.REJECTED: set(),
    ApplicationStatus.WITHDRAWN: set(),
}


class Application(models.Model):
    reference = models.CharField(max_length=14, unique=True, default=new_reference, editable=False)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="applications")
    status = models.CharField(
        max_length=10, choices=ApplicationStatus.choices, default=ApplicationStatus.DRAFT
    )
    agrees_to_listing = models.BooleanField(
        null=True, help_text="may the public register name the company? None until answered"
    )
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(db_default=TransactionNow())
    submitted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    assigned_to = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="assigned_applications"
    )
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField(blank=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        ordering = ["-submitted_at", "-pk"]
        indexes = [
            models.Index(fields=["status", "submitted_at", "id"], name="application_queue"),
            models.Index(fields=["-submitted_at", "-id"], name="application_newest"),
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
                | (
                    ~Q(status__in=["accepted", "rejected"])
                    & Q(decided_by__isnull=True, decided_at__isnull=True)
                ),
            ),
            models.CheckConstraint(
                name="application_submitted_with_who_when",
                condition=Q(submitted_at__isnull=False, submitted_by__isnull=False)
                | Q(status__in=["draft", "withdrawn"], submitted_at__isnull=True, submitted_by__isnull=True),
            ),
        ]
        triggers = [state_machine("status", APPLICATION_TRANSITIONS)]

    def __str__(self) -> str:
        return self.reference


class ApplicationQuestion(models.Model):
    """A question DfT asks about one section of the answers, and the company's reply."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="questions")
    section = models.CharField(max_length=40, help_text="key of the task-list section that it is about")
    question = models.TextField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(db_default=TransactionNow())
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(answered_at__isnull=True),
                name="one_open_question_per_application",
            ),
            models.CheckConstraint(
                name="question_answered_with_who_when",
                condition=Q(answer="", answered_by__isnull=True, answered_at__isnull=True)
                | (~Q(answer="") & Q(answered_by__isnull=False, answered_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"Question on {self.section} of {self.application_id}"


class Declaration(models.Model):
    """What was signed: the exact text, the edition, the answers as they stood, and a SHA-256 over them.

    The edition is kept as text, not as a key: the words that were signed must not depend on another table.
    """

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="declarations")
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="declarations")
    edition_code = models.CharField(max_length=40)
    text = models.TextField()
    answers = models.TextField(help_text="canonical JSON of the answers that the declaration covers")
    sha256 = models.CharField(max_length=64, unique=True)
    signatory_name = models.CharField(max_length=150)
    signatory_role = models.CharField(max_length=120)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()

    class Meta:
        ordering = ["-signed_at"]
        indexes = [models.Index(fields=["company", "-signed_at"], name="declaration_by_company")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"Declaration of {self.signatory_name} for {self.application_id}"
