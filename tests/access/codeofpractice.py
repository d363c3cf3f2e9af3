"""Who may read the Code of Practice, and who may work on a company's security plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.access.expectation import COMPANY_PEOPLE, EVERYBODY, Leaf, Who, form, get, post
from tests.cast import Cast

Kwargs = Callable[[Cast], dict[str, Any]]


def of(**more: Any) -> Kwargs:
    return lambda cast: {"number": cast.membership.number, **more}


def draft_row(name: str, **more: Any) -> Kwargs:
    """The key of a row of the cast, as `pk` or under another name."""
    key = more.pop("key", "pk")
    return lambda cast: {"number": cast.membership.number, key: getattr(cast, name).pk, **more}


def editing(methods: Callable[..., dict[str, Who]], kwargs: Kwargs, **options: Any) -> Leaf:
    return Leaf(methods("owner editor", forbidden="viewer", **options), kwargs)


EXPECTATIONS: dict[str, Leaf | list[Leaf]] = {
    "codeofpractice:editions": Leaf(get(EVERYBODY), public=True),
    "codeofpractice:edition": Leaf(get(EVERYBODY), lambda cast: {"code": "2018"}, public=True),
    "codeofpractice:file": Leaf(get(COMPANY_PEOPLE), lambda cast: {"pk": cast.stored_file().pk}),
    "codeofpractice:plan": Leaf(get(COMPANY_PEOPLE), of()),
    "codeofpractice:start": editing(post, of()),
    "codeofpractice:point": editing(form, of(point=2)),
    "codeofpractice:passage": editing(
        post,
        draft_row("passage", key="passage"),
        data=lambda cast: {"point": 3, "decision": "confirmed"},
    ),
    "codeofpractice:evidence": editing(form, of()),
    "codeofpractice:evidence_remove": editing(post, draft_row("draft_evidence")),
    "codeofpractice:document_add": editing(form, of()),
    "codeofpractice:document": editing(get, draft_row("document")),
    "codeofpractice:document_retry": editing(post, draft_row("document")),
    "codeofpractice:document_remove": editing(post, draft_row("document")),
    "codeofpractice:submit": editing(form, of()),
    "codeofpractice:withdraw": Leaf(form("owner", forbidden="editor viewer"), of()),
    "codeofpractice:version": Leaf(get(COMPANY_PEOPLE), of(version=1)),
    "codeofpractice:version_pdf": Leaf(get(COMPANY_PEOPLE), of(version=1)),
    "codeofpractice:version_json": Leaf(get(COMPANY_PEOPLE), of(version=1)),
}
