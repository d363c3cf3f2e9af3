"""The recognised security contact's word that a plan is right, without which it is not submitted."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.transitions import Transitions, state_machine
from applications.models import SecurityContact
from codeofpractice.models.plan import PlanVersion

CONFIRM_WITHIN = timedelta(days=28)


class PlanConfirmationStatus(models.TextChoices):
    WAITING = "waiting", "Waiting for an answer"
    CONFIRMED = "confirmed", "Confirmed"
    REFUSED = "refused", "Says that it is not right"
    SUPERSEDED = "superseded", "Asked again, or the plan was changed"


PLAN_CONFIRMATION_TRANSITIONS: Transitions = {
    PlanConfirmationStatus.WAITING: {
        PlanConfirmationStatus.CONFIRMED,
        PlanConfirmationStatus.REFUSED,
        PlanConfirmationStatus.SUPERSEDED,
    },
    PlanConfirmationStatus.CONFIRMED: set(),
    PlanConfirmationStatus.REFUSED: set(),
    PlanConfirmationStatus.SUPERSEDED: set(),
}


class PlanConfirmation(models.Model):
    """One time that the contact was asked. It stands for what the draft said then: see fingerprint.py."""

    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="confirmations")
    contact = models.ForeignKey(SecurityContact, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(
        max_length=10, choices=PlanConfirmationStatus.choices, default=PlanConfirmationStatus.WAITING
    )
    sha256 = models.CharField(max_length=64, help_text="the fingerprint of the draft")
    review_on = models.DateField(help_text="the date of the review that the version gets")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(db_default=TransactionNow())
    answered_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True, help_text="why it is not right")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["version"], condition=Q(status="waiting"), name="one_waiting_plan_confirmation"
            ),
            models.CheckConstraint(
                name="plan_confirmation_answered_with_time",
                condition=Q(status__in=["confirmed", "refused"], answered_at__isnull=False)
                | Q(status__in=["waiting", "superseded"], answered_at__isnull=True),
            ),
            models.CheckConstraint(
                name="plan_confirmation_refused_with_reason",
                condition=Q(status="refused") & ~Q(reason="") | ~Q(status="refused") & Q(reason=""),
            ),
        ]
        triggers = [state_machine("status", PLAN_CONFIRMATION_TRANSITIONS)]

    def __str__(self) -> str:
        return f"Confirmation {self.pk} of version {self.version_id}"
