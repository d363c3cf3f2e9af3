"""Who may read a plan a second time, give, settle, and see how readers agree."""

from __future__ import annotations

from typing import Any

from tests.access.expectation import ASSURERS, LEADS, Leaf, form, get, post
from tests.cast import Cast


def of(cast: Cast) -> dict[str, Any]:
    return {"pk": cast.reading().pk}


EXPECTATIONS: dict[str, Leaf | list[Leaf]] = {
    "assurance:calibration": Leaf(get(f"{ASSURERS} {LEADS}", otherwise=403)),
    "assurance:readings": Leaf(get(f"{ASSURERS} {LEADS}", otherwise=403)),
    "assurance:reading": Leaf(get(f"other_assurer {LEADS}"), of),
    "assurance:reading_declare": Leaf(form("other_assurer", forbidden=LEADS), of),
    "assurance:reading_take": Leaf(post("other_assurer", forbidden=LEADS), of),
    "assurance:reading_give": Leaf(form(LEADS, forbidden="other_assurer"), of),
    "assurance:reading_point": Leaf(
        form("other_assurer", forbidden=LEADS), lambda cast: {"pk": cast.reading().pk, "point": 3}
    ),
    "assurance:reading_file": Leaf(
        get("other_assurer", forbidden=LEADS),
        lambda cast: {"pk": cast.reading().pk, "file": cast.stored_file().pk},
    ),
    "assurance:reading_submit": Leaf(post("other_assurer", forbidden=LEADS), of),
    "assurance:reading_settle": Leaf(form(LEADS, forbidden="other_assurer"), of),
}
