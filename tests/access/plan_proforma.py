"""Who may take a company's plan offline, and save what came back."""

from __future__ import annotations

from typing import Any

from codeofpractice.models import DocumentKind
from tests import factories as make
from tests.access.expectation import Leaf, form, get
from tests.cast import Cast


def of_plan(cast: Cast) -> dict[str, Any]:
    return {"number": cast.membership.number}


def of_proforma(cast: Cast) -> dict[str, Any]:
    document = cast.draft_version.documents.proformas().first() or make.PlanDocumentFactory(
        version=cast.draft_version, kind=DocumentKind.PROFORMA
    )
    return {"number": cast.membership.number, "pk": document.pk}


EDITING = form("owner editor", forbidden="viewer")

EXPECTATIONS: dict[str, Leaf | list[Leaf]] = {
    "codeofpractice:proforma": Leaf(EDITING, of_plan),
    "codeofpractice:proforma_download": Leaf(
        get("owner editor", forbidden="viewer"), lambda cast: of_plan(cast) | {"suffix": "docx"}
    ),
    "codeofpractice:proforma_review": Leaf(EDITING, of_proforma),
}
