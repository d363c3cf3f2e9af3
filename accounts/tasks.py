from __future__ import annotations

from datetime import timedelta
from smtplib import SMTPException

from celery import shared_task
from celery.contrib.django.task import DjangoTask
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone

from accounts.models import Notification, NotificationStatus
from accounts.services import mark_notification_failed_attempt, mark_notification_sent


@shared_task(base=DjangoTask)
def send_notification(notification_id: int) -> None:
    """Send one message. Harmless when run twice: the row is locked and only a pending one is sent."""
    with transaction.atomic():
        notification = (
            Notification.objects.select_for_update(skip_locked=True)
            .filter(pk=notification_id, status=NotificationStatus.PENDING)
            .first()
        )
        if notification is None:
            return
        try:
            EmailMessage(
                subject=notification.subject,
                body=notification.body,
                to=[notification.to],
                headers={"Message-ID": f"<notification-{notification.pk}@rvss.invalid>"},
            ).send()
        except (SMTPException, OSError) as error:
            mark_notification_failed_attempt(notification=notification, error=repr(error))
        else:
            mark_notification_sent(notification=notification)


@shared_task(base=DjangoTask)
def sweep_notifications() -> int:
    """Start again what a crash left pending for over a minute; returns how many."""
    before = timezone.now() - timedelta(minutes=1)
    pending = Notification.objects.pending().filter(created_at__lt=before)
    ids = list(pending.order_by("pk").values_list("pk", flat=True)[:500])
    for notification_id in ids:
        send_notification.delay(notification_id)
    return len(ids)
