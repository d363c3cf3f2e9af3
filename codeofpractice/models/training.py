"""How many staff there are and how many were trained: a row for each course."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from accounts.models import User
from codeofpractice.models.measure import VERSION_OF_MEASURE
from codeofpractice.models.plan import PointResponse, frozen_with_version


class Training(models.Model):
    response = models.ForeignKey(PointResponse, on_delete=models.CASCADE, related_name="trainings")
    course = models.CharField(max_length=150)
    staff = models.PositiveIntegerField(help_text="who deal with hirers and are to take the course")
    trained = models.PositiveIntegerField(help_text="of them, those who have taken it")
    trained_on = models.DateField(null=True, blank=True, help_text="when the last of them took it")
    revision = models.PositiveIntegerField(
        default=0, help_text="counts changes, so that a stale page is noticed"
    )
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["response", "course"], name="training_course_once"),
            models.CheckConstraint(name="training_of_a_course", condition=~Q(course="")),
            models.CheckConstraint(
                name="trained_among_the_staff", condition=Q(staff__gt=0, trained__lte=F("staff"))
            ),
            models.CheckConstraint(
                name="trained_with_a_day",
                condition=Q(trained=0, trained_on__isnull=True) | Q(trained__gt=0, trained_on__isnull=False),
            ),
        ]
        triggers = [frozen_with_version(VERSION_OF_MEASURE)]

    def __str__(self) -> str:
        return self.course

    @property
    def share(self) -> int:
        """Per cent of the staff, rounded down: 100 only when it is everybody."""
        return self.trained * 100 // self.staff
