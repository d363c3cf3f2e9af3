"""Who may describe, replace and reuse the evidence of a company's plan."""

from __future__ import annotations

from typing import Any

from tests.access.expectation import Leaf, form
from tests.cast import Cast


def of_evidence(cast: Cast) -> dict[str, Any]:
    return {"number": cast.membership.number, "pk": cast.draft_evidence.pk}


def of_point(cast: Cast) -> dict[str, Any]:
    return {"number": cast.membership.number, "point": 2}


EDITING = form("owner editor", forbidden="viewer")

EXPECTATIONS: dict[str, Leaf | list[Leaf]] = {
    "codeofpractice:evidence_change": Leaf(EDITING, of_evidence),
    "codeofpractice:evidence_replace": Leaf(EDITING, of_evidence),
    "codeofpractice:evidence_use": Leaf(EDITING, of_point),
}
