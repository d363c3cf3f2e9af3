"""A new edition in a browser: an administrator publishes it, a member goes through what is marked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import expect

from codeofpractice import services
from codeofpractice.models import PlanVersion
from tests import factories as make
from tests.browser.conftest import Person
from tests.codeofpractice import made_up
from tests.codeofpractice.test_moving_on import EDITION_2018, owner_of, platform, run, submitted

LONG = "Llwyfan Rhannu Ceir Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch Cyf"


def scrolls_sideways(person: Person) -> bool:
    return bool(person.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_an_edition_is_published_and_a_plan_moves_on(
    transactional_db: None, someone: Callable[..., Person], tmp_path: Path, phone: bool
) -> None:
    assert EDITION_2018.is_relative_to(settings.BASE_DIR)
    services.load_edition(source=EDITION_2018.read_bytes())
    version = submitted(platform(name=LONG))
    administrator = someone(phone=phone)
    administrator.enter_as(make.UserFactory(role="administrator"))
    page = administrator.open("/manage-editions/")
    broken = tmp_path / "broken.yaml"
    broken.write_bytes(made_up.source(gone=[], rental_models=["submarine"]))
    page.locator("input[type=file]").set_input_files(broken)
    administrator.click("Check and load the draft")
    expect(page.get_by_text("rental_models.0")).to_be_visible()
    assert not scrolls_sideways(administrator)
    page.locator("input[type=file]").set_input_files(made_up.FILE)
    administrator.click("Check and load the draft")
    expect(page.get_by_text("Only administrators see it.")).to_be_visible()
    assert not scrolls_sideways(administrator)
    administrator.click("Publish this edition")
    administrator.click("Publish the edition")
    expect(page.get_by_text("There is a problem")).to_be_visible()
    today = timezone.localdate()
    for part, value in (("Day", today.day), ("Month", today.month), ("Year", today.year)):
        page.get_by_label(part, exact=True).fill(str(value))
    page.get_by_label("Why is it published now?").fill("Platforms were left out.")
    page.get_by_label("I have read the preview").check()
    administrator.click("Publish the edition")
    run()
    page.reload()
    administrator.check()
    expect(page.get_by_text("All members have been seen to.")).to_be_visible()

    member = someone(phone=phone)
    member.enter_as(owner_of(version.plan.membership))
    page = member.open(f"/plans/{version.plan.membership.number}/")
    expect(page.get_by_text("5 points still need a look")).to_be_visible()
    assert not scrolls_sideways(member)
    member.click("Show only these points", role="link")
    expect(page.get_by_text("12. Electronic payment")).not_to_be_visible()
    member.click("52. Sharing and protecting data", role="link")
    assert not scrolls_sideways(member)
    member.click("The saved answer is still right")
    expect(page.get_by_text("4 points still need a look")).to_be_visible()
    member.click("25. Owners of vehicles", role="link")
    expect(page.get_by_text("This point is new in this edition.")).to_be_visible()
    moved = PlanVersion.objects.get(plan=version.plan, status="draft")
    assert moved.responses.get(point__number=52).looked_by == owner_of(version.plan.membership)
