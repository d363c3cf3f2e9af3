"""From the draw to the decision, and what the company does about it."""

from __future__ import annotations

import re
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.conftest import Person


def draws_round(lead: Person) -> None:
    page = lead.open("/rounds/")
    lead.click("Draw a new round")
    page.get_by_label("Name of the round").fill("Spring round")
    size = page.get_by_label("How many members should be drawn at random?")
    size.fill("4000000")
    lead.click("See what would be drawn")
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    size.fill("1")
    lead.click("See what would be drawn")
    expect(page.get_by_role("heading", name="What would be drawn")).to_be_visible()
    lead.click("Draw the round")
    lead.click("Share them out evenly")
    expect(page.get_by_text("Checks shared out: 1.")).to_be_visible()


def records_findings(assurer: Person, company: str) -> None:
    """Every point is met but the seventh, which is partly met and gets an action."""
    page = assurer.open("/checks/")
    assurer.click(company, role="link")
    assurer.click("Declare")
    declares_no_conflict(assurer)
    assurer.click("1. Recognised security contact", role="link")
    for point in range(1, 11):
        expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(rf"^{point}\."))
        finding = "Partly met" if point == 7 else "Met"
        page.get_by_label(finding, exact=True).check()
        if point == 2:
            assurer.click("Save and continue")
            expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
        page.get_by_label("Note", exact=True).fill(f"Seen in the plan at point {point}.")
        assurer.click("Save and continue")
        if point == 7:
            sets_action(assurer)
            page.get_by_role("link", name=re.compile("Next point")).click()
            page.wait_for_load_state()


def declares_no_conflict(person: Person) -> None:
    """On the page that comes before the plan; what is not answered is asked for again."""
    page = person.page
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Declare whether"))
    person.click("Declare")
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    page.get_by_label("No, I have no conflict of interest").check()
    person.click("Declare")
    expect(page.get_by_text("Your declaration is on record.")).to_be_visible()


def sets_action(assurer: Person) -> None:
    page = assurer.page
    page.get_by_label("What should the company do?").fill("Fit trackers to the remaining vans.")
    page.get_by_label("Who at the company should see to it?").fill("Fleet manager")
    day = timezone.localdate() + timedelta(days=60)
    for name, value in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
        page.get_by_label(name, exact=True).fill(str(value))
    assurer.click("Set the action")
    expect(page.get_by_role("heading", name="Actions at this point")).to_be_visible()


def recommends(assurer: Person, company: str) -> None:
    page = assurer.open("/checks/")
    assurer.click(company, role="link")
    assurer.click("Recommend an outcome")
    page.get_by_label("Met", exact=True).check()
    page.get_by_label("Reason").fill("Nine points are met, and one nearly.")
    assurer.click("Recommend this outcome")
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    page.get_by_label("Met with actions").check()
    assurer.click("Recommend this outcome")
    expect(page.get_by_text("Your recommendation is with the leads.")).to_be_visible()
    expect(page.get_by_role("button", name="Decide")).to_have_count(0)


def decides(lead: Person, company: str) -> None:
    page = lead.open("/checks/?status=recommended")
    lead.click(company, role="link")
    lead.click("Declare")
    declares_no_conflict(lead)
    lead.click("Decide")
    page.get_by_label("Met with actions").check()
    page.get_by_label("Reason").fill("The findings bear the outcome out.")
    lead.click("Decide")
    expect(page.get_by_text("The outcome is decided, and the company is told.")).to_be_visible()


def does_the_action(owner: Person, company_address: str) -> None:
    page = owner.open(company_address)
    owner.click("Assurance checks", role="link")
    page.get_by_role("link", name="Read the outcome").first.click()
    page.wait_for_load_state()
    owner.check()
    expect(page.get_by_text("Met with actions").first).to_be_visible()
    page.get_by_role("link", name="Answer").first.click()
    page.wait_for_load_state()
    owner.check()
    page.get_by_label("We have done it").check()
    note = page.get_by_label("What have you done, what will you do, or why will you not?")
    note.fill("Trackers are fitted to every van since Monday.")
    owner.click("Send to DfT")
    expect(page.get_by_text("Your answer is sent to DfT.")).to_be_visible()
