"""Keeping what Companies House said, for whoever decides on the application."""

from __future__ import annotations

from dataclasses import asdict

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import record_event, require
from applications.companies_house import Lookup, Outcome
from applications.models import Application, Company, CompanyLookup
from applications.permissions import can_decide_application, can_edit_company
from applications.services.locks import lock_application


@transaction.atomic
def keep_lookup(*, application: Application, number: str, lookup: Lookup, by: User) -> None:
    """The last lookup replaces the one before; without a number or a key there is none to keep.

    Asked by the company as it saves its number, or by DfT when it looks again.
    """
    locked = lock_application(application)
    require(
        can_edit_company(by, locked.company) or can_decide_application(by, locked),
        "Only the company's editors and DfT's assurers look up a company number",
    )
    if not number:
        CompanyLookup.objects.filter(company=locked.company).delete()
    elif lookup.outcome != Outcome.OFF:
        _write(locked.company, number, lookup)
        record_event(
            verb="company.looked_up",
            target=locked,
            by=by,
            data={"number": number, "outcome": str(lookup.outcome)},
        )


def _write(company: Company, number: str, lookup: Lookup) -> None:
    found = asdict(lookup.company) if lookup.company else {}
    columns = ("name", "kind", "address_line_1", "address_line_2", "town", "postcode")
    CompanyLookup.objects.update_or_create(
        company=company,
        defaults={
            "number": number,
            "outcome": lookup.outcome.value,
            "looked_up_at": timezone.now(),
            "company_status": found.get("status", ""),
            **{column: found.get(column, "") for column in columns},
        },
    )
