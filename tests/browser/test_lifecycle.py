"""A membership from its renewal to its end in a browser: by keyboard, on a telephone, without scripts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Role, User
from applications.models import Membership
from tests import factories as make
from tests.browser.conftest import Person
from tests.browser.test_keyboard import press, signs_in, tab_to, write

pytestmark = pytest.mark.usefixtures("transactional_db")
NAME = "Cwmni Llogi Cerbydau Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch a’r Wyrion"


@pytest.fixture
def owner() -> User:
    make.EditionFactory()
    return make.UserFactory(email="owner@example.com", name="Siân O’Dàl")


def member_of(owner: User, due_in: int, **fields: str) -> Membership:
    company = make.CompanyFactory(name=NAME, owner=owner)
    make.SecurityContactFactory(company=company)
    return make.MembershipFactory(
        company=company, renewal_due_on=timezone.localdate() + timedelta(days=due_in), **fields
    )


def test_an_owner_renews_without_a_mouse(owner: User, someone: Callable[..., Person]) -> None:
    member = member_of(owner, 20)
    person = someone()
    signs_in(person, "owner@example.com")
    page = person.page
    person.check()
    press(person, page.get_by_role("link", name="Renew the membership by"))
    person.check()
    press(person, page.get_by_role("link", name="Change (The public register)"))
    tab_to(page, page.get_by_label("Yes", exact=True))
    page.keyboard.press("ArrowDown")
    press(person, page.get_by_role("button", name="Save and continue"))
    expect(page.get_by_role("heading", name="Renew the membership")).to_be_visible()
    press(person, page.get_by_role("button", name="It is up to date: continue to the declaration"))
    person.check()
    write(page, "Full name of the person who signs", "Siân O’Dàl")
    press(person, page.get_by_role("button", name="Sign and renew the membership"))
    expect(page.get_by_text("There is a problem")).to_be_visible()
    person.check()
    write(page, "Role in the company", "Director")
    tab_to(page, page.get_by_label("I have the authority"))
    page.keyboard.press("Space")
    press(person, page.get_by_role("button", name="Sign and renew the membership"))
    expect(page.get_by_role("heading", name="Membership renewed")).to_be_visible()
    person.check()
    member.refresh_from_db()
    assert member.renewal_due_on > timezone.localdate() + timedelta(days=300)
    assert member.is_listed is False


def assert_no_sideways_scroll(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize("scripts", [True, False])
def test_an_owner_leaves_on_a_telephone(owner: User, someone: Callable[..., Person], scripts: bool) -> None:
    member = member_of(owner, 200)
    person = someone(phone=True, scripts=scripts)
    person.sign_in("owner@example.com")
    page = person.open(f"/companies/{member.company.public_id}/")
    person.click("Leave the scheme", role="link")
    person.click("Continue")
    expect(page.get_by_text("There is a problem")).to_be_visible()
    assert_no_sideways_scroll(page)
    page.get_by_label("Another reason").check()
    page.get_by_label("Tell us more (optional)").fill("The depot has burnt down.")
    person.click("Continue")
    person.click("Change the reason")
    expect(page.get_by_label("Tell us more (optional)")).to_have_value("The depot has burnt down.")
    person.click("Continue")
    person.click("End the membership")
    expect(page.get_by_text("is not a member of the scheme any more")).to_be_visible()
    assert_no_sideways_scroll(page)
    person.click("History of the membership", role="link")
    expect(page.get_by_text("The depot has burnt down.")).to_be_visible()
    assert_no_sideways_scroll(page)
    person.open(f"/companies/{member.company.public_id}/")
    person.click("Apply again", role="link")
    person.click("Start the application")
    expect(page.get_by_role("heading", name="Apply to join")).to_be_visible()


def test_a_lead_suspends_a_member_and_its_number_is_checked(
    owner: User, someone: Callable[..., Person]
) -> None:
    make.UserFactory(email="lead@example.com", name="Ruth Silverdale", role=Role.LEAD)
    member_of(owner, 200, number="RVSS-000123")
    other = make.MembershipFactory(is_listed=False)
    visitor = someone(phone=True)
    page = visitor.open("/register/")
    visitor.click("Check a membership number", role="link")
    visitor.click("Check")
    expect(page.get_by_text("There is a problem")).to_be_visible()
    page.get_by_label("Membership number").fill("rvss 123")
    visitor.click("Check")
    expect(page.get_by_role("heading", name="is the number of a current member")).to_be_visible()
    page.get_by_label("Membership number").fill(other.number)
    page.get_by_label("Postcode on the certificate (optional)").fill("ze1 0ab")
    visitor.click("Check")
    expect(page.get_by_text("is not that of the member’s main office")).to_be_visible()

    lead = someone()
    lead.sign_in("lead@example.com")
    lead.open("/memberships/")
    lead.click(NAME, role="link")
    lead.click("Suspend the membership", role="link")
    lead.click("Suspend the membership")
    lead.page.get_by_label("Why is the membership suspended?").fill("No plan.\n\nWe asked three times.")
    lead.click("Suspend the membership")
    lead.click("History of the membership", role="link")
    expect(lead.page.get_by_text("by Ruth Silverdale, DfT lead assurer")).to_be_visible()
    visitor.open("/register/verify/?number=123&postcode=")
    expect(page.get_by_role("heading", name="is not the number of a current member")).to_be_visible()
