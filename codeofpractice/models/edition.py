"""Editions of the Code of Practice: data, not code. Loaded from YAML by `manage.py load_edition`."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from codeofpractice.querysets import EditionQuerySet


class EditionStatus(models.TextChoices):
    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"


class Edition(models.Model):
    code = models.SlugField(max_length=40, unique=True, help_text="2018")
    title = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=EditionStatus.choices, default=EditionStatus.DRAFT)
    published_on = models.DateField(null=True, blank=True)
    rental_models = ArrayField(
        models.CharField(max_length=20),
        default=list,
        help_text="the rental models that it speaks to; empty for all",
    )
    declaration = models.TextField(help_text="what a company declares when it joins under this edition")
    source_sha256 = models.CharField(max_length=64, help_text="of the YAML that it was loaded from")

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering = ["-published_on", "code"]
        constraints = [
            models.CheckConstraint(
                name="edition_published_has_date",
                condition=models.Q(status="draft") | models.Q(published_on__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.title


class Applicability(models.TextChoices):
    """To which companies a point applies. An edition's YAML names one of these rules."""

    ALL = "all", "Every company"
    COMMERCIAL = "hires_commercial_vehicles", "Companies that hire out commercial vehicles"


class Point(models.Model):
    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="points")
    number = models.PositiveSmallIntegerField()
    key = models.SlugField(max_length=60, help_text="the same across editions while the subject is the same")
    title = models.CharField(max_length=120)
    requirement = models.TextField()
    good_evidence = models.TextField()
    applies_to = models.CharField(max_length=30, choices=Applicability.choices, default=Applicability.ALL)

    class Meta:
        ordering = ["edition", "number"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "number"], name="point_number_once"),
            models.UniqueConstraint(fields=["edition", "key"], name="point_key_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"

    @property
    def may_be_not_applicable(self) -> bool:
        return self.applies_to != Applicability.ALL
