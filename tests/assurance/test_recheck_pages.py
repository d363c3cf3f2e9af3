"""What partners and DfT found, compared; and the pages of re-checks."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role, User
from applications.models import Membership, TradeBody
from assurance.models import (
    Decision,
    PartnerCheck,
    PlanCheck,
    Recheck,
    SelectionRound,
)
from assurance.recheck_comparison import compare_partners, differing
from assurance.services import draw_rechecks, record_partner_check
from assurance.services.rechecks import CHANGED
from tests import factories as make
from tests.assurance.partners import facts, own_member
from tests.assurance.rechecks import decide, design
from tests.cast import Cast
from tests.signing_in import client_for

DRAW, COMPARE = reverse("assurance:recheck_draw"), reverse("assurance:rechecks")


@pytest.fixture
def lead(db: None) -> User:
    return make.UserFactory(role=Role.LEAD)


@pytest.fixture
def bodies(db: None) -> list[TradeBody]:
    make.EditionFactory()
    return [make.TradeBodyFactory(name=name, is_partner=True) for name in ("Association", "Guild")]


@pytest.fixture
def results(bodies: list[TradeBody]) -> list[PartnerCheck]:
    """Eleven of the association and three of the guild, of a member each."""
    return [make.PartnerCheckFactory(body=body) for body in [bodies[0]] * 11 + [bodies[1]] * 3]


# --- What partners and DfT found ----------------------------------------------------------------


@pytest.fixture
def compared(bodies: list[TradeBody], lead: User) -> list[Recheck]:
    """Of the association, twelve: eight agree, two are worse for DfT, one is waited for, one is silent.

    Of the guild two, that agree.
    """
    said = ["met"] * 10 + ["not_met", "met"] + ["met_with_actions"] * 2
    for place, outcome in enumerate(said):
        make.PartnerCheckFactory(body=bodies[place >= 12], outcome=outcome)
    draw_rechecks(design=design(percent=100), by=lead)
    found = ["met"] * 7 + ["met_with_actions", "not_met", "no_response", "not_met", None]
    found += ["met_with_actions"] * 2
    rechecks = list(Recheck.objects.order_by("partner_check_id"))
    for recheck, outcome in zip(rechecks, found, strict=True):
        if outcome:
            decide(recheck, outcome, lead)
    return rechecks


def test_agreement_is_counted_by_partner_with_its_denominators(compared: list[Recheck]) -> None:
    with CaptureQueriesContext(connection) as queries:
        (association, guild), overall = compare_partners()
    assert len(queries) == 1
    assert (association.name, association.drawn, association.decided) == ("Association", 12, 11)
    assert (association.no_response, association.compared, association.agreed) == (1, 10, 8)
    assert (association.is_enough, association.rate, association.overstated) == (True, 0.8, 1)
    assert (guild.compared, guild.agreed, guild.is_enough) == (2, 2, False)
    assert (overall.drawn, overall.compared, overall.agreed) == (14, 12, 10)


def test_a_correction_after_the_draw_does_not_make_them_agree(compared: list[Recheck]) -> None:
    result = compared[8].partner_check
    make.PartnerCheckFactory(
        body=result.body, membership=result.membership, replaces=result, outcome="not_met"
    )
    (association, _), _ = compare_partners()
    assert (association.agreed, association.overstated) == (8, 1)


def test_the_outcome_that_holds_counts(compared: list[Recheck]) -> None:
    """A decision that was looked at again, and replaced."""
    check = PlanCheck.objects.select_related("decision").get(selection=compared[8].selection)
    first = check.decision
    assert first is not None
    check.decision = Decision.objects.create(
        check_of=check,
        replaces=first,
        recommendation_id=first.recommendation_id,
        recommended_by_id=first.recommended_by_id,
        outcome="met",
        reason="The annex shows it.",
        decided_by=make.UserFactory(role=Role.LEAD),
        decided_at=timezone.now(),
    )
    check.save()
    (association, _), _ = compare_partners()
    assert (association.agreed, association.overstated) == (9, 0)


def text_of(answer: Any) -> str:
    assert answer.status_code == 200
    return BeautifulSoup(answer.content, "html.parser").get_text(" ", strip=True)


def rows_of(answer: Any) -> list[list[str]]:
    table = BeautifulSoup(answer.content, "html.parser").find("table")
    assert table is not None
    return [
        [cell.get_text(" ", strip=True) for cell in row.find_all(["th", "td"])] for row in table.select("tr")
    ]


def test_the_page_says_where_there_is_too_little(compared: list[Recheck], lead: User) -> None:
    answer = client_for(lead).get(COMPARE)
    assert rows_of(answer)[1:] == [
        ["Association", "12", "11", "1", "10", "8 of 10", "80%", "1 of 10"],
        ["Guild", "2", "2", "0", "2", *["Not enough data"] * 3],
        ["All partners", "14", "13", "1", "12", "10 of 12", "83%", "1 of 12"],
    ]
    assert "Where DfT came to another outcome" in text_of(answer)


def test_the_page_lists_no_check_from_which_the_lead_is_barred(compared: list[Recheck], lead: User) -> None:
    assert set(differing(lead)) == {compared[7], compared[8]}
    company = compared[8].partner_check.membership.company
    make.StaffInterestFactory(user=lead, company=company)
    assert set(differing(lead)) == {compared[7]}
    assert company.name not in text_of(client_for(lead).get(COMPARE))


def test_the_page_before_any_draw(lead: User) -> None:
    assert "No result of a partner has been drawn" in text_of(client_for(lead).get(COMPARE))


# --- The pages of the draw ----------------------------------------------------------------------


FIRST_DAY = ("received_from_day", "received_from_month", "received_from_year")


def typed(**changes: str) -> dict[str, str]:
    today = timezone.localdate()
    return {
        "name": "Autumn",
        "received_from_day": "1",
        "received_from_month": "1",
        "received_from_year": str(today.year - 1),
        "received_to_day": str(today.day),
        "received_to_month": str(today.month),
        "received_to_year": str(today.year),
        "percent": "25",
        "seed": "",
        "step": "preview",
    } | changes


def hidden(answer: Any) -> dict[str, str]:
    page = BeautifulSoup(answer.content, "html.parser")
    return {str(row["name"]): str(row["value"]) for row in page.select("main input[type=hidden]")}


def test_a_lead_looks_and_then_draws(results: list[PartnerCheck], lead: User) -> None:
    client = client_for(lead)
    assert client.get(DRAW).status_code == 200
    shown = client.post(DRAW, typed())
    assert rows_of(shown)[1:] == [["Association", "11", "3", "27.3%"], ["Guild", "3", "1", "33.3%"]]
    assert "4 of 14 results" in text_of(shown)
    assert not SelectionRound.objects.exists()
    answer = client.post(DRAW, hidden(shown) | {"step": "draw"}, follow=True)
    round_ = SelectionRound.objects.get()
    assert answer.redirect_chain == [(reverse("assurance:round", kwargs={"pk": round_.pk}), 302)]
    text = text_of(answer)
    for expected in (
        "4 of 14 results that could be drawn",
        "25%, rounded up",
        "Re-checks of partners’ results",
    ):
        assert expected in text
    assert "Re-checks of partners’ results" in text_of(client.get(reverse("assurance:rounds")))


def test_what_changed_since_is_shown_again(results: list[PartnerCheck], lead: User) -> None:
    client = client_for(lead)
    shown = client.post(DRAW, typed())
    make.PartnerCheckFactory(body=results[-1].body)
    answer = client.post(DRAW, hidden(shown) | {"step": "draw"})
    assert CHANGED in text_of(answer)
    assert rows_of(answer)[2] == ["Guild", "4", "1", "25.0%"]
    Membership.objects.update(status="suspended")
    gone = client.post(DRAW, hidden(answer) | {"step": "draw"})
    assert "can be checked again now" in text_of(gone)
    assert not SelectionRound.objects.exists()


def test_nothing_is_drawn_unseen(results: list[PartnerCheck], lead: User) -> None:
    answer = client_for(lead).post(DRAW, typed(step="draw"))
    assert "Nothing is drawn yet" in text_of(answer)
    assert not SelectionRound.objects.exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": ""}, "Enter a name for the draw"),
        (
            {"received_from_day": "", "received_from_month": "", "received_from_year": ""},
            "Enter the first day",
        ),
        ({"received_to_year": "2099"}, "The last day must be today or in the past"),
        ({"received_to_year": "2015"}, "The last day must be the same as or after the first day"),
        ({"percent": ""}, "Enter the share to be drawn"),
        ({"percent": "0"}, "Draw at least 1 per cent"),
        ({"percent": "101"}, "The share can be at most 100 per cent"),
    ],
)
def test_a_fault_is_said(
    results: list[PartnerCheck], lead: User, changes: dict[str, str], message: str
) -> None:
    answer = client_for(lead).post(DRAW, typed(**changes))
    assert message in text_of(answer)
    assert "What would be drawn" not in text_of(answer)


def test_change_keeps_what_was_typed(results: list[PartnerCheck], lead: User) -> None:
    answer = client_for(lead).post(DRAW, typed(step="change", name=""))
    page = BeautifulSoup(answer.content, "html.parser")
    assert page.find("input", {"name": "percent"})["value"] == "25"
    assert "There is a problem" not in page.get_text()


def test_the_round_page_costs_the_same_for_one_and_for_many(results: list[PartnerCheck], lead: User) -> None:
    counts = []
    for percent in (1, 100):
        round_ = draw_rechecks(design=design(percent=percent), by=lead)
        client = client_for(lead)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("assurance:round", kwargs={"pk": round_.pk}))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_partner_is_not_told_what_was_drawn(cast: Cast) -> None:
    member = own_member(cast.trade_body)
    result, _ = record_partner_check(
        body=cast.trade_body, facts=facts(member), source="form", by=cast.partner
    )
    page = reverse("assurance:partner_check", kwargs={"pk": result.pk})
    before = text_of(client_for(cast.partner).get(page))
    draw_rechecks(design=design(), by=cast.lead)
    assert text_of(client_for(cast.partner).get(page)) == before
