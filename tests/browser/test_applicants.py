# ruff: noqa: RUF001 - characters that look like others are the point here
"""A sole trader who applies for the first time, and an agent who applies for two companies in two tabs."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from accounts.models import Notification
from applications import services
from applications.models import Application, Company, PersonLevel
from rvss.local.companies_house import KEY
from tests import factories as make
from tests.applications.register_server import serving
from tests.browser.conftest import Person
from tests.browser.steps import joining

pytestmark = pytest.mark.django_db(transaction=True)
EMAIL = "ffion@example.com"
TRADER = "Ffion Ŵyn a’i Merched"


def problem(page: Page) -> Any:
    return expect(page.locator(".govuk-error-summary"))


def says(person: Person, *words: str, press: str = "Save and continue") -> None:
    """Sends the page, and is told what is wrong; the first entry leads to its field, which has the focus."""
    person.click(press)
    for each in words:
        problem(person.page).to_contain_text(each)
    assert person.page.title().startswith("Error: ")
    link = person.page.locator(".govuk-error-summary a").first
    target = str(link.get_attribute("href"))
    link.click()
    expect(person.page.locator(target)).to_be_focused()


def signs_up_from_the_front_page(person: Person) -> None:
    page = person.open("/")
    person.click("Apply to join", role="button")
    person.click("Start now", role="button")
    says(person, "Say whether it rents to consumers", press="Continue")
    for question in ("short terms", "consumers", "3 months"):
        page.get_by_role("group", name=re.compile(question)).get_by_label("Yes", exact=True).check()
    page.get_by_role("checkbox", name="Delivered to the hirer").check()
    page.get_by_role("checkbox", name="Leasing or contract hire").check()
    person.click("Continue")
    person.click("Create an account", role="button")
    page.get_by_label("Full name").fill("\u200bFfion \u00a0Ŵyn\u00ad")
    page.get_by_label("Email address").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill("hunter2")
    says(person, "12 characters", press="Create account")
    page.get_by_label("Password", exact=True).fill(joining.PASSWORD)
    person.click("Create account")
    body = Notification.objects.filter(to=EMAIL).latest("pk").body
    link = re.search(r"https?://[^/]+(/accounts/confirm-email/\S+)", body)
    assert link, body
    person.open(link[1])
    person.click("Confirm")
    page.get_by_label("Email address").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(joining.PASSWORD)
    person.click("Sign in")
    expect(page.get_by_role("heading", level=1)).to_have_text("What is the company called?")


def finds_that_a_number_is_not_theirs(person: Person, settings: Any) -> None:
    page = person.page
    with serving() as register:
        settings.COMPANIES_HOUSE_URL, settings.COMPANIES_HOUSE_KEY = register.address, KEY
        joining.open_section(person, "The company")
        page.get_by_label("Companies House number").fill("ni 91000001 x")
        says(person, "in the right form", press="Find company")
        page.get_by_label("Companies House number").fill("９１０００００１")
        person.click("Find company")
        expect(page.get_by_label("Town or city")).to_have_value("Porthwen")
        page.get_by_label("Sole trader").check()
        says(person, "A sole trader has no Companies House number")
        page.get_by_label("Companies House number").fill("")
        page.get_by_label("Postcode").fill("ZE1")
        says(person, "Enter a full UK postcode")
        expect(page.get_by_label("Town or city")).to_have_value("Porthwen")
        page.get_by_label("Postcode").fill("ze1–0aa")
        person.click("Save and continue")


def fills_in_the_rest(person: Person) -> None:
    page = person.page
    joining.SECTIONS["trading-names"](person)
    joining.open_section(person, "What it rents out, and how")
    expect(page.get_by_label("Delivered to the hirer")).to_be_checked()
    page.get_by_label("Cars").fill("1,2")
    says(person, "Number of cars must be a whole number, like 12")
    page.get_by_label("Cars").fill("1 200")
    person.click("Save and continue")
    for section in ("sites", "regions", "trade-bodies"):
        joining.SECTIONS[section](person)
    joining.open_section(person, "Recognised security contact")
    page.get_by_label("Full name").fill("Nguyễn Thị Ánh Tuyết")
    page.get_by_label("Job title").fill("Perchennog")
    page.get_by_label("Email address").fill("anh@example")
    page.get_by_label("Telephone number").fill("999")
    says(person, "Enter an email address in the right form", "Enter a UK telephone number")
    page.get_by_label("Email address").fill("anh@example.com")
    page.get_by_label("Telephone number").fill("Tel: +44 (0)1632 960 123 ext 7")
    person.click("Save and continue")
    for section in ("deputy", "listing"):
        joining.SECTIONS[section](person)


def test_a_sole_trader_applies_for_the_first_time(someone: Callable[..., Person], settings: Any) -> None:
    make.EditionFactory()
    # axe has its own test of every page; here it would only cost time.
    person = someone(phone=True, check_pages=False)
    page = person.page
    signs_up_from_the_front_page(person)
    says(person, "Enter the company’s name", press="Start the application")
    page.get_by_label("Registered or business name").fill(TRADER)
    person.click("Start the application")
    finds_that_a_number_is_not_theirs(person, settings)
    fills_in_the_rest(person)
    person.click("Check your answers and sign the declaration", role="link")
    expect(page.get_by_text("01632 960123 x7")).to_be_visible()
    person.click("Continue to the declaration", role="button")
    says(person, "Confirm that you have the authority", press="Sign and send the application")
    page.get_by_label("Full name of the person who signs").fill("Ffion Ŵyn")
    page.get_by_label("Role in the company").fill("Perchennog")
    page.get_by_label("I have the authority").check()
    person.click("Sign and send the application")
    application = Application.objects.get()
    assert (application.company.name, application.company.company_number) == (TRADER, "")
    assert application.started_by.name == "Ffion Ŵyn"
    expect(page.get_by_text(application.reference).first).to_be_visible()

    code = application.declarations.get().code
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile(r"receipt")).click()
    text = " ".join(
        sheet.extract_text() for sheet in PdfReader(io.BytesIO(download.value.path().read_bytes())).pages
    )
    assert code in text
    assert TRADER in text
    visitor = someone(check_pages=False)
    visitor.open("/")
    visitor.click("Check the receipt of a declaration", role="link")
    visitor.page.get_by_label("Code of the receipt").fill(code.lower().replace("-", " "))
    visitor.click("Check the code")
    expect(visitor.page.get_by_text(TRADER)).to_be_visible()


@pytest.fixture
def agent_of_two() -> tuple[Application, Application]:
    """Drafts of a company that she owns and of one that she edits for."""
    make.EditionFactory()
    agent = make.UserFactory(email="agent@example.com", name="Gwenllian Ap Huw")
    own = make.CompanyFactory(name="Alpha Hire Ltd", owner=agent)
    client = make.CompanyFactory(name="Beta Rentals Ltd", owner=make.UserFactory())
    client.people.create(user=agent, level=PersonLevel.EDITOR)
    drafts = [make.ApplicationFactory(company=company, started_by=agent) for company in (own, client)]
    for draft in drafts:
        make.SecurityContactFactory(company=draft.company)
    return drafts[0], drafts[1]


def test_an_agent_works_for_two_companies_in_two_tabs(
    someone: Callable[..., Person], agent_of_two: tuple[Application, Application]
) -> None:
    own, client = agent_of_two
    first = someone(check_pages=False)
    first.sign_in("agent@example.com")
    second = first.another_tab()
    first.click("Alpha Hire Ltd", role="link")
    second.open("/")
    second.click("Beta Rentals Ltd", role="link")

    # Both sections are open at once, and saved in turns.
    contacts = {}
    for tab, draft, name in ((first, own, "Siân Ŵyn"), (second, client, "Łucja Wąs")):
        page = tab.open(reverse("applications:section", args=[draft.reference, "contact"]))
        expect(page.get_by_text(draft.company.name).first).to_be_visible()
        page.get_by_label("Full name").fill(name)
        contacts[draft.pk] = name
    for tab in (first, second):
        tab.click("Save and continue")
    for draft in agent_of_two:
        assert draft.company.security_contacts.get(until__isnull=True).name == contacts[draft.pk]
    for tab, mine, other in ((first, own, client), (second, client, own)):
        page = tab.open(reverse("applications:check", args=[mine.reference]))
        expect(page.get_by_text(contacts[mine.pk])).to_be_visible()
        for word in (contacts[other.pk], other.company.name, other.company.company_number):
            assert word not in page.inner_text("body")

    # What she may do for one she may not do for the other.
    expect(first.page.get_by_role("button", name="Continue to the declaration")).to_be_visible()
    expect(second.page.get_by_role("button", name="Continue to the declaration")).to_have_count(0)
    page = second.open(reverse("declaration", args=[client.reference]))
    expect(page.get_by_role("heading", level=1)).to_have_text("You cannot do this")
    page = second.open(reverse("applications:people", args=[client.company.public_id]))
    expect(page.get_by_role("button", name="Invite somebody")).to_have_count(0)

    # The same declaration in both tabs: signed once, and both say so.
    for tab in (first, second):
        page = tab.open(reverse("declaration", args=[own.reference]))
        page.get_by_label("Full name of the person who signs").fill("Gwenllian Ap Huw")
        page.get_by_label("Role in the company").fill("Director")
        page.get_by_label("I have the authority").check()
    for tab in (first, second):
        tab.click("Sign and send the application")
        expect(tab.page.get_by_text(own.reference).first).to_be_visible()
    assert own.declarations.count() == 1

    # A section that was left open since then: nothing is saved, and the page says why.
    page = second.open(reverse("applications:section", args=[client.reference, "listing"]))
    page.get_by_label("No", exact=True).check()
    services.withdraw_application(
        application=client, reason="Sold.", by=client.company.people.get(level="owner").user
    )
    second.click("Save and continue")
    expect(page.get_by_role("heading", level=1)).to_have_text("Something changed in the meantime")
    page = first.open("/")
    for company in Company.objects.filter(pk__in=[own.company_id, client.company_id]):
        expect(page.get_by_role("heading", name=company.name)).to_be_visible()
