"""Estimates of how many companies could join: take-up needs a denominator in every group it is shown for."""

from __future__ import annotations

from datetime import date

from django.db.models import Count

from applications.choices import FleetBand, Region, RentalModel
from applications.models import Company
from reviews.models import SectorEstimate

SOURCE = "Made up for the demonstration: 1.6 companies in the sector for each that applied"


def make_estimates(today: date) -> int:
    """For this year and the one before: the whole sector, each region, fleet band and rental model."""
    total = Company.objects.count()
    cells: list[tuple[dict[str, str], int]] = [({}, total)]
    by_region = dict(Company.objects.values_list("home_region").annotate(Count("pk")).order_by())
    cells += [({"region": value}, by_region.get(value, 0)) for value in Region.values]
    by_band = dict(Company.objects.values_list("fleet_band").annotate(Count("pk")).order_by())
    cells += [({"fleet_band": value}, by_band.get(value, 0)) for value in FleetBand.values]
    for value in RentalModel.values:
        cells.append(
            ({"rental_model": value}, Company.objects.filter(rental_models__contains=[value]).count())
        )
    rows = []
    for year in (today.year - 1, today.year):
        for cell, joined in cells:
            likely = max(5, joined * 8 // 5)
            rows.append(
                SectorEstimate(
                    year=year,
                    **cell,
                    companies=likely,
                    companies_low=likely * 17 // 20,
                    companies_high=likely * 6 // 5,
                    source=SOURCE,
                    source_date=date(year, 3, 31),
                )
            )
    return len(SectorEstimate.objects.bulk_create(rows, ignore_conflicts=True))
