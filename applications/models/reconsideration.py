"""A company asks for its rejection to be looked at again, by somebody who did not decide."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from accounts.transitions import Transitions, state_machine
from applications.models.application import Application, RejectionReason
from applications.querysets import ReconsiderationQuerySet


class ReconsiderationStatus(models.TextChoices):
    ASKED = "asked", "Waiting"
    UPHELD = "upheld", "Rejection stands"
    SET_ASIDE = "set_aside", "Set aside"


RECONSIDERATION_TRANSITIONS: Transitions = {
    ReconsiderationStatus.ASKED: {ReconsiderationStatus.UPHELD, ReconsiderationStatus.SET_ASIDE},
    ReconsiderationStatus.UPHELD: set(),
    ReconsiderationStatus.SET_ASIDE: set(),
}


class Reconsideration(models.Model):
    """One request about one rejection, which it keeps: set aside, the application no longer shows it."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="reconsiderations")
    rejected_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    rejected_at = models.DateTimeField()
    rejection_reasons = ArrayField(models.CharField(max_length=20, choices=RejectionReason.choices))
    rejection_words = models.TextField(help_text="the words of the decision, as the company was told them")
    status = models.CharField(
        max_length=10, choices=ReconsiderationStatus.choices, default=ReconsiderationStatus.ASKED
    )
    grounds = models.TextField(help_text="why the company thinks the rejection is wrong")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(db_default=TransactionNow())
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = ReconsiderationQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at", "pk"]
        indexes = [
            models.Index(
                fields=["asked_at", "id"], name="reconsideration_waiting", condition=Q(status="asked")
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "rejected_at"], name="one_reconsideration_per_rejection"
            ),
            models.CheckConstraint(
                name="reconsideration_answered_with_who_when_why",
                condition=Q(status="asked", answer="", answered_by__isnull=True, answered_at__isnull=True)
                | (
                    Q(status__in=["upheld", "set_aside"])
                    & ~Q(answer="")
                    & Q(answered_by__isnull=False, answered_at__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="reconsideration_answered_by_another",
                condition=Q(answered_by__isnull=True) | ~Q(answered_by=F("rejected_by")),
            ),
            models.CheckConstraint(name="reconsideration_has_grounds", condition=~Q(grounds="")),
        ]
        triggers = [state_machine("status", RECONSIDERATION_TRANSITIONS)]

    def __str__(self) -> str:
        return f"Reconsideration of {self.application_id}"

    @property
    def reason_words(self) -> list[str]:
        return [str(RejectionReason(code).label) for code in self.rejection_reasons]
