"""Whatever is sent to a form of accounts or applications: a clear answer, and nothing saved.

The forms are read off the pages of every address that the URLconf has, with the kwargs and the people of
the access matrix: a new form cannot escape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django.plugin import DjangoDbBlocker

from accounts.models import AuditEvent, Notification, User
from tests.cast import PEOPLE, Cast, build_cast
from tests.page_forms import Data, PageForm, errors_in, forms_in
from tests.signing_in import client_for
from tests.test_access_matrix import EXPECTATIONS

OTHER_ROOMS = ("codeofpractice.", "assurance.", "reviews.", "rvss.views.home", "rvss.views.about")
ANSWERS = {200, 302, 400, 403, 404, 405, 409, 410, 413, 415, 429}
LONG = "Llanfair" * 3000
CSRF_TOKEN = "a" * 32
URLENCODED = "application/x-www-form-urlencoded"


def leaves(
    resolver: URLResolver | None = None, namespace: str = ""
) -> Iterator[tuple[str, Callable[..., Any]]]:
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from leaves(pattern, inner)
        elif isinstance(pattern, URLPattern):
            view = getattr(pattern.callback, "view_class", pattern.callback)
            yield f"{namespace}{pattern.name}", view


pytestmark = pytest.mark.django_db

NAMES = sorted(name for name, view in leaves() if not view.__module__.startswith(OTHER_ROOMS))


@pytest.fixture(scope="module")
def cast(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Cast]:
    """One for all tests here, since each sending is undone."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build_cast()
        transaction.set_rollback(True)


@dataclass
class Sender:
    """Somebody who may send to an address; each sending is undone."""

    client: Client
    address: str

    def send(self, method: str, data: Data | bytes, content_type: str = "") -> HttpResponse:
        if isinstance(data, dict):
            data, content_type = urlencode(data, doseq=True).encode(), URLENCODED
        with transaction.atomic():
            if method == "GET":
                response = self.client.get(f"{self.address}?{data.decode()}")
            else:
                response = self.client.generic(
                    method, self.address, data, content_type, HTTP_X_CSRFTOKEN=CSRF_TOKEN
                )
            if response.streaming:
                b"".join(response)
            self.saved = (AuditEvent.objects.count(), Notification.objects.count(), User.objects.count())
            transaction.set_rollback(True)
        assert response.status_code in ANSWERS, f"{response.status_code} to {data[:200]!r}"
        return response


def senders(cast: Cast, name: str, method: str) -> Iterator[Sender]:
    """For each row of the access matrix on this address: the first person who gets through."""
    for leaf in EXPECTATIONS[name]:
        if method not in leaf.methods:
            continue
        person = next((p for p in PEOPLE if p in leaf.methods[method].ok.split()), PEOPLE[0])
        client = client_for(cast.person(person), raise_request_exception=False, enforce_csrf_checks=True)
        client.cookies["csrftoken"] = CSRF_TOKEN
        yield Sender(client, reverse(name, kwargs=leaf.kwargs(cast)))


def forms_of(sender: Sender, method: str) -> list[PageForm]:
    page = sender.client.get(sender.address)
    if page.status_code != 200 or "html" not in page.headers["Content-Type"]:
        return []
    here = ("", sender.address)
    return [form for form in forms_in(page.content) if form.method == method and form.action in here]


def before() -> tuple[int, int, int]:
    return AuditEvent.objects.count(), Notification.objects.count(), User.objects.count()


def refused_everywhere(sender: Sender, form: PageForm, *bad: str) -> None:
    """Each field into which words are typed says that these cannot be used, and nothing was saved.

    The fields get what is bad in turn.
    """
    wrong: set[str] = set()
    typed = {field: bad[place % len(bad)] for place, field in enumerate(form.typed)}
    shown = [name for name in form.typed if form.controls[name].kind != "password"]
    for way in form.ways():
        response = sender.send(form.method, way | typed)
        assert response.status_code != 302, "it was taken"
        assert sender.saved == before()
        wrong |= errors_in(response.content)
        for name in shown:
            assert typed[name] != LONG or LONG in response.content.decode(), f"{name} is lost"
    fine = {form.controls[name].id for name in shown} - wrong
    assert fine == set(), f"no error at {fine}"


@pytest.mark.parametrize("name", NAMES)
def test_words_that_cannot_be_stored_are_refused_at_their_field(cast: Cast, name: str) -> None:
    for sender in senders(cast, name, "POST"):
        for form in filter(lambda form: form.typed, forms_of(sender, "POST")):
            refused_everywhere(sender, form, "a\x00b", LONG)
            refused_everywhere(sender, form, LONG, "a\x00b")


MULTIPART = "multipart/form-data; boundary=edge"
MEGABYTES = 10 * 1024 * 1024


def part(name: str, content: bytes, end: bytes = b"\r\n--edge--\r\n") -> bytes:
    return f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + content + end


@pytest.mark.parametrize("name", NAMES)
def test_requests_that_no_page_sends(cast: Cast, name: str) -> None:
    for sender in senders(cast, name, "POST"):
        forms = forms_of(sender, "POST")
        fields = sorted({field for form in forms for field in form.controls}) or ["answer", "question"]
        others = {"is_superuser": "1", "role": "administrator", "status": "accepted", "company": "1"}
        sender.send("POST", {})
        sender.send("POST", dict.fromkeys(fields, "٣\u202e-1e400") | others)
        sender.send("POST", {field: ["99999999999999999999", "NaN", ""] for field in fields})
        sender.send("POST", b"&".join(f"{field}=%ED%A0%80%FF".encode() for field in fields), URLENCODED)
        sender.send("POST", b'{"reason": "Sent as JSON"}', "application/json")
        sender.send("POST", part(fields[0], b"x", end=b""), MULTIPART)
        large = sender.send("POST", f"{fields[0]}=".encode() + b"x" * MEGABYTES, URLENCODED)
        assert large.status_code == 413 or sender.address == reverse("accounts:receipts")
        assert sender.saved == before()


# What this gives is no text, half a character, a NUL byte, or an error in the middle of reading.
CHARSETS = [("base64", b"x"), ("utf-7", b"+2AA-"), ("unicode_escape", b"\\ud800\\x00"), ("utf-16", b"x")]


@pytest.mark.parametrize(("charset", "content"), CHARSETS)
def test_a_form_in_another_encoding_is_refused(cast: Cast, charset: str, content: bytes) -> None:
    for sender in senders(cast, "applications:join", "POST"):
        for content_type in (MULTIPART, "text/plain"):
            body = part("message", content)
            assert sender.send("POST", body, f"{content_type}; charset={charset}").status_code == 400


def test_ten_megabytes_in_a_part_and_too_many_fields_are_refused(cast: Cast) -> None:
    for sender in senders(cast, "applications:join", "POST"):
        large = sender.send("POST", part("message", b"x" * MEGABYTES), MULTIPART)
        assert large.status_code == 413
        assert "2 MB" in large.content.decode()
        assert sender.send("POST", b"a=&" * 3000, URLENCODED).status_code == 400
        assert sender.send("POST", b"x", "multipart/form-data").status_code == 400


JUNK = ["%ED%A0%80", "-1e400", "9" * 400, LONG[:4000], "%D9%A3%E2%80%AE", "%5B%5D&x=1"]


@pytest.mark.parametrize("name", NAMES)
def test_addresses_that_no_page_links_to(cast: Cast, name: str) -> None:
    for sender in senders(cast, name, "GET"):
        fields = {field for form in forms_of(sender, "GET") for field in form.controls}
        fields |= {"q", "page", "after", "before", "next", "from", "number", "code", "day_day"}
        for turn in range(2):
            pairs = zip(sorted(fields), (JUNK[turn:] + JUNK[:turn]) * 9, strict=False)
            sender.send("GET", "&".join(f"{field}={value}" for field, value in pairs).encode())
        assert sender.send("GET", b"q=a%00b").status_code == 400
