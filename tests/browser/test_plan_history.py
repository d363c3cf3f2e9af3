"""The history of a plan and its evidence, seen by a browser at both widths."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from codeofpractice import services
from codeofpractice.models import Evidence, PlanVersion
from tests.browser.conftest import Person
from tests.cast import Cast, build_cast

LONG = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch handover procedure of every branch"


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    cast = build_cast()
    response = cast.draft_version.responses.get(point__number=2)
    words = "Every rental is paid by card at the desk. Cash is refused, and the refusal is written down. "
    for by, more in ((cast.owner, ""), (cast.editor, "Ysbïo: bank transfers are taken too.")):
        response = services.answer_point(
            response=response,
            revision=response.revision,
            answer=services.Answer("in_place", words * 4 + more, "Operations manager"),
            by=by,
        )
    today = timezone.localdate()
    for state, days in (("in_place", -90), ("planned", -1), ("planned", 90)):
        details = services.MeasureDetails(
            "The refusal of cash is written down.", state, "Branch manager", today + timedelta(days=days)
        )
        services.add_measure(response=response, details=details, by=cast.owner)
    Evidence.objects.filter(pk=cast.draft_evidence.pk).update(
        title=LONG, effective_on=today - timedelta(days=400), expires_on=today - timedelta(days=1)
    )
    PlanVersion.objects.filter(pk=cast.submitted_version.pk).update(review_on=today)
    return cast


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_pages_of_history_and_evidence(cast: Cast, someone: Callable[..., Person], phone: bool) -> None:
    person = someone(phone=phone)
    person.enter_as(cast.owner)
    number = cast.membership.number
    evidence = {"number": number, "pk": cast.draft_evidence.pk}
    for name, kwargs, query in (
        ("plan", {"number": number}, ""),
        ("version", {"number": number, "version": 2}, ""),
        ("differences", {"number": number}, ""),
        ("differences", {"number": number}, "?before=1&after=1"),
        ("point_history", {"number": number, "version": 2, "point": 2}, "?before=1&after=2"),
        ("evidence_change", evidence, ""),
        ("evidence_replace", evidence, ""),
        ("evidence_use", {"number": number, "point": 9}, ""),
        ("point", {"number": number, "point": 2}, ""),
        ("measure_add", {"number": number, "point": 2}, ""),
    ):
        person.open(reverse(f"codeofpractice:{name}", kwargs=kwargs) + query)
        wide = person.page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        assert not wide, f"{name} is wider than the screen"
    assert person.problems == []


def test_an_answer_is_saved_while_it_is_written(cast: Cast, someone: Callable[..., Person]) -> None:
    response = cast.draft_version.responses.get(point__number=6)
    person = someone()
    person.enter_as(cast.owner)
    place = reverse("codeofpractice:point", kwargs={"number": cast.membership.number, "point": 6})
    page = person.open(place)
    status = page.locator("[data-rvss-saved]")
    page.get_by_label("In place", exact=True).check()
    page.get_by_label("How do you meet this point?").fill("We answer the police within a day.")
    expect(status).to_have_text("Not saved yet: Enter who is responsible", timeout=15_000)
    page.get_by_label("Who is responsible?").fill("Operations manager")
    expect(status).to_have_text(re.compile(r"^Saved at \d+:\d\d[ap]m$"), timeout=15_000)
    person.check()
    response.refresh_from_db()
    assert (response.how_met, response.revision) == ("We answer the police within a day.", 1)

    other = services.Answer("in_place", "A colleague’s words.", "Manager")
    services.answer_point(response=response, revision=1, answer=other, by=cast.editor)
    page.get_by_label("How do you meet this point?").fill("We answer within an hour.")
    expect(status).to_contain_text("Somebody else saved this answer", timeout=15_000)
    expect(page.get_by_label("How do you meet this point?")).to_have_value("We answer within an hour.")
    page.get_by_role("button", name="Save and continue").click()
    expect(page.get_by_role("heading", name="The answer that was saved meanwhile")).to_be_visible()
    expect(page.get_by_label("How do you meet this point?")).to_have_value("We answer within an hour.")
    assert person.problems == []


def test_a_save_that_does_not_arrive_keeps_the_words(cast: Cast, someone: Callable[..., Person]) -> None:
    person = someone(check_pages=False)
    person.enter_as(cast.owner)
    place = reverse("codeofpractice:point", kwargs={"number": cast.membership.number, "point": 6})
    page = person.open(place)
    person.context.set_offline(True)
    page.get_by_label("How do you meet this point?").fill("Words")
    expect(page.locator("[data-rvss-saved]")).to_contain_text("could not be reached", timeout=15_000)
    expect(page.get_by_label("How do you meet this point?")).to_have_value("Words")
    person.problems = [words for words in person.problems if "ERR_INTERNET_DISCONNECTED" not in words]
