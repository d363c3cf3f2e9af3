"""What an owner signed for the company, and what asks for a new signature."""

from __future__ import annotations

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.transitions import append_only
from applications.models.application import Application
from applications.models.company import Company
from applications.models.membership import Membership
from applications.querysets import DeclarationQuerySet, DeclarationRequestQuerySet

CODE_DIGITS = 16


class DeclarationPurpose(models.TextChoices):
    JOINING = "joining", "Joining the scheme"
    CORRECTION = "correction", "Answers changed after a question"
    CHANGE = "change", "Facts of the company changed"
    RENEWAL = "renewal", "Yearly renewal"


class Declaration(models.Model):
    """What was signed: the exact text, the edition, the answers as they stood, and a SHA-256 over them.

    The edition is kept as text, not as a key: the words that were signed must not depend on another table.
    """

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="declarations")
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="declarations")
    purpose = models.CharField(
        max_length=10, choices=DeclarationPurpose.choices, default=DeclarationPurpose.JOINING
    )
    edition_code = models.CharField(max_length=40)
    text = models.TextField()
    answers = models.TextField(help_text="canonical JSON of the answers that the declaration covers")
    sha256 = models.CharField(max_length=64, unique=True)
    signatory_name = models.CharField(max_length=150)
    signatory_role = models.CharField(max_length=120)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()

    objects = DeclarationQuerySet.as_manager()

    class Meta:
        ordering = ["-signed_at"]
        indexes = [models.Index(fields=["company", "-signed_at"], name="declaration_by_company")]
        constraints = [
            models.CheckConstraint(
                name="declaration_purpose_known", condition=Q(purpose__in=DeclarationPurpose.values)
            )
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"Declaration of {self.signatory_name} for {self.application_id}"

    @property
    def code(self) -> str:
        """The first 16 digits of the SHA-256 in fours: short enough to type, 64 bits to guess."""
        digits = self.sha256[:CODE_DIGITS].upper()
        return "-".join(digits[place : place + 4] for place in range(0, CODE_DIGITS, 4))


class DeclarationRequest(models.Model):
    """A member changed facts that its last declaration covers: an owner is asked to sign again."""

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="declaration_requests")
    changes = ArrayField(models.CharField(max_length=200), help_text="what changed, in words")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(db_default=TransactionNow())
    due_on = models.DateField()
    reminded_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    declaration = models.OneToOneField(
        Declaration,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="answers_request",
        help_text="what was signed; empty when the facts were changed back",
    )

    objects = DeclarationRequestQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        indexes = [
            models.Index(
                fields=["due_on", "id"], name="declaration_request_open", condition=Q(closed_at__isnull=True)
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["membership"],
                condition=Q(closed_at__isnull=True),
                name="one_open_declaration_request",
            ),
            models.CheckConstraint(
                name="declaration_request_closed_by_signature",
                condition=Q(closed_at__isnull=False) | Q(declaration__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"Request to {self.membership} due {self.due_on}"

    def is_overdue(self, today: date) -> bool:
        return self.closed_at is None and self.due_on < today
