"""Who uses the service, what they were told, and the record of what they changed."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.functions import RandomUUID, TransactionNow
from django.db import models
from django.db.models.functions import Lower, Upper

from accounts.querysets import (
    AuditEventQuerySet,
    NotificationQuerySet,
    UserManager,
)
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
    erased_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="when the person's data was erased; the row stays"
    )

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_unique_in_any_case"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_known"),
            models.CheckConstraint(
                condition=models.Q(erased_at__isnull=True) | models.Q(is_active=False),
                name="user_erased_cannot_sign_in",
            ),
        ]
        indexes = [models.Index(fields=["role", "name"], name="user_by_role")]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def record_label(self) -> str:
        """What the record calls the person: it cannot be edited, so it holds no name."""
        return f"Person {self.pk}"

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
    DELIVERED = "delivered", "Delivered"
    BOUNCED = "bounced", "Came back"
    FAILED = "failed", "Could not be sent"


# Receipts come late, twice and in any order. What a mailbox said beats what the service thought: a message
# that was given up on may yet arrive, and one that had arrived may yet come back. An administrator may have
# a message sent again that failed or came back.
NOTIFICATION_TRANSITIONS: Transitions = {
    NotificationStatus.PENDING: {
        NotificationStatus.SENT,
        NotificationStatus.DELIVERED,
        NotificationStatus.BOUNCED,
        NotificationStatus.FAILED,
    },
    NotificationStatus.SENT: {
        NotificationStatus.DELIVERED,
        NotificationStatus.BOUNCED,
        NotificationStatus.FAILED,
    },
    NotificationStatus.DELIVERED: {NotificationStatus.BOUNCED},
    NotificationStatus.BOUNCED: {NotificationStatus.PENDING},
    NotificationStatus.FAILED: {
        NotificationStatus.PENDING,
        NotificationStatus.DELIVERED,
        NotificationStatus.BOUNCED,
    },
}


STATUS_IN_WORDS = {
    NotificationStatus.PENDING: "It has not left yet. If that fails, it is tried again for some 12 hours.",
    NotificationStatus.SENT: "It has left. Whether it arrived is not known.",
    NotificationStatus.DELIVERED: "Your mail provider has it. If you cannot find it, look in your junk mail.",
    NotificationStatus.BOUNCED: (
        "Your mail provider sent it back: it has no such mailbox, or it refuses our messages."
    ),
    NotificationStatus.FAILED: (
        "It could not be sent, although it was tried. An administrator can see this."
    ),
}


class Notification(models.Model):
    """A message to a person: a row first, sent by a task after the transaction that wrote it.

    Sent says that the mail server or Notify took it; delivered and bounced are what a receipt said, or a
    mail server that refused the address at once.
    """

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
    next_attempt_at = models.DateTimeField(
        db_default=TransactionNow(),
        help_text="when to try, or to try again; while a task is sending: when another may take over",
    )
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    reference = models.UUIDField(
        db_default=RandomUUID(),
        unique=True,
        editable=False,
        help_text="by which a receipt finds the message",
    )
    provider_id = models.CharField(max_length=64, blank=True, help_text="Notify's id of the message")
    holds_key = models.BooleanField(
        default=False, help_text="its text has a link that works like a key, and is shown to nobody here"
    )
    redacted_at = models.DateTimeField(
        null=True, blank=True, help_text="when its words and its address were removed"
    )

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], name="notification_pending", condition=models.Q(status="pending")
            ),
            models.Index(fields=["user", "-id"], name="notification_by_user"),
            models.Index(Upper("to"), name="notification_by_address"),
            models.Index(
                fields=["-id"],
                name="notification_not_delivered",
                condition=models.Q(status__in=["failed", "bounced"]),
            ),
            models.Index(fields=["created_at"], name="notification_by_age"),
        ]
        constraints = [
            models.CheckConstraint(
                name="notification_sent_has_time",
                condition=models.Q(status__in=["bounced", "failed"])
                | models.Q(status="pending", sent_at__isnull=True)
                | models.Q(status__in=["sent", "delivered"], sent_at__isnull=False),
            ),
            models.CheckConstraint(
                name="notification_delivered_has_time",
                condition=models.Q(status="delivered", delivered_at__isnull=False)
                | (~models.Q(status="delivered") & models.Q(delivered_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="notification_redacted_is_empty",
                condition=models.Q(redacted_at__isnull=True)
                | (models.Q(body="", to="") & ~models.Q(status="pending")),
            ),
        ]
        triggers = [state_machine("status", NOTIFICATION_TRANSITIONS)]

    def __str__(self) -> str:
        return f"{self.subject} to {self.to}"

    @property
    def record_label(self) -> str:
        return f"Message {self.pk}"

    @property
    def status_in_words(self) -> str:
        """What the state means to whom the message was for."""
        words = STATUS_IN_WORDS[NotificationStatus(self.status)]
        is_lost = self.status in {NotificationStatus.BOUNCED, NotificationStatus.FAILED}
        return f"{words} You can read the message here." if is_lost and self.is_readable else words

    @property
    def is_readable(self) -> bool:
        """Whether its text is there and may be shown."""
        return not self.holds_key and self.redacted_at is None
