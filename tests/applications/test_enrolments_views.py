"""The pages of an approved partner, and what DfT and a company see of it."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications import services
from applications.enrolling.columns import COLUMNS
from applications.models import Enrolment
from tests import factories as make
from tests.applications.enrolments import LONG, as_csv, enrol, receive, row, rows, work
from tests.applications.test_views_apply import client_of, errors_of, soup
from tests.cast import Cast


def words(response: Any) -> str:
    return " ".join(soup(response).get_text(" ").split())


def upload(client: Client, content: bytes, name: str = "aelodau.csv", **more: Any) -> Any:
    file = SimpleUploadedFile(name, content, content_type="text/csv")
    return client.post(reverse("applications:enrolment_send"), {"file": file, **more})


def url_of(name: str, row: Any) -> str:
    return reverse(f"applications:{name}", kwargs={"pk": row.pk})


# --- Sending ---


def test_a_file_is_sent_and_checked(cast: Cast) -> None:
    client = client_of(cast.partner)
    answer = upload(client, as_csv([row(1), row(2, postcode="x")]).encode("utf-16"))
    enrolment = Enrolment.objects.get()
    assert answer.headers["Location"] == url_of("enrolment", enrolment)
    assert (enrolment.file_name, enrolment.row_count, enrolment.source) == ("aelodau.csv", 2, "file")
    page = client.get(url_of("enrolment", enrolment))
    assert "Checking: 0 of 2 rows done." in words(page)
    assert soup(page).select_one("[data-reload]")
    work(enrolment)
    page = client.get(url_of("enrolment", enrolment))
    assert not soup(page).select_one("[data-reload]")
    assert "1 row has faults. 1 row has none. Nothing has been enrolled." in words(page)
    cells = [cell.get_text(strip=True) for cell in soup(page).select("tbody tr th, tbody tr td")]
    assert cells == ["3", "Postcode", "x", "This is no full UK postcode. Write it like ZE1 0AA."]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty"),
        (b"PK\x03\x04 xl", "This is a workbook"),
        (b"a,b\n1,2", "none of the names"),
    ],
)
def test_what_is_no_list_is_refused_at_the_field(cast: Cast, content: bytes, words: str) -> None:
    answer = upload(client_of(cast.partner), content)
    assert answer.status_code == 200
    assert len(errors_of(answer)) == 1
    assert words in errors_of(answer)[0]
    assert soup(answer).select_one(".govuk-error-summary a")["href"] == "#id_file"
    assert not Enrolment.objects.exists()


def test_no_file_at_all(cast: Cast) -> None:
    answer = client_of(cast.partner).post(reverse("applications:enrolment_send"))
    assert errors_of(answer) == ["Choose a CSV file"]


def test_the_same_file_again_shows_what_came_of_it(cast: Cast) -> None:
    client, content = client_of(cast.partner), as_csv([row(1)]).encode()
    upload(client, content)
    answer = upload(client, content, name="other.csv")
    enrolment = Enrolment.objects.get()
    assert answer.headers["Location"] == url_of("enrolment", enrolment)
    assert "You sent this file before, on" in words(client.get(url_of("enrolment", enrolment)))


def test_columns_that_are_not_ours_are_named(cast: Cast) -> None:
    lines = as_csv([row(1)]).splitlines()
    content = f"{lines[0]},Colour\n{lines[1]},red\n".encode()
    upload(client_of(cast.partner), content)
    page = client_of(cast.partner).get(url_of("enrolment", work(Enrolment.objects.get())))
    assert "These columns are not ours, and were left out: Colour" in words(page)
    assert "The row has no faults." in words(page)


def test_who_acts_for_two_bodies_says_for_which(cast: Cast) -> None:
    other = make.TradeBodyFactory(name="Guild of Hirers", is_partner=True)
    other.people.add(cast.partner)
    client, content = client_of(cast.partner), as_csv([row(1)]).encode()
    assert errors_of(upload(client, content)) == ["Choose the trade body"]
    stranger = make.TradeBodyFactory(is_partner=True)
    assert errors_of(upload(client, content, body=stranger.pk)) == ["Choose one of these trade bodies"]
    upload(client, content, body=other.pk)
    assert Enrolment.objects.get().body == other


def test_a_partner_without_an_approved_body_is_told_no(cast: Cast) -> None:
    cast.trade_body.is_partner = False
    cast.trade_body.save()
    assert client_of(cast.partner).get(reverse("applications:enrolment_send")).status_code == 403
    enrolment = make.EnrolmentFactory(body=cast.trade_body)
    assert client_of(cast.partner).get(url_of("enrolment", enrolment)).status_code == 404


def test_the_template_and_the_page_of_columns(cast: Cast) -> None:
    client = client_of(cast.partner)
    answer = client.get(reverse("applications:enrolment_template"))
    lines = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert lines[0] == [column.header for column in COLUMNS]
    assert len(lines) == 2
    page = words(client.get(reverse("applications:enrolment_columns")))
    for column in COLUMNS:
        assert column.header in page
        assert all(word in page for word in column.words)


# --- Faults as a file ---


def test_faults_come_as_csv_that_can_be_corrected_and_sent(cast: Cast) -> None:
    client = client_of(cast.partner)
    bad = row(2, postcode="x", contact_email="no", contact_telephone="+44 1632 960123")
    enrolment = receive(cast.trade_body, cast.partner, [(2, row(1)), (3, bad), (4, row(3, car="-1", van=""))])
    content = b"".join(client.get(url_of("enrolment_faults", enrolment))).decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(content)))
    assert [line["Row in your file"] for line in lines] == ["3", "4"]
    assert lines[0]["What is wrong"] == (
        "Postcode: This is no full UK postcode. Write it like ZE1 0AA; "
        "Contact email: This is no email address. Write one address, like name@example.com"
    )
    assert lines[0]["Contact telephone"] == "'+44 1632 960123", "no spreadsheet runs it"
    corrected = content.replace(",x,", ",ZE1 0AA,").replace(",no,", ",a@example.com,").replace("'-1", "4")
    upload(client, corrected.encode())
    again = work(Enrolment.objects.latest("pk"))
    assert (again.status, again.row_count, again.ignored_columns) == ("ready", 2, [])


# --- Enrolling ---


def test_enrolling_the_good_rows_is_said_on_its_own(cast: Cast) -> None:
    client = client_of(cast.partner)
    enrolment = receive(cast.trade_body, cast.partner, [(2, row(1)), (3, row(2, postcode="x"))])
    address = url_of("enrolment_import", enrolment)
    assert "Leave out the 1 row with faults" in words(client.get(address))
    answer = client.post(address)
    assert errors_of(answer) == [
        "Confirm that rows with faults are left out, or correct the file first",
        "Confirm that every company in the list is in scope of the scheme",
    ]
    enrolment.refresh_from_db()
    assert enrolment.status == "faulty"
    assert client.post(address, {"leave_out": "on", "in_scope": "on"}).status_code == 302
    assert client.post(address, {"leave_out": "on", "in_scope": "on"}).status_code == 302
    page = client.get(url_of("enrolment", enrolment))
    assert "Enrolling: 0 of 1 rows done." in words(page)
    work(enrolment)
    page = words(client.get(url_of("enrolment", enrolment)))
    assert "1 row was dealt with, and 1 with faults was left out." in page
    assert "Enrolled, not confirmed 1" in page
    assert client.get(address).status_code == 409


def test_a_list_without_faults_asks_only_for_scope(cast: Cast) -> None:
    client = client_of(cast.partner)
    enrolment = receive(cast.trade_body, cast.partner, rows(2))
    address = url_of("enrolment_import", enrolment)
    assert "Leave out" not in words(client.get(address))
    assert client.post(address, {"in_scope": "on"}).status_code == 302
    assert work(enrolment).status == "done"


def test_a_list_in_which_every_row_is_at_fault(cast: Cast) -> None:
    enrolment = receive(cast.trade_body, cast.partner, [(2, row(1, postcode="x"))])
    client = client_of(cast.partner)
    assert client.get(url_of("enrolment_import", enrolment)).status_code == 409
    assert "Enrol the rows" not in words(client.get(url_of("enrolment", enrolment)))


def test_an_error_is_shown_and_tried_again(cast: Cast) -> None:
    enrolment = receive(cast.trade_body, cast.partner, rows(1))
    services.start_import(enrolment=enrolment, leave_out_faulty=False, by=cast.partner)
    Enrolment.objects.update(status="failed", last_error="OperationalError")
    client = client_of(cast.partner)
    page = words(client.get(url_of("enrolment", enrolment)))
    assert "Something went wrong on our side" in page
    assert "OperationalError" not in page
    assert "OperationalError" in words(client_of(cast.lead).get(url_of("enrolment", enrolment)))
    assert client.post(url_of("enrolment_retry", enrolment)).status_code == 302
    assert work(enrolment).status == "done"
    assert client.post(url_of("enrolment_retry", enrolment)).status_code == 409


def test_withdrawing_a_list_asks_why(cast: Cast) -> None:
    client = client_of(cast.partner)
    enrolment = receive(cast.trade_body, cast.partner, rows(2))
    address = url_of("enrolment_withdraw", enrolment)
    assert errors_of(client.post(address, {"reason": " "})) == ["Enter the reason"]
    client.post(address, {"reason": "A newer list has been made."})
    page = words(client.get(url_of("enrolment", enrolment)))
    assert "Nothing of it was enrolled" in page
    assert "A newer list has been made." in page
    assert client.post(address, {"reason": "Again."}).status_code == 409


@pytest.mark.parametrize("outcome", ["", "faulty", "ready", "nonsense"])
def test_rows_are_filtered_by_what_became_of_them(cast: Cast, outcome: str) -> None:
    name = (LONG * 2).strip()
    enrolment = receive(cast.trade_body, cast.partner, [(2, row(1, name=name)), (3, row(2, postcode="x"))])
    page = words(client_of(cast.lead).get(url_of("enrolment_rows", enrolment), {"outcome": outcome}))
    assert (name in page) == (outcome != "faulty")
    assert ("Harbwr Hire 2 Ltd" in page) == (outcome != "ready")


# --- The same number of queries ---


@pytest.mark.parametrize("name", ["enrolments", "enrolled", "enrolment", "enrolment_rows", "enrolled_csv"])
@pytest.mark.parametrize("person", ["partner", "lead"])
def test_lists_cost_the_same_at_one_row_and_at_three(cast: Cast, name: str, person: str) -> None:
    by = cast.partner
    first = enrol(cast.trade_body, by, [(2, row(1)), (3, row(50, postcode="x"))])
    client = client_of(getattr(cast, person))
    address = (
        url_of(name, first) if name in {"enrolment", "enrolment_rows"} else reverse(f"applications:{name}")
    )

    def cost(address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            response = client.get(address)
            assert response.status_code == 200
            b"".join(response)
        return len(queries)

    client.get(address)
    once = cost(address)
    more = [(n, row(n, **({"postcode": "x"} if n > 60 else {}))) for n in (2, 3, 4, 61, 62, 63)]
    again = enrol(cast.trade_body, by, more)
    enrol(cast.trade_body, by, [(2, row(5))])
    if name in {"enrolment", "enrolment_rows"}:
        address = url_of(name, again)
    assert cost(address) == once
