"""Every page of accounts and applications, as everybody who may see it, and with its errors: axe finds
nothing, the content policy has nothing to stop, and no page is wider than a telephone.

The pages are those of the URLconf, with the people of the access matrix. Of pages that are built alike,
one is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from bs4 import BeautifulSoup, NavigableString, Tag
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from applications.models import Company
from tests.access.expectation import Leaf
from tests.browser.conftest import DESKTOP, PHONE, Person
from tests.cast import PEOPLE, Cast, build_cast
from tests.page_forms import forms_in
from tests.signing_in import client_for
from tests.test_access_matrix import EXPECTATIONS
from tests.test_bad_input import NAMES

LONG = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch-Featherstonehaugh Vehicle Hire Ltd"
# These change the state of the cast that the others look at, so they come last.
LAST = ("renew", "renew_sign", "applications:apply_again", "applications:reinstate")
# Empties the form, as somebody would who overlooks everything, and sends it.
SEND_EMPTY = """form => {
  for (const field of form.elements) {
    if (field.type === 'checkbox' || field.type === 'radio') field.checked = false;
    else if (!['hidden', 'submit', 'button'].includes(field.type)) field.value = '';
  }
  form.requestSubmit([...form.querySelectorAll('button:not([type=button])')].pop());
}"""


def pages() -> Iterator[tuple[str, Leaf]]:
    for name in sorted(NAMES, key=lambda name: (name in LAST, name)):
        for leaf in EXPECTATIONS[name]:
            if "GET" in leaf.methods and not leaf.api:
                yield name, leaf


def build_of(html: bytes) -> str:
    """Tags, classes and where there is text: pages with the same are the same to axe."""
    soup = BeautifulSoup(html, "html.parser")
    parts = []
    for node in soup.find("body").descendants:  # type: ignore[union-attr]
        if isinstance(node, Tag):
            parts.append(f"{node.name}{node.get('class')}{sorted(node.attrs)}")
        elif isinstance(node, NavigableString) and node.strip():
            parts.append("text")
    return " ".join(parts)


def cast_with_long_names() -> Cast:
    cast = build_cast()
    for company in Company.objects.all():
        company.name = f"{LONG} {company.pk}"
        company.save(update_fields=["name"])
    for name in PEOPLE:
        if user := cast.person(name):
            user.name = f"{LONG[:90]} {user.role}"
            user.save(update_fields=["name"])
    return cast


class Looker:
    """Looks at each page that is built as none before, in the browser of whoever sees it."""

    def __init__(self, cast: Cast, someone: Callable[..., Person]) -> None:
        self.cast, self.someone = cast, someone
        self.seen: set[str] = set()
        self.clients: dict[str, Client] = {}
        self.people: dict[str, Person] = {}

    def client(self, name: str) -> Client:
        if name not in self.clients:
            self.clients[name] = client_for(self.cast.person(name), raise_request_exception=False)
        return self.clients[name]

    def person(self, name: str) -> Person:
        if name not in self.people:
            self.people[name] = self.someone()
            if user := self.cast.person(name):
                self.people[name].enter_as(user)
        return self.people[name]

    def is_new(self, html: bytes) -> bool:
        build = build_of(html)
        return build not in self.seen and not self.seen.add(build)  # type: ignore[func-returns-value]

    def look(self, name: str, address: str) -> None:
        answer = self.client(name).get(address)
        if not answer.headers["Content-Type"].startswith("text/html") or answer.status_code in {301, 302}:
            return
        person = self.person(name)
        if self.is_new(answer.content):
            person.open(address)
            self.measure(person)
        forms = [form for form in forms_in(answer.content) if form.method == "POST"]
        for place, form in enumerate(forms):
            if form.action in {"", address} and len(form.controls) > len(form.hidden):
                wrong = self.client(name).post(address, dict(form.buttons[-1:]))
                if b"govuk-error-summary" in wrong.content and self.is_new(wrong.content):
                    self.look_at_errors(person, address, place)

    def look_at_errors(self, person: Person, address: str, place: int) -> None:
        page = person.page
        page.goto(f"{person.address}{address}")
        with page.expect_navigation():
            page.locator("form[method=post]").nth(place).evaluate(SEND_EMPTY)
        person.check()
        expect(page.locator(".govuk-error-summary")).to_be_focused()
        self.measure(person)

    def measure(self, person: Person) -> None:
        person.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        if person.page.evaluate(wide):
            person.problems.append(f"wider than a telephone: {person.page.url}")
        person.page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_wrong_with_any_page(someone: Callable[..., Person]) -> None:
    cast = cast_with_long_names()
    looker = Looker(cast, someone)
    for name, leaf in pages():
        address = reverse(name, kwargs=leaf.kwargs(cast))
        for person in PEOPLE:
            if person in leaf.methods["GET"].ok.split():
                looker.look(person, address)
    assert len(looker.seen) > 90
