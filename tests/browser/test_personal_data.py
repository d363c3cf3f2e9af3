"""What is held about a person in a browser: read, copied, erased; and what an administrator removes."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts import people
from accounts.models import DataExport, ErasureRequest, Notification, RetentionRun
from tests import factories as make
from tests.browser.conftest import Person, wait_for
from tests.cast import Cast, build_cast
from tests.rvss.personal import PASSWORD

LONG_NAME = "Gwenllïan Ffraid Ó Súilleabháin-Featherstonehaugh-Llanfairpwllgwyngyll"


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return build_cast()


def give_password(person: Person) -> None:
    person.page.get_by_label("Password", exact=True).fill(PASSWORD)
    person.click("Go on")


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
@pytest.mark.usefixtures("worker")
def test_a_person_copies_and_erases(someone: Callable[..., Person], cast: Cast, phone: bool) -> None:
    cast.viewer.name = LONG_NAME
    cast.viewer.save()
    viewer = someone(phone=phone)
    viewer.sign_in("viewer@example.com")
    page = viewer.open("/privacy/")
    viewer.page.get_by_role("main").get_by_role("link", name="what we hold about you").click()
    viewer.check()
    viewer.click("Ask for a copy")
    expect(page.get_by_text("Your copy is being made.")).to_be_visible()
    wait_for(lambda: DataExport.objects.filter(status="ready").exists(), "the copy")
    viewer.open("/your-data/")
    page.get_by_role("link", name="Download the copy").click()
    viewer.check()
    with page.expect_download() as download:
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Go on").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        reading = viewer.context.new_page()
        reading.set_content(archive.read("read-me.html").decode())
        assert LONG_NAME in reading.inner_text("main")
        assert reading.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        viewer.page, kept = reading, viewer.page
        viewer.check()
        viewer.page = kept
    viewer.open("/your-data/")
    viewer.click("Ask us to erase your data", role="link")
    viewer.click("Erase my data in 7 days")
    assert "Tick the box" in page.inner_text("main")
    page.get_by_label("I have read what is erased").check()
    viewer.click("Erase my data in 7 days")
    expect(page.get_by_text("You can cancel this until then.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    viewer.click("Keep my data")
    expect(page.get_by_text("Your data will not be erased.")).to_be_visible()
    assert ErasureRequest.objects.get().status == "cancelled"


def test_the_only_owner_is_told_what_to_do_first(someone: Callable[..., Person], cast: Cast) -> None:
    owner = someone(phone=True)
    owner.sign_in("owner@example.com")
    page = owner.open("/your-data/erasure/")
    give_password(owner)
    assert "the only owner of Alpha Vehicle Hire Ltd" in page.inner_text("main")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
@pytest.mark.usefixtures("worker")
def test_an_administrator_removes(someone: Callable[..., Person], cast: Cast, phone: bool) -> None:
    for place in range(3):
        old = Notification.objects.create(
            to=f"old{place}@example.com", subject="-", body="-", status="failed"
        )
        Notification.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=800))
    make.SecurityContactFactory(
        company=cast.alpha, kind="deputy", since=date(2010, 1, 5), until=date(2015, 1, 5), name=LONG_NAME
    )
    people.deactivate_person(person=cast.other_lead, reason="Left.", by=cast.administrator)
    administrator = someone(phone=phone)
    administrator.sign_in("administrator@example.com")
    page = administrator.open("/personal-data/retention/")
    administrator.click("Make a report now")
    wait_for(lambda: RetentionRun.objects.filter(status="reported").exists(), "the report")
    administrator.open(f"/personal-data/retention/{RetentionRun.objects.get().pk}/")
    administrator.click("Approve, and remove 4 rows")
    wait_for(lambda: RetentionRun.objects.filter(status="done").exists(), "the removal")
    administrator.open(page.url)
    assert "4 removed, 0 left" in page.inner_text("main")
    administrator.open("/personal-data/retention/")
    administrator.open(f"/people/{cast.other_lead.pk}/")
    administrator.click("Erase the personal data", role="link")
    administrator.click("Erase in 7 days")
    assert "Enter the reason" in page.inner_text("main")
    page.get_by_label("Reason").fill("Has left the department")
    administrator.click("Erase in 7 days")
    administrator.open("/personal-data/requests/")
    administrator.click("Make a copy for somebody")
    page.get_by_label("Email address").fill("contact@example.co.uk")
    page.get_by_label("How the request came").fill("A letter, answered from that address")
    administrator.click("Make the copy")
    wait_for(lambda: DataExport.objects.filter(status="ready").exists(), "the copy")
    administrator.open("/personal-data/requests/")
    expect(page.get_by_role("link", name="Download the copy about contact@example.co.uk")).to_be_visible()
    administrator.click("Cancel the erasure of Other lead", role="link")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    company = administrator.open(f"/companies/{cast.alpha.public_id}/contacts/")
    assert "Details removed" in company.inner_text("main")
