"""Signing up through the real forms: mail comes first, and nobody chooses their own role."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Notification, NotificationStatus, Role, User

pytestmark = pytest.mark.django_db
ADDRESS = "nia.prydderch@example.com"
PASSWORD = "correct horse battery"
DETAILS = {"name": "Nia Prydderch", "email": ADDRESS, "password1": PASSWORD}


def sign_up(client: Client, **changes: str) -> Any:
    return client.post(reverse("account_signup"), DETAILS | changes)


def sign_in(client: Client, **changes: str) -> Any:
    return client.post(reverse("account_login"), {"login": ADDRESS, "password": PASSWORD} | changes)


def link_in_mail() -> str:
    found = re.search(r"https?://[^/]+(/accounts/confirm-email/\S+)", Notification.objects.latest("pk").body)
    assert found
    return found[1]


def test_nobody_gets_in_before_the_address_is_confirmed(client: Client) -> None:
    assert sign_up(client)["Location"] == reverse("account_email_verification_sent")
    mail = Notification.objects.get()
    assert (mail.to, mail.status) == (ADDRESS, NotificationStatus.PENDING)
    assert client.get(reverse("accounts:messages")).status_code == 302
    assert sign_in(client)["Location"] == reverse("account_email_verification_sent")
    assert client.get(reverse("accounts:messages")).status_code == 302

    link = link_in_mail()
    # Opening the link is not enough: mail scanners open links.
    client.get(link)
    assert not User.objects.get().emailaddress_set.get().verified
    client.post(link)
    assert User.objects.get().emailaddress_set.get().verified
    assert sign_in(client)["Location"] == reverse("home")
    page = client.get(reverse("home")).content.decode()
    assert "You act for no company yet" in page
    user = User.objects.get()
    assert (user.email, user.name, user.role) == (ADDRESS, "Nia Prydderch", Role.COMPANY)


@pytest.mark.parametrize("role", [role for role in Role.values if role != Role.COMPANY])
def test_sign_up_gives_no_other_role_and_no_rights(client: Client, role: str) -> None:
    sign_up(client, role=role, is_staff="true", is_superuser="true", is_active="true", groups="1", pk="1")
    user = User.objects.get()
    assert user.role == Role.COMPANY
    assert not user.is_superuser
    assert not user.groups.exists()
    assert not user.emailaddress_set.get().verified


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": ""}, "Enter your full name"),
        ({"email": "nia.example.com"}, "email"),
        ({"password1": "short"}, "12"),
        ({"password1": "q1w2e3r4t5y6"}, "common"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    client: Client, changes: dict[str, str], message: str
) -> None:
    answer = sign_up(client, **changes)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "There is a problem" in text
    assert message in text
    assert (DETAILS | changes)["email"] in text
    assert PASSWORD not in text
    assert not User.objects.exists()


def test_an_address_that_has_an_account_is_not_given_away(client: Client) -> None:
    first = sign_up(client)
    again = sign_up(Client(), email=ADDRESS.upper())
    assert (again.status_code, again["Location"]) == (first.status_code, first["Location"])
    assert User.objects.count() == 1
    assert {mail.to.lower() for mail in Notification.objects.all()} == {ADDRESS}


def test_a_wrong_password_and_an_unknown_address_read_the_same(client: Client) -> None:
    sign_up(client)
    wrong = sign_in(Client(), password="wrong horse battery").content.decode()
    unknown = sign_in(Client(), login="nobody@example.com").content.decode()
    assert "There is a problem" in wrong

    def summary(text: str) -> list[str]:
        return re.findall(r"<li>\s*(.*?)\s*</li>", text[text.index("There is a problem") : text.index("<h1")])

    assert summary(wrong) == summary(unknown) != []


def test_what_is_wrong_with_the_whole_leads_to_the_first_field(client: Client) -> None:
    page = sign_in(client, password="wrong horse battery").content.decode()
    assert re.search(r'error-summary__list">\s*<li>\s*<a href="#id_login">', page)


def test_too_many_attempts_get_a_page_that_says_so(client: Client) -> None:
    for number in range(25):
        last = sign_up(client, email=f"nia{number}@example.com")
    assert last.status_code == 429
    assert "Too many attempts</h1>" in last.content.decode()


def test_guessing_is_stopped(client: Client) -> None:
    sign_up(client)
    for _ in range(15):
        last = sign_in(Client(), password="wrong horse battery")
    assert "Too many" in last.content.decode() or last.status_code == 429


def test_a_forgotten_password_is_chosen_anew_by_mail(client: Client) -> None:
    sign_up(client)
    client.post(link_in_mail())
    client.post(reverse("account_reset_password"), {"email": ADDRESS})
    found = re.search(
        r"https?://[^/]+(/accounts/password/reset/key/\S+)", Notification.objects.latest("pk").body
    )
    assert found
    form = client.get(found[1], follow=True)
    address = form.redirect_chain[-1][0]
    client.post(address, {"password1": "another horse battery", "password2": "another horse battery"})
    assert sign_in(Client()).status_code == 200, "the old password is none any more"
    assert sign_in(Client(), password="another horse battery")["Location"] == reverse("home")
    assert client.get(found[1], follow=True).status_code == 410, "a used link says so"
