"""Editions of the Code of Practice: data, not code. Loaded from YAML by `manage.py load_edition`."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.transitions import Transitions, state_machine
from applications.choices import RentalModel
from codeofpractice.applicability import in_words
from codeofpractice.querysets import EditionQuerySet

STAYS = """
    IF EXISTS (
        SELECT 1 FROM codeofpractice_edition edition
        WHERE edition.id IN (NEW.edition_id, OLD.edition_id) AND edition.status = 'published'
    ) THEN
        RAISE EXCEPTION 'a published edition of the Code of Practice does not change';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
"""


def stays_when_published() -> pgtrigger.Trigger:
    """Refuses any change of a row of a published edition, raw SQL included."""
    return pgtrigger.Trigger(
        name="stays_when_published",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=STAYS,
    )


class EditionStatus(models.TextChoices):
    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"


EDITION_TRANSITIONS: Transitions = {
    EditionStatus.DRAFT: {EditionStatus.PUBLISHED},
    EditionStatus.PUBLISHED: set(),
}


class Edition(models.Model):
    code = models.SlugField(max_length=40, unique=True, help_text="2018")
    title = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=EditionStatus.choices, default=EditionStatus.DRAFT)
    published_on = models.DateField(null=True, blank=True)
    rental_models = ArrayField(
        models.CharField(max_length=20, choices=RentalModel.choices),
        default=list,
        blank=True,
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
                condition=Q(status="draft") | Q(published_on__isnull=False),
            )
        ]
        triggers = [
            state_machine("status", EDITION_TRANSITIONS),
            pgtrigger.Trigger(
                name="published_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__status="published"),
                func="RAISE EXCEPTION 'a published edition of the Code of Practice does not change';",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def audience(self) -> str:
        """For whom it is, as a sentence without its full stop."""
        return in_words({"rents_as": self.rental_models} if self.rental_models else {})

    def speaks_to(self, rental_models: list[str]) -> int:
        """To how many of these rental models it speaks."""
        return sum(not self.rental_models or model in self.rental_models for model in rental_models)


class Asked(models.TextChoices):
    """What a point asks for besides words."""

    TRAINING_FIGURES = "training_figures", "How many staff there are, and how many were trained"
    SECURITY_CONTACT = "security_contact", "The security contact of the company record"


class Point(models.Model):
    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="points")
    number = models.PositiveSmallIntegerField()
    key = models.SlugField(max_length=60, help_text="the same across editions while the subject is the same")
    title = models.CharField(max_length=120)
    requirement = models.TextField()
    good_evidence = models.TextField()
    applies_when = models.JSONField(
        default=dict, blank=True, help_text="the rule of applicability.py; empty for every company"
    )
    asks_for = ArrayField(
        models.CharField(max_length=20, choices=Asked.choices),
        default=list,
        blank=True,
        help_text="what it asks for besides words",
    )

    class Meta:
        ordering = ["edition", "number"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "number"], name="point_number_once"),
            models.UniqueConstraint(fields=["edition", "key"], name="point_key_once"),
        ]
        triggers = [stays_when_published()]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"

    @property
    def asks_training(self) -> bool:
        return Asked.TRAINING_FIGURES in self.asks_for

    @property
    def asks_contact(self) -> bool:
        return Asked.SECURITY_CONTACT in self.asks_for

    @property
    def may_be_not_applicable(self) -> bool:
        return bool(self.applies_when)

    @property
    def audience(self) -> str:
        """To whom it applies, as a sentence without its full stop."""
        return in_words(self.applies_when)


class Relation(models.TextChoices):
    """What a point asks, against a point of an earlier edition."""

    SAME = "same", "Asks the same"
    WIDER = "wider", "Asks more"
    NARROWER = "narrower", "Asks less"
    NEW = "new", "New"
    GONE = "gone", "Gone"


class Correspondence(models.Model):
    """How a point of an edition stands to one of an earlier edition.

    A point that is new has no earlier one; one that is gone has no point in the edition.
    """

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="correspondences")
    earlier_edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+")
    relation = models.CharField(max_length=8, choices=Relation.choices)
    point = models.ForeignKey(
        Point, null=True, blank=True, on_delete=models.CASCADE, related_name="correspondences"
    )
    earlier_point = models.ForeignKey(
        Point, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    note = models.TextField(blank=True, help_text="what is different, for members")

    class Meta:
        ordering = ["edition", "earlier_edition", "point__number", "earlier_point__number", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["point", "earlier_edition", "earlier_point"],
                name="correspondence_once",
                nulls_distinct=False,
                condition=Q(point__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["edition", "earlier_point"], name="gone_once", condition=Q(relation="gone")
            ),
            models.CheckConstraint(
                name="correspondence_has_its_points",
                condition=Q(relation="new", point__isnull=False, earlier_point__isnull=True)
                | Q(relation="gone", point__isnull=True, earlier_point__isnull=False)
                | Q(
                    relation__in=["same", "wider", "narrower"],
                    point__isnull=False,
                    earlier_point__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="correspondence_of_two_editions", condition=~Q(edition=models.F("earlier_edition"))
            ),
        ]
        triggers = [stays_when_published()]

    def __str__(self) -> str:
        return f"{self.get_relation_display()}: {self.point_id} against {self.earlier_point_id}"
