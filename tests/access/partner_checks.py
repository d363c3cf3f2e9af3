"""Who may send results of a partner's inspections, and who sees them."""

from __future__ import annotations

from typing import Any

from tests.access.expectation import Leaf
from tests.cast import Cast


def some(cast: Cast) -> dict[str, Any]:
    return {"pk": 1}


EXPECTATIONS: dict[str, Leaf | list[Leaf]] = {
    # Tokens only: tests/test_api_access.py has them.
    "assurance:partner_checks_api": Leaf(token=True),
    "assurance:partner_check_api": Leaf(kwargs=some, token=True),
}
