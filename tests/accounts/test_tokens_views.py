"""The pages about API tokens."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import ApiToken, AuditEvent
from accounts.tokens import find_token
from tests.cast import Cast
from tests.factories import ApiTokenFactory, UserFactory

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
PASSWORD = "correct horse battery"
NEW = "/tokens/new/"


@pytest.fixture
def partner(cast: Cast, client: Client) -> Client:
    client.force_login(cast.partner, backend=BACKEND)
    return client


def filled(**changes: Any) -> dict[str, Any]:
    data = {
        "name": "Nightly upload, Llŷn",
        "scopes": ["enrolments:read", "enrolments:write"],
        "days": "365",
        "request_key": str(uuid.uuid4()),
    }
    return data | changes


def confirm(client: Client) -> None:
    """Signed in moments ago is not enough: the password is asked for once more."""
    answer = client.get(NEW)
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    answer = client.post(answer["Location"], {"password": PASSWORD, "next": NEW})
    assert answer["Location"] == NEW


def test_a_token_is_shown_once(partner: Client, cast: Cast) -> None:
    confirm(partner)
    assert 'name="request_key"' in partner.get(NEW).content.decode()
    answer = partner.post(NEW, filled())
    secret = re.search(r"rvss_[\w-]{43}", answer.content.decode())
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"
    token = ApiToken.objects.get()
    assert secret is not None
    assert find_token(secret[0]) == token
    assert (token.user, token.created_by, token.name) == (cast.partner, cast.partner, "Nightly upload, Llŷn")
    assert (token.expires_at - token.created_at).days == 365
    for page in (reverse("accounts:tokens"), reverse("accounts:token", kwargs={"pk": token.pk})):
        shown = partner.get(page).content.decode()
        assert secret[0] not in shown
        assert token.prefix in shown
    assert secret[0] not in str(dict(partner.session.items()))


def test_a_form_that_was_sent_before_makes_no_second(partner: Client) -> None:
    confirm(partner)
    data = filled()
    assert partner.post(NEW, data).status_code == 200
    again = partner.post(NEW, data)
    assert again.status_code == 409
    assert "was made already" in again.content.decode()
    assert ApiToken.objects.count() == 1


def test_a_form_without_a_fresh_password_is_kept_until_there_is_one(partner: Client) -> None:
    answer = partner.post(NEW, filled())
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert not ApiToken.objects.exists()
    answer = partner.post(answer["Location"], {"password": "wrong one", "next": NEW})
    assert answer.status_code == 200
    assert not ApiToken.objects.exists()
    answer = partner.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": NEW})
    assert "rvss_" in answer.content.decode()
    assert ApiToken.objects.get().name == "Nightly upload, Llŷn"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": " "}, "Enter a name for the token"),
        ({"name": "x" * 81}, "The name must be 80 characters or fewer"),
        ({"name": "a\x00b"}, "The name holds a character that cannot be used"),
        ({"scopes": []}, "Choose what the token may do"),
        ({"scopes": ["plans:read"]}, "Choose from what your role may do"),
        ({"days": ""}, "Choose how long the token works"),
        ({"days": "3650"}, "Choose one of the times"),
    ],
)
def test_bad_input_is_explained_and_kept(partner: Client, changes: dict[str, Any], message: str) -> None:
    confirm(partner)
    answer = partner.post(NEW, filled(**changes))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert message in page
    assert "There is a problem" in page
    if "name" not in changes:
        assert "Nightly upload, Llŷn" in page
    assert not ApiToken.objects.exists()


def test_a_token_is_revoked_with_a_reason(partner: Client, cast: Cast) -> None:
    token = ApiTokenFactory(user=cast.partner)
    address = reverse("accounts:token_revoke", kwargs={"pk": token.pk})
    assert "Enter the reason" in partner.post(address, {"reason": " "}).content.decode()
    answer = partner.post(address, {"reason": "The laptop is lost."}, follow=True)
    assert "is revoked." in answer.content.decode()
    shown = partner.get(reverse("accounts:token", kwargs={"pk": token.pk})).content.decode()
    assert "The laptop is lost." in shown
    assert "Revoke this token" not in shown
    assert partner.post(address, {"reason": "Again"}).status_code == 409


def test_a_partner_sees_only_their_own(partner: Client, cast: Cast) -> None:
    ApiTokenFactory(user=cast.partner, name="Mine")
    other = ApiTokenFactory(name="Of somebody else")
    page = partner.get(reverse("accounts:tokens")).content.decode()
    assert "Mine" in page
    assert "Of somebody else" not in page
    for name in ("token", "token_revoke"):
        assert partner.get(reverse(f"accounts:{name}", kwargs={"pk": other.pk})).status_code == 404


def test_an_administrator_sees_everybodys(cast: Cast, client: Client) -> None:
    client.force_login(cast.administrator, backend=BACKEND)
    owner = UserFactory(role="partner", name="Siân " + "Llanfairpwllgwyngyll " * 6, email="sian@example.com")
    token = ApiTokenFactory(user=owner, name="Of Siân")
    ApiTokenFactory(user=cast.partner, name="Of another", long_ago=True)
    listed = client.get(reverse("accounts:tokens"), {"q": "sian@example.com"}).content.decode()
    assert "Of Siân" in listed
    assert "Of another" not in listed
    listed = client.get(reverse("accounts:tokens"), {"state": "expired"}).content.decode()
    assert "Of another" in listed
    assert "Of Siân" not in listed
    assert "Make a token" not in listed
    address = reverse("accounts:token_revoke", kwargs={"pk": token.pk})
    client.post(address, {"reason": "Found in a public place."})
    token.refresh_from_db()
    assert token.revoked_by == cast.administrator
    shown = client.get(reverse("accounts:token", kwargs={"pk": token.pk})).content.decode()
    assert AuditEvent.objects.latest("pk").verb == "api_token.revoked"
    assert "Api token revoked" in shown


@pytest.mark.parametrize("name", ["partner", "administrator"])
def test_lists_ask_as_much_at_one_row_as_at_three(
    cast: Cast, client: Client, name: str, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(cast.person(name), backend=BACKEND)
    address = reverse("accounts:tokens")
    ApiTokenFactory(user=cast.partner)
    client.get(address)
    with CaptureQueriesContext(connection) as one:
        client.get(address)
    ApiTokenFactory.create_batch(2, user=cast.partner)
    with django_assert_num_queries(len(one)):
        client.get(address)
