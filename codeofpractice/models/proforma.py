"""What came back in an uploaded pro-forma, point by point, until somebody confirms it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from codeofpractice.models.document import PlanDocument
from codeofpractice.models.edition import Point
from codeofpractice.models.plan import frozen_with_version

VERSION_OF_ANSWER = """
    SELECT document.version_id FROM codeofpractice_plandocument document
    WHERE document.id IN (NEW.document_id, OLD.document_id)
"""
VERSION_OF_MEASURE = """
    SELECT document.version_id FROM codeofpractice_proformaanswer answer
    JOIN codeofpractice_plandocument document ON document.id = answer.document_id
    WHERE answer.id IN (NEW.answer_id, OLD.answer_id)
"""


class ProformaAnswer(models.Model):
    """One point as it stands in the document: texts that nobody has judged yet, dates and choices too."""

    document = models.ForeignKey(PlanDocument, on_delete=models.CASCADE, related_name="answers")
    point = models.ForeignKey(Point, on_delete=models.CASCADE, related_name="+")
    position = models.TextField(blank=True)
    how_met = models.TextField(blank=True)
    responsible_role = models.TextField(blank=True)
    planned_for = models.TextField(blank=True)
    not_applicable_reason = models.TextField(blank=True)
    base = models.CharField(
        max_length=12, blank=True, help_text="digest of the answer from which the document was filled"
    )
    missing = ArrayField(
        models.CharField(max_length=30), default=list, blank=True, help_text="fields that are gone from it"
    )

    class Meta:
        ordering = ["document", "point__number"]
        constraints = [models.UniqueConstraint(fields=["document", "point"], name="proforma_point_once")]
        triggers = [frozen_with_version(VERSION_OF_ANSWER)]

    def __str__(self) -> str:
        return f"{self.point} in the pro-forma {self.document_id}"


class ProformaMeasure(models.Model):
    """One row of the table of measures of a point."""

    answer = models.ForeignKey(ProformaAnswer, on_delete=models.CASCADE, related_name="measures")
    what = models.TextField(blank=True)
    state = models.TextField(blank=True)
    day = models.TextField(blank=True)
    owner_role = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]
        triggers = [frozen_with_version(VERSION_OF_MEASURE)]

    def __str__(self) -> str:
        return self.what[:80]
