"""Who may send lists of companies, see them, and say what becomes of each company."""

from __future__ import annotations

from typing import Any

from tests import factories as make
from tests.access.expectation import DFT, Leaf, form, get, post
from tests.cast import Cast

# A company's people and the panel know of no list; another partner's list is hidden.
SEES = f"partner {DFT}"
NEVER = {"otherwise": 403}


def own_list(cast: Cast) -> dict[str, Any]:
    found = cast.trade_body.enrolments.first() or make.EnrolmentFactory(
        body=cast.trade_body, sent_by=cast.partner
    )
    return {"pk": found.pk}


def other_list(cast: Cast) -> dict[str, Any]:
    other = make.TradeBodyFactory(is_partner=True)
    return {"pk": make.EnrolmentFactory(body=other).pk}


def own_company(cast: Cast) -> dict[str, Any]:
    found = cast.trade_body.enrolled.first() or make.EnrolledCompanyFactory(
        body=cast.trade_body, enrolled_by=cast.partner
    )
    return {"pk": found.pk}


def other_company(cast: Cast) -> dict[str, Any]:
    return {"pk": make.EnrolledCompanyFactory(body=make.TradeBodyFactory(is_partner=True)).pk}


def question(cast: Cast) -> dict[str, Any]:
    found = cast.alpha.enrolled.first() or make.EnrolledCompanyFactory(
        body=cast.trade_body, enrolled_by=cast.partner, company=cast.alpha, kind="link", status="asked"
    )
    return {"public_id": cast.alpha.public_id, "pk": found.pk}


def both(methods: dict[str, Any], own: Any, other: Any) -> list[Leaf]:
    """For one's own; and another partner's, which the partner does not see."""
    theirs = {
        method: type(who)(
            ok=" ".join(name for name in who.ok.split() if name != "partner"),
            forbidden=who.forbidden,
            data=who.data,
        )
        for method, who in methods.items()
    }
    return [Leaf(methods, own), Leaf(theirs, other, note="another partner's")]


EXPECTATIONS: dict[str, Leaf | list[Leaf]] = {
    "applications:enrolments": Leaf(get(SEES, **NEVER)),
    "applications:enrolment_columns": Leaf(get(SEES, **NEVER)),
    "applications:enrolment_template": Leaf(get(SEES, **NEVER)),
    "applications:enrolment_send": Leaf(form("partner", **NEVER)),
    "applications:enrolment": both(get(SEES), own_list, other_list),
    "applications:enrolment_rows": both(get(SEES), own_list, other_list),
    "applications:enrolment_faults": both(get(SEES), own_list, other_list),
    "applications:enrolment_import": both(form("partner", forbidden=DFT), own_list, other_list),
    "applications:enrolment_retry": both(post("partner", forbidden=DFT), own_list, other_list),
    "applications:enrolment_withdraw": both(form("partner", forbidden=DFT), own_list, other_list),
    "applications:enrolled": Leaf(get(SEES, **NEVER)),
    "applications:enrolled_csv": Leaf(get(SEES, **NEVER)),
    "applications:enrolled_company": both(get(SEES), own_company, other_company),
    "applications:enrolled_withdraw": both(form("partner", forbidden=DFT), own_company, other_company),
    "applications:enrolled_invite": both(form("partner", forbidden=DFT), own_company, other_company),
    "applications:partner_answer": Leaf(form("owner", forbidden=f"editor viewer {DFT}"), question),
}
