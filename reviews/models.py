"""Does the scheme work? Frozen figures and the reports made from them."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from accounts.transitions import Transitions, append_only, state_machine
from applications.choices import FleetBand, Region, RentalModel
from codeofpractice.models import Edition
from reviews.querysets import ReviewReportQuerySet


class SectorEstimate(models.Model):
    """How many companies and vehicles there are to join: the denominator of take-up."""

    year = models.PositiveSmallIntegerField()
    region = models.CharField(max_length=3, choices=Region.choices, blank=True, help_text="empty for all")
    fleet_band = models.CharField(max_length=10, choices=FleetBand.choices, blank=True)
    rental_model = models.CharField(max_length=20, choices=RentalModel.choices, blank=True)
    companies = models.PositiveIntegerField()
    companies_low = models.PositiveIntegerField()
    companies_high = models.PositiveIntegerField()
    vehicles = models.PositiveIntegerField(null=True, blank=True)
    source = models.CharField(max_length=200)
    source_date = models.DateField()

    class Meta:
        ordering = ["-year", "region", "fleet_band", "rental_model"]
        constraints = [
            models.UniqueConstraint(
                fields=["year", "region", "fleet_band", "rental_model"], name="one_estimate_per_cell"
            ),
            models.CheckConstraint(
                name="estimate_within_its_range",
                condition=Q(companies_low__lte=F("companies"), companies_high__gte=F("companies")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.companies} companies in {self.year}"


class Snapshot(models.Model):
    """Figures as they stood at one moment. Dashboards read the newest; none is ever changed."""

    taken_at = models.DateTimeField()
    figures = models.JSONField(help_text="reviews.statistics results, before suppression")
    sha256 = models.CharField(max_length=64, help_text="over the canonical JSON of the figures")

    class Meta:
        ordering = ["-taken_at"]
        indexes = [models.Index(fields=["-taken_at"], name="snapshot_newest")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"Figures of {self.taken_at:%Y-%m-%d %H:%M}"


class ReportStatus(models.TextChoices):
    PENDING = "pending", "Waiting to start"
    RUNNING = "running", "Being made"
    READY = "ready", "Ready"
    FAILED = "failed", "Failed"
    STOPPED = "stopped", "Stopped"


REPORT_TRANSITIONS: Transitions = {
    ReportStatus.PENDING: {ReportStatus.RUNNING, ReportStatus.FAILED, ReportStatus.STOPPED},
    # A worker that died leaves a report running: the sweeper makes it pending again.
    ReportStatus.RUNNING: {
        ReportStatus.READY,
        ReportStatus.FAILED,
        ReportStatus.PENDING,
        ReportStatus.STOPPED,
    },
    ReportStatus.FAILED: {ReportStatus.PENDING},
    ReportStatus.STOPPED: {ReportStatus.PENDING},
    # The document is written again, with other words and the same figures.
    ReportStatus.READY: {ReportStatus.PENDING},
}


class Publication(models.TextChoices):
    DRAFT = "draft", "Draft"
    CONSULTATION = "consultation", "With the panel"
    SIGNED = "signed", "Signed off"
    PUBLISHED = "published", "Published"
    REPLACED = "replaced", "Replaced"


PUBLICATION_TRANSITIONS: Transitions = {
    Publication.DRAFT: {Publication.CONSULTATION},
    Publication.CONSULTATION: {Publication.SIGNED, Publication.DRAFT},
    Publication.SIGNED: {Publication.PUBLISHED, Publication.DRAFT},
    Publication.PUBLISHED: {Publication.REPLACED},
    Publication.REPLACED: set(),
}


class ReportStage(models.TextChoices):
    QUEUED = "queued", "Waiting for a worker"
    FREEZING = "freezing", "Freezing the figures"
    COUNTING = "counting", "Working out the tables"
    DRAWING = "drawing", "Drawing the charts"
    WRITING = "writing", "Writing the document"
    STORING = "storing", "Storing the document"
    DONE = "done", "Done"


FROZEN_STAYS = """
    IF OLD.publication IN ('published', 'replaced') AND (TG_OP = 'DELETE'
        OR to_jsonb(OLD) - 'publication' - 'replaced_by_id'
           IS DISTINCT FROM to_jsonb(NEW) - 'publication' - 'replaced_by_id') THEN
        RAISE EXCEPTION 'a published report does not change';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    IF (OLD.figures IS NOT NULL AND (OLD.figures, OLD.figures_sha256, OLD.row_counts, OLD.code_version)
            IS DISTINCT FROM (NEW.figures, NEW.figures_sha256, NEW.row_counts, NEW.code_version))
        OR (OLD.tables IS NOT NULL
            AND (OLD.tables, OLD.tables_sha256) IS DISTINCT FROM (NEW.tables, NEW.tables_sha256)) THEN
        RAISE EXCEPTION 'the frozen figures of a report do not change';
    END IF;
    RETURN NEW;
"""


class ReviewReport(models.Model):
    period_from = models.DateField()
    period_to = models.DateField(help_text="the last day that counts")
    status = models.CharField(max_length=8, choices=ReportStatus.choices, default=ReportStatus.PENDING)
    stage = models.CharField(max_length=8, choices=ReportStage.choices, default=ReportStage.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(db_default=TransactionNow())
    claimed_at = models.DateTimeField(null=True, blank=True, help_text="when a worker last took it up")
    finished_at = models.DateTimeField(null=True, blank=True)
    figures = models.JSONField(null=True, blank=True, help_text="frozen once; a retry uses them again")
    figures_sha256 = models.CharField(max_length=64, blank=True)
    code_version = models.CharField(max_length=60, blank=True)
    storage_name = models.CharField(max_length=100, blank=True)
    pdf_sha256 = models.CharField(max_length=64, blank=True)
    edition = models.ForeignKey(
        Edition,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="whose publication is reviewed; empty for the launch of the scheme",
    )
    window_opens = models.DateField(null=True, blank=True)
    window_closes = models.DateField(null=True, blank=True)
    row_counts = models.JSONField(default=dict, blank=True, help_text="of the tables counted, when frozen")
    tables = models.JSONField(null=True, blank=True, help_text="suppressed, as every page shows them")
    tables_sha256 = models.CharField(max_length=64, blank=True)
    stopped_reason = models.TextField(blank=True)
    publication = models.CharField(max_length=12, choices=Publication.choices, default=Publication.DRAFT)
    published_at = models.DateTimeField(null=True, blank=True)
    replaced_by = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaces"
    )

    objects = ReviewReportQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="report_period_forward", condition=Q(period_from__lte=F("period_to"))
            ),
            models.CheckConstraint(
                name="ready_report_is_whole",
                condition=~Q(status="ready")
                | (
                    ~Q(storage_name="")
                    & ~Q(pdf_sha256="")
                    & Q(figures__isnull=False, finished_at__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="stopped_report_says_why", condition=~Q(status="stopped") | ~Q(stopped_reason="")
            ),
            models.CheckConstraint(
                name="published_report_is_whole",
                condition=~Q(publication__in=["published", "replaced"])
                | Q(status="ready", tables__isnull=False, published_at__isnull=False),
            ),
            models.CheckConstraint(
                name="replaced_report_says_by_which",
                condition=Q(publication="replaced", replaced_by__isnull=False)
                | (~Q(publication="replaced") & Q(replaced_by=None)),
            ),
            models.UniqueConstraint(
                name="one_published_report",
                fields=["edition"],
                condition=Q(publication="published"),
                nulls_distinct=False,
            ),
        ]
        triggers = [
            state_machine("status", REPORT_TRANSITIONS),
            state_machine("publication", PUBLICATION_TRANSITIONS),
            pgtrigger.Trigger(
                name="frozen_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=FROZEN_STAYS,
            ),
        ]

    def __str__(self) -> str:
        return f"Review of {self.period_from:%Y-%m-%d} to {self.period_to:%Y-%m-%d}"

    @property
    def is_public(self) -> bool:
        return self.publication in {Publication.PUBLISHED, Publication.REPLACED}

    @property
    def takes_words(self) -> bool:
        """Whether its words may still change."""
        return self.tables is not None and self.publication in {
            Publication.DRAFT,
            Publication.CONSULTATION,
        }


WORDS_CLOSED = """
    IF NOT EXISTS (
        SELECT 1 FROM reviews_reviewreport report
        WHERE report.id = NEW.report_id AND report.publication IN ('draft', 'consultation')
    ) THEN
        RAISE EXCEPTION 'the words of a report that is signed off do not change';
    END IF;
    RETURN NEW;
"""


class ReportText(models.Model):
    """One version of the words of one section: the newest counts, and none is ever changed."""

    report = models.ForeignKey(ReviewReport, on_delete=models.CASCADE, related_name="texts")
    section = models.CharField(max_length=80, help_text="a key of reviews/sections.py")
    version = models.PositiveIntegerField(help_text="1 for the first words of the section")
    words = models.TextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=TransactionNow())

    class Meta:
        ordering = ["section", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["report", "section", "version"], name="report_text_version_once")
        ]
        triggers = [
            *append_only(),
            pgtrigger.Trigger(
                name="words_closed",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=WORDS_CLOSED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.section}, version {self.version}"


class ReportStep(models.Model):
    """Who took a report from one state of its publication to the next, when and why."""

    report = models.ForeignKey(ReviewReport, on_delete=models.CASCADE, related_name="steps")
    to = models.CharField(max_length=12, choices=Publication.choices)
    reason = models.TextField(blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=TransactionNow())

    class Meta:
        ordering = ["pk"]
        triggers = append_only()

    def __str__(self) -> str:
        return self.get_to_display()


class ReportComment(models.Model):
    """What a member of the panel says about a draft, as a whole or about one section."""

    report = models.ForeignKey(ReviewReport, on_delete=models.CASCADE, related_name="comments")
    section = models.CharField(max_length=80, blank=True, help_text="empty for the whole report")
    words = models.TextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=TransactionNow())

    class Meta:
        ordering = ["pk"]
        triggers = append_only()

    def __str__(self) -> str:
        return f"Comment {self.pk}"


class ReportAnswer(models.Model):
    """What DfT says to a comment, once."""

    comment = models.OneToOneField(ReportComment, on_delete=models.CASCADE, related_name="answer")
    words = models.TextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=TransactionNow())

    class Meta:
        triggers = append_only()

    def __str__(self) -> str:
        return f"Answer to comment {self.comment_id}"


class ReminderKind(models.TextChoices):
    OPENS = "opens", "The window has opened"
    CLOSES = "closes", "The window closes soon"


class ReviewReminder(models.Model):
    """Leads were told of a window, once of each kind."""

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=6, choices=ReminderKind.choices)
    sent_at = models.DateTimeField(db_default=TransactionNow())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "kind"], name="review_reminder_once", nulls_distinct=False
            )
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return self.get_kind_display()
