"""Messages: one's own, those that could not be sent, and the mail of a developer's machine."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, Notification, NotificationStatus
from tests.cast import Cast

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def message(cast: Cast, name: str = "owner", **more: Any) -> Notification:
    user = getattr(cast, name)
    fields = {"subject": "A question", "body": "What is\nit?\n\n<b>Now</b>", **more}
    return Notification.objects.create(user=user, to=user.email, **fields)


def test_a_person_reads_their_own_messages_and_no_others(cast: Cast, client: Client) -> None:
    mine, other = message(cast), message(cast, "other_owner", subject="Not for you")
    client.force_login(cast.owner, backend=BACKEND)
    text = client.get(reverse("accounts:messages")).content.decode()
    assert "A question" in text
    assert "Not for you" not in text
    shown = client.get(reverse("accounts:message", kwargs={"pk": mine.pk})).content.decode()
    assert "What is<br>it?" in shown
    assert "&lt;b&gt;Now&lt;/b&gt;" in shown
    assert client.get(reverse("accounts:message", kwargs={"pk": other.pk})).status_code == 404


def test_nobody_has_messages_at_first(cast: Cast, client: Client) -> None:
    client.force_login(cast.owner, backend=BACKEND)
    assert "There are no messages yet." in client.get(reverse("accounts:messages")).content.decode()


def test_a_mail_about_the_account_is_in_nobodys_list(cast: Cast, client: Client) -> None:
    """Its link would open the account to whoever finds a signed-in screen."""
    client.post(reverse("account_reset_password"), {"email": cast.owner.email})
    sent = Notification.objects.get(to=cast.owner.email)
    assert "/password/reset/key/" in sent.body
    client.force_login(cast.owner, backend=BACKEND)
    assert sent.subject not in client.get(reverse("accounts:messages")).content.decode()
    assert client.get(reverse("accounts:message", kwargs={"pk": sent.pk})).status_code == 404


def test_a_failed_message_is_tried_again(cast: Cast, client: Client) -> None:
    lost = message(cast, status=NotificationStatus.FAILED, attempts=5, last_error="SMTPServerDisconnected()")
    message(cast, subject="On its way")
    client.force_login(cast.administrator, backend=BACKEND)
    text = client.get(reverse("accounts:failed")).content.decode()
    assert "SMTPServerDisconnected()" in text
    assert "On its way" not in text
    assert "What is" not in text, "the text of a message may hold a key to an account"
    address = reverse("accounts:retry", kwargs={"pk": lost.pk})
    assert client.post(address)["Location"] == reverse("accounts:failed")
    lost.refresh_from_db()
    assert (lost.status, lost.attempts) == (NotificationStatus.PENDING, 0)
    assert AuditEvent.objects.latest("pk").verb == "notification.retried"
    assert client.post(address).status_code == 404, "it is no failed message any more"


@pytest.mark.parametrize("rows", [1, 3])
def test_the_lists_cost_the_same_for_any_number(
    cast: Cast, client: Client, rows: int, django_assert_num_queries: Any
) -> None:
    for _ in range(rows):
        message(cast, "administrator", status=NotificationStatus.FAILED)
    client.force_login(cast.administrator, backend=BACKEND)
    for name in ("accounts:messages", "accounts:failed"):
        client.get(reverse(name))
        with django_assert_num_queries(2):
            answer = client.get(reverse(name))
        assert (
            answer.content.decode().count("A question</a>" if name == "accounts:messages" else "Send again")
            == rows
        )


@pytest.fixture
def on_a_developers_machine(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.accounts.development_urls"
    settings.DEBUG = True


@pytest.mark.usefixtures("on_a_developers_machine")
def test_development_mail_shows_everything_to_anybody_with_links(cast: Cast, client: Client) -> None:
    sent = message(cast, body="Confirm: http://127.0.0.1:8000/accounts/confirm-email/abc/")
    text = client.get("/development/mail/").content.decode()
    assert "A question" in text
    assert "No mail yet." in client.get("/development/mail/", {"q": "nobody"}).content.decode()
    text = client.get(f"/development/mail/{sent.pk}/").content.decode()
    assert 'href="http://127.0.0.1:8000/accounts/confirm-email/abc/"' in text


@pytest.mark.usefixtures("on_a_developers_machine")
def test_development_mail_is_not_there_without_debug(cast: Cast, client: Client, settings: Any) -> None:
    settings.DEBUG = False
    assert client.get("/development/mail/").status_code == 404
    assert client.get(f"/development/mail/{message(cast).pk}/").status_code == 404


def test_development_mail_has_no_address_in_production(cast: Cast, client: Client) -> None:
    assert client.get("/development/mail/").status_code == 404
