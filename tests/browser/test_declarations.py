"""A member changes a fact, signs again on a telephone, and somebody else checks the receipt."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import expect
from pypdf import PdfReader

from applications import services
from tests.browser.conftest import Person
from tests.cast import build_cast


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_change_is_signed_and_its_receipt_checked(
    someone: Callable[..., Person], tmp_path: Path, scripts: bool
) -> None:
    cast = build_cast()
    application = cast.draft_application
    services.submit_application(
        application=application,
        edition_code="2018",
        declaration_text="We will keep a plan.",
        signatory_name="Siân O’Dàl",
        signatory_role="Director",
        by=cast.owner,
    )
    services.accept_application(application=application, by=cast.assurer)

    owner = someone(phone=True, scripts=scripts)
    owner.sign_in("owner@example.com")
    page = owner.open(reverse("applications:company", args=[cast.newco.public_id]))
    owner.click("Facts and declarations", role="link")
    page.locator(".govuk-summary-card", has_text="What it rents out").get_by_role("link").click()
    page.get_by_label("Cars", exact=True).fill("600")
    owner.click("Save and continue")
    expect(page.get_by_role("heading", name="An owner must sign the declaration again by")).to_have_count(0)
    expect(page.locator(".govuk-notification-banner__heading")).to_contain_text("An owner must sign")
    owner.open("/")
    owner.page.get_by_role("link", name="Sign the declaration again by").click()
    owner.click("Read and sign the declaration", role="link")
    owner.click("Sign the declaration")
    expect(page.locator(".govuk-error-summary")).to_contain_text("Enter the role in the company")
    page.get_by_label("Full name of the person who signs").fill("Siân O’Dàl")
    page.get_by_label("Role in the company").fill("Cyfarwyddwr")
    page.get_by_label("I have the authority").check()
    owner.click("Sign the declaration")
    expect(page.locator(".govuk-notification-banner")).to_have_count(0)

    with page.expect_download() as download:
        page.get_by_role("link", name="Receipt").first.click()
    kept = tmp_path / "receipt.pdf"
    download.value.save_as(kept)
    text = "".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(kept.read_bytes())).pages)
    declaration = application.declarations.first()
    assert declaration is not None
    assert declaration.code in text

    anyone = someone(scripts=scripts)
    anyone.open(reverse("applications:verify_declaration"))
    anyone.click("Check the code")
    expect(anyone.page.locator(".govuk-error-summary")).to_contain_text("Enter the code of the receipt")
    anyone.page.get_by_label("Code of the receipt").fill(declaration.code.lower())
    anyone.click("Check the code")
    expect(anyone.page.locator("h2").first).to_contain_text("a declaration that we hold")

    assurer = someone(scripts=scripts)
    services.set_fleet(application=application, rental_models=["counter"], counts={"van": 2}, by=cast.owner)
    assurer.sign_in("assurer@example.com")
    assurer.open(reverse("applications:declaration_requests"))
    expect(assurer.page.locator("tbody tr")).to_have_count(1)
