"""Who may draw, check, decide, and see what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.access.expectation import ASSURERS, COMPANY_PEOPLE, LEADS, Leaf, Who, form, get, post
from tests.cast import Cast

Kwargs = Callable[[Cast], dict[str, Any]]


def of(name: str, **more: Any) -> Kwargs:
    return lambda cast: {"pk": getattr(cast, name).pk, **more}


def working(methods: Callable[..., dict[str, Who]], kwargs: Kwargs, **options: Any) -> Leaf:
    """For the assurer to whom the check is allocated; leads see it and may not."""
    return Leaf(methods("assurer", forbidden=LEADS, **options), kwargs)


EXPECTATIONS: dict[str, Leaf | list[Leaf]] = {
    "assurance:rounds": Leaf(get(f"{ASSURERS} {LEADS}", otherwise=403)),
    "assurance:round_draw": Leaf(form(LEADS, otherwise=403)),
    "assurance:round": Leaf(get(f"{ASSURERS} {LEADS}"), of("round")),
    "assurance:round_allocate": Leaf(post(LEADS, forbidden=ASSURERS), of("round")),
    "assurance:queue": Leaf(get(f"{ASSURERS} {LEADS}", otherwise=403)),
    "assurance:check": Leaf(get(f"assurer {LEADS}"), of("open_check")),
    "assurance:plan": Leaf(get(f"assurer {LEADS}"), of("open_check")),
    "assurance:plan_pdf": Leaf(get(f"assurer {LEADS}"), of("open_check")),
    "assurance:plan_json": Leaf(get(f"assurer {LEADS}"), of("open_check")),
    "assurance:allocate": Leaf(form(LEADS, forbidden="assurer"), of("open_check")),
    "assurance:take_plan": working(post, of("open_check")),
    "assurance:point": Leaf(
        get(f"assurer {LEADS}")
        | post("assurer", forbidden=LEADS, data=lambda cast: {"result": "met", "note": "Seen."}),
        of("open_check", point=2),
    ),
    "assurance:action_add": working(post, of("open_check", point=2)),
    "assurance:action_remove": working(
        post, lambda cast: {"pk": cast.open_action().check_of_id, "action": cast.open_action().pk}
    ),
    "assurance:file": Leaf(
        get(f"assurer {LEADS}"), lambda cast: {"pk": cast.open_check.pk, "file": cast.stored_file().pk}
    ),
    "assurance:recommend": working(form, of("open_check")),
    "assurance:send_back": Leaf(form(LEADS, forbidden="assurer"), of("recommended_check")),
    "assurance:decide": Leaf(form(LEADS, forbidden="assurer"), of("recommended_check")),
    "assurance:company_checks": Leaf(get(COMPANY_PEOPLE), lambda cast: {"public_id": cast.alpha.public_id}),
    "assurance:outcome": [
        Leaf(get(COMPANY_PEOPLE), of("decided_check"), note="decided"),
        Leaf(get(""), of("recommended_check"), note="not decided"),
    ],
    "assurance:action": Leaf(
        get(f"{COMPANY_PEOPLE} assurer {LEADS}")
        | post(
            "owner editor",
            forbidden=f"viewer assurer {LEADS}",
            data=lambda cast: {"kind": "done", "note": "Everyone is trained."},
        ),
        of("action"),
    ),
    "assurance:action_close": Leaf(form(f"assurer {LEADS}", forbidden=COMPANY_PEOPLE), of("action")),
    "assurance:action_retest": Leaf(form(f"assurer {LEADS}", forbidden=COMPANY_PEOPLE), of("action")),
    "assurance:suspensions": Leaf(get(LEADS, otherwise=403)),
    "assurance:suspension": Leaf(form(LEADS), lambda cast: {"pk": cast.proposal().pk}),
    "assurance:closures": Leaf(get(LEADS, otherwise=403)),
    "assurance:closure_look": Leaf(form("other_lead"), lambda cast: {"pk": cast.closure().pk}),
    "assurance:outcome_ask": Leaf(form("owner", forbidden="editor viewer"), of("decided_check")),
    "assurance:outcome_reconsiderations": Leaf(get(LEADS, otherwise=403)),
    # The lead has decided about it.
    "assurance:outcome_reconsider": Leaf(
        form("other_lead", forbidden="lead"), lambda cast: {"pk": cast.reconsideration().pk}
    ),
}
