"""What an answer said before: kept when another person, or another sitting, writes over it."""

from __future__ import annotations

from datetime import timedelta

from django.db import models

from accounts.models import User
from accounts.transitions import append_only
from codeofpractice.models.plan import PointResponse, Position

# Saves of one person within this time of the first of them are one revision.
SITTING = timedelta(minutes=10)


class PointRevision(models.Model):
    """An earlier answer to a point. The latest one is the response itself, so that nothing is held twice."""

    response = models.ForeignKey(PointResponse, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField(help_text="the count of saves at which the answer said this")
    position = models.CharField(max_length=15, choices=Position.choices, blank=True)
    how_met = models.TextField(blank=True)
    responsible_role = models.CharField(max_length=120, blank=True)
    planned_for = models.DateField(null=True, blank=True)
    not_applicable_reason = models.TextField(blank=True)
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["response", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["response", "number"], name="point_revision_number_once")
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"Revision {self.number} of {self.response_id}"
