"""The enrolment API takes tokens only: whoever is signed in is nobody there. tests/test_api_access.py has the
tokens."""

from __future__ import annotations

from typing import Any

from tests.access.expectation import Leaf
from tests.cast import Cast


def some(cast: Cast) -> dict[str, Any]:
    return {"pk": 1}


EXPECTATIONS: dict[str, Leaf | list[Leaf]] = {
    "applications:enrolments_api": Leaf(token=True),
    "applications:enrolment_api": Leaf(kwargs=some, token=True),
    "applications:enrolment_import_api": Leaf(kwargs=some, token=True),
    "applications:enrolment_problems_api": Leaf(kwargs=some, token=True),
    "applications:enrolment_rows_api": Leaf(kwargs=some, token=True),
    "applications:enrolled_companies_api": Leaf(token=True),
}
