"""A company asks for an outcome to be looked at again, by a lead who had no part in it."""

from __future__ import annotations

from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from assurance.models.check import Decision
from assurance.querysets import DecisionReconsiderationQuerySet


class DecisionReconsideration(models.Model):
    """Once about a decision. The answer either lets it stand or has made one that replaces it."""

    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="reconsideration")
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    grounds = models.TextField(help_text="why the company thinks that the outcome is wrong")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(db_default=TransactionNow())
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = DecisionReconsiderationQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at", "pk"]
        indexes = [
            models.Index(
                fields=["asked_at"], name="outcome_to_reconsider", condition=Q(answered_at__isnull=True)
            )
        ]
        constraints = [
            models.CheckConstraint(name="outcome_reconsidered_on_grounds", condition=~Q(grounds="")),
            models.CheckConstraint(
                name="outcome_reconsidered_with_who_when_why",
                condition=Q(answer="", answered_by__isnull=True, answered_at__isnull=True)
                | (~Q(answer="") & Q(answered_by__isnull=False, answered_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="outcome_reconsidered_by_another",
                condition=Q(answered_by__isnull=True) | ~Q(answered_by=F("decided_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"Reconsideration of {self.decision}"
