"""Retention: a report first, an approval, and then exactly what was reported, once."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import (
    AuditEvent,
    DataExport,
    Notification,
    RetentionBatch,
    RetentionPart,
    RetentionRun,
    User,
)
from accounts.transitions import TransitionRefused
from applications.models import (
    Company,
    ContactConfirmation,
    Enrolment,
    EnrolmentRow,
    Invitation,
    SecurityContact,
)
from rvss import services
from rvss.personal_data import RULES
from rvss.services import retention
from rvss.tasks import carry_out_retention, report_retention, start_retention, sweep_retention
from tests import factories as make
from tests.cast import Cast
from tests.rvss.outlived import ago, ended_application, unconfirmed
from tests.rvss.personal import figures, record_of_the_scheme, signed_in


def report(by: User | None = None) -> RetentionRun:
    run = services.start_run(by=by)
    report_retention(run.pk)
    run.refresh_from_db()
    return run


def approve(run: RetentionRun, by: User) -> RetentionRun:
    services.approve_run(run=run, by=by)
    carry_out_retention(run.pk)
    run.refresh_from_db()
    return run


def found(run: RetentionRun) -> dict[str, int]:
    return {part.rule: part.found for part in run.parts.all() if part.found}


@pytest.fixture
def administrator(db: None) -> User:
    return make.UserFactory(email="administrator@example.com", role="administrator")


# --- From the report to the removal -------------------------------------------------------------


@pytest.fixture
def old(cast: Cast) -> dict[str, Any]:
    """One row for each rule, and some beside it."""
    person = make.UserFactory()
    message = Notification.objects.create(to="old@example.com", subject="Old", body="Words", status="failed")
    Notification.objects.filter(pk=message.pk).update(created_at=ago(800))
    past = make.SecurityContactFactory(
        company=cast.alpha, kind="deputy", since=date(2010, 1, 5), until=date(2015, 1, 5), name="Móirín"
    )
    confirmation = ContactConfirmation.objects.create(
        contact=past, status="refused", answered_at=ago(4000), reason="I, Móirín, have left"
    )
    rejected = ended_application(900, "rejected")
    invitation = make.InvitationFactory()
    Invitation.objects.filter(pk=invitation.pk).update(invited_at=ago(500), expires_at=ago(400))
    asked = make.JoinRequestFactory(status="unmatched", company=None, number="1", asked_at=ago(400))
    draft = ended_application(400, sent=False)
    make.SecurityContactFactory(company=draft.company)
    make.InvitationFactory(company=draft.company, status="withdrawn", closed_by=person,
                           closed_at=timezone.now(), reason="-")  # fmt: skip
    return {
        "unconfirmed_accounts": unconfirmed(60),
        "messages": message,
        "sessions": Session.objects.create(session_key="a" * 32, session_data="x", expire_date=ago(1)),
        "copies": DataExport.objects.create(
            person=person, requested_by=person, status="removed", removed_at=ago(390), requested_at=ago(400)
        ),
        "past_contacts": past,
        "confirmation": confirmation,
        "contacts_not_accepted": make.SecurityContactFactory(company=rejected.company, name="Móirín"),
        "companies_never_sent": draft.company,
        "invitations": invitation,
        "join_requests": asked,
        **from_partners(),
    }


def from_partners() -> dict[str, Any]:
    partner = make.UserFactory(role="partner")
    done = make.EnrolmentFactory(
        sent_by=partner, status="done", import_by=partner, import_at=ago(401), done_at=ago(400)
    )
    EnrolmentRow.objects.create(enrolment=done, number=2, cells={"owner_email": "owner@example.net"})
    return {
        "enrolled_addresses": make.EnrolledCompanyFactory(
            enrolment=done, body=done.body, status="member", settled_at=ago(400), enrolled_by=partner
        ),
        "rows_of_lists": done,
        "lists_never_enrolled": make.EnrolmentFactory(sent_by=partner, worked_at=ago(400)),
    }


def test_the_report_says_what_and_removes_nothing(cast: Cast, old: dict[str, Any]) -> None:
    run = report(by=cast.administrator)
    assert (run.status, run.expires_at - run.reported_at) == ("reported", timedelta(days=14))
    assert found(run) == dict.fromkeys(RULES, 1)
    for part in run.parts.all():
        assert part.sample == ([] if part.rule == "sessions" else [str(old[part.rule].pk)]), part.rule
        assert part.oldest_at < timezone.now()
        assert [batch.ids for batch in part.batches.all()] == [[str(old[part.rule].pk)]]
    for row in old.values():
        row.refresh_from_db()
    assert old["messages"].body == "Words"
    told = Notification.objects.get(user=cast.administrator)
    assert told.subject == "12 rows have outlived their time"
    assert reverse("data:retention_run", kwargs={"pk": run.pk}) in told.body
    carry_out_retention(run.pk)
    for row in old.values():
        row.refresh_from_db()
    assert RetentionBatch.objects.filter(done_at__isnull=False).count() == 0, "nobody has approved it"


def test_what_was_approved_is_removed_and_the_record_is_whole(cast: Cast, old: dict[str, Any]) -> None:
    record, counted = record_of_the_scheme(), figures()
    run = approve(report(by=cast.administrator), cast.administrator)
    assert (run.status, run.approved_by) == ("done", cast.administrator)
    assert retention.result_of(run) == {rule: {"removed": 1, "left": 0} for rule in RULES}
    for rule in ("unconfirmed_accounts", "sessions", "copies", "companies_never_sent", "invitations",
                 "join_requests"):  # fmt: skip
        assert not type(old[rule]).objects.filter(pk=old[rule].pk).exists(), rule
    old["messages"].refresh_from_db()
    assert (old["messages"].subject, old["messages"].body, old["messages"].to) == ("Removed", "", "")
    for rule in ("past_contacts", "contacts_not_accepted"):
        contact = old[rule]
        since = contact.since
        contact.refresh_from_db()
        assert (contact.name, contact.email, contact.telephone) == ("Details removed", "", "")
        assert contact.since == since
        assert contact.until is not None
    old["confirmation"].refresh_from_db()
    assert old["confirmation"].reason == "Removed"
    old["enrolled_addresses"].refresh_from_db()
    assert old["enrolled_addresses"].email.endswith("@erased.invalid")
    assert not EnrolmentRow.objects.exists()
    assert Enrolment.objects.get() == old["rows_of_lists"], "that it was sent stays; the other is deleted"
    # Who it was on a day stays an answer: somebody was, from then to then.
    then = SecurityContact.objects.filter(company=cast.alpha, kind="deputy").on(date(2012, 3, 3)).get()
    assert then.name == "Details removed"
    assert record_of_the_scheme() == record
    assert figures() == counted
    event = AuditEvent.objects.latest("pk")
    assert (event.verb, event.by) == ("retention.done", None)
    assert event.data["messages"] == {"removed": 1, "left": 0}
    verbs = set(AuditEvent.objects.values_list("verb", flat=True))
    assert verbs >= {"retention.started", "retention.reported", "retention.approved"}


def test_a_partner_still_opens_a_list_whose_rows_are_gone(cast: Cast) -> None:
    done = from_partners()["rows_of_lists"]
    done.body.people.add(cast.partner)
    approve(report(), cast.administrator)
    page = signed_in("partner@example.com").get(reverse("applications:enrolment", kwargs={"pk": done.pk}))
    assert page.status_code == 200
    assert "owner@example.net" not in page.content.decode()


def test_the_chain_holds_after_a_removal(cast: Cast) -> None:
    invitation = make.InvitationFactory()
    Invitation.objects.filter(pk=invitation.pk).update(invited_at=ago(500), expires_at=ago(400))
    approve(report(by=cast.administrator), cast.administrator)
    assert not Invitation.objects.exists()
    out = StringIO()
    call_command("verify_audit", stdout=out)
    assert "the chain holds" in out.getvalue()


def test_rows_that_no_longer_qualify_are_left_and_counted(administrator: User) -> None:
    people = [unconfirmed(60 + number) for number in range(4)]
    run = report(by=administrator)
    later = unconfirmed(90)  # not in the report, though it would qualify
    EmailAddress.objects.filter(user=people[0]).update(verified=True)
    people[1].delete()
    company = make.CompanyFactory(owner=people[2])
    run = approve(run, administrator)
    assert retention.result_of(run)["unconfirmed_accounts"] == {"removed": 1, "left": 3}
    assert set(User.objects.exclude(pk=administrator.pk)) == {people[0], people[2], later}
    assert company.people.get().user == people[2]


def test_a_company_to_which_something_is_tied_stays_whole(administrator: User) -> None:
    """A file that belongs to it: the database refuses, and nothing of the company is gone."""
    tied = ended_application(400, sent=False).company
    free = ended_application(400, sent=False).company
    contact = make.SecurityContactFactory(company=tied)
    make.StoredFileFactory(company=tied)
    run = approve(report(by=administrator), administrator)
    assert retention.result_of(run)["companies_never_sent"] == {"removed": 1, "left": 1}
    contact.refresh_from_db()
    assert tied.applications.exists()
    assert not Company.objects.filter(pk=free.pk).exists()


def test_batches_of_a_long_list(administrator: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 3)
    people = [unconfirmed(60 + number) for number in range(8)]
    run = report(by=administrator)
    part = run.parts.get(rule="unconfirmed_accounts")
    assert [len(batch.ids) for batch in part.batches.all()] == [3, 3, 2]
    assert part.sample == [str(person.pk) for person in reversed(people[3:])], "the oldest first"
    approve(run, administrator)
    assert not User.objects.filter(pk__in=[person.pk for person in people]).exists()


# --- Cut off, run twice, at once ---


def test_a_crash_between_two_batches_is_gone_on_from(
    administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    [unconfirmed(60) for _ in range(6)]
    run = report(by=administrator)
    services.approve_run(run=run, by=administrator)
    batches = retention.batches_to_do(run.pk)
    assert retention.claim_run(run_id=run.pk, now=timezone.now())
    retention.remove_batch(batch_id=batches[0])
    retention.remove_batch(batch_id=batches[0])  # again, after a crash before the worker noticed
    # The worker dies here. Nobody takes it over while it may live.
    assert sweep_retention() == 0
    carry_out_retention(run.pk)
    assert len(retention.batches_to_do(run.pk)) == len(batches) - 1
    long_ago = timezone.now() - retention.STUCK_AFTER - timedelta(seconds=1)
    RetentionRun.objects.update(claimed_at=long_ago, started_at=long_ago)
    assert sweep_retention() == 1
    carry_out_retention(run.pk)
    run.refresh_from_db()
    assert (run.status, run.attempts) == ("done", 2)
    assert retention.result_of(run)["unconfirmed_accounts"] == {"removed": 6, "left": 0}
    carry_out_retention(run.pk)
    assert AuditEvent.objects.filter(verb="retention.done").count() == 1


def test_a_batch_that_fails_is_rolled_back_and_tried_five_times(cast: Cast) -> None:
    """A row that the database does not let change: the batch is undone as a whole, and the run says so."""
    invitation = make.InvitationFactory()
    Invitation.objects.filter(pk=invitation.pk).update(invited_at=ago(500), expires_at=ago(400))
    run = report(by=cast.administrator)
    services.approve_run(run=run, by=cast.administrator)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'refused'; END $$;"
            "CREATE TRIGGER refuse BEFORE DELETE ON applications_invitation"
            " FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
    for _ in range(retention.MAX_ATTEMPTS + 1):
        carry_out_retention(run.pk)
    run.refresh_from_db()
    assert run.status == "failed"
    assert "does not know (" in run.last_error
    assert Invitation.objects.filter(pk=invitation.pk).exists()
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER refuse ON applications_invitation; DROP FUNCTION refuse()")
    client = signed_in("administrator@example.com")
    page = client.get(reverse("data:retention_run", kwargs={"pk": run.pk})).content.decode()
    assert "Go on where it stopped" in page
    client.post(reverse("data:retention_retry", kwargs={"pk": run.pk}))
    carry_out_retention(run.pk)
    run.refresh_from_db()
    assert run.status == "done"
    assert not Invitation.objects.filter(pk=invitation.pk).exists()


def test_work_that_takes_too_long_goes_on_in_another_task(
    administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    unconfirmed(60)
    run = report(by=administrator)
    services.approve_run(run=run, by=administrator)
    monkeypatch.setattr("rvss.tasks.SECONDS_A_TASK", -1)
    carry_out_retention(run.pk)
    run.refresh_from_db()
    assert (run.status, run.attempts, run.claimed_at) == ("approved", 0, None)
    monkeypatch.undo()
    carry_out_retention(run.pk)
    run.refresh_from_db()
    assert run.status == "done"


@pytest.mark.django_db(transaction=True)
def test_removed_once_however_many_work_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 5)
    administrator = make.UserFactory(role="administrator")
    [unconfirmed(60) for _ in range(30)]
    run = report(by=administrator)
    services.approve_run(run=run, by=administrator)
    batches = retention.batches_to_do(run.pk)
    start = threading.Barrier(4)
    errors = []

    def work() -> None:
        start.wait()
        try:
            for batch in batches:
                retention.remove_batch(batch_id=batch)
            retention.finish_run(run_id=run.pk)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert retention.result_of(run)["unconfirmed_accounts"] == {"removed": 30, "left": 0}
    assert AuditEvent.objects.filter(verb="retention.done").count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_account_that_is_confirmed_meanwhile_stays_whole() -> None:
    """Either it was confirmed in time and stays, or it is gone with its address; never in between."""
    administrator = make.UserFactory(role="administrator")
    for _ in range(6):
        person = unconfirmed(60)
        run = report(by=administrator)
        services.approve_run(run=run, by=administrator)
        start = threading.Barrier(2)

        def confirm(pk: int = person.pk, start: threading.Barrier = start) -> None:
            start.wait()
            EmailAddress.objects.filter(user=pk).update(verified=True)
            connection.close()

        thread = threading.Thread(target=confirm)
        thread.start()
        start.wait()
        carry_out_retention(run.pk)
        thread.join()
        run.refresh_from_db()
        assert run.status == "done"
        is_there = User.objects.filter(pk=person.pk).exists()
        assert EmailAddress.objects.filter(user=person.pk, verified=True).exists() == is_there


# --- Deciding -----------------------------------------------------------------------------------


def test_a_report_is_looked_at_and_approved_on_its_page(cast: Cast, old: dict[str, Any]) -> None:
    client = signed_in("administrator@example.com")
    assert "No report has been made yet." in client.get(reverse("data:retention")).content.decode()
    address = client.post(reverse("data:retention_start"))["Location"]
    run = RetentionRun.objects.get()
    assert address == reverse("data:retention_run", kwargs={"pk": run.pk})
    assert "The report is being made." in client.get(address).content.decode()
    report_retention(run.pk)
    page = client.get(address).content.decode()
    assert "Approve, and remove 12 rows" in page
    assert f"Numbers {old['invitations'].pk}" in page
    assert "a" * 32 not in page, "the key of a session is shown to nobody"
    assert "Open the current report" in client.get(reverse("data:retention")).content.decode()
    client.post(reverse("data:retention_approve", kwargs={"pk": run.pk}))
    assert client.post(reverse("data:retention_approve", kwargs={"pk": run.pk})).status_code == 409
    carry_out_retention(run.pk)
    page = client.get(address).content.decode()
    assert "12 removed, 0 left" in page
    assert "Administrator, " in page


def test_a_report_is_dismissed_with_a_reason(cast: Cast) -> None:
    run = report()
    client = signed_in("administrator@example.com")
    address = reverse("data:retention_dismiss", kwargs={"pk": run.pk})
    assert "Enter the reason" in client.post(address, {"reason": " "}).content.decode()
    client.post(address, {"reason": "A court asks us to keep everything"})
    run.refresh_from_db()
    assert (run.status, run.dismissed_by) == ("dismissed", cast.administrator)
    assert client.post(reverse("data:retention_approve", kwargs={"pk": run.pk})).status_code == 409
    assert report() != run


def test_a_report_that_nobody_approved_in_time_is_closed(cast: Cast) -> None:
    run = report()
    RetentionRun.objects.update(reported_at=ago(15), expires_at=ago(1))
    run.refresh_from_db()
    with pytest.raises(TransitionRefused, match="too old"):
        services.approve_run(run=run, by=cast.administrator)
    client = signed_in("administrator@example.com")
    page = client.get(reverse("data:retention_run", kwargs={"pk": run.pk})).content.decode()
    assert "too old to be approved" in page
    assert "Approve, and" not in page
    sweep_retention()
    run.refresh_from_db()
    assert run.status == "expired"


@pytest.mark.parametrize("name", ["owner", "lead", "panel"])
def test_only_administrators_decide(cast: Cast, name: str) -> None:
    run, person = report(), getattr(cast, name)
    for refused in (
        lambda: services.start_run(by=person),
        lambda: services.approve_run(run=run, by=person),
        lambda: services.dismiss_run(run=run, reason="-", by=person),
        lambda: services.retry_run(run=run, by=person),
    ):
        with pytest.raises(PermissionDenied):
            refused()


def test_one_report_at_a_time(cast: Cast) -> None:
    first = report()
    assert services.start_run(by=cast.administrator) == first
    assert start_retention() == first.pk
    with pytest.raises(IntegrityError), transaction.atomic():
        RetentionRun.objects.create()


def test_a_command_reports(cast: Cast, old: dict[str, Any]) -> None:
    out = StringIO()
    call_command("retain", "--report", stdout=out)
    run = RetentionRun.objects.get()
    text = out.getvalue()
    assert f"Report {run.pk}: To be approved" in text
    assert f"        1  Invitations to act for a company, the oldest of {ago(400):%Y-%m-%d}" in text
    assert f"among them {old['invitations'].pk}" in text
    call_command("retain", "--report", stdout=out)
    assert RetentionRun.objects.count() == 1


def test_a_rule_that_is_gone_from_the_code_leaves_its_rows(cast: Cast) -> None:
    run = report()
    part = RetentionPart.objects.create(
        run=run, rule="gone", what="Gone", after="-", action="-", found=1, oldest_at=timezone.now()
    )
    RetentionBatch.objects.create(part=part, ids=["1"])
    run = approve(run, cast.administrator)
    assert retention.result_of(run)["gone"] == {"removed": 0, "left": 1}


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_reports_costs_the_same(cast: Cast, rows: int, django_assert_num_queries: Any) -> None:
    for _ in range(rows):
        services.dismiss_run(run=report(), reason="-", by=cast.administrator)
    client = signed_in("administrator@example.com")
    client.get(reverse("data:retention"))
    with django_assert_num_queries(3):
        page = client.get(reverse("data:retention")).content.decode()
    assert page.count("Report of ") == rows


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "reported"},
        {"status": "approved", "reported_at": timezone.now(), "expires_at": ago(-1)},
        {"status": "dismissed"},
        {"reported_at": timezone.now()},
        {"reason": "why"},
        {"approved_at": timezone.now()},
    ],
)
def test_rows_that_make_no_sense(db: None, wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        RetentionRun.objects.create(**wrong)


def test_each_id_of_a_batch_is_accounted_for(cast: Cast) -> None:
    run = report()
    part = run.parts.first()
    for wrong in ({"removed": 1}, {"done_at": timezone.now(), "removed": 1, "left": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            RetentionBatch.objects.create(part=part, ids=["1", "2"], **wrong)


def test_details_are_removed_of_past_contacts_only(db: None) -> None:
    contact = make.SecurityContactFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        SecurityContact.objects.filter(pk=contact.pk).update(details_removed_at=timezone.now())
