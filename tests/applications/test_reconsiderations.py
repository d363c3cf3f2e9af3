"""A rejection with its reasons; the company asks for it to be looked at again, and another lead answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import Error, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Notification, Role
from accounts.transitions import TransitionRefused
from applications import services
from applications.models import Application, CompanyPerson, Reconsideration
from applications.working_days import due_from
from tests import factories as make
from tests.applications.joined import fetch, reject
from tests.applications.test_services_casework import race
from tests.applications.test_views_apply import client_of, errors_of, page, soup
from tests.cast import Cast

LIST = "/reconsiderations/"


def request_again(cast: Cast, grounds: str = "We hire by the day.") -> Reconsideration:
    return services.ask_to_reconsider(application=cast.sent_application, grounds=grounds, by=cast.owner)


def answer(asked: Reconsideration, cast: Cast, *, is_set_aside: bool, person: str = "lead") -> None:
    services.answer_reconsideration(
        reconsideration=asked, is_set_aside=is_set_aside, answer="We agree.", by=getattr(cast, person)
    )


# --- The rejection ------------------------------------------------------------------------------


def test_the_company_is_told_why_and_what_it_can_do(cast: Cast) -> None:
    rejected = reject(cast)
    assert rejected.rejection_reasons == ["out_of_scope", "incomplete"]
    by = timezone.localdate() + timedelta(days=28)
    assert rejected.reconsider_by == by
    body = Notification.objects.get(user=cast.owner).body
    for part in (
        "What the company does is outside the scheme",
        "Answers that we need are missing",
        "Leasing only.",
        f"by {by.day} {by:%B %Y}. Somebody who did not decide",
        "apply again",
    ):
        assert part in body
    assert AuditEvent.objects.latest("pk").data == {"reasons": ["out_of_scope", "incomplete"]}
    shown = soup(client_of(cast.owner).get(page("applications:application", rejected)))
    text = shown.get_text()
    assert "Answers that we need are missing" in text
    assert f"Ask us by {by.day} {by:%B %Y}" in text
    assert shown.find("a", href=page("applications:reconsider", rejected))
    again = reverse("applications:apply_again", kwargs={"public_id": cast.sent.public_id})
    assert shown.find("a", href=again)
    for person in ("editor", "viewer"):
        other = soup(client_of(getattr(cast, person)).get(page("applications:application", rejected)))
        assert not other.find("a", href=page("applications:reconsider", rejected))


@pytest.mark.parametrize("reasons", [[], ["leasing"]])
def test_a_rejection_has_reasons_that_are_known(cast: Cast, reasons: list[str]) -> None:
    address = page("applications:reject", cast.sent_application)
    response = client_of(cast.assurer).post(address, {"reasons": reasons, "reason": "No."})
    assert len(errors_of(response)) == 1
    assert fetch(cast.sent_application).status == "submitted"


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("sent_application", ["other"]), ("rejected", [])],
)
def test_the_database_keeps_reasons_and_rejection_together(cast: Cast, name: str, wrong: list[str]) -> None:
    application = reject(cast) if name == "rejected" else cast.sent_application
    with pytest.raises(IntegrityError, match="application_rejected_for_known_reasons"):
        Application.objects.filter(pk=application.pk).update(rejection_reasons=wrong)


# --- Asking -------------------------------------------------------------------------------------


def test_asking_keeps_the_decision_that_it_is_about(cast: Cast) -> None:
    rejected = reject(cast)
    asked = request_again(cast)
    assert (asked.rejected_by, asked.rejected_at) == (cast.assurer, rejected.decided_at)
    assert (asked.rejection_reasons, asked.rejection_words) == (
        ["out_of_scope", "incomplete"],
        "Leasing only.",
    )
    assert fetch(rejected).status == "rejected"
    event = AuditEvent.objects.latest("pk")
    assert (event.verb, event.reason) == ("application.reconsideration_asked", "We hire by the day.")


@pytest.mark.parametrize("person", ["editor", "viewer", "other_owner", "lead"])
def test_only_an_owner_asks(cast: Cast, person: str) -> None:
    reject(cast)
    with pytest.raises(PermissionDenied):
        services.ask_to_reconsider(application=cast.sent_application, grounds="No.", by=getattr(cast, person))


@pytest.mark.parametrize("name", ["draft_application", "sent_application", "asked_application"])
def test_only_a_rejection_is_looked_at_again(cast: Cast, name: str) -> None:
    with pytest.raises(TransitionRefused, match="This application is now"):
        services.ask_to_reconsider(application=getattr(cast, name), grounds="No.", by=cast.owner)


@pytest.mark.parametrize(("days", "allowed"), [(28, True), (29, False)])
def test_the_time_to_ask_ends(cast: Cast, days: int, allowed: bool) -> None:
    rejected = reject(cast)
    Application.objects.filter(pk=rejected.pk).update(decided_at=timezone.now() - timedelta(days=days))
    owner = client_of(cast.owner)
    opened = owner.get(page("applications:reconsider", rejected))
    assert opened.status_code == (200 if allowed else 409)
    if allowed:
        request_again(cast)
    else:
        assert "The time to ask ended on" in opened.content.decode()
        with pytest.raises(TransitionRefused, match="ended on"):
            request_again(cast)


def test_it_is_asked_once(cast: Cast) -> None:
    reject(cast)
    assert request_again(cast) == request_again(cast)
    with pytest.raises(TransitionRefused, match="asked already"):
        request_again(cast, "And another thing.")
    answer(Reconsideration.objects.get(), cast, is_set_aside=False)
    with pytest.raises(TransitionRefused, match="asked already"):
        request_again(cast, "Once more.")


def test_a_company_has_one_thing_under_way(cast: Cast) -> None:
    """A request and a new application exclude each other, or the old one could not be taken up again."""
    reject(cast)
    request_again(cast)
    with pytest.raises(TransitionRefused, match="has asked DfT to look at its rejection again"):
        services.apply_again(company=cast.sent, by=cast.owner)
    answer(Reconsideration.objects.get(), cast, is_set_aside=False)
    services.apply_again(company=cast.sent, by=cast.owner)


def test_who_applied_again_asks_no_more(cast: Cast) -> None:
    rejected = reject(cast)
    services.apply_again(company=cast.sent, by=cast.owner)
    with pytest.raises(TransitionRefused, match="has applied again"):
        request_again(cast)
    shown = soup(client_of(cast.owner).get(page("applications:application", rejected)))
    assert not shown.find("a", href=page("applications:reconsider", rejected))


def test_nobody_is_offered_to_apply_again_while_a_request_waits(cast: Cast) -> None:
    rejected = reject(cast)
    request_again(cast)
    shown = soup(client_of(cast.owner).get(page("applications:application", rejected)))
    assert not shown.find("a", href=lambda href: href and href.endswith("/apply/"))


# --- Answering ----------------------------------------------------------------------------------


def test_upheld_the_rejection_stands(cast: Cast) -> None:
    reject(cast)
    asked = request_again(cast)
    Notification.objects.all().delete()
    answer(asked, cast, is_set_aside=False)
    asked.refresh_from_db()
    assert (asked.status, asked.answered_by) == ("upheld", cast.lead)
    assert fetch(cast.sent_application).status == "rejected"
    body = Notification.objects.get(user=cast.owner).body
    assert "The rejection stands" in body
    assert "We agree." in body
    with pytest.raises(TransitionRefused, match="answered already"):
        answer(asked, cast, is_set_aside=True, person="other_lead")


def test_set_aside_it_is_with_dft_again_and_decided_by_another(cast: Cast) -> None:
    reject(cast, by=cast.assurer)
    asked = request_again(cast)
    answer(asked, cast, is_set_aside=True)
    back = fetch(cast.sent_application)
    assert (back.status, back.assigned_to, back.decided_by, back.decision_reason) == (
        "submitted",
        None,
        None,
        "",
    )
    assert back.due_on == due_from(timezone.localdate(), "TLI")
    assert AuditEvent.objects.latest("pk").verb == "application.rejection_set_aside"
    with pytest.raises(PermissionDenied, match="set aside"):
        services.accept_application(application=back, by=cast.assurer)
    own = soup(client_of(cast.assurer).get(page("applications:application", back)))
    assert not own.find("a", href=page("applications:accept", back))
    assert services.accept_application(application=back, by=cast.other_assurer).company == cast.sent


def test_rejected_afresh_it_can_be_asked_about_again(cast: Cast) -> None:
    reject(cast)
    answer(request_again(cast), cast, is_set_aside=True)
    services.reject_application(
        application=cast.sent_application, reasons=["incorrect"], reason="No.", by=cast.other_assurer
    )
    request_again(cast, "Still wrong.")
    assert Reconsideration.objects.filter(application=cast.sent_application).count() == 2


@pytest.mark.parametrize("person", ["assurer", "administrator", "owner", "panel", "partner"])
def test_only_a_lead_answers(cast: Cast, person: str) -> None:
    reject(cast)
    with pytest.raises(PermissionDenied):
        answer(request_again(cast), cast, is_set_aside=False, person=person)


def test_who_decided_does_not_answer(cast: Cast) -> None:
    reject(cast, by=cast.lead)
    asked = request_again(cast)
    with pytest.raises(PermissionDenied, match="did not decide"):
        answer(asked, cast, is_set_aside=False)
    assert client_of(cast.lead).get(page("applications:reconsideration", fetch(cast.sent_application)))
    with pytest.raises(IntegrityError, match="reconsideration_answered_by_another"):
        Reconsideration.objects.filter(pk=asked.pk).update(
            status="upheld", answer="Yes.", answered_by=cast.lead, answered_at=timezone.now()
        )


def test_a_lead_who_acts_for_the_company_does_not_answer(cast: Cast) -> None:
    reject(cast)
    asked = request_again(cast)
    CompanyPerson.objects.create(company=cast.sent, user=cast.lead, level="viewer")
    with pytest.raises(PermissionDenied):
        answer(asked, cast, is_set_aside=False)
    assert not Reconsideration.objects.waiting_for(cast.lead).exists()
    assert list(Reconsideration.objects.waiting_for(cast.other_lead)) == [asked]


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"status": "upheld"}, "reconsideration_answered_with_who_when_why"),
        ({"answer": "Yes."}, "reconsideration_answered_with_who_when_why"),
        ({"grounds": ""}, "reconsideration_has_grounds"),
    ],
)
def test_the_database_keeps_answers_whole(cast: Cast, wrong: dict[str, Any], constraint: str) -> None:
    asked = make.ReconsiderationFactory()
    with pytest.raises(IntegrityError, match=constraint):
        Reconsideration.objects.filter(pk=asked.pk).update(**wrong)


def test_the_database_keeps_one_request_per_rejection(cast: Cast) -> None:
    asked = make.ReconsiderationFactory()
    with pytest.raises(IntegrityError, match="one_reconsideration_per_rejection"):
        make.ReconsiderationFactory(application=asked.application)


def test_an_answer_is_final_in_the_database(cast: Cast) -> None:
    reject(cast)
    asked = request_again(cast)
    answer(asked, cast, is_set_aside=False)
    with pytest.raises(Error), transaction.atomic():
        Reconsideration.objects.filter(pk=asked.pk).update(status="set_aside")


@pytest.mark.django_db(transaction=True)
def test_two_leads_answer_at_once_and_one_wins() -> None:
    asked = make.ReconsiderationFactory()
    leads = [make.UserFactory(role=Role.LEAD) for _ in range(2)]
    results = race(
        *[
            lambda lead=lead, aside=aside: services.answer_reconsideration(
                reconsideration=asked, is_set_aside=aside, answer="So it is.", by=lead
            )
            for lead in leads
            for aside in (True, False)
        ]
    )
    assert results == ["done", "refused", "refused", "refused"]
    asked.refresh_from_db()
    status = {"upheld": "rejected", "set_aside": "submitted"}[asked.status]
    assert fetch(asked.application).status == status


@pytest.mark.django_db(transaction=True)
def test_asking_and_applying_again_at_once_leave_one_of_them() -> None:
    owner = make.UserFactory()
    company = make.CompanyFactory(owner=owner)
    rejected = make.ApplicationFactory(company=company, started_by=owner, status="rejected")
    results = race(
        lambda: services.ask_to_reconsider(application=rejected, grounds="Wrong.", by=owner),
        lambda: services.apply_again(company=company, by=owner),
    )
    assert results == ["done", "refused"]
    assert Reconsideration.objects.count() + company.applications.filter(status="draft").count() == 1


# --- Over the pages -----------------------------------------------------------------------------


def test_asking_and_answering_over_the_pages(cast: Cast) -> None:
    rejected = reject(cast)
    owner, lead = client_of(cast.owner), client_of(cast.lead)
    address = page("applications:reconsider", rejected)
    assert errors_of(owner.post(address, {"grounds": " "})) == ["Say why the rejection is wrong"]
    home = page("applications:application", rejected)
    assert owner.post(address, {"grounds": "We hire by the day."}).headers["Location"] == home
    assert owner.get(address).headers["Location"] == home
    assert "We hire by the day." in owner.get(home).content.decode()
    assert soup(lead.get(LIST)).find("a", href=home)
    answering = page("applications:reconsideration", rejected)
    assert soup(lead.get(home)).find("a", href=answering)
    assert not soup(client_of(cast.assurer).get(home)).find("a", href=answering)
    assert errors_of(lead.post(answering, {})) == ["Choose the outcome", "Explain the outcome"]
    done = lead.post(answering, {"outcome": "set_aside", "answer": "It is in scope."})
    assert done.headers["Location"] == home
    assert lead.get(answering).status_code == 409
    for client in (owner, lead):
        text = soup(client.get(home)).get_text()
        assert "Set aside" in text
        assert "It is in scope." in text
        assert "Leasing only." in text
    assert not soup(lead.get(LIST)).find("a", href=home)
    assert soup(lead.get(LIST, {"status": "answered"})).find("a", href=home)
    # The company does not learn the names of those who work on it.
    assert cast.lead.name not in owner.get(home).content.decode()


def test_the_list_takes_as_many_queries_at_1_row_as_at_3(cast: Cast) -> None:
    lead = client_of(cast.lead)

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            lead.get(LIST)
        return len(queries)

    make.ReconsiderationFactory()
    one = count()
    make.ReconsiderationFactory.create_batch(2)
    assert len(soup(lead.get(LIST)).select("tbody tr")) == 3
    assert count() == one <= 5


def test_the_oldest_request_comes_first(cast: Cast) -> None:
    new, old = make.ReconsiderationFactory(), make.ReconsiderationFactory()
    Reconsideration.objects.filter(pk=old.pk).update(asked_at=timezone.now() - timedelta(days=3))
    names = [link.get_text() for link in soup(client_of(cast.lead).get(LIST)).select("tbody th a")]
    assert names == [old.application.company.name, new.application.company.name]
