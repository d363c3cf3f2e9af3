"""Several files of evidence: sent one by one by the page, each with what became of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from codeofpractice.models import Evidence
from tests.browser.conftest import Person
from tests.cast import build_cast
from tests.codeofpractice.uploads import PDF, PNG


@pytest.mark.django_db(transaction=True)
def test_files_are_sent_one_by_one_and_the_wrong_one_stays(
    someone: Callable[..., Person], tmp_path: Path
) -> None:
    cast = build_cast()
    person = someone(phone=True)
    person.enter_as(cast.editor)
    good, other, wrong = tmp_path / "handover.pdf", tmp_path / "tracker Ŵyn.png", tmp_path / "notes.pdf"
    good.write_bytes(PDF)
    other.write_bytes(PNG)
    wrong.write_text("<html>")
    page = person.open(f"/plans/{cast.membership.number}/evidence/")
    files = page.locator("input[type=file]")

    files.set_input_files([good, wrong, other])
    page.get_by_role("button", name="Add the files").click()
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()  # no point is chosen
    assert not Evidence.objects.filter(title="handover.pdf").exists()

    page.get_by_label("3. Licence verification").check()
    files.set_input_files([good, wrong, other])
    page.get_by_role("button", name="Add the files").click()
    lines = page.locator("[data-rvss-progress] li")
    expect(lines.nth(0)).to_contain_text("handover.pdf")
    expect(lines.nth(0)).to_contain_text("Added")
    expect(lines.nth(1)).to_contain_text("notes.pdf")
    expect(lines.nth(1)).to_contain_text("Not added: ")
    expect(lines.nth(2)).to_contain_text("Added")
    expect(page.get_by_role("status").filter(has_text="2 of 3 files added")).to_be_visible()
    assert files.evaluate("input => [...input.files].map(file => file.name)") == ["notes.pdf"]
    person.check()

    page.wait_for_timeout(1000)  # the design system takes a click within a second for a double click
    files.set_input_files([good, other])
    page.get_by_role("button", name="Add the files").click()
    expect(page.get_by_role("heading", name="Security plan", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Check again")).to_be_visible()
    assert Evidence.objects.filter(title="tracker Ŵyn.png", version=cast.draft_version).count() == 2
