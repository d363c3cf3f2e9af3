"""Receipts come from Notify with a token of their own; nobody's session counts."""

from __future__ import annotations

from tests.access.expectation import Leaf, post

EXPECTATIONS: dict[str, Leaf | list[Leaf]] = {
    "accounts:receipts": Leaf(post("", otherwise=403), public=True, api=True, note="without the token"),
}
