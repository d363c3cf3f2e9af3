"""Who has tokens for programs, and who may look at them. tests/test_api_access.py says what one opens."""

from __future__ import annotations

from typing import Any

from tests.access.expectation import Leaf, form, get
from tests.cast import Cast
from tests.factories import ApiTokenFactory

SEE = "partner administrator"


def of_partner(cast: Cast) -> dict[str, Any]:
    if "token" not in cast.more:
        cast.more["token"] = ApiTokenFactory(user=cast.partner)
    return {"pk": cast.more["token"].pk}


def of_another(cast: Cast) -> dict[str, Any]:
    return {"pk": ApiTokenFactory().pk}


EXPECTATIONS: dict[str, Leaf | list[Leaf]] = {
    "accounts:tokens": Leaf(get(SEE, otherwise=403)),
    # The partner is let through to confirm that it is them.
    "accounts:token_create": Leaf(form("partner", otherwise=403)),
    "accounts:token": [
        Leaf(get(SEE, otherwise=403), of_partner),
        Leaf(get("administrator", hidden="partner", otherwise=403), of_another, note="of another"),
    ],
    "accounts:token_revoke": [
        Leaf(form(SEE, otherwise=403), of_partner),
        Leaf(form("administrator", hidden="partner", otherwise=403), of_another, note="of another"),
    ],
}
