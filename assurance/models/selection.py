from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import User
from accounts.transitions import append_only
from applications.models import Membership
from assurance.querysets import SelectionRoundQuerySet


class SelectionRound(models.Model):
    """A random draw of members for checks. What is needed to repeat it is stored; it never changes."""

    name = models.CharField(max_length=120)
    seed = models.CharField(max_length=64)
    algorithm = models.CharField(max_length=40, help_text="name and version of the draw")
    frame = ArrayField(
        models.CharField(max_length=20), default=list, help_text="numbers of the members who could be drawn"
    )
    frame_size = models.PositiveIntegerField(help_text="members who could have been drawn")
    frame_sha256 = models.CharField(max_length=64, help_text="over their numbers in order")
    sample_size = models.PositiveIntegerField()
    drawn_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField()

    objects = SelectionRoundQuerySet.as_manager()

    class Meta:
        ordering = ["-drawn_at"]
        constraints = [
            models.CheckConstraint(
                name="sample_within_frame", condition=models.Q(sample_size__lte=models.F("frame_size"))
            )
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return self.name

    @property
    def inclusion_probability(self) -> float:
        """The chance that each member of the frame had."""
        return self.sample_size / self.frame_size


class Selection(models.Model):
    round = models.ForeignKey(SelectionRound, on_delete=models.PROTECT, related_name="selections")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="selections")
    position = models.PositiveIntegerField(help_text="order in which it was drawn, from 1")
    inclusion_probability = models.FloatField()

    class Meta:
        ordering = ["round", "position"]
        constraints = [
            models.UniqueConstraint(fields=["round", "membership"], name="member_once_in_round"),
            models.UniqueConstraint(fields=["round", "position"], name="position_once_in_round"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.membership} in {self.round}"
