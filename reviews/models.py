"""Does the scheme work? Frozen figures and the reports made from them."""

from __future__ import annotations

from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from accounts.transitions import Transitions, append_only, state_machine
from applications.choices import FleetBand, Region, RentalModel
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


REPORT_TRANSITIONS: Transitions = {
    ReportStatus.PENDING: {ReportStatus.RUNNING, ReportStatus.FAILED},
    # A worker that died leaves a report running: the sweeper makes it pending again.
    ReportStatus.RUNNING: {ReportStatus.READY, ReportStatus.FAILED, ReportStatus.PENDING},
    ReportStatus.FAILED: {ReportStatus.PENDING},
    ReportStatus.READY: set(),
}


class ReportStage(models.TextChoices):
    QUEUED = "queued", "Waiting for a worker"
    FREEZING = "freezing", "Freezing the figures"
    DRAWING = "drawing", "Drawing the charts"
    WRITING = "writing", "Writing the document"
    STORING = "storing", "Storing the document"
    DONE = "done", "Done"


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
        ]
        triggers = [state_machine("status", REPORT_TRANSITIONS)]

    def __str__(self) -> str:
        return f"Review of {self.period_from:%Y-%m-%d} to {self.period_to:%Y-%m-%d}"
