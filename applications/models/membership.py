from __future__ import annotations

from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from accounts.transitions import Transitions, append_only, state_machine
from applications.models.application import Application, MembershipOrigin
from applications.models.company import Company, TradeBody
from applications.querysets import MembershipQuerySet, RenewalQuerySet


class MembershipStatus(models.TextChoices):
    ACTIVE = "active", "Member"
    SUSPENDED = "suspended", "Suspended"
    LAPSED = "lapsed", "Lapsed"
    REMOVED = "removed", "Removed"
    RESIGNED = "resigned", "Resigned"


MEMBERSHIP_TRANSITIONS: Transitions = {
    MembershipStatus.ACTIVE: {
        MembershipStatus.SUSPENDED,
        MembershipStatus.LAPSED,
        MembershipStatus.REMOVED,
        MembershipStatus.RESIGNED,
    },
    # It does not lapse: a company that renews after a lapse would undo its suspension.
    MembershipStatus.SUSPENDED: {
        MembershipStatus.ACTIVE,
        MembershipStatus.REMOVED,
        MembershipStatus.RESIGNED,
    },
    MembershipStatus.LAPSED: {MembershipStatus.ACTIVE, MembershipStatus.REMOVED, MembershipStatus.RESIGNED},
    MembershipStatus.REMOVED: set(),
    MembershipStatus.RESIGNED: set(),
}

# A company is in the scheme while its membership is in one of these.
CURRENT_STATUSES = (MembershipStatus.ACTIVE, MembershipStatus.SUSPENDED)


class Membership(models.Model):
    number = models.CharField(max_length=12, unique=True, help_text="RVSS-000123, given in order of joining")
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="memberships")
    application = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="membership")
    status = models.CharField(
        max_length=10, choices=MembershipStatus.choices, default=MembershipStatus.ACTIVE
    )
    origin = models.CharField(max_length=10, choices=MembershipOrigin.choices, default=MembershipOrigin.DFT)
    partner = models.ForeignKey(
        TradeBody, null=True, blank=True, on_delete=models.PROTECT, related_name="memberships"
    )
    is_listed = models.BooleanField(help_text="the company agreed to be named on the public register")
    started_on = models.DateField()
    renewal_due_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        indexes = [
            models.Index(fields=["status", "started_on"], name="membership_by_status"),
            models.Index(fields=["renewal_due_on", "id"], name="membership_renewal_first"),
            models.Index(
                fields=["company"], name="register_listed", condition=Q(status="active", is_listed=True)
            ),
            models.Index(
                fields=["renewal_due_on"],
                name="membership_renewals",
                condition=Q(status__in=["active", "suspended"]),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["company"],
                condition=Q(status__in=["active", "suspended", "lapsed"]),
                name="one_current_membership_per_company",
            ),
            models.CheckConstraint(
                name="membership_ended_has_date",
                condition=Q(status__in=["removed", "resigned"], ended_on__isnull=False)
                | (~Q(status__in=["removed", "resigned"]) & Q(ended_on__isnull=True)),
            ),
            models.CheckConstraint(
                name="membership_partner_with_origin",
                condition=Q(origin="partner", partner__isnull=False) | Q(origin="dft", partner__isnull=True),
            ),
        ]
        triggers = [state_machine("status", MEMBERSHIP_TRANSITIONS)]

    def __str__(self) -> str:
        return self.number


class MembershipEventKind(models.TextChoices):
    STARTED = "started", "Membership started"
    RENEWED = "renewed", "Renewed"
    SUSPENDED = "suspended", "Suspended"
    REINSTATED = "reinstated", "Reinstated"
    LAPSED = "lapsed", "Lapsed"
    REMOVED = "removed", "Removed from the scheme"
    RESIGNED = "resigned", "Resigned"


class ResignationReason(models.TextChoices):
    NO_LONGER_HIRES = "no_longer_hires", "The company no longer hires out vehicles to consumers"
    SOLD = "sold", "The business was sold or has joined another company"
    CLOSING = "closing", "The company is closing"
    TOO_MUCH_WORK = "too_much_work", "Meeting the Code of Practice takes too much time or money"
    OTHER = "other", "Another reason"


class MembershipEvent(models.Model):
    """What became of a membership, once each: written with the change, counted by day, never changed.

    The audit record has the same changes among everything else; these rows are what people read as the
    history of a membership and what figures of joining, suspension and leaving are counted from.
    """

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=10, choices=MembershipEventKind.choices)
    day = models.DateField(help_text="the day on which it took effect, in London")
    at = models.DateTimeField(db_default=TransactionNow())
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reason_code = models.CharField(max_length=20, blank=True, choices=ResignationReason.choices)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["day", "pk"]
        indexes = [
            models.Index(fields=["membership", "day", "id"], name="event_by_membership"),
            models.Index(fields=["kind", "day"], name="event_by_kind_and_day"),
        ]
        constraints = [
            models.CheckConstraint(
                name="membership_event_has_who",
                condition=Q(by__isnull=False) | Q(kind__in=["started", "lapsed"]),
            ),
            models.CheckConstraint(
                name="membership_event_has_why",
                condition=~Q(reason="") | Q(kind__in=["started", "renewed"]) | ~Q(reason_code=""),
            ),
            models.CheckConstraint(
                name="reason_code_of_resignation_only",
                condition=Q(reason_code="") | Q(kind="resigned"),
            ),
            models.UniqueConstraint(
                fields=["membership"], condition=Q(kind="started"), name="membership_starts_once"
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.get_kind_display()} on {self.day}"


class Renewal(models.Model):
    """One year's renewal: opened some time before it is due, reminded of, and done or not.

    `reminded` is the last reminder that went out, in days before the due date; 0 is the word on that day.
    """

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="renewals")
    due_on = models.DateField()
    opened_at = models.DateTimeField(db_default=TransactionNow())
    reminded = models.PositiveSmallIntegerField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    lapsed_on = models.DateField(
        null=True, blank=True, help_text="when the membership lapsed for want of this renewal"
    )
    completed_at = models.DateTimeField(null=True, blank=True)
    completed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    next_due_on = models.DateField(null=True, blank=True)
    declaration = models.OneToOneField(
        "applications.Declaration",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="renewal",
    )

    objects = RenewalQuerySet.as_manager()

    class Meta:
        ordering = ["-due_on"]
        indexes = [
            models.Index(fields=["membership"], name="renewal_lapsed", condition=Q(lapsed_on__isnull=False))
        ]
        constraints = [
            models.UniqueConstraint(fields=["membership", "due_on"], name="one_renewal_a_year"),
            models.UniqueConstraint(
                fields=["membership"], condition=Q(completed_at__isnull=True), name="one_open_renewal"
            ),
            models.CheckConstraint(
                name="renewal_reminded_with_when",
                condition=Q(reminded__isnull=True, reminded_at__isnull=True)
                | Q(reminded__isnull=False, reminded__in=[60, 30, 7, 0], reminded_at__isnull=False),
            ),
            models.CheckConstraint(
                name="renewal_lapses_after_due_date",
                condition=Q(lapsed_on__isnull=True) | Q(lapsed_on__gt=F("due_on")),
            ),
            models.CheckConstraint(
                name="renewal_completed_with_who_when_what",
                condition=Q(completed_at__isnull=True, completed_by__isnull=True, next_due_on__isnull=True)
                | Q(
                    completed_at__isnull=False,
                    completed_by__isnull=False,
                    next_due_on__isnull=False,
                    next_due_on__gt=F("due_on"),
                    declaration__isnull=False,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"Renewal of {self.membership_id} due on {self.due_on}"
