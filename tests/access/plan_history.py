"""Who may read what a company's plan said before."""

from __future__ import annotations

from typing import Any

from tests.access.expectation import COMPANY_PEOPLE, Leaf, get
from tests.cast import Cast


def of_plan(cast: Cast) -> dict[str, Any]:
    return {"number": cast.membership.number}


def of_point(cast: Cast) -> dict[str, Any]:
    return of_plan(cast) | {"version": 1, "point": 2}


EXPECTATIONS: dict[str, Leaf | list[Leaf]] = {
    "codeofpractice:differences": Leaf(get(COMPANY_PEOPLE), of_plan),
    "codeofpractice:point_history": Leaf(get(COMPANY_PEOPLE), of_point),
}
