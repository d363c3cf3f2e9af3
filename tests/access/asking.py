"""Who may ask the company during a check, answer, and keep notes."""

from __future__ import annotations

from tests.access.assurance import of, working
from tests.access.expectation import COMPANY_PEOPLE, LEADS, Leaf, form, get, post

EXPECTATIONS: dict[str, Leaf | list[Leaf]] = {
    "assurance:request_add": working(form, of("open_check", point=3)),
    "assurance:request_withdraw": Leaf(
        form(f"assurer {LEADS}"),
        lambda cast: {"pk": cast.open_check.pk, "asked": cast.question().pk},
    ),
    "assurance:request_extend": Leaf(
        form(f"assurer {LEADS}"),
        lambda cast: {"pk": cast.open_check.pk, "asked": cast.question().pk},
    ),
    "assurance:note_add": Leaf(form(f"assurer {LEADS}"), of("open_check")),
    "assurance:request_answer": Leaf(
        get(COMPANY_PEOPLE) | post("owner editor", forbidden="viewer"),
        lambda cast: {"pk": cast.question().pk},
    ),
}
