"""What the Advisory Panel sees, and the report of the review."""

from __future__ import annotations

from pathlib import Path

from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.conftest import Person, wait_for


def reads_take_up(panel: Person, company: str) -> None:
    """With one company every figure could be worked out, so every one is withheld."""
    page = panel.open("/take-up/")
    expect(page.get_by_role("heading", name="By region of the main office")).to_be_visible()
    expect(page.locator("figure img")).to_have_count(0)
    assert company not in page.content()


def makes_report(lead: Person, kept: Path) -> None:
    page = lead.open("/reports/new/")
    today = timezone.localdate()
    for legend, parts in {
        "First day of the period": (6, 12, 2018),
        "Last day of the period": (today.day, today.month, today.year),
    }.items():
        boxes = page.get_by_role("group", name=legend)
        for label, part in zip(("Day", "Month", "Year"), parts, strict=True):
            boxes.get_by_label(label).fill(str(part))
    lead.click("Make the report")
    download = page.get_by_role("button", name="Download the report (PDF)")

    def is_ready() -> bool:
        page.reload()
        return download.count() == 1

    wait_for(is_ready, "the report", seconds=90)
    lead.check()
    with page.expect_download() as found:
        download.click()
    found.value.save_as(kept)
    assert kept.read_bytes().startswith(b"%PDF-1.7")
