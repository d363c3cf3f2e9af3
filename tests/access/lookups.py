"""Who may ask Companies House about a company's number."""

from __future__ import annotations

from tests.access.applications import deciding, editing
from tests.access.expectation import Leaf, form, post

EXPECTATIONS: dict[str, Leaf | list[Leaf]] = {
    "applications:company_edit": editing(form),
    "applications:look_up": deciding(post, {}),
}
