"""An approved partner enrols 5,000 members, 200 rows of them at fault, and one company confirms."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from accounts.models import Notification, User
from accounts.tasks import send_notification
from applications.enrolling.columns import BY_KEY
from applications.models import Company, EnrolledCompany, Enrolment, Membership, TradeBody
from tests import factories as make
from tests.applications.enrolments import as_csv, faulty_rows
from tests.browser.conftest import Person
from tests.browser.steps.joining import PASSWORD, SECTIONS, read_mail, signs_declaration
from tests.browser.test_people import link_in

PARTNER = "partner@example.com"
BODY = "Association of Vehicle Hirers"
ROWS, FAULTS, SEED = 5000, 200, 2018


@pytest.fixture
def partner(transactional_db: None) -> User:
    user: User = make.UserFactory(email=PARTNER, name="Gwenllian Ap Huw", role="partner")
    body: TradeBody = make.TradeBodyFactory(name=BODY, is_partner=True)
    body.people.add(user)
    make.EditionFactory()
    return user


def sends(person: Person, path: Path) -> None:
    page = person.page
    person.click("Send a list of companies", role="button")
    person.click("Send and check")
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    page.locator("input[type=file]").set_input_files(path)
    person.click("Send and check")
    expect(page.get_by_role("heading", level=1)).to_have_text(path.name)
    # The page goes on by itself.
    expect(page.get_by_text("200 rows have faults. 4,800 rows have none.")).to_be_visible(timeout=60_000)
    person.check()


def reads_faults(person: Person, places: set[tuple[int, str]], tmp_path: Path) -> None:
    """On the page, and as a file: exactly those that were made, at their row and column."""
    page = person.page
    expect(page.get_by_text("Showing 1 to 25 of 200 faults")).to_be_visible()
    first_row, first_column = sorted(places)[0]
    cells = page.locator("tbody tr").first.locator("th, td")
    expect(cells.nth(0)).to_have_text(f"{first_row:,}")
    expect(cells.nth(1)).to_have_text(BY_KEY[first_column].header)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the rows with faults (CSV)").click()
    download.value.save_as(tmp_path / "faults.csv")
    with (tmp_path / "faults.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    found = {(int(line["Row in your file"]), line["What is wrong"].split(":")[0]) for line in lines}
    assert len(lines) == FAULTS
    assert found == {(row, BY_KEY[key].header) for row, key in places}


def enrols_the_others(person: Person) -> None:
    page = person.page
    person.click("Enrol the rows without faults", role="button")
    person.click("Enrol the companies")
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    page.get_by_label("Leave out the 200 rows with faults").check()
    page.get_by_label("Every company in the list rents out vehicles to consumers").check()
    person.click("Enrol the companies")
    expect(page.get_by_text(re.compile(r"Enrolling: [\d,]+ of 4,800 rows done\."))).to_be_visible()
    done = page.get_by_text("4,800 rows were dealt with, and 200 with faults were left out.")
    expect(done).to_be_visible(timeout=120_000)
    person.check()


def joins(person: Person, tie: EnrolledCompany, mail: Path) -> None:
    page = person.page
    invitation = Notification.objects.get(to=tie.email)
    send_notification.delay(invitation.pk)
    person.open(link_in(read_mail(mail, tie.email, "has enrolled"), "/invitations/"))
    person.click("Create an account", role="button")
    page.get_by_label("Full name").fill("Siân Pritchard")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    person.click("Create account")
    person.open(link_in(read_mail(mail, tie.email, "Confirm"), "/accounts/confirm-email/"))
    person.click("Confirm")
    page.get_by_label("Email address").fill(tie.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    person.click("Sign in")
    person.click("Accept the invitation")
    expect(page.get_by_text(f"{BODY} has enrolled the company.")).to_be_visible()
    reference = tie.company.applications.get().reference
    person.click(reference, role="link")
    expect(page.get_by_text("You have completed 5 of 9 sections.")).to_be_visible()
    for section in ("trading-names", "sites", "deputy", "listing"):
        SECTIONS[section](person)
    signs_declaration(person, mail, email=tie.email, reference=reference)
    expect(page.get_by_text("it becomes a member as soon as they do")).to_be_visible()
    assert not Membership.objects.exists()


def confirms_as_contact(person: Person, email: str, mail: Path) -> None:
    person.open(link_in(read_mail(mail, email, "Confirm that you are the"), "/contacts/confirm/"))
    person.click("Yes, I am the contact")


@pytest.mark.usefixtures("worker")
def test_a_partner_enrols_its_members(
    someone: Callable[..., Person], partner: User, mail_dir: Path, tmp_path: Path
) -> None:
    made, places = faulty_rows(ROWS, FAULTS, SEED)
    path = tmp_path / "aelodau-2026.csv"
    path.write_text(as_csv(made), encoding="utf-8")
    person = someone()
    person.sign_in(PARTNER)
    sends(person, path)
    enrolment = Enrolment.objects.get()
    assert (enrolment.row_count, enrolment.faulty_count) == (ROWS, FAULTS)
    assert set(enrolment.problems.values_list("row__number", "column")) == places
    reads_faults(person, places, tmp_path)
    assert not Company.objects.exists()
    enrols_the_others(person)
    assert Company.objects.count() == ROWS - FAULTS
    assert EnrolledCompany.objects.filter(status="unconfirmed").count() == ROWS - FAULTS

    tie = EnrolledCompany.objects.exclude(company__trading_names__isnull=False).earliest("pk")
    # The pages of those who join are checked in a journey of their own.
    owner = someone(phone=True, check_pages=False)
    joins(owner, tie, mail_dir)
    confirms_as_contact(someone(), tie.email, mail_dir)
    membership = Membership.objects.get()
    assert (membership.company, membership.origin, membership.partner.name) == (tie.company, "partner", BODY)

    page = person.open("/")
    expect(page.get_by_text("1 member of the scheme has been enrolled through you.")).to_be_visible()
    person.click("Companies", role="link")
    page.get_by_label("Company, number, reference or email").fill(tie.reference)
    person.click("Show companies")
    expect(page.get_by_text(membership.number)).to_be_visible()
    person.click(tie.name, role="link")
    expect(page.get_by_text("Member", exact=True)).to_be_visible()
