"""Who may download the queue, give applications away, and keep views of lists."""

from __future__ import annotations

from typing import Any

from accounts.models import SavedView
from tests.access.expectation import ASSURERS, DFT, LEADS, Leaf, Who, form, get, post
from tests.cast import Cast

QUEUE = "applications:queue"


def of_list(cast: Cast) -> dict[str, Any]:
    return {"list": QUEUE, "name": "Mine", "query": "assigned=me"}


def view(cast: Cast) -> dict[str, Any]:
    """A view of the assurer's: everybody else is told that there is none."""
    saved, _ = SavedView.objects.get_or_create(owner=cast.assurer, page=QUEUE, name="Mine")
    return {"pk": saved.pk}


EXPECTATIONS: dict[str, Leaf | list[Leaf]] = {
    "applications:queue_csv": Leaf(get(DFT, otherwise=403)),
    "applications:queue_assign": Leaf(form(f"{ASSURERS} {LEADS}", otherwise=403)),
    "accounts:saved_views": Leaf({"GET": Who(ok=DFT, otherwise=403, data=of_list)}),
    "accounts:save_view": Leaf(
        {method: Who(ok=DFT, otherwise=403, data=of_list) for method in ("GET", "POST")}
    ),
    "accounts:rename_view": Leaf(form("assurer"), view),
    "accounts:delete_view": Leaf(form("assurer"), view),
    "accounts:default_view": Leaf(post("assurer"), view),
}
