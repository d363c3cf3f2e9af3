"""Who may answer whether a plan is right: whoever holds the link."""

from __future__ import annotations

from typing import Any

from codeofpractice.services import plan_token_of
from tests import factories as make
from tests.access.expectation import EVERYBODY, Leaf, form
from tests.cast import Cast


def link(cast: Cast) -> dict[str, Any]:
    confirmation = cast.draft_version.confirmations.first() or make.confirm(cast.draft_version)
    return {"token": plan_token_of(confirmation)}


EXPECTATIONS: dict[str, Leaf | list[Leaf]] = {
    "codeofpractice:confirm_plan": Leaf(form(EVERYBODY), link, public=True),
}
