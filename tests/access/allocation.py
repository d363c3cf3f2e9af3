"""Who may declare in a case, keep interests and skills, and override what bars somebody."""

from __future__ import annotations

from typing import Any

from tests import factories as make
from tests.access.assurance import of
from tests.access.expectation import ASSURERS, LEADS, Leaf, form, get
from tests.cast import Cast


def assurer(cast: Cast) -> dict[str, Any]:
    return {"of": cast.assurer.pk}


def interest(cast: Cast) -> dict[str, Any]:
    found = cast.assurer.interests.first() or make.StaffInterestFactory(user=cast.assurer)
    return {"pk": found.pk}


def barred(cast: Cast) -> dict[str, Any]:
    """The other assurer has worked for the company."""
    if not cast.other_assurer.interests.exists():
        make.StaffInterestFactory(user=cast.other_assurer, company=cast.alpha)
    return {"pk": cast.open_check.pk, "of": cast.other_assurer.pk}


def overridden(cast: Cast) -> dict[str, Any]:
    barred(cast)
    found = cast.open_check.overrides.first() or cast.open_check.overrides.create(
        user=cast.other_assurer, bars=["employer"], reason="Long ago.", by=cast.lead
    )
    return {"pk": cast.open_check.pk, "of": found.pk}


EXPECTATIONS: dict[str, Leaf | list[Leaf]] = {
    "assurance:interests": Leaf(get(f"{ASSURERS} {LEADS}", otherwise=403)),
    "assurance:interest_add": Leaf(form(f"{ASSURERS} {LEADS}", otherwise=403)),
    "assurance:interest_add_for": Leaf(form(f"{LEADS} administrator", otherwise=403), assurer),
    "assurance:interest_end": Leaf(form(f"assurer {LEADS} administrator"), interest),
    "assurance:staff": Leaf(get(f"{LEADS} administrator", otherwise=403)),
    "assurance:staff_member": Leaf(get(f"{LEADS} administrator", otherwise=403), assurer),
    "assurance:skills": Leaf(form(LEADS, otherwise=403), assurer),
    "assurance:queue_csv": Leaf(get(f"{ASSURERS} {LEADS}", otherwise=403)),
    "assurance:bars_override": Leaf(form(LEADS, forbidden="assurer"), barred),
    "assurance:override_end": Leaf(form(LEADS, forbidden="assurer"), overridden),
    "assurance:declare": Leaf(form(f"assurer {LEADS}"), of("open_check")),
}
