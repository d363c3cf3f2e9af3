"""What Companies House said of the company number, kept for whoever decides on the application."""

from __future__ import annotations

from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import Q

from applications.models.company import Company


class LookupOutcome(models.TextChoices):
    FOUND = "found", "Found"
    NOT_FOUND = "not_found", "No company has this number"
    DOWN = "down", "Companies House could not be reached"


class CompanyLookup(models.Model):
    """The last lookup for a company. It speaks of `number`, which may no longer be the company's."""

    company = models.OneToOneField(Company, on_delete=models.CASCADE, related_name="lookup")
    number = models.CharField(max_length=8)
    outcome = models.CharField(max_length=10, choices=LookupOutcome.choices)
    name = models.CharField(max_length=200, blank=True)
    company_status = models.CharField(max_length=60, blank=True, help_text="Companies House's own word")
    kind = models.CharField(max_length=60, blank=True, help_text="Companies House's own word")
    address_line_1 = models.CharField(max_length=120, blank=True)
    address_line_2 = models.CharField(max_length=120, blank=True)
    town = models.CharField(max_length=80, blank=True)
    postcode = models.CharField(max_length=8, blank=True)
    looked_up_at = models.DateTimeField(db_default=TransactionNow())

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="lookup_found_has_name",
                condition=Q(outcome="found") & ~Q(name="")
                | Q(outcome__in=["not_found", "down"], name="", company_status="", kind=""),
            ),
            models.CheckConstraint(name="lookup_has_number", condition=~Q(number="")),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.get_outcome_display()}"
