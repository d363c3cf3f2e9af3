"""A member's security plan: versions, the answer to each point, and the evidence for it."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.transitions import Transitions, state_machine
from applications.models import Membership
from codeofpractice.models.edition import Edition, Point
from codeofpractice.models.file import StoredFile
from codeofpractice.querysets import PlanVersionQuerySet

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
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(db_default=TransactionNow())
    submitted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)

    objects = PlanVersionQuerySet.as_manager()

    class Meta:
        ordering = ["plan", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="plan_version_number_once"),
            models.UniqueConstraint(
                fields=["plan"], condition=Q(status="draft"), name="one_open_draft_per_plan"
            ),
            models.CheckConstraint(
                name="plan_submitted_with_who_when",
                condition=Q(status="submitted", submitted_by__isnull=False, submitted_at__isnull=False)
                | (~Q(status="submitted") & Q(submitted_by__isnull=True, submitted_at__isnull=True)),
            ),
        ]
        triggers = [state_machine("status", PLAN_VERSION_TRANSITIONS)]

    def __str__(self) -> str:
        return f"Version {self.number} of the plan of {self.plan.membership.number}"


class Position(models.TextChoices):
    IN_PLACE = "in_place", "In place"
    PLANNED = "planned", "Planned"
    NOT_APPLICABLE = "not_applicable", "Not applicable"


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

    class Meta:
        ordering = ["point__number"]
        constraints = [
            models.UniqueConstraint(fields=["version", "point"], name="one_response_per_point"),
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


class Evidence(models.Model):
    """A file that shows how points are met; one file can serve several points."""

    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="evidence")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="evidence")
    title = models.CharField(max_length=150)
    effective_on = models.DateField(null=True, blank=True)
    responses = models.ManyToManyField(PointResponse, related_name="evidence")
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(db_default=TransactionNow())

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "evidence"
        constraints = [models.UniqueConstraint(fields=["version", "file"], name="evidence_file_once")]
        # The rows that tie it to points are frozen by a trigger in migration 0002.
        triggers = [frozen_with_version()]

    def __str__(self) -> str:
        return self.title
