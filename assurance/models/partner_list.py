"""A file of results from a partner: looked through when it comes, taken over when the partner says so."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from accounts.transitions import Transitions, state_machine
from applications.models import TradeBody
from assurance.querysets import PartnerCheckListQuerySet


class PartnerListStatus(models.TextChoices):
    READY = "ready", "No faults"
    FAULTY = "faulty", "Faults found"
    IMPORTING = "importing", "Being taken over"
    DONE = "done", "Taken over"
    FAILED = "failed", "Stopped by an error"


PARTNER_LIST_TRANSITIONS: Transitions = {
    PartnerListStatus.READY: {PartnerListStatus.IMPORTING},
    PartnerListStatus.IMPORTING: {PartnerListStatus.DONE, PartnerListStatus.FAILED},
    # Tried again it goes on where it stopped.
    PartnerListStatus.FAILED: {PartnerListStatus.IMPORTING},
    PartnerListStatus.FAULTY: set(),
    PartnerListStatus.DONE: set(),
}


class PartnerCheckList(models.Model):
    """Of a list with faults nothing is taken over: it is corrected and sent again.

    The file itself is not kept. Its rows are, as they were written.
    """

    body = models.ForeignKey(TradeBody, on_delete=models.PROTECT, related_name="partner_check_lists")
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64, help_text="of what was sent, by which it is known again")
    status = models.CharField(max_length=10, choices=PartnerListStatus.choices)
    ignored_columns = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    sent_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(db_default=TransactionNow())
    row_count = models.PositiveIntegerField()
    faulty_count = models.PositiveIntegerField(default=0, help_text="rows with at least one fault")
    imported_count = models.PositiveIntegerField(default=0)
    import_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    import_at = models.DateTimeField(null=True, blank=True, help_text="when the partner said so")
    done_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="tasks begun since it last went on")
    worked_at = models.DateTimeField(db_default=TransactionNow(), help_text="when it last went on")
    last_error = models.TextField(blank=True)

    objects = PartnerCheckListQuerySet.as_manager()

    class Meta:
        verbose_name = "list of results"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["body", "-id"], name="partner_list_by_body"),
            models.Index(fields=["worked_at"], name="partner_list_working", condition=Q(status="importing")),
        ]
        constraints = [
            # One with faults may be sent again as it is: what was wrong may have been ours to put right.
            models.UniqueConstraint(
                fields=["body", "sha256"], condition=~Q(status="faulty"), name="same_results_sent_once"
            ),
            models.CheckConstraint(name="partner_list_has_rows", condition=Q(row_count__gt=0)),
            models.CheckConstraint(
                name="partner_list_counts_add_up",
                condition=Q(faulty_count__lte=F("row_count"), imported_count__lte=F("row_count")),
            ),
            models.CheckConstraint(
                name="partner_list_faulty_has_faults",
                condition=Q(status="faulty", faulty_count__gt=0) | (~Q(status="faulty") & Q(faulty_count=0)),
            ),
            models.CheckConstraint(
                name="partner_list_imported_by_and_at",
                condition=Q(status__in=["ready", "faulty"], import_by__isnull=True, import_at__isnull=True)
                | (~Q(status__in=["ready", "faulty"]) & Q(import_by__isnull=False, import_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="partner_list_done_has_time",
                condition=Q(status="done", done_at__isnull=False, imported_count=F("row_count"))
                | (~Q(status="done") & Q(done_at__isnull=True)),
            ),
        ]
        triggers = [state_machine("status", PARTNER_LIST_TRANSITIONS)]

    def __str__(self) -> str:
        return f"List of results {self.pk}"

    @property
    def is_working(self) -> bool:
        return self.status == PartnerListStatus.IMPORTING


class PartnerRowOutcome(models.TextChoices):
    FAULTY = "faulty", "Has faults"
    READY = "ready", "No faults"
    NEW = "new", "Taken over"
    KNOWN = "known", "Sent before"
    SKIPPED = "skipped", "Left out"


class PartnerCheckRow(models.Model):
    """One row as it was written, and what came of it. What it says is in the result."""

    sent_in = models.ForeignKey(PartnerCheckList, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField(help_text="as a spreadsheet counts: the first line is 1")
    cells: Any = models.JSONField(help_text="what was written, by column; shown, and read by partner_columns")
    outcome = models.CharField(max_length=8, choices=PartnerRowOutcome.choices)
    reason = models.TextField(blank=True, help_text="why it was left out")
    result = models.ForeignKey(
        "PartnerCheck", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    imported_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        indexes = [models.Index(fields=["sent_in", "outcome", "number"], name="partner_row_by_outcome")]
        constraints = [
            models.UniqueConstraint(fields=["sent_in", "number"], name="partner_row_once"),
            models.CheckConstraint(
                name="partner_row_imported_with_outcome",
                condition=Q(imported_at__isnull=True, outcome__in=["faulty", "ready"])
                | Q(imported_at__isnull=False, outcome__in=["new", "known", "skipped"]),
            ),
            models.CheckConstraint(
                name="partner_row_taken_over_has_result",
                condition=Q(outcome__in=["new", "known"], result__isnull=False)
                | (~Q(outcome__in=["new", "known"]) & Q(result__isnull=True)),
            ),
            models.CheckConstraint(
                name="partner_row_left_out_has_reason", condition=~Q(outcome="skipped") | ~Q(reason="")
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="imported_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__imported_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"Row {self.number}"


class PartnerCheckProblem(models.Model):
    """One fault: where it is, and in words what is wrong and how to put it right."""

    sent_in = models.ForeignKey(PartnerCheckList, on_delete=models.CASCADE, related_name="problems")
    row = models.ForeignKey(PartnerCheckRow, on_delete=models.CASCADE, related_name="problems")
    column = models.CharField(max_length=40, blank=True, help_text="key of the column; empty: the whole row")
    place = models.PositiveSmallIntegerField(help_text="of the column among the columns")
    written = models.CharField(max_length=200, blank=True)
    text = models.CharField(max_length=300)

    class Meta:
        ordering = ["row__number", "place"]
        constraints = [models.UniqueConstraint(fields=["row", "column"], name="one_partner_problem_a_cell")]

    def __str__(self) -> str:
        return f"{self.column} of row {self.row_id}"
