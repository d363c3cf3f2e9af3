"""Who may open the pages on which a company joins, DfT decides and the public looks up a member."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
    post,
)
from tests.cast import Cast

Kwargs = Callable[[Cast], dict[str, Any]]


def of(name: str, **more: Any) -> Kwargs:
    return lambda cast: {"reference": getattr(cast, f"{name}_application").reference, **more}


def editing(methods: Callable[..., dict[str, Who]], **more: Any) -> list[Leaf]:
    """A page of the draft: owner and editor. Once sent it says so (409), and DfT may not touch it."""
    return [
        Leaf(methods("owner editor", forbidden="viewer"), of("draft", **more), note="draft"),
        Leaf(methods("owner editor", forbidden=f"viewer {DFT}"), of("sent", **more), note="sent"),
    ]


def deciding(methods: Callable[..., dict[str, Who]], data: dict[str, Any]) -> Leaf:
    made = methods(f"{ASSURERS} {LEADS}", forbidden=f"{COMPANY_PEOPLE} administrator")
    made["POST"] = Who(
        ok=f"{ASSURERS} {LEADS}", forbidden=f"{COMPANY_PEOPLE} administrator", data=lambda cast: data
    )
    return Leaf(made, of("sent"))


EXPECTATIONS: dict[str, Leaf | list[Leaf]] = {
    "applications:apply": Leaf(get(EVERYBODY), public=True),
    "applications:eligibility": Leaf(form(EVERYBODY), public=True),
    "applications:start": Leaf(form(f"{COMPANY_PEOPLE} other_owner", otherwise=403)),
    "applications:queue": Leaf(get(DFT, otherwise=403)),
    "applications:application": [
        Leaf(get(COMPANY_PEOPLE), of("draft"), note="draft"),
        Leaf(get(f"{COMPANY_PEOPLE} {DFT}"), of("sent"), note="sent"),
    ],
    "applications:tasks": editing(get),
    "applications:check": editing(get),
    "applications:trading_names": editing(form),
    "applications:sites": editing(form),
    "applications:section": [
        leaf
        for section in ("company", "rentals", "regions", "trade-bodies", "contact", "deputy", "listing")
        for leaf in editing(form, section=section)
    ]
    + [
        Leaf(
            form("owner editor", forbidden=f"viewer {DFT}"),
            lambda cast: {"reference": cast.membership.application.reference, "section": "rentals"},
            note="a member's facts",
        )
    ],
    "declaration": [
        Leaf(form("owner", forbidden="editor viewer"), of("draft"), note="draft"),
        Leaf(form("owner", forbidden=f"editor viewer {DFT}"), of("sent"), note="sent"),
    ],
    "applications:sent": Leaf(get(f"{COMPANY_PEOPLE} {DFT}"), of("sent")),
    "applications:withdraw": Leaf(form("owner", forbidden=f"editor viewer {DFT}"), of("sent")),
    "applications:assign": deciding(post, {}),
    "applications:ask": deciding(form, {"about": "sites", "question": "Where?"}),
    "applications:accept": deciding(form, {}),
    "applications:reject": deciding(form, {"reasons": ["out_of_scope"], "reason": "Leasing only."}),
    "applications:company": Leaf(
        get(f"{COMPANY_PEOPLE} {DFT}"), lambda cast: {"public_id": cast.alpha.public_id}
    ),
    "applications:register": Leaf(get(EVERYBODY), public=True),
    "applications:register_csv": Leaf(get(EVERYBODY), public=True),
    "applications:member": Leaf(get(EVERYBODY), lambda cast: {"number": cast.membership.number}, public=True),
    "applications:register_api": Leaf(get(EVERYBODY), public=True, api=True),
    "schema": Leaf(get(EVERYBODY), public=True, api=True),
}
