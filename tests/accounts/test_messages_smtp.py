"""Messages through a real mail server: what it takes, refuses, and puts off."""

from __future__ import annotations

import email
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.delivery import MAX_ATTEMPTS, RETRY_WAITS, claim_notification, mark_sent
from accounts.models import Notification, NotificationStatus
from accounts.services import queue_notification
from accounts.tasks import send_notification, sweep_notifications
from tests.accounts.mail_server import MailServer, running_mail_server

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings: Any) -> Iterator[MailServer]:
    with running_mail_server() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running.port
        settings.EMAIL_USE_TLS, settings.EMAIL_TIMEOUT = False, 2
        yield running


def written() -> Notification:
    return queue_notification(
        to="sian@example.com",
        subject="Croeso i Gaerdydd: Llŷn\nBcc: x@example.com",
        body="Annwyl Siân,\n\n.\nDiolch.\n",
    )


def after_sending(message: Notification) -> Notification:
    send_notification(message.pk)
    message.refresh_from_db()
    return message


def make_due(message: Notification) -> None:
    Notification.objects.filter(pk=message.pk).update(next_attempt_at=timezone.now() - timedelta(hours=1))


def test_a_message_is_sent_once_whole(server: MailServer) -> None:
    message = after_sending(written())
    assert (message.status, message.attempts, message.last_error) == (NotificationStatus.SENT, 1, "")
    assert message.sent_at is not None
    send_notification(message.pk)
    assert len(server.taken) == 1, "a task that runs twice sends one"
    parsed = email.message_from_bytes(server.taken[0])
    assert parsed["To"] == "sian@example.com"
    assert parsed["Bcc"] is None, "a line break in a subject adds no header"
    assert parsed["Message-ID"] == f"<{message.reference}@rvss.invalid>"
    text = parsed.get_payload(decode=True).decode()
    assert "Annwyl Siân" in text
    assert "Diolch." in text


@pytest.mark.parametrize(
    ("command", "answer", "expected"),
    [
        ("RCPT", "550 5.1.1 no such user", NotificationStatus.BOUNCED),
        ("RCPT", "450 4.2.1 busy", NotificationStatus.PENDING),
        ("END", "550 5.1.1 no such user after all", NotificationStatus.BOUNCED),
        ("END", "554 5.7.1 looks like junk", NotificationStatus.FAILED),
        ("END", "452 4.3.1 no room", NotificationStatus.PENDING),
        ("MAIL", "550 5.1.8 who are you", NotificationStatus.BOUNCED),
        ("MAIL", "553 5.7.1 not your address", NotificationStatus.FAILED),
        ("MAIL", "421 4.3.2 closing", NotificationStatus.PENDING),
    ],
)
def test_what_a_refusal_makes_of_a_message(
    server: MailServer, command: str, answer: str, expected: NotificationStatus
) -> None:
    server.refuses = {command: answer}
    message = after_sending(written())
    assert (message.status, message.attempts) == (expected, 1)
    assert answer.split(" ", 2)[2] in message.last_error
    assert server.taken == []


def test_nothing_that_is_settled_is_sent_again(server: MailServer) -> None:
    server.refuses = {"RCPT": "550 5.1.1 no such user"}
    message = after_sending(written())
    server.refuses = {}
    make_due(message)
    assert sweep_notifications() == 0
    send_notification(message.pk)
    assert server.taken == []


def test_waits_grow_until_the_message_is_given_up(server: MailServer) -> None:
    server.shutdown()
    server.server_close()
    message = written()
    for place, wait in enumerate(RETRY_WAITS):
        before = timezone.now()
        after_sending(message)
        assert message.status == NotificationStatus.PENDING
        assert message.attempts == place + 1
        assert before + wait <= message.next_attempt_at <= timezone.now() + wait
        send_notification(message.pk)
        message.refresh_from_db()
        assert message.attempts == place + 1, "not before its time"
        make_due(message)
    after_sending(message)
    assert (message.status, message.attempts) == (NotificationStatus.FAILED, MAX_ATTEMPTS)
    assert "ConnectionRefusedError" in message.last_error
    assert list(RETRY_WAITS) == sorted(set(RETRY_WAITS))


def test_the_sweeper_takes_what_is_due_and_nothing_else(server: MailServer) -> None:
    due, fresh, later = written(), written(), written()
    make_due(due)
    Notification.objects.filter(pk=later.pk).update(next_attempt_at=timezone.now() + timedelta(minutes=5))
    assert sweep_notifications() == 1
    Notification.objects.filter(pk=fresh.pk).update(next_attempt_at=timezone.now() - timedelta(seconds=40))
    assert sweep_notifications() == 2


def test_a_claim_is_one_tasks_until_it_is_over(server: MailServer) -> None:
    message = written()
    assert claim_notification(notification_id=message.pk) is not None
    assert claim_notification(notification_id=message.pk) is None
    make_due(message)
    again = claim_notification(notification_id=message.pk)
    assert again is not None
    assert again.attempts == 2, "the cut-off attempt counts"


def test_a_crash_in_the_last_attempt_ends_it(server: MailServer) -> None:
    message = written()
    Notification.objects.filter(pk=message.pk).update(attempts=MAX_ATTEMPTS)
    after_sending(message)
    assert message.status == NotificationStatus.FAILED
    assert "cut off" in message.last_error
    assert server.taken == []


def test_a_message_that_was_removed_meanwhile_is_no_error(server: MailServer) -> None:
    message = written()
    gone = Notification(pk=message.pk)
    Notification.objects.all().delete()
    send_notification(message.pk)
    mark_sent(notification=gone, provider_id="")
    assert not Notification.objects.exists()


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("notification_sent_has_time", {"status": "sent"}),
        ("notification_sent_has_time", {"status": "delivered", "delivered_at": timezone.now()}),
        ("notification_sent_has_time", {"sent_at": timezone.now()}),
        ("notification_delivered_has_time", {"status": "delivered", "sent_at": timezone.now()}),
        ("notification_delivered_has_time", {"status": "bounced", "delivered_at": timezone.now()}),
        ("notification_sent_has_time", {"status": "lost"}),
    ],
)
def test_the_database_keeps_states_and_times_together(constraint: str, fields: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Notification.objects.create(to="a@example.com", subject="-", body="-", **fields)


def test_a_reference_is_one_messages() -> None:
    first, second = written(), written()
    assert first.reference != second.reference
    with pytest.raises(IntegrityError, match="reference"), transaction.atomic():
        Notification.objects.filter(pk=second.pk).update(reference=first.reference)
