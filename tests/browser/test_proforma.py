"""The plan taken offline in a browser: downloaded, typed in as Word saves it, uploaded, looked at, saved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from codeofpractice import services
from tests.browser.conftest import Person, wait_for
from tests.browser.steps.planning import choose_file
from tests.cast import Cast, build_cast
from tests.codeofpractice import typing_offline as offline

TYPED = ("Telir â cherdyn – bob tro.", "", " - cash is <refused> & written down", "مكتب 安全")
SAVED = "Telir â cherdyn – bob tro.\n\n - cash is <refused> & written down\nمكتب 安全"


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    cast = build_cast()
    response = cast.draft_version.responses.get(point__number=4)
    said = services.Answer("in_place", "As downloaded.", "Operations manager")
    services.answer_point(response=response, revision=0, answer=said, by=cast.editor)
    return cast


def type_in(file: Path) -> None:
    escaped = [line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for line in TYPED]
    data = offline.types_in_word(
        file.read_bytes(),
        p2_position=offline.word_lines("In place"),
        p2_how_met="".join(
            f'<w:p><w:r><w:t xml:space="preserve">{line}</w:t></w:r></w:p>' for line in escaped
        ),
        p2_responsible_role=offline.word_lines("Rheolwr y ddesg"),
        p3_position=offline.word_lines("Planned"),
        p3_planned_for=offline.word_lines("31 June 2090"),
        p4_how_met=offline.word_lines("Written offline."),
    )
    file.write_bytes(data)


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_a_plan_is_written_offline(
    cast: Cast, someone: Callable[..., Person], tmp_path: Path, phone: bool
) -> None:
    person = someone(phone=phone)
    person.enter_as(cast.owner)
    page = person.open(f"/plans/{cast.membership.number}/")
    person.click("Use a pro-forma")
    with page.expect_download() as started:
        page.get_by_role("link", name="Pro-forma for Word (DOCX)").click()
    file = tmp_path / "filled in.docx"
    started.value.save_as(file)
    type_in(file)
    response = cast.draft_version.responses.get(point__number=4)
    meanwhile = services.Answer("in_place", "Written online.", "Operations manager")
    services.answer_point(response=response, revision=1, answer=meanwhile, by=cast.editor)

    choose_file(person, file)
    person.click("Upload")

    def is_read() -> bool:
        page.reload()
        return page.get_by_role("button", name="Check again").count() == 0

    wait_for(is_read, "the pro-forma to be read", seconds=60)
    person.check()
    expect(page.get_by_text("“31 June 2090” is not a date")).to_be_visible()
    wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    assert not wide
    person.click("Save to the draft")
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    page.get_by_label("That of the document").check()
    person.click("Save to the draft")
    expect(page.get_by_text("2 answers are saved from the pro-forma. 1 could not be read")).to_be_visible()
    saved = cast.draft_version.responses.get(point__number=2)
    assert (saved.position, saved.how_met, saved.responsible_role) == ("in_place", SAVED, "Rheolwr y ddesg")
    assert cast.draft_version.responses.get(point__number=4).how_met == "Written offline."
    assert person.problems == []
