"""Every address of the API that takes a token x method x token. A new one without a line here fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from accounts.api import TokenView
from accounts.models import ApiToken, Role, User
from applications.models import Enrolment, EnrolmentSource
from assurance.models import PartnerCheck
from tests.assurance.partners import join
from tests.cast import Cast
from tests.factories import ApiTokenFactory, PartnerCheckFactory, TradeBodyFactory, UserFactory, secret_of

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
READ, WRITE = "enrolments:read", "enrolments:write"
READ_RESULTS, WRITE_RESULTS = "results:read", "results:write"
ROWS = {"rows": [{"name": "Llŷn Vehicle Hire"}]}
RESULT = {
    "reference": "INSP-2",
    "kind": "desktop",
    "inspected_on": "2026-05-06",
    "inspected_by": "Field team",
    "outcome": "met",
}

# Address: what each method needs, what it is sent, and what it answers to a token that may.
ADDRESSES: dict[str, dict[str, tuple[str, Any, int]]] = {
    "enrolments_api": {"GET": (READ, None, 200), "POST": (WRITE, ROWS, 202)},
    "enrolment_api": {"GET": (READ, None, 200)},
    "enrolment_import_api": {"POST": (WRITE, {"leave_out_faulty": False}, 202)},
    "enrolment_problems_api": {"GET": (READ, None, 200)},
    "enrolment_rows_api": {"GET": (READ, None, 200)},
    "enrolled_companies_api": {"GET": (READ, None, 200)},
    "partner_checks_api": {"GET": (READ_RESULTS, None, 200), "POST": (WRITE_RESULTS, RESULT, 201)},
    "partner_check_api": {"GET": (READ_RESULTS, None, 200)},
}
LISTS = {"enrolments_api", "enrolled_companies_api", "partner_checks_api"}


def make_enrolment(cast: Cast) -> Enrolment:
    made = Enrolment.objects.create(
        body=cast.trade_body,
        source=EnrolmentSource.API,
        file_name="May",
        sha256="0" * 64,
        status="ready",
        row_count=1,
        checked_count=1,
        sent_by=cast.partner,
    )
    made.rows.create(number=1, cells={"name": "Llŷn Vehicle Hire"}, name="Llŷn Vehicle Hire", outcome="ready")
    return made


def other_partner() -> User:
    user = UserFactory(role=Role.PARTNER)
    TradeBodyFactory(is_partner=True).people.add(user)
    return user


def revoked(cast: Cast) -> dict[str, Any]:
    return {"revoked_at": timezone.now(), "revoked_by": cast.partner, "revoke_reason": "Lost"}


# Each makes the fields of a token; None is no token at all.
TOKENS: dict[str, Callable[[Cast], dict[str, Any]] | None] = {
    "none": None,
    "works": lambda cast: {},
    "reads only": lambda cast: {"scopes": [READ, READ_RESULTS]},
    "writes only": lambda cast: {"scopes": [WRITE, WRITE_RESULTS]},
    "for enrolments only": lambda cast: {"scopes": [READ, WRITE]},
    "for results only": lambda cast: {"scopes": [READ_RESULTS, WRITE_RESULTS]},
    "expired": lambda cast: {"long_ago": True},
    "expired a second ago": lambda cast: {"expires_at": timezone.now() - timedelta(seconds=1)},
    "revoked": revoked,
    "of a stopped account": lambda cast: {"user": UserFactory(role=Role.PARTNER, is_active=False)},
    "of a changed role": lambda cast: {"user": cast.owner},
    "of an administrator": lambda cast: {"user": cast.administrator},
    "of another partner": lambda cast: {"user": other_partner()},
    "of a body that is no partner": lambda cast: {"user": UserFactory(role=Role.PARTNER)},
    "unknown": lambda cast: {"secret": secret_of(10**9), "user": cast.partner},
}
NOBODY = {
    "none", "expired", "expired a second ago", "revoked", "of a stopped account", "of a changed role",
    "of an administrator", "unknown",
}  # fmt: skip
STRANGERS = {"of another partner", "of a body that is no partner"}


def expected(name: str, method: str, token: str) -> int:
    if token in NOBODY:
        return 401
    if method not in ADDRESSES[name]:
        return 405
    scope, _, answer = ADDRESSES[name][method]
    what, _, may = scope.partition(":")
    if (token, may) in {("reads only", "write"), ("writes only", "read")}:
        return 403
    if (token, what) in {("for enrolments only", "results"), ("for results only", "enrolments")}:
        return 403
    if token in STRANGERS and name not in LISTS:
        return 404
    if token in STRANGERS and method == "POST" and (what == "results" or "no partner" in token):
        return 400  # it has no such member, or acts for no partner
    return answer


def address(name: str, enrolment: Enrolment, result: PartnerCheck) -> str:
    """The rooms name their addresses apart."""
    if "partner_check" in name:
        return reverse(f"assurance:{name}", kwargs={} if name in LISTS else {"pk": result.pk})
    return reverse(f"applications:{name}", kwargs={} if name in LISTS else {"pk": enrolment.pk})


def ask(name: str, method: str, where: str, secret: str | None, about: PartnerCheck) -> int:
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    body = ADDRESSES[name].get(method, ("", None, 0))[1]
    if body is RESULT:
        body = RESULT | {"membership": about.membership.number}
    client = Client(raise_request_exception=False, headers=headers, enforce_csrf_checks=True)
    with transaction.atomic():
        response = client.generic(
            method,
            where,
            json.dumps(body) if body else "",
            content_type="application/json",
        )
        transaction.set_rollback(True)
    if response.status_code >= 400:
        assert response["Content-Type"] == "application/problem+json"
        assert response.json()["status"] == response.status_code
    if response.status_code == 401:
        assert response["WWW-Authenticate"].startswith('Bearer realm="rvss"')
    if response.status_code == 403:
        assert 'error="insufficient_scope"' in response["WWW-Authenticate"]
    return response.status_code


def views(resolver: Any = None) -> Iterator[tuple[str, Any]]:
    for pattern in (resolver or get_resolver()).url_patterns:
        if hasattr(pattern, "url_patterns"):
            yield from views(pattern)
        else:
            yield pattern.name, getattr(pattern.callback, "cls", object)


def test_every_address_with_a_token_is_here() -> None:
    assert {name for name, view in views() if issubclass(view, TokenView)} == set(ADDRESSES)


@pytest.mark.parametrize("token", TOKENS)
def test_access_with_a_token(cast: Cast, token: str) -> None:
    enrolment = make_enrolment(cast)
    join(cast.trade_body, cast.membership)
    result = PartnerCheckFactory(body=cast.trade_body, membership=cast.membership, sent_by=cast.partner)
    make = TOKENS[token]
    secret = None
    if make:
        secret = secret_of(77)
        fields = {"user": cast.partner, "secret": secret} | make(cast)
        ApiTokenFactory(**fields)
    wrong = []
    for name in ADDRESSES:
        for method in METHODS:
            where = address(name, enrolment, result)
            got, right = ask(name, method, where, secret, result), expected(name, method, token)
            if got != right:
                wrong.append(f"{method} {name} with a token ({token}): expected {right}, got {got}")
    assert wrong == []


@pytest.mark.parametrize("name", ["owner", "partner", "administrator"])
def test_a_session_is_not_enough_with_csrf_or_without(cast: Cast, name: str) -> None:
    for checks in (True, False):
        client = Client(enforce_csrf_checks=checks)
        client.force_login(cast.person(name), backend="allauth.account.auth_backends.AuthenticationBackend")
        answer = client.post(reverse("applications:enrolments_api"), ROWS, content_type="application/json")
        assert answer.status_code == 401
    assert not Enrolment.objects.exists()


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("Bearer", "Send the header as"),
        ("Bearer two words", "Send the header as"),
        ("Bearer rvss_short", "There is no such token."),
        ("bearer " + "x" * 8000, "There is no such token."),
        ("Bearer rvss_ŷ", "There is no such token."),
        ("Basic cGFydG5lcjpzZWNyZXQ=", "Send a token, as the header"),
    ],
)
def test_a_malformed_header_is_401(cast: Cast, client: Client, header: str, words: str) -> None:
    answer = client.get(
        reverse("applications:enrolments_api"), headers={"Authorization": header.encode().decode("latin-1")}
    )
    assert answer.status_code == 401
    assert words in answer.json()["detail"]


def test_a_deprived_token_does_not_note_its_use(cast: Cast, client: Client) -> None:
    token = ApiTokenFactory(user=cast.partner, secret=secret_of(3), **revoked(cast))
    client.get(reverse("applications:enrolments_api"), headers={"Authorization": f"Bearer {secret_of(3)}"})
    assert ApiToken.objects.get(pk=token.pk).last_used_on is None
