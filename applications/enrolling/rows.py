"""Reading a row of an enrolment: a mapping of column keys to text, whoever sent it. No database here.

It gives the facts of one company or, for each cell at fault, a sentence that says what is wrong and how to
put it right.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from applications.choices import LegalForm, VehicleClass
from applications.enrolling.cells import Fault
from applications.enrolling.columns import BY_KEY, COLUMNS, PLACES, WHOLE_ROW, Column
from applications.fields import squeeze

LONGEST_CELL = 5_000
REGISTERED_FORMS = {LegalForm.LIMITED_COMPANY, LegalForm.LLP}


@dataclass(frozen=True)
class Problem:
    column: str
    written: str
    text: str


@dataclass(frozen=True)
class Facts:
    """One company as a partner describes it, in the form in which the service keeps it."""

    name: str
    legal_form: str
    company_number: str
    address_line_1: str
    address_line_2: str
    town: str
    postcode: str
    trading_names: tuple[str, ...]
    rental_models: tuple[str, ...]
    fleet: Mapping[str, int]
    regions: tuple[str, ...]
    home_region: str
    contact_name: str
    contact_job_title: str
    contact_email: str
    contact_telephone: str
    owner_email: str
    reference: str


def tidy(text: str) -> str:
    """A cell without the apostrophe by which a spreadsheet was kept from running it, and without blanks."""
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").strip()
    return text[1:].strip() if re.match(r"'\s*[=+\-@\uff1d\uff0b\uff0d\uff20]", text) else text


def as_cells(row: Mapping[str, object]) -> dict[str, str]:
    """What came in, as text by column: numbers as digits, lists with semicolons. Empty cells are left out.

    Raises KeyError with the name of a column that there is not.
    """
    cells: dict[str, str] = {}
    for key, value in row.items():
        if key != WHOLE_ROW and key not in BY_KEY:
            raise KeyError(key)
        if isinstance(value, (list, tuple)):
            text = "; ".join(str(part) for part in value)
        else:
            text = "" if value is None or value is False else str(value)
        # PostgreSQL stores no NUL; the sign in its place is a fault of the cell.
        if text := tidy(text.replace("\x00", "\ufffd")):
            cells[key] = text
    return cells


def read_row(cells: Mapping[str, str]) -> tuple[Facts | None, list[Problem]]:
    """The facts, or every fault in the order of the columns."""
    found: dict[str, Any] = {}
    faults: dict[str, str] = {}
    if _is_example(cells):
        return None, [Problem(WHOLE_ROW, "", "This is the example of the template. Delete the row")]
    if cells.get(WHOLE_ROW):
        faults[WHOLE_ROW] = (
            "This row has more cells than there are columns. Put text that holds a comma in quotation marks"
        )
    for column in COLUMNS:
        try:
            found[column.key] = _read_cell(column, cells.get(column.key, ""))
        except Fault as fault:
            faults[column.key] = str(fault)
    _read_together(found, faults)
    if faults:
        keys = sorted(faults, key=PLACES.__getitem__)
        return None, [Problem(key, cells.get(key, "")[:200], faults[key][:300]) for key in keys]
    return _facts(found), []


def _is_example(cells: Mapping[str, str]) -> bool:
    return all(cells.get(key) == BY_KEY[key].example for key in ("name", "contact_email", "reference"))


def _read_cell(column: Column, text: str) -> Any:
    if not text:
        if column.required:
            raise Fault(f"This is empty. Enter {column.enter}")
        return column.read("") if column.key in VehicleClass.values else ""
    if len(text) > LONGEST_CELL:
        raise Fault(f"This has {len(text):,} characters. Check the cell")
    if "\ufffd" in text or any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in text):
        raise Fault("This holds a character that cannot be used. Type it again")
    if re.search(r"\?\w", text):
        # Excel's plain CSV has no ŷ or ŵ, and writes a question mark in its place.
        raise Fault("A letter seems to be lost where “?” stands. Write it, and save the file as CSV UTF-8")
    several_lines = column.key in {"trading_names", "rental_models", "regions"}
    return column.read(text if several_lines else squeeze(text))


def _read_together(found: dict[str, Any], faults: dict[str, str]) -> None:
    """What one cell says about another. A cell that has a fault already keeps that one."""
    form, number = found.get("legal_form"), found.get("company_number")
    if form in REGISTERED_FORMS and number == "":
        label = str(dict(LegalForm.choices)[form]).lower()
        faults["company_number"] = f"This is empty. A {label} has a Companies House number: enter it"
    if form == LegalForm.SOLE_TRADER and number:
        faults["company_number"] = (
            "A sole trader has no Companies House number. Empty this cell, or change the legal form"
        )
    classes = VehicleClass.values
    if not faults.keys() & set(classes) and not any(found[value] for value in classes):
        faults[classes[0]] = "There is no vehicle in any column. Enter how many of at least one kind"
    regions, home = found.get("regions"), found.get("home_region")
    if regions and home == "":
        if len(regions) == 1:
            found["home_region"] = regions[0]
        else:
            faults["home_region"] = "This is empty, and there are several regions. Enter the main office’s"


def _facts(found: dict[str, Any]) -> Facts:
    own = ("name", "legal_form", "company_number", "address_line_1", "address_line_2", "town", "postcode")
    contact = ("contact_name", "contact_job_title", "contact_email", "contact_telephone")
    return Facts(
        **{key: found[key] for key in (*own, *contact)},
        trading_names=found["trading_names"] or (),
        rental_models=found["rental_models"],
        fleet={value: found[value] for value in VehicleClass.values if found[value]},
        regions=found["regions"],
        home_region=found["home_region"],
        owner_email=(found["owner_email"] or found["contact_email"]).lower(),
        reference=found["reference"],
    )
