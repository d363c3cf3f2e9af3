"""The dry run and the enrolling: exact faults, exact companies, and the work however often it is done."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEvent, Notification
from accounts.services import FIRST_DIGEST, digest_event
from accounts.tasks import send_notification, sweep_notifications
from accounts.transitions import TransitionRefused
from applications import services
from applications.models import (
    Application,
    Company,
    EnrolledCompany,
    Enrolment,
    Invitation,
)
from applications.searching import search_words
from applications.services import enrolled_companies, enrolment_checking, enrolment_importing, enrolments
from applications.tasks import sweep_enrolments, work_on_enrolment
from tests import factories as make
from tests.applications.enrolments import LONG, enrol, faulty_rows, receive, row, rows, work
from tests.cast import Cast


def outcomes(enrolment: Enrolment) -> list[tuple[int, str, str]]:
    return list(enrolment.rows.order_by("number").values_list("number", "outcome", "reason"))


# --- The dry run ---


def test_a_list_without_faults_is_ready_and_nothing_is_enrolled(cast: Cast) -> None:
    before = Company.objects.count()
    enrolment = receive(cast.trade_body, cast.partner, rows(3))
    assert (enrolment.status, enrolment.row_count, enrolment.checked_count) == ("ready", 3, 3)
    assert (enrolment.faulty_count, enrolment.imported_count) == (0, 0)
    assert Company.objects.count() == before
    assert not EnrolledCompany.objects.exists()
    assert not Notification.objects.exists()
    verbs = list(AuditEvent.objects.order_by("pk").values_list("verb", "by"))
    assert verbs == [("enrolment.received", cast.partner.pk), ("enrolment.checked", None)]


def test_each_fault_is_at_its_row_and_column(cast: Cast) -> None:
    made, places = faulty_rows(1200, 60, seed=3)
    enrolment = receive(cast.trade_body, cast.partner, list(enumerate(made, start=2)))
    assert (enrolment.status, enrolment.faulty_count) == ("faulty", 60)
    assert set(enrolment.problems.values_list("row__number", "column")) == places
    written = dict(enrolment.problems.values_list("row__number", "written"))
    for number, key in places:
        assert written[number] == made[number - 2].get(key, "")


def test_the_first_of_two_rows_about_one_company_keeps_its_place(cast: Cast) -> None:
    given = [
        (2, row(1)),
        (3, row(2, company_number="20 000 001")),
        (4, row(1, name="HARBWR HIRE 1 LIMITED", legal_form="Sole trader", company_number="")),
        (5, row(5)),
        # The same name and postcode with a number of its own is another company in law.
        (6, row(1, company_number="29999999")),
        (7, row(1)),
    ]
    enrolment = receive(cast.trade_body, cast.partner, given)
    found = list(enrolment.problems.values_list("row__number", "column", "text"))
    assert found == [
        (3, "company_number", "Row 2 has the same number. Keep one of the rows for each company"),
        (4, "name", "Row 2 has the same name and postcode. Keep one of the rows for each company"),
        (7, "company_number", "Row 2 has the same number. Keep one of the rows for each company"),
    ]


def test_repeats_are_found_across_chunks(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enrolment_checking, "CHUNK", 2)
    given = [*rows(5), (7, row(1)), (8, row(3, company_number="", legal_form="Partnership"))]
    enrolment = receive(cast.trade_body, cast.partner, given)
    assert list(enrolment.problems.values_list("row__number", "column")) == [
        (7, "company_number"),
        (8, "name"),
    ]


def test_the_dry_run_does_not_tell_who_is_in_the_service(cast: Cast) -> None:
    known = row(1, company_number=cast.alpha.company_number)
    enrolment = receive(cast.trade_body, cast.partner, [(2, known)])
    assert outcomes(enrolment) == [(2, "ready", "")]
    assert not Notification.objects.exists()


@pytest.mark.parametrize("count", [3, 40])
def test_a_chunk_costs_the_same_for_any_number_of_rows(cast: Cast, count: int) -> None:
    enrolment, _ = services.receive_enrolment(
        body=cast.trade_body, rows=rows(count), file_name="a.csv", by=cast.partner
    )
    with CaptureQueriesContext(connection) as queries:
        assert enrolment_checking.check_rows(enrolment_id=enrolment.pk)
    assert len(queries) == 7, [query["sql"][:80] for query in queries]
    work(enrolment)
    services.start_import(enrolment=enrolment, leave_out_faulty=False, by=cast.partner)
    with CaptureQueriesContext(connection) as queries:
        assert enrolment_importing.import_rows(enrolment_id=enrolment.pk)
    assert len(queries) == 26, [query["sql"][:80] for query in queries]


# --- Sent again, refused, withdrawn ---


def test_the_same_list_sent_again_is_known(cast: Cast) -> None:
    enrolment = receive(cast.trade_body, cast.partner, rows(2))
    again, is_new = services.receive_enrolment(
        body=cast.trade_body, rows=rows(2), file_name="other-name.csv", by=cast.partner
    )
    assert (again, is_new) == (enrolment, False)
    other_body = make.TradeBodyFactory(is_partner=True)
    other_body.people.add(cast.partner)
    assert services.receive_enrolment(body=other_body, rows=rows(2), file_name="x", by=cast.partner)[1]
    services.withdraw_enrolment(enrolment=enrolment, reason="Wrong list.", by=cast.partner)
    assert services.receive_enrolment(body=cast.trade_body, rows=rows(2), file_name="x", by=cast.partner)[1]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([], "There is no row"),
        ([(place, {}) for place in range(10_001)], "10,001 rows"),
        ([(2, row(1)), (2, row(2))], "one number"),
        ([(2, {"colour": "red"})], "no column “colour”"),
    ],
    ids=["empty", "too many", "numbers", "column"],
)
def test_a_list_that_is_none_is_refused_as_a_whole(cast: Cast, given: Any, words: str) -> None:
    with pytest.raises(services.RowsRefused, match=words):
        services.receive_enrolment(body=cast.trade_body, rows=given, file_name="x", by=cast.partner)
    assert not Enrolment.objects.exists()


@pytest.mark.parametrize("person", ["owner", "assurer", "lead", "panel", "administrator"])
def test_only_the_partners_people_enrol(cast: Cast, person: str) -> None:
    by = getattr(cast, person)
    enrolment = receive(cast.trade_body, cast.partner, rows(1))
    for call in (
        lambda: services.receive_enrolment(body=cast.trade_body, rows=rows(2), file_name="x", by=by),
        lambda: services.start_import(enrolment=enrolment, leave_out_faulty=True, by=by),
        lambda: services.retry_enrolment(enrolment=enrolment, by=by),
        lambda: services.withdraw_enrolment(enrolment=enrolment, reason="No.", by=by),
    ):
        with pytest.raises(PermissionDenied):
            call()


def test_a_trade_body_that_is_not_approved_enrols_nobody(cast: Cast) -> None:
    cast.trade_body.is_partner = False
    cast.trade_body.save()
    with pytest.raises(PermissionDenied):
        receive(cast.trade_body, cast.partner, rows(1))
    other = make.UserFactory(role="partner")
    make.TradeBodyFactory(is_partner=True).people.add(other)
    cast.trade_body.is_partner = True
    cast.trade_body.save()
    with pytest.raises(PermissionDenied):
        receive(cast.trade_body, other, rows(1))


def test_a_withdrawn_list_keeps_no_rows(cast: Cast) -> None:
    enrolment = receive(cast.trade_body, cast.partner, [(2, row(1, postcode="x")), (3, row(2))])
    services.withdraw_enrolment(enrolment=enrolment, reason="A newer one.", by=cast.partner)
    enrolment.refresh_from_db()
    assert (enrolment.status, enrolment.reason) == ("withdrawn", "A newer one.")
    assert (enrolment.rows.count(), enrolment.problems.count()) == (0, 0)
    with pytest.raises(TransitionRefused):
        services.start_import(enrolment=enrolment, leave_out_faulty=True, by=cast.partner)


# --- Enrolling ---


def test_rows_with_faults_are_left_out_only_when_the_partner_says_so(cast: Cast) -> None:
    enrolment = receive(cast.trade_body, cast.partner, [(2, row(1, postcode="x")), (3, row(2))])
    with pytest.raises(TransitionRefused, match="has rows with faults"):
        services.start_import(enrolment=enrolment, leave_out_faulty=False, by=cast.partner)
    services.start_import(enrolment=enrolment, leave_out_faulty=True, by=cast.partner)
    work(enrolment)
    assert (enrolment.status, enrolment.imported_count) == ("done", 1)
    assert outcomes(enrolment) == [(2, "faulty", ""), (3, "new", "")]
    bad = receive(cast.trade_body, cast.partner, [(2, row(9, postcode="x"))])
    with pytest.raises(TransitionRefused, match="Every row has faults"):
        services.start_import(enrolment=bad, leave_out_faulty=True, by=cast.partner)


def test_a_new_company_has_its_facts_a_draft_and_an_invitation(cast: Cast) -> None:
    name = f"{LONG * 2}Llŷn".strip()
    cells = row(3, name=name, owner_email="Mared@Example.com", contact_email="sian@example.com")
    enrolment = enrol(cast.trade_body, cast.partner, [(2, cells)])
    tie = EnrolledCompany.objects.get()
    company = Company.objects.get(pk=tie.company_id)
    assert (company.name, company.company_number, company.postcode) == (name, "20000003", "ZE4 3AA")
    assert (company.legal_form, company.rental_models) == ("limited_company", ["counter", "delivery"])
    assert (company.regions, company.home_region) == (["TLM"], "TLM")
    assert (company.fleet_size, company.fleet_band) == (1006, "very_large")
    assert dict(company.fleet.values_list("vehicle_class", "vehicles")) == {"car": 1003, "van": 3}
    assert sorted(company.trading_names.values_list("name", flat=True)) == ["Harbwr 3", "Llŷn 3"]
    assert list(company.trade_bodies.all()) == [cast.trade_body]
    assert company in Company.objects.matching("llyn harbwr")
    assert company.search_terms.startswith(search_words(name)[:20])
    contact = company.security_contacts.get()
    assert (contact.email, contact.standing, contact.kind) == ("sian@example.com", "unasked", "contact")
    application = company.applications.get()
    assert (application.status, application.origin, application.partner) == (
        "draft",
        "partner",
        cast.trade_body,
    )
    assert not company.people.exists()
    assert not company.memberships.exists()
    invitation = company.invitations.get()
    assert (invitation.email, invitation.level, invitation.status) == ("mared@example.com", "owner", "open")
    mail = Notification.objects.get(to="mared@example.com")
    assert mail.user is None, "a key is in no list of messages"
    assert "Association of Vehicle Hirers has enrolled" in mail.subject
    assert "The company is no member yet" in mail.body
    token = re.search(r"/invitations/(\S+)/", mail.body)
    assert token
    assert services.people.find_invitation(token[1]) == invitation
    assert (tie.status, tie.kind, tie.enrolment, tie.email) == (
        "unconfirmed",
        "new",
        enrolment,
        "mared@example.com",
    )
    assert Notification.objects.get(user=cast.partner).subject == "The companies of members.csv are enrolled"


def test_the_record_stays_one_chain(cast: Cast) -> None:
    enrol(cast.trade_body, cast.partner, rows(25))
    previous = FIRST_DIGEST
    for event in AuditEvent.objects.order_by("pk"):
        assert event.previous_digest == previous
        assert event.digest == digest_event(event)
        previous = event.digest
    assert AuditEvent.objects.filter(verb="company.enrolled", by=cast.partner).count() == 25


def test_enrolled_once_however_often_the_task_runs(cast: Cast) -> None:
    enrolment = enrol(cast.trade_body, cast.partner, rows(5))
    services.start_import(enrolment=enrolment, leave_out_faulty=True, by=cast.partner)
    work(enrolment)
    again = enrol(cast.trade_body, cast.partner, [*rows(5), (9, row(77))])
    assert [outcome for _, outcome, _ in outcomes(again)] == ["known"] * 5 + ["new"]
    assert EnrolledCompany.objects.count() == Invitation.objects.count() == 6
    assert Application.objects.filter(origin="partner").count() == 6


def test_a_chunk_that_breaks_off_is_done_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enrolment_importing, "CHUNK", 3)
    enrolment = receive(cast.trade_body, cast.partner, rows(7))
    services.start_import(enrolment=enrolment, leave_out_faulty=False, by=cast.partner)
    real, calls = enrolment_importing.tell_asked, []

    def breaks(ties: Any) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("power cut")
        real(ties)

    monkeypatch.setattr(enrolment_importing, "tell_asked", breaks)
    work(enrolment)
    assert (enrolment.status, enrolment.imported_count) == ("importing", 3)
    assert enrolment.last_error == "RuntimeError"
    assert Company.objects.filter(enrolled__isnull=False).count() == 3
    work(enrolment)
    assert (enrolment.status, enrolment.imported_count, enrolment.last_error) == ("done", 7, "")
    assert EnrolledCompany.objects.count() == 7


def test_it_fails_after_three_attempts_and_goes_on_when_retried(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrolment = receive(cast.trade_body, cast.partner, rows(2))
    services.start_import(enrolment=enrolment, leave_out_faulty=False, by=cast.partner)
    with monkeypatch.context() as patch:
        patch.setattr(enrolment_importing, "make_companies", lambda **kwargs: 1 / 0)
        for _ in range(3):
            work(enrolment)
    assert (enrolment.status, enrolment.attempts, enrolment.last_error) == ("failed", 3, "ZeroDivisionError")
    work(enrolment)
    assert enrolment.status == "failed"
    services.retry_enrolment(enrolment=enrolment, by=cast.partner)
    work(enrolment)
    assert (enrolment.status, enrolment.imported_count) == ("done", 2)
    with pytest.raises(TransitionRefused):
        services.retry_enrolment(enrolment=enrolment, by=cast.partner)


def test_a_worker_that_dies_over_and_over_ends_as_failed(cast: Cast) -> None:
    enrolment, _ = services.receive_enrolment(
        body=cast.trade_body, rows=rows(1), file_name="x", by=cast.partner
    )
    for _ in range(3):
        assert enrolments.claim_enrolment(enrolment_id=enrolment.pk)
    assert enrolments.claim_enrolment(enrolment_id=enrolment.pk) is None
    enrolment.refresh_from_db()
    assert enrolment.status == "checking", "the others may be at work"
    Enrolment.objects.update(worked_at=timezone.now() - timedelta(minutes=2))
    assert enrolments.claim_enrolment(enrolment_id=enrolment.pk) is None
    enrolment.refresh_from_db()
    assert (enrolment.status, "stopped in the middle" in enrolment.last_error) == ("failed", True)


def test_the_sweeper_starts_again_what_stands_still(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    enrolment, _ = services.receive_enrolment(
        body=cast.trade_body, rows=rows(1), file_name="x", by=cast.partner
    )
    started: list[int] = []
    monkeypatch.setattr(work_on_enrolment, "delay", started.append)
    assert sweep_enrolments() == 0
    Enrolment.objects.update(worked_at=timezone.now() - timedelta(minutes=2))
    assert sweep_enrolments() == 1
    assert started == [enrolment.pk]
    work(enrolment)
    Enrolment.objects.update(worked_at=timezone.now() - timedelta(minutes=2))
    assert sweep_enrolments() == 0


def test_invitations_of_a_long_list_do_not_stand_before_other_mail(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    started: list[int] = []
    monkeypatch.setattr(send_notification, "delay", started.append)
    with django_capture_on_commit_callbacks(execute=True):
        enrol(cast.trade_body, cast.partner, rows(2))
    assert len(started) == 3, "two invitations, and the word to the partner"
    monkeypatch.setattr(enrolled_companies, "MOST_SENT_AT_ONCE", 1)
    started.clear()
    with django_capture_on_commit_callbacks(execute=True):
        enrol(cast.trade_body, cast.partner, rows(2, start=50))
    assert len(started) == 1
    Notification.objects.update(next_attempt_at=timezone.now() - timedelta(minutes=1))
    assert sweep_notifications() == 6
