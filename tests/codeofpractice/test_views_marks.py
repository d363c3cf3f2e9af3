"""The pages of a draft that was moved on: what is marked, what is shown, how a mark is cleared."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from codeofpractice import services
from codeofpractice.models import Edition, PlanVersion
from tests.codeofpractice import made_up
from tests.codeofpractice.test_moving_on import IN_PLACE, old, owner_of, platform, run, say, submitted

__all__ = ["old"]


@pytest.fixture
def moved(old: Edition) -> PlanVersion:
    version = submitted(platform())
    made_up.load_made_up()
    run()
    return PlanVersion.objects.get(plan=version.plan, status="draft")


def client_of(version: PlanVersion) -> Client:
    client = Client()
    client.force_login(
        owner_of(version.plan.membership), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    return client


def address(version: PlanVersion, name: str, **more: int) -> str:
    return reverse(f"codeofpractice:{name}", kwargs={"number": version.plan.membership.number, **more})


def tasks(response: HttpResponse) -> list[tuple[str, str]]:
    page = BeautifulSoup(response.content, "html.parser")
    return [
        (
            row.select_one(".govuk-task-list__name-and-hint a").get_text(strip=True).split(".")[0],
            row.select_one(".govuk-task-list__status").get_text(strip=True),
        )
        for row in page.select(".govuk-task-list__item")
    ]


def test_the_plan_shows_the_marks_and_can_show_only_what_needs_a_look(moved: PlanVersion) -> None:
    client = client_of(moved)
    response = client.get(address(moved, "plan"))
    assert tasks(response) == [
        ("11", "Needs a look"),
        ("12", "Completed"),
        ("20", "Needs a look"),
        ("25", "New"),
        ("31", "Needs a look"),
        ("47", "Completed"),
        ("52", "Needs a look"),
    ]
    words = " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split())
    assert "Unchanged points: 2. Points that ask for something else: 4. New points: 1." in words
    assert "5 points still need a look" in words
    marked = client.get(address(moved, "plan") + "?show=marked")
    assert [number for number, _ in tasks(marked)] == ["11", "20", "25", "31", "52"]


def test_the_page_of_a_point_says_what_it_was_and_confirms_it(moved: PlanVersion) -> None:
    client = client_of(moved)
    page = client.get(address(moved, "point", point=11)).content.decode()
    assert "1. Recognised security contact" in page
    assert "Nights are asked for now." in page
    assert "The saved answer is still right" in page
    sent = client.post(address(moved, "still_right", point=11), {"revision": "0"})
    assert sent["Location"] == address(moved, "plan") + "?show=marked#points"
    page = client.get(address(moved, "point", point=11)).content.decode()
    assert "The saved answer is still right" not in page
    assert "looked at it on" in page
    assert [n for n, _ in tasks(client.get(address(moved, "plan") + "?show=marked"))] == [
        "20",
        "25",
        "31",
        "52",
    ]


def test_a_new_point_has_nothing_to_confirm(moved: PlanVersion) -> None:
    client = client_of(moved)
    page = client.get(address(moved, "point", point=25)).content.decode()
    assert "This point is new in this edition" in page
    assert "still right" not in page
    assert client.post(address(moved, "still_right", point=25), {"revision": "0"}).status_code == 409


@pytest.mark.parametrize("revision", ["", "x", "-1", "99999999999999"])
def test_a_broken_word_changes_nothing(moved: PlanVersion, revision: str) -> None:
    client = client_of(moved)
    sent = client.post(address(moved, "still_right", point=11), {"revision": revision})
    assert sent["Location"] == address(moved, "point", point=11)
    assert moved.responses.get(point__number=11).wants_a_look


def test_a_stale_page_confirms_nothing(moved: PlanVersion) -> None:
    by = owner_of(moved.plan.membership)
    say(moved, 11, services.Answer("in_place", "Other words.", "Somebody"), by)
    sent = client_of(moved).post(address(moved, "still_right", point=11), {"revision": "0"})
    assert sent.status_code == 409


def test_the_plan_costs_the_same_however_much_is_marked(moved: PlanVersion) -> None:
    client = client_of(moved)
    client.get(address(moved, "plan"))
    with CaptureQueriesContext(
        connection,
    ) as many:
        client.get(address(moved, "plan"))
    for number in (11, 20, 25, 31):
        say(moved, number, IN_PLACE, owner_of(moved.plan.membership))
    with CaptureQueriesContext(connection) as one:
        client.get(address(moved, "plan"))
    assert len(many) == len(one)


def test_a_mark_stays_while_the_page_saves_by_itself(moved: PlanVersion) -> None:
    client, place = client_of(moved), address(moved, "point", point=11)
    answer = {"position": "in_place", "how_met": "Half a sen", "responsible_role": "Manager", "revision": "0"}
    assert client.post(place, answer, headers={"accept": "application/json"}).status_code == 200
    response = moved.responses.get(point__number=11)
    assert (response.how_met, response.wants_a_look) == ("Half a sen", True)
    assert client.post(place, answer | {"revision": "1"}).status_code == 302
    response.refresh_from_db()
    assert not response.wants_a_look
