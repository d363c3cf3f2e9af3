"""A lead makes the report of a review; the panel and the public read the figures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone

from reviews.services import take_snapshot
from tests.browser.conftest import Person, wait_for
from tests.cast import Cast, build_cast
from tests.reviews.make import make_failed_report, seed_scheme


@pytest.fixture
def scheme(transactional_db: None) -> Cast:
    cast = build_cast()
    seed_scheme(cast)
    take_snapshot()
    return cast


@pytest.mark.usefixtures("worker", "scheme")
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_report(someone: Callable[..., Person], scripts: bool, tmp_path: Path, scheme: Cast) -> None:
    lead = someone(scripts=scripts)
    lead.sign_in("lead@example.com")
    lead.open("/reports/")
    lead.click("Make a report")
    lead.click("Make the report")
    assert "Enter the first day of the period" in lead.page.inner_text("main")
    today = timezone.localdate()
    typed = {
        "First day of the period": ("6", "12", "2018"),
        "Last day of the period": today.timetuple()[2::-1],
    }
    for legend, parts in typed.items():
        boxes = lead.page.get_by_role("group", name=legend)
        for label, part in zip(("Day", "Month", "Year"), parts, strict=True):
            boxes.get_by_label(label).fill(str(part))
    lead.click("Make the report")

    def ready() -> bool:
        again = lead.page.get_by_role("button", name="Check again")
        if again.count():
            lead.click("Check again")
        return lead.page.get_by_role("button", name="Download the report (PDF)").count() == 1

    wait_for(ready, "the report", seconds=90)
    with lead.page.expect_download() as download:
        lead.page.get_by_role("button", name="Download the report (PDF)").click()
    kept = tmp_path / "report.pdf"
    download.value.save_as(kept)
    assert kept.read_bytes().startswith(b"%PDF-1.7")
    lead.open("/reports/")
    lead.open(f"/reports/{make_failed_report(scheme).pk}/")
    lead.click("Try again")


@pytest.mark.usefixtures("scheme")
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_figures(someone: Callable[..., Person], phone: bool) -> None:
    panel = someone(phone=phone)
    panel.sign_in("panel@example.com")
    panel.open("/take-up/")
    panel.page.get_by_label("Months shown").select_option("12")
    panel.click("Show")
    assert "months=12" in panel.page.url
    pictures = panel.page.locator("figure img")
    assert pictures.count() >= 6
    assert all(picture.evaluate("image => image.naturalWidth") > 0 for picture in pictures.all())
    someone(phone=phone).open("/take-up/summary/")
