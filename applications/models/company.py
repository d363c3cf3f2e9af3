"""The hire company, its people and its facts. Facts are rows, because figures are counted from them."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import TransactionNow
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models.functions import Upper

from accounts.models import User
from applications.choices import COMMERCIAL_CLASSES, FleetBand, LegalForm, Region, RentalModel, VehicleClass
from applications.querysets import CompanyQuerySet


class TradeBody(models.Model):
    name = models.CharField(max_length=150, unique=True)
    is_partner = models.BooleanField(
        default=False, help_text="approved partner: enrols and checks its members"
    )
    people = models.ManyToManyField(User, blank=True, related_name="trade_bodies")

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "trade bodies"

    def __str__(self) -> str:
        return self.name


class Company(models.Model):
    """A vehicle hire company and its facts as they stand now; what was signed is in Declaration."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField("registered or business name", max_length=200)
    legal_form = models.CharField(max_length=20, choices=LegalForm.choices, blank=True)
    company_number = models.CharField("Companies House number", max_length=8, blank=True)
    address_line_1 = models.CharField(max_length=120, blank=True)
    address_line_2 = models.CharField(max_length=120, blank=True)
    town = models.CharField("town or city", max_length=80, blank=True)
    postcode = models.CharField(max_length=8, blank=True)
    rental_models = ArrayField(
        models.CharField(max_length=20, choices=RentalModel.choices), default=list, blank=True
    )
    regions = ArrayField(models.CharField(max_length=3, choices=Region.choices), default=list, blank=True)
    home_region = models.CharField(
        max_length=3,
        choices=Region.choices,
        blank=True,
        help_text="region of the main office; figures by region use it",
    )
    trade_bodies = models.ManyToManyField(TradeBody, blank=True, related_name="companies")
    no_trade_body = models.BooleanField(default=False, help_text="answered: belongs to none")
    no_trading_names = models.BooleanField(default=False, help_text="answered: trades under no other name")
    no_deputy_reason = models.TextField(blank=True, help_text="why the security contact has no deputy")
    fleet_size = models.PositiveIntegerField(
        default=0, help_text="sum of the fleet counts, kept by set_fleet"
    )
    fleet_band = models.CharField(max_length=10, choices=FleetBand.choices, blank=True)
    search_terms = models.TextField(
        blank=True, help_text="names, number, town and postcode, kept by the services"
    )
    match_key = models.CharField(
        max_length=220,
        blank=True,
        editable=False,
        help_text="name and postcode as duplicates.match_key writes them, kept by the services",
    )
    search = models.GeneratedField(
        expression=SearchVector("search_terms", config="simple"),
        output_field=SearchVectorField(),
        db_persist=True,
    )
    created_at = models.DateTimeField(db_default=TransactionNow())

    objects = CompanyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "companies"
        ordering = ["name"]
        indexes = [
            GinIndex(fields=["search"], name="company_search"),
            GinIndex(fields=["rental_models"], name="company_rental_models"),
            models.Index(fields=["name", "id"], name="company_by_name"),
            models.Index(Upper("company_number"), name="company_by_number"),
            models.Index(fields=["postcode"], name="company_by_postcode"),
            models.Index(fields=["home_region", "id"], name="company_by_home_region"),
            models.Index(fields=["match_key"], name="company_by_match_key"),
        ]
        constraints = [
            models.CheckConstraint(
                name="company_number_form",
                condition=models.Q(company_number="")
                | models.Q(company_number__regex=r"^([0-9]{8}|[A-Z]{2}[0-9]{6}|R[0-9]{7})$"),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def hires_commercial_vehicles(self) -> bool:
        return any(row.vehicle_class in COMMERCIAL_CLASSES and row.vehicles for row in self.fleet.all())


class TradingName(models.Model):
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="trading_names")
    name = models.CharField(max_length=200)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["company", "name"], name="trading_name_once")]

    def __str__(self) -> str:
        return self.name


class FleetCount(models.Model):
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="fleet")
    vehicle_class = models.CharField(max_length=12, choices=VehicleClass.choices)
    vehicles = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "vehicle_class"], name="fleet_class_once")]

    def __str__(self) -> str:
        return f"{self.vehicles} {self.get_vehicle_class_display().lower()}"


class Site(models.Model):
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="sites")
    name = models.CharField(max_length=120)
    postcode = models.CharField(max_length=8)

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return f"{self.name}, {self.postcode}"


class PersonLevel(models.TextChoices):
    OWNER = "owner", "Owner"
    EDITOR = "editor", "Editor"
    VIEWER = "viewer", "Viewer"


class CompanyPerson(models.Model):
    """A person who acts for a company. One person may act for several."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="people")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="companies")
    level = models.CharField(max_length=10, choices=PersonLevel.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "user"], name="person_once_in_company")]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_level_display().lower()})"
