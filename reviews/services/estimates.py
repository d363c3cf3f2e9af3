"""Sector estimates, the denominators of take-up, from a file that somebody made in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.services import record_event
from applications.choices import FleetBand, Region, RentalModel
from reviews.models import SectorEstimate

COLUMNS = (
    "year",
    "region",
    "fleet_band",
    "rental_model",
    "companies",
    "companies_low",
    "companies_high",
    "vehicles",
    "source",
    "source_date",
)
CHOICES: dict[str, list[tuple[str, str]]] = {
    "region": Region.choices,
    "fleet_band": FleetBand.choices,
    "rental_model": RentalModel.choices,
}
MOST_COMPANIES = 1_000_000


class EstimateError(Exception):
    """What is wrong with the file, a sentence for each row and column."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@transaction.atomic
def load_sector_estimates(*, lines: Iterable[str], by: User | None) -> int:
    """Load every row, or none: EstimateError says what is wrong. Returns how many.

    A row replaces an earlier one of the same year, region, fleet band and rental model; the last three are
    empty for the whole sector.
    """
    rows = _read(lines)
    for row in rows:
        cell = {name: row.pop(name) for name in ("year", "region", "fleet_band", "rental_model")}
        estimate, _ = SectorEstimate.objects.update_or_create(**cell, defaults=row)
    record_event(
        verb="sector_estimates.loaded",
        target=estimate,
        by=by,
        data={"rows": len(rows), "source": estimate.source},
    )
    return len(rows)


def _read(lines: Iterable[str]) -> list[dict[str, Any]]:
    reader = csv.DictReader(lines)
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or [])]
    if missing:
        raise EstimateError([f"The first row must name the columns. Missing: {', '.join(missing)}."])
    problems: list[str] = []
    rows = []
    seen: dict[tuple[Any, ...], int] = {}
    for number, raw in enumerate(reader, start=2):
        row, found = _read_row(raw)
        problems += [f"Row {number}, {problem}" for problem in found]
        cell = tuple(row.get(name) for name in COLUMNS[:4])
        if cell in seen and not found:
            problems.append(f"Row {number} is for the same year and group as row {seen[cell]}.")
        seen.setdefault(cell, number)
        rows.append(row)
    if not rows:
        problems.append("The file has no rows below the names of the columns.")
    if problems:
        raise EstimateError(problems)
    return rows


def _read_row(raw: Mapping[str, str | None]) -> tuple[dict[str, Any], list[str]]:
    row: dict[str, Any] = {}
    problems = []
    for name in COLUMNS:
        typed = (raw.get(name) or "").strip()
        try:
            row[name] = _read_value(name, typed)
        except ValueError as error:
            problems.append(f"column {name}: {error}")
    if not problems and not row["companies_low"] <= row["companies"] <= row["companies_high"]:
        problems.append("column companies: it must be from companies_low to companies_high.")
    return row, problems


def _read_value(name: str, typed: str) -> Any:
    if name in CHOICES:
        return _read_choice(CHOICES[name], typed)
    if name == "source_date":
        return _read_date(typed)
    if name == "source":
        if not typed or len(typed) > 200:
            raise ValueError("say where the estimate comes from, in up to 200 characters.")
        return typed
    if name == "vehicles" and not typed:
        return None
    low, high = (2010, 2100) if name == "year" else (0, 100_000_000 if name == "vehicles" else MOST_COMPANIES)
    digits = typed.replace(",", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 12 and low <= int(digits) <= high):
        raise ValueError(
            f"{typed or 'nothing'} is not a whole number from {low} to {high:,}.".replace("2,100", "2100")
        )
    return int(digits)


def _read_choice(choices: list[tuple[str, str]], typed: str) -> str:
    for value, label in choices:
        if typed.casefold() in {value.casefold(), label.casefold()}:
            return value
    if typed:
        known = "; ".join(label for value, label in choices)
        raise ValueError(f"{typed} is not one of: {known}. Leave it empty for all.")
    return ""


def _read_date(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise ValueError(f"{typed or 'nothing'} is not a date like 2018-12-06.") from None
