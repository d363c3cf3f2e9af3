"""The history of memberships that began before it was kept comes from what was recorded then."""

from __future__ import annotations

import importlib
from datetime import UTC, date, datetime

from django.db import connection

from accounts.services import build_event, record_event
from applications.models import MembershipEvent
from tests.cast import Cast


def test_what_the_record_says_becomes_the_history(cast: Cast) -> None:
    member, other = cast.membership, cast.other_membership
    record_event(verb="membership.suspended", target=member, by=cast.lead, reason="No plan.")
    record_event(verb="membership.reinstated", target=member, by=cast.lead, reason="It came.")
    record_event(verb="membership.lapsed", target=other, by=None, reason="")
    record_event(verb="membership.removed", target=other, by=None, reason="Nobody knows who.")
    record_event(verb="application.accepted", target=member.application, by=cast.lead)
    migration = importlib.import_module("applications.migrations.0005_past_membership_events")
    with connection.cursor() as cursor:
        cursor.execute(migration.STARTED)
        cursor.execute(migration.CHANGED)
    made = [(row.kind, row.by, row.reason) for row in member.events.order_by("pk")]
    assert made == [
        ("started", member.application.decided_by, ""),
        ("suspended", cast.lead, "No plan."),
        ("reinstated", cast.lead, "It came."),
    ]
    assert member.events.get(kind="started").day == member.started_on
    others = [(row.kind, row.by, row.reason) for row in other.events.order_by("pk")]
    assert others == [
        ("started", other.application.decided_by, ""),
        ("lapsed", None, "No reason was recorded."),
    ]


def test_a_day_is_a_day_in_london(cast: Cast) -> None:
    """Half past eleven in the evening of 30 June in UTC is 1 July there."""
    at = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    build_event(
        verb="membership.suspended",
        target=cast.membership,
        by=cast.lead,
        reason="No plan.",
        at=at,
        previous_digest="0" * 64,
    ).save()
    migration = importlib.import_module("applications.migrations.0005_past_membership_events")
    with connection.cursor() as cursor:
        cursor.execute(migration.CHANGED)
    assert MembershipEvent.objects.get().day == date(2026, 7, 1)
    assert MembershipEvent.objects.get().at == at
