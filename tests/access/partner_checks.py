"""Who may send results of a partner's inspections, and who sees them."""

from __future__ import annotations

from typing import Any

from tests import factories as make
from tests.access.enrolment import both
from tests.access.expectation import ASSURERS, COMPANY_PEOPLE, LEADS, Leaf, form, get, post
from tests.cast import Cast

STAFF = f"{ASSURERS} {LEADS}"
SEES = f"partner {STAFF} {COMPANY_PEOPLE}"


def some(cast: Cast) -> dict[str, Any]:
    return {"pk": 1}


def own(cast: Cast) -> dict[str, Any]:
    found = cast.trade_body.partner_checks.first() or make.PartnerCheckFactory(
        body=cast.trade_body, membership=cast.membership, sent_by=cast.partner
    )
    return {"pk": found.pk}


def other(cast: Cast) -> dict[str, Any]:
    return {"pk": make.PartnerCheckFactory(membership=cast.membership).pk}


def own_list(cast: Cast) -> dict[str, Any]:
    found = cast.trade_body.partner_check_lists.first() or make.PartnerCheckListFactory(
        body=cast.trade_body, sent_by=cast.partner
    )
    return {"pk": found.pk}


def other_list(cast: Cast) -> dict[str, Any]:
    return {"pk": make.PartnerCheckListFactory().pk}


EXPECTATIONS: dict[str, Leaf | list[Leaf]] = {
    "assurance:partner_checks": Leaf(get(f"partner {STAFF}", otherwise=403)),
    "assurance:partner_check_send": Leaf(form("partner", otherwise=403)),
    "assurance:partner_check": both(get(SEES), own, other),
    "assurance:partner_check_correct": both(
        form("partner", forbidden=f"{STAFF} {COMPANY_PEOPLE}"), own, other
    ),
    "assurance:partner_lists": Leaf(get("partner", otherwise=403)),
    "assurance:partner_list_send": Leaf(form("partner", otherwise=403)),
    "assurance:partner_list_columns": Leaf(get("partner", otherwise=403)),
    "assurance:partner_list_template": Leaf(get("partner", otherwise=403)),
    "assurance:partner_list": both(get("partner"), own_list, other_list),
    "assurance:partner_list_take_over": both(post("partner"), own_list, other_list),
    "assurance:rechecks": Leaf(get(LEADS, otherwise=403)),
    "assurance:recheck_draw": Leaf(form(LEADS, otherwise=403)),
    "assurance:member_assurance": Leaf(
        get(STAFF, otherwise=403), lambda cast: {"number": cast.membership.number}
    ),
    # Tokens only: tests/test_api_access.py has them.
    "assurance:partner_checks_api": Leaf(token=True),
    "assurance:partner_check_api": Leaf(kwargs=some, token=True),
}
