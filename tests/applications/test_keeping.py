"""Drafts that nobody works on: warned of 30 and 7 days before, gone after 12 months."""

from __future__ import annotations

import importlib
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEvent, Notification
from applications import services
from applications.keeping_dates import kept_until, last_changed_before, warning_for
from applications.models import Application, Company, CompanyPerson, SecurityContact
from applications.services.invitations import digest_token
from applications.tasks import keep_drafts
from tests import factories as make
from tests.applications.joined import fetch
from tests.applications.test_services_casework import race
from tests.applications.test_views_apply import client_of, page, section, soup
from tests.cast import Cast

DAYS = st.dates(min_value=date(2019, 1, 1), max_value=date(2031, 12, 31))
NOW = timezone.now()


def untouched(application: Application, days: int) -> None:
    """As if no answer had been saved for so many days less than the year that a draft is kept."""
    day = last_changed_before(timezone.localdate()) + timedelta(days=days)
    at = timezone.make_aware(datetime.combine(day, time(12)))
    Application.objects.filter(pk=application.pk).update(last_changed_at=at)


def in_days(days: int) -> datetime:
    return timezone.now() + timedelta(days=days)


@given(DAYS, DAYS)
def test_a_draft_goes_a_year_after_it_was_changed(changed_on: date, today: date) -> None:
    assert (kept_until(changed_on) <= today) == (changed_on <= last_changed_before(today))


def test_a_leap_day_is_a_year_too() -> None:
    assert kept_until(date(2028, 2, 29)) == date(2029, 3, 1)
    assert last_changed_before(date(2028, 2, 29)) == date(2027, 2, 28)


@pytest.mark.parametrize(
    ("left", "warning"), [(31, None), (30, 30), (8, 30), (7, 7), (1, 7), (0, 7), (-400, 7)]
)
def test_which_warning_is_due(left: int, warning: int | None) -> None:
    today = date(2026, 12, 7)
    assert warning_for(today + timedelta(days=left), today) == warning


# --- Warning ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("left", "warned"), [(31, 0), (30, 1), (7, 1)])
def test_those_who_can_act_are_warned(cast: Cast, left: int, warned: int) -> None:
    untouched(cast.draft_application, left)
    for _ in range(2):
        keep_drafts()
    assert Notification.objects.count() == warned * 2
    assert not Notification.objects.filter(user=cast.viewer).exists()
    if warned:
        until = fetch(cast.draft_application).kept_until
        mail = Notification.objects.get(user=cast.editor)
        assert f"{until.day} {until:%B %Y}" in mail.subject
        assert page("applications:application", cast.draft_application) in mail.body


def test_each_warning_comes_once_and_a_missed_one_not_after_the_next(cast: Cast) -> None:
    untouched(cast.draft_application, 29)
    assert keep_drafts() == {"expired": 0, "warned": 1}
    untouched(cast.draft_application, 6)
    assert keep_drafts() == {"expired": 0, "warned": 1}
    assert keep_drafts() == {"expired": 0, "warned": 0}
    assert fetch(cast.draft_application).warned == 7
    other = make.ApplicationFactory(company=make.CompanyFactory(owner=cast.owner))
    untouched(other, 5)
    assert keep_drafts() == {"expired": 0, "warned": 1}
    assert fetch(other).warned == 7


@pytest.mark.parametrize("name", ["sent_application", "asked_application"])
def test_only_drafts_are_warned_of_and_go(cast: Cast, name: str) -> None:
    application = getattr(cast, name)
    untouched(application, -5)
    Application.objects.filter(pk=application.pk).update(warned=7, warned_at=in_days(-9))
    assert keep_drafts() == {"expired": 0, "warned": 0}
    assert not services.warn_of_expiry(application=application, now=timezone.now())
    assert not services.expire_draft(application=application, now=timezone.now())
    assert fetch(application).status == application.status


def test_a_saved_answer_keeps_it_for_another_year(cast: Cast) -> None:
    untouched(cast.draft_application, 5)
    keep_drafts()
    editor = client_of(cast.editor)
    editor.post(section(cast.draft_application, "listing"), {"agrees": "no"})
    kept = fetch(cast.draft_application)
    assert (kept.warned, kept.warned_at) == (None, None)
    assert kept.kept_until == kept_until(timezone.localdate())
    text = soup(editor.get(page("applications:tasks", kept))).get_text()
    assert f"until {kept.kept_until.day} {kept.kept_until:%B %Y}" in text


# --- Going --------------------------------------------------------------------------------------


def test_nothing_goes_without_seven_days_of_notice(cast: Cast) -> None:
    """After a failure of the service the warning comes late, and the draft is kept for its notice."""
    untouched(cast.draft_application, -40)
    assert keep_drafts() == {"expired": 0, "warned": 1}
    draft = fetch(cast.draft_application)
    assert draft.kept_until == timezone.localdate() + timedelta(days=7)
    assert not services.expire_draft(application=draft, now=in_days(6))
    assert services.expire_draft(application=draft, now=in_days(7))
    assert not services.expire_draft(application=draft, now=in_days(8))
    assert AuditEvent.objects.filter(verb="application.expired").count() == 1


def expire(application: Application) -> Application:
    untouched(application, 0)
    Application.objects.filter(pk=application.pk).update(warned=7, warned_at=in_days(-7))
    assert keep_drafts()["expired"] == 1
    return fetch(application)


def test_a_company_with_nothing_else_leaves_no_fact_behind(cast: Cast) -> None:
    newco = cast.newco
    newco.trading_names.create(name="Siop Ceir")
    newco.trade_bodies.add(cast.trade_body)
    contact = newco.security_contacts.get()
    services.ask_for_confirmation(contact=contact, by=cast.owner)
    make.InvitationFactory(company=newco, email="guest@example.com", token_hash=digest_token("x"))
    asked = make.JoinRequestFactory(company=newco)
    Notification.objects.all().delete()
    gone = expire(cast.draft_application)
    assert (gone.status, gone.closing_reason) == ("expired", "No answer was saved for 12 months.")
    assert gone.agrees_to_listing is None
    company = Company.objects.get(pk=newco.pk)
    assert company.name == f"Removed with {gone.reference}"
    blank = Company()
    for name in ("company_number", "address_line_1", "town", "postcode", "regions", "search_terms"):
        assert getattr(company, name) == getattr(blank, name), name
    assert (company.match_key, company.fleet_size, company.no_deputy_reason) == ("", 0, "")
    for rows in (company.trading_names, company.fleet, company.sites, company.people, company.invitations):
        assert not rows.exists()
    assert not SecurityContact.objects.filter(company=company).exists()
    assert not company.trade_bodies.exists()
    asked.refresh_from_db()
    assert asked.status == "settled"
    assert sorted(Notification.objects.values_list("to", flat=True)) == [
        "editor@example.com",
        "owner@example.com",
    ]
    event = AuditEvent.objects.latest("pk")
    assert (event.verb, event.by, event.data) == ("application.expired", None, {"company_removed": True})
    assert AuditEvent.objects.filter(verb="application.expired", target_id=str(gone.pk)).exists()
    assert client_of(cast.owner).get(page("applications:application", gone)).status_code == 404


@pytest.mark.parametrize("earlier", ["rejected", "membership"])
def test_a_company_that_has_more_in_the_service_keeps_its_facts(cast: Cast, earlier: str) -> None:
    if earlier == "rejected":
        make.ApplicationFactory(company=cast.newco, status="rejected")
    else:
        done = make.ApplicationFactory(company=cast.newco, status="accepted")
        make.MembershipFactory(company=cast.newco, application=done, status="resigned", ended_on=NOW.date())
    gone = expire(cast.draft_application)
    cast.newco.refresh_from_db()
    assert cast.newco.name == "Newco Vehicle Hire Ltd"
    assert CompanyPerson.objects.filter(company=cast.newco).count() == 3
    shown = client_of(cast.owner).get(page("applications:application", gone)).content.decode()
    assert "No answer was saved for 12 months." in shown
    assert AuditEvent.objects.latest("pk").data == {"company_removed": False}


def test_what_the_retention_job_counts_is_what_goes(cast: Cast) -> None:
    now = timezone.now()
    assert not Application.objects.drafts_to_expire(now).exists()
    untouched(cast.draft_application, 0)
    assert not Application.objects.drafts_to_expire(now).exists()
    Application.objects.filter(pk=cast.draft_application.pk).update(warned=7, warned_at=in_days(-8))
    assert list(Application.objects.drafts_to_expire(now)) == [cast.draft_application]
    Application.objects.filter(pk=cast.draft_application.pk).update(warned=30)
    assert not Application.objects.drafts_to_expire(now).exists()


def test_a_day_is_a_day_in_london(cast: Cast) -> None:
    """Changed at half past eleven in the evening of 30 June in UTC: on 1 July there."""
    rows = Application.objects.filter(pk=cast.draft_application.pk)
    changed, warned = datetime(2025, 6, 30, 23, 30, tzinfo=UTC), datetime(2026, 6, 20, tzinfo=UTC)
    rows.update(last_changed_at=changed, warned=7, warned_at=warned)
    assert not rows.drafts_to_expire(datetime(2026, 6, 30, 12, tzinfo=UTC)).exists()
    assert rows.drafts_to_expire(datetime(2026, 7, 1, 12, tzinfo=UTC)).exists()


@pytest.mark.django_db(transaction=True)
def test_an_answer_saved_at_the_last_moment_wins_or_finds_it_gone() -> None:
    owner = make.UserFactory()
    company = make.CompanyFactory(owner=owner)
    make.ApplicationFactory(company=company, status="rejected")  # or the owner would go with the company
    application = make.ApplicationFactory(company=company, started_by=owner)
    untouched(application, 0)
    Application.objects.filter(pk=application.pk).update(warned=7, warned_at=in_days(-7))
    now = timezone.now()
    results = race(
        lambda: services.expire_draft(application=application, now=now),
        lambda: services.set_listing(application=application, agrees=False, by=owner),
    )
    after = fetch(application)
    kept = (after.status, after.agrees_to_listing, results) == ("draft", False, ["done", "done"])
    assert kept or (after.status, after.agrees_to_listing) == ("expired", None)


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"warned": 7}, "application_warned_with_when"),
        ({"closed_at": NOW}, "application_closed_with_when_why"),
        ({"closing_reason": "Sold."}, "application_closed_with_when_why"),
        ({"status": "expired"}, "application_closed_with_when_why"),
        ({"status": "withdrawn", "closed_at": NOW}, "application_closed_with_when_why"),
    ],
)
def test_the_database_keeps_end_and_reason_together(
    cast: Cast, wrong: dict[str, object], constraint: str
) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        Application.objects.filter(pk=cast.draft_application.pk).update(**wrong)


def test_what_the_service_let_go_nobody_withdrew(cast: Cast) -> None:
    gone = expire(cast.draft_application)
    with pytest.raises(IntegrityError, match="application_closed_with_when_why"):
        Application.objects.filter(pk=gone.pk).update(closed_by=cast.owner)


def test_withdrawing_keeps_who_when_and_why(cast: Cast) -> None:
    services.withdraw_application(application=cast.sent_application, reason="We sold it.", by=cast.owner)
    gone = fetch(cast.sent_application)
    assert (gone.closed_by, gone.closing_reason) == (cast.owner, "We sold it.")
    assert gone.closed_at is not None
    assert "We sold it." in Notification.objects.get(user=cast.owner).body
    for person in (cast.viewer, cast.lead):
        text = client_of(person).get(page("applications:application", gone)).content.decode()
        assert "We sold it." in text
    again = page("applications:application", gone)
    assert "Apply again" in client_of(cast.editor).get(again).content.decode()


def test_the_migration_takes_what_is_known_from_the_record(cast: Cast) -> None:
    """Old rows: when a draft was last changed, who withdrew and why, and replies that went at once."""
    services.set_listing(application=cast.draft_application, agrees=False, by=cast.owner)
    services.withdraw_application(application=cast.sent_application, reason="Sold.", by=cast.owner)
    unknown = make.ApplicationFactory(status="withdrawn")
    rejected = make.ApplicationFactory(status="rejected")
    cast.asked_application.questions.update(answer="Yes.", answered_by=cast.owner, answered_at=NOW)
    Application.objects.filter(pk=cast.draft_application.pk).update(last_changed_at=NOW - timedelta(days=90))
    # As it was before: the columns are new, so nothing stands in them yet.
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "ALTER TABLE applications_application DROP CONSTRAINT application_closed_with_when_why"
        )
        Application.objects.update(closed_at=None, closed_by=None, closing_reason="")
        cursor.execute(
            importlib.import_module("applications.migrations.0012_drafts_questions_reconsiderations").DATA
        )
    withdrawn = fetch(cast.sent_application)
    assert (withdrawn.closed_by, withdrawn.closing_reason) == (cast.owner, "Sold.")
    assert fetch(unknown).closing_reason == "No reason was recorded."
    assert fetch(unknown).closed_at == unknown.submitted_at
    assert fetch(rejected).rejection_reasons == ["other"]
    answered = AuditEvent.objects.get(verb="application.answered")
    assert fetch(cast.draft_application).last_changed_at == answered.at
    assert cast.asked_application.questions.get().sent_at == NOW
