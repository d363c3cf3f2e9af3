"""An owner invites a colleague, somebody asks to join, and one person acts for two companies."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from applications.models import Company, CompanyPerson
from tests import factories as make
from tests.browser.conftest import Person
from tests.browser.steps.joining import PASSWORD, read_mail

OWNER, COLLEAGUE, ASKER = "owner@example.com", "mared.wynne@example.com", "asker@example.com"
COMPANY = "Llŷn and Ottersby Vehicle Hire Ltd"


@pytest.fixture
def company(transactional_db: None) -> Company:
    owner = make.UserFactory(email=OWNER, name="Siân Pritchard")
    company: Company = make.CompanyFactory(name=COMPANY, owner=owner, company_number="01234567")
    application = make.ApplicationFactory(company=company, started_by=owner, status="accepted")
    make.MembershipFactory(company=company, application=application, number="RVSS-000123")
    return company


def link_in(message: str, path: str) -> str:
    """The path of the link in a mail; long lines of it are folded."""
    found = re.search(rf"https?://[^/\s]+({path}\S+)", message.replace("=\n", "").replace("=3D", "="))
    assert found, message
    return found[1]


def invites(owner: Person, company: Company, email: str, level: str) -> None:
    page = owner.open(f"/companies/{company.public_id}/")
    owner.click("Invite people, and change what they may do", role="link")
    owner.click("Invite somebody", role="button")
    owner.click("Send the invitation")
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    page.get_by_label("Email address").fill(email)
    page.get_by_label(level, exact=True).check()
    owner.click("Send the invitation")
    expect(page.get_by_text(f"{email} has been invited.")).to_be_visible()


def signs_up_and_accepts(person: Person, mail: Path, link: str) -> None:
    page = person.open(link)
    expect(page.get_by_role("heading", level=1)).to_have_text(f"You are invited to act for {COMPANY}")
    person.click("Create an account", role="button")
    expect(page.get_by_label("Email address")).to_have_value(COLLEAGUE)
    page.get_by_label("Full name").fill("Mared Wynne")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    person.click("Create account")
    person.open(link_in(read_mail(mail, COLLEAGUE, "Confirm"), "/accounts/confirm-email/"))
    person.click("Confirm")
    page.get_by_label("Email address").fill(COLLEAGUE)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    person.click("Sign in")
    assert link in page.url, "back at the invitation"
    person.click("Accept the invitation")
    expect(page.get_by_text(f"You now act for {COMPANY}.")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.usefixtures("worker")
def test_a_colleague_is_invited(
    someone: Callable[..., Person], company: Company, mail_dir: Path, scripts: bool
) -> None:
    owner = someone(scripts=scripts)
    owner.sign_in(OWNER)
    invites(owner, company, COLLEAGUE, "Editor")
    link = link_in(read_mail(mail_dir, COLLEAGUE, "/invitations/"), "/invitations/")

    stranger = someone(scripts=scripts)
    make.UserFactory(email="stranger@example.com")
    stranger.sign_in("stranger@example.com")
    page = stranger.open(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("This invitation is for another address")
    assert COLLEAGUE not in page.content()

    colleague = someone(phone=True, scripts=scripts)
    signs_up_and_accepts(colleague, mail_dir, link)
    colleague.open(f"/companies/{company.public_id}/people/")
    expect(colleague.page.get_by_text("Mared Wynne (you)")).to_be_visible()
    expect(someone(scripts=scripts).open(link).get_by_role("heading", level=1)).to_have_text(
        "This invitation has been used"
    )

    person = CompanyPerson.objects.get(company=company, user__email=COLLEAGUE)
    page = owner.open(f"/companies/{company.public_id}/people/{person.pk}/level/")
    page.get_by_label("Owner", exact=True).check()
    owner.click("Save")
    owner.click(f"Leave {COMPANY}", role="link")
    owner.click("Leave the company")
    expect(page.get_by_text(f"You no longer act for {COMPANY}.")).to_be_visible()
    assert list(company.people.values_list("user__email", "level")) == [(COLLEAGUE, "owner")]


@pytest.mark.usefixtures("worker")
def test_somebody_asks_to_join_and_switches_between_two_companies(
    someone: Callable[..., Person], company: Company, mail_dir: Path
) -> None:
    agent = make.UserFactory(email=ASKER, name="Gwenllian Ap Huw")
    other = make.CompanyFactory(name="Beta Rentals Ltd", owner=agent)
    asker = someone(phone=True)
    page = asker.open("/register/RVSS-000123/")
    asker.click("Work for this company? Ask to join", role="link")
    page.get_by_label("Email address").fill(ASKER)
    page.get_by_label("Password", exact=True).fill("correct horse battery")
    asker.click("Sign in")
    expect(page.get_by_label("Companies House number or membership number")).to_have_value("RVSS-000123")
    asker.click("Send the request")
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    page.get_by_label("Message to the company’s owners").fill("I keep your accounts.")
    asker.click("Send the request")
    expect(page.get_by_role("heading", level=1)).to_have_text("We have your request")

    owner = someone()
    message = read_mail(mail_dir, OWNER, "/people/requests/")
    owner.sign_in(OWNER)
    where = owner.open(link_in(message, "/companies/"))
    owner.click("Send your answer")
    expect(where.get_by_role("heading", name="There is a problem")).to_be_visible()
    where.get_by_label("Accept", exact=True).check()
    where.get_by_label("Viewer", exact=True).check()
    owner.click("Send your answer")
    expect(where.get_by_text("Gwenllian Ap Huw now acts for")).to_be_visible()

    read_mail(mail_dir, ASKER, "has accepted your request")
    asker.click("Your companies", role="link")
    asker.click(COMPANY, role="link")
    expect(page.get_by_role("heading", level=1)).to_have_text(COMPANY)
    assert "Beta Rentals" not in page.inner_text("main")
    asker.open("/")
    asker.click(other.name, role="link")
    expect(page.get_by_role("heading", level=1)).to_have_text(other.name)
    assert COMPANY not in page.inner_text("main")
