"""API tokens in a browser: made, shown once, used, and revoked; at a desk and on a telephone."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import expect

from accounts.models import ApiToken
from tests.browser.conftest import Person
from tests.cast import Cast, build_cast
from tests.factories import ApiTokenFactory

LONG = "Cwmni Llogi Cerbydau Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch, nos"


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return build_cast()


def scrolls_sideways(person: Person) -> bool:
    return bool(person.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_a_token_is_made_shown_once_and_revoked(
    someone: Callable[..., Person], cast: Cast, phone: bool
) -> None:
    partner = someone(phone=phone)
    page = partner.sign_in("partner@example.com")
    partner.click("API tokens", role="link")
    expect(page.get_by_text("There are no tokens yet.")).to_be_visible()
    assert not scrolls_sideways(partner)
    partner.click("Make a token")
    page.get_by_label("Password", exact=True).fill("correct horse battery")
    partner.click("Go on")
    expect(page.get_by_role("heading", name="Make an API token")).to_be_visible()
    partner.click("Make the token")
    expect(page.get_by_text("There is a problem")).to_be_visible()
    page.get_by_label("Name").fill(LONG[:80])
    page.get_by_label("See enrolments and the companies that came through them").check()
    page.get_by_label("12 months").check()
    partner.click("Make the token")
    assert not scrolls_sideways(partner)
    secret = page.locator("#token").inner_text().strip()
    asked = Request(f"{partner.address}/api/v1/enrolments/", headers={"Authorization": f"Bearer {secret}"})
    with urlopen(asked) as answer:
        assert json.load(answer) == {"next": None, "previous": None, "results": []}
    partner.click("I have copied it")
    assert secret not in page.content()
    assert not scrolls_sideways(partner)
    page.get_by_role("link", name=LONG[:80]).click()
    partner.check()
    assert secret not in page.content()
    assert not scrolls_sideways(partner)
    partner.click("Revoke this token")
    partner.click("Revoke the token")
    expect(page.get_by_text("Enter the reason").first).to_be_visible()
    page.get_by_label("Reason").fill("The program is no longer used.")
    partner.click("Revoke the token")
    expect(page.get_by_text("is revoked.")).to_be_visible()
    assert ApiToken.objects.get().revoke_reason == "The program is no longer used."
    page.get_by_role("link", name=LONG[:80]).click()
    partner.check()
    expect(page.get_by_text("The program is no longer used.")).to_be_visible()
    partner.open("/messages/")
    expect(page.get_by_text("An API token of yours was revoked")).to_be_visible()


def test_an_administrator_looks_after_them(someone: Callable[..., Person], cast: Cast) -> None:
    ApiTokenFactory(user=cast.partner, name=LONG[:80])
    ApiTokenFactory(user=cast.partner, name="Long ago", long_ago=True)
    for phone in (False, True):
        administrator = someone(phone=phone)
        page = administrator.sign_in("administrator@example.com")
        administrator.click("API tokens", role="link")
        assert not scrolls_sideways(administrator)
        page.get_by_label("Status").select_option("working")
        administrator.click("Show tokens")
        assert "Long ago" not in page.inner_text("table")
        page.get_by_role("link", name=LONG[:80]).click()
        administrator.check()
        assert not scrolls_sideways(administrator)
