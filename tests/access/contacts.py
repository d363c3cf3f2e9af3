"""Who may see and change a company's security contacts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from applications.services import ask_for_confirmation
from applications.services.contacts import token_of
from tests.access.expectation import COMPANY_PEOPLE, DFT, EVERYBODY, Leaf, form, get, post
from tests.cast import Cast


def of_alpha(**more: Any) -> Callable[[Cast], dict[str, Any]]:
    return lambda cast: {"public_id": cast.alpha.public_id, **more}


def link(cast: Cast) -> dict[str, Any]:
    contact = cast.alpha.security_contacts.get()
    asked = contact.confirmations.first() or ask_for_confirmation(contact=contact, by=cast.owner)
    return {"token": token_of(asked)}


EXPECTATIONS: dict[str, Leaf | list[Leaf]] = {
    "applications:contact_list": Leaf(get(DFT, otherwise=403)),
    "applications:contact_confirm": Leaf(form(EVERYBODY), link, public=True),
    "applications:contacts": Leaf(get(f"{COMPANY_PEOPLE} {DFT}"), of_alpha()),
    "applications:change_contact": [
        Leaf(form("owner editor", forbidden=f"viewer {DFT}"), of_alpha(kind="contact"), note="contact"),
        Leaf(form("owner editor", forbidden=f"viewer {DFT}"), of_alpha(kind="deputy"), note="deputy"),
    ],
    "applications:ask_contact": Leaf(
        post("owner editor", forbidden=f"viewer {DFT}"), of_alpha(kind="contact")
    ),
}
