"""Results sent by a partner's program: once each, with a pointer to each fault."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEvent
from assurance.models import PartnerCheck
from tests.applications.test_api_enrolments import Program
from tests.assurance.partners import join, send
from tests.cast import Cast
from tests.factories import PartnerCheckFactory

LIST = "/api/v1/partner-checks/"


@pytest.fixture
def program(cast: Cast) -> Program:
    join(cast.trade_body, cast.membership)
    return Program(cast.partner)


def result(cast: Cast, **changes: Any) -> dict[str, Any]:
    given = {
        "reference": "INSP-1",
        "membership": cast.membership.number,
        "kind": "on_site",
        "inspected_on": "2026-05-06",
        "inspected_by": "Field team",
        "outcome": "met_with_actions",
        "summary": "Two branches\nhave no record.",
        "edition": "2018",
        "points": {"1": "met", "4": "partly"},
    }
    return given | changes


def test_a_result_is_sent_and_read(cast: Cast, program: Program) -> None:
    answer = program.post(LIST, result(cast))
    made = PartnerCheck.objects.get()
    assert (answer.status_code, answer["Location"]) == (201, f"{LIST}{made.pk}/")
    assert answer.json() == result(cast) | {
        "id": made.pk,
        "partner": {"id": cast.trade_body.pk, "name": cast.trade_body.name},
        "kind_in_words": "On-site inspection",
        "outcome_in_words": "Met with actions",
        "replaces": None,
        "correction_reason": "",
        "replaced_by": None,
        "source": "api",
        "sha256": made.sha256,
        "sent_at": answer.json()["sent_at"],
    }
    assert program.get(answer["Location"]).json() == answer.json()
    assert program.get(LIST).json()["results"] == [answer.json()]
    verbs = AuditEvent.objects.order_by("-pk").values_list("verb", flat=True)[:2]
    assert list(verbs) == ["api_token.used", "partner_check.recorded"]


def test_the_same_again_is_200_and_other_content_409(cast: Cast, program: Program) -> None:
    first = program.post(LIST, result(cast))
    # Other words for the same, in another order.
    said = result(
        cast, kind="On-site inspection", inspected_on="6 May 2026", points={"4": "Partly", "1": "met"}
    )
    again = program.post(LIST, said)
    assert (again.status_code, again.json()) == (200, first.json())
    other = program.post(LIST, result(cast, outcome="not_met"))
    assert other.status_code == 409
    assert "names this one as the result that it replaces" in other.json()["detail"]
    assert PartnerCheck.objects.count() == 1


def test_what_came_by_the_form_is_known_here(cast: Cast, program: Program) -> None:
    made = send(cast, cast.membership)
    content = {
        "reference": made.reference,
        "membership": cast.membership.number,
        "kind": made.kind,
        "inspected_on": made.inspected_on.isoformat(),
        "inspected_by": made.inspected_by,
        "outcome": made.outcome,
    }
    answer = program.post(LIST, content)
    assert (answer.status_code, answer.json()["source"]) == (200, "form")


def test_a_correction_shows_in_both(cast: Cast, program: Program) -> None:
    first = program.post(LIST, result(cast))
    change = {"reference": "INSP-1a", "replaces": "INSP-1", "correction_reason": "Typed."}
    second = program.post(LIST, result(cast, **change)).json()
    assert (second["replaces"], second["replaced_by"]) == ("INSP-1", None)
    assert program.get(first["Location"]).json()["replaced_by"] == "INSP-1a"


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"referense": "x"}, {"/referense"}),
        ({"reference": ""}, {"/reference"}),
        ({"reference": 7, "kind": None}, {"/reference", "/kind"}),
        ({"reference": "x" * 61, "summary": "x" * 4001}, {"/reference", "/summary"}),
        ({"membership": "RVSS-999999"}, {"/membership"}),
        (
            {"membership": "12345678", "outcome": "fine", "inspected_on": "May"},
            {"/membership", "/outcome", "/inspected_on"},
        ),
        ({"inspected_on": "2099-01-01"}, {"/inspected_on"}),
        ({"points": ["met"]}, {"/points"}),
        (
            {"points": {"1": "good", "01": "met", "99": "met", "2": 1}},
            {f"/points/{n}" for n in ("1", "01", "99", "2")},
        ),
        ({"points": {"11": "met", "3": "not_applicable"}}, {"/points/11", "/points/3"}),
        ({"edition": "1066"}, {"/edition"}),
        ({"inspected_by": "a\u0007b"}, {"/inspected_by"}),
    ],
)
def test_each_fault_has_a_pointer(
    cast: Cast, program: Program, changes: dict[str, Any], pointers: set[str]
) -> None:
    answer = program.post(LIST, result(cast, **changes))
    assert answer.status_code == 400
    assert {fault["pointer"] for fault in answer.json()["errors"]} == pointers
    assert not PartnerCheck.objects.exists()


@pytest.mark.parametrize("body", ["[]", "3", "null", '"x"', "{"])
def test_what_is_no_object_is_400(program: Program, body: str) -> None:
    assert program.post(LIST, body).status_code == 400


def test_a_key_gets_the_same_answer(cast: Cast, program: Program) -> None:
    key = "a-key-of-mine"
    first, second = (program.post(LIST, result(cast), key=key) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert second["Idempotent-Replayed"] == "true"


def test_the_list_is_filtered_in_a_fixed_number_of_queries(cast: Cast, program: Program) -> None:
    counts = []
    program.get(LIST)  # the token notes its first use of a day
    for _ in range(2):
        for outcome in ("met", "not_met"):
            PartnerCheckFactory(body=cast.trade_body, membership=cast.membership, outcome=outcome)
        with CaptureQueriesContext(connection) as queries:
            found = program.get(LIST, outcome="not_met").json()["results"]
        counts.append((len(found), len(queries)))
    assert [found for found, _ in counts] == [1, 2]
    assert counts[0][1] == counts[1][1]
    assert program.get(LIST, outcome="fine").status_code == 400
