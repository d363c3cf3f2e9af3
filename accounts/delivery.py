"""What becomes of a message: claimed by a task, sent, delivered, come back, failed, or tried again."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import NOTIFICATION_TRANSITIONS, Notification, NotificationStatus, User
from accounts.permissions import can_retry_messages
from accounts.services import record_event, require
from accounts.transitions import change_status

# Waits before the second, third, ... attempt. The last comes about twelve hours after the first.
RETRY_WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=8),
)
MAX_ATTEMPTS = len(RETRY_WAITS) + 1
# A task that died is taken over after this; longer than any sending can take (timeouts of ten seconds).
CLAIM = timedelta(minutes=5)

# What Notify's receipts say, and what that makes of a message.
RECEIPTS = {
    "delivered": NotificationStatus.DELIVERED,
    "permanent-failure": NotificationStatus.BOUNCED,
    "temporary-failure": NotificationStatus.FAILED,
    "technical-failure": NotificationStatus.FAILED,
}
RECEIPT_WORDS = {
    "permanent-failure": "Notify: there is no such mailbox (permanent-failure)",
    "temporary-failure": "Notify: the mailbox was full or did not answer for three days (temporary-failure)",
    "technical-failure": "Notify: a fault between Notify and the mail provider (technical-failure)",
}


@transaction.atomic
def claim_notification(*, notification_id: int) -> Notification | None:
    """Count an attempt and take the message, so that two tasks never send it at once.

    None when it is not due, not pending any more, or in another task's hands. The claim is committed
    before anything is sent: a crash in the middle counts as an attempt, and never loops for ever.
    """
    notification = (
        Notification.objects.select_for_update(skip_locked=True)
        .filter(pk=notification_id, status=NotificationStatus.PENDING, next_attempt_at__lte=Now())
        .first()
    )
    if notification is None:
        return None
    if notification.attempts >= MAX_ATTEMPTS:
        # The last attempt ended in a crash.
        _fail(notification, "The last attempt was cut off and its outcome is not known.")
        return None
    notification.attempts += 1
    notification.next_attempt_at = timezone.now() + CLAIM
    notification.save(update_fields=["attempts", "next_attempt_at"])
    return notification


def _lock(notification: Notification) -> Notification | None:
    return Notification.objects.select_for_update().filter(pk=notification.pk).first()


def _fail(locked: Notification, error: str) -> None:
    change_status(locked, NotificationStatus.FAILED, NOTIFICATION_TRANSITIONS)
    locked.last_error = error[:2000]
    locked.save()


@transaction.atomic
def mark_sent(*, notification: Notification, provider_id: str) -> None:
    """A receipt may have been faster: then only Notify's id is missing."""
    locked = _lock(notification)
    if locked is None:
        return
    locked.provider_id = provider_id
    if locked.status == NotificationStatus.PENDING:
        change_status(locked, NotificationStatus.SENT, NOTIFICATION_TRANSITIONS)
        locked.sent_at = timezone.now()
        locked.last_error = ""
    locked.save()


@transaction.atomic
def mark_bounced(*, notification: Notification, error: str) -> None:
    locked = _lock(notification)
    if locked is None or locked.status != NotificationStatus.PENDING:
        return
    change_status(locked, NotificationStatus.BOUNCED, NOTIFICATION_TRANSITIONS)
    locked.last_error = error[:2000]
    locked.save()


@transaction.atomic
def mark_refused(*, notification: Notification, error: str) -> None:
    """Nothing but a person can put it right: failed at once, and visible as such."""
    locked = _lock(notification)
    if locked is not None and locked.status == NotificationStatus.PENDING:
        _fail(locked, error)


@transaction.atomic
def plan_retry(*, notification: Notification, error: str) -> None:
    """Try again after a growing wait; after MAX_ATTEMPTS the message is failed."""
    locked = _lock(notification)
    if locked is None or locked.status != NotificationStatus.PENDING:
        return
    if locked.attempts >= MAX_ATTEMPTS:
        _fail(locked, error)
        return
    locked.last_error = error[:2000]
    locked.next_attempt_at = timezone.now() + RETRY_WAITS[max(locked.attempts, 1) - 1]
    locked.save()


@transaction.atomic
def record_receipt(*, reference: uuid.UUID, provider_id: str, outcome: str) -> bool:
    """What Notify says became of a message; False when there is no such message.

    A receipt that comes twice, late, or after a later one changes nothing: the table of transitions says
    what may follow. Raises KeyError for an outcome that is not in RECEIPTS.
    """
    status = RECEIPTS[outcome]
    locked = Notification.objects.select_for_update().filter(reference=reference).first()
    if locked is None:
        return False
    locked.provider_id = locked.provider_id or provider_id[:64]
    if status in NOTIFICATION_TRANSITIONS[locked.status]:
        now = timezone.now()
        change_status(locked, status, NOTIFICATION_TRANSITIONS)
        locked.sent_at = locked.sent_at or now
        locked.delivered_at = now if status == NotificationStatus.DELIVERED else None
        locked.last_error = RECEIPT_WORDS.get(outcome, "")
    locked.save()
    return True


@transaction.atomic
def retry_notification(*, notification: Notification, by: User) -> None:
    """Try again to send a message that failed or came back, with as many attempts as a new one has.

    It gets a new reference: receipts of the earlier sending must not speak for this one.
    """
    from accounts.tasks import send_notification

    locked = Notification.objects.select_for_update().get(pk=notification.pk)
    require(can_retry_messages(by), "Only an administrator can have a message sent again")
    before = locked.status
    change_status(locked, NotificationStatus.PENDING, NOTIFICATION_TRANSITIONS)
    locked.attempts = 0
    locked.sent_at = None
    locked.provider_id = ""
    locked.reference = uuid.uuid4()
    locked.next_attempt_at = timezone.now()
    locked.save()
    send_notification.delay_on_commit(locked.pk)
    record_event(verb="notification.retried", target=locked, by=by, data={"was": before})
