"""DfT's side: queue, application in full, decisions; and the public register."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.throttling import AnonRateThrottle

from applications import services
from applications.models import Membership
from applications.spreadsheets import safe_cell
from tests import factories as make
from tests.applications.test_views_apply import client_of, errors_of, page, soup
from tests.cast import Cast

QUEUE = "/applications/"


def shown_companies(response: Any) -> list[str]:
    table = BeautifulSoup(response.content, "html.parser").select_one("tbody")
    return [link.get_text() for link in table.select("th a")] if table else []


@pytest.fixture
def assurer(cast: Cast) -> Client:
    return client_of(cast.assurer)


def test_the_queue_shows_what_waits(assurer: Client) -> None:
    assert shown_companies(assurer.get(QUEUE)) == ["Sent Vehicle Hire Ltd", "Asked Vehicle Hire Ltd"]


@pytest.mark.parametrize(
    ("query", "companies"),
    [
        ({"status": "submitted"}, ["Sent"]),
        ({"status": "question"}, ["Asked"]),
        ({"status": "accepted", "sort": "name"}, ["Alpha", "Beta"]),
        ({"status": "every", "sort": "newest"}, ["Beta", "Alpha", "Asked", "Sent"]),
        ({"sort": "name"}, ["Asked", "Sent"]),
        ({"q": "asked"}, ["Asked"]),
        ({"q": "nothing like it"}, []),
        ({"region": "TLL"}, ["Sent"]),
        ({"assigned": "me"}, ["Asked"]),
        ({"assigned": "nobody"}, ["Sent"]),
        ({"status": "nonsense", "sort": "upside down", "page": "-4"}, ["Sent", "Asked"]),
        ({"page": "99999999999999999999"}, ["Sent", "Asked"]),
        ({"page": "2"}, []),
    ],
)
def test_the_queue_is_filtered_and_sorted_by_its_address(
    assurer: Client, cast: Cast, query: dict[str, str], companies: list[str]
) -> None:
    cast.sent.home_region = "TLL"
    cast.sent.save()
    services.assign_application(application=cast.asked_application, to=cast.assurer, by=cast.lead)
    assert [name.split()[0] for name in shown_companies(assurer.get(QUEUE, query))] == companies


def test_an_application_is_found_by_its_reference(assurer: Client, cast: Cast) -> None:
    response = assurer.get(QUEUE, {"q": f" {cast.sent_application.reference.lower()} ", "status": "every"})
    assert shown_companies(response) == ["Sent Vehicle Hire Ltd"]


def count_queries(client: Client, address: str, query: dict[str, str] | None = None) -> int:
    with CaptureQueriesContext(connection) as queries:
        response = client.get(address, query or {})
        if response.streaming:
            b"".join(response)
    return len(queries)


def test_the_queue_takes_as_many_queries_at_1_row_as_at_3(assurer: Client, cast: Cast) -> None:
    one = count_queries(assurer, QUEUE, {"status": "submitted"})
    for _ in range(2):
        other = make.ApplicationFactory(status="submitted")
        services.assign_application(application=other, to=make.UserFactory(role="lead"), by=cast.lead)
    assert len(shown_companies(assurer.get(QUEUE, {"status": "submitted"}))) == 3
    assert count_queries(assurer, QUEUE, {"status": "submitted"}) == one <= 8


def test_the_queue_goes_on_over_pages(assurer: Client) -> None:
    make.ApplicationFactory.create_batch(30, status="submitted")
    first = assurer.get(QUEUE)
    onward = str(soup(first).select_one("a[rel=next]")["href"])
    assert onward.startswith("?page=2&after=")
    second = assurer.get(QUEUE + onward)
    assert (len(shown_companies(first)), len(shown_companies(second))) == (25, 7)
    assert "Showing 26 to 32 of 32 applications" in " ".join(soup(second).get_text().split())
    assert soup(second).select_one("a[rel=next]") is None


def test_the_application_shows_answers_declaration_and_history(cast: Cast) -> None:
    declaration = services.submit_application(
        application=cast.draft_application,
        edition_code="2018",
        declaration_text="We promise.\n\nAll of it.",
        signatory_name="Nia Prydderch",
        signatory_role="Director",
        by=cast.owner,
    )
    cast.newco.name = "Renamed afterwards Ltd"
    cast.newco.save()
    shown = client_of(cast.lead).get(page("applications:application", cast.draft_application))
    text = " ".join(soup(shown).get_text().split())
    for part in (
        "Newco Vehicle Hire Ltd",
        declaration.sha256,
        "All of it.",
        "Declaration signed",
        "Cars: 12",
    ):
        assert part in text
    assert "does not match" not in text


def test_a_declaration_that_does_not_add_up_is_pointed_out(assurer: Client, cast: Cast) -> None:
    shown = assurer.get(page("applications:application", cast.sent_application))
    assert "The check code does not match what is stored" in shown.content.decode()


def test_likely_earlier_applications_are_listed(assurer: Client, cast: Cast) -> None:
    cast.sent.company_number = cast.alpha.company_number
    cast.sent.postcode = "M1 1AE"
    cast.sent.save()
    shown = soup(assurer.get(page("applications:application", cast.sent_application)))
    earlier = page("applications:application", cast.membership.application)
    assert shown.find("a", href=earlier)
    assert not shown.find("a", href=page("applications:application", cast.other_membership.application))


def test_questions_and_decisions_need_words(assurer: Client, cast: Cast) -> None:
    sent = cast.sent_application
    assert errors_of(assurer.post(page("applications:ask", sent), {})) == [
        "Choose the answer that the question is about",
        "Enter the question",
    ]
    assert errors_of(assurer.post(page("applications:reject", sent), {"reason": " "})) == [
        "Choose at least one reason",
        "Explain the reasons",
    ]
    sent.refresh_from_db()
    assert sent.status == "submitted"


def test_deciding_over_the_pages(assurer: Client, cast: Cast) -> None:
    sent = cast.sent_application
    assurer.post(page("applications:assign", sent))
    assurer.post(page("applications:ask", sent), {"about": "sites", "question": "Where?"})
    services.answer_question(question=sent.questions.get(), answer="Here.", by=cast.owner)
    services.send_replies(application=sent, by=cast.owner)
    response = assurer.post(page("applications:accept", sent), {"reason": ""}, follow=True)
    assert "is now a member" in response.content.decode()
    sent.refresh_from_db()
    assert (sent.status, sent.assigned_to) == ("accepted", cast.assurer)
    no = {"reasons": ["other"], "reason": "No."}
    late = client_of(cast.other_assurer).post(page("applications:reject", sent), no)
    assert late.status_code == 409
    assert "Accepted" in late.content.decode()


# --- The public register ------------------------------------------------------------------------


def test_the_register_lists_only_active_members_that_agreed(cast: Cast) -> None:
    make.MembershipFactory(is_listed=False, company__name="Shy Hire Ltd")
    gone = make.MembershipFactory(status="suspended", company__name="Gone Hire Ltd")
    anonymous = Client()
    assert shown_companies(anonymous.get("/register/")) == ["Alpha Vehicle Hire Ltd", "Beta Rentals Ltd"]
    body = b"".join(anonymous.get("/register/download.csv")).decode()
    listing = anonymous.get("/api/v1/register/").json()
    for name in ("Shy Hire", "Gone Hire"):
        assert name not in body
        assert name not in str(listing)
    assert anonymous.get(f"/register/{gone.number}/").status_code == 404
    assert [row["name"] for row in listing["results"]] == ["Alpha Vehicle Hire Ltd", "Beta Rentals Ltd"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"q": "beta"}, ["Beta"]),
        ({"q": "ottersby"}, ["Alpha", "Beta"]),
        ({"region": "TLM"}, ["Beta"]),
        ({"region": "nowhere"}, ["Alpha", "Beta"]),
        ({"q": "zzz"}, []),
    ],
)
def test_the_register_is_searched(cast: Cast, query: dict[str, str], names: list[str]) -> None:
    cast.beta.regions = ["TLM"]
    cast.beta.save()
    assert [name.split()[0] for name in shown_companies(Client().get("/register/", query))] == names


@pytest.mark.parametrize("written", ["{}", "{} ", "rvss {digits}"])
def test_a_member_is_found_by_its_number(cast: Cast, written: str) -> None:
    number = cast.membership.number
    typed = written.format(number, digits=int(number[5:]))
    assert shown_companies(Client().get("/register/", {"q": typed})) == ["Alpha Vehicle Hire Ltd"]
    assert Client().get(f"/register/{number.lower()}/").status_code == 200


def test_a_member_can_be_verified(cast: Cast) -> None:
    cast.alpha.trading_names.create(name="Alpha Vans")
    text = soup(Client().get(f"/register/{cast.membership.number}/")).get_text()
    assert "This company is a member" in text
    assert "Alpha Vans" in text
    assert cast.alpha.postcode not in text


@pytest.mark.parametrize("address", ["/register/", "/register/download.csv", "/api/v1/register/"])
def test_the_register_takes_as_many_queries_at_1_row_as_at_3(db: None, address: str) -> None:
    make.MembershipFactory().company.trading_names.create(name="First")
    one = count_queries(Client(), address)
    for n in range(2):
        make.MembershipFactory().company.trading_names.create(name=f"Other {n}")
    assert count_queries(Client(), address) == one <= 4


def test_the_download_is_streamed_and_runs_nothing(cast: Cast) -> None:
    cast.alpha.name = '=HYPERLINK("http://example.com")'
    cast.alpha.save()
    cast.alpha.trading_names.create(name="@SUM(A1)")
    response = Client().get("/register/download.csv")
    assert response.streaming
    rows = list(csv.reader(io.StringIO(b"".join(response).decode("utf-8-sig"))))
    assert rows[0][0] == "Membership number"
    row = next(row for row in rows if row[0] == cast.membership.number)
    assert row[1] == '\'=HYPERLINK("http://example.com")'
    assert row[2] == "'@SUM(A1)"


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", " =1", "\uff1d1", "\n=1"])
def test_formulas_are_made_text(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


def test_other_cells_are_left_alone() -> None:
    assert [safe_cell(value) for value in ("Smith & Sons", 12, None, "a=b")] == [
        "Smith & Sons",
        "12",
        "",
        "a=b",
    ]


def test_the_api_goes_on_page_by_page(db: None) -> None:
    make.MembershipFactory.create_batch(101)
    first = Client().get("/api/v1/register/").json()
    second = Client().get(first["next"]).json()
    assert (len(first["results"]), len(second["results"]), second["next"]) == (100, 1, None)
    assert len({row["number"] for row in first["results"] + second["results"]}) == 101


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"cursor": "nonsense"}, 400),
        ({"region": "zzzzzzz"}, 200),
        ({"q": "' | &"}, 200),
        ({"q": "x" * 3000}, 200),
    ],
)
def test_odd_requests_of_the_api_are_answered(db: None, query: dict[str, str], status: int) -> None:
    assert Client().get("/api/v1/register/", query).status_code == status


def test_the_api_is_throttled(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    monkeypatch.setattr(AnonRateThrottle, "THROTTLE_RATES", {"anon": "2/min"})
    statuses = [Client().get("/api/v1/register/").status_code for _ in range(3)]
    cache.clear()
    assert statuses == [200, 200, 429]


def test_the_schema_describes_the_register(db: None) -> None:
    response = Client().get("/api/schema/", {"format": "json"})
    assert response.status_code == 200
    assert "/api/v1/register/" in response.content.decode()


def test_a_new_member_is_on_the_register(cast: Cast) -> None:
    services.accept_application(application=cast.sent_application, by=cast.lead)
    number = Membership.objects.get(company=cast.sent).number
    assert Client().get(f"/register/{number}/").status_code == 200
