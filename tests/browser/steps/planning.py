"""The security plan: uploading the one in the drawer, tying passages, answering, submitting."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import Person, wait_for
from tests.browser.steps.joining import read_mail

PLANS = Path(__file__).resolve().parents[2] / "plans"
SAMPLES = sorted(path for path in PLANS.iterdir() if path.suffix in {".docx", ".odt", ".pdf"})


def starts_plan(person: Person, number: str) -> None:
    person.open(f"/plans/{number}/")
    person.click("Start your security plan")


def choose_file(person: Person, file: Path) -> None:
    """With scripts the design system puts a button in front of the input; the input takes the file."""
    person.page.locator("input[type=file]").set_input_files(file)


def uploads_plan(person: Person, number: str, file: Path) -> str:
    """Waits until the worker has read it; returns the address of its page."""
    person.open(f"/plans/{number}/")
    page = person.click("Upload an existing plan")
    choose_file(person, file)
    person.click("Upload")

    def is_finished() -> bool:
        page.reload()
        return page.get_by_role("button", name="Check again").count() == 0

    wait_for(is_finished, f"{file.name} to be read", seconds=60)
    person.check()
    return page.url


def is_refused(person: Person, number: str, file: Path, sentence: str) -> None:
    page = person.open(f"/plans/{number}/documents/")
    choose_file(person, file)
    person.click("Upload")
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    expect(page.get_by_text(sentence).first).to_be_visible()


def confirms_suggestion(person: Person, number: str, point: int) -> None:
    page = person.open(f"/plans/{number}/points/{point}/")
    page.get_by_role("button", name="Confirm passage").first.click()
    page.wait_for_load_state()
    expect(page.get_by_role("heading", name="Confirmed")).to_be_visible()
    person.check()


def answers_point(person: Person, number: str, point: int, words: str = "") -> None:
    page = person.open(f"/plans/{number}/points/{point}/")
    page.get_by_label("In place", exact=True).check()
    if words:
        page.get_by_label("How do you meet this point?").fill(words)
    page.get_by_label("Who is responsible?").fill("Operations manager")
    person.click("Save and continue")
    expect(page.get_by_text(f"Point {point} is saved.")).to_be_visible()


def plans_point(person: Person, number: str, point: int) -> None:
    """Planned, with a date: first one that cannot be, then one that can."""
    page = person.open(f"/plans/{number}/points/{point}/")
    page.get_by_label("Planned", exact=True).check()
    page.get_by_label("How do you meet this point?").fill("Trackers are being fitted to all vans.")
    page.get_by_label("Who is responsible?").fill("Fleet manager")
    for name, value in (("Day", "31"), ("Month", "2"), ("Year", "2999")):
        page.get_by_label(name, exact=True).fill(value)
    person.click("Save and continue")
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    expect(page.get_by_label("Who is responsible?")).to_have_value("Fleet manager")
    page.get_by_label("Day", exact=True).fill("28")
    person.click("Save and continue")
    expect(page.get_by_text(f"Point {point} is saved.")).to_be_visible()


def gives_training_figures(person: Person, number: str) -> None:
    """More are trained than there are, at first."""
    person.open(f"/plans/{number}/points/4/")
    page = person.click("Add training figures")
    page.get_by_label("Which course is it?").fill("ACT Awareness e-learning")
    page.get_by_label("Staff who deal with hirers").fill("12")
    page.get_by_label("Staff who have taken the course").fill("13")
    for name, value in (("Day", "12"), ("Month", "11"), ("Year", "2018")):
        page.get_by_label(name, exact=True).fill(value)
    person.click("Save the figures")
    expect(page.get_by_role("link", name="Enter 12 or fewer")).to_be_visible()
    page.get_by_label("Staff who have taken the course").fill("9")
    person.click("Save the figures")
    expect(page.get_by_text("9 of 12 staff trained (75%), the last on 12 November 2018")).to_be_visible()


def adds_evidence(person: Person, number: str, file: Path, points: list[str]) -> None:
    page = person.open(f"/plans/{number}/evidence/")
    choose_file(person, file)
    page.get_by_label("What is it?").fill("Handover procedure")
    for point in points:
        page.get_by_label(point).check()
    person.click("Add the files")

    def is_ready() -> bool:
        page.reload()
        return page.get_by_role("link", name="Handover procedure", exact=True).count() > 0

    wait_for(is_ready, "the evidence to be checked for viruses", seconds=60)


def sees_gaps(person: Person, number: str) -> None:
    page = person.open(f"/plans/{number}/submit/")
    expect(page.get_by_role("heading", name="What is missing")).to_be_visible()
    expect(page.get_by_role("button", name="Submit the plan")).to_have_count(0)


def _link_to_contact(mail: Path) -> str:
    message = read_mail(mail, "sian.pritchard@example.com", "Confirm the security plan")
    found = re.search(r"https?://[^/]+(/plan-confirmations/\S+)", message)
    assert found, message
    return found[1]


def submits_plan(person: Person, contact: Person, number: str, mail: Path) -> None:
    """The owner asks; the contact says first that something is not right, and confirms when asked again."""
    page = person.open(f"/plans/{number}/submit/")
    person.click("Ask the security contact to confirm")
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    page.get_by_label("I confirm for the company").check()
    person.click("Ask the security contact to confirm")
    expect(page.get_by_text("We asked Siân Pritchard on")).to_be_visible()

    first = _link_to_contact(mail)
    contact.open(first)
    contact.page.get_by_text("Something is not right").click()
    contact.page.get_by_label("What is not right?").fill("Point 2 leaves out the depot.")
    contact.click("Send this to the company")
    page.reload()
    expect(page.get_by_text("Point 2 leaves out the depot.")).to_be_visible()

    answers_point(person, number, 2, "We do it at every branch, and at the depot.")
    person.open(f"/plans/{number}/submit/")
    page.get_by_label("I confirm for the company").check()
    person.click("Ask again")
    contact.open(wait_for(lambda: (link := _link_to_contact(mail)) != first and link, "a second link"))
    contact.click("Confirm the plan")
    expect(contact.page.get_by_role("heading", name="Thank you")).to_be_visible()
    person.open(f"/plans/{number}/")
    person.click("Version 1", role="link")
