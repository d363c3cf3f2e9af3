"""Rows about one person of the cast, and signing in so that the password was just given."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications.models import Declaration, Membership, MembershipEvent
from assurance.models import Decision
from reviews import statistics

PASSWORD = "correct horse battery"


def signed_in(email: str, client: Client | None = None) -> Client:
    """Through the forms, with the password given again as some pages ask for it."""
    client = client or Client()
    answer = client.post(reverse("account_login"), {"login": email, "password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()
    answer = client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()
    return client


def opened(answer: Any) -> tuple[dict[str, Any], str]:
    """The JSON and the page of a copy that was downloaded."""
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        assert sorted(archive.namelist()) == ["data.json", "read-me.html"]
        return json.loads(archive.read("data.json")), archive.read("read-me.html").decode()


def rows_of(data: dict[str, Any], key: str) -> list[dict[str, Any]]:
    return next(held["rows"] for held in data["held"] if held["key"] == key)


def figures() -> Any:
    """What the public and DfT count; the moment of counting is the end of today."""
    now = timezone.now().replace(hour=23, minute=59, second=59, microsecond=0)
    today = timezone.localdate()
    since = today - timedelta(days=5000)
    return statistics.to_json(
        statistics.collect(period_from=since, period_to=today, as_of=now, checks_as_of=now)
    )


def record_of_the_scheme() -> list[Any]:
    """Rows that neither an erasure nor a removal may touch, as they are in the database."""
    kept = (Membership, MembershipEvent, Declaration, Decision)
    return [list(model.objects.order_by("pk").values()) for model in kept]
