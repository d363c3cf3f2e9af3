"""What DfT asks of a company while its plan is checked, and what was seen or said on visits and calls."""

from __future__ import annotations

from datetime import date

from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from accounts.transitions import append_only
from assurance.models.check import PlanCheck
from assurance.querysets import CheckRequestQuerySet
from codeofpractice.models import Point, StoredFile


class RequestKind(models.TextChoices):
    PLAN = "plan", "The security plan"
    INFORMATION = "information", "Information about a point"


class CheckRequest(models.Model):
    """The plan itself, or a question about one point. While one is open the company has the ball."""

    check_of = models.ForeignKey(PlanCheck, on_delete=models.PROTECT, related_name="requests")
    kind = models.CharField(max_length=12, choices=RequestKind.choices)
    point = models.ForeignKey(Point, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    question = models.TextField(blank=True)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(db_default=TransactionNow())
    due_on = models.DateField()
    reminded_on = models.DateField(null=True, blank=True, help_text="the due day of the last reminder")
    reminded_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="which reminder was the last: so many working days before"
    )
    escalated_at = models.DateTimeField(null=True, blank=True, help_text="when the leads were told")
    answer = models.TextField(blank=True)
    files = models.ManyToManyField(StoredFile, blank=True, related_name="check_requests")
    answered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.TextField(blank=True)

    objects = CheckRequestQuerySet.as_manager()

    class Meta:
        ordering = ["check_of", "pk"]
        indexes = [
            models.Index(
                fields=["due_on"],
                name="request_open_by_due",
                condition=Q(answered_at__isnull=True, withdrawn_at__isnull=True),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["check_of", "point"],
                condition=Q(answered_at__isnull=True, withdrawn_at__isnull=True),
                nulls_distinct=False,
                name="one_open_request_per_point",
            ),
            models.CheckConstraint(
                name="request_kind_with_point_and_question",
                condition=Q(kind="plan", point__isnull=True)
                | (Q(kind="information", point__isnull=False) & ~Q(question="")),
            ),
            models.CheckConstraint(
                name="request_answered_with_who_when",
                condition=Q(answer="", answered_by__isnull=True, answered_at__isnull=True)
                | Q(kind="plan", answered_at__isnull=False)
                | (~Q(answer="") & Q(answered_by__isnull=False, answered_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="request_withdrawn_with_who_when_why",
                condition=Q(withdrawn_by__isnull=True, withdrawn_at__isnull=True, withdrawn_reason="")
                | (Q(withdrawn_by__isnull=False, withdrawn_at__isnull=False) & ~Q(withdrawn_reason="")),
            ),
            models.CheckConstraint(
                name="request_answered_or_withdrawn",
                condition=Q(answered_at__isnull=True) | Q(withdrawn_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.check_of}"

    @property
    def is_open(self) -> bool:
        return self.answered_at is None and self.withdrawn_at is None

    def is_overdue(self, today: date | None = None) -> bool:
        return self.is_open and self.due_on < (today or timezone.localdate())


class NoteKind(models.TextChoices):
    VISIT = "visit", "Site visit"
    CALL = "call", "Telephone or video call"
    OTHER = "other", "Other note"


class CheckNote(models.Model):
    """What an assurer saw on a visit, heard on a call, or wants to keep. The company does not see it."""

    check_of = models.ForeignKey(PlanCheck, on_delete=models.PROTECT, related_name="notes")
    kind = models.CharField(max_length=8, choices=NoteKind.choices)
    happened_on = models.DateField()
    with_whom = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    file = models.OneToOneField(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="check_note"
    )
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=TransactionNow())

    class Meta:
        ordering = ["check_of", "-pk"]
        constraints = [models.CheckConstraint(name="note_has_text", condition=~Q(text=""))]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.get_kind_display()} on {self.happened_on}"


class FindingDraft(models.Model):
    """What an assurer is writing at a point; it counts for nothing until the finding is saved."""

    check_of = models.ForeignKey(PlanCheck, on_delete=models.CASCADE, related_name="finding_drafts")
    point = models.ForeignKey(Point, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    result = models.CharField(max_length=15, blank=True)
    note = models.TextField(blank=True)
    revision = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["check_of", "point", "by"], name="one_finding_draft_each")
        ]

    def __str__(self) -> str:
        return f"Draft of a finding on {self.point}"
