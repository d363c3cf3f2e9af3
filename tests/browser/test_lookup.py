"""A company finds itself at Companies House; DfT sees what differs and who may be the same company."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from applications.models import Company
from rvss.local.companies_house import KEY
from tests import factories as make
from tests.applications.register_server import answering, serving
from tests.browser.conftest import Person
from tests.cast import build_cast


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_company_is_found_by_its_number(
    someone: Callable[..., Person], settings: Any, scripts: bool
) -> None:
    cast = build_cast()
    cast.newco.company_number = cast.newco.address_line_1 = cast.newco.town = cast.newco.postcode = ""
    cast.newco.save()
    owner = someone(phone=scripts, scripts=scripts)
    owner.sign_in("owner@example.com")
    address = reverse("applications:company_edit", args=[cast.draft_application.reference])
    with serving() as register:
        settings.COMPANIES_HOUSE_URL, settings.COMPANIES_HOUSE_KEY = register.address, KEY
        page = owner.open(address)
        owner.click("Find company")
        expect(page.locator(".govuk-error-summary")).to_contain_text("Enter the number to look up")
        page.get_by_label("Companies House number").fill("9100 0002")
        owner.click("Find company")
        expect(page.get_by_label("Address line 1")).to_have_value("14 Quay Road")
        expect(page.get_by_label("Registered or business name")).to_have_value(cast.newco.name)
        owner.click("Save and continue")
        expect(page.get_by_role("alert")).to_contain_text("“dissolved”")
        owner.click("Use the registered name and address")
        page.get_by_label("Companies House number").fill("91000001")
        page.get_by_label("Companies House number").press("Enter")
        page.wait_for_load_state()
        expect(page.get_by_role("alert")).to_contain_text("under the name PORTHWEN VEHICLE HIRE LTD")
        owner.click("Save and continue")
        expect(page.get_by_role("heading", level=1)).to_have_text("Apply to join the scheme")
        register.behave = answering(503)
        owner.open(address)
        page.get_by_label("Companies House number").fill("91000003")
        owner.click("Find company")
        expect(page.get_by_text("Companies House cannot be reached at the moment")).to_be_visible()
    assert Company.objects.get(pk=cast.newco.pk).company_number == "91000001"


@pytest.mark.django_db(transaction=True)
def test_dft_sees_differences_and_likely_duplicates(someone: Callable[..., Person], settings: Any) -> None:
    cast = build_cast()
    cast.sent.company_number = "91000002"
    cast.sent.save()
    long = make.CompanyFactory(name="Llanfairpwllgwyngyllgogerychwyrndrobwll " * 4, company_number="91000002")
    make.ApplicationFactory(company=long, status="rejected")
    for phone in (False, True):
        assurer = someone(phone=phone)
        assurer.sign_in("assurer@example.com")
        page = assurer.open(reverse("applications:application", args=[cast.sent_application.reference]))
        with serving() as register:
            settings.COMPANIES_HOUSE_URL, settings.COMPANIES_HOUSE_KEY = register.address, KEY
            assurer.click("Look up again" if phone else "Look up")
        expect(page.get_by_role("cell", name="OTTERSBY VANS LTD Different")).to_be_visible()
        expect(page.get_by_role("heading", name="Likely duplicates")).to_be_visible()
