"""Messages: one's own, those that did not arrive, and the mail of a developer's machine."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.erasing import redact_messages
from accounts.models import AuditEvent, Notification, NotificationStatus
from accounts.services import queue_notification
from applications.services import ask_for_confirmation
from applications.services.contacts import remove_deputy
from applications.services.enrolled_words import invite_words
from applications.services.people import invite_person
from tests import factories as make
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


def test_the_text_of_a_mail_about_the_account_is_shown_to_nobody(cast: Cast, client: Client) -> None:
    """Its link would open the account to whoever finds a signed-in screen. That it was sent is shown."""
    client.post(reverse("account_reset_password"), {"email": cast.owner.email})
    sent = Notification.objects.get(to=cast.owner.email)
    assert "/password/reset/key/" in sent.body
    client.force_login(cast.owner, backend=BACKEND)
    assert sent.subject in client.get(reverse("accounts:messages")).content.decode()
    shown = client.get(reverse("accounts:message", kwargs={"pk": sent.pk})).content.decode()
    assert "/password/reset/key/" not in shown
    assert "a link that works like a key" in shown
    sent.status = NotificationStatus.FAILED
    sent.save()
    shown = client.get(reverse("accounts:message", kwargs={"pk": sent.pk})).content.decode()
    assert "You can read the message here" not in shown


def test_a_person_sees_what_was_sent_to_their_address_before_they_had_an_account(
    cast: Cast, client: Client
) -> None:
    contact = make.SecurityContactFactory(company=cast.beta, kind="deputy", email="Newcomer@Example.com")
    ask_for_confirmation(contact=contact, by=cast.other_owner)
    remove_deputy(company=cast.beta, reason="They left.", by=cast.other_owner)
    invite_person(company=cast.beta, email="newcomer@example.com", level="viewer", by=cast.other_owner)
    newcomer = make.UserFactory(email="newcomer@example.com", verified=False)
    client.force_login(newcomer, backend=BACKEND)
    assert "There are no messages yet." in client.get(reverse("accounts:messages")).content.decode()
    newcomer.emailaddress_set.create(email="newcomer@example.com", verified=True, primary=True)
    text = client.get(reverse("accounts:messages")).content.decode()
    for subject in (
        "Confirm that you are the deputy security contact of Beta Rentals Ltd",
        "You are no longer a security contact of Beta Rentals Ltd",
        "Act for Beta Rentals Ltd in the Rental Vehicle Security Scheme",
    ):
        assert subject in text
    for sent in Notification.objects.filter(to__iexact="newcomer@example.com"):
        shown = client.get(reverse("accounts:message", kwargs={"pk": sent.pk})).content.decode()
        assert ("works like a key" in shown) == sent.holds_key
        assert ("You need do nothing." in shown) == ("no longer" in sent.subject)
    # Another address that they confirm later counts as well; somebody else's message to it does not.
    queue_notification(to="second@example.com", subject="To the second address", body="-")
    queue_notification(to="second@example.com", user=cast.viewer, subject="To another person", body="-")
    assert "To the second" not in client.get(reverse("accounts:messages")).content.decode()
    newcomer.emailaddress_set.create(email="Second@example.com", verified=True)
    text = client.get(reverse("accounts:messages")).content.decode()
    assert "To the second address" in text
    assert "To another person" not in text


def test_who_sends_a_key_says_so(cast: Cast, client: Client) -> None:
    """Messages with a link that needs no sign-in: sign-up, new password, invitation, security contact."""
    client.post(
        reverse("account_signup"),
        {"name": "Ann", "email": "ann@example.com", "password1": "correct horse battery"},
    )
    client.post(reverse("account_reset_password"), {"email": cast.owner.email})
    invite_person(company=cast.alpha, email="b@example.com", level="viewer", by=cast.owner)
    ask_for_confirmation(contact=cast.alpha.security_contacts.get(), by=cast.owner)
    assert Notification.objects.count() == 4
    assert all(Notification.objects.values_list("holds_key", flat=True))
    invitation = cast.alpha.invitations.get()
    assert invite_words(body="Hirers", invitation=invitation, token="t").holds_key, "a partner's, too"


def test_a_message_whose_time_is_over_says_so(cast: Cast, client: Client) -> None:
    old = message(cast, status=NotificationStatus.FAILED)
    redact_messages(Notification.objects.filter(pk=old.pk))
    client.force_login(cast.owner, backend=BACKEND)
    shown = client.get(reverse("accounts:message", kwargs={"pk": old.pk})).content.decode()
    assert "The words of this message were removed on" in shown
    assert "What is" not in shown
    client.force_login(cast.administrator, backend=BACKEND)
    assert "Send again" not in client.get(reverse("accounts:failed")).content.decode()
    assert client.post(reverse("accounts:retry", kwargs={"pk": old.pk})).status_code == 404


def test_the_database_keeps_what_was_removed_removed(cast: Cast) -> None:
    old = message(cast, status=NotificationStatus.FAILED)
    redact_messages(Notification.objects.filter(pk=old.pk))
    for change in ({"body": "back"}, {"to": "back@example.com"}, {"status": NotificationStatus.PENDING}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Notification.objects.filter(pk=old.pk).update(**change)


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
        # One's own messages ask for one's addresses first.
        with django_assert_num_queries(3 if name == "accounts:messages" else 2):
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


def test_messages_from_before_keep_their_keys_hidden(cast: Cast) -> None:
    """Until now a message without an account was shown to nobody, so any may hold a key."""
    to_nobody = Notification.objects.create(to=cast.owner.email, subject="Reset", body="https://key")
    mine = message(cast)
    import_module("accounts.migrations.0005_personal_data").hide_keys(apps, None)
    to_nobody.refresh_from_db()
    mine.refresh_from_db()
    assert (to_nobody.holds_key, mine.holds_key) == (True, False)
