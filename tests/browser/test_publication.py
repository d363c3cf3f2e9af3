"""A draft goes to the panel, is answered, signed off and published; the panel is on a telephone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from reviews.models import ReviewReport
from reviews.tasks import make_report
from tests.browser.conftest import Person
from tests.browser.test_lifecycle import assert_no_sideways_scroll
from tests.cast import build_cast
from tests.reviews.test_publication import whole, write_all

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_from_draft_to_published(someone: Callable[..., Person], scripts: bool) -> None:
    cast = build_cast()
    report: ReviewReport = whole(cast)
    write_all(report, cast)
    lead, panel = someone(scripts=scripts), someone(phone=True, scripts=scripts)
    lead.enter_as(cast.lead)
    panel.enter_as(cast.panel)

    page = lead.open(f"/reports/{report.pk}/")
    lead.click("Write the words of the report", role="link")
    lead.click("Summary", role="link")
    expect(page.get_by_role("table", name="Take-up in brief")).to_be_visible()
    lead.open(f"/reports/{report.pk}/")
    lead.click("Give the draft to the panel", role="link")
    lead.click("Give the draft to the panel")
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    page.get_by_label("Why?").fill("It has all its words.")
    lead.click("Give the draft to the panel")
    make_report(report.pk)

    page = panel.open(f"/reports/{report.pk}/comments/")
    page.get_by_role("textbox", name="Your comment").fill("How many are small?")
    panel.click("Add the comment")
    expect(page.get_by_text("DfT has not answered yet.")).to_be_visible()
    panel.open(f"/reports/{report.pk}/read/")
    assert_no_sideways_scroll(panel.page)

    page = lead.open(f"/reports/{report.pk}/steps/sign/")
    page.get_by_label("Why?").fill("It stands.")
    lead.click("Sign the report off")
    expect(page.get_by_text("1 of the panel’s comments must be answered first.")).to_be_visible()
    lead.open(f"/reports/{report.pk}/comments/")
    page.get_by_role("link", name="Answer this comment").click()
    page.get_by_label("DfT’s answer").fill("The table says it.")
    lead.click("Save the answer")
    page = lead.open(f"/reports/{report.pk}/steps/sign/")
    page.get_by_label("Why?").fill("It stands.")
    lead.click("Sign the report off")
    make_report(report.pk)
    page = lead.open(f"/reports/{report.pk}/steps/publish/")
    page.get_by_label("Why?").fill("It is due.")
    lead.click("Publish the report")
    lead.click("Work the figures out again")
    expect(page.get_by_role("heading", name="The figures are the same")).to_be_visible()

    panel.open(f"/published-reviews/{report.pk}/")
    assert_no_sideways_scroll(panel.page)
