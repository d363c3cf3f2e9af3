"""Who may read what was signed, change a member's facts and sign for them again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.access.expectation import COMPANY_PEOPLE, DFT, EVERYBODY, Leaf, form, get
from tests.cast import Cast


def of_member(**more: Any) -> Callable[[Cast], dict[str, Any]]:
    return lambda cast: {"reference": cast.membership.application.reference, **more}


def code(cast: Cast) -> dict[str, Any]:
    return {"code": cast.sent_application.declarations.get().code}


EXPECTATIONS: dict[str, Leaf | list[Leaf]] = {
    "applications:facts": Leaf(get(f"{COMPANY_PEOPLE} {DFT}"), of_member()),
    "declaration_again": Leaf(form("owner", forbidden=f"editor viewer {DFT}"), of_member()),
    "applications:receipt": Leaf(get(f"{COMPANY_PEOPLE} {DFT}"), code),
    "applications:verify_declaration": Leaf(get(EVERYBODY), public=True),
    "applications:declaration_requests": Leaf(get(DFT, otherwise=403)),
}
