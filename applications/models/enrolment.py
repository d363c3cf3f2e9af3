"""Companies that an approved partner enrols: the file, its rows and faults, and what became of each."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from accounts.transitions import Transitions, state_machine
from applications.models.company import Company, TradeBody
from applications.querysets import EnrolledCompanyQuerySet, EnrolmentQuerySet


class EnrolmentStatus(models.TextChoices):
    CHECKING = "checking", "Being checked"
    READY = "ready", "No faults"
    FAULTY = "faulty", "Faults found"
    IMPORTING = "importing", "Being enrolled"
    DONE = "done", "Enrolled"
    FAILED = "failed", "Stopped by an error"
    WITHDRAWN = "withdrawn", "Withdrawn"


ENROLMENT_TRANSITIONS: Transitions = {
    EnrolmentStatus.CHECKING: {
        EnrolmentStatus.READY,
        EnrolmentStatus.FAULTY,
        EnrolmentStatus.FAILED,
        EnrolmentStatus.WITHDRAWN,
    },
    EnrolmentStatus.READY: {EnrolmentStatus.IMPORTING, EnrolmentStatus.WITHDRAWN},
    EnrolmentStatus.FAULTY: {EnrolmentStatus.IMPORTING, EnrolmentStatus.WITHDRAWN},
    EnrolmentStatus.IMPORTING: {EnrolmentStatus.DONE, EnrolmentStatus.FAILED},
    # Tried again it goes on where it stopped: with the check, or with the enrolling.
    EnrolmentStatus.FAILED: {EnrolmentStatus.CHECKING, EnrolmentStatus.IMPORTING},
    EnrolmentStatus.DONE: set(),
    EnrolmentStatus.WITHDRAWN: set(),
}
WORKING = (EnrolmentStatus.CHECKING, EnrolmentStatus.IMPORTING)


class EnrolmentSource(models.TextChoices):
    FILE = "file", "File"
    API = "api", "API"


class Enrolment(models.Model):
    """One list of companies that a partner sent: checked first, enrolled when the partner says so.

    The file itself is not kept. Its rows are, as they were written.
    """

    body = models.ForeignKey(TradeBody, on_delete=models.PROTECT, related_name="enrolments")
    source = models.CharField(max_length=4, choices=EnrolmentSource.choices, default=EnrolmentSource.FILE)
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64, help_text="of what was sent, by which it is known again")
    status = models.CharField(
        max_length=10, choices=EnrolmentStatus.choices, default=EnrolmentStatus.CHECKING
    )
    ignored_columns = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    sent_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(db_default=TransactionNow())
    row_count = models.PositiveIntegerField()
    checked_count = models.PositiveIntegerField(default=0)
    faulty_count = models.PositiveIntegerField(default=0, help_text="rows with at least one fault")
    imported_count = models.PositiveIntegerField(default=0)
    import_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    import_at = models.DateTimeField(null=True, blank=True, help_text="when the partner said so")
    done_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="tasks begun since it last went on")
    worked_at = models.DateTimeField(db_default=TransactionNow(), help_text="when it last went on")
    last_error = models.TextField(blank=True)
    withdrawn_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True, help_text="why it was withdrawn")

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["body", "-id"], name="enrolment_by_body"),
            models.Index(
                fields=["worked_at"],
                name="enrolment_working",
                condition=Q(status__in=["checking", "importing"]),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["body", "sha256"], condition=~Q(status="withdrawn"), name="same_list_sent_once"
            ),
            models.CheckConstraint(name="enrolment_has_rows", condition=Q(row_count__gt=0)),
            models.CheckConstraint(
                name="enrolment_counts_add_up",
                condition=Q(checked_count__lte=F("row_count"), faulty_count__lte=F("checked_count"))
                & Q(imported_count__lte=F("row_count") - F("faulty_count")),
            ),
            models.CheckConstraint(
                name="enrolment_imported_by_and_at",
                condition=Q(import_by__isnull=True, import_at__isnull=True)
                | Q(import_by__isnull=False, import_at__isnull=False),
            ),
            models.CheckConstraint(
                name="enrolment_importing_has_who",
                condition=~Q(status__in=["importing", "done"]) | Q(import_by__isnull=False),
            ),
            models.CheckConstraint(
                name="enrolment_done_has_time",
                condition=Q(status="done", done_at__isnull=False)
                | (~Q(status="done") & Q(done_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="enrolment_withdrawn_with_who_when_why",
                condition=(
                    Q(status="withdrawn", withdrawn_by__isnull=False, withdrawn_at__isnull=False)
                    & ~Q(reason="")
                )
                | (
                    ~Q(status="withdrawn")
                    & Q(withdrawn_by__isnull=True, withdrawn_at__isnull=True, reason="")
                ),
            ),
        ]
        triggers = [state_machine("status", ENROLMENT_TRANSITIONS)]

    def __str__(self) -> str:
        return f"Enrolment {self.pk}"

    @property
    def good_count(self) -> int:
        return self.row_count - self.faulty_count

    @property
    def is_working(self) -> bool:
        return self.status in WORKING

    @property
    def progress(self) -> tuple[int, int]:
        """How many rows are done, of how many, in the work that is under way."""
        if self.import_at:
            return self.imported_count, self.good_count
        return self.checked_count, self.row_count


class EnrolledKind(models.TextChoices):
    NEW = "new", "Enrolled by the partner"
    LINK = "link", "Was in the service before"


class EnrolledStatus(models.TextChoices):
    UNCONFIRMED = "unconfirmed", "Enrolled, not confirmed"
    ASKED = "asked", "Asked, no answer yet"
    WITH_DFT = "with_dft", "Confirmed, with DfT"
    MEMBER = "member", "Member"
    LINKED = "linked", "Linked"
    DECLINED = "declined", "Declined by the company"
    REFUSED = "refused", "Not accepted by DfT"
    WITHDRAWN = "withdrawn", "Withdrawn by the partner"
    EXPIRED = "expired", "Not confirmed within a year"


ENROLLED_TRANSITIONS: Transitions = {
    EnrolledStatus.UNCONFIRMED: {
        EnrolledStatus.WITH_DFT,
        EnrolledStatus.MEMBER,
        EnrolledStatus.DECLINED,
        EnrolledStatus.REFUSED,
        EnrolledStatus.WITHDRAWN,
        EnrolledStatus.EXPIRED,
    },
    EnrolledStatus.WITH_DFT: {
        EnrolledStatus.MEMBER,
        EnrolledStatus.DECLINED,
        EnrolledStatus.REFUSED,
        EnrolledStatus.WITHDRAWN,
    },
    EnrolledStatus.ASKED: {EnrolledStatus.LINKED, EnrolledStatus.DECLINED, EnrolledStatus.WITHDRAWN},
    # Sent again, in another file.
    EnrolledStatus.WITHDRAWN: {EnrolledStatus.UNCONFIRMED, EnrolledStatus.ASKED},
    EnrolledStatus.EXPIRED: {EnrolledStatus.UNCONFIRMED, EnrolledStatus.ASKED},
    EnrolledStatus.MEMBER: set(),
    EnrolledStatus.LINKED: set(),
    EnrolledStatus.DECLINED: set(),
    # A rejection that is set aside puts the application back with DfT.
    EnrolledStatus.REFUSED: {EnrolledStatus.WITH_DFT},
}
# What the partner may take back.
UNSETTLED = (EnrolledStatus.UNCONFIRMED, EnrolledStatus.WITH_DFT, EnrolledStatus.ASKED)
# What begins again when the partner sends the company in another file.
TAKEN_BACK = (EnrolledStatus.WITHDRAWN, EnrolledStatus.EXPIRED)


class EnrolledCompany(models.Model):
    """A company that a partner says is its member, and whether the company has confirmed that.

    Name, number and address are the partner's own words: of a company that was in the service before, the
    partner sees nothing else.
    """

    body = models.ForeignKey(TradeBody, on_delete=models.PROTECT, related_name="enrolled")
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="enrolled")
    kind = models.CharField(max_length=4, choices=EnrolledKind.choices)
    status = models.CharField(max_length=12, choices=EnrolledStatus.choices)
    name = models.CharField(max_length=200)
    company_number = models.CharField(max_length=8, blank=True)
    reference = models.CharField(max_length=40, blank=True, help_text="the partner's own")
    email = models.EmailField("address that was invited", help_text="in lower case")
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="companies")
    enrolled_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    enrolled_at = models.DateTimeField(db_default=TransactionNow())
    reminders = models.PositiveSmallIntegerField(default=0)
    reminded_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="nobody when the service did",
    )
    settled_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)

    objects = EnrolledCompanyQuerySet.as_manager()

    class Meta:
        verbose_name = "enrolled company"
        verbose_name_plural = "enrolled companies"
        ordering = ["name", "pk"]
        indexes = [
            models.Index(fields=["body", "name", "id"], name="enrolled_by_name"),
            models.Index(fields=["body", "status", "name", "id"], name="enrolled_by_status"),
            models.Index(
                fields=["enrolled_at"],
                name="enrolled_unsettled",
                condition=Q(status__in=["unconfirmed", "asked"]),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["body", "company"], name="enrolled_once_by_a_body"),
            models.UniqueConstraint(
                fields=["company"],
                condition=Q(kind="new", status__in=["unconfirmed", "with_dft", "member"]),
                name="enrolled_as_new_by_one_body",
            ),
            models.CheckConstraint(
                name="enrolled_status_of_its_kind",
                condition=Q(
                    kind="new", status__in=["unconfirmed", "with_dft", "member", "refused", "expired"]
                )
                | Q(kind="link", status__in=["asked", "linked"])
                | Q(status__in=["declined", "withdrawn"]),
            ),
            models.CheckConstraint(
                name="enrolled_settled_has_time",
                condition=Q(status__in=["unconfirmed", "asked", "with_dft"], settled_at__isnull=True)
                | (~Q(status__in=["unconfirmed", "asked", "with_dft"]) & Q(settled_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="enrolled_taken_back_with_who_why",
                condition=~Q(status__in=["declined", "refused", "withdrawn"])
                | (Q(settled_by__isnull=False) & ~Q(reason="")),
            ),
            models.CheckConstraint(
                name="enrolled_reminded_with_when",
                condition=Q(reminders=0, reminded_at__isnull=True)
                | Q(reminders__gt=0, reminded_at__isnull=False),
            ),
        ]
        triggers = [state_machine("status", ENROLLED_TRANSITIONS)]

    def __str__(self) -> str:
        return self.name


class RowOutcome(models.TextChoices):
    """What is known of a row. Whether a company is here already is found out when it is enrolled only:
    a check would tell who is in the service, and those who are would not hear that somebody asked."""

    UNCHECKED = "unchecked", "Not checked yet"
    FAULTY = "faulty", "Has faults"
    READY = "ready", "No faults"
    NEW = "new", "Enrolled, not confirmed"
    ASKED = "asked", "In the service already, asked"
    KNOWN = "known", "Enrolled before"
    SKIPPED = "skipped", "Left out"


class EnrolmentRow(models.Model):
    """One row as it was written, and what came of it. The answers themselves are the company's rows."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField(help_text="as a spreadsheet counts: the first line is 1")
    cells: Any = models.JSONField(help_text="what was written, by column; shown, and read by enrolling.rows")
    # What rows are compared by, once they are checked.
    name = models.CharField(max_length=200, blank=True)
    company_number = models.CharField(max_length=8, blank=True)
    match_key = models.CharField(max_length=220, blank=True)
    outcome = models.CharField(max_length=10, choices=RowOutcome.choices, default=RowOutcome.UNCHECKED)
    reason = models.CharField(max_length=300, blank=True, help_text="why it was left out")
    enrolled = models.ForeignKey(
        EnrolledCompany, null=True, blank=True, on_delete=models.PROTECT, related_name="rows"
    )
    imported_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        indexes = [
            models.Index(fields=["enrolment", "outcome", "number"], name="row_by_outcome"),
            models.Index(fields=["enrolment", "company_number"], name="row_by_company_number"),
            models.Index(fields=["enrolment", "match_key"], name="row_by_match_key"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "number"], name="row_once"),
            models.CheckConstraint(
                name="row_imported_with_outcome",
                condition=Q(imported_at__isnull=True, outcome__in=["unchecked", "faulty", "ready"])
                | Q(imported_at__isnull=False, outcome__in=["new", "asked", "known", "skipped"]),
            ),
            models.CheckConstraint(
                name="row_enrolled_has_company",
                condition=~Q(outcome__in=["new", "asked", "known"]) | Q(enrolled__isnull=False),
            ),
            models.CheckConstraint(
                name="row_left_out_has_reason", condition=~Q(outcome="skipped") | ~Q(reason="")
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


class EnrolmentProblem(models.Model):
    """One fault: where it is, and in words what is wrong and how to put it right."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="problems")
    row = models.ForeignKey(EnrolmentRow, on_delete=models.CASCADE, related_name="problems")
    column = models.CharField(max_length=40, blank=True, help_text="key of the column; empty: the whole row")
    place = models.PositiveSmallIntegerField(help_text="of the column among the columns")
    written = models.CharField(max_length=200, blank=True)
    text = models.CharField(max_length=300)

    class Meta:
        ordering = ["row__number", "place"]
        indexes = [models.Index(fields=["enrolment", "id"], name="problem_by_enrolment")]
        constraints = [models.UniqueConstraint(fields=["row", "column"], name="one_problem_a_cell")]

    def __str__(self) -> str:
        return f"{self.column} of row {self.row_id}"
