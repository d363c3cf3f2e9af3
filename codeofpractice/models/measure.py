"""What a company does, or will do, to meet a point: a row each."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from codeofpractice.models.plan import PointResponse, frozen_with_version
from codeofpractice.querysets import MeasureQuerySet

VERSION_OF_MEASURE = """
    SELECT response.version_id FROM codeofpractice_pointresponse response
    WHERE response.id IN (NEW.response_id, OLD.response_id)
"""


class MeasureState(models.TextChoices):
    IN_PLACE = "in_place", "In place"
    PLANNED = "planned", "Planned"


class Measure(models.Model):
    response = models.ForeignKey(PointResponse, on_delete=models.CASCADE, related_name="measures")
    what = models.TextField()
    state = models.CharField(max_length=10, choices=MeasureState.choices)
    day = models.DateField(null=True, blank=True, help_text="since when, or by when, it is in place")
    owner_role = models.CharField(max_length=120, help_text="who sees to it: a role")
    revision = models.PositiveIntegerField(
        default=0, help_text="counts changes, so that a stale page is noticed"
    )
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    objects = MeasureQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="planned_measure_has_day", condition=~Q(state="planned") | Q(day__isnull=False)
            ),
            models.CheckConstraint(
                name="measure_says_what_and_who", condition=~Q(what="") & ~Q(owner_role="")
            ),
        ]
        triggers = [frozen_with_version(VERSION_OF_MEASURE)]

    def __str__(self) -> str:
        return self.what[:80]

    @property
    def is_overdue(self) -> bool:
        return self.state == MeasureState.PLANNED and self.day is not None and self.day < timezone.localdate()
