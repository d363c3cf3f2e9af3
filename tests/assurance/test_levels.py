"""How far a member is assured: each combination of what DfT has decided and a partner has found."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role, User
from applications.models import Membership
from assurance.levels import AssuranceLevel, with_assurance_level
from assurance.models import Decision, PlanCheck
from tests import factories as make
from tests.cast import Cast
from tests.signing_in import client_for

DFT, PARTNER, SELF = AssuranceLevel


@pytest.fixture
def member(db: None) -> Membership:
    make.EditionFactory()
    return make.MembershipFactory()


def decide(member: Membership, outcome: str, *, days_ago: int = 0) -> Decision:
    check = make.PlanCheckFactory(membership=member)
    recommendation = make.recommend(check, by=make.UserFactory(role=Role.ASSURER), outcome=outcome)
    if outcome == "not_met":
        make.read_again(recommendation, by=make.UserFactory(role=Role.ASSURER))
    return replace(check, outcome, None, days_ago=days_ago)


def replace(check: PlanCheck, outcome: str, earlier: Decision | None, *, days_ago: int = 0) -> Decision:
    recommendation = check.recommendations.get()
    check.decision = Decision.objects.create(
        check_of=check,
        replaces=earlier,
        recommendation=recommendation,
        recommended_by=recommendation.by,
        outcome=outcome,
        reason="Agreed.",
        decided_by=make.UserFactory(role=Role.LEAD),
        decided_at=timezone.now() - timedelta(days=days_ago),
    )
    check.status = "decided"
    check.save()
    return check.decision


def found(member: Membership, outcome: str, *, days_ago: int = 30, **more: Any) -> Any:
    day = timezone.localdate() - timedelta(days=days_ago)
    return make.PartnerCheckFactory(membership=member, outcome=outcome, inspected_on=day, **more)


def level(member: Membership, at: datetime | None = None) -> str:
    row = with_assurance_level(Membership.objects.filter(pk=member.pk), at).get()
    return str(row.assurance_level)


@pytest.mark.parametrize(
    ("decided", "said", "expected"),
    [
        (None, None, SELF),
        (None, "met", PARTNER),
        (None, "met_with_actions", PARTNER),
        (None, "not_met", SELF),
        ("met", None, DFT),
        ("met", "met", DFT),
        ("met", "met_with_actions", DFT),
        ("met", "not_met", DFT),
        ("met_with_actions", None, DFT),
        ("met_with_actions", "met", DFT),
        ("met_with_actions", "met_with_actions", DFT),
        ("met_with_actions", "not_met", DFT),
        ("not_met", None, SELF),
        ("not_met", "met", SELF),
        ("not_met", "met_with_actions", SELF),
        ("not_met", "not_met", SELF),
        ("no_response", None, SELF),
        ("no_response", "met", SELF),
        ("no_response", "met_with_actions", SELF),
        ("no_response", "not_met", SELF),
    ],
)
def test_each_combination(
    member: Membership, decided: str | None, said: str | None, expected: AssuranceLevel
) -> None:
    if decided:
        decide(member, decided, days_ago=60)
    if said:
        found(member, said)
    other = make.MembershipFactory()
    assert level(member) == expected
    assert level(other) == SELF


@pytest.mark.parametrize(
    ("first", "then", "expected"), [("met", "not_met", SELF), ("not_met", "met_with_actions", DFT)]
)
def test_the_latest_decision_counts(member: Membership, first: str, then: str, expected: str) -> None:
    decide(member, then, days_ago=1)
    decide(member, first, days_ago=90)
    assert level(member) == expected


@pytest.mark.parametrize(
    ("first", "then", "expected"), [("met", "not_met", SELF), ("not_met", "met", PARTNER)]
)
def test_the_newest_inspection_counts_whichever_partner_made_it_and_sent_it_when(
    member: Membership, first: str, then: str, expected: str
) -> None:
    found(member, then, days_ago=5)
    found(member, first, days_ago=50)
    assert level(member) == expected


def test_a_result_that_was_corrected_does_not_count(member: Membership) -> None:
    wrong = found(member, "met", days_ago=5)
    correction = found(member, "not_met", days_ago=5, body=wrong.body, replaces=wrong)
    assert level(member) == SELF
    found(member, "met", days_ago=40, body=wrong.body, replaces=correction)
    assert level(member) == PARTNER


def test_a_result_about_the_wrong_member_counts_for_the_right_one_alone(member: Membership) -> None:
    wrong, other = found(member, "met"), make.MembershipFactory()
    found(other, "met", body=wrong.body, replaces=wrong)
    assert (level(member), level(other)) == (SELF, PARTNER)


def test_a_decision_that_was_replaced_does_not_count(member: Membership) -> None:
    first = decide(member, "not_met", days_ago=9)
    found(member, "met")
    assert level(member) == SELF
    replace(first.check_of, "met_with_actions", first)
    assert level(member) == DFT
    assert level(member, timezone.now() - timedelta(days=2)) == SELF


def test_an_open_check_and_a_recommendation_say_nothing(member: Membership) -> None:
    found(member, "met")
    make.recommend(
        make.PlanCheckFactory(membership=member),
        by=make.UserFactory(role=Role.ASSURER),
        outcome="no_response",
    )
    assert level(member) == PARTNER


def test_what_was_known_at_a_moment(member: Membership) -> None:
    decide(member, "met", days_ago=10)
    now = timezone.now()
    assert level(member, now - timedelta(days=11)) == SELF
    assert level(member, now - timedelta(days=9)) == DFT
    other = make.MembershipFactory()
    found(other, "met", sent_at=now - timedelta(days=3))
    assert level(other, now - timedelta(days=4)) == SELF
    assert level(other, now - timedelta(days=2)) == PARTNER


def test_a_correction_counts_from_the_day_on_which_it_came(member: Membership) -> None:
    now = timezone.now()
    wrong = found(member, "met", sent_at=now - timedelta(days=9))
    found(member, "not_met", body=wrong.body, replaces=wrong, sent_at=now - timedelta(days=2))
    assert level(member, now - timedelta(days=3)) == PARTNER
    assert level(member, now) == SELF


# --- The page of a member -----------------------------------------------------------------------


def address(member: Membership) -> str:
    return reverse("assurance:member_assurance", kwargs={"number": member.number})


def page(user: User, member: Membership) -> str:
    answer = client_for(user).get(address(member))
    assert answer.status_code == 200
    return BeautifulSoup(answer.content, "html.parser").find("main").get_text(" ", strip=True)


def test_the_page_says_the_level_and_what_it_rests_on(member: Membership) -> None:
    assurer = make.UserFactory(role=Role.ASSURER)
    assert "Self-declared The company has declared" in page(assurer, member)
    result = found(member, "met_with_actions")
    text = page(assurer, member)
    assert "Partner-assured" in text
    assert f"by {result.body.name}" in text
    first = decide(member, "not_met")
    assert "Self-declared" in page(assurer, member)
    replace(first.check_of, "met", first)
    text = page(assurer, member)
    assert "DfT-assured" in text
    assert "Not met" not in text


def test_who_has_left_has_no_level(member: Membership) -> None:
    Membership.objects.filter(pk=member.pk).update(status="removed", ended_on=timezone.localdate())
    text = page(make.UserFactory(role=Role.LEAD), member)
    assert "not a current member" in text
    assert "Self-declared" not in text


def test_nobody_who_is_tied_to_the_company_sees_it(member: Membership) -> None:
    lead = make.UserFactory(role=Role.LEAD)
    make.StaffInterestFactory(user=lead, company=member.company)
    assert client_for(lead).get(address(member)).status_code == 403


def test_the_page_costs_the_same_for_one_and_for_many(member: Membership) -> None:
    lead, counts = make.UserFactory(role=Role.LEAD), []
    for _ in range(2):
        found(member, "met")
        decide(member, "met")
        client = client_for(lead)
        with CaptureQueriesContext(connection) as queries:
            client.get(address(member))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_companys_page_leads_there_for_those_who_check(cast: Cast) -> None:
    company = reverse("applications:company", kwargs={"public_id": cast.alpha.public_id})
    for person, is_there in (("assurer", True), ("lead", True), ("administrator", False), ("owner", False)):
        answer = client_for(getattr(cast, person)).get(company)
        assert (address(cast.membership) in answer.content.decode()) == is_there, person
