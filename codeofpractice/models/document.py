"""An existing plan that the company uploaded: its passages, and which of them speak to which point."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.transitions import Transitions, state_machine
from codeofpractice.models.edition import Point
from codeofpractice.models.file import StoredFile
from codeofpractice.models.plan import PlanVersion, frozen_with_version
from codeofpractice.querysets import PlanDocumentQuerySet

VERSIONS_OF_PASSAGE = """
    SELECT document.version_id FROM codeofpractice_passage passage
    JOIN codeofpractice_plandocument document ON document.id = passage.document_id
    WHERE passage.id IN (NEW.passage_id, OLD.passage_id)
"""


class ReadingStatus(models.TextChoices):
    PENDING = "pending", "Waiting to be read"
    READING = "reading", "Being read"
    READ = "read", "Read"
    UNREADABLE = "unreadable", "No text could be read"
    FAILED = "failed", "Reading failed"


DOCUMENT_TRANSITIONS: Transitions = {
    ReadingStatus.PENDING: {ReadingStatus.READING, ReadingStatus.UNREADABLE, ReadingStatus.FAILED},
    ReadingStatus.READING: {
        ReadingStatus.READ,
        ReadingStatus.UNREADABLE,
        ReadingStatus.FAILED,
        ReadingStatus.PENDING,
    },
    ReadingStatus.FAILED: {ReadingStatus.PENDING},
    ReadingStatus.READ: set(),
    # Only when the scanner could not look at its file, and is asked again.
    ReadingStatus.UNREADABLE: {ReadingStatus.PENDING},
}


class DocumentKind(models.TextChoices):
    PLAN = "plan", "A plan of the company's own"
    PROFORMA = "proforma", "A pro-forma of this service, filled in"


class PlanDocument(models.Model):
    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="documents")
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="document")
    kind = models.CharField(max_length=10, choices=DocumentKind.choices, default=DocumentKind.PLAN)
    status = models.CharField(max_length=10, choices=ReadingStatus.choices, default=ReadingStatus.PENDING)
    reason = models.TextField(blank=True, help_text="why no text could be read, and what to do, in words")
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(db_default=TransactionNow())
    read_at = models.DateTimeField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True, help_text="when a worker last took it up")
    confirmed_by = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="who saved the answers of a pro-forma",
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)

    objects = PlanDocumentQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="proforma_confirmed_with_who_when",
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | Q(
                    kind="proforma",
                    status="read",
                    confirmed_by__isnull=False,
                    confirmed_at__isnull=False,
                ),
            )
        ]
        indexes = [
            models.Index(
                fields=["id"], name="document_unread", condition=Q(status__in=["pending", "reading"])
            )
        ]
        triggers = [state_machine("status", DOCUMENT_TRANSITIONS), frozen_with_version()]

    def __str__(self) -> str:
        return self.file.original_name


class Passage(models.Model):
    document = models.ForeignKey(PlanDocument, on_delete=models.CASCADE, related_name="passages")
    n = models.PositiveIntegerField(help_text="place in reading order, from 1")
    text = models.TextField()
    kind = models.CharField(max_length=20)
    page = models.PositiveIntegerField(null=True, blank=True)
    heading = models.TextField(blank=True)

    class Meta:
        ordering = ["document", "n"]
        constraints = [models.UniqueConstraint(fields=["document", "n"], name="passage_number_once")]

    def __str__(self) -> str:
        return f"Passage {self.n}"


LIKELY_FIT = 0.5
STRONG_FIT = 0.65
_HEADING = "heading: "


class PassageSuggestion(models.Model):
    passage = models.ForeignKey(Passage, on_delete=models.CASCADE, related_name="suggestions")
    point = models.ForeignKey(Point, on_delete=models.CASCADE, related_name="+")
    score = models.FloatField(help_text="0 to 1")
    rank = models.PositiveSmallIntegerField(help_text="among the document's passages for this point, from 1")
    words = ArrayField(models.CharField(max_length=80), default=list, help_text="the words that made it rank")

    class Meta:
        ordering = ["point", "rank"]
        constraints = [models.UniqueConstraint(fields=["passage", "point"], name="suggestion_once")]

    def __str__(self) -> str:
        return f"Passage {self.passage_id} for point {self.point_id}"

    @property
    def fit(self) -> str:
        """The score in words; from 0.5 on a passage is held to speak to the point."""
        if self.score >= STRONG_FIT:
            return "Strong match"
        return "Likely match" if self.score >= LIKELY_FIT else "Comes nearest"

    @property
    def headings(self) -> list[str]:
        return [word.removeprefix(_HEADING) for word in self.words if word.startswith(_HEADING)]

    @property
    def said(self) -> list[str]:
        """The words of the passage itself that made it rank, one by one."""
        found = [part for word in self.words if not word.startswith(_HEADING) for part in word.split(", ")]
        return [word for word in dict.fromkeys(found) if len(word) > 2]


class LinkDecision(models.TextChoices):
    CONFIRMED = "confirmed", "Confirmed"
    REJECTED = "rejected", "Rejected"


class PassageLink(models.Model):
    """A person's word on whether a passage speaks to a point. Only confirmed ones count."""

    passage = models.ForeignKey(Passage, on_delete=models.CASCADE, related_name="links")
    point = models.ForeignKey(Point, on_delete=models.PROTECT, related_name="+")
    decision = models.CharField(max_length=10, choices=LinkDecision.choices)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["point", "passage__n"]
        constraints = [
            models.UniqueConstraint(fields=["passage", "point"], name="one_link_per_passage_and_point")
        ]
        triggers = [frozen_with_version(VERSIONS_OF_PASSAGE)]

    def __str__(self) -> str:
        return f"{self.get_decision_display()}: passage {self.passage_id} for point {self.point_id}"
