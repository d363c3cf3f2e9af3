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
def test_a_company_applies_without_a_mouse(someone: Callable[..., Person]) -> None:
    make.EditionFactory()
    owner = make.UserFactory(email="owner@example.com")
    company = make.CompanyFactory(owner=owner, no_deputy_reason="")
    make.SecurityContactFactory(company=company)
    application = make.ApplicationFactory(company=company, started_by=owner)
    person = someone(check_pages=False)
    signs_in(person, "owner@example.com")
    page = person.page
    press(person, page.get_by_role("link", name="Go on with the application"))
    press(person, page.get_by_role("link", name="Deputy security contact"))
    tab_to(page, page.get_by_label("Yes", exact=True))
    page.keyboard.press("ArrowDown")
    write(page, "Why is a deputy not practical?", "Two people run the company.")
    press(person, page.get_by_role("button", name="Save and continue"))
    press(person, page.get_by_role("link", name="Check your answers and sign the declaration"))
    press(person, page.get_by_role("button", name="Continue to the declaration"))
    press(person, page.get_by_role("button", name="Sign and send the application"))
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Full name of the person who signs")).to_be_focused()
    page.keyboard.type("Siân Ŵyn")
    write(page, "Role in the company", "Director")
    tab_to(page, page.get_by_label("I have the authority"))
    page.keyboard.press("Space")
    press(person, page.get_by_role("button", name="Sign and send the application"))
    expect(page.get_by_text(application.reference).first).to_be_visible()


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
    tab_to(page, page.get_by_label("What the company does is outside the scheme"))
    page.keyboard.press("Space")
    write(page, "Explain the reasons", "It leases vehicles to businesses only.")
    press(person, page.get_by_role("button", name="Reject the application"))
    expect(page.get_by_text("has been rejected").first).to_be_visible()
