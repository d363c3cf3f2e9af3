"""Interests, bars, allocation and declarations in a browser, at a desk and on a telephone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests import factories as make
from tests.browser.conftest import Person
from tests.browser.steps.checking import declares_no_conflict
from tests.browser.test_lifecycle import assert_no_sideways_scroll
from tests.cast import build_cast

pytestmark = pytest.mark.usefixtures("transactional_db")


def test_a_barred_assurer_is_let_in_by_a_lead_and_declares(someone: Callable[..., Person]) -> None:
    cast = build_cast()
    assurer = someone()
    assurer.enter_as(cast.other_assurer)
    page = assurer.open("/interests/")
    assurer.click("Record an interest")
    assurer.click("Record it")
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    page.get_by_label("Worked for a company, or works for it").check()
    page.get_by_label("Company", exact=True).fill("ALPHA vehicle hire")
    assurer.click("Record it")
    expect(page.get_by_text("It is recorded, and counts from now on.")).to_be_visible()

    lead = someone()
    lead.enter_as(cast.lead)
    page = lead.open(f"/checks/{cast.open_check.pk}/")
    lead.click("Allocate")
    expect(page.get_by_role("heading", name="Assurers who are barred")).to_be_visible()
    expect(page.get_by_role("radio", name="Other assurer")).to_have_count(0)
    lead.click("Override what bars Other assurer", role="link")
    page.get_by_label("Reason").fill("A summer job, twenty years ago.")
    lead.click("Override")
    page.get_by_role("radio", name="Other assurer").check()
    page.get_by_label("Why does another assurer take over?").fill("Knows vans.")
    lead.click("Allocate")
    expect(page.get_by_text("The check is allocated.")).to_be_visible()

    page = assurer.open(f"/checks/{cast.open_check.pk}/points/3/")
    declares_no_conflict(assurer)
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^3. "))

    page = lead.open(f"/checks/{cast.open_check.pk}/allocate/")
    lead.click("End the override for Other assurer", role="link")
    page.get_by_label("Reason").fill("It was last year.")
    lead.click("End the override")
    expect(page.get_by_text("Other assurer is barred again.")).to_be_visible()
    assurer.page.goto(f"{assurer.address}/checks/{cast.open_check.pk}/points/3/")
    expect(assurer.page.get_by_role("heading", level=1)).to_have_text("Page not found")


def test_leads_pages_fit_a_telephone(someone: Callable[..., Person]) -> None:
    cast = build_cast()
    make.StaffInterestFactory(
        user=cast.assurer, name="Cwmni Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch Cyf"
    )
    membership = make.MembershipFactory()
    selection = make.SelectionFactory(round=cast.round, membership=membership)
    make.PlanCheckFactory(membership=membership, selection=selection, assurer=None)
    lead = someone(phone=True)
    lead.enter_as(cast.lead)
    for address in (
        "/checks/",
        "/checks/?queue=overdue&q=nothing",
        "/assurers/",
        f"/assurers/{cast.assurer.pk}/",
        f"/assurers/{cast.assurer.pk}/interests/new/",
        f"/assurers/{cast.assurer.pk}/skills/",
        f"/checks/{cast.open_check.pk}/allocate/",
        f"/checks/{cast.open_check.pk}/declare/",
        f"/rounds/{cast.round.pk}/",
    ):
        assert_no_sideways_scroll(lead.open(address))
    page = lead.page
    lead.click("Share them out evenly")
    expect(page.get_by_role("heading", name="Nobody with the skills was free for these")).to_be_visible()
    assert_no_sideways_scroll(page)
