"""The queue: what its filters find, in every order, page by page, and the same as CSV."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from accounts.models import User
from applications.models import Application
from applications.queue import first_day_within
from applications.queue_rows import clock_of
from applications.searching import application_reference
from applications.working_days import Nation
from rvss.homes import waiting_for
from tests import factories as make
from tests.applications.test_views_apply import client_of, soup
from tests.applications.test_views_casework import shown_companies
from tests.cast import Cast

QUEUE = "/applications/"
TODAY = date(2026, 11, 25)  # a Wednesday; St Andrew's Day, 30 November, is a holiday in Scotland only


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> date:
    """The clock of the whole process at noon on TODAY."""
    moment = datetime(2026, 11, 25, 12, tzinfo=UTC)
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment)
    return TODAY


@pytest.fixture
def assurer(cast: Cast) -> Client:
    return client_of(cast.assurer)


def sent(name: str, on: date, **fields: Any) -> Application:
    company = make.CompanyFactory(name=name, home_region=fields.pop("region", "TLI"))
    fields.setdefault("status", "submitted")
    return make.ApplicationFactory(
        company=company, submitted_at=datetime(on.year, on.month, on.day, 9, tzinfo=UTC), **fields
    )


def names(client: Client, **query: str) -> list[str]:
    return [name.split()[0] for name in shown_companies(client.get(QUEUE, {"status": "every", **query}))]


# --- Filters ---


@pytest.fixture
def rows(db: None, today: date) -> User:
    """Five sent on different days, seen by an assurer."""
    user = make.UserFactory(role="assurer")
    sent("Alpha", date(2026, 11, 24), due_on=date(2026, 12, 22))
    sent("Bravo", date(2026, 11, 13), due_on=date(2026, 11, 24), assigned_to=user)
    sent("Charlie", date(2026, 11, 2), due_on=date(2026, 12, 2), region="TLM")
    sent("Delta", date(2026, 11, 4), due_on=date(2026, 12, 3))
    sent("Echo", date(2026, 10, 1), status="question", working_days_left=-2, assigned_to=user)
    return user


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"sort": "oldest"}, ["Echo", "Charlie", "Delta", "Bravo", "Alpha"]),
        ({"sort": "newest"}, ["Alpha", "Bravo", "Delta", "Charlie", "Echo"]),
        ({"sort": "due"}, ["Bravo", "Charlie", "Delta", "Alpha", "Echo"]),
        ({"sort": "name"}, ["Alpha", "Bravo", "Charlie", "Delta", "Echo"]),
        ({"due": "overdue"}, ["Bravo"]),
        # 2 December is the 5th working day in London, but the 4th in Scotland, where the 3rd is the 5th.
        ({"due": "soon"}, ["Charlie"]),
        ({"due": "stopped"}, ["Echo"]),
        ({"age": "5"}, ["Alpha"]),
        ({"age": "10"}, ["Bravo"]),
        ({"age": "20"}, ["Charlie", "Delta"]),
        ({"age": "older"}, ["Echo"]),
        ({"age": "older", "due": "overdue"}, []),
        ({"assigned": "me", "sort": "name"}, ["Bravo", "Echo"]),
        ({"region": "TLM"}, ["Charlie"]),
    ],
)
def test_filters_and_orders(rows: User, query: dict[str, str], found: list[str]) -> None:
    assert names(client_of(rows), **query) == found


def test_what_is_due_soon_goes_by_the_nation(db: None, today: date) -> None:
    """A holiday in Scotland moves its fifth working day on by one."""
    user = make.UserFactory(role="assurer")
    sent("Scottish", date(2026, 11, 2), due_on=date(2026, 12, 3), region="TLM")
    sent("English", date(2026, 11, 2), due_on=date(2026, 12, 3))
    assert names(client_of(user), due="soon") == ["Scottish"]


def test_an_application_is_assigned_to_a_named_person(cast: Cast, assurer: Client) -> None:
    Application.objects.filter(pk=cast.asked_application.pk).update(assigned_to=cast.lead)
    assert names(assurer, assigned=str(cast.lead.pk)) == ["Asked"]
    shown = soup(assurer.get(QUEUE, {"assigned": str(cast.lead.pk)}))
    assert "Assigned to: Lead" in shown.select_one(".moj-filter__selected").get_text()
    # Who has moved on is offered as long as they have something.
    cast.lead.is_active = False
    cast.lead.save()
    assert names(assurer, assigned=str(cast.lead.pk)) == ["Asked"]
    Application.objects.filter(pk=cast.asked_application.pk).update(assigned_to=None)
    response = assurer.get(QUEUE, {"assigned": str(cast.lead.pk)})
    assert "so it was left out: Assigned to" in response.content.decode()


def test_by_trade_body(cast: Cast, assurer: Client) -> None:
    cast.sent.trade_bodies.add(cast.trade_body, make.TradeBodyFactory())
    body = str(cast.trade_body.pk)
    assert names(assurer, body=body) == ["Sent"]
    assert names(assurer, body="none", sort="name") == ["Alpha", "Asked", "Beta"]


@pytest.mark.parametrize(
    "words", ["Alpha Vans", "van", "ottersby", "{number}", "{reference}", "{bare}", "{lower}", "{member}"]
)
def test_the_text_finds_a_company_by_any_of_its_names_and_numbers(
    cast: Cast, assurer: Client, words: str
) -> None:
    cast.alpha.trading_names.create(name="Alpha Vans")
    cast.alpha.search_terms += " alpha vans"
    cast.alpha.save()
    application = cast.membership.application
    typed = words.format(
        number=cast.alpha.company_number,
        reference=application.reference,
        bare=application.reference.removeprefix("RVSS-"),
        lower=application.reference.lower().replace("-", " "),
        member=cast.membership.number,
    )
    assert "Alpha" in names(assurer, q=typed)


@pytest.mark.parametrize(
    ("words", "reference"),
    [
        ("RVSS-BCDF-2345", "RVSS-BCDF-2345"),
        (" rvss bcdf 2345 ", "RVSS-BCDF-2345"),
        ("rvssbcdf2345", "RVSS-BCDF-2345"),
        ("BCDF–2345", "RVSS-BCDF-2345"),
        ("23456789", None),
        ("BCDF 2345", None),
        ("RVSS-000123", None),
        ("AEIO-UUUU", None),
        ("", None),
    ],
)
def test_references_in_any_way_of_writing(words: str, reference: str | None) -> None:
    assert application_reference(words) == reference


BAD = [
    {"status": "nonsense"},
    {"due": "yesterday", "age": "-1", "region": "TL", "body": "x"},
    {"assigned": "99999999999999999999"},
    {"sort": "upside down"},
    {"q": "x" * 101},
    {"q": "' | & ! :*"},
    {"page": "-4"},
    {"page": "99999999999999999999"},
    {"page": "9999"},
    {"page": "2", "after": "nonsense"},
    {"page": "2", "before": "WyIxIiwxXQ:1:x"},
]


@pytest.mark.parametrize("query", BAD, ids=str)
def test_what_makes_no_sense_is_left_out(cast: Cast, assurer: Client, query: dict[str, str]) -> None:
    response = assurer.get(QUEUE, query)
    assert response.status_code == 200
    assert assurer.get("/applications/download.csv", query).status_code == 200
    shown = soup(response)
    if query.keys() & {"page", "q"} and len(query.get("q", "")) < 101:
        assert shown.select_one(".govuk-inset-text") is None
    else:
        assert "was left out" in shown.select_one(".govuk-inset-text").get_text()
        assert shown_companies(response) == ["Sent Vehicle Hire Ltd", "Asked Vehicle Hire Ltd"]


def test_tags_take_their_filter_away_and_keep_the_others(cast: Cast, assurer: Client) -> None:
    shown = soup(assurer.get(QUEUE, {"q": "<b>Llŷn", "region": "TLI", "sort": "due", "page": "2"}))
    tags = {tag.get_text(strip=True): tag["href"] for tag in shown.select(".moj-filter__tag")}
    assert tags == {
        "Take away the filterSearch: <b>Llŷn": "?region=TLI&sort=due",
        "Take away the filterRegion of the main office: London": "?q=%3Cb%3ELl%C5%B7n&sort=due",
    }
    kept = shown.select_one(".moj-filter__options input[name=sort]")["value"]
    assert kept == "due"
    shown = soup(assurer.get(QUEUE, {"region": "TLI"}))
    assert shown.select_one(".moj-filter__tag")["href"] == "?view=none"
    assert [(field["name"], field["value"]) for field in shown.select(".rvss-order input")] == [
        ("region", "TLI")
    ]


def test_the_order_is_said_in_the_heading(cast: Cast, assurer: Client) -> None:
    for order, heading, direction in (
        ("oldest", "Sent", "ascending"),
        ("newest", "Sent", "descending"),
        ("due", "Due", "ascending"),
        ("name", "Company", "ascending"),
    ):
        found = soup(assurer.get(QUEUE, {"sort": order})).select("th[aria-sort]")
        assert [(cell.get_text(), cell["aria-sort"]) for cell in found] == [(heading, direction)]


# --- Columns ---


@pytest.mark.parametrize(
    ("fields", "due", "age", "is_overdue"),
    [
        ({"due_on": date(2026, 11, 26)}, "1 working day left", "3 working days ago", False),
        ({"due_on": TODAY}, "Due today", "3 working days ago", False),
        ({"due_on": date(2026, 11, 23)}, "Overdue by 2 working days", "3 working days ago", True),
        ({"due_on": date(2026, 12, 3)}, "6 working days left", "3 working days ago", False),
        ({"due_on": date(2026, 12, 3), "region": "TLM"}, "5 working days left", "3 working days ago", False),
        (
            {"status": "question", "stopped_with": 7},
            "Clock stopped, 7 working days left",
            "3 working days ago",
            False,
        ),
        (
            {"status": "question", "stopped_with": -1},
            "Clock stopped, overdue by 1 working day",
            "3 working days ago",
            False,
        ),
        ({"status": "accepted", "decided_on": date(2026, 11, 23)}, "", "Decided after 1 working day", False),
        (
            {"status": "rejected", "decided_on": date(2026, 11, 21)},
            "",
            "Decided after less than 1 working day",
            False,
        ),
        ({"status": "withdrawn"}, "", "", False),
    ],
)
def test_age_and_due_date_in_words(fields: dict[str, Any], due: str, age: str, is_overdue: bool) -> None:
    values = {
        "status": "submitted",
        "decided_on": None,
        "due_on": None,
        "stopped_with": None,
        "region": "TLI",
    }
    clock = clock_of(sent_on=date(2026, 11, 20), today=TODAY, **{**values, **fields})
    assert (clock.due, clock.age_in_words, clock.is_overdue) == (due, age, is_overdue)


def test_overdue_by_a_weekend_is_overdue_all_the_same() -> None:
    clock = clock_of(
        status="submitted",
        sent_on=date(2026, 10, 30),
        decided_on=None,
        due_on=date(2026, 11, 27),
        stopped_with=None,
        region="TLI",
        today=date(2026, 11, 28),
    )
    assert (clock.due, clock.is_overdue) == ("Overdue", True)


def test_the_first_day_within_so_many_working_days() -> None:
    assert first_day_within(TODAY, 0, Nation.SCOTLAND) == TODAY
    assert first_day_within(TODAY, 2, Nation.SCOTLAND) == date(2026, 11, 23)
    # Friday to Sunday: no working day passes between the end of Friday and the end of Sunday.
    assert first_day_within(date(2026, 11, 22), 0, Nation.SCOTLAND) == date(2026, 11, 20)


def test_a_long_welsh_name_is_shown_whole(cast: Cast, assurer: Client) -> None:
    cast.sent.name = (
        "Cwmni Llogi Cerbydau Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch a’r Wyrion"
    )
    cast.sent.home_region = ""
    cast.sent.save()
    response = assurer.get(QUEUE)
    assert cast.sent.name in shown_companies(response)
    assert "No region, 18 vehicles" in soup(response).get_text()


# --- CSV ---


def read_csv(client: Client, **query: str) -> list[dict[str, str]]:
    response = client.get("/applications/download.csv", query)
    assert response.streaming
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(b"".join(response).decode("utf-8-sig"))))


def test_the_csv_has_what_the_page_shows_in_its_order(rows: User) -> None:
    lines = read_csv(client_of(rows), status="every", sort="due")
    assert [line["Company"] for line in lines] == ["Bravo", "Charlie", "Delta", "Alpha", "Echo"]
    assert lines[0] == {
        "Company": "Bravo",
        "Reference": Application.objects.get(company__name="Bravo").reference,
        "Companies House number": Application.objects.get(company__name="Bravo").company.company_number,
        "Town": "Ottersby",
        "Region of the main office": "London",
        "Vehicles": "18",
        "Sent": "2026-11-13",
        "Working days since sent, or until decided": "8",
        "Due": "2026-11-24",
        "Time left": "Overdue by 1 working day",
        "Status": "With DfT",
        "Assigned to": rows.name,
        "Enrolled by": "",
    }
    assert [line["Company"] for line in read_csv(client_of(rows), due="stopped")] == ["Echo"]


# --- Home ---


def test_what_a_home_page_counts_is_what_the_queue_shows(rows: User) -> None:
    sent("Foxtrot", date(2026, 11, 20), assigned_to=rows, due_on=date(2026, 11, 23))
    client = client_of(rows)
    counted = {each.text: each for each in waiting_for(rows) if each.address.startswith(QUEUE)}
    assert {text: each.count for text, each in counted.items()} == {
        "Applications assigned to you": 2,
        "Applications that nobody has taken": 3,
        "Applications overdue": 2,
        "Applications that wait for the company": 1,
    }
    for each in counted.values():
        shown = BeautifulSoup(client.get(each.address).content, "html.parser")
        assert len(shown.select("tbody tr")) == each.count, each.text
