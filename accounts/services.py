"""Writing the record, and messages to people. Other rooms call these inside their own transactions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, models, transaction
from django.utils import timezone

from accounts.models import (
    NOTIFICATION_TRANSITIONS,
    AuditEvent,
    Notification,
    NotificationStatus,
    User,
)
from accounts.transitions import change_status

AUDIT_LOCK = 0x52565353  # "RVSS": the advisory lock under which the chain grows
FIRST_DIGEST = "0" * 64
MAX_ATTEMPTS = 5


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
        target_label=str(target)[:200],
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
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [AUDIT_LOCK])
    last = AuditEvent.objects.order_by("-pk").values_list("digest", flat=True).first()
    event = build_event(
        verb=verb, target=target, by=by, reason=reason, data=data, previous_digest=last or FIRST_DIGEST
    )
    event.save(force_insert=True)
    return event


def queue_notification(*, to: str, subject: str, body: str, user: User | None = None) -> Notification:
    """Write the message as a row in the caller's transaction; a task sends it after commit."""
    from accounts.tasks import send_notification

    notification = Notification.objects.create(
        to=to, subject=" ".join(subject.split())[:200], body=body, user=user
    )
    send_notification.delay_on_commit(notification.pk)
    return notification


@transaction.atomic
def mark_notification_sent(*, notification: Notification) -> None:
    change_status(notification, NotificationStatus.SENT, NOTIFICATION_TRANSITIONS)
    notification.sent_at = timezone.now()
    notification.attempts += 1
    notification.last_error = ""
    notification.save()


@transaction.atomic
def mark_notification_failed_attempt(*, notification: Notification, error: str) -> None:
    """Count the attempt; after MAX_ATTEMPTS the message is failed and stays visible as such."""
    notification.attempts += 1
    notification.last_error = error[:2000]
    if notification.attempts >= MAX_ATTEMPTS:
        change_status(notification, NotificationStatus.FAILED, NOTIFICATION_TRANSITIONS)
    notification.save()
