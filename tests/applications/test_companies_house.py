"""Looking a company number up: the client against a real server, the company's page, DfT's page."""

from __future__ import annotations

import base64
import gzip
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import AuditEvent
from applications import companies_house as client
from applications import services
from applications.companies_house import Lookup, Outcome, RegisteredCompany, look_up
from applications.models import Company, CompanyLookup
from applications.registered import filled_in, questions_about
from rvss.local.companies_house import COMPANIES, KEY, profile
from tests.applications.register_server import Register, answering, send, serving
from tests.applications.test_views_apply import COMPANY, client_of, errors_of, page, soup
from tests.cast import Cast

PORTHWEN = RegisteredCompany(
    number="91000001",
    name="PORTHWEN VEHICLE HIRE LTD",
    status="active",
    kind="ltd",
    address_line_1="2 Harbour Lane",
    address_line_2="",
    town="Porthwen",
    postcode="ZE1 0AA",
)


@pytest.fixture
def register(settings: Any) -> Iterator[Register]:
    with serving() as found:
        settings.COMPANIES_HOUSE_URL = f"{found.address}/"
        settings.COMPANIES_HOUSE_KEY = KEY
        yield found


# --- The client ---------------------------------------------------------------------------------


def test_found_and_kept_for_a_day(register: Register) -> None:
    assert look_up("91000001") == look_up("91000001") == Lookup(Outcome.FOUND, PORTHWEN)
    assert register.asked == ["/company/91000001"]
    expected = "Basic " + base64.b64encode(f"{KEY}:".encode()).decode()
    assert register.headers[0]["Authorization"] == expected
    assert 24 * 3600 - 5 < remaining("91000001") <= 24 * 3600


def remaining(number: str) -> int:
    return int(cache._cache.get_client().ttl(cache.make_key(f"companies-house:1:{number}")))


def test_not_found_is_kept_for_an_hour(register: Register) -> None:
    assert look_up("99999999") == look_up("99999999") == Lookup(Outcome.NOT_FOUND)
    assert len(register.asked) == 1
    assert 3595 < remaining("99999999") <= 3600


def test_without_a_key_nobody_is_asked(register: Register, settings: Any) -> None:
    settings.COMPANIES_HOUSE_KEY = ""
    assert look_up("91000001") == Lookup(Outcome.OFF)
    assert register.asked == []


def profile_with(**changes: Any) -> dict[str, object]:
    return profile("91000001") | changes


BAD_ANSWERS: dict[str, Any] = {
    "400": answering(400),
    "401": answering(401),
    "403": answering(403),
    "429": answering(429, Retry_After="7"),
    "500": answering(500),
    "503": answering(503),
    "a page": answering(200, b"<html>"),
    "nothing": answering(200, b""),
    "a list": answering(200, [1]),
    "null": answering(200, b"null"),
    "deep": answering(200, b"[" * 60_000),
    "bytes": answering(200, b"\xff\xfe\x00"),
    "another company": answering(200, profile_with(company_number="91000002")),
    "no name": answering(200, profile_with(company_name="")),
    "a name that is a list": answering(200, profile_with(company_name=["x"])),
    "huge": answering(200, profile_with(more="x" * 1_000_000)),
    "huge without an end": lambda handler: send(handler, 200, b"x" * 1_000_000, Content_Length="999999999"),
    "cut short": answering(200, b"{}", Content_Length="500"),
    "packed": answering(
        200, gzip.compress(json.dumps(profile("91000001")).encode()), Content_Encoding="gzip"
    ),
    "redirect": answering(302, Location="/company/91000001"),
    "to elsewhere": answering(301, Location="http://127.0.0.1:1/"),
    "closes": lambda handler: handler.connection.close(),
    "no HTTP": lambda handler: handler.wfile.write(b"ready\r\n\r\n"),
}


@pytest.mark.parametrize("name", BAD_ANSWERS)
def test_an_answer_that_cannot_be_used(register: Register, name: str) -> None:
    register.behave = BAD_ANSWERS[name]
    started = time.monotonic()
    assert look_up("91000001") == Lookup(Outcome.DOWN)
    assert time.monotonic() - started < client.BUDGET_SECONDS + 0.5
    assert look_up("91000001") == Lookup(Outcome.DOWN)
    assert len(register.asked) == 1, "a failure is remembered for a moment, and a redirect is not followed"


def test_connection_refused(settings: Any) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        settings.COMPANIES_HOUSE_URL = f"http://127.0.0.1:{probe.getsockname()[1]}"
        settings.COMPANIES_HOUSE_KEY = KEY
        assert look_up("91000001") == Lookup(Outcome.DOWN)


def test_an_address_that_is_none(settings: Any) -> None:
    settings.COMPANIES_HOUSE_URL, settings.COMPANIES_HOUSE_KEY = "nowhere at all", KEY
    assert look_up("91000001") == Lookup(Outcome.DOWN)


def silent(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(8)


def dripping_headers(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers = lambda: None  # type: ignore[method-assign]
    handler.flush_headers()
    for n in range(80):
        handler.wfile.write(b"X-Drip: %d\r\n" % n)
        time.sleep(0.1)


def dripping_body(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    for _ in range(80):
        handler.wfile.write(b" ")
        time.sleep(0.1)


@pytest.mark.parametrize("behave", [silent, dripping_headers, dripping_body])
def test_a_slow_server_takes_no_longer_than_the_budget(register: Register, behave: Any) -> None:
    register.behave = behave
    started = time.monotonic()
    assert look_up("91000001") == Lookup(Outcome.DOWN)
    assert time.monotonic() - started < client.BUDGET_SECONDS + 0.5


def test_an_outage_slows_three_requests_and_no_more(register: Register) -> None:
    register.behave = answering(503)
    for n in range(10):
        assert look_up(f"9100000{n}") == Lookup(Outcome.DOWN)
    assert len(register.asked) == client.FAILURES_TO_OPEN
    register.behave = None
    cache.delete(client.BREAKER)  # a minute later
    cache.delete("companies-house:1:91000001")
    assert look_up("91000001").outcome == Outcome.FOUND


def test_what_is_known_is_answered_in_an_outage(register: Register) -> None:
    look_up("91000001")
    cache.set(client.BREAKER, 1, 60)
    assert look_up("91000001") == Lookup(Outcome.FOUND, PORTHWEN)


def test_a_success_between_failures_keeps_the_breaker_closed(register: Register) -> None:
    for n in range(6):
        register.behave = answering(503) if n % 2 else None
        look_up(f"9000000{n}")
    assert cache.get(client.BREAKER) is None
    assert len(register.asked) == 6


@pytest.mark.parametrize(
    ("answer", "least", "most"),
    [
        (answering(401), 295, 300),
        (answering(429, Retry_After="7"), 6, 7),
        (answering(429, Retry_After="99999"), 295, 300),
        (answering(429, Retry_After="Fri, 31 Dec 1999 23:59:59 GMT"), 55, 60),
        (answering(429), 55, 60),
    ],
)
def test_told_to_stop_it_stops_at_once(register: Register, answer: Any, least: int, most: int) -> None:
    register.behave = answer
    look_up("91000001")
    look_up("91000002")
    assert len(register.asked) == 1
    assert least <= cache._cache.get_client().ttl(cache.make_key(client.BREAKER)) <= most


def test_odd_texts_are_made_fit(register: Register) -> None:
    odd = profile_with(
        company_name="  LLŶN\u0000  CERBYDAU\ud800 CYF " + "x" * 300,
        company_status=7,
        type=None,
        registered_office_address={"address_line_1": ["x"], "locality": "y" * 500, "postal_code": "nowhere"},
    )
    register.behave = answering(200, odd)
    found = look_up("91000001").company
    assert found is not None
    assert found.name.startswith("LLŶN CERBYDAU CYF xx")
    assert len(found.name) == 200
    assert (found.status, found.kind, found.address_line_1, found.postcode) == ("", "", "", "")
    assert len(found.town) == 80


@pytest.mark.parametrize("address", [None, "x", [], {}])
def test_an_address_of_another_shape_is_left_out(register: Register, address: Any) -> None:
    register.behave = answering(200, profile_with(registered_office_address=address))
    found = look_up("91000001").company
    assert found is not None
    assert found.address == []


@pytest.mark.parametrize(
    ("kind", "legal_form"),
    [
        ("ltd", "limited_company"),
        ("plc", "limited_company"),
        ("private-limited-guarant-nsc", "limited_company"),
        ("llp", "llp"),
        ("limited-partnership", "partnership"),
        ("royal-charter", ""),
        ("", ""),
    ],
)
def test_legal_form_of_a_kind(kind: str, legal_form: str) -> None:
    values = {name: getattr(PORTHWEN, name) for name in PORTHWEN.__dataclass_fields__}
    assert RegisteredCompany(**values | {"kind": kind}).legal_form == legal_form


# --- The company's page -------------------------------------------------------------------------


@pytest.fixture
def owner(cast: Cast) -> Client:
    """Its company has no details but the name yet."""
    Company.objects.filter(pk=cast.newco.pk).update(
        company_number="", legal_form="", address_line_1="", address_line_2="", town="", postcode=""
    )
    return client_of(cast.owner)


def at(cast: Cast) -> str:
    return page("applications:company_edit", cast.draft_application)


def boxes(response: Any) -> dict[str, str]:
    shown = soup(response)
    found = {box["name"]: box.get("value", "") for box in shown.select("input[type=text]")}
    checked = shown.select_one("input[type=radio][checked]")
    return found | {"legal_form": checked["value"] if checked else ""}


def words_of(response: Any) -> str:
    return " ".join(soup(response).select_one("main").get_text(" ").split())


def test_find_company_fills_what_is_empty(register: Register, owner: Client, cast: Cast) -> None:
    shown = owner.post(at(cast), {"action": "find", "company_number": "9100 0001", "name": "Ein ceir"})
    assert boxes(shown) == {
        "company_number": "9100 0001",
        "legal_form": "limited_company",
        "name": "Ein ceir",
        "address_line_1": "2 Harbour Lane",
        "address_line_2": "",
        "town": "Porthwen",
        "postcode": "ZE1 0AA",
    }
    words = words_of(shown)
    assert "PORTHWEN VEHICLE HIRE LTD Companies House number 91000001, status: active" in words
    assert "Registered office: 2 Harbour Lane, Porthwen, ZE1 0AA" in words
    cast.newco.refresh_from_db()
    assert cast.newco.company_number == "", "finding saves nothing"


def test_what_was_typed_is_never_overwritten(register: Register, owner: Client, cast: Cast) -> None:
    typed = COMPANY | {"action": "find", "company_number": "91000001", "legal_form": "other"}
    shown = boxes(owner.post(at(cast), typed))
    assert shown == {name: value for name, value in typed.items() if name != "action"}


def test_half_an_address_is_not_mixed(register: Register, owner: Client, cast: Cast) -> None:
    shown = boxes(owner.post(at(cast), {"action": "find", "company_number": "91000001", "town": "Bryn"}))
    assert (shown["address_line_1"], shown["town"], shown["postcode"]) == ("", "Bryn", "")


def test_registered_details_are_used_when_asked_for(register: Register, owner: Client, cast: Cast) -> None:
    typed = COMPANY | {"action": "use", "company_number": "91000001", "address_line_2": "Upstairs"}
    shown = boxes(owner.post(at(cast), typed))
    assert shown["name"] == "PORTHWEN VEHICLE HIRE LTD"
    assert (shown["address_line_1"], shown["address_line_2"]) == ("2 Harbour Lane", "")


@pytest.mark.parametrize(
    ("number", "error"),
    [
        ("", "Enter the number to look up"),
        ("nope", "Enter a Companies House number in the right form, like 01234567 or SC012345"),
        ("1\0", "Companies House number holds a character that cannot be used"),
    ],
)
def test_find_with_no_number(register: Register, owner: Client, cast: Cast, number: str, error: str) -> None:
    shown = owner.post(at(cast), {"action": "find", "company_number": number, "town": "Bryn"})
    assert errors_of(shown) == [error]
    assert boxes(shown)["town"] == "Bryn"
    assert register.asked == []


def test_find_what_is_not_there(register: Register, owner: Client, cast: Cast) -> None:
    shown = owner.post(at(cast), COMPANY | {"action": "find", "company_number": "99999999"})
    assert "Companies House has no company with the number 99999999" in words_of(shown)
    assert boxes(shown)["name"] == COMPANY["name"]


def test_the_form_works_and_says_so_when_the_register_is_down(
    register: Register, owner: Client, cast: Cast
) -> None:
    register.behave = answering(503)
    shown = owner.post(at(cast), COMPANY | {"action": "find"})
    assert "Companies House cannot be reached at the moment" in words_of(shown)
    assert boxes(shown)["town"] == COMPANY["town"]
    assert owner.post(at(cast), COMPANY).status_code == 302
    assert Company.objects.get(pk=cast.newco.pk).company_number == "01234567"
    assert CompanyLookup.objects.get(company=cast.newco).outcome == "down"


def test_the_form_works_and_says_so_without_a_key(owner: Client, cast: Cast) -> None:
    shown = owner.get(at(cast))
    assert "Companies House numbers are not looked up at the moment" in words_of(shown)
    assert "Find company" not in words_of(shown)
    assert owner.post(at(cast), COMPANY).status_code == 302
    assert not CompanyLookup.objects.exists()


def saved(owner: Client, cast: Cast, **typed: str) -> Any:
    return owner.post(at(cast), COMPANY | {"company_number": "91000001"} | typed)


def test_the_same_name_is_no_question(register: Register, owner: Client, cast: Cast) -> None:
    assert saved(owner, cast, name="Porthwen Vehicle Hire Limited").status_code == 302
    row = CompanyLookup.objects.get(company=cast.newco)
    assert (row.outcome, row.number, row.name) == ("found", "91000001", "PORTHWEN VEHICLE HIRE LTD")
    event = AuditEvent.objects.get(verb="company.looked_up")
    assert event.data == {"number": "91000001", "outcome": "found"}


@pytest.mark.parametrize(
    ("typed", "question"),
    [
        (
            {"name": "Bryn Vans"},
            "has 91000001 under the name PORTHWEN VEHICLE HIRE LTD, and you entered Bryn Vans.",
        ),
        (
            {"name": "Ottersby Vans", "company_number": "91000002"},
            "Companies House gives the status of OTTERSBY VANS LTD (91000002) as “dissolved”.",
        ),
        (
            {"company_number": "99999999"},
            "Companies House has no company with the number 99999999. Is the number right?",
        ),
    ],
)
def test_a_doubt_is_asked_once_and_refuses_nothing(
    register: Register, owner: Client, cast: Cast, typed: dict[str, str], question: str
) -> None:
    shown = saved(owner, cast, **typed)
    assert shown.status_code == 200
    assert question in words_of(shown)
    assert errors_of(shown) == []
    assert boxes(shown)["town"] == COMPANY["town"]
    assert not CompanyLookup.objects.exists()
    asked = soup(shown).select_one("input[name=asked]")["value"]
    assert saved(owner, cast, **typed, asked=asked).status_code == 302
    cast.newco.refresh_from_db()
    assert cast.newco.company_number == typed.get("company_number", "91000001")


def test_another_doubt_is_asked_again(register: Register, owner: Client, cast: Cast) -> None:
    first = soup(saved(owner, cast, name="Bryn Vans")).select_one("input[name=asked]")["value"]
    again = saved(owner, cast, name="Bryn Lorries", asked=first)
    assert again.status_code == 200
    assert "you entered Bryn Lorries" in words_of(again)


@pytest.mark.parametrize("legal_form", ["sole_trader", "partnership", "other"])
def test_without_a_number_nobody_is_asked(
    register: Register, owner: Client, cast: Cast, legal_form: str
) -> None:
    assert saved(owner, cast, legal_form=legal_form, company_number="").status_code == 302
    assert register.asked == []
    assert not CompanyLookup.objects.exists()


def test_a_sole_trader_with_a_number_is_asked_which(register: Register, owner: Client, cast: Cast) -> None:
    assert errors_of(saved(owner, cast, legal_form="sole_trader")) == [
        "A sole trader has no Companies House number. Empty this box, or choose another legal form"
    ]


def test_enter_presses_save(owner: Client, cast: Cast) -> None:
    first = soup(owner.get(at(cast))).select_one("main form button")
    assert (first["name"], first["value"]) == ("action", "save")


def test_taking_the_number_out_forgets_the_lookup(register: Register, owner: Client, cast: Cast) -> None:
    saved(owner, cast, name="Porthwen Vehicle Hire")
    saved(owner, cast, legal_form="sole_trader", company_number="")
    assert not CompanyLookup.objects.exists()


def test_questions_about_nothing() -> None:
    details = {"company_number": "91000001", "name": "Bryn"}
    assert questions_about(details, Lookup(Outcome.DOWN)) == []
    assert questions_about(details, Lookup(Outcome.OFF)) == []


def test_a_register_without_an_address_takes_none_away() -> None:
    bare = RegisteredCompany("91000001", "BRYN LTD", "active", "ltd", "", "", "", "")
    typed = {"name": "", "address_line_1": "1 Lane", "town": "Bryn"}
    assert filled_in(typed, bare, replace=True) == typed | {
        "name": "BRYN LTD",
        "legal_form": "limited_company",
    }


# --- DfT's page ---------------------------------------------------------------------------------


def review(cast: Cast) -> str:
    return page("applications:application", cast.sent_application)


def kept(cast: Cast, **changes: str) -> CompanyLookup:
    values = {name: getattr(PORTHWEN, name) for name in PORTHWEN.__dataclass_fields__} | changes
    lookup = Lookup(Outcome.FOUND, RegisteredCompany(**values))
    services.keep_lookup(
        application=cast.sent_application, number=values["number"], lookup=lookup, by=cast.owner
    )
    return CompanyLookup.objects.get(company=cast.sent)


def rows_of(response: Any) -> dict[str, list[str]]:
    table = soup(response).find("caption", string="The company’s answers and Companies House").parent
    return {
        row.th.get_text(): [" ".join(cell.get_text(" ").split()) for cell in row.select("td")]
        for row in table.select("tbody tr")
    }


def test_dft_sees_the_differences_marked(cast: Cast) -> None:
    Company.objects.filter(pk=cast.sent.pk).update(company_number="91000001")
    kept(cast, status="liquidation", town="Môrfa", postcode="ZE2 9XY")
    shown = client_of(cast.assurer).get(review(cast))
    assert rows_of(shown) == {
        "Name": ["Sent Vehicle Hire Ltd", "PORTHWEN VEHICLE HIRE LTD Different"],
        "Status": ["", "Liquidation Not active"],
        "Legal form": ["Limited company", "Limited company"],
        "Address": ["1 Quay Road Ottersby ZE1 0AA", "2 Harbour Lane Môrfa ZE2 9XY Different"],
    }
    assert "Something differs from the company’s answers" in words_of(shown)


def test_dft_sees_that_nothing_differs(cast: Cast) -> None:
    Company.objects.filter(pk=cast.sent.pk).update(company_number="91000001")
    kept(cast, name="SENT VEHICLE HIRE LIMITED")
    shown = client_of(cast.assurer).get(review(cast))
    assert "It agrees with the company’s answers" in words_of(shown)
    assert "Different" not in str(rows_of(shown))


def test_dft_is_told_that_the_number_has_changed_since(cast: Cast) -> None:
    kept(cast)
    words = words_of(client_of(cast.assurer).get(review(cast)))
    assert f"but the company’s number is now {cast.sent.company_number}" in words


def test_dft_looks_again(register: Register, cast: Cast) -> None:
    Company.objects.filter(pk=cast.sent.pk).update(company_number="91000001")
    assurer = client_of(cast.assurer)
    assert "The number 91000001 has not been looked up" in words_of(assurer.get(review(cast)))
    address = page("applications:look_up", cast.sent_application)
    shown = assurer.post(address, follow=True)
    assert "Companies House has been asked again" in shown.content.decode()
    assert rows_of(shown)["Name"][1] == "PORTHWEN VEHICLE HIRE LTD Different"
    cache.clear()
    register.behave = answering(500)
    shown = assurer.post(address, follow=True)
    assert "Companies House could not be reached: 91000001" in words_of(shown)


def test_a_company_without_a_number_has_no_such_part(cast: Cast) -> None:
    Company.objects.filter(pk=cast.sent.pk).update(company_number="")
    words = words_of(client_of(cast.assurer).get(review(cast)))
    assert "Companies House has" not in words
    assert "Look up" not in words


def test_the_company_does_not_see_the_comparison(cast: Cast) -> None:
    kept(cast)
    assert "PORTHWEN" not in client_of(cast.owner).get(review(cast)).content.decode()


# --- What is kept -------------------------------------------------------------------------------


def test_one_row_for_a_company(cast: Cast) -> None:
    kept(cast)
    kept(cast, name="BRYN LTD")
    assert CompanyLookup.objects.get().name == "BRYN LTD"


def test_only_its_people_and_assurers_keep_a_lookup(cast: Cast) -> None:
    for person in (cast.other_owner, cast.viewer, cast.panel):
        with pytest.raises(PermissionDenied):
            services.keep_lookup(
                application=cast.sent_application,
                number="91000001",
                lookup=Lookup(Outcome.FOUND, PORTHWEN),
                by=person,
            )
    assert not CompanyLookup.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"outcome": "found", "name": ""},
        {"outcome": "down", "name": "BRYN LTD"},
        {"outcome": "off", "name": ""},
        {"outcome": "not_found", "name": "", "company_status": "active"},
        {"outcome": "found", "name": "BRYN LTD", "number": ""},
    ],
)
def test_the_database_refuses_half_a_lookup(cast: Cast, wrong: dict[str, str]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        CompanyLookup.objects.create(company=cast.sent, **{"number": "91000001"} | wrong)


# --- A developer's machine ----------------------------------------------------------------------


def test_the_made_up_register_serves(tmp_path: Path, settings: Any) -> None:
    ready = tmp_path / "address"
    command = [sys.executable, "-m", "rvss.local.companies_house", str(ready)]
    server = subprocess.Popen(command, cwd=settings.BASE_DIR, stderr=subprocess.DEVNULL)
    try:
        while not ready.exists():
            assert server.poll() is None
            time.sleep(0.02)
        settings.COMPANIES_HOUSE_URL, settings.COMPANIES_HOUSE_KEY = ready.read_text(), KEY
        for number, (name, status, *_) in COMPANIES.items():
            found = look_up(number).company
            assert found is not None
            assert (found.name, found.status) == (name, status)
        assert look_up("99999999").outcome == Outcome.NOT_FOUND
    finally:
        server.terminate()
        server.wait()
