from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.transitions import Transitions, state_machine
from applications.models.application import Application
from applications.models.company import Company, TradeBody
from applications.querysets import MembershipQuerySet


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
    MembershipStatus.SUSPENDED: {
        MembershipStatus.ACTIVE,
        MembershipStatus.LAPSED,
        MembershipStatus.REMOVED,
        MembershipStatus.RESIGNED,
    },
    MembershipStatus.LAPSED: {MembershipStatus.ACTIVE, MembershipStatus.REMOVED, MembershipStatus.RESIGNED},
    MembershipStatus.REMOVED: set(),
    MembershipStatus.RESIGNED: set(),
}

# A company is in the scheme while its membership is in one of these.
CURRENT_STATUSES = (MembershipStatus.ACTIVE, MembershipStatus.SUSPENDED)


class MembershipOrigin(models.TextChoices):
    DFT = "dft", "Applied to DfT"
    PARTNER = "partner", "Enrolled by an approved partner"


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
            models.Index(
                fields=["company"], name="register_listed", condition=Q(status="active", is_listed=True)
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
