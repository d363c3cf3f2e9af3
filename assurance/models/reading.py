"""A second person reads the plan without knowing what the first one found; differences are settled."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.transitions import append_only
from assurance.models.check import FindingResult, PlanCheck, Recommendation
from assurance.querysets import SecondReadingQuerySet
from codeofpractice.models import Point


class ReadingReason(models.TextChoices):
    NOT_MET = "not_met", "A point or the outcome is not met"
    RANDOM = "random", "Drawn at random"


class SecondReading(models.Model):
    """Opened with a recommendation. The decision waits for it, and for what is settled after it."""

    check_of = models.ForeignKey(PlanCheck, on_delete=models.PROTECT, related_name="second_readings")
    recommendation = models.OneToOneField(
        Recommendation, on_delete=models.PROTECT, related_name="second_reading"
    )
    because = models.CharField(max_length=10, choices=ReadingReason.choices)
    probability = models.FloatField(help_text="the chance that it had of being read again; 1 when not met")
    reader = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="second_readings"
    )
    opened_at = models.DateTimeField(db_default=TransactionNow())
    submitted_at = models.DateTimeField(null=True, blank=True)

    objects = SecondReadingQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["id"], name="reading_open", condition=Q(submitted_at__isnull=True)),
        ]
        constraints = [
            models.CheckConstraint(
                name="reading_submitted_by_somebody",
                condition=Q(submitted_at__isnull=True) | Q(reader__isnull=False),
            ),
            models.CheckConstraint(
                name="reading_probability", condition=Q(probability__gt=0, probability__lte=1)
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="read_by_another",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                    IF TG_OP = 'UPDATE' AND OLD.submitted_at IS NOT NULL THEN
                        RAISE EXCEPTION 'a second reading that was submitted does not change';
                    END IF;
                    IF EXISTS (
                        SELECT 1 FROM assurance_recommendation
                        WHERE check_of_id = NEW.check_of_id AND by_id = NEW.reader_id
                    ) THEN
                        RAISE EXCEPTION 'nobody reads again what they have recommended about';
                    END IF;
                    RETURN NEW;
                """,
            )
        ]

    def __str__(self) -> str:
        return f"Second reading of {self.check_of}"


class SecondFinding(models.Model):
    reading = models.ForeignKey(SecondReading, on_delete=models.PROTECT, related_name="findings")
    point = models.ForeignKey(Point, on_delete=models.PROTECT, related_name="+")
    result = models.CharField(max_length=15, choices=FindingResult.choices)
    note = models.TextField()
    recorded_at = models.DateTimeField()
    first_result = models.CharField(
        max_length=15,
        choices=FindingResult.choices,
        blank=True,
        help_text="what the first reader had found when this was submitted",
    )

    class Meta:
        ordering = ["point__number"]
        constraints = [
            models.UniqueConstraint(fields=["reading", "point"], name="one_second_finding_per_point"),
            models.CheckConstraint(name="second_finding_has_note", condition=~Q(note="")),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="frozen_with_reading",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF EXISTS (
                        SELECT 1 FROM assurance_secondreading
                        WHERE id IN (OLD.reading_id, NEW.reading_id) AND submitted_at IS NOT NULL
                    ) THEN
                        RAISE EXCEPTION 'the results of a second reading that was submitted do not change';
                    END IF;
                    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                    RETURN NEW;
                """,
            )
        ]

    def __str__(self) -> str:
        return f"{self.point}: {self.get_result_display()}"


class Settlement(models.Model):
    """What a lead says about a point on which the two readers differ."""

    reading = models.ForeignKey(SecondReading, on_delete=models.PROTECT, related_name="settlements")
    point = models.ForeignKey(Point, on_delete=models.PROTECT, related_name="+")
    result = models.CharField(max_length=15, choices=FindingResult.choices)
    reason = models.TextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=TransactionNow())

    class Meta:
        ordering = ["point__number"]
        constraints = [
            models.UniqueConstraint(fields=["reading", "point"], name="one_settlement_per_point"),
            models.CheckConstraint(name="settlement_has_reason", condition=~Q(reason="")),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.point}: settled as {self.get_result_display()}"


class RecommendationVoid(models.Model):
    """A recommendation that counts no more: sent back, or its findings are to change."""

    recommendation = models.OneToOneField(Recommendation, on_delete=models.PROTECT, related_name="void")
    reason = models.TextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=TransactionNow())

    class Meta:
        constraints = [models.CheckConstraint(name="void_has_reason", condition=~Q(reason=""))]
        triggers = append_only()

    def __str__(self) -> str:
        return f"Void: {self.recommendation}"
