"""Who may clear a mark that a new edition left, and who may load and publish editions."""

from __future__ import annotations

from typing import Any

from tests import factories as make
from tests.access.expectation import Leaf, form, get, post
from tests.cast import Cast

ADMINISTRATOR = "administrator"


def draft(cast: Cast) -> dict[str, Any]:
    return {"code": make.EditionFactory(code="draft", status="draft").code}


EXPECTATIONS: dict[str, Leaf | list[Leaf]] = {
    "codeofpractice:still_right": Leaf(
        post("owner editor", forbidden="viewer", data=lambda cast: {"revision": "0"}),
        lambda cast: {"number": cast.membership.number, "point": 2},
    ),
    "codeofpractice:edition_manage": Leaf(form(ADMINISTRATOR, otherwise=403)),
    "codeofpractice:edition_preview": Leaf(get(ADMINISTRATOR, otherwise=403), draft),
    "codeofpractice:edition_publish": Leaf(form(ADMINISTRATOR, otherwise=403), draft),
    "codeofpractice:edition_retry": Leaf(post(ADMINISTRATOR, otherwise=403), draft),
}
