"""Writing the record, and messages to people. Other rooms call these inside their own transactions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, models, transaction
from django.utils import timezone

from accounts.models import AuditEvent, Notification, User

AUDIT_LOCK = 0x52565353  # "RVSS": the advisory lock under which the chain grows
FIRST_DIGEST = "0" * 64


def require(allowed: bool, message: str = "You are not allowed to do this") -> None:
    """Raise PermissionDenied (403) unless allowed."""
    if not allowed:
        raise PermissionDenied(message)


def digest_event(event: AuditEvent) -> str:
    """SHA-256 over the canonical JSON of the row and the digest before it."""
    fields = {
        "at": event.at.astimezone(UTC).isoformat(),
        "by": event.by_id,
        "verb": event.verb,
        "target_type": event.target_type,
        "target_id": event.target_id,
        "target_label": event.target_label,
        "reason": event.reason,
        "data": event.data,
        "previous": event.previous_digest,
    }
    return hashlib.sha256(
        json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    ).hexdigest()


def label_of(target: models.Model) -> str:
    """What the record calls a row. It cannot be edited, so a row that names people has another label."""
    return str(getattr(target, "record_label", target))[:200]


def build_event(
    *,
    verb: str,
    target: models.Model,
    by: User | None,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
    at: datetime | None = None,
    previous_digest: str,
) -> AuditEvent:
    """An unsaved link of the chain; record_event and the seeding command save it."""
    event = AuditEvent(
        at=at or timezone.now(),
        by=by,
        verb=verb,
        target_type=target._meta.label_lower,
        target_id=str(target.pk),
        target_label=label_of(target),
        reason=reason,
        data=dict(data or {}),
        previous_digest=previous_digest,
    )
    event.digest = digest_event(event)
    return event


@transaction.atomic
def record_event(
    *,
    verb: str,
    target: models.Model,
    by: User | None,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Append to the record. Call it last in a service: it holds the chain's lock until commit.

    `by` is None only for what the service does on its own (a lapse, a sweep).
    """
    event = build_event(
        verb=verb, target=target, by=by, reason=reason, data=data, previous_digest=_last_digest()
    )
    event.save(force_insert=True)
    return event


def _last_digest() -> str:
    """The end of the chain, which nobody else can move before this transaction is over."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [AUDIT_LOCK])
    last = AuditEvent.objects.order_by("-pk").values_list("digest", flat=True).first()
    return last or FIRST_DIGEST


@transaction.atomic
def record_events(
    *, verb: str, targets: Sequence[models.Model], by: User | None, data: Mapping[str, Any] | None = None
) -> None:
    """The same change of many rows: one link of the chain each, in three queries. Call it last, too."""
    if not targets:
        return
    digest = _last_digest()
    events = []
    for target in targets:
        event = build_event(verb=verb, target=target, by=by, data=data, previous_digest=digest)
        digest = event.digest
        events.append(event)
    AuditEvent.objects.bulk_create(events)


def queue_notification(
    *, to: str, subject: str, body: str, user: User | None = None, holds_key: bool = False
) -> Notification:
    """Write the message as a row in the caller's transaction; a task sends it after commit.

    `holds_key` says that a link in it opens an account, or answers for somebody: the text is for the mailbox
    only. A message without a user is shown to whoever has confirmed the address.
    """
    from accounts.tasks import send_notification

    notification = Notification.objects.create(
        to=to, subject=" ".join(subject.split())[:200], body=body, user=user, holds_key=holds_key
    )
    send_notification.delay_on_commit(notification.pk)
    return notification


def queue_notifications(messages: Sequence[Notification], *, at_once: bool = True) -> None:
    """The same for many unsaved messages, in one query.

    With `at_once` off the sweeper sends them, some hundreds a minute: thousands of messages then do not stand
    before the one for which somebody waits at a screen.
    """
    from accounts.tasks import send_notification

    for message in messages:
        message.subject = " ".join(message.subject.split())[:200]
    for notification in Notification.objects.bulk_create(messages):
        if at_once:
            send_notification.delay_on_commit(notification.pk)
