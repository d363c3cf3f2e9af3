"""Who may renew, end, suspend and read the history of a membership, and check a number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from applications import services
from applications.models import Application
from tests.access.expectation import (
    ASSURERS,
    COMPANY_PEOPLE,
    DFT,
    EVERYBODY,
    LEADS,
    Leaf,
    Who,
    form,
    get,
)
from tests.cast import Cast

REASON = {"reason": "The plan was asked for three times."}


def number(cast: Cast) -> dict[str, Any]:
    return {"number": cast.membership.number}


def company(cast: Cast) -> dict[str, Any]:
    return {"public_id": cast.alpha.public_id}


def of_due(cast: Cast) -> dict[str, Any]:
    cast.membership.renewal_due_on = timezone.localdate()
    cast.membership.save()
    return {"reference": cast.membership.application.reference}


def of_suspended(cast: Cast) -> dict[str, Any]:
    cast.membership.status = "suspended"
    cast.membership.save()
    return number(cast)


def of_rejected(cast: Cast) -> dict[str, Any]:
    """Newco, whose draft has been withdrawn."""
    if Application.objects.get(pk=cast.draft_application.pk).status == "draft":
        services.withdraw_application(application=cast.draft_application, reason="Sold.", by=cast.owner)
    return {"public_id": cast.newco.public_id}


def by_leads(kwargs: Callable[[Cast], dict[str, Any]]) -> Leaf:
    who = {"ok": LEADS, "forbidden": f"{COMPANY_PEOPLE} {ASSURERS} administrator"}
    return Leaf(get(**who) | {"POST": Who(**who, data=lambda cast: REASON)}, kwargs)


EXPECTATIONS: dict[str, Leaf | list[Leaf]] = {
    "renew": Leaf(get("owner editor", forbidden=f"viewer {DFT}"), of_due),
    "renew_sign": Leaf(form("owner", forbidden=f"editor viewer {DFT}"), of_due),
    "applications:memberships": Leaf(get(DFT, otherwise=403)),
    "applications:membership_history": Leaf(get(f"{COMPANY_PEOPLE} {DFT}"), company),
    "applications:certificate": Leaf(get(f"{COMPANY_PEOPLE} {DFT}"), number),
    "applications:resign": Leaf(form("owner", forbidden=f"editor viewer {DFT}"), number),
    "applications:suspend": by_leads(number),
    "applications:reinstate": by_leads(of_suspended),
    "applications:remove": by_leads(number),
    "applications:apply_again": Leaf(form("owner editor", forbidden=f"viewer {DFT}"), of_rejected),
    "applications:verify_member": Leaf(get(EVERYBODY), public=True),
}
