"""From the front page to a membership: what the applicant and the assurer do."""

from __future__ import annotations

import email.policy
import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import Person, wait_for

PASSWORD = "violet anchor teapot meadow"


def read_mail(folder: Path, address: str, words: str) -> str:
    """Subject and body of the newest message to the address that holds these words; waits for it."""

    def find() -> str | None:
        for path in sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime, reverse=True):
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if message["To"] != address:
                continue
            text = f"{message['Subject']}\n\n{message.get_content()}"
            if words in text:
                return text
        return None

    return wait_for(find, f"a message to {address} with {words}")


def is_told_out_of_scope(person: Person) -> None:
    page = person.open("/")
    person.click("Apply to join", role="button")
    person.click("Start now", role="button")
    person.click("Continue")
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    for question, answer in (("short terms", "No"), ("consumers", "Yes"), ("3 months", "Yes")):
        page.get_by_role("group", name=re.compile(question)).get_by_label(answer, exact=True).check()
    page.get_by_role("checkbox", name="From a counter or depot").check()
    person.click("Continue")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your company is out of scope of the scheme")


def signs_up(person: Person, mail: Path, *, name: str, email: str) -> None:
    page = person.open("/apply/eligibility/")
    for question in ("short terms", "consumers", "3 months"):
        page.get_by_role("group", name=re.compile(question)).get_by_label("Yes", exact=True).check()
    page.get_by_role("checkbox", name="From a counter or depot").check()
    person.click("Continue")
    person.click("Create an account", role="button")
    page.get_by_label("Full name").fill(name)
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password", exact=True).fill("short")
    person.click("Create account")
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    expect(page.get_by_label("Full name")).to_have_value(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    person.click("Create account")
    message = read_mail(mail, email, "Confirm")
    link = re.search(r"https?://\S+/accounts/confirm-email/\S+", message)
    assert link, message
    person.open(re.sub(r"^https?://[^/]+", "", link[0]))
    person.click("Confirm")
    person.sign_in(email, PASSWORD)


def starts_application(person: Person, company: str) -> str:
    """Returns the reference."""
    page = person.page
    if "/apply/new/" not in page.url:
        person.open("/apply/new/?short_term=yes&consumers=yes&three_months=yes&rental_models=counter")
    page.get_by_label("Registered or business name").fill(company)
    person.click("Start the application")
    expect(page.get_by_role("heading", level=1)).to_have_text("Apply to join the scheme")
    found = re.search(r"/applications/([^/]+)/", page.url)
    assert found, page.url
    return found[1]


def comes_back(person: Person, email: str, reference: str) -> None:
    """Leaves in the middle, signs in again, and finds the application where it was."""
    person.open("/accounts/sign-out/")
    person.click("Sign out")
    person.sign_in(email, PASSWORD)
    page = person.open("/apply/")
    expect(page.get_by_role("link", name=re.compile("Ottersby|Llŷn"))).to_be_visible()
    person.open(f"/applications/{reference}/tasks/")


def answers_everything(person: Person, reference: str) -> None:
    for fill in SECTIONS.values():
        fill(person)


def open_section(person: Person, title: str) -> None:
    person.click(title, role="link")


def _company(person: Person) -> None:
    page = person.page
    open_section(person, "The company")
    page.get_by_label("Limited company", exact=True).check()
    page.get_by_label("Companies House number").fill("not a number")
    page.get_by_label("Address line 1").fill("1 Quay Road")
    page.get_by_label("Town or city").fill("Ottersby")
    page.get_by_label("Postcode").fill("ze10aa")
    person.click("Save and continue")
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    expect(page.get_by_label("Town or city")).to_have_value("Ottersby")
    page.get_by_label("Companies House number").fill("1234567")
    person.click("Save and continue")


def _trading_names(person: Person) -> None:
    open_section(person, "Trading names")
    person.page.get_by_label("Add a trading name").fill("Llŷn Vans")
    person.click("Add this name")
    person.click("Save and continue")


def _rentals(person: Person) -> None:
    page = person.page
    open_section(person, "What it rents out, and how")
    expect(page.get_by_role("checkbox").first).to_be_checked()  # as answered at the start
    page.get_by_label("Cars").fill("1,200")
    page.get_by_label("Vans").first.fill("30")
    person.click("Save and continue")


def _sites(person: Person) -> None:
    open_section(person, "Sites")
    person.page.get_by_label("Name of the site").fill("Quay Road")
    person.page.get_by_label("Postcode of the site").fill("ZE1 0AA")
    person.click("Add this site")
    person.click("Save and continue")


def _regions(person: Person) -> None:
    open_section(person, "Regions")
    person.page.get_by_label("Wales", exact=True).check()
    person.page.get_by_label("In which region is the main office?").select_option(label="Wales")
    person.click("Save and continue")


def _trade_bodies(person: Person) -> None:
    open_section(person, "Trade bodies")
    person.page.get_by_label("None of these").check()
    person.click("Save and continue")


def _contact(person: Person) -> None:
    page = person.page
    open_section(person, "Recognised security contact")
    page.get_by_label("Full name").fill("Siân Pritchard")
    page.get_by_label("Job title").fill("Security manager")
    page.get_by_label("Email address").fill("sian.pritchard@example.com")
    page.get_by_label("Telephone number").fill("+44 (0)1632 960123")
    person.click("Save and continue")


def _deputy(person: Person) -> None:
    page = person.page
    open_section(person, "Deputy security contact")
    page.get_by_label("No", exact=True).check()
    page.get_by_label("Why is a deputy not practical?").fill("Two people run the company.")
    person.click("Save and continue")


def _listing(person: Person) -> None:
    open_section(person, "The public register")
    person.page.get_by_label("Yes", exact=True).check()
    person.click("Save and continue")


SECTIONS: dict[str, Callable[[Person], None]] = {
    "company": _company,
    "trading-names": _trading_names,
    "rentals": _rentals,
    "sites": _sites,
    "regions": _regions,
    "trade-bodies": _trade_bodies,
    "contact": _contact,
    "deputy": _deputy,
    "listing": _listing,
}


def signs_declaration(person: Person, mail: Path, *, email: str, reference: str) -> None:
    page = person.page
    person.click("Check your answers and sign the declaration", role="link")
    person.click("Continue to the declaration", role="button")
    person.click("Sign and send the application")
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    page.get_by_label("Full name of the person who signs").fill("Siân Pritchard")
    page.get_by_label("Role in the company").fill("Director")
    page.get_by_label("I have the authority").check()
    person.click("Sign and send the application")
    expect(page.get_by_text(reference).first).to_be_visible()
    assert reference in read_mail(mail, email, reference)


def asks_question(assurer: Person, company: str, question: str) -> None:
    page = assurer.open("/applications/")
    page.get_by_label("Search").fill(company.split()[0])
    assurer.click("Apply filters")
    assurer.click(company, role="link")
    assurer.click("Ask a question", role="button")
    page.get_by_label("Which answer is the question about?").select_option(label="Sites")
    page.get_by_label("Question", exact=True).fill(question)
    assurer.click("Send the question")


def answers_question(person: Person, reference: str, answer: str) -> None:
    page = person.open(f"/applications/{reference}/")
    person.click("Sites", role="link")
    page.get_by_label("Your reply").fill(answer)
    person.click("Save your reply")
    person.click("Check and send your replies", role="button")
    person.click("Send your replies to DfT")
    expect(page.get_by_text("Your replies have been sent to DfT.")).to_be_visible()


def accepts(assurer: Person, company: str) -> str:
    """Returns the membership number."""
    page = assurer.open("/applications/")
    assurer.click(company, role="link")
    assurer.click("Accept", role="button")
    assurer.click("Accept the application")
    found = re.search(r"RVSS-\d{6}", page.inner_text("main"))
    assert found, page.inner_text("main")
    return found[0]


def finds_on_register(visitor: Person, company: str, number: str) -> None:
    page = visitor.open("/register/")
    page.get_by_label("Name, trading name, town").fill("llyn vans")
    visitor.click("Search")
    visitor.click(company, role="link")
    expect(page.get_by_text(number).first).to_be_visible()
