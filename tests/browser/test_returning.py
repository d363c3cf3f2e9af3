"""The returning applicant at a phone, and the assurer who asks, accepts and rejects."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Role
from applications.models import Application, Company
from applications.working_days import due_from
from rvss.jinja import in_words
from tests import factories as make
from tests.browser.conftest import Person
from tests.browser.steps.joining import read_mail

OWNER, EDITOR = "owner@example.com", "mared.wynne@example.com"
ASSURER, LEAD = "assurer@example.com", "lead@example.com"
COMPANY = "Hurio Cerbydau Llŷn a’r Cyffiniau and Ottersby Self-Drive Vehicle Hire of Harbour Street Ltd"


@pytest.fixture
def draft(transactional_db: None) -> Application:
    """Complete but for the public register; an owner and an editor act for the company."""
    call_command("load_edition", "codeofpractice/editions/2018.yaml")
    owner = make.UserFactory(email=OWNER, name="Siân Pritchard")
    company: Company = make.CompanyFactory(name=COMPANY, owner=owner)
    company.people.create(user=make.UserFactory(email=EDITOR, name="Mared Wynne"), level="editor")
    make.SecurityContactFactory(company=company)
    for email, name, role in (
        (ASSURER, "Ffion Greaveson", Role.ASSURER),
        (LEAD, "Ruth Silverdale", Role.LEAD),
    ):
        make.UserFactory(email=email, name=name, role=role)
    return make.ApplicationFactory(company=company, started_by=owner, agrees_to_listing=None)


def follow(person: Person, words: str) -> None:
    """The link with these words in its name, of which the eye sees only some."""
    person.page.get_by_role("link", name=words).first.click()
    person.page.wait_for_load_state()
    person.check()


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def comes_back_and_sends(owner: Person, application: Application, mail: Path) -> None:
    page = owner.sign_in(OWNER)
    follow(owner, "Go on with the application")
    heading(page, "Apply to join the scheme")
    expect(page.get_by_text("You have completed 8 of 9 sections.")).to_be_visible()
    kept = in_words(application.kept_until)
    expect(page.get_by_text(f"We keep what you have entered until {kept}.")).to_be_visible()
    owner.click("The public register", role="link")
    page.get_by_label("Yes", exact=True).check()
    owner.click("Save and continue")
    owner.click("Check your answers and sign the declaration", role="link")
    page.locator("a[href*='answers/regions/']").click()
    owner.check()
    owner.click("Save and continue")
    heading(page, "Check your answers")
    owner.click("Continue to the declaration", role="button")
    page.get_by_label("Full name of the person who signs").fill("Siân Pritchard")
    page.get_by_label("Role in the company").fill("Director")
    page.get_by_label("I have the authority").check()
    owner.click("Sign and send the application")
    due = in_words(due_from(timezone.localdate(), "TLI"))
    expect(page.get_by_text(f"We aim to decide by {due}.")).to_be_visible()
    assert "aims to decide by" in " ".join(read_mail(mail, OWNER, application.reference).split())


def asks_twice(assurer: Person) -> None:
    page = assurer.open("/applications/")
    assurer.click(COMPANY, role="link")
    expect(page.get_by_text("20 working days left")).to_be_visible()
    follow(assurer, "about: Vehicles it hires out")
    assurer.click("Send the question")
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    page.get_by_label("Question", exact=True).fill("Do you still hire out six vans?")
    assurer.click("Send the question")
    expect(page.get_by_text("Clock stopped", exact=True)).to_be_visible()
    page.locator("a[href$='about=sites']").click()
    page.get_by_label("Question", exact=True).fill("Is Quay Road your only site?")
    assurer.click("Send the question")
    expect(page.get_by_text("The company has not replied yet.")).to_have_count(2)


def replies_in_place(editor: Person, application: Application, mail: Path) -> None:
    read_mail(mail, EDITOR, "a question about your application")
    page = editor.sign_in(EDITOR)
    follow(editor, "Answer what DfT asks about the application")
    expect(page.get_by_role("heading", name="DfT has 2 questions")).to_be_visible()
    follow(editor, "What it rents out, and how: Vehicles it hires out")
    editor.click("Save your reply")
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    follow(editor, "Change")
    page.get_by_label("Vans and pick-ups").fill("4")
    editor.click("Save and continue")
    expect(page.get_by_role("heading", name="Answers that you have changed")).to_be_visible()
    follow(editor, "What it rents out, and how: Vehicles it hires out")
    page.get_by_label("Your reply").fill("We sold two. There are four now.")
    editor.click("Save your reply")
    editor.click("Sites", role="link")
    page.get_by_label("Your reply").fill("Yes, it is.")
    editor.click("Save your reply")
    editor.click("Check and send your replies", role="button")
    expect(page.get_by_text("Ask an owner of the company to sign")).to_be_visible()


def signs_the_change(owner: Person, application: Application) -> None:
    page = owner.open(f"/applications/{application.reference}/")
    owner.click("Check and send your replies", role="button")
    owner.click("Continue to the declaration", role="button")
    expect(page.get_by_text("What it rents out, and how: Vehicles it hires out")).to_be_visible()
    page.get_by_label("Full name of the person who signs").fill("Siân Pritchard")
    page.get_by_label("Role in the company").fill("Director")
    page.get_by_label("I have the authority").check()
    owner.click("Sign and send your replies")
    expect(page.get_by_text("With DfT", exact=True)).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.usefixtures("worker")
def test_a_changed_answer_is_signed_again_and_accepted(
    someone: Callable[..., Person], draft: Application, mail_dir: Path, scripts: bool
) -> None:
    owner, editor = someone(phone=True, scripts=scripts), someone(phone=True, scripts=scripts)
    comes_back_and_sends(owner, draft, mail_dir)
    assurer = someone(scripts=scripts)
    assurer.sign_in(ASSURER)
    asks_twice(assurer)
    replies_in_place(editor, draft, mail_dir)
    signs_the_change(owner, draft)

    read_mail(mail_dir, ASSURER, "your questions are answered")
    page = assurer.open(f"/applications/{draft.reference}/")
    expect(page.get_by_role("heading", name="Answers changed after a question")).to_be_visible()
    expect(page.get_by_text("We sold two. There are four now.")).to_be_visible()
    assurer.click("Accept", role="button")
    assurer.click("Accept the application")
    expect(page.get_by_text("is now a member.")).to_be_visible()
    draft.refresh_from_db()
    assert (draft.status, draft.declarations.count()) == ("accepted", 2)


@pytest.mark.usefixtures("worker")
def test_a_rejection_is_looked_at_again_and_set_aside(
    someone: Callable[..., Person], draft: Application, mail_dir: Path
) -> None:
    owner, assurer, lead = someone(phone=True), someone(), someone()
    comes_back_and_sends(owner, draft, mail_dir)
    assurer.sign_in(ASSURER)
    page = assurer.open(f"/applications/{draft.reference}/")
    assurer.click("Reject", role="button")
    assurer.click("Reject the application")
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    page.get_by_label("What the company does is outside the scheme").check()
    page.get_by_label("Explain the reasons").fill("You hire to businesses on contract only.")
    assurer.click("Reject the application")

    read_mail(mail_dir, OWNER, "your application was not accepted")
    own = owner.open(f"/applications/{draft.reference}/")
    expect(own.get_by_text("What the company does is outside the scheme")).to_be_visible()
    owner.click("Ask for the rejection to be looked at again", role="link")
    owner.click("Send your request")
    expect(own.get_by_role("heading", name="There is a problem")).to_be_visible()
    own.get_by_label("Why is the rejection wrong?").fill("We hire to anyone, by the day.")
    owner.click("Send your request")
    expect(own.get_by_text("Waiting", exact=True)).to_be_visible()

    page = lead.sign_in(LEAD)
    lead.open("/reconsiderations/")
    lead.click(COMPANY, role="link")
    lead.click("Answer the request", role="button")
    lead.click("Send the answer")
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    page.get_by_label("The rejection is set aside").check()
    page.get_by_label("Explain the outcome").fill("Your price list shows hire by the day.")
    lead.click("Send the answer")
    expect(page.get_by_text("With DfT", exact=True)).to_be_visible()
    assert assurer.open(f"/applications/{draft.reference}/").get_by_role("button", name="Accept").count() == 0
    read_mail(mail_dir, OWNER, "we have looked at the rejection again")
    owner.open(f"/applications/{draft.reference}/")
    expect(own.get_by_text("Your price list shows hire by the day.")).to_be_visible()


@pytest.mark.usefixtures("transactional_db")
def test_two_tabs_in_one_section(someone: Callable[..., Person], draft: Application) -> None:
    owner, editor = someone(phone=True), someone()
    owner.sign_in(OWNER)
    editor.sign_in(EDITOR)
    address = f"/applications/{draft.reference}/answers/regions/"
    for person in (owner, editor):
        person.open(address)
    editor.page.get_by_label("Scotland", exact=True).check()
    editor.page.get_by_label("In which region is the main office?").select_option(label="Scotland")
    editor.click("Save and continue")
    owner.page.get_by_label("Wales", exact=True).check()
    owner.page.get_by_label("In which region is the main office?").select_option(label="Wales")
    owner.click("Save and continue")
    expect(owner.page.get_by_text("This section was saved in another tab or by a colleague")).to_be_visible()
    expect(owner.page.get_by_label("Wales", exact=True)).to_be_checked()
    owner.click("Save and continue")
    heading(owner.page, "Apply to join the scheme")
    draft.company.refresh_from_db()
    assert draft.company.home_region == "TLL"


@pytest.mark.usefixtures("transactional_db")
def test_withdrawing_says_why_and_leaves_a_way_back(
    someone: Callable[..., Person], draft: Application
) -> None:
    owner = someone(phone=True)
    owner.sign_in(OWNER)
    page = owner.open(f"/applications/{draft.reference}/tasks/")
    owner.click("Withdraw this application", role="link")
    page.get_by_label("Why is the company withdrawing").fill("We have sold the vans.")
    owner.click("Withdraw the application")
    expect(page.get_by_text("We have sold the vans.")).to_be_visible()
    owner.click("Apply again", role="button")
    heading(page, "Apply again")
