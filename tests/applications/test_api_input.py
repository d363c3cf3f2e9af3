"""What a program may send: nothing that it can send makes the API fail or store half of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from accounts.models import AuditEvent
from applications.models import Enrolment
from tests.applications.enrolments import as_csv, row
from tests.applications.test_api_enrolments import LIST, Program
from tests.cast import Cast
from tests.factories import ApiTokenFactory, secret_of

MEGABYTE = 1024 * 1024
NOT_A_CELL = "Give text, a number, or a list of these."
NOT_A_NAME = "Give the list a name of 200 characters or fewer, or none."


@pytest.fixture
def program(cast: Cast) -> Program:
    return Program(cast.partner)


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, {"/rows": "Send a list of rows, one for each company."}),
        ({"rows": []}, {"/rows": "Send a list of rows, one for each company."}),
        ({"rows": {"name": "x"}}, {"/rows": "Send a list of rows, one for each company."}),
        ({"rows": ["x", {}]}, {"/rows/0": "A row is an object with a field for each column."}),
        (
            {"rows": [{"name": "A"}, {"nmae": "B", "a/b~c": 1}]},
            {
                "/rows/1/nmae": "There is no such column. The API's description lists the columns.",
                "/rows/1/a~1b~0c": "There is no such column. The API's description lists the columns.",
            },
        ),
        (
            {"rows": [{"name": {"first": "A"}, "van": True, "regions": [["Wales"]]}]},
            {f"/rows/0/{key}": NOT_A_CELL for key in ("name", "van", "regions")},
        ),
        (
            {"rows": [{"name": "A"}], "row": 1, "name": "x" * 201},
            {
                "/row": "There is no such field. Known are: name, rows.",
                "/name": NOT_A_NAME,
            },
        ),
        (
            {"rows": [{"name": "A"}], "name": 7},
            {"/name": NOT_A_NAME},
        ),
    ],
)
def test_each_fault_has_a_pointer(program: Program, body: Any, pointers: dict[str, str]) -> None:
    answer = program.post(LIST, body)
    assert answer.status_code == 400
    assert {each["pointer"]: each["detail"] for each in answer.json()["errors"]} == pointers
    things = "1 thing is" if len(pointers) == 1 else f"{len(pointers)} things are"
    assert answer.json()["detail"] == f"{things} wrong with what was sent. Nothing was saved."
    assert not Enrolment.objects.exists()


def test_not_more_faults_than_somebody_reads(program: Program) -> None:
    answer = program.post(LIST, {"rows": [{"x": 1}] * 9000})
    assert len(answer.json()["errors"]) == 100


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "1 thing is wrong"),
        (b"[]", "Send a JSON object."),
        (b'"rows"', "Send a JSON object."),
        (b"null", "Send a JSON object."),
        (b'{"rows": [', "The body is not JSON: Expecting value at line 1, column 11."),
        (b'{"rows": NaN}', "NaN is no number in JSON"),
        (b'{"rows": [{"car": Infinity}]}', "Infinity is no number in JSON"),
        (b'{"rows": [{"car": 1e999}]}', "The body holds a number that is too large."),
        (b'{"rows": [{"name": "a\x00b"}]}', "not JSON: Invalid control character at line 1, column 22."),
        (b'{"rows": [{"name": "a\\u0000b"}]}', "cannot be stored"),
        (b'{"rows": [{"na\\u0000me": "b"}]}', "cannot be stored"),
        (b'{"rows": [{"name": "\\ud800"}]}', "cannot be stored"),
        (b'{"rows": [{"name": "\xff"}]}', "The body is not UTF-8: byte 21 cannot be read."),
        (b'{"rows": ' + b"[" * 200_000, "nested too deeply"),
        (b'{"rows": [{"car": ' + b"9" * 5000 + b"}]}", "not JSON that can be used"),
    ],
)
def test_what_cannot_be_read_is_400(program: Program, body: bytes, words: str) -> None:
    answer = program.post(LIST, body)
    assert answer.status_code == 400
    assert words in answer.json()["detail"]
    assert not Enrolment.objects.exists()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "The file is empty."),
        (b"\x00" * 30, "The file is empty."),
        (as_csv([row(1)]).encode().replace(b"Quay", b"Qu\x00ay"), "NUL bytes"),
        (b"PK\x03\x04 rest", "This is a workbook"),
        (b"alpha,beta\n1,2\n", "none of the names of columns"),
        (as_csv([]).encode(), "There is no row"),
    ],
)
def test_a_file_that_is_no_list_is_400(program: Program, body: bytes, words: str) -> None:
    answer = program.post(LIST, body, kind="text/csv")
    assert answer.status_code == 400
    assert words in answer.json()["detail"]
    assert not Enrolment.objects.exists()


@pytest.mark.parametrize("address", [LIST, f"{LIST}1/", "/api/v1/register/", "/api/v1/take-up/", "/api/v2/"])
def test_nul_in_an_address_is_400(program: Program, address: str) -> None:
    answer = program.client.get(f"{address}?q=%00")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_large_bodies_are_413(program: Program) -> None:
    answer = program.post(LIST, {"rows": [{"name": "x" * (5 * MEGABYTE)}]})
    assert answer.status_code == 413
    assert answer.json()["detail"] == "The body may have 5 MB at most. Send it in parts."
    assert program.post(LIST, b"x" * (5 * MEGABYTE + 1), kind="text/csv").status_code == 413
    just = json.dumps({"rows": [{"name": "x" * (5 * MEGABYTE - 40)}]})
    assert program.post(LIST, just).status_code == 202
    many = program.post(LIST, {"rows": [{"name": "x"}] * 10_001})
    assert many.status_code == 400
    assert "10,001 rows" in many.json()["detail"]


def test_chunks_without_a_length_are_411(program: Program) -> None:
    answer = program.client.post(
        LIST,
        b"",
        content_type="application/json",
        headers={"Transfer-Encoding": "chunked"},
        CONTENT_LENGTH="",
    )
    assert answer.status_code == 411


@pytest.mark.parametrize(
    "kind", ["application/xml", "multipart/form-data; boundary=x", "text/plain", "nonsense"]
)
def test_other_types_are_415(program: Program, kind: str) -> None:
    answer = program.post(LIST, b"rows=1", kind=kind)
    assert answer.status_code == 415
    assert answer.json()["detail"] == "Send application/json, or text/csv where it says so."


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"leave_out_faulty": "yes"}, "/leave_out_faulty"),
        ({"leave_out": True}, "/leave_out"),
        (b"[true]", ""),
    ],
)
def test_an_import_says_clearly_what(program: Program, body: Any, pointer: str) -> None:
    address = program.post(LIST, {"rows": [row(1)]})["Location"]
    answer = program.post(f"{address}import/", body)
    assert answer.status_code == 400
    assert [each["pointer"] for each in answer.json()["errors"]] == ([pointer] if pointer else [])


def test_a_program_that_asks_too_often_is_told_when_to_go_on(cast: Cast, settings: Any) -> None:
    settings.API_TOKEN_REQUESTS_A_MINUTE = 3
    first, second = Program(cast.partner, 1), Program(cast.partner, 2, scopes=["enrolments:write"])
    assert [first.get(LIST).status_code for _ in range(5)] in ([200, 200, 200, 429, 429], [200] * 5)
    answer = first.get(LIST)
    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert answer.json()["title"] == "Too many requests"
    # Another token has a count of its own, which a refused scope counts for too.
    assert second.get(LIST).status_code == 403
    for _ in range(6):
        second.get(LIST)
    assert second.get(LIST).status_code == 429


def test_unknown_tokens_count_by_address(cast: Cast, monkeypatch: Any) -> None:
    from rest_framework.throttling import AnonRateThrottle

    monkeypatch.setattr(AnonRateThrottle, "THROTTLE_RATES", {"anon": "2/min"})
    ApiTokenFactory(user=cast.partner, secret=secret_of(1))
    stranger = Program(cast.partner, 2)
    stranger.client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {secret_of(9)}"
    assert [stranger.client.get(LIST).status_code for _ in range(3)] == [401, 401, 429]


def test_use_is_noted_once_a_day_only(program: Program, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(3):
        program.get(LIST)
    with django_assert_num_queries(2):
        program.get(LIST)
    program.token.refresh_from_db()
    assert program.token.last_used_on is not None
    assert not AuditEvent.objects.filter(verb="api_token.used").exists(), "reading leaves no entry"
