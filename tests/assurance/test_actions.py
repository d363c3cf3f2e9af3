"""Actions as their readers meet them, and what a decision may not say against the findings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.models import Notification
from accounts.transitions import TransitionRefused
from assurance import services
from assurance.models import CorrectiveAction, Decision, Finding, PlanCheck
from tests import factories as make
from tests.applications.test_views_apply import client_of, soup
from tests.cast import Cast


def words(response: Any) -> str:
    return " ".join(soup(response).get_text().split())


def test_a_lead_who_acts_for_the_company_sees_none_of_its_actions(cast: Cast) -> None:
    action = cast.open_action()
    assert action in CorrectiveAction.objects.visible_to(cast.lead)
    for person in (cast.lead, cast.assurer):
        cast.alpha.people.create(user=person, level="viewer")
        assert not CorrectiveAction.objects.visible_to(person).exists()
        assert client_of(person).get(f"/actions/{action.pk}/").status_code == 404


def test_the_company_reads_what_is_still_missing_but_no_name_of_dft(cast: Cast) -> None:
    services.answer_action(action=cast.action, note="Everyone is trained.", by=cast.editor)
    services.reopen_action(action=cast.action, reason="Where is the record?", by=cast.assurer)
    address = f"/actions/{cast.action.pk}/"
    to_company = words(client_of(cast.viewer).get(address))
    assert "More was asked for by DfT" in to_company
    assert "Where is the record?" in to_company
    assert "Reported as done by Editor" in to_company
    assert "Assurer" not in to_company
    assert "More was asked for by Assurer" in words(client_of(cast.lead).get(address))


def test_owners_are_told_when_an_action_is_reopened_or_closed(cast: Cast) -> None:
    services.answer_action(action=cast.action, note="Everyone is trained.", by=cast.editor)
    services.reopen_action(action=cast.action, reason="Where is the record?", by=cast.assurer)
    assert "Where is the record?" in Notification.objects.get(to=cast.owner.email).body
    services.close_action(action=cast.action, reason="The record was seen.", by=cast.assurer)
    assert "The record was seen." in Notification.objects.filter(to=cast.owner.email).latest("pk").body


def test_nothing_goes_back_without_a_reason(cast: Cast) -> None:
    services.answer_action(action=cast.action, note="Everyone is trained.", by=cast.editor)
    with pytest.raises(TransitionRefused):
        services.reopen_action(action=cast.action, reason=" ", by=cast.assurer)
    with pytest.raises(TransitionRefused):
        services.send_back(check=cast.recommended_check, reason=" ", by=cast.lead)
    cast.action.refresh_from_db()
    cast.recommended_check.refresh_from_db()
    assert (cast.action.status, cast.recommended_check.status) == ("done", "recommended")


@pytest.mark.parametrize("outcome", ["not_met", "met_with_actions", "no_response"])
def test_a_decision_must_be_borne_by_the_findings(cast: Cast, outcome: str) -> None:
    """Every point is met: a lead who doubts that sends the check back."""
    check = cast.recommended_check
    with pytest.raises(TransitionRefused):
        services.decide_check(check=check, outcome=outcome, reason="So.", by=cast.lead)
    data = {"outcome": outcome, "reason": "So.", "recommendation": check.recommendations.get().pk}
    response = client_of(cast.lead).post(f"/checks/{check.pk}/decide/", data)
    assert response.status_code == 200
    assert soup(response).select_one(".govuk-error-summary") is not None
    assert soup(response).select_one("textarea").get_text().strip() == "So."
    assert not Decision.objects.filter(check_of=check).exists()


def test_the_database_adds_no_finding_to_a_check_that_is_no_longer_open(cast: Cast) -> None:
    finding = Finding.objects.filter(check_of=cast.recommended_check).first()
    assert finding is not None
    values = {
        "point": finding.point,
        "result": "met",
        "note": "Seen.",
        "recorded_by": cast.assurer,
        "recorded_at": finding.recorded_at,
    }
    closed = make.PlanCheckFactory(membership=cast.other_membership, assurer=cast.assurer)
    make.recommend(closed, by=cast.assurer, outcome="no_response")
    with pytest.raises(DatabaseError, match="no longer open"), transaction.atomic():
        Finding.objects.create(check_of=closed, **values)
    mine = Finding.objects.create(check_of=cast.open_check, **values)
    with pytest.raises(DatabaseError, match="no longer open"), transaction.atomic():
        Finding.objects.filter(pk=mine.pk).update(check_of=closed)


def test_no_outcome_is_chosen_in_advance(cast: Cast) -> None:
    page = soup(client_of(cast.lead).get(f"/checks/{cast.recommended_check.pk}/decide/"))
    assert len(page.select("input[name=outcome]")) == 4
    assert page.select("input[name=outcome][checked]") == []


def test_what_is_overdue_is_marked_until_it_is_done(cast: Cast) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    for check in (cast.open_check, cast.decided_check):
        check.due_on = yesterday
        check.save()
    page = soup(client_of(cast.lead).get("/checks/", {"status": "every"}))
    marked = [row.a["href"] for row in page.select("tbody tr") if "Overdue" in row.get_text()]
    assert marked == [f"/checks/{cast.open_check.pk}/"]
    address = f"/checks/{cast.decided_check.pk}/outcome/"
    assert "Overdue" not in words(client_of(cast.owner).get(address))
    CorrectiveAction.objects.filter(pk=cast.action.pk).update(target_on=yesterday)
    assert "Overdue" in words(client_of(cast.owner).get(address))
    services.answer_action(action=cast.action, note="Everyone is trained.", by=cast.editor)
    assert "Overdue" not in words(client_of(cast.owner).get(address))


def test_only_a_point_that_may_not_apply_is_found_not_applicable(cast: Cast) -> None:
    def offered(number: int) -> list[str]:
        page = soup(client_of(cast.assurer).get(f"/checks/{cast.open_check.pk}/points/{number}/"))
        return [str(radio["value"]) for radio in page.select("input[name=result]")]

    assert offered(1) == ["met", "partly", "not_met"]
    assert offered(8) == ["met", "partly", "not_met", "not_applicable"]
    values: dict[str, Any] = {
        "check": cast.open_check,
        "result": "not_applicable",
        "note": "Cars only.",
        "by": cast.assurer,
    }
    with pytest.raises(TransitionRefused, match="applies to every company"):
        services.record_finding(point=cast.edition.points.get(number=1), **values)
    services.record_finding(point=cast.edition.points.get(number=8), **values)
    assert [row.point.number for row in cast.open_check.findings.all()] == [8]


def test_the_database_closes_no_check_without_a_decision(cast: Cast) -> None:
    with pytest.raises(DatabaseError, match="decided by a decision"), transaction.atomic():
        PlanCheck.objects.filter(pk=cast.recommended_check.pk).update(status="decided")
    with pytest.raises(DatabaseError, match="decided by a decision"), transaction.atomic():
        make.PlanCheckFactory(membership=cast.other_membership, status="decided")
