"""Every address x method x person. A URL without an expectation fails, so none can escape.

Expectations are in tests/access/<room>.py, one entry per URL name.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

import tests.access
from accounts.models import User
from tests.access.expectation import METHODS, OK, SIGN_IN, Leaf
from tests.cast import PEOPLE, Cast
from tests.signing_in import BACKEND


def url_names(resolver: URLResolver | None = None, namespace: str = "") -> Iterator[str]:
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from url_names(pattern, inner)
        elif isinstance(pattern, URLPattern):
            assert pattern.name, f"{pattern.pattern} has no name"
            yield f"{namespace}{pattern.name}"


def all_expectations() -> dict[str, list[Leaf]]:
    found: dict[str, list[Leaf]] = {}
    for module in pkgutil.iter_modules(tests.access.__path__):
        if module.name == "expectation":
            continue
        expectations = importlib.import_module(f"tests.access.{module.name}").EXPECTATIONS
        for name, leaves in expectations.items():
            assert name not in found, f"{name} has two expectations"
            found[name] = leaves if isinstance(leaves, list) else [leaves]
    return found


EXPECTATIONS = all_expectations()
SessionStore = importlib.import_module(settings.SESSION_ENGINE).SessionStore


def test_every_url_has_an_expectation() -> None:
    names = list(url_names())
    assert sorted(set(names) - set(EXPECTATIONS)) == []
    assert sorted(set(EXPECTATIONS) - set(names)) == [], "expectations for addresses that are gone"
    assert len(names) == len(set(names)), "two addresses share a name"


def outcome(response: HttpResponse) -> int | str:
    if response.status_code == 302 and response.headers["Location"].startswith("/accounts/sign-in/"):
        return SIGN_IN
    if response.status_code in {401, 403, 404, 405}:
        return response.status_code
    if response.status_code < 500:
        return OK
    return response.status_code


class Asker:
    """Sends as each of the cast, who sign in once; what a request did is undone."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.client = Client(raise_request_exception=False)
        self.sessions = {person: self.sign_in(cast.person(person)) for person in PEOPLE}

    def sign_in(self, user: User | None) -> str:
        """The key of a session as signing in leaves it, without what else signing in does."""
        if user is None:
            return ""
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = BACKEND
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        assert session.session_key is not None
        return session.session_key

    def ask(self, name: str, leaf: Leaf, method: str, person: str) -> int | str:
        client = self.client  # it loads the middleware once
        client.cookies.clear()
        if session := self.sessions[person]:
            client.cookies[settings.SESSION_COOKIE_NAME] = session
        address = reverse(name, kwargs=leaf.kwargs(self.cast))
        who = leaf.methods.get(method)
        data = who.data(self.cast) if who and who.data else {}
        with transaction.atomic():
            response = getattr(client, method.lower())(address, data)
            if response.streaming:
                b"".join(response)
            transaction.set_rollback(True)
        return outcome(response)


@pytest.mark.parametrize("name", sorted(EXPECTATIONS))
def test_access(cast: Cast, name: str) -> None:
    wrong = []
    asker = Asker(cast)
    for leaf in EXPECTATIONS[name]:
        for method in METHODS:
            for person in PEOPLE:
                expected, got = leaf.expected(method, person), asker.ask(name, leaf, method, person)
                if got != expected:
                    wrong.append(f"{method} {name} {leaf.note} as {person}: expected {expected}, got {got}")
    assert wrong == []
