"""How people come to act for a company: invited by its owners, or by asking them."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from accounts.models import User
from accounts.transitions import Transitions, state_machine
from applications.models.company import Company, PersonLevel
from applications.querysets import InvitationQuerySet, JoinRequestQuerySet


class InvitationStatus(models.TextChoices):
    OPEN = "open", "Waiting for an answer"
    ACCEPTED = "accepted", "Accepted"
    WITHDRAWN = "withdrawn", "Withdrawn"
    REPLACED = "replaced", "Replaced by a newer one"


INVITATION_TRANSITIONS: Transitions = {
    InvitationStatus.OPEN: {
        InvitationStatus.ACCEPTED,
        InvitationStatus.WITHDRAWN,
        InvitationStatus.REPLACED,
    },
    InvitationStatus.ACCEPTED: set(),
    InvitationStatus.WITHDRAWN: set(),
    InvitationStatus.REPLACED: set(),
}


class Invitation(models.Model):
    """An offer to act for a company, to one e-mail address. Sent again, it is a new row with a new link.

    The link's token is in the mail only; here is its SHA-256.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField("email address", help_text="in lower case")
    level = models.CharField(max_length=10, choices=PersonLevel.choices)
    token_hash = models.CharField(max_length=64, unique=True)
    status = models.CharField(max_length=10, choices=InvitationStatus.choices, default=InvitationStatus.OPEN)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField(db_default=TransactionNow())
    expires_at = models.DateTimeField()
    closed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True, help_text="why it was withdrawn")

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-invited_at", "-pk"]
        indexes = [models.Index(fields=["company", "-invited_at"], name="invitation_by_company")]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "email"], condition=Q(status="open"), name="one_open_invitation"
            ),
            models.CheckConstraint(name="invitation_email_lower_case", condition=Q(email=Lower("email"))),
            models.CheckConstraint(name="invitation_level_known", condition=Q(level__in=PersonLevel.values)),
            models.CheckConstraint(
                name="invitation_expires_later", condition=Q(expires_at__gt=F("invited_at"))
            ),
            models.CheckConstraint(
                name="invitation_closed_by_and_at",
                condition=Q(status="open", closed_by__isnull=True, closed_at__isnull=True)
                | (~Q(status="open") & Q(closed_by__isnull=False, closed_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="invitation_withdrawn_has_reason", condition=~Q(status="withdrawn", reason="")
            ),
        ]
        triggers = [state_machine("status", INVITATION_TRANSITIONS)]

    def __str__(self) -> str:
        """Without the address: the record cannot be edited, and holds no more about people than it must."""
        return f"Invitation {self.pk} ({self.get_level_display().lower()})"

    def is_expired(self, now: datetime) -> bool:
        return self.status == InvitationStatus.OPEN and self.expires_at <= now


class JoinRequestStatus(models.TextChoices):
    WAITING = "waiting", "Being passed on"
    OPEN = "open", "Waiting for the owners"
    UNMATCHED = "unmatched", "Nobody to ask"
    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Declined"
    SETTLED = "settled", "No longer needed"


JOIN_REQUEST_TRANSITIONS: Transitions = {
    JoinRequestStatus.WAITING: {JoinRequestStatus.OPEN, JoinRequestStatus.UNMATCHED},
    JoinRequestStatus.OPEN: {
        JoinRequestStatus.ACCEPTED,
        JoinRequestStatus.DECLINED,
        JoinRequestStatus.SETTLED,
    },
    JoinRequestStatus.UNMATCHED: set(),
    JoinRequestStatus.ACCEPTED: set(),
    JoinRequestStatus.DECLINED: set(),
    JoinRequestStatus.SETTLED: set(),
}


class JoinRequest(models.Model):
    """Somebody asks the owners of a company, known by a number, to let them act for it.

    Whether the number is that of a company in the service is looked up by a task, not while the person
    waits: so neither the answer nor the time that it takes tells.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="join_requests")
    number = models.CharField(max_length=20, help_text="of the company at Companies House, or of a member")
    message = models.TextField(blank=True, help_text="taken out when there is nobody to ask")
    status = models.CharField(
        max_length=10, choices=JoinRequestStatus.choices, default=JoinRequestStatus.WAITING
    )
    asked_at = models.DateTimeField(db_default=TransactionNow())
    company = models.ForeignKey(
        Company, null=True, blank=True, on_delete=models.PROTECT, related_name="join_requests"
    )
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    level = models.CharField(max_length=10, choices=PersonLevel.choices, blank=True)
    reason = models.TextField(blank=True, help_text="why it was declined")

    objects = JoinRequestQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at", "pk"]
        indexes = [
            models.Index(fields=["id"], name="join_request_waiting", condition=Q(status="waiting")),
            models.Index(fields=["user", "-asked_at"], name="join_request_by_person"),
            models.Index(fields=["company", "asked_at"], name="join_request_by_company"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "number"], condition=Q(status="waiting"), name="one_waiting_join_request"
            ),
            models.UniqueConstraint(
                fields=["user", "company"], condition=Q(status="open"), name="one_open_join_request"
            ),
            models.CheckConstraint(
                name="join_request_has_company_once_matched",
                condition=Q(status__in=["waiting", "unmatched"], company__isnull=True)
                | (~Q(status__in=["waiting", "unmatched"]) & Q(company__isnull=False)),
            ),
            models.CheckConstraint(
                name="join_request_decided_by_and_at",
                condition=Q(
                    status__in=["accepted", "declined"], decided_by__isnull=False, decided_at__isnull=False
                )
                | (
                    ~Q(status__in=["accepted", "declined"])
                    & Q(decided_by__isnull=True, decided_at__isnull=True)
                ),
            ),
            models.CheckConstraint(
                name="join_request_accepted_has_level",
                condition=Q(status="accepted", level__in=PersonLevel.values)
                | (~Q(status="accepted") & Q(level="")),
            ),
            models.CheckConstraint(
                name="join_request_declined_has_reason", condition=~Q(status="declined", reason="")
            ),
        ]
        triggers = [state_machine("status", JOIN_REQUEST_TRANSITIONS)]

    def __str__(self) -> str:
        return f"Request to join {self.number}"
