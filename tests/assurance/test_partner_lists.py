"""A file of results: every fault in words before anything is made, then taken over once whatever happens."""

from __future__ import annotations

import csv
import io
import threading
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Notification
from accounts.transitions import TransitionRefused
from applications.models import Membership
from assurance import services
from assurance.models import PartnerCheck, PartnerCheckList
from assurance.partner_columns import COLUMNS, MOST_ROWS, columns_for, read_row
from assurance.services import partner_lists
from assurance.tasks import sweep_partner_lists, work_on_partner_list
from tests import factories as make
from tests.assurance.partners import join, own_member, send
from tests.cast import Cast, build_cast
from tests.page_forms import errors_in
from tests.signing_in import client_for

SEND = reverse("assurance:partner_list_send")


def row(member: Membership, number: int = 1, **changes: str) -> dict[str, str]:
    cells = {
        "reference": f"INSP-{number}",
        "membership": member.number,
        "kind": "On-site inspection",
        "inspected_on": "6/5/2026",
        "inspected_by": "Field team",
        "outcome": "Met with actions",
        "summary": "Keys are locked away.",
        "edition": "2018",
        "point_1": "Met",
        "point_4": "partly",
    }
    return {key: value for key, value in (cells | changes).items() if value}


def receive(cast: Cast, rows: list[dict[str, str]], sha256: str = "a" * 64) -> PartnerCheckList:
    sent, _ = services.receive_partner_list(
        body=cast.trade_body,
        rows=list(enumerate(rows, start=2)),
        file_name="results.csv",
        sha256=sha256,
        by=cast.partner,
    )
    return sent


def take_over(sent: PartnerCheckList, cast: Cast) -> PartnerCheckList:
    services.take_over_partner_list(sent=sent, by=cast.partner)
    work_on_partner_list(sent.pk)
    sent.refresh_from_db()
    return sent


def faults(sent: PartnerCheckList) -> list[tuple[int, str]]:
    return [(problem.row.number, problem.column) for problem in sent.problems.select_related("row")]


def as_file(rows: list[dict[str, str]], delimiter: str = ",", encoding: str = "utf-8") -> SimpleUploadedFile:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    columns = columns_for(10)
    writer.writerow([column.header for column in columns])
    writer.writerows([each.get(column.key, "") for column in columns] for each in rows)
    return SimpleUploadedFile("results.csv", text.getvalue().encode(encoding), "text/csv")


@pytest.fixture
def member(cast: Cast) -> Membership:
    return join(cast.trade_body, cast.membership)


def test_a_file_is_looked_through_and_taken_over(cast: Cast, member: Membership) -> None:
    client = client_for(cast.partner)
    answer = client.post(SEND, {"file": as_file([row(member), row(member, 2, outcome="not met")])})
    sent = PartnerCheckList.objects.get()
    address = reverse("assurance:partner_list", kwargs={"pk": sent.pk})
    assert answer["Location"] == address
    assert (sent.status, sent.row_count, sent.faulty_count) == ("ready", 2, 0)
    assert not PartnerCheck.objects.exists()
    assert b"Take over these results" in client.get(address).content
    client.post(reverse("assurance:partner_list_take_over", kwargs={"pk": sent.pk}))
    assert b"0 of 2 rows done" in client.get(address).content
    work_on_partner_list(sent.pk)
    sent.refresh_from_db()
    assert (sent.status, sent.imported_count, sent.import_by) == ("done", 2, cast.partner)
    results = list(PartnerCheck.objects.order_by("pk"))
    assert [(each.reference, each.outcome, each.source, each.sent_in) for each in results] == [
        ("INSP-1", "met_with_actions", "file", sent),
        ("INSP-2", "not_met", "file", sent),
    ]
    assert {each.point.number: each.result for each in results[0].findings.all()} == {1: "met", 4: "partly"}
    assert list(sent.rows.values_list("outcome", "result")) == [("new", each.pk) for each in results]
    assert Notification.objects.filter(user=cast.partner, subject__contains="results.csv").count() == 1
    assert b"Taken over" in client.get(address).content
    verbs = AuditEvent.objects.filter(verb__startswith="partner_").order_by("pk")
    assert [event.verb for event in verbs] == [
        "partner_list.received",
        "partner_list.import_started",
        "partner_check.recorded",
        "partner_check.recorded",
        "partner_list.done",
    ]


def test_every_fault_is_told_by_row_and_column(cast: Cast, member: Membership) -> None:
    send(cast, member, reference="OLD")
    other = make.MembershipFactory()
    rows = [
        row(member),
        row(member, 2, reference="", kind="by phone", inspected_on="32 5 2026", outcome="fine"),
        row(other, 3),
        row(member, 4, membership="00123", inspected_by=""),
        row(member, 1),
        row(member, 6, reference="OLD"),
        row(member, 7, replaces="OLD", correction_reason="Typed."),
        row(member, 8, replaces="OLD", correction_reason="Typed."),
        row(member, 9, replaces="GONE", correction_reason="Typed."),
        row(member, 10, inspected_on="1 1 2099", edition="1066"),
        row(member, 11, point_11="met", point_1="not applicable"),
        row(member, 12, outcome="Met", summary="x" * 4001),
    ]
    sent = receive(cast, rows)
    assert (sent.status, sent.row_count, sent.faulty_count) == ("faulty", 12, 10)
    assert faults(sent) == [
        *((3, name) for name in ("reference", "kind", "inspected_on", "outcome")),
        (4, "membership"),
        *((5, name) for name in ("membership", "inspected_by")),
        (6, "reference"),
        (7, "reference"),
        (9, "replaces"),
        (10, "replaces"),
        *((11, name) for name in ("inspected_on", "edition")),
        *((12, name) for name in ("point_1", "point_11")),
        (13, "summary"),
    ]
    page = client_for(cast.partner).get(reverse("assurance:partner_list", kwargs={"pk": sent.pk}))
    text = BeautifulSoup(page.content, "html.parser").get_text(" ", strip=True)
    assert "None of your members has this number." in text
    assert "Row 2 has the same reference. Give each result another." in text
    assert "Showing 1 to 16 of 16 faults" in text
    assert PartnerCheck.objects.count() == 1
    with pytest.raises(TransitionRefused, match="Correct the file"):
        services.take_over_partner_list(sent=sent, by=cast.partner)


def test_the_same_file_again_is_the_same_list_unless_it_had_faults(cast: Cast, member: Membership) -> None:
    first = receive(cast, [row(member)])
    assert receive(cast, [row(member)]) == first
    take_over(first, cast)
    assert receive(cast, [row(member)]) == first
    later = own_member(cast.trade_body)
    later.company.trade_bodies.clear()
    faulty = receive(cast, [row(later, 2)], "b" * 64)
    assert faulty.status == "faulty"
    later.company.trade_bodies.add(cast.trade_body)
    assert receive(cast, [row(later, 2)], "b" * 64).status == "ready"


def test_rows_that_were_sent_before_make_nothing(cast: Cast, member: Membership) -> None:
    take_over(receive(cast, [row(member), row(member, 2)]), cast)
    second = take_over(receive(cast, [row(member), row(member, 2), row(member, 3)], "b" * 64), cast)
    assert [each.outcome for each in second.rows.all()] == ["known", "known", "new"]
    assert PartnerCheck.objects.count() == 3


def test_what_became_wrong_since_is_left_out_with_the_reason(cast: Cast, member: Membership) -> None:
    sent = receive(cast, [row(member), row(member, 2)])
    send(cast, member, reference="INSP-2")
    take_over(sent, cast)
    first, second = sent.rows.all()
    assert (first.outcome, second.outcome) == ("new", "skipped")
    assert "You have sent another result with this reference" in second.reason
    assert (sent.status, sent.imported_count) == ("done", 2)


def test_taken_over_twice_it_is_done_once(cast: Cast, member: Membership) -> None:
    sent = receive(cast, [row(member, n) for n in range(3)])
    for _ in range(2):
        services.take_over_partner_list(sent=sent, by=cast.partner)
    for _ in range(3):
        work_on_partner_list(sent.pk)
    assert PartnerCheck.objects.count() == 3
    assert AuditEvent.objects.filter(verb="partner_list.import_started").count() == 1


def test_after_three_errors_the_partner_goes_on(cast: Cast, member: Membership) -> None:
    sent = receive(cast, [row(member, n) for n in range(60)])
    services.take_over_partner_list(sent=sent, by=cast.partner)
    real, calls = partner_lists.import_partner_rows, []

    def breaks_off(*, list_id: int) -> bool:
        calls.append(list_id)
        if len(calls) == 1:
            return real(list_id=list_id)
        raise RuntimeError

    with mock.patch.object(partner_lists, "import_partner_rows", breaks_off):
        work_on_partner_list(sent.pk)
        sent.refresh_from_db()
        assert (sent.status, sent.imported_count, sent.last_error) == ("importing", 50, "RuntimeError")
        assert sweep_partner_lists() == 0
        for _ in range(3):
            PartnerCheckList.objects.update(worked_at=timezone.now() - timedelta(minutes=2))
            assert partner_lists.stuck_partner_lists() in ([sent.pk], [])
            work_on_partner_list(sent.pk)
    sent.refresh_from_db()
    assert (sent.status, sent.attempts) == ("failed", 3)
    take_over(sent, cast)
    assert (sent.status, sent.imported_count, PartnerCheck.objects.count()) == ("done", 60, 60)
    assert AuditEvent.objects.filter(verb="partner_list.retried").count() == 1


def test_a_lost_task_is_started_again(cast: Cast, member: Membership) -> None:
    sent = receive(cast, [row(member)])
    services.take_over_partner_list(sent=sent, by=cast.partner)
    PartnerCheckList.objects.update(worked_at=timezone.now() - timedelta(minutes=2))
    with mock.patch("assurance.tasks.work_on_partner_list.delay") as delay:
        assert sweep_partner_lists() == 1
    delay.assert_called_once_with(sent.pk)


def test_only_the_people_of_the_partner_send_and_take_over(cast: Cast, member: Membership) -> None:
    sent = receive(cast, [row(member)])
    for user in (cast.owner, cast.lead, cast.administrator, make.UserFactory(role="partner")):
        with pytest.raises(PermissionDenied):
            services.take_over_partner_list(sent=sent, by=user)
        with pytest.raises(PermissionDenied):
            services.receive_partner_list(
                body=cast.trade_body, rows=[(2, row(member))], file_name="x", sha256="c" * 64, by=user
            )
        if user != cast.partner:
            assert not PartnerCheckList.objects.visible_to(user).exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty. Download the template, and enter one result on each row"),
        (b"Colour\nred\n", "The first row has none of the names of columns"),
        (b"Your reference,Outcome\nA,Met\n", "These columns are missing: Membership number"),
        (b"PK\x03\x04", "This is a workbook"),
        ("\n".join(["Your reference", *["A"] * 2]).encode(), "These columns are missing"),
    ],
)
def test_a_file_that_is_no_list_is_refused_at_the_field(cast: Cast, content: bytes, words: str) -> None:
    answer = client_for(cast.partner).post(SEND, {"file": SimpleUploadedFile("x.csv", content)})
    assert errors_in(answer.content) == {"id_file"}
    assert words in BeautifulSoup(answer.content, "html.parser").get_text(" ", strip=True)


def test_too_many_rows_are_refused(cast: Cast, member: Membership) -> None:
    rows = [row(member, n) for n in range(MOST_ROWS + 1)]
    answer = client_for(cast.partner).post(SEND, {"file": as_file(rows)})
    assert "Split it into files of 2,000 rows or fewer" in answer.content.decode()


def test_the_template_holds_the_columns_and_its_example_is_refused(cast: Cast) -> None:
    client = client_for(cast.partner)
    answer = client.get(reverse("assurance:partner_list_template"))
    content = b"".join(answer.streaming_content)
    header, example = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert header == [column.header for column in COLUMNS[: header.index("Point 10") + 1]]
    cells = dict(zip([column.key for column in COLUMNS], example, strict=False))
    facts, problems = read_row(cells)
    assert facts is None
    assert problems[0].text.startswith("This is the example of the template")
    good, none = read_row(cells | {"reference": "INSP-1"})
    assert none == []
    assert good is not None
    assert good.points == {1: "met", 4: "partly"}
    assert client.get(reverse("assurance:partner_list_columns")).status_code == 200


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_encodings_and_separators(cast: Cast, member: Membership, encoding: str) -> None:
    rows = [row(member, inspected_by="Tîm maes – y Cynghrair")]
    client_for(cast.partner).post(SEND, {"file": as_file(rows, ";", encoding)})
    sent = PartnerCheckList.objects.get()
    assert sent.status == "ready"
    take_over(sent, cast)
    assert PartnerCheck.objects.get().inspected_by == "Tîm maes – y Cynghrair"


def test_looking_through_takes_as_many_queries_for_more_rows(cast: Cast, member: Membership) -> None:
    counts = []
    for count in (1, 30):
        rows = [row(member, 1000 * count + n) for n in range(count)]
        with CaptureQueriesContext(connection) as queries:
            receive(cast, rows, f"{count:064}")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_database_keeps_lists_whole(cast: Cast, member: Membership) -> None:
    sent = take_over(receive(cast, [row(member)]), cast)
    wrong: list[Any] = [
        lambda: make.PartnerCheckListFactory(status="faulty"),
        lambda: make.PartnerCheckListFactory(faulty_count=1),
        lambda: make.PartnerCheckListFactory(status="importing"),
        lambda: make.PartnerCheckListFactory(body=sent.body, sha256=sent.sha256),
        lambda: PartnerCheckList.objects.update(status="ready"),
        lambda: sent.rows.update(reason="x"),
        lambda: PartnerCheckList.objects.update(imported_count=5),
    ]
    for attempt in wrong:
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_make_each_result_once() -> None:
    cast = build_cast()
    member = join(cast.trade_body, cast.membership)
    sent = receive(cast, [row(member, n) for n in range(120)])
    services.take_over_partner_list(sent=sent, by=cast.partner)
    start = threading.Barrier(2)

    def work() -> None:
        try:
            start.wait()
            work_on_partner_list(sent.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent.refresh_from_db()
    assert (sent.status, sent.imported_count, PartnerCheck.objects.count()) == ("done", 120, 120)
