"""Lists of companies for the tests: made-up rows, files of them, and the work done on the spot."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from random import Random
from typing import Any

from accounts.models import User
from applications import services
from applications.enrolling.columns import COLUMNS
from applications.models import EnrolledCompany, Enrolment, TradeBody
from applications.tasks import work_on_enrolment

PLACES = ("Ottersby", "Aberllŷn", "Porthennis", "Kirkmere", "Fenstead")
REGIONS = ("Wales", "North West", "South East; London", "Scotland")
LONG = "Cwmni Llogi Cerbydau a Faniau Llanfair-y-Bryn a’r Cylch Cyfyngedig "


def row(number: int = 1, **changes: Any) -> dict[str, str]:
    """The cells of one company by column key; every company has a name and a number of its own."""
    cells = {
        "name": f"Harbwr Hire {number} Ltd",
        "legal_form": "Limited company",
        "company_number": f"{20_000_000 + number}",
        "address_line_1": f"{number} Quay Road",
        "town": PLACES[number % len(PLACES)],
        "postcode": f"ZE{number % 90 + 1} {number % 10}AA",
        "trading_names": f"Harbwr {number}; Llŷn {number}" if number % 3 == 0 else "",
        "rental_models": "From a counter or depot; Delivered to the hirer",
        "car": f"{1000 + number:,}",
        "van": str(number % 7),
        "regions": REGIONS[number % len(REGIONS)],
        "home_region": "London" if number % len(REGIONS) == 2 else "",
        "contact_name": "Siân O’Dàl",
        "contact_job_title": "Security manager",
        "contact_email": f"sian.{number}@example.com",
        "contact_telephone": "+44 (0)1632 960123",
        "reference": f"M-{number:05}",
    }
    return {key: value for key, value in (cells | changes).items() if value}


def rows(count: int, start: int = 1) -> list[tuple[int, dict[str, str]]]:
    """Numbered as in a file: the first company is on row 2."""
    return [(place, row(start + place - 2)) for place in range(2, count + 2)]


def as_csv(cells: Iterable[Mapping[str, str]], *, delimiter: str = ",", keys: list[str] | None = None) -> str:
    columns = [column for column in COLUMNS if keys is None or column.key in keys]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow([column.header for column in columns])
    for each in cells:
        writer.writerow([each.get(column.key, "") for column in columns])
    return text.getvalue()


def receive(body: TradeBody, by: User, given: list[tuple[int, dict[str, str]]]) -> Enrolment:
    """Sent, and checked on the spot."""
    enrolment, _ = services.receive_enrolment(body=body, rows=given, file_name="members.csv", by=by)
    return work(enrolment)


def work(enrolment: Enrolment) -> Enrolment:
    work_on_enrolment(enrolment.pk)
    enrolment.refresh_from_db()
    return enrolment


def enrol(body: TradeBody, by: User, given: list[tuple[int, dict[str, str]]]) -> Enrolment:
    """Checked and enrolled on the spot, rows with faults left out."""
    enrolment = receive(body, by, given)
    services.start_import(enrolment=enrolment, leave_out_faulty=True, by=by)
    return work(enrolment)


def enrolled(body: TradeBody, by: User, **changes: Any) -> EnrolledCompany:
    """One company, enrolled as new unless it is here already."""
    enrolment = enrol(body, by, [(2, row(**changes))])
    return EnrolledCompany.objects.get(rows__enrolment=enrolment)


# --- Faults at places that are known --------------------------------------------------------------

FAULTS: tuple[tuple[str, str], ...] = (
    ("name", ""),
    ("legal_form", "Charity"),
    ("company_number", "12345678901"),
    ("address_line_1", ""),
    ("town", ""),
    ("postcode", "ZE1"),
    ("rental_models", "By boat"),
    ("car", "twelve"),
    ("regions", "Atlantis"),
    ("home_region", "The moon"),
    ("contact_name", ""),
    ("contact_job_title", ""),
    ("contact_email", "sian at example.com"),
    ("contact_telephone", "999"),
    ("van", "-3"),
)


def faulty_rows(count: int, faults: int, seed: int) -> tuple[list[dict[str, str]], set[tuple[int, str]]]:
    """`count` rows of which `faults` have one fault each, and where: (row in the file, column key)."""
    rng = Random(seed)
    made = [row(number) for number in range(1, count + 1)]
    places = set()
    for place, index in enumerate(sorted(rng.sample(range(count), faults))):
        key, value = FAULTS[place % len(FAULTS)]
        made[index][key] = value
        places.add((index + 2, key))
    return made, places
