"""Who may manage people, and read messages and the record."""

from __future__ import annotations

from typing import Any

from accounts.models import Notification, NotificationStatus
from tests.access.expectation import SIGNED_IN, Leaf, form, get, post
from tests.cast import Cast

ADMINISTRATOR = "administrator"


def someone(cast: Cast) -> dict[str, Any]:
    return {"pk": cast.viewer.pk}


def own_message(cast: Cast) -> dict[str, Any]:
    made = Notification.objects.create(user=cast.owner, to=cast.owner.email, subject="Sent", body="To you.")
    return {"pk": made.pk}


def failed_message(cast: Cast) -> dict[str, Any]:
    status = NotificationStatus.FAILED
    made = Notification.objects.create(
        user=cast.owner, to=cast.owner.email, subject="Lost", body="-", status=status
    )
    return {"pk": made.pk}


EXPECTATIONS: dict[str, Leaf | list[Leaf]] = {
    "accounts:people": Leaf(get(ADMINISTRATOR, otherwise=403)),
    "accounts:person": Leaf(get(ADMINISTRATOR, otherwise=403), someone),
    "accounts:role": [
        Leaf(form(ADMINISTRATOR, otherwise=403), someone),
        Leaf(form("", otherwise=403), lambda cast: {"pk": cast.administrator.pk}, note="their own"),
    ],
    "accounts:deactivate": [
        Leaf(form(ADMINISTRATOR, otherwise=403), someone),
        Leaf(form("", otherwise=403), lambda cast: {"pk": cast.administrator.pk}, note="their own"),
    ],
    "accounts:reactivate": Leaf(form(ADMINISTRATOR, otherwise=403), someone),
    "accounts:messages": Leaf(get(SIGNED_IN)),
    "accounts:message": Leaf(get("owner"), own_message),
    "accounts:failed": Leaf(get(ADMINISTRATOR, otherwise=403)),
    "accounts:retry": Leaf(post(ADMINISTRATOR, otherwise=403), failed_message),
    "accounts:record": Leaf(get(ADMINISTRATOR, otherwise=403)),
}
