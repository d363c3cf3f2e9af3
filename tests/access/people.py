"""Who may see and change who acts for a company, use an invitation, ask to join and answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests import factories as make
from tests.access.expectation import COMPANY_PEOPLE, DFT, Leaf, Who, form, get, post
from tests.cast import Cast

TOKEN = "token-of-the-access-matrix"


def company(cast: Cast) -> dict[str, Any]:
    return {"public_id": cast.alpha.public_id}


def invitation(cast: Cast) -> dict[str, Any]:
    found = cast.alpha.invitations.first() or make.InvitationFactory(
        company=cast.alpha, invited_by=cast.owner, email="newcomer@example.com"
    )
    return {"public_id": cast.alpha.public_id, "pk": found.pk}


def request(cast: Cast) -> dict[str, Any]:
    found = cast.alpha.join_requests.first() or make.JoinRequestFactory(company=cast.alpha)
    return {"public_id": cast.alpha.public_id, "pk": found.pk}


def of_person(name: str) -> Callable[[Cast], dict[str, Any]]:
    def kwargs(cast: Cast) -> dict[str, Any]:
        return {
            "public_id": cast.alpha.public_id,
            "pk": cast.alpha.people.get(user=cast.person(name)).pk,
        }

    return kwargs


def link(cast: Cast) -> dict[str, Any]:
    """An invitation to Beta, whose owner it is not for, at the address of Alpha's viewer."""
    if not cast.beta.invitations.exists():
        make.InvitationFactory(
            company=cast.beta, invited_by=cast.other_owner, email=cast.viewer.email, token=TOKEN
        )
    return {"token": TOKEN}


MANAGING = f"editor viewer {DFT}"
CAN_ASK = f"{COMPANY_PEOPLE} other_owner"

EXPECTATIONS: dict[str, Leaf | list[Leaf]] = {
    "applications:people": Leaf(get(f"{COMPANY_PEOPLE} {DFT}"), company),
    "applications:invite": Leaf(form("owner", forbidden=MANAGING), company),
    "applications:leave": Leaf(form(COMPANY_PEOPLE, forbidden=DFT), company),
    "applications:level": Leaf(form("owner", forbidden=MANAGING), of_person("viewer")),
    "applications:remove_person": [
        Leaf(form("owner", forbidden=MANAGING), of_person("viewer")),
        Leaf(form("", forbidden=f"owner {MANAGING}"), of_person("owner"), note="oneself"),
    ],
    "applications:resend_invitation": Leaf(post("owner", forbidden=MANAGING), invitation),
    "applications:withdraw_invitation": Leaf(form("owner", forbidden=MANAGING), invitation),
    "applications:join_request": Leaf(form("owner", forbidden=MANAGING), request),
    "applications:invitation": Leaf(
        {
            "GET": Who(ok="anonymous viewer", otherwise=403),
            "POST": Who(ok="viewer", otherwise=403),
        },
        link,
        public=True,
    ),
    "applications:join": Leaf(
        {
            "GET": Who(ok=CAN_ASK, otherwise=403),
            "POST": Who(
                ok=CAN_ASK, otherwise=403, data=lambda cast: {"number": "1234567", "message": "Hello."}
            ),
        }
    ),
    "applications:join_sent": Leaf(get(CAN_ASK, otherwise=403)),
}
