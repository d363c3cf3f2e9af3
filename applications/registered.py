"""The company's own answers beside what Companies House says: questions for it, differences for DfT."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from applications.choices import LegalForm
from applications.companies_house import Lookup, Outcome, RegisteredCompany
from applications.duplicates import name_key
from applications.models import Company, CompanyLookup, LookupOutcome

FILLED = ("legal_form", "name", "address_line_1", "address_line_2", "town", "postcode")
ADDRESS = ("address_line_1", "address_line_2", "town", "postcode")


def filled_in(typed: Mapping[str, str], found: RegisteredCompany, *, replace: bool) -> dict[str, str]:
    """What was typed, with the gaps filled from the register; `replace` when the person asked for that.

    An address is taken whole or not at all: half of one and half of another is no address.
    """
    filled = dict(typed)
    has_address = any(typed.get(name, "").strip() for name in ADDRESS)
    for name in FILLED:
        value = str(getattr(found, name))
        if name in ADDRESS and found.address:
            filled[name] = value if replace or not has_address else typed.get(name, "")
        elif value and (replace or not typed.get(name, "").strip()):
            filled[name] = value
    return filled


def questions_about(details: Mapping[str, str], lookup: Lookup) -> list[str]:
    """What to ask before saving. None of it is a reason to refuse: registers can be behind, or wrong."""
    number, found = details["company_number"], lookup.company
    if lookup.outcome == Outcome.NOT_FOUND:
        return [f"Companies House has no company with the number {number}. Is the number right?"]
    if found is None:
        return []
    asked = []
    if not found.is_active:
        asked.append(
            f"Companies House gives the status of {found.name} ({number}) as "
            f"“{found.status_words.lower()}”. Is this the number of the company that is applying?"
        )
    if name_key(found.name) != name_key(details["name"]):
        asked.append(
            f"Companies House has {number} under the name {found.name}, and you entered {details['name']}. "
            "Is it the same company? If you trade under another name than the registered one, give the "
            "registered name here and add the other under trading names."
        )
    return asked


def mark_of(questions: list[str]) -> str:
    """Travels with the page, so that a question is asked once and a new one is asked again."""
    return hashlib.sha256("\n".join(questions).encode()).hexdigest()[:16] if questions else ""


@dataclass(frozen=True)
class ComparedLine:
    label: str
    answered: list[str]
    found: list[str]
    differs: bool


@dataclass(frozen=True)
class Comparison:
    row: CompanyLookup
    is_active: bool
    is_of_another_number: bool
    lines: list[ComparedLine]

    @property
    def differences(self) -> int:
        return sum(line.differs for line in self.lines)


def compare_with_register(company: Company) -> Comparison | None:
    """For DfT; None when nothing was looked up."""
    row = CompanyLookup.objects.filter(company=company).first()
    if row is None:
        return None
    fields = ("number", "name", "kind", *ADDRESS)
    found = RegisteredCompany(status=row.company_status, **{name: getattr(row, name) for name in fields})
    lines = _lines(company, found) if row.outcome == LookupOutcome.FOUND else []
    return Comparison(
        row=row,
        is_active=found.is_active,
        is_of_another_number=row.number != company.company_number,
        lines=lines,
    )


def _lines(company: Company, found: RegisteredCompany) -> list[ComparedLine]:
    address = [line for line in (getattr(company, name) for name in ADDRESS) if line]
    kind = found.kind.replace("-", " ").capitalize() or "Not given"
    forms: dict[str, Any] = dict(LegalForm.choices)
    return [
        ComparedLine(
            "Name", [company.name], [found.name], differs=name_key(company.name) != name_key(found.name)
        ),
        ComparedLine("Status", [], [found.status_words], differs=not found.is_active),
        ComparedLine(
            "Legal form",
            [str(forms.get(company.legal_form, ""))],
            [str(forms.get(found.legal_form, kind))],
            differs=bool(found.legal_form) and found.legal_form != company.legal_form,
        ),
        ComparedLine(
            "Address",
            address,
            found.address,
            differs=bool(found.postcode) and found.postcode != company.postcode,
        ),
    ]
