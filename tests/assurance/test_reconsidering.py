"""Outcomes looked at again: who may ask and answer, that earlier decisions stay, and races."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone

from accounts.models import Notification, User
from accounts.transitions import TransitionRefused
from assurance import services
from assurance.models import ConflictDeclaration, Decision, DecisionReconsideration, PlanCheck
from reviews.statistics.collect import latest_checks
from tests import factories as make
from tests.cast import Cast, build_cast
from tests.signing_in import client_for

GROUNDS = "Everyone is trained, and the record was in the annex."


@pytest.fixture
def short(cast: Cast) -> PlanCheck:
    """A check of Beta that found every point partly met, read twice: not met, decided by the lead."""
    return shortfall(cast)


def shortfall(cast: Cast) -> PlanCheck:
    version = make.PlanVersionFactory(
        membership=cast.other_membership, edition=cast.edition, started_by=cast.other_owner, answered=True
    )
    check = make.PlanCheckFactory(
        membership=cast.other_membership, plan_version=make.submit(version), assurer=cast.assurer
    )
    make.record_findings(check, by=cast.assurer, result="partly")
    for point in cast.edition.points.all():
        make.CorrectiveActionFactory(check_of=check, point=point)
    make.read_again(make.recommend(check, by=cast.assurer, outcome="not_met"), by=cast.other_assurer)
    make.decide(check, by=cast.lead)
    ConflictDeclaration.objects.create(check_of=check, user=cast.other_lead, has_conflict=False)
    return check


def ask(cast: Cast, check: PlanCheck) -> DecisionReconsideration:
    return services.ask_to_reconsider(check=check, grounds=GROUNDS, by=cast.other_owner)


def answer(asked: DecisionReconsideration, outcome: str, by: User) -> Decision:
    return services.answer_reconsideration(
        reconsideration=asked, outcome=outcome, reason="We have looked.", by=by
    )


def words(user: User, address: str) -> str:
    found = client_for(user).get(address)
    assert found.status_code == 200
    return BeautifulSoup(found.content, "html.parser").get_text(" ", strip=True)


def test_another_outcome_replaces_the_first_which_stays(cast: Cast, short: PlanCheck) -> None:
    first = short.decision
    later = answer(ask(cast, short), "met_with_actions", cast.other_lead)
    short.refresh_from_db()
    assert (short.decision, later.replaces) == (later, first)
    assert list(short.decisions.order_by("pk").values_list("outcome", flat=True)) == [
        "not_met",
        "met_with_actions",
    ]
    told = Notification.objects.filter(to=cast.other_owner.email).latest("pk")
    assert "It is now: Met with actions" in told.body
    today = timezone.localdate()
    counted = latest_checks(today - timedelta(days=1), today, timezone.now()).get(pk=short.pk)
    assert counted.decision is not None
    assert counted.decision.outcome == "met_with_actions"


def test_an_outcome_that_stands(cast: Cast, short: PlanCheck) -> None:
    asked = ask(cast, short)
    assert answer(asked, "not_met", cast.other_lead) == short.decision
    assert short.decisions.count() == 1
    asked.refresh_from_db()
    assert (asked.answer, asked.answered_by) == ("We have looked.", cast.other_lead)
    assert "It stands: Not met" in Notification.objects.filter(to=cast.other_owner.email).latest("pk").body


def test_the_findings_must_bear_the_other_outcome(cast: Cast, short: PlanCheck) -> None:
    asked = ask(cast, short)
    with pytest.raises(TransitionRefused, match="Not every point is met"):
        answer(asked, "met", cast.other_lead)
    asked.refresh_from_db()
    assert asked.answered_at is None


@pytest.mark.parametrize("person", ["owner", "editor", "lead", "assurer", "partner"])
def test_only_an_owner_asks(cast: Cast, short: PlanCheck, person: str) -> None:
    with pytest.raises(PermissionDenied):
        services.ask_to_reconsider(check=short, grounds=GROUNDS, by=cast.person(person))


@pytest.mark.parametrize("person", ["lead", "assurer", "other_assurer", "other_owner", "administrator"])
def test_whoever_had_a_part_in_it_does_not_answer(cast: Cast, short: PlanCheck, person: str) -> None:
    asked = ask(cast, short)
    by = cast.person(person)
    assert by is not None
    with pytest.raises(PermissionDenied):
        answer(asked, "not_met", by)


def test_a_company_asks_once_and_in_time(cast: Cast, short: PlanCheck) -> None:
    asked = ask(cast, short)
    with pytest.raises(TransitionRefused, match="looks at an outcome again once"):
        ask(cast, short)
    answer(asked, "met_with_actions", cast.other_lead)
    with pytest.raises(TransitionRefused, match="looks at an outcome again once"):
        ask(cast, short)
    with pytest.raises(TransitionRefused, match="not decided yet"):
        services.ask_to_reconsider(check=cast.open_check, grounds=GROUNDS, by=cast.owner)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE assurance_decision SET decided_at = now() - interval '60 days'")
        cursor.execute("SET LOCAL session_replication_role = origin")
    with pytest.raises(TransitionRefused, match="You could ask until"):
        services.ask_to_reconsider(check=cast.decided_check, grounds=GROUNDS, by=cast.owner)


def decision_like(first: Decision, **changed: Any) -> Decision:
    values = {
        "check_of": first.check_of,
        "recommendation": first.recommendation,
        "recommended_by": first.recommended_by,
        "outcome": "met_with_actions",
        "reason": "So.",
        "decided_by": first.decided_by,
        "decided_at": timezone.now(),
    }
    return Decision.objects.create(**values | changed)


def test_the_database_keeps_the_chain(cast: Cast, short: PlanCheck) -> None:
    first = short.decision
    assert first is not None
    for wrong in (
        {"decided_by": cast.other_lead},  # a second first decision
        {"replaces": first},  # by the same person
        {"replaces": cast.decided_check.decision, "decided_by": cast.other_lead},  # of another check
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            decision_like(first, **wrong)
    decision_like(first, replaces=first, decided_by=cast.other_lead)
    with pytest.raises(DatabaseError), transaction.atomic():
        decision_like(first, replaces=first, decided_by=make.UserFactory(role="lead"))
    for change in ({"decision": None}, {"status": "recommended"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            PlanCheck.objects.filter(pk=short.pk).update(**change)


@pytest.mark.parametrize("wrong", [{"grounds": ""}, {"answer": "So."}, {"answered_at": timezone.now()}])
def test_the_database_keeps_who_when_and_why_together(
    cast: Cast, short: PlanCheck, wrong: dict[str, Any]
) -> None:
    values = {
        "decision": short.decision,
        "decided_by": cast.lead,
        "grounds": GROUNDS,
        "asked_by": cast.other_owner,
    }
    with pytest.raises(DatabaseError), transaction.atomic():
        DecisionReconsideration.objects.create(**values | wrong)


def test_from_asking_to_the_answer_on_the_pages(cast: Cast, short: PlanCheck) -> None:
    owner, lead = client_for(cast.other_owner), client_for(cast.other_lead)
    outcome = f"/checks/{short.pk}/outcome/"
    assert f"{outcome}ask/" in owner.get(outcome).content.decode()
    assert "Enter why you think" in owner.post(f"{outcome}ask/", {}).content.decode()
    assert owner.post(f"{outcome}ask/", {"grounds": GROUNDS}).status_code == 302
    assert owner.get(f"{outcome}ask/").status_code == 409
    assert "A lead assurer who had no part in it answers" in words(cast.other_owner, outcome)
    asked = DecisionReconsideration.objects.get()
    assert cast.beta.name in words(cast.other_lead, "/outcomes/")
    assert "Nothing waits for you." in words(cast.lead, "/outcomes/")
    address = f"/outcomes/{asked.pk}/"
    page = lead.post(address, {"outcome": "met", "reason": "It is."}).content.decode()
    assert "Not every point is met" in page
    assert "It is." in page
    lead.post(address, {"outcome": "met_with_actions", "reason": "The record was seen."})
    shown = words(cast.other_owner, outcome)
    assert "This replaces the outcome of" in shown
    assert "The record was seen." in shown
    assert cast.other_lead.name not in shown
    case = words(cast.other_lead, f"/checks/{short.pk}/")
    assert "It replaces: not met, decided by Lead" in case
    again = lead.post(address, {"outcome": "not_met", "reason": "No."}).content.decode()
    assert "answered already" in again


@pytest.mark.django_db(transaction=True)
def test_ten_answers_at_once_are_one() -> None:
    cast = build_cast()
    check = shortfall(cast)
    asked = ask(cast, check)
    leads = [make.UserFactory(role="lead") for _ in range(10)]
    for lead in leads:
        ConflictDeclaration.objects.create(check_of=check, user=lead, has_conflict=False)
    barrier, answered = threading.Barrier(10), []

    def run(lead: User) -> None:
        try:
            barrier.wait()
            answered.append(answer(asked, "met_with_actions", lead))
        except TransitionRefused:
            pass
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[lead]) for lead in leads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answered) == 1
    assert Decision.objects.filter(check_of=check).count() == 2
