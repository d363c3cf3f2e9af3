"""What ties the department's people to companies, what they can check, and what they declared in a case."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from accounts.transitions import append_only
from applications.choices import RentalModel, VehicleClass
from applications.models import Company, TradeBody
from assurance.models.check import PlanCheck
from assurance.querysets import BarOverrideQuerySet, ConflictDeclarationQuerySet, StaffInterestQuerySet
from codeofpractice.models import Edition


class InterestKind(models.TextChoices):
    EMPLOYER = "employer", "Worked for a company, or works for it"
    ADVISER = "adviser", "Advised a company"
    TRADE_BODY = "trade_body", "Worked for a trade body, or belongs to it"


class BarKind(models.TextChoices):
    """Why a person cannot work on a company's check."""

    ONESELF = "oneself", "Acts for the company"
    EMPLOYER = "employer", "Same employer"
    TRADE_BODY = "trade_body", "Same trade body"
    ADVISER = "adviser", "Earlier adviser"
    MAIL_DOMAIN = "mail_domain", "Same email domain"
    DECLARED = "declared", "Declared conflict"


# Nobody checks the plan of a company for which they act, whoever allows it.
OVERRIDABLE = frozenset(BarKind) - {BarKind.ONESELF}


def only_ended(*ending: str) -> pgtrigger.Trigger:
    """Refuses every change of a row but that it is ended, once. Like `append_only`, raw SQL included."""
    as_before = " ".join(f"NEW.{column} = OLD.{column};" for column in ending)
    return pgtrigger.Trigger(
        name="only_ended",
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        declare=[("ended", "RECORD")],
        func=f"""
            IF TG_OP = 'DELETE' OR OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL THEN
                RAISE EXCEPTION 'such a row is ended, once, and neither changed nor deleted';
            END IF;
            ended = NEW;
            {as_before}
            IF NEW IS DISTINCT FROM OLD THEN
                RAISE EXCEPTION 'such a row is ended, and not changed';
            END IF;
            RETURN ended;
        """,
    )


class StaffInterest(models.Model):
    """A tie of an assurer or lead to a company or trade body, present or past.

    A company that is not in the service is known by its name, and compared by `name_key`: it may join later.
    `until` says when the tie itself was over, which bars all the same; `ended_at`, that it counts no more.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="interests")
    kind = models.CharField(max_length=10, choices=InterestKind.choices)
    company = models.ForeignKey(Company, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    trade_body = models.ForeignKey(
        TradeBody, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField(max_length=200, blank=True, help_text="of a company that is not in the service")
    name_key = models.CharField(
        max_length=200, blank=True, help_text="the name as duplicates.name_key has it"
    )
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=TransactionNow())
    reason = models.TextField(blank=True, help_text="why somebody else recorded it")
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_reason = models.TextField(blank=True)

    objects = StaffInterestQuerySet.as_manager()

    class Meta:
        ordering = ["user", "-pk"]
        indexes = [
            models.Index(fields=["name_key"], name="interest_by_name", condition=Q(ended_at__isnull=True)),
        ]
        constraints = [
            models.CheckConstraint(
                name="interest_in_one_thing",
                condition=Q(kind="trade_body", trade_body__isnull=False, company__isnull=True, name="")
                | (
                    Q(kind__in=["employer", "adviser"], trade_body__isnull=True)
                    & (Q(company__isnull=False, name="") | (Q(company__isnull=True) & ~Q(name="")))
                ),
            ),
            models.CheckConstraint(
                name="interest_named_with_key",
                condition=Q(name="", name_key="") | ~(Q(name="") | Q(name_key="")),
            ),
            models.CheckConstraint(
                name="interest_ends_after_start",
                condition=Q(since__isnull=True) | Q(until__isnull=True) | Q(until__gte=F("since")),
            ),
            models.CheckConstraint(
                name="interest_of_another_has_reason", condition=Q(recorded_by=F("user")) | ~Q(reason="")
            ),
            models.CheckConstraint(
                name="interest_ended_by_at_and_why",
                condition=Q(ended_by__isnull=True, ended_at__isnull=True, ended_reason="")
                | (Q(ended_by__isnull=False, ended_at__isnull=False) & ~Q(ended_reason="")),
            ),
        ]
        triggers = [only_ended("ended_by_id", "ended_at", "ended_reason")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.about}"

    @property
    def record_label(self) -> str:
        return f"Interest {self.pk} ({self.kind})"

    @property
    def about(self) -> str:
        return str(self.company or self.trade_body or self.name)

    @property
    def period(self) -> str:
        """From May 2015 until June 2019; empty when no date is known."""
        since = f"from {self.since:%B %Y}" if self.since else ""
        until = f"until {self.until:%B %Y}" if self.until else ""
        words = " ".join(part for part in (since, until) if part)
        return words[:1].upper() + words[1:]


class AssurerSkills(models.Model):
    """What an assurer can check, and how many checks at once. Without a row nothing is known of either."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="skills")
    rental_models = ArrayField(
        models.CharField(max_length=20, choices=RentalModel.choices), default=list, blank=True
    )
    vehicle_classes = ArrayField(
        models.CharField(max_length=12, choices=VehicleClass.choices), default=list, blank=True
    )
    editions = models.ManyToManyField(Edition, blank=True, related_name="+")
    capacity = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="open checks at most; without a number there is no limit"
    )

    class Meta:
        verbose_name_plural = "skills of assurers"

    def __str__(self) -> str:
        return f"Skills of person {self.user_id}"


class ConflictDeclaration(models.Model):
    """What a person declared before they opened anything of a plan. The newest one of a check counts."""

    check_of = models.ForeignKey(PlanCheck, on_delete=models.PROTECT, related_name="declarations")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    has_conflict = models.BooleanField()
    details = models.TextField(blank=True)
    at = models.DateTimeField(db_default=TransactionNow())

    objects = ConflictDeclarationQuerySet.as_manager()

    class Meta:
        ordering = ["check_of", "pk"]
        indexes = [
            models.Index(fields=["user", "check_of", "-id"], name="declaration_by_person"),
            models.Index(
                fields=["user", "check_of"], name="declared_conflict", condition=Q(has_conflict=True)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="conflict_has_details", condition=Q(has_conflict=False) | ~Q(details="")
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{'Conflict' if self.has_conflict else 'No conflict'} declared in {self.check_of}"


class BarOverride(models.Model):
    """A lead lets a person work on a check in spite of bars that are named. Ended, it counts no more."""

    check_of = models.ForeignKey(PlanCheck, on_delete=models.PROTECT, related_name="overrides")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    bars = ArrayField(models.CharField(max_length=12, choices=BarKind.choices))
    reason = models.TextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=TransactionNow())
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_reason = models.TextField(blank=True)

    objects = BarOverrideQuerySet.as_manager()

    class Meta:
        ordering = ["check_of", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["check_of", "user"], condition=Q(ended_at__isnull=True), name="one_standing_override"
            ),
            models.CheckConstraint(name="override_by_another_person", condition=~Q(by=F("user"))),
            models.CheckConstraint(name="override_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="override_of_some_bars",
                condition=Q(bars__len__gt=0) & ~Q(bars__contains=["oneself"]),
            ),
            models.CheckConstraint(
                name="override_ended_by_at_and_why",
                condition=Q(ended_by__isnull=True, ended_at__isnull=True, ended_reason="")
                | (Q(ended_by__isnull=False, ended_at__isnull=False) & ~Q(ended_reason="")),
            ),
        ]
        triggers = [only_ended("ended_by_id", "ended_at", "ended_reason")]

    def __str__(self) -> str:
        return f"Override of {len(self.bars)} bars in {self.check_of}"

    @property
    def in_words(self) -> str:
        return ", ".join(BarKind(kind).label for kind in self.bars)
