"""Copies of somebody's data, erasures, and what is removed when its time is over: rows first, tasks later."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import F, Q, Value

from accounts.models.account import User
from accounts.querysets import DataExportQuerySet, ErasureRequestQuerySet, RetentionRunQuerySet
from accounts.transitions import Transitions, state_machine


class ExportStatus(models.TextChoices):
    PENDING = "pending", "Waiting to start"
    RUNNING = "running", "Being made"
    READY = "ready", "Ready"
    FAILED = "failed", "Could not be made"
    REMOVED = "removed", "Removed"


EXPORT_TRANSITIONS: Transitions = {
    ExportStatus.PENDING: {ExportStatus.RUNNING, ExportStatus.FAILED, ExportStatus.REMOVED},
    # A worker that died leaves a copy running: the sweeper makes it pending again. An erasure removes it.
    ExportStatus.RUNNING: {
        ExportStatus.READY,
        ExportStatus.FAILED,
        ExportStatus.PENDING,
        ExportStatus.REMOVED,
    },
    ExportStatus.READY: {ExportStatus.REMOVED},
    ExportStatus.FAILED: {ExportStatus.PENDING, ExportStatus.REMOVED},
    ExportStatus.REMOVED: set(),
}


class DataExport(models.Model):
    """A copy of what is held about a person with an account, or about an e-mail address without one.

    Who asked for it fetches it; nobody else does. A removed one keeps `storage_name` until its file is gone.
    """

    person = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="data_exports"
    )
    email = models.EmailField(blank=True, help_text="of who has no account, in lower case")
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(db_default=TransactionNow())
    reason = models.TextField(blank=True, help_text="how the request came, and how it was verified")
    status = models.CharField(max_length=8, choices=ExportStatus.choices, default=ExportStatus.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True, help_text="when a worker last took it up")
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="until when it can be downloaded")
    removed_at = models.DateTimeField(null=True, blank=True)
    storage_name = models.CharField(max_length=100, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(default=0, help_text="bytes")

    objects = DataExportQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = "copy"
        indexes = [
            models.Index(fields=["requested_by", "-id"], name="export_by_asker"),
            models.Index(
                fields=["id"], name="export_under_way", condition=Q(status__in=["pending", "running"])
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="export_of_account_or_address",
                condition=Q(person__isnull=False, email="") | (Q(person__isnull=True) & ~Q(email="")),
            ),
            models.CheckConstraint(
                name="export_for_others_has_reason",
                condition=~Q(reason="") | Q(person__isnull=False, person=F("requested_by")),
            ),
            models.CheckConstraint(
                name="export_ready_is_whole",
                condition=~Q(status="ready")
                | (
                    ~Q(storage_name="")
                    & ~Q(sha256="")
                    & Q(finished_at__isnull=False, expires_at__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="export_removed_has_time",
                condition=Q(status="removed", removed_at__isnull=False)
                | (~Q(status="removed") & Q(removed_at__isnull=True)),
            ),
            models.UniqueConstraint(
                fields=["person", "requested_by"],
                condition=Q(status__in=["pending", "running"]),
                name="one_export_under_way",
            ),
        ]
        triggers = [state_machine("status", EXPORT_TRANSITIONS)]

    def __str__(self) -> str:
        return f"Copy {self.pk} of personal data"

    @property
    def is_under_way(self) -> bool:
        return self.status in {ExportStatus.PENDING, ExportStatus.RUNNING}


class ErasureStatus(models.TextChoices):
    WAITING = "waiting", "To be erased"
    CANCELLED = "cancelled", "Cancelled"
    DONE = "done", "Erased"


ERASURE_TRANSITIONS: Transitions = {
    ErasureStatus.WAITING: {ErasureStatus.CANCELLED, ErasureStatus.DONE},
    ErasureStatus.CANCELLED: set(),
    ErasureStatus.DONE: set(),
}


class ErasureRequest(models.Model):
    """Somebody's data is to be erased, after some days in which they can think again."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="erasures")
    status = models.CharField(max_length=9, choices=ErasureStatus.choices, default=ErasureStatus.WAITING)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(db_default=TransactionNow())
    reason = models.TextField(blank=True)
    due_at = models.DateTimeField()
    obstacle = models.TextField(blank=True, help_text="why it was not done when it was due, in words")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="that ended in an error")
    last_error = models.TextField(blank=True)
    cancelled_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    objects = ErasureRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = "erasure"
        indexes = [models.Index(fields=["due_at"], name="erasure_waiting", condition=Q(status="waiting"))]
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(status="waiting"), name="one_waiting_erasure"
            ),
            models.CheckConstraint(
                name="erasure_waits_before_due", condition=Q(due_at__gt=F("requested_at"))
            ),
            models.CheckConstraint(
                name="erasure_of_others_has_reason", condition=~Q(reason="") | Q(person=F("requested_by"))
            ),
            models.CheckConstraint(
                name="erasure_cancelled_by_and_at",
                condition=Q(status="cancelled", cancelled_by__isnull=False, cancelled_at__isnull=False)
                | (~Q(status="cancelled") & Q(cancelled_by__isnull=True, cancelled_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="erasure_cancelled_by_others_has_reason",
                condition=~Q(status="cancelled") | Q(cancelled_by=F("person")) | ~Q(cancel_reason=""),
            ),
            models.CheckConstraint(
                name="erasure_done_has_time",
                condition=Q(status="done", done_at__isnull=False)
                | (~Q(status="done") & Q(done_at__isnull=True)),
            ),
        ]
        triggers = [state_machine("status", ERASURE_TRANSITIONS)]

    def __str__(self) -> str:
        return f"Erasure {self.pk}"


class RetentionStatus(models.TextChoices):
    PENDING = "pending", "Being reported"
    REPORTED = "reported", "To be approved"
    APPROVED = "approved", "Being removed"
    DONE = "done", "Removed"
    DISMISSED = "dismissed", "Dismissed"
    EXPIRED = "expired", "Not approved in time"
    FAILED = "failed", "Could not be finished"


RETENTION_TRANSITIONS: Transitions = {
    RetentionStatus.PENDING: {RetentionStatus.REPORTED, RetentionStatus.FAILED},
    RetentionStatus.REPORTED: {
        RetentionStatus.APPROVED,
        RetentionStatus.DISMISSED,
        RetentionStatus.EXPIRED,
    },
    RetentionStatus.APPROVED: {RetentionStatus.DONE, RetentionStatus.FAILED},
    RetentionStatus.FAILED: {RetentionStatus.PENDING, RetentionStatus.APPROVED, RetentionStatus.DISMISSED},
    RetentionStatus.DONE: set(),
    RetentionStatus.DISMISSED: set(),
    RetentionStatus.EXPIRED: set(),
}


class RetentionRun(models.Model):
    """What would be removed, as reported; and, once an administrator has approved it, what was."""

    status = models.CharField(max_length=9, choices=RetentionStatus.choices, default=RetentionStatus.PENDING)
    started_by = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="empty when the calendar did",
    )
    started_at = models.DateTimeField(db_default=TransactionNow())
    reported_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="until when it can be approved")
    approved_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    dismissed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    dismissed_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True, help_text="why it was dismissed")
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True, help_text="when a worker last took it up")
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = RetentionRunQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = "retention report"
        constraints = [
            models.UniqueConstraint(
                Value(1),
                condition=Q(status__in=["pending", "reported", "approved", "failed"]),
                name="one_open_retention_run",
            ),
            models.CheckConstraint(
                name="retention_removes_what_was_approved",
                condition=Q(approved_by__isnull=True, approved_at__isnull=True)
                & ~Q(status__in=["approved", "done"])
                | Q(approved_by__isnull=False, approved_at__isnull=False, reported_at__isnull=False)
                & Q(status__in=["approved", "done", "failed", "dismissed"]),
            ),
            models.CheckConstraint(
                name="retention_dismissed_with_who_when_why",
                condition=Q(status="dismissed", dismissed_by__isnull=False, dismissed_at__isnull=False)
                & ~Q(reason="")
                | ~Q(status="dismissed") & Q(dismissed_by__isnull=True, dismissed_at__isnull=True, reason=""),
            ),
            models.CheckConstraint(
                name="retention_reported_has_times",
                condition=Q(reported_at__isnull=True, expires_at__isnull=True)
                & ~Q(status__in=["reported", "approved", "done", "expired"])
                | Q(reported_at__isnull=False, expires_at__isnull=False, expires_at__gt=F("reported_at")),
            ),
        ]
        triggers = [state_machine("status", RETENTION_TRANSITIONS)]

    def __str__(self) -> str:
        return f"Retention report {self.pk}"

    def is_expired(self, now: datetime) -> bool:
        return (
            self.status == RetentionStatus.REPORTED and self.expires_at is not None and self.expires_at <= now
        )


class RetentionPart(models.Model):
    """One rule of a report, in the words that it had then: how many rows, from when, and some of them."""

    run = models.ForeignKey(RetentionRun, on_delete=models.PROTECT, related_name="parts")
    rule = models.CharField(max_length=40)
    what = models.CharField(max_length=200)
    after = models.CharField(max_length=200, help_text="after what time, from when")
    action = models.CharField(max_length=200)
    found = models.PositiveIntegerField()
    oldest_at = models.DateTimeField(null=True, blank=True)
    sample = ArrayField(models.CharField(max_length=40), default=list, help_text="ids of the oldest few")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "rule"], name="one_part_a_rule"),
            models.CheckConstraint(
                name="retention_found_has_oldest", condition=Q(found=0) | Q(oldest_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what}: {self.found}"


class RetentionBatch(models.Model):
    """Some of the ids reported: removed and ticked off in one transaction, so never twice."""

    part = models.ForeignKey(RetentionPart, on_delete=models.PROTECT, related_name="batches")
    ids = ArrayField(models.CharField(max_length=40))
    done_at = models.DateTimeField(null=True, blank=True)
    removed = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0, help_text="no longer fell under the rule, or were in use")

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["part"], name="batch_to_do", condition=Q(done_at__isnull=True))]
        constraints = [
            models.CheckConstraint(
                name="batch_accounts_for_each",
                condition=Q(done_at__isnull=True, removed=0, left=0)
                | Q(done_at__isnull=False, ids__len=F("removed") + F("left")),
            )
        ]

    def __str__(self) -> str:
        return f"{len(self.ids)} of {self.part}"
