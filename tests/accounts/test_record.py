"""The record on its page, and the walk along its chain."""

from __future__ import annotations

import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from accounts.services import record_event
from tests.cast import Cast

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def administrator(cast: Cast, client: Client) -> Client:
    client.force_login(cast.administrator, backend=BACKEND)
    return client


@pytest.fixture
def events(cast: Cast) -> list[AuditEvent]:
    return [
        record_event(
            verb=verb, target=cast.sent_application, by=by, reason=f"Reason {place}", data={"n": place}
        )
        for place, (verb, by) in enumerate(
            [
                ("application.submitted", cast.owner),
                ("application.accepted", cast.assurer),
                ("membership.lapsed", None),
            ]
        )
    ]


def change(sql: str, *values: Any) -> None:
    """As the owner of the tables could."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE accounts_auditevent DISABLE TRIGGER USER")
        cursor.execute(sql, values)
        cursor.execute("ALTER TABLE accounts_auditevent ENABLE TRIGGER USER")


def test_a_whole_chain_holds(events: list[AuditEvent]) -> None:
    out = StringIO()
    call_command("verify_audit", stdout=out)
    assert out.getvalue() == f"3 events, and the chain holds. Last digest: {events[-1].digest}\n"


@pytest.mark.parametrize(
    "assignment",
    [
        "reason = 'reason 1'",
        "verb = 'application.accepteD'",
        "at = at + interval '1 microsecond'",
        "by_id = NULL",
        "target_id = target_id || ' '",
        "target_type = 'accounts.user'",
        "target_label = ''",
        "data = '{\"n\": 2}'",
        "digest = repeat('0', 64)",
    ],
)
def test_the_first_changed_event_is_named(events: list[AuditEvent], assignment: str) -> None:
    change(f"UPDATE accounts_auditevent SET {assignment} WHERE id = %s", events[1].pk)
    with pytest.raises(CommandError, match=f"event {events[1].pk} .*not what was recorded.* The 1 before"):
        call_command("verify_audit")


def test_a_missing_event_shows_at_the_next_one(events: list[AuditEvent]) -> None:
    change("DELETE FROM accounts_auditevent WHERE id = %s", events[1].pk)
    with pytest.raises(CommandError, match=f"event {events[2].pk} .*does not follow"):
        call_command("verify_audit")


def test_an_event_that_was_put_in_shows(events: list[AuditEvent]) -> None:
    change("UPDATE accounts_auditevent SET previous_digest = %s WHERE id = %s", "1" * 64, events[0].pk)
    with pytest.raises(CommandError, match=f"event {events[0].pk} .*does not follow"):
        call_command("verify_audit")


def shown(answer: Any) -> list[str]:
    return re.findall(r"<strong>([A-Z][a-z ]+)</strong>", answer.content.decode())


def test_the_page_shows_who_when_why_and_filters(
    cast: Cast, administrator: Client, events: list[AuditEvent]
) -> None:
    address = reverse("accounts:record")
    everything = administrator.get(address)
    assert shown(everything) == ["Membership lapsed", "Application accepted", "Application submitted"]
    text = everything.content.decode()
    for words in (
        cast.sent_application.reference,
        "Assurer",
        "the service itself",
        "Reason: Reason 1",
        "n: 2",
    ):
        assert words in text
    for typed, found in {
        "application": ["Application accepted", "Application submitted"],
        "Application accepted": ["Application accepted"],
        "application.sub": ["Application submitted"],
        "application.": ["Application accepted", "Application submitted"],
        "accepted": [],
    }.items():
        assert shown(administrator.get(address, {"verb": typed})) == found, typed
    assert shown(administrator.get(address, {"person": "ASSURER@example.com"})) == ["Application accepted"]
    assert shown(administrator.get(address, {"person": "nobody@example.com"})) == []
    today, before = timezone.localdate(), timezone.localdate() - timedelta(days=1)
    assert len(shown(administrator.get(address, day("since", today) | day("until", today)))) == 3
    assert shown(administrator.get(address, day("until", before))) == []


def day(name: str, value: Any) -> dict[str, str]:
    return {f"{name}_day": str(value.day), f"{name}_month": str(value.month), f"{name}_year": str(value.year)}


@pytest.mark.parametrize(
    ("year", "words"),
    [
        ("1", "Enter a real date"),
        ("9999", "Enter a real date"),
        ("9" * 400, "Enter a real date"),
        ("1999", "Enter a year from 2000 on"),
    ],
)
def test_a_date_that_no_clock_shows_is_refused_in_words(
    administrator: Client, events: list[AuditEvent], year: str, words: str
) -> None:
    asked = {"until_day": "31", "until_month": "12", "until_year": year}
    answer = administrator.get(reverse("accounts:record"), asked)
    assert words in answer.content.decode()


def test_the_last_day_cannot_stand_before_the_first(administrator: Client) -> None:
    today = timezone.localdate()
    asked = day("since", today) | day("until", today - timedelta(days=3))
    text = administrator.get(reverse("accounts:record"), asked).content.decode()
    assert "The last day must be the same as or after the first day" in text


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_costs_the_same_for_any_number(
    cast: Cast, administrator: Client, rows: int, django_assert_num_queries: Any
) -> None:
    for _ in range(rows):
        record_event(verb="test.done", target=cast.alpha, by=cast.owner)
    administrator.get(reverse("accounts:record"))
    with django_assert_num_queries(2):
        answer = administrator.get(reverse("accounts:record"))
    assert shown(answer) == ["Test done"] * rows
