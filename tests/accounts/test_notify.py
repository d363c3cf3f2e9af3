"""Messages through GOV.UK Notify, a fake one over real HTTP: sending, faults, receipts, settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.delivery import claim_notification, retry_notification
from accounts.models import Notification, NotificationStatus
from accounts.services import queue_notification
from accounts.tasks import send_notification
from tests.accounts.fake_notify import BAD_ADDRESS, KEY, SERVICE, TEMPLATE, FakeNotify, running_notify
from tests.cast import Cast

pytestmark = pytest.mark.django_db
TOKEN = "a-token-of-forty-characters-for-receipts"


@pytest.fixture
def notify(settings: Any) -> Iterator[FakeNotify]:
    with running_notify() as running:
        settings.MESSAGES_VIA = "notify"
        settings.NOTIFY_API_KEY, settings.NOTIFY_TEMPLATE_ID = KEY, TEMPLATE
        settings.NOTIFY_BASE_URL, settings.NOTIFY_CALLBACK_TOKEN = running.address, TOKEN
        yield running


def written() -> Notification:
    return queue_notification(
        to="sian@example.com",
        subject="Croeso, Llŷn",
        body="Annwyl Siân,\n\nSee [here](https://evil.example).\n",
    )


def after_sending(message: Notification) -> Notification:
    send_notification(message.pk)
    message.refresh_from_db()
    return message


def make_due(message: Notification) -> None:
    Notification.objects.filter(pk=message.pk).update(next_attempt_at=timezone.now() - timedelta(hours=1))


def test_a_message_goes_out_with_the_one_template(notify: FakeNotify) -> None:
    message = after_sending(written())
    assert (message.status, message.attempts) == (NotificationStatus.SENT, 1)
    send_notification(message.pk)
    [taken] = notify.taken
    assert message.provider_id == taken.pop("id")
    assert taken == {
        "email_address": "sian@example.com",
        "template_id": TEMPLATE,
        "reference": str(message.reference),
        "personalisation": {
            "subject": "Croeso, Llŷn",
            "body": "Annwyl Siân,\n\nSee [here] (https://evil.example).\n",
        },
    }
    assert notify.asked == [], "nothing is looked up at a first attempt"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((400, BAD_ADDRESS), NotificationStatus.BOUNCED),
        (
            (400, {"errors": [{"error": "BadRequestError", "message": "Template not found"}]}),
            NotificationStatus.FAILED,
        ),
        ((403, {"errors": [{"error": "AuthError", "message": "Invalid token"}]}), NotificationStatus.FAILED),
        (
            (429, {"errors": [{"error": "RateLimitError", "message": "Exceeded rate limit"}]}),
            NotificationStatus.PENDING,
        ),
        ((500, {"errors": [{"error": "Exception", "message": "Internal"}]}), NotificationStatus.PENDING),
        ((503, {}), NotificationStatus.PENDING),
    ],
)
def test_what_a_fault_makes_of_a_message(
    notify: FakeNotify, answer: tuple[int, dict[str, Any]], expected: NotificationStatus
) -> None:
    notify.answers = [answer]
    message = after_sending(written())
    assert (message.status, message.attempts) == (expected, 1)
    assert message.last_error.startswith(f"Notify: {answer[0]}")
    assert notify.taken == []
    if expected == NotificationStatus.PENDING:
        make_due(message)
        assert after_sending(message).status == NotificationStatus.SENT


def test_a_wrong_key_is_refused_and_stays_visible(notify: FakeNotify, settings: Any) -> None:
    settings.NOTIFY_API_KEY = f"other-{SERVICE}-{uuid.uuid4()}"
    message = after_sending(written())
    assert message.status == NotificationStatus.FAILED
    assert "403" in message.last_error
    assert settings.NOTIFY_API_KEY[-36:] not in message.last_error


def test_notify_that_is_down_is_tried_later(notify: FakeNotify) -> None:
    notify.shutdown()
    notify.server_close()
    message = after_sending(written())
    assert (message.status, message.attempts) == (NotificationStatus.PENDING, 1)
    assert message.next_attempt_at > timezone.now()


def test_a_message_whose_answer_was_lost_is_not_sent_twice(notify: FakeNotify) -> None:
    notify.answers = ["drop"]
    message = after_sending(written())
    assert message.status == NotificationStatus.PENDING
    make_due(message)
    after_sending(message)
    assert (message.status, message.attempts) == (NotificationStatus.SENT, 2)
    assert [taken["id"] for taken in notify.taken] == [message.provider_id]
    assert notify.asked == [str(message.reference)]


def test_a_worker_killed_before_its_commit_sends_nothing_twice(notify: FakeNotify) -> None:
    from accounts.transport import send_message

    message = written()
    claimed = claim_notification(notification_id=message.pk)
    assert claimed is not None
    send_message(claimed)  # and here the worker dies
    make_due(message)
    assert after_sending(message).status == NotificationStatus.SENT
    assert len(notify.taken) == 1


def receipt(client: Client, body: Any, token: str = f"Bearer {TOKEN}") -> Any:
    content = body if isinstance(body, bytes | str) else json.dumps(body)
    headers = {"Authorization": token} if token else {}
    return client.post(
        reverse("accounts:receipts"), content, content_type="application/json", headers=headers
    )


def told(client: Client, message: Notification, outcome: str) -> Notification:
    body = {"id": str(uuid.uuid4()), "reference": str(message.reference), "status": outcome}
    assert receipt(client, body).status_code == 200
    message.refresh_from_db()
    return message


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        (["delivered"], NotificationStatus.DELIVERED),
        (["permanent-failure"], NotificationStatus.BOUNCED),
        (["temporary-failure"], NotificationStatus.FAILED),
        (["technical-failure"], NotificationStatus.FAILED),
        (["delivered", "delivered"], NotificationStatus.DELIVERED),
        (["delivered", "temporary-failure"], NotificationStatus.DELIVERED),
        (["delivered", "permanent-failure"], NotificationStatus.BOUNCED),
        (["permanent-failure", "delivered"], NotificationStatus.BOUNCED),
        (["temporary-failure", "delivered"], NotificationStatus.DELIVERED),
    ],
)
def test_receipts_in_any_order(
    notify: FakeNotify, client: Client, outcomes: list[str], expected: NotificationStatus
) -> None:
    message = after_sending(written())
    sent_at, provider_id = message.sent_at, message.provider_id
    for outcome in outcomes:
        told(client, message, outcome)
    assert message.status == expected
    assert (message.delivered_at is not None) == (expected == NotificationStatus.DELIVERED)
    assert (message.sent_at, message.provider_id) == (sent_at, provider_id)
    assert bool(message.last_error) == (expected != NotificationStatus.DELIVERED)


def test_a_second_receipt_changes_nothing(notify: FakeNotify, client: Client) -> None:
    message = told(client, after_sending(written()), "delivered")
    first = message.delivered_at
    assert told(client, message, "delivered").delivered_at == first


def test_a_receipt_that_is_faster_than_the_task(notify: FakeNotify, client: Client) -> None:
    message = written()
    claimed = claim_notification(notification_id=message.pk)
    assert claimed is not None
    told(client, message, "delivered")
    from accounts.delivery import mark_sent

    mark_sent(notification=claimed, provider_id="the-id")
    message.refresh_from_db()
    assert (message.status, message.provider_id) != (NotificationStatus.SENT, "")
    assert message.status == NotificationStatus.DELIVERED
    assert message.sent_at is not None


def test_a_receipt_of_an_earlier_sending_says_nothing_of_the_next(
    notify: FakeNotify, client: Client, cast: Cast
) -> None:
    message = after_sending(written())
    before = {"reference": str(message.reference), "status": "permanent-failure"}
    told(client, message, "permanent-failure")
    retry_notification(notification=message, by=cast.administrator)
    after_sending(message)
    assert message.status == NotificationStatus.SENT
    assert len(notify.taken) == 2
    assert receipt(client, before).status_code == 404
    message.refresh_from_db()
    assert message.status == NotificationStatus.SENT


@pytest.mark.parametrize("token", ["", "Bearer wrong", "Bearer ", "Bearer é", f"Bearer {TOKEN}x"])
def test_a_receipt_needs_the_token(notify: FakeNotify, client: Client, token: str) -> None:
    message = after_sending(written())
    body = {"reference": str(message.reference), "status": "delivered"}
    assert receipt(client, body, token=token).status_code == 403
    message.refresh_from_db()
    assert message.status == NotificationStatus.SENT


def test_without_a_token_of_our_own_no_receipt_is_believed(
    notify: FakeNotify, client: Client, settings: Any
) -> None:
    settings.NOTIFY_CALLBACK_TOKEN = ""
    for token in ("", "Bearer ", f"Bearer {TOKEN}"):
        assert (
            receipt(client, {"reference": str(uuid.uuid4()), "status": "delivered"}, token).status_code == 403
        )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"\xff\xfe", 400),
        ("", 400),
        ("[]", 400),
        ("null", 400),
        ({"status": "delivered"}, 400),
        ({"reference": None, "status": "delivered"}, 400),
        ({"reference": "x\x00", "status": "delivered"}, 400),
        ({"reference": str(uuid.UUID(int=7)), "status": "sending"}, 400),
        ({"reference": str(uuid.UUID(int=7)), "status": "delivered"}, 404),
        ({"reference": str(uuid.UUID(int=7)), "status": ["delivered"]}, 400),
    ],
)
def test_what_is_no_receipt_is_refused(notify: FakeNotify, client: Client, body: Any, expected: int) -> None:
    assert receipt(client, body).status_code == expected


RIGHT = {
    "MESSAGES_VIA": "notify",
    "NOTIFY_API_KEY": KEY,
    "NOTIFY_TEMPLATE_ID": TEMPLATE,
    "NOTIFY_CALLBACK_TOKEN": TOKEN,
}


def started_with(**given: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NOTIFY_")}
    return subprocess.run(
        [sys.executable, "-c", "from rvss import settings; print(settings.MESSAGES_VIA)"],
        cwd=django_settings.BASE_DIR,
        env={**environment, **given},
        capture_output=True,
        text=True,
    )


def test_whole_settings_start() -> None:
    assert started_with(**RIGHT).stdout == "notify\n"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MESSAGES_VIA", "pigeon"),
        ("NOTIFY_API_KEY", ""),
        ("NOTIFY_API_KEY", "rvss_tests-5f1c6f2a"),
        ("NOTIFY_TEMPLATE_ID", ""),
        ("NOTIFY_TEMPLATE_ID", "welcome"),
        ("NOTIFY_BASE_URL", "http://notify.example.com"),
        ("NOTIFY_BASE_URL", "https://"),
        ("NOTIFY_CALLBACK_TOKEN", ""),
        ("NOTIFY_CALLBACK_TOKEN", "short"),
    ],
)
def test_a_missing_or_malformed_setting_stops_the_start(name: str, value: str) -> None:
    ended = started_with(**{**RIGHT, name: value})
    assert ended.returncode != 0
    assert name in ended.stderr
