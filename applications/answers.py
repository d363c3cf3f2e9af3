"""The application form: its sections, whether each is answered, and the answers in words.

`snapshot` turns the rows into plain data. What is signed is its canonical JSON, and pages show answers
from the same data, so that a signed application always reads as it was signed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from applications.choices import LegalForm, Region, RentalModel, VehicleClass
from applications.models import Application, Declaration, SecurityContact, SecurityContactKind

Answers = dict[str, Any]
FORM_VERSION = 1


def current_contact(application: Application, kind: str) -> SecurityContact | None:
    contacts = application.company.security_contacts.all()
    return next((row for row in contacts if row.kind == kind and row.until is None), None)


def _contact(contact: SecurityContact | None) -> Answers | None:
    if contact is None:
        return None
    return {
        "name": contact.name,
        "job_title": contact.job_title,
        "email": contact.email,
        "telephone": contact.telephone,
    }


def snapshot(application: Application) -> Answers:
    """The answers as plain data. Fetch the application `with_answers()` first."""
    company = application.company
    return {
        "form": FORM_VERSION,
        "company": {
            "name": company.name,
            "legal_form": company.legal_form,
            "company_number": company.company_number,
            "address": [
                line
                for line in (company.address_line_1, company.address_line_2, company.town, company.postcode)
                if line
            ],
        },
        "trading-names": {
            "names": sorted(row.name for row in company.trading_names.all()),
            "none": company.no_trading_names,
        },
        "rentals": {
            "models": sorted(company.rental_models),
            "fleet": {row.vehicle_class: row.vehicles for row in company.fleet.all() if row.vehicles},
        },
        "sites": [{"name": row.name, "postcode": row.postcode} for row in company.sites.all()],
        "regions": {"regions": sorted(company.regions), "home": company.home_region},
        "trade-bodies": {
            "names": sorted(body.name for body in company.trade_bodies.all()),
            "none": company.no_trade_body,
        },
        "contact": _contact(current_contact(application, SecurityContactKind.CONTACT)),
        "deputy": {
            "person": _contact(current_contact(application, SecurityContactKind.DEPUTY)),
            "none_because": company.no_deputy_reason,
        },
        "listing": {"agrees": application.agrees_to_listing},
    }


EMPTY: Answers = {
    "company": {"name": "", "legal_form": "", "company_number": "", "address": []},
    "trading-names": {"names": [], "none": False},
    "rentals": {"models": [], "fleet": {}},
    "sites": [],
    "regions": {"regions": [], "home": ""},
    "trade-bodies": {"names": [], "none": False},
    "contact": None,
    "deputy": {"person": None, "none_because": ""},
    "listing": {"agrees": None},
}


def canonical_json(answers: Answers) -> str:
    """The same data always gives the same text: sorted keys, no blanks, characters as they are."""
    return json.dumps(answers, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest_of(answers: Any) -> str:
    """SHA-256 of the answers, or of those of one section: whether a page still shows what is saved."""
    return hashlib.sha256(canonical_json(answers).encode()).hexdigest()


# --- Is a section answered? ---------------------------------------------------------------------


def _company_done(answers: Answers) -> bool:
    company = answers["company"]
    needs_number = company["legal_form"] in {LegalForm.LIMITED_COMPANY, LegalForm.LLP}
    return bool(
        company["name"]
        and company["legal_form"]
        and len(company["address"]) >= 3
        and (company["company_number"] or not needs_number)
    )


def _deputy_done(answers: Answers) -> bool:
    return bool(answers["deputy"]["person"] or answers["deputy"]["none_because"])


# --- The answers in words -----------------------------------------------------------------------

Rows = list[tuple[str, list[str]]]
NOT_ANSWERED = ["Not answered yet"]


def _labels(values: Iterable[str], words: Any) -> list[str]:
    known = dict(words.choices)
    return [str(known.get(value, value)) for value in values]


def _company_rows(answers: Answers) -> Rows:
    company = answers["company"]
    return [
        ("Name", [company["name"]]),
        ("Legal form", _labels(filter(None, [company["legal_form"]]), LegalForm)),
        ("Companies House number", [company["company_number"] or "None"]),
        ("Address", company["address"]),
    ]


def _fleet_rows(answers: Answers) -> Rows:
    fleet = answers["rentals"]["fleet"]
    counts = [f"{label}: {fleet[value]:,}" for value, label in VehicleClass.choices if fleet.get(value)]
    return [
        ("How it rents", _labels(answers["rentals"]["models"], RentalModel)),
        ("Vehicles it hires out", counts),
    ]


def _names_rows(label: str, key: str, none: str) -> Callable[[Answers], Rows]:
    def rows(answers: Answers) -> Rows:
        return [(label, answers[key]["names"] or ([none] if answers[key]["none"] else []))]

    return rows


def _regions_rows(answers: Answers) -> Rows:
    home = answers["regions"]["home"]
    return [
        ("Regions with rentals", _labels(answers["regions"]["regions"], Region)),
        ("Region of the main office", _labels([home] if home else [], Region)),
    ]


def _person_lines(person: Answers | None) -> list[str]:
    return [person["name"], person["job_title"], person["email"], person["telephone"]] if person else []


def _deputy_rows(answers: Answers) -> Rows:
    deputy = answers["deputy"]
    because = deputy["none_because"]
    return [("Deputy", _person_lines(deputy["person"]) or ([f"None: {because}"] if because else []))]


def _listing_rows(answers: Answers) -> Rows:
    agrees = answers["listing"]["agrees"]
    words = {True: ["Yes, name the company"], False: ["No, leave the company out"]}
    return [("Named on the public register", words.get(agrees, []))]


@dataclass(frozen=True)
class Section:
    key: str
    title: str
    is_done: Callable[[Answers], bool]
    rows: Callable[[Answers], Rows]


SECTIONS = (
    Section("company", "The company", _company_done, _company_rows),
    Section(
        "trading-names",
        "Trading names",
        lambda a: bool(a["trading-names"]["names"] or a["trading-names"]["none"]),
        _names_rows("Trading names", "trading-names", "Trades under no other name"),
    ),
    Section(
        "rentals",
        "What it rents out, and how",
        lambda a: bool(a["rentals"]["models"] and a["rentals"]["fleet"]),
        _fleet_rows,
    ),
    Section(
        "sites",
        "Sites",
        lambda a: bool(a["sites"]),
        lambda a: [("Sites", [f"{site['name']}, {site['postcode']}" for site in a["sites"]])],
    ),
    Section(
        "regions",
        "Regions",
        lambda a: bool(a["regions"]["regions"] and a["regions"]["home"]),
        _regions_rows,
    ),
    Section(
        "trade-bodies",
        "Trade bodies",
        lambda a: bool(a["trade-bodies"]["names"] or a["trade-bodies"]["none"]),
        _names_rows("Member of", "trade-bodies", "Belongs to no trade body"),
    ),
    Section(
        "contact",
        "Recognised security contact",
        lambda a: a["contact"] is not None,
        lambda a: [("Security contact", _person_lines(a["contact"]))],
    ),
    Section("deputy", "Deputy security contact", _deputy_done, _deputy_rows),
    Section(
        "listing",
        "The public register",
        lambda a: a["listing"]["agrees"] is not None,
        _listing_rows,
    ),
)
SECTION_TITLES = {section.key: section.title for section in SECTIONS}
# What a question can name in a section that has more than one answer.
ANSWER_LABELS = {
    section.key: labels
    for section in SECTIONS
    if len(labels := [label for label, _ in section.rows(EMPTY)]) > 1
}


@dataclass(frozen=True)
class SectionState:
    section: Section
    done: bool
    rows: Rows


def read_sections(answers: Answers) -> list[SectionState]:
    """Every section with its answers in words; an empty answer says so."""
    return [
        SectionState(
            section,
            section.is_done(answers),
            [(label, lines or NOT_ANSWERED) for label, lines in section.rows(answers)],
        )
        for section in SECTIONS
    ]


def read_signed(declaration: Declaration) -> Answers:
    """The answers that were signed. Those of an older form are read with what it did not ask left empty."""
    signed: Answers = json.loads(declaration.answers)
    return signed if signed.get("form") == FORM_VERSION else EMPTY | signed


def signed_or_current(application: Application) -> Answers:
    """The answers as signed last, or as they stand when nothing was signed."""
    return as_signed(application, application.declarations.order_by("-signed_at").first())


def as_signed(application: Application, declaration: Declaration | None) -> Answers:
    """The answers of this declaration of the application, or as they stand when there is none."""
    return read_signed(declaration) if declaration else snapshot(application)


@dataclass(frozen=True)
class ChangedAnswer:
    section: str
    label: str
    before: list[str]
    after: list[str]


def changed_answers(before: Answers, after: Answers) -> list[ChangedAnswer]:
    """Every answer that reads differently, in the order of the form."""
    return [
        ChangedAnswer(old.section.title, label, lines, now)
        for old, new in zip(read_sections(before), read_sections(after), strict=True)
        for (label, lines), (_, now) in zip(old.rows, new.rows, strict=True)
        if lines != now
    ]


def changed_since_signed(application: Application) -> list[ChangedAnswer]:
    """What the last declaration does not cover. Fetch the application `with_answers()` first.

    What an older form did not ask was not signed, and is not asked for now.
    """
    declaration = application.declarations.order_by("-signed_at").first()
    if declaration is None:
        return []
    signed = json.loads(declaration.answers)
    current = snapshot(application)
    return changed_answers(EMPTY | signed, EMPTY | {key: current.get(key) for key in signed})


def missing_sections(application: Application) -> list[Section]:
    answers = snapshot(application)
    return [section for section in SECTIONS if not section.is_done(answers)]
