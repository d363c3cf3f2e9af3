"""Enrolment over the API: dry run, problems, import, companies; and a request that is sent again."""

from __future__ import annotations

import json
import threading
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import ApiToken, AuditEvent, KeptAnswer, User
from applications.models import EnrolledCompany, Enrolment, TradeBody
from tests.applications.enrolments import LONG, as_csv, row, work
from tests.cast import Cast, build_cast
from tests.factories import ApiTokenFactory, TradeBodyFactory, secret_of

LIST = "/api/v1/enrolments/"
COMPANIES = "/api/v1/enrolled-companies/"


class Program:
    """A partner's program: sends JSON with its token."""

    def __init__(self, user: User, number: int = 1, **token: Any) -> None:
        self.token: ApiToken = ApiTokenFactory(user=user, secret=secret_of(number), **token)
        self.client = Client(headers={"Authorization": f"Bearer {secret_of(number)}"})

    def get(self, address: str, **query: Any) -> Any:
        return self.client.get(address, query)

    def post(self, address: str, body: Any, *, key: str = "", kind: str = "application/json") -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        if not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        # Django's client forgets the type of an empty body.
        return self.client.post(address, body, content_type=kind, headers=headers, CONTENT_TYPE=kind)


@pytest.fixture
def program(cast: Cast) -> Program:
    return Program(cast.partner)


def sent(*numbers: int) -> dict[str, Any]:
    return {"name": "Members in May", "rows": [row(number) for number in numbers]}


def test_a_list_is_checked_enrolled_and_followed(cast: Cast, program: Program) -> None:
    rows: list[dict[str, Any]] = [row(1, name=(LONG * 2)[:200]), row(2, postcode="ZE1"), row(3)]
    rows[2] |= {"car": 12, "rental_models": ["From a counter or depot"], "regions": ["Wales", "London"]}
    rows[2] |= {"home_region": "Wales", "trading_names": None}
    answer = program.post(LIST, {"name": "Members in May", "rows": rows})
    enrolment = Enrolment.objects.get()
    address = f"{LIST}{enrolment.pk}/"
    assert (answer.status_code, answer["Location"]) == (202, address)
    assert answer.json() == {
        "id": enrolment.pk,
        "partner": {"id": cast.trade_body.pk, "name": "Association of Vehicle Hirers"},
        "source": "api",
        "name": "Members in May",
        "status": "checking",
        "status_in_words": "Being checked",
        "progress": {"done": 0, "of": 3},
        "row_count": 3,
        "checked_count": 0,
        "faulty_count": 0,
        "imported_count": 0,
        "ignored_columns": [],
        "sent_at": answer.json()["sent_at"],
        "import_at": None,
        "done_at": None,
        "problems": f"{address}problems/",
        "rows": f"{address}rows/",
    }
    refused = program.post(f"{address}import/", {})
    assert (refused.status_code, refused.json()["detail"]) == (409, "This list is now: Being checked.")
    work(enrolment)
    state = program.get(address).json()
    assert (state["status"], state["progress"], state["faulty_count"]) == ("faulty", {"done": 3, "of": 3}, 1)
    problems = program.get(state["problems"]).json()
    assert problems == {
        "next": None,
        "previous": None,
        "results": [
            {
                "row": 2,
                "column": "postcode",
                "heading": "Postcode",
                "written": "ZE1",
                "problem": enrolment.problems.get().text,
            }
        ],
    }
    refused = program.post(f"{address}import/", {})
    assert refused.status_code == 409
    assert refused.json()["detail"].startswith("The list has rows with faults.")
    answer = program.post(f"{address}import/", {"leave_out_faulty": True})
    assert (answer.status_code, answer["Location"]) == (202, address)
    assert (answer.json()["status"], answer.json()["progress"]) == ("importing", {"done": 0, "of": 2})
    again = program.post(f"{address}import/", {"leave_out_faulty": True})
    assert (again.status_code, again.json()["import_at"]) == (202, answer.json()["import_at"])
    work(enrolment)
    assert program.post(f"{address}import/", {"leave_out_faulty": True}).status_code == 200
    assert program.get(address).json()["status"] == "done"
    outcomes = [(each["row"], each["outcome"]) for each in program.get(state["rows"]).json()["results"]]
    assert outcomes == [(1, "new"), (2, "faulty"), (3, "new")]
    companies = program.get(COMPANIES).json()["results"]
    assert [(each["reference"], each["status"]) for each in companies] == [
        ("M-00001", "unconfirmed"),
        ("M-00003", "unconfirmed"),
    ]
    assert companies[0]["name"] == (LONG * 2)[:200].strip()
    used = AuditEvent.objects.filter(verb="api_token.used").order_by("pk")
    assert [(event.by, event.target_id, event.data["changed"]) for event in used] == [
        (cast.partner, str(program.token.pk), f"applications.enrolment {enrolment.pk}")
    ] * 2
    assert [event.data["path"] for event in used] == [LIST, f"{address}import/"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_a_csv_file_is_sent_as_it_is(program: Program, encoding: str) -> None:
    text = as_csv([row(1), row(2, name="Cwmni Llogi Siân")], delimiter=";")
    text = text.replace("ŷ", "y")  # cp1252 has no ŷ
    answer = program.post(LIST, text.encode(encoding), kind="text/csv")
    assert answer.status_code == 202
    enrolment = work(Enrolment.objects.get())
    assert (enrolment.row_count, enrolment.faulty_count, enrolment.file_name) == (2, 0, "Sent as CSV")
    names = [each["name"] for each in program.get(answer.json()["rows"]).json()["results"]]
    assert names == ["Harbwr Hire 1 Ltd", "Cwmni Llogi Siân"]


def test_the_same_list_again_is_the_same_enrolment(program: Program) -> None:
    first, second = program.post(LIST, sent(1, 2)), program.post(LIST, sent(1, 2))
    assert (first.status_code, second.status_code) == (202, 200)
    assert first["Location"] == second["Location"]
    assert Enrolment.objects.count() == 1
    assert AuditEvent.objects.filter(verb="api_token.used").count() == 1


def test_with_a_key_the_answer_comes_again(program: Program) -> None:
    key = str(uuid.uuid4())
    first = program.post(LIST, sent(1), key=key)
    work(Enrolment.objects.get())
    second = program.post(LIST, json.dumps(sent(1), indent=2), key=key)
    assert second.status_code == 202
    assert (second.json(), second["Location"]) == (first.json(), first["Location"])
    assert second["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    other = program.post(LIST, sent(2), key=key)
    assert other.status_code == 422
    assert "came with another request before" in other.json()["detail"]
    elsewhere = program.post(f"{first['Location']}import/", {}, key=key)
    assert elsewhere.status_code == 422
    assert Enrolment.objects.count() == 1


def test_a_key_is_one_persons_own(cast: Cast, program: Program) -> None:
    key = str(uuid.uuid4())
    program.post(LIST, sent(1), key=key)
    renewed = Program(cast.partner, 2)  # a new token of the same person
    assert renewed.post(LIST, sent(1), key=key)["Idempotent-Replayed"] == "true"
    from tests.test_api_access import other_partner

    stranger = Program(other_partner(), 3)
    answer = stranger.post(LIST, sent(1), key=key)
    assert answer.status_code == 202
    assert "Idempotent-Replayed" not in answer


def test_a_refusal_is_not_kept(program: Program) -> None:
    key = str(uuid.uuid4())
    assert program.post(LIST, {"rows": []}, key=key).status_code == 400
    assert not KeptAnswer.objects.exists()
    assert program.post(LIST, sent(1), key=key).status_code == 202


@pytest.mark.parametrize("key", ["short", "x" * 81, "with a blank", "ŷŷŷŷŷŷŷŷ"])
def test_a_malformed_key_is_told(program: Program, key: str) -> None:
    answer = program.post(LIST, sent(1), key=key.encode().decode("latin-1"))
    assert answer.status_code == 400
    assert "8 to 80 visible ASCII characters" in answer.json()["detail"]
    assert not Enrolment.objects.exists()


def test_kept_answers_are_forgotten_after_a_week(program: Program) -> None:
    from datetime import timedelta

    from django.utils import timezone

    from accounts.tasks import keep_tokens

    for days in (8, 6):
        program.post(LIST, sent(days), key=str(uuid.uuid4()))
        newest = KeptAnswer.objects.latest("pk")
        KeptAnswer.objects.filter(pk=newest.pk).update(created_at=timezone.now() - timedelta(days=days))
    assert keep_tokens()["forgotten"] == 1
    assert KeptAnswer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_with_one_key_are_one_enrolment() -> None:
    cast = build_cast()
    programs = [Program(cast.partner, number) for number in range(8)]
    key, barrier, answers = str(uuid.uuid4()), threading.Barrier(8), []

    def run(program: Program) -> None:
        barrier.wait()
        try:
            answers.append(program.post(LIST, sent(*range(300)), key=key))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(program,)) for program in programs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [202] * 8
    assert all(answer.json() == answers[0].json() for answer in answers)
    assert sum("Idempotent-Replayed" in answer for answer in answers) == 7
    assert Enrolment.objects.count() == 1


def test_who_acts_for_several_partners_says_for_which(cast: Cast, program: Program) -> None:
    other = TradeBodyFactory(name="Llŷn Hirers", is_partner=True)
    other.people.add(cast.partner)
    TradeBodyFactory(name="No partner").people.add(cast.partner)
    answer = program.post(LIST, sent(1))
    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        {
            "pointer": "/partner",
            "detail": "Say for which partner, as ?partner= in the address. "
            f"Yours: {cast.trade_body.pk} (Association of Vehicle Hirers); {other.pk} (Llŷn Hirers).",
        }
    ]
    answer = program.post(f"{LIST}?partner={other.pk}", sent(1))
    assert (answer.status_code, answer.json()["partner"]["name"]) == (202, "Llŷn Hirers")
    theirs = TradeBodyFactory(is_partner=True)
    assert program.post(f"{LIST}?partner={theirs.pk}", sent(2)).status_code == 400
    assert Enrolment.objects.get().body == other


def test_lists_are_filtered_and_paged(cast: Cast, program: Program) -> None:
    for number in range(3):
        program.post(LIST, sent(number))
    work(Enrolment.objects.earliest("pk"))
    states = [each["status"] for each in program.get(LIST).json()["results"]]
    assert states == ["checking", "checking", "ready"]
    assert len(program.get(LIST, status="ready").json()["results"]) == 1
    wrong = program.get(LIST, status="lost")
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "/status")
    many = Enrolment.objects.latest("pk")
    many.rows.all().delete()
    many.rows.model.objects.bulk_create(
        many.rows.model(enrolment=many, number=number, cells={}) for number in range(2, 252)
    )
    address, seen = f"{LIST}{many.pk}/rows/", []
    while address:
        page = program.get(address).json()
        seen += [each["row"] for each in page["results"]]
        address = page["next"]
    assert seen == list(range(2, 252))


@pytest.mark.parametrize(
    "cursor", ["x", "cD1hYmM=", "cD0lMDA=", "cD0tMQ==", "bz05OTk5OTk5OTk5OTk5OTk5", "ŷ", "%00"]
)
def test_a_made_up_cursor_is_told(program: Program, cursor: str) -> None:
    for address in (LIST, COMPANIES, "/api/v1/register/"):
        answer = program.client.get(f"{address}?cursor={cursor}")
        assert answer.status_code in {200, 400}
        if answer.status_code == 400:
            assert answer["Content-Type"] == "application/problem+json"


def test_other_partners_lists_are_not_there(cast: Cast, program: Program) -> None:
    from tests.test_api_access import other_partner

    stranger = Program(other_partner(), 2)
    address = program.post(LIST, sent(1))["Location"]
    work(Enrolment.objects.get())
    program.post(f"{address}import/", {})
    work(Enrolment.objects.get())
    assert stranger.get(LIST).json()["results"] == []
    assert stranger.get(COMPANIES).json()["results"] == []
    for end in ("", "rows/", "problems/"):
        assert stranger.get(f"{address}{end}").status_code == 404
    TradeBody.objects.update(is_partner=False)
    assert program.get(address).status_code == 404
    assert program.get(COMPANIES).json()["results"] == []


def test_companies_are_found(program: Program) -> None:
    answer = program.post(LIST, sent(1, 2, 3))
    work(Enrolment.objects.get())
    program.post(f"{answer['Location']}import/", {})
    work(Enrolment.objects.get())
    assert len(program.get(COMPANIES, q="M-00002").json()["results"]) == 1
    assert len(program.get(COMPANIES, q="harbwr", status="unconfirmed").json()["results"]) == 3
    assert program.get(COMPANIES, status="member").json()["results"] == []
    assert program.get(COMPANIES, status="mine").status_code == 400


def queries(program: Program, address: str) -> int:
    program.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert program.get(address).status_code == 200
    return len(asked)


def test_lists_ask_as_much_at_one_row_as_at_three(program: Program) -> None:
    def faulty(*numbers: int) -> dict[str, Any]:
        good = [row(number + 50) for number in numbers]
        return {"rows": [*good, *(row(number, postcode="") for number in numbers)]}

    asked: list[list[int]] = []
    for numbers in ((1,), (2, 3, 4)):
        address = program.post(LIST, faulty(*numbers))["Location"]
        enrolment = work(Enrolment.objects.latest("pk"))
        program.post(f"{address}import/", {"leave_out_faulty": True})
        work(enrolment)
        pages = (LIST, COMPANIES, f"{address}rows/", f"{address}problems/")
        asked.append([queries(program, page) for page in pages])
    assert EnrolledCompany.objects.count() == 4
    assert asked[0] == asked[1]
    assert max(asked[0]) <= 3
