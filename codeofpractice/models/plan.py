"""A member's security plan: versions, the answer to each point, and the evidence for it."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
from accounts.transitions import Transitions, append_only, state_machine
from applications.models import Membership
from codeofpractice.models.edition import Edition, Point
from codeofpractice.models.file import StoredFile
from codeofpractice.querysets import EvidenceQuerySet, PlanVersionQuerySet

FROZEN = """
    IF EXISTS (
        SELECT 1 FROM codeofpractice_planversion version
        WHERE version.id IN ({versions}) AND version.status <> 'draft'
    ) THEN
        RAISE EXCEPTION 'a version of a plan that is no longer a draft does not change';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
"""


def frozen_with_version(versions: str = "NEW.version_id, OLD.version_id") -> pgtrigger.Trigger:
    """Refuses any change of a row that belongs to a version which is no longer a draft, raw SQL included.

    `versions` is SQL for the ids of the versions to which the row belongs.
    """
    return pgtrigger.Trigger(
        name="frozen_with_version",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=FROZEN.format(versions=versions),
    )


class Plan(models.Model):
    membership = models.OneToOneField(Membership, on_delete=models.PROTECT, related_name="plan")

    def __str__(self) -> str:
        return f"Security plan of {self.membership}"


class PlanVersionStatus(models.TextChoices):
    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Submitted"
    WITHDRAWN = "withdrawn", "Withdrawn"


PLAN_VERSION_TRANSITIONS: Transitions = {
    PlanVersionStatus.DRAFT: {PlanVersionStatus.SUBMITTED, PlanVersionStatus.WITHDRAWN},
    PlanVersionStatus.SUBMITTED: set(),
    PlanVersionStatus.WITHDRAWN: set(),
}


class PlanVersion(models.Model):
    """One version of the plan against one edition. Once submitted it never changes, nor do its answers."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="versions")
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()
    status = models.CharField(
        max_length=10, choices=PlanVersionStatus.choices, default=PlanVersionStatus.DRAFT
    )
    started_by = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="nobody, when the service moved the plan on to a new edition",
    )
    moved_from = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="the version that the service moved on to this edition",
    )
    started_at = models.DateTimeField(db_default=TransactionNow())
    submitted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    review_on = models.DateField(
        null=True, blank=True, help_text="by when the company looks at it again: a year at most"
    )

    objects = PlanVersionQuerySet.as_manager()

    class Meta:
        ordering = ["plan", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="plan_version_number_once"),
            models.UniqueConstraint(
                fields=["plan"], condition=Q(status="draft"), name="one_open_draft_per_plan"
            ),
            models.CheckConstraint(
                name="plan_version_started_or_moved",
                condition=Q(started_by__isnull=False) | Q(moved_from__isnull=False),
            ),
            models.CheckConstraint(
                name="plan_submitted_with_who_when",
                condition=Q(status="submitted", submitted_by__isnull=False, submitted_at__isnull=False)
                | (~Q(status="submitted") & Q(submitted_by__isnull=True, submitted_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="plan_submitted_has_review_date",
                condition=Q(status="submitted", review_on__isnull=False)
                | (~Q(status="submitted") & Q(review_on__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(fields=["review_on"], name="plan_review_due", condition=Q(status="submitted"))
        ]
        triggers = [state_machine("status", PLAN_VERSION_TRANSITIONS)]

    def __str__(self) -> str:
        return f"Version {self.number} of the plan of {self.plan.membership.number}"


class Position(models.TextChoices):
    IN_PLACE = "in_place", "In place"
    PLANNED = "planned", "Planned"
    NOT_APPLICABLE = "not_applicable", "Not applicable"


class Mark(models.TextChoices):
    """What became of a point when its answer came from a version under another edition."""

    NONE = "", "Not marked"
    UNCHANGED = "unchanged", "Unchanged"
    NEEDS_LOOK = "needs_look", "Needs a look"
    NEW = "new", "New"


class PointResponse(models.Model):
    """How the company meets one point. The row is made with the version; position is empty until answered."""

    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="responses")
    point = models.ForeignKey(Point, on_delete=models.PROTECT, related_name="+")
    position = models.CharField(max_length=15, choices=Position.choices, blank=True)
    how_met = models.TextField("how you meet this point", blank=True)
    responsible_role = models.CharField("who is responsible", max_length=120, blank=True)
    planned_for = models.DateField(null=True, blank=True)
    not_applicable_reason = models.TextField(blank=True)
    changed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(null=True, blank=True)
    revision = models.PositiveIntegerField(
        default=0, help_text="counts saves, so that a stale page is noticed"
    )
    sitting_since = models.DateTimeField(
        null=True, blank=True, help_text="when the person who wrote it last began to"
    )

    mark = models.CharField(max_length=10, choices=Mark.choices, default=Mark.NONE, blank=True)
    looked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    looked_at = models.DateTimeField(
        null=True, blank=True, help_text="when a person saved it, or said that it is still right"
    )

    class Meta:
        ordering = ["point__number"]
        constraints = [
            models.UniqueConstraint(fields=["version", "point"], name="one_response_per_point"),
            models.CheckConstraint(
                name="looked_at_with_who_when_and_mark",
                condition=Q(looked_by__isnull=True, looked_at__isnull=True)
                | (Q(looked_by__isnull=False, looked_at__isnull=False) & ~Q(mark="")),
            ),
            models.CheckConstraint(
                name="planned_has_date", condition=~Q(position="planned") | Q(planned_for__isnull=False)
            ),
            models.CheckConstraint(
                name="not_applicable_has_reason",
                condition=~Q(position="not_applicable") | ~Q(not_applicable_reason=""),
            ),
        ]
        triggers = [frozen_with_version()]

    def __str__(self) -> str:
        return f"{self.point} in {self.version_id}"

    @property
    def wants_a_look(self) -> bool:
        return self.mark in {Mark.NEEDS_LOOK, Mark.NEW} and self.looked_at is None


class Evidence(models.Model):
    """A file that shows how points are met; one file can serve several points."""

    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="evidence")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="evidence")
    title = models.CharField(max_length=150)
    effective_on = models.DateField(null=True, blank=True)
    expires_on = models.DateField(null=True, blank=True, help_text="the last day on which it holds")
    replaced_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="earlier"
    )
    revision = models.PositiveIntegerField(
        default=0, help_text="counts changes, so that a stale page is noticed"
    )
    responses = models.ManyToManyField(PointResponse, related_name="evidence")
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(db_default=TransactionNow())

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "evidence"
        constraints = [
            models.UniqueConstraint(fields=["version", "file"], name="evidence_file_once"),
            models.CheckConstraint(
                name="evidence_expires_after_it_holds",
                condition=Q(expires_on__isnull=True)
                | Q(effective_on__isnull=True)
                | Q(expires_on__gte=F("effective_on")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_on"],
                name="evidence_expiring",
                condition=Q(expires_on__isnull=False, replaced_by__isnull=True),
            )
        ]
        # The rows that tie it to points are frozen by a trigger in migration 0002.
        triggers = [frozen_with_version()]

    def __str__(self) -> str:
        return self.title

    @property
    def is_expired(self) -> bool:
        return self.expires_on is not None and self.expires_on < timezone.localdate()


class ReminderKind(models.TextChoices):
    REVIEW = "review", "The plan is to be reviewed"
    EVIDENCE = "evidence", "Evidence expires"


class PlanReminder(models.Model):
    """A reminder that went out: the row is what keeps it from going out twice."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="reminders")
    kind = models.CharField(max_length=10, choices=ReminderKind.choices)
    file = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    days = models.PositiveSmallIntegerField(help_text="before the due date: 30, 7 or 0")
    sent_at = models.DateTimeField(db_default=TransactionNow())

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "kind", "file", "due_on", "days"],
                name="plan_reminder_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="plan_reminder_of_evidence_has_file",
                condition=Q(kind="evidence", file__isnull=False) | Q(kind="review", file__isnull=True),
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.due_on}"
