"""Another email address for an account: it counts once the link to it was opened, and the old one is told."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, Notification, User
from tests import factories as make
from tests.signing_in import BACKEND, client_for

pytestmark = pytest.mark.django_db
OLD, NEW = "siwan@example.com", "siwan.rees@example.com"


@pytest.fixture
def person() -> User:
    made: User = make.UserFactory(email=OLD)
    return made


@pytest.fixture
def signed_in(person: User) -> Client:
    return client_for(person)


def ask(client: Client, email: str = NEW) -> str:
    """Returns what the page says next."""
    answer = client.post(reverse("account_email"), {"email": email, "action_add": "1"}, follow=True)
    return answer.content.decode()


def link_to(email: str) -> str:
    body = Notification.objects.filter(to=email).latest("pk").body
    found = re.search(r"https?://[^/]+(/accounts/confirm-email/\S+)", body)
    assert found, body
    return found[1]


def test_the_old_address_stays_until_the_link_is_opened(signed_in: Client, person: User) -> None:
    assert f'We sent a link to <strong class="rvss-entry">{NEW}' in ask(signed_in)
    person.refresh_from_db()
    assert person.email == OLD
    Client().post(link_to(NEW))
    person.refresh_from_db()
    assert person.email == NEW
    assert list(EmailAddress.objects.values_list("email", "primary", "verified")) == [(NEW, True, True)]
    told = Notification.objects.filter(to=OLD).latest("pk")
    assert told.subject == "Your email address was changed"
    assert NEW not in told.body
    event = AuditEvent.objects.get(verb="user.email_changed")
    assert event.by == person
    assert NEW not in str(event.data)


def test_a_link_opened_twice_changes_once(signed_in: Client) -> None:
    ask(signed_in)
    link = link_to(NEW)
    Client().post(link)
    assert Client().post(link).status_code == 410
    assert AuditEvent.objects.filter(verb="user.email_changed").count() == 1


def test_a_second_wish_replaces_the_first_and_can_be_given_up(signed_in: Client, person: User) -> None:
    ask(signed_in, "first@example.com")
    first = link_to("first@example.com")
    ask(signed_in)
    assert Client().post(first).status_code == 410
    signed_in.post(reverse("account_email"), {"email": NEW, "action_remove": "1"})
    assert Client().post(link_to(NEW)).status_code == 410
    person.refresh_from_db()
    assert person.email == OLD


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Enter"),
        ("siwan", "Enter"),
        (OLD.upper(), "Enter another address than the one that you have"),
    ],
)
def test_bad_input_is_explained_and_kept(signed_in: Client, typed: str, words: str) -> None:
    page = ask(signed_in, typed)
    assert "govuk-error-summary" in page
    assert words in page
    assert f'value="{typed}"' in page or not typed
    assert EmailAddress.objects.count() == 1


def test_the_address_of_another_account_is_not_given_away_nor_taken(signed_in: Client, person: User) -> None:
    make.UserFactory(email=NEW)
    assert "We sent a link to" in ask(signed_in)
    for mail in Notification.objects.filter(to=NEW):
        assert "/accounts/confirm-email/" not in mail.body or Client().post(link_to(NEW)).status_code != 500
    person.refresh_from_db()
    assert person.email == OLD


def test_the_password_is_asked_for_again_after_a_while(person: User) -> None:
    client = Client()
    client.force_login(person, backend=BACKEND)
    answer = client.post(reverse("account_email"), {"email": NEW, "action_add": "1"})
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert not Notification.objects.filter(to=NEW).exists()


def test_the_account_page_leads_to_all_of_it(signed_in: Client) -> None:
    page = signed_in.get(reverse("account")).content.decode()
    for name in ("account_email", "account_change_password", "mfa_index", "accounts:messages", "data:yours"):
        assert f'href="{reverse(name)}"' in page
