"""The queue in a browser: by keyboard alone, on a telephone, with and without scripts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Role, SavedView, User
from applications.models import Application
from tests import factories as make
from tests.browser.conftest import Person
from tests.browser.test_keyboard import press, signs_in, tab_to, write
from tests.browser.test_lifecycle import assert_no_sideways_scroll

pytestmark = pytest.mark.usefixtures("transactional_db")
LONG = "Cwmni Llogi Cerbydau Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch a’r Wyrion"


@pytest.fixture
def assurer() -> User:
    """With 28 applications in the queue: one is late, one a colleague's."""
    user = make.UserFactory(email="assurer@example.com", name="Ffion Greaveson", role=Role.ASSURER)
    colleague = make.UserFactory(name="Ruth Silverdale", role=Role.LEAD)
    late = timezone.localdate() - timedelta(days=5)
    make.ApplicationFactory(status="submitted", company__name=LONG, due_on=late)
    make.ApplicationFactory(
        status="submitted", company__name="Taken Hire", company__home_region="TLL", assigned_to=colleague
    )
    make.ApplicationFactory.create_batch(26, status="submitted")
    return user


def test_an_assurer_works_through_the_queue_without_a_mouse(
    assurer: User, someone: Callable[..., Person]
) -> None:
    person = someone()
    signs_in(person, assurer.email)
    page = person.page
    press(person, page.get_by_role("link", name="Applications overdue"))
    person.check()
    expect(page.get_by_text("Overdue by")).to_be_visible()
    press(person, page.get_by_role("link", name="Take away the filter Due: Overdue"))
    expect(page.get_by_text("Showing 1 to 25 of 28 applications")).to_be_visible()
    person.check()
    press(person, page.get_by_role("link", name="Next page"))
    expect(page.get_by_text("Showing 26 to 28 of 28 applications")).to_be_visible()
    press(person, page.get_by_role("link", name="Previous page"))

    tab_to(page, page.get_by_role("button", name="Select all on this page"))
    page.keyboard.press("Space")
    expect(page.get_by_role("checkbox", name=f"Select {LONG}")).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.get_by_role("checkbox", name=f"Select {LONG}")).not_to_be_checked()

    write(page, "Search", "taken")
    press(person, page.get_by_role("button", name="Apply filters"))
    tab_to(page, page.get_by_role("checkbox", name="Select Taken Hire"))
    page.keyboard.press("Space")
    press(person, page.get_by_role("button", name="Assign the selected applications"))
    person.check()
    tab_to(page, page.get_by_label("Me", exact=True))
    page.keyboard.press("Space")
    press(person, page.get_by_role("button", name="Assign", exact=True))
    expect(page.get_by_text("There is a problem")).to_be_visible()
    person.check()
    write(page, "Reason for the change", "Ruth is on leave.")
    press(person, page.get_by_role("button", name="Assign", exact=True))
    expect(page.get_by_text("Taken Hire is assigned to you.")).to_be_visible()
    assert Application.objects.get(company__name="Taken Hire").assigned_to == assurer

    tab_to(page, page.locator("summary"))
    page.keyboard.press("Enter")
    person.check()
    write(page, "Name of the view", "Llŷn first")
    press(person, page.get_by_role("button", name="Save the view"))
    expect(page.get_by_text("The view Llŷn first is saved.")).to_be_visible()
    person.check()
    press(person, page.get_by_role("link", name="Change your views"))
    person.check()
    press(person, page.get_by_role("button", name="Open the list with it"))
    assert SavedView.objects.get().is_default
    press(person, page.get_by_role("link", name="Applications", exact=True))
    expect(page.get_by_text("Showing 1 to 1 of 1 applications")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_the_queue_on_a_telephone(assurer: User, someone: Callable[..., Person], scripts: bool) -> None:
    person = someone(phone=True, scripts=scripts)
    person.sign_in(assurer.email)
    page = person.open("/applications/?status=nonsense")
    expect(page.get_by_text("was left out: Status")).to_be_visible()
    assert_no_sideways_scroll(page)
    if scripts:
        expect(page.get_by_label("Search")).not_to_be_visible()
        page.get_by_role("button", name="Show the filters").click()
        person.check()
    page.get_by_label("Region of the main office").select_option("Wales")
    person.click("Apply filters")
    expect(page.get_by_text("Showing 1 to 1 of 1 applications")).to_be_visible()
    assert_no_sideways_scroll(page)
    page.get_by_label("Sort by").select_option("Company name")
    person.click("Sort")
    assert "sort=name" in page.url
    assert "region=TLL" in page.url
    choose_all(page, scripts)
    person.click("Assign the selected applications")
    assert_no_sideways_scroll(page)
    page.get_by_label("Nobody").check()
    page.get_by_label("Reason for the change").fill("Nobody is free.")
    person.click("Assign")
    expect(page.get_by_text("Taken Hire is assigned to nobody.")).to_be_visible()
    assert "region=TLL" in page.url
    page.locator("summary").click()
    page.get_by_label("Name of the view").fill("W" * 60)
    person.click("Save the view")
    assert_no_sideways_scroll(page)
    person.click("Change your views", role="link")
    assert_no_sideways_scroll(page)
    page.get_by_role("link", name="Rename").click()
    page.get_by_label("Name of the view").fill("")
    person.click("Rename the view")
    expect(page.get_by_text("There is a problem")).to_be_visible()
    person.click("Your views", role="link")
    page.get_by_role("link", name="Delete").click()
    person.check()
    person.click("Delete the view")
    expect(page.get_by_text("You have no views yet.")).to_be_visible()


def choose_all(page: Page, scripts: bool) -> None:
    page.get_by_role("button" if scripts else "link", name="Select all on this page").click()
    expect(page.get_by_role("checkbox", name="Select Taken Hire")).to_be_checked()


def test_some_cannot_be_assigned(assurer: User, someone: Callable[..., Person]) -> None:
    person = someone()
    person.sign_in(assurer.email)
    page = person.open("/applications/?sort=newest")
    person.click("Select all on this page")
    person.click("Assign the selected applications")
    expect(page.get_by_role("heading", name="Assign 25 applications")).to_be_visible()
    gone = Application.objects.filter(status="submitted").latest("pk")
    Application.objects.filter(pk=gone.pk).update(
        status="withdrawn", due_on=None, closed_at=timezone.now(), closing_reason="Sold."
    )
    page.get_by_label("Me", exact=True).check()
    person.click("Assign")
    expect(page.get_by_role("heading", name="Some applications could not be assigned")).to_be_visible()
    expect(page.get_by_text("is now: Withdrawn.")).to_be_visible()


def test_the_members_list_has_views_too(assurer: User, someone: Callable[..., Person]) -> None:
    make.MembershipFactory(company__name=LONG)
    person = someone(phone=True)
    person.sign_in(assurer.email)
    page = person.open("/memberships/?status=active")
    assert_no_sideways_scroll(page)
    page.locator("summary").click()
    page.get_by_label("Name of the view").fill("Active")
    person.click("Save the view")
    expect(page.get_by_role("navigation", name="Your views").get_by_text("Active")).to_be_visible()
    assert_no_sideways_scroll(page)
