"""Actions as their readers meet them, and what a decision may not say against the findings."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connections, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Notification, User
from accounts.transitions import TransitionRefused
from assurance import services
from assurance.models import CorrectiveAction, Decision, Finding, PlanCheck, SuspensionProposal
from assurance.services.actions import remind_of_action
from assurance.services.suspensions import propose_suspension
from assurance.tasks import keep_actions
from codeofpractice.models import StoredFile
from tests import factories as make
from tests.applications.test_views_apply import client_of, soup
from tests.cast import Cast, build_cast


def words(response: Any) -> str:
    return " ".join(soup(response).get_text().split())


def report_done(cast: Cast, by: User | None = None) -> None:
    services.answer_action(action=cast.action, kind="done", note="Everyone is trained.", by=by or cast.editor)


def look_again(cast: Cast, result: str, note: str) -> None:
    services.record_retest(action=cast.action, result=result, note=note, by=cast.assurer)


def test_a_lead_who_acts_for_the_company_sees_none_of_its_actions(cast: Cast) -> None:
    action = cast.open_action()
    assert action in CorrectiveAction.objects.visible_to(cast.lead)
    for person in (cast.lead, cast.assurer):
        cast.alpha.people.create(user=person, level="viewer")
        assert not CorrectiveAction.objects.visible_to(person).exists()
        assert client_of(person).get(f"/actions/{action.pk}/").status_code == 404


def test_a_colleagues_answer_is_not_passed_over(cast: Cast) -> None:
    """Nor is an answer of one's own sent twice; one that the page has shown can be followed by another."""
    address = f"/actions/{cast.action.pk}/"
    day = timezone.localdate() + timedelta(days=9)
    typed = {
        "kind": "planned", "note": "With the new staff.", "planned_for_day": day.day,
        "planned_for_month": day.month, "planned_for_year": day.year,
    }  # fmt: skip
    owner, editor = client_of(cast.owner), client_of(cast.editor)

    def shown(client: Client) -> dict[str, str]:
        page = client.get(address)
        return {str(tag["name"]): str(tag["value"]) for tag in soup(page).select("form [name=seen]")}

    first, second = shown(owner), shown(editor)
    assert owner.post(address, typed | first).status_code == 302
    for client, seen in ((owner, first), (editor, second)):
        late = client.post(address, typed | seen)
        assert late.status_code == 409
        assert "You or a colleague have answered since you opened the page." in words(late)
    assert cast.action.answers.count() == 1
    assert editor.post(address, typed | shown(editor)).status_code == 302
    assert cast.action.answers.count() == 2


def test_the_same_action_is_set_once(cast: Cast) -> None:
    point = cast.edition.points.get(number=3)
    services.record_finding(check=cast.open_check, point=point, result="partly", note="x", by=cast.assurer)
    client, place = client_of(cast.assurer), f"/checks/{cast.open_check.pk}/points/3/actions/"
    typed = {
        "action-description": "Look at licences.", "action-owner_role": "Manager",
        "action-no_target_reason": "It hangs on the new branch.",
    }  # fmt: skip
    assert client.post(place, typed).status_code == 302
    again = client.post(place, typed)
    assert again.status_code == 409
    assert "This action is set already." in words(again)
    assert client.post(place, typed | {"action-owner_role": "Director"}).status_code == 302
    assert cast.open_check.actions.count() == 2


def test_the_company_reads_what_is_still_missing_but_no_name_of_dft(cast: Cast) -> None:
    report_done(cast)
    look_again(cast, "partly", "Where is the record?")
    address = f"/actions/{cast.action.pk}/"
    to_company = words(client_of(cast.viewer).get(address))
    assert "Looked at again by DfT" in to_company
    assert "Where is the record?" in to_company
    assert "Reported as done by Editor" in to_company
    assert "Assurer" not in to_company
    assert "Looked at again by Assurer" in words(client_of(cast.lead).get(address))


def test_owners_are_told_what_is_found_or_that_an_action_is_closed(cast: Cast) -> None:
    report_done(cast)
    look_again(cast, "partly", "Where is the record?")
    assert "Where is the record?" in Notification.objects.get(to=cast.owner.email).body
    services.close_action(
        action=cast.action, code="not_needed", reason="The record was seen.", by=cast.assurer
    )
    assert "The record was seen." in Notification.objects.filter(to=cast.owner.email).latest("pk").body


def test_nothing_goes_back_without_a_reason(cast: Cast) -> None:
    with pytest.raises(TransitionRefused):
        services.send_back(check=cast.recommended_check, reason=" ", by=cast.lead)
    cast.recommended_check.refresh_from_db()
    assert cast.recommended_check.status == "recommended"


def status_of(action: CorrectiveAction) -> str:
    return CorrectiveAction.objects.get(pk=action.pk).status


def test_a_company_plans_does_and_is_looked_at_again(cast: Cast) -> None:
    """The first finding stays; what was put right is a finding of its own."""
    soon = timezone.localdate() + timedelta(days=20)
    answer: dict[str, Any] = {"action": cast.action, "note": "In March.", "by": cast.editor}
    with pytest.raises(PermissionDenied):
        services.answer_action(**answer | {"kind": "done", "by": cast.viewer})
    with pytest.raises(TransitionRefused, match="by when"):
        services.answer_action(**answer, kind="planned")
    services.answer_action(**answer, kind="planned", planned_for=soon)
    services.answer_action(**answer, kind="planned", planned_for=soon + timedelta(days=1))
    assert status_of(cast.action) == "planned"
    services.answer_action(**answer, kind="not_planned")
    services.answer_action(**answer, kind="done")
    with pytest.raises(TransitionRefused, match="Reported as done"):
        services.answer_action(**answer, kind="not_planned")
    with pytest.raises(PermissionDenied):
        services.record_retest(action=cast.action, result="met", note="Mine.", by=cast.owner)
    look_again(cast, "partly", "Where is the record?")
    assert status_of(cast.action) == "open"
    report_done(cast, by=cast.owner)
    look_again(cast, "met", "The record was seen.")
    assert status_of(cast.action) == "put_right"
    assert [row.result for row in cast.action.retests.order_by("pk")] == ["partly", "met"]
    assert cast.decided_check.findings.get(point=cast.action.point).result == "met"  # as the cast has it
    with pytest.raises(TransitionRefused):
        report_done(cast)
    with pytest.raises(TransitionRefused):
        services.close_action(action=cast.action, code="not_needed", reason="Again.", by=cast.lead)


def test_only_what_is_reported_as_done_is_looked_at_again(cast: Cast) -> None:
    with pytest.raises(TransitionRefused):
        look_again(cast, "met", "Seen.")
    assert not cast.action.retests.exists()


def test_answers_and_retests_are_never_changed(cast: Cast) -> None:
    report_done(cast)
    look_again(cast, "partly", "Where is the record?")
    for rows in (cast.action.answers, cast.action.retests):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(note="Nothing.")
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.all()._raw_delete("default")


@pytest.mark.parametrize(
    "wrong",
    [
        {"target_on": None},
        {"no_target_reason": "Nobody knows."},
        {"status": "closed"},
    ],
)
def test_the_database_keeps_targets_and_reasons_together(cast: Cast, wrong: dict[str, Any]) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        make.CorrectiveActionFactory(check_of=cast.decided_check, **wrong)
    make.CorrectiveActionFactory(
        check_of=cast.decided_check, target_on=None, no_target_reason="It hangs on the lease."
    )


def test_the_company_answers_on_the_page_with_a_file(cast: Cast) -> None:
    client = client_of(cast.editor)
    address = f"/actions/{cast.action.pk}/"
    without_day = client.post(address, {"kind": "planned", "note": "In March."})
    assert "Enter the date by which you will do it" in words(without_day)
    assert soup(without_day).select_one("textarea").get_text().strip() == "In March."
    file = SimpleUploadedFile("signed.txt", b"Signed by everyone.")
    client.post(address, {"kind": "done", "note": "All have signed.", "file": file})
    answer = cast.action.answers.get()
    assert (answer.kind, answer.note) == ("done", "All have signed.")
    assert answer.file is not None
    StoredFile.objects.filter(pk=answer.file_id).update(status="clean")
    check = f"/checks/{cast.decided_check.pk}/"
    assert client_of(cast.assurer).get(f"{check}files/{answer.file_id}/").status_code == 200
    assert client_of(cast.other_assurer).get(f"{check}files/{answer.file_id}/").status_code == 404
    retest = client_of(cast.assurer).post(f"{address}look-again/", {"result": "met", "note": "Seen."})
    assert retest.status_code == 302
    assert "What DfT found when it looked again" in words(client.get(address))


def test_an_action_is_set_with_a_date_or_a_reason(cast: Cast) -> None:
    point = cast.edition.points.get(number=4)
    services.record_finding(
        check=cast.open_check, point=point, result="partly", note="Half.", by=cast.assurer
    )
    client = client_of(cast.assurer)
    address = f"/checks/{cast.open_check.pk}/points/4/actions/"
    typed = {"action-description": "Train them.", "action-owner_role": "Manager"}
    assert "or why there is none" in words(client.post(address, typed))
    client.post(address, typed | {"action-no_target_reason": "It hangs on the lease."})
    action = cast.open_check.actions.get()
    assert (action.target_on, action.no_target_reason) == (None, "It hangs on the lease.")
    assert not action.is_overdue


def test_companies_are_reminded_of_actions(cast: Cast) -> None:
    """14 days before the date, on the day, and the day after: once each."""
    target = date(2027, 6, 20)
    CorrectiveAction.objects.filter(pk=cast.action.pk).update(target_on=target)
    sent = [
        day
        for day in range(1, 31)
        if remind_of_action(action=cast.action, today=date(2027, 6, day))
        | remind_of_action(action=cast.action, today=date(2027, 6, day))
    ]
    assert sent == [6, 20, 21]
    subjects = Notification.objects.filter(to=cast.editor.email).order_by("pk")
    assert [row.subject.rpartition(": ")[2] for row in subjects] == [
        "an action is due soon",
        "an action is due soon",
        "an action is overdue",
    ]


def make_overdue(cast: Cast, days: int) -> None:
    day = timezone.localdate() - timedelta(days=days)
    CorrectiveAction.objects.filter(pk=cast.action.pk).update(target_on=day)


def test_long_overdue_actions_become_a_proposal_that_a_lead_decides(cast: Cast) -> None:
    make_overdue(cast, 28)
    assert keep_actions()["proposed"] == 0
    make_overdue(cast, 29)
    assert keep_actions()["proposed"] == 1
    assert keep_actions()["proposed"] == 0
    proposal = SuspensionProposal.objects.get()
    assert list(proposal.actions.all()) == [cast.action]
    for person in (cast.assurer, cast.owner, cast.administrator):
        with pytest.raises(PermissionDenied):
            services.decide_suspension(proposal=proposal, suspend=True, reason="Late.", by=person)
    with pytest.raises(TransitionRefused, match="reason"):
        services.decide_suspension(proposal=proposal, suspend=True, reason=" ", by=cast.lead)
    page = client_of(cast.lead)
    assert cast.alpha.name in words(page.get("/suspensions/"))
    empty = page.post(f"/suspensions/{proposal.pk}/", {"reason": "Late."})
    assert "Say whether the membership should be suspended" in words(empty)
    page.post(f"/suspensions/{proposal.pk}/", {"suspend": "yes", "reason": "No answer since spring."})
    cast.membership.refresh_from_db()
    assert cast.membership.status == "suspended"
    proposal.refresh_from_db()
    assert (proposal.status, proposal.decided_by, proposal.reason) == (
        "suspended",
        cast.lead,
        "No answer since spring.",
    )
    again = page.post(
        f"/suspensions/{proposal.pk}/", {"suspend": "no", "code": "mistake", "reason": "A mistake."}
    )
    assert again.status_code == 409


def test_what_a_lead_declines_is_not_proposed_again(cast: Cast) -> None:
    make_overdue(cast, 40)
    keep_actions()
    proposal = SuspensionProposal.objects.get()
    services.decide_suspension(
        proposal=proposal, suspend=False, code="changed", reason="Flooded.", by=cast.lead
    )
    assert keep_actions()["proposed"] == 0
    cast.membership.refresh_from_db()
    assert cast.membership.status == "active"
    make.CorrectiveActionFactory(
        check_of=cast.decided_check, target_on=timezone.localdate() - timedelta(days=40)
    )
    assert keep_actions()["proposed"] == 1


def test_a_proposal_falls_away_when_the_company_answers(cast: Cast) -> None:
    make_overdue(cast, 40)
    keep_actions()
    report_done(cast)
    assert keep_actions()["dropped"] == 1
    proposal = SuspensionProposal.objects.get()
    assert (proposal.status, proposal.decided_by) == ("moot", None)


def test_a_lead_of_the_company_does_not_decide_about_it(cast: Cast) -> None:
    make_overdue(cast, 40)
    keep_actions()
    cast.alpha.people.create(user=cast.lead, level="viewer")
    proposal = SuspensionProposal.objects.get()
    assert not SuspensionProposal.objects.visible_to(cast.lead).exists()
    with pytest.raises(PermissionDenied):
        services.decide_suspension(proposal=proposal, suspend=True, reason="Late.", by=cast.lead)


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_propose_once() -> None:
    cast = build_cast()
    make_overdue(cast, 40)
    today, barrier = timezone.localdate(), threading.Barrier(4)

    def run() -> None:
        try:
            barrier.wait()
            propose_suspension(membership=cast.membership, today=today)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert SuspensionProposal.objects.count() == 1


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
    report_done(cast)
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
