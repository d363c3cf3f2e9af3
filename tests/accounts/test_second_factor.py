"""Whoever sees other people's data needs a second factor before anything else."""

from __future__ import annotations

import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.cast import Cast

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
PASSWORD = "correct horse battery"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NEED_IT = ("partner", "assurer", "lead", "panel", "administrator")


@pytest.fixture(autouse=True)
def required(settings: Any) -> None:
    settings.STAFF_MFA_REQUIRED = True


def code(offset: int = 0) -> str:
    return format_hotp_value(hotp_value(SECRET, int(time.time()) // 30 + offset))


def sign_in(client: Client, person: User) -> str:
    answer = client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    return str(answer["Location"])


def open_set_up(client: Client) -> Any:
    """The page for setting it up asks for the password once more."""
    answer = client.get(reverse("mfa_activate_totp"))
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    return client.post(answer["Location"], {"password": PASSWORD}, follow=True)


@pytest.mark.parametrize("name", NEED_IT)
def test_nothing_opens_before_it_is_set_up(cast: Cast, client: Client, name: str) -> None:
    assert sign_in(client, getattr(cast, name)) == reverse("home")
    for page in ("home", "applications:register", "reviews:take_up", "accounts:people", "accounts:messages"):
        assert client.get(reverse(page)).headers.get("Location") == reverse("mfa_activate_totp"), page
    assert client.get("/api/v1/register/").status_code == 302
    assert open_set_up(client).status_code == 200


def test_a_company_needs_none(cast: Cast, client: Client) -> None:
    assert sign_in(client, cast.owner) == reverse("home")
    assert client.get(reverse("home")).status_code == 200


def test_it_is_set_up_with_a_code_and_then_asked_at_every_sign_in(cast: Cast, client: Client) -> None:
    sign_in(client, cast.lead)
    open_set_up(client)
    secret = client.session["mfa.totp.secret"]
    wrong = client.post(reverse("mfa_activate_totp"), {"code": "000000"})
    assert wrong.status_code == 200
    assert client.get(reverse("home")).status_code == 302
    right = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    assert client.post(reverse("mfa_activate_totp"), {"code": right}).status_code == 302
    assert client.get(reverse("home")).status_code == 200
    stored = Authenticator.objects.get(user=cast.lead, type=Authenticator.Type.TOTP)
    assert secret not in str(stored.data), "the secret lies encrypted in the database"
    again = Client()
    assert sign_in(again, cast.lead) == reverse("mfa_authenticate")
    assert again.get(reverse("home")).wsgi_request.user.is_anonymous


def test_a_code_opens_the_door_once(cast: Cast, client: Client) -> None:
    TOTP.activate(cast.lead, SECRET)
    sign_in(client, cast.lead)
    assert client.post(reverse("mfa_authenticate"), {"code": "123456"}).status_code == 200
    assert client.get(reverse("home")).wsgi_request.user.is_anonymous
    used = code()
    assert client.post(reverse("mfa_authenticate"), {"code": used})["Location"] == reverse("home")
    assert client.get(reverse("home")).status_code == 200
    second = Client()
    sign_in(second, cast.lead)
    assert second.post(reverse("mfa_authenticate"), {"code": used}).status_code == 200
    assert second.get(reverse("home")).wsgi_request.user.is_anonymous


def test_who_gets_a_new_role_sets_it_up_at_the_next_page(cast: Cast, client: Client) -> None:
    client.force_login(cast.viewer, backend=BACKEND)
    assert client.get(reverse("home")).status_code == 200
    User.objects.filter(pk=cast.viewer.pk).update(role="assurer")
    assert client.get(reverse("home"))["Location"] == reverse("mfa_activate_totp")
