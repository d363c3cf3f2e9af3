"""The columns of an enrolment: what a partner says of each company."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from applications.choices import LegalForm, Region, RentalModel, VehicleClass
from applications.enrolling.cells import (
    REGIONS,
    RENTAL_MODELS,
    labels_of,
    read_count,
    read_email,
    read_legal_form,
    read_line,
    read_number,
    read_postcode,
    read_region,
    read_several,
    read_telephone,
    read_trading_names,
)

WHOLE_ROW = ""  # the key of what belongs to no column: cells beyond the last one


@dataclass(frozen=True)
class Column:
    key: str
    header: str
    hint: str
    example: str
    read: Callable[[str], Any]
    enter: str = ""  # what is asked for when a cell that must be filled in is empty
    words: tuple[str, ...] = ()  # what may stand in it
    aliases: tuple[str, ...] = ()

    @property
    def required(self) -> bool:
        return bool(self.enter)


LIST_HINT = "With semicolons between them"


def _fleet_column(value: str, header: str, example: str, *aliases: str) -> Column:
    label = str(dict(VehicleClass.choices)[value])
    hint = "How many of them it hires out. Empty is none" if header == label else f"{label}. Empty is none"
    return Column(value, header, hint, example, read_count, aliases=aliases)


COLUMNS: tuple[Column, ...] = (
    Column(
        "name",
        "Company name",
        "Registered or business name",
        "Llŷn and Ottersby Vehicle Hire Ltd",
        read_line("The name", 200),
        enter="the company’s name",
        aliases=("name", "company", "business name", "registered name"),
    ),
    Column(
        "legal_form",
        "Legal form",
        "One of the words below",
        "Limited company",
        read_legal_form,
        enter="the legal form",
        words=labels_of(LegalForm.choices),
        aliases=("legal status", "company type"),
    ),
    Column(
        "company_number",
        "Companies House number",
        "For limited companies and limited liability partnerships; empty for sole traders",
        "01234567",
        read_number,
        aliases=("company number", "company registration number", "crn", "registered number"),
    ),
    Column(
        "address_line_1",
        "Address line 1",
        "Of the main office, up to 120 characters",
        "1 Quay Road",
        read_line("Address line 1", 120),
        enter="the first line of the address",
        aliases=("address", "address 1"),
    ),
    Column(
        "address_line_2",
        "Address line 2",
        "Up to 120 characters",
        "",
        read_line("Address line 2", 120),
        aliases=("address 2",),
    ),
    Column(
        "town",
        "Town or city",
        "Up to 80 characters",
        "Ottersby",
        read_line("The town", 80),
        enter="the town or city",
        aliases=("town", "city", "post town"),
    ),
    Column(
        "postcode",
        "Postcode",
        "A full UK postcode",
        "ZE1 0AA",
        read_postcode,
        enter="the postcode",
        aliases=("post code",),
    ),
    Column(
        "trading_names",
        "Trading names",
        f"Other names under which it trades, if any. {LIST_HINT}",
        "Llŷn Vans; Ottersby Cars",
        read_trading_names,
        aliases=("trading name", "trading as"),
    ),
    Column(
        "rental_models",
        "How it rents",
        f"One or more of the words below. {LIST_HINT}",
        "From a counter or depot; Delivered to the hirer",
        read_several(RENTAL_MODELS, "way of renting", "this column"),
        enter="how it rents out vehicles",
        words=labels_of(RentalModel.choices),
        aliases=("rental models", "rental model"),
    ),
    _fleet_column("car", "Cars", "1,200", "car"),
    _fleet_column("minibus", "Minibuses", "", "minibus"),
    _fleet_column("campervan", "Campervans and motorhomes", "", "campervans", "motorhomes"),
    _fleet_column("van", "Vans", "30", "van", "vans and pick-ups"),
    _fleet_column("truck", "Goods vehicles", "", "trucks", "hgv", "hgvs", "lorries"),
    _fleet_column("horsebox", "Horseboxes", "", "horsebox"),
    _fleet_column("other", "Other vehicles", "", "other"),
    Column(
        "regions",
        "Regions",
        f"Where people can rent from it: one or more of the 12 regions. {LIST_HINT}",
        "Wales; North West",
        read_several(REGIONS, "region", "this column"),
        enter="at least one region",
        words=labels_of(Region.choices),
        aliases=("region",),
    ),
    Column(
        "home_region",
        "Region of the main office",
        "One of the same regions. May be empty when only one is given there",
        "Wales",
        read_region,
        aliases=("home region", "main region"),
    ),
    Column(
        "contact_name",
        "Contact name",
        "Full name of the recognised security contact",
        "Siân Pritchard",
        read_line("The contact’s name", 150),
        enter="the contact’s full name",
        aliases=("security contact", "contact", "contact full name"),
    ),
    Column(
        "contact_job_title",
        "Contact job title",
        "Up to 120 characters",
        "Security manager",
        read_line("The job title", 120),
        enter="the contact’s job title",
        aliases=("job title", "contact position"),
    ),
    Column(
        "contact_email",
        "Contact email",
        "We ask at this address whether they are the contact",
        "sian.pritchard@example.com",
        read_email,
        enter="the contact’s email address",
        aliases=("email", "email address", "contact email address"),
    ),
    Column(
        "contact_telephone",
        "Contact telephone",
        "A UK number, with an extension if there is one",
        "01632 960123",
        read_telephone,
        enter="the contact’s telephone number",
        aliases=("telephone", "phone", "telephone number", "contact phone", "contact telephone number"),
    ),
    Column(
        "owner_email",
        "Owner email",
        "Who is invited to check the facts and sign the declaration. Empty: the contact’s address",
        "",
        read_email,
        aliases=("owner email address", "signatory email"),
    ),
    Column(
        "reference",
        "Your reference",
        "Your own number for the company. Nobody else uses it",
        "M-0042",
        read_line("Your reference", 40),
        aliases=("reference", "membership number", "member number"),
    ),
)
BY_KEY = {column.key: column for column in COLUMNS}
PLACES = {column.key: place for place, column in enumerate(COLUMNS, start=1)} | {WHOLE_ROW: 0}
REQUIRED = tuple(column for column in COLUMNS if column.required)


def header_of(key: str) -> str:
    return BY_KEY[key].header if key in BY_KEY else "Whole row"
