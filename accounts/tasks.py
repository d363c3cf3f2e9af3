from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from celery.contrib.django.task import DjangoTask
from django.db.models.functions import Now
from django.utils import timezone

from accounts import delivery, tokens
from accounts.idempotency import forget_answers
from accounts.models import ApiToken, Notification
from accounts.transport import AddressRefused, MessageRefused, TryAgain, send_message


@shared_task(base=DjangoTask)
def send_notification(notification_id: int) -> None:
    """Send one message. Harmless when run twice: a message is claimed first, and only one task can.

    A crash between the mail server's yes and mark_sent sends a mail twice, with one Message-ID; Notify is
    asked for the reference before it is given the message again.
    """
    notification = delivery.claim_notification(notification_id=notification_id)
    if notification is None:
        return
    try:
        provider_id = send_message(notification)
    except TryAgain as error:
        delivery.plan_retry(notification=notification, error=str(error))
    except AddressRefused as error:
        delivery.mark_bounced(notification=notification, error=str(error))
    except MessageRefused as error:
        delivery.mark_refused(notification=notification, error=str(error))
    else:
        delivery.mark_sent(notification=notification, provider_id=provider_id)


@shared_task(base=DjangoTask)
def sweep_notifications() -> int:
    """Start what is due: a new message whose start a crash lost, a retry, a claim whose task died.

    A new message is left alone for half a minute, as its own task is about to start. Returns how many.
    """
    pending = Notification.objects.pending().filter(next_attempt_at__lt=Now() - timedelta(seconds=30))
    ids = list(pending.order_by("next_attempt_at").values_list("pk", flat=True)[:500])
    for notification_id in ids:
        send_notification.delay(notification_id)
    return len(ids)


@shared_task(base=DjangoTask)
def keep_tokens() -> dict[str, int]:
    """Warn of tokens that expire, and forget answers of the API that have served. Harmless twice."""
    now = timezone.now()
    soon = ApiToken.objects.expiring_unwarned(now).order_by("pk")[:500]
    return {
        "warned": sum(tokens.warn_of_expiry(token=token, now=now) for token in soon),
        "forgotten": forget_answers(now),
    }
