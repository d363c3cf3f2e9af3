"""Who uses the service, what they were told, and the record of what they changed."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models.functions import Lower

from accounts.querysets import AuditEventQuerySet, NotificationQuerySet, UserManager
from accounts.transitions import Transitions, append_only, state_machine


class Role(models.TextChoices):
    """What a person does in the scheme. A person who does two things has two accounts."""

    COMPANY = "company", "Hire company"
    PARTNER = "partner", "Approved partner"
    ASSURER = "assurer", "DfT assurer"
    LEAD = "lead", "DfT lead assurer"
    PANEL = "panel", "Advisory Panel member"
    ADMINISTRATOR = "administrator", "Administrator"


# People who see other people's data must use a second factor.
STAFF_ROLES = frozenset({Role.ASSURER, Role.LEAD, Role.ADMINISTRATOR})


class User(AbstractBaseUser, PermissionsMixin):
    email = models.EmailField("email address", unique=True)
    name = models.CharField("full name", max_length=150)
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.COMPANY)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(db_default=TransactionNow(), editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_unique_in_any_case"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_known"),
        ]
        indexes = [models.Index(fields=["role", "name"], name="user_by_role")]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_dft(self) -> bool:
        """Works on the scheme for the department: an assurer, a lead assurer or an administrator."""
        return self.role in STAFF_ROLES

    @property
    def needs_second_factor(self) -> bool:
        return self.role != Role.COMPANY

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] if self.name else self.email


class AuditEvent(models.Model):
    """One change of state: who did what to which row, when and why.

    Rows form a chain: each `digest` is a SHA-256 over the row and the digest before it, so that an
    edit behind the service's back shows (`manage.py verify_audit`). The database refuses UPDATE,
    DELETE and TRUNCATE.
    """

    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=80, help_text="noun and past participle: application.submitted")
    target_type = models.CharField(max_length=60, help_text="app_label.model of the row that changed")
    target_id = models.CharField(max_length=40)
    target_label = models.CharField(max_length=200)
    reason = models.TextField(blank=True)
    data = models.JSONField(default=dict, help_text="what else a reader of the record needs")
    previous_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["target_type", "target_id", "id"], name="audit_by_target"),
            models.Index(fields=["by", "id"], name="audit_by_person"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.verb} {self.target_label}"

    @property
    def verb_in_words(self) -> str:
        """application.question_asked -> Application question asked."""
        return self.verb.replace(".", " ").replace("_", " ").capitalize()


class NotificationStatus(models.TextChoices):
    PENDING = "pending", "Waiting to be sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Could not be sent"


NOTIFICATION_TRANSITIONS: Transitions = {
    NotificationStatus.PENDING: {NotificationStatus.SENT, NotificationStatus.FAILED},
    NotificationStatus.FAILED: {NotificationStatus.PENDING},
    NotificationStatus.SENT: set(),
}


class Notification(models.Model):
    """A message to a person: a row first, sent by a task after the transaction that wrote it."""

    user = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.CASCADE, related_name="notifications"
    )
    to = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    status = models.CharField(
        max_length=10, choices=NotificationStatus.choices, default=NotificationStatus.PENDING
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=TransactionNow())
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["id"], name="notification_pending", condition=models.Q(status="pending")),
            models.Index(fields=["user", "-id"], name="notification_by_user"),
        ]
        constraints = [
            models.CheckConstraint(
                name="notification_sent_has_time",
                condition=models.Q(status="sent", sent_at__isnull=False)
                | (~models.Q(status="sent") & models.Q(sent_at__isnull=True)),
            )
        ]
        triggers = [state_machine("status", NOTIFICATION_TRANSITIONS)]

    def __str__(self) -> str:
        return f"{self.subject} to {self.to}"
