"""The queue page by page, each row once, and the same as CSV."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.core import signing
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from applications.models import Application
from applications.paging import LOOK_AHEAD, take_sorted
from applications.queue import ORDERS, find_applications
from tests import factories as make
from tests.applications.test_queue import QUEUE, TODAY, read_csv
from tests.applications.test_views_apply import client_of, soup
from tests.applications.test_views_casework import count_queries, shown_companies
from tests.cast import Cast


@pytest.fixture
def assurer(cast: Cast) -> Client:
    return client_of(cast.assurer)


# --- Pages ---


def walk(client: Client, address: str, direction: str) -> list[list[str]]:
    """The rows of each page from this one on, by its links."""
    pages = []
    while True:
        response = client.get(address)
        pages.append([link["href"] for link in soup(response).select("tbody th a")])
        link = soup(response).select_one(f"a[rel={direction}]")
        if link is None:
            return pages
        address = QUEUE + link["href"]


@pytest.mark.parametrize("order", ORDERS)
def test_pages_show_each_row_once_there_and_back(db: None, order: str) -> None:
    """With equal moments, equal names and dates that are missing, which the order must still tell apart."""
    moment = datetime(2026, 11, 1, 9, tzinfo=UTC)
    for number in range(60):
        # The first page of those that are due ends among them, the second one among the others.
        status = ("submitted", "submitted", "question", "submitted", "accepted")[number % 5]
        company = make.CompanyFactory(name=f"Same name {number % 4}")
        make.ApplicationFactory(
            company=company,
            status=status,
            submitted_at=moment + timedelta(days=number % 5),
            due_on=date(2026, 12, 1 + number % 4) if status == "submitted" else None,
        )
    user = make.UserFactory(role="lead")
    client = client_of(user)
    there = walk(client, f"{QUEUE}?status=every&sort={order}", "next")
    assert [len(page) for page in there] == [25, 25, 10]
    everything = [row for page in there for row in page]
    found = find_applications(user, {"status": "every"}, TODAY).order_by(*ORDERS[order].fields)
    assert everything == [f"/applications/{row.reference}/" for row in found]

    second = soup(client.get(f"{QUEUE}?status=every&sort={order}")).select_one("a[rel=next]")["href"]
    third = soup(client.get(QUEUE + second)).select_one("a[rel=next]")["href"]
    back = walk(client, QUEUE + third, "prev")
    assert back == there[::-1]


def test_a_page_is_found_by_its_number_alone_and_its_key_beats_the_number(db: None) -> None:
    make.ApplicationFactory.create_batch(60, status="submitted")
    client = client_of(make.UserFactory(role="lead"))
    onward = soup(client.get(QUEUE)).select_one("a[rel=next]")["href"]
    by_key, by_number = client.get(QUEUE + onward), client.get(QUEUE, {"page": "2"})
    assert shown_companies(by_key) == shown_companies(by_number)
    # The rows before it are decided meanwhile: by the key nothing is left out, by the number 25 would be.
    first = Application.objects.order_by("submitted_at", "pk")[:25]
    Application.objects.filter(pk__in=[row.pk for row in first]).update(
        status="withdrawn", due_on=None, closed_at=timezone.now(), closing_reason="Sold."
    )
    assert shown_companies(client.get(QUEUE + onward)) == shown_companies(by_key)


def test_a_key_of_another_order_is_not_taken(db: None) -> None:
    make.ApplicationFactory.create_batch(30, status="submitted")
    client = client_of(make.UserFactory(role="lead"))
    onward = soup(client.get(QUEUE)).select_one("a[rel=next]")["href"]
    query = QueryDict(urlsplit(onward).query, mutable=True)
    query["sort"] = "name"
    assert len(shown_companies(client.get(f"{QUEUE}?{query.urlencode()}"))) == 5
    forged = signing.dumps(["nonsense", "x"], salt="another")
    assert len(shown_companies(client.get(QUEUE, {"page": "2", "after": forged}))) == 5


def test_the_count_says_where_it_stops(db: None) -> None:
    make.ApplicationFactory.create_batch(LOOK_AHEAD + 26, status="submitted")
    client = client_of(make.UserFactory(role="lead"))
    first = client.get(QUEUE)
    assert "Showing 1 to 25 of more than 100 applications" in " ".join(soup(first).get_text().split())
    second = client.get(QUEUE + soup(first).select_one("a[rel=next]")["href"])
    assert "Showing 26 to 50 of more than 125 applications" in " ".join(soup(second).get_text().split())
    third = client.get(QUEUE + soup(second).select_one("a[rel=next]")["href"])
    assert "Showing 51 to 75 of 126 applications" in " ".join(soup(third).get_text().split())


def test_a_row_that_goes_while_a_page_is_made_is_left_out(db: None) -> None:
    rows = make.ApplicationFactory.create_batch(2, status="submitted")
    page = take_sorted(
        Application.objects.all(), ORDERS["oldest"], QueryDict(), lambda keys: {rows[0].pk: "first"}
    )
    assert list(page.rows) == ["first"]


@pytest.mark.parametrize("query", [{}, {"q": "hire", "region": "TLI", "due": "soon", "body": "none"}])
def test_as_many_queries_at_1_row_as_at_3(cast: Cast, assurer: Client, query: dict[str, str]) -> None:
    Application.objects.filter(pk=cast.asked_application.pk).update(assigned_to=cast.lead)
    soon = {"status": "submitted", "due_on": timezone.localdate() + timedelta(days=2)}
    make.ApplicationFactory(assigned_to=cast.assurer, **soon)
    one = count_queries(assurer, QUEUE, query)
    for _ in range(2):
        make.ApplicationFactory(assigned_to=make.UserFactory(role="lead"), **soon)
    assert count_queries(assurer, QUEUE, query) == one <= 8


def test_a_page_further_on_takes_as_many_queries(db: None) -> None:
    make.ApplicationFactory.create_batch(60, status="submitted")
    client = client_of(make.UserFactory(role="lead"))
    first = count_queries(client, QUEUE)
    onward = soup(client.get(QUEUE)).select_one("a[rel=next]")["href"]
    assert count_queries(client, QUEUE + onward) == first


# --- CSV ---


def test_the_csv_goes_beyond_a_page_and_runs_nothing(cast: Cast, assurer: Client) -> None:
    make.ApplicationFactory.create_batch(30, status="submitted")
    cast.sent.name = '=HYPERLINK("http://example.com")'
    cast.sent.town = "@SUM(A1)"
    cast.sent.save()
    lines = read_csv(assurer)
    assert len(lines) == 32
    line = next(line for line in lines if "HYPERLINK" in line["Company"])
    assert (line["Company"], line["Town"]) == ('\'=HYPERLINK("http://example.com")', "'@SUM(A1)")


def test_the_csv_takes_as_many_queries_at_1_row_as_at_3(cast: Cast, assurer: Client) -> None:
    one = count_queries(assurer, "/applications/download.csv", {"status": "submitted"})
    make.ApplicationFactory.create_batch(2, status="submitted")
    assert count_queries(assurer, "/applications/download.csv", {"status": "submitted"}) == one <= 6


def test_the_page_links_to_the_csv_of_its_filters(assurer: Client) -> None:
    link = soup(assurer.get(QUEUE, {"status": "every", "q": "hire"})).find(
        "a", string="Download them all as CSV"
    )
    assert link["href"] == "/applications/download.csv?q=hire&status=every"
