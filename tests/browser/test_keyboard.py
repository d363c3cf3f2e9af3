"""The keyboard alone is enough: whatever is needed can be reached with Tab and seen to have the focus."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from accounts.models import Role
from codeofpractice import services
from tests import factories as make
from tests.browser.conftest import Person


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus; the focus must be visible there."""
    for _ in range(80):
        if target.evaluate("element => element === document.activeElement"):
            break
        page.keyboard.press("Tab")
    else:
        pytest.fail(f"Tab never reached {target}")
    shown = target.evaluate(
        "element => { const style = getComputedStyle(element);"
        " return style.outlineStyle !== 'none' || style.boxShadow !== 'none' }"
    )
    assert shown, f"the focus cannot be seen on {target}"


def press(person: Person, target: Locator) -> None:
    """Enter, and the page that it leads to."""
    tab_to(person.page, target)
    with person.page.expect_navigation():
        person.page.keyboard.press("Enter")


def write(page: Page, label: str, words: str) -> None:
    tab_to(page, page.get_by_label(label, exact=True))
    page.keyboard.type(words)


def signs_in(person: Person, email: str) -> None:
    page = person.open("/accounts/sign-in/")
    write(page, "Email address", email)
    write(page, "Password", "correct horse battery")
    press(person, page.get_by_role("button", name="Sign in", exact=True))


def test_the_skip_link_leads_past_the_navigation(someone: Callable[..., Person]) -> None:
    visitor = someone()
    page = visitor.open("/register/")
    press(visitor, page.get_by_role("link", name="Skip to main content"))
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.closest('main') !== null")
    assert focused


@pytest.mark.usefixtures("transactional_db")
def test_a_company_answers_a_point_without_a_mouse(someone: Callable[..., Person]) -> None:
    make.EditionFactory()
    owner = make.UserFactory(email="owner@example.com")
    member = make.MembershipFactory(company=make.CompanyFactory(owner=owner))
    services.start_version(membership=member, by=owner)
    person = someone()
    signs_in(person, "owner@example.com")
    page = person.open(f"/plans/{member.number}/")
    press(person, page.get_by_role("link", name="2. Electronic payment"))
    tab_to(page, page.get_by_label("In place", exact=True))
    page.keyboard.press("Space")
    write(page, "How do you meet this point?", "Cards only, in the hirer's name.")
    write(page, "Who is responsible?", "Branch manager")
    press(person, page.get_by_role("button", name="Save and continue"))
    expect(page.get_by_text("Point 2 is saved.")).to_be_visible()


@pytest.mark.usefixtures("transactional_db")
def test_an_assurer_decides_without_a_mouse(someone: Callable[..., Person]) -> None:
    make.EditionFactory()
    make.UserFactory(email="assurer@example.com", role=Role.ASSURER)
    company = make.CompanyFactory(owner=make.UserFactory())
    application = make.ApplicationFactory(company=company, status="submitted")
    make.DeclarationFactory(application=application)
    person = someone()
    signs_in(person, "assurer@example.com")
    page = person.open("/applications/")
    press(person, page.get_by_role("link", name=company.name))
    press(person, page.get_by_role("button", name="Reject", exact=True))
    write(page, "Why is the application rejected?", "It leases vehicles to businesses only.")
    press(person, page.get_by_role("button", name="Reject the application"))
    expect(page.get_by_text("has been rejected").first).to_be_visible()
