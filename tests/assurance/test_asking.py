"""Asking the company: who has the ball, the clock, reminders, answers in place, and notes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Notification, Role, User
from accounts.transitions import TransitionRefused
from assurance import services
from assurance.design import RoundDesign
from assurance.models import CheckRequest, CheckStatus, FindingDraft, PlanCheck
from assurance.services.asking import escalate_request, remind_of_request
from assurance.services.clock import DAYS_TO_CHECK
from assurance.tasks import keep_checks
from codeofpractice.models import Point, StoredFile
from tests import factories as make
from tests.cast import Cast
from tests.signing_in import client_for

QUESTION = "Who looks at the licence at night?"


def point_of(check: PlanCheck, number: int = 3) -> Point:
    assert check.plan_version is not None
    return check.plan_version.edition.points.get(number=number)


def ask(cast: Cast, number: int = 3) -> CheckRequest:
    check = cast.open_check
    return services.ask_company(
        check=check, point=point_of(check, number), question=QUESTION, by=cast.assurer
    )


def told(words: str) -> list[str]:
    found = Notification.objects.filter(subject__contains=words).order_by("to")
    return list(found.values_list("to", flat=True))


def test_asking_hands_the_ball_over_and_stops_the_clock(cast: Cast) -> None:
    due_on = cast.open_check.due_on
    request = ask(cast)
    check = PlanCheck.objects.get(pk=cast.open_check.pk)
    assert (check.status, check.due_on) == (CheckStatus.WAITING, None)
    assert check.working_days_left is not None
    assert not check.is_overdue
    assert told("a question about your security plan") == ["editor@example.com", "owner@example.com"]
    event = AuditEvent.objects.get(verb="check.asked")
    assert (event.by, event.reason, event.data["point"]) == (cast.assurer, QUESTION, 3)
    services.answer_request(request=request, answer="The duty manager.", by=cast.editor)
    check.refresh_from_db()
    assert (check.status, check.working_days_left) == (CheckStatus.OPEN, None)
    # Nothing of the time is lost or won, but that the day due is a working day.
    assert check.due_on is not None
    assert due_on is not None
    assert abs((check.due_on - due_on).days) <= 3
    assert told("your question is answered") == ["assurer@example.com"]


def test_the_company_has_the_ball_until_everything_is_answered(cast: Cast) -> None:
    first, second = ask(cast, 3), ask(cast, 4)
    services.answer_request(request=first, answer="The duty manager.", by=cast.owner)
    cast.open_check.refresh_from_db()
    assert cast.open_check.status == CheckStatus.WAITING
    services.withdraw_request(
        request=second, code="not_needed", reason="Found in the handbook.", by=cast.assurer
    )
    cast.open_check.refresh_from_db()
    assert cast.open_check.status == CheckStatus.OPEN


def test_findings_at_other_points_go_on_meanwhile(cast: Cast) -> None:
    ask(cast)
    finding = services.record_finding(
        check=cast.open_check, point=point_of(cast.open_check, 2), result="met", note="Seen.", by=cast.assurer
    )
    assert finding.pk


def test_nothing_is_recommended_while_a_question_is_open(cast: Cast) -> None:
    make.record_findings(cast.open_check, by=cast.assurer)
    ask(cast)
    with pytest.raises(TransitionRefused, match="has not answered 1 of your questions"):
        services.recommend_outcome(check=cast.open_check, outcome="met", reason="Fine.", by=cast.assurer)


@pytest.mark.parametrize("person", ["other_assurer", "lead", "owner", "partner", "panel", "administrator"])
def test_only_the_assurer_asks(cast: Cast, person: str) -> None:
    with pytest.raises(PermissionDenied):
        services.ask_company(
            check=cast.open_check, point=point_of(cast.open_check), question=QUESTION, by=cast.person(person)
        )


@pytest.mark.parametrize("person", ["viewer", "other_owner", "assurer", "lead", "partner"])
def test_only_owners_and_editors_answer(cast: Cast, person: str) -> None:
    request = ask(cast)
    with pytest.raises(PermissionDenied):
        services.answer_request(request=request, answer="Yes.", by=cast.person(person))


def test_one_question_at_a_time_at_a_point(cast: Cast) -> None:
    ask(cast)
    with pytest.raises(TransitionRefused, match="has not answered your last question"):
        ask(cast)
    with pytest.raises(DatabaseError), transaction.atomic():
        make.CheckRequestFactory(check_of=cast.open_check)


def test_an_answer_is_sent_once(cast: Cast) -> None:
    request = ask(cast)
    services.answer_request(request=request, answer="The duty manager.", by=cast.owner)
    with pytest.raises(TransitionRefused, match="answered already"):
        services.answer_request(request=request, answer="Somebody else.", by=cast.editor)
    request.refresh_from_db()
    assert request.answer == "The duty manager."
    with pytest.raises(TransitionRefused, match="answered already"):
        services.withdraw_request(request=request, code="not_needed", reason="Late.", by=cast.assurer)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "plan"},
        {"question": ""},
        {"answer": "Yes."},
        {"answered_at": timezone.now()},
        {"withdrawn_at": timezone.now()},
        {"withdrawn_reason": "Late."},
    ],
)
def test_the_database_keeps_who_when_and_what_together(cast: Cast, wrong: dict[str, Any]) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        make.CheckRequestFactory(check_of=cast.open_check, **wrong)


@pytest.mark.parametrize("change", [{"due_on": None}, {"working_days_left": 3}, {"status": "waiting"}])
def test_the_clock_and_the_status_go_together(cast: Cast, change: dict[str, Any]) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        PlanCheck.objects.filter(pk=cast.open_check.pk).update(**change)


@pytest.fixture
def asked_for_plan(db: None) -> CheckRequest:
    """Of a member that had no plan when it was drawn."""
    make.EditionFactory()
    make.MembershipFactory(company=make.CompanyFactory(owner=make.UserFactory(email="owner@example.com")))
    make.UserFactory(role=Role.LEAD, email="lead@example.com")
    services.draw_round(
        design=RoundDesign(name="Spring", size=1), by=User.objects.get(email="lead@example.com")
    )
    return CheckRequest.objects.get()


def test_a_member_without_a_plan_is_asked_for_it(asked_for_plan: CheckRequest) -> None:
    check = asked_for_plan.check_of
    assert (check.status, check.working_days_left) == (CheckStatus.WAITING, DAYS_TO_CHECK)
    assert asked_for_plan.due_on > timezone.localdate() + timedelta(days=25)
    assert keep_checks() == {"taken": 0, "reminded": 0, "escalated": 0}


def submit_plan(check: PlanCheck) -> None:
    version = make.PlanVersionFactory(
        membership=check.membership, started_by=make.UserFactory(), answered=True
    )
    make.submit(version)


def test_a_plan_that_was_waited_for_is_taken_in(asked_for_plan: CheckRequest) -> None:
    submit_plan(asked_for_plan.check_of)
    assert keep_checks()["taken"] == 1
    check = PlanCheck.objects.get()
    assert check.status == CheckStatus.OPEN
    assert check.plan_version is not None
    asked_for_plan.refresh_from_db()
    assert asked_for_plan.answered_at is not None
    assert keep_checks()["taken"] == 0


def test_reminders_go_out_once_each_and_then_the_leads_are_told(asked_for_plan: CheckRequest) -> None:
    """Monday 14 June 2027 is the day due: reminders on the 7th, the 11th and the day itself."""
    CheckRequest.objects.update(due_on=date(2027, 6, 14))
    sent = [
        day
        for day in range(1, 21)
        if remind_of_request(request=asked_for_plan, today=date(2027, 6, day))
        | remind_of_request(request=asked_for_plan, today=date(2027, 6, day))
    ]
    assert sent == [7, 11, 14]
    assert told("DfT waits for your security plan") == ["owner@example.com"] * 3
    late = [day for day in range(1, 21) if escalate_request(request=asked_for_plan, today=date(2027, 6, day))]
    assert late == [15]
    assert told("the company has not answered") == ["lead@example.com"]


def test_more_time_begins_anew(asked_for_plan: CheckRequest) -> None:
    today = timezone.localdate()
    CheckRequest.objects.update(due_on=today - timedelta(days=1))
    assert escalate_request(request=asked_for_plan, today=today)
    lead = User.objects.get(email="lead@example.com")
    later = today + timedelta(days=20)
    make.declare(asked_for_plan.check_of, by=lead)
    services.extend_request(request=asked_for_plan, due_on=later, reason="Flooded.", by=lead)
    asked_for_plan.refresh_from_db()
    assert (asked_for_plan.due_on, asked_for_plan.escalated_at) == (later, None)
    assert told("you have more time") == ["owner@example.com"]
    for wrong in (today, later, today + timedelta(days=61)):
        with pytest.raises(TransitionRefused, match="Choose a day after"):
            services.extend_request(request=asked_for_plan, due_on=wrong, reason="Again.", by=lead)


def test_no_response_only_once_the_day_has_passed(asked_for_plan: CheckRequest) -> None:
    check = asked_for_plan.check_of
    assurer = make.UserFactory(role=Role.ASSURER)
    services.allocate_check(check=check, to=assurer, by=User.objects.get(email="lead@example.com"))
    make.declare(check, by=assurer)
    with pytest.raises(TransitionRefused, match="The company has until"):
        services.recommend_outcome(check=check, outcome="no_response", reason="Nothing.", by=assurer)
    CheckRequest.objects.update(due_on=timezone.localdate() - timedelta(days=1))
    services.recommend_outcome(check=check, outcome="no_response", reason="Nothing.", by=assurer)
    check.refresh_from_db()
    assert check.status == CheckStatus.RECOMMENDED
    assert check.due_on is not None
    asked_for_plan.refresh_from_db()
    assert not asked_for_plan.is_open


def test_the_company_answers_in_place_with_a_file(cast: Cast) -> None:
    request = ask(cast)
    client = client_for(cast.editor)
    page = client.get(reverse("assurance:company_checks", kwargs={"public_id": cast.alpha.public_id}))
    address = reverse("assurance:request_answer", kwargs={"pk": request.pk})
    assert address in page.content.decode()
    assert address in client.get("/").content.decode()
    empty = client.post(address, {"answer": ""})
    assert "Enter your answer" in empty.content.decode()
    bad = SimpleUploadedFile("rota.pdf", b"<html></html>")
    refused = client.post(address, {"answer": "See the rota.", "attached": [bad]}).content.decode()
    assert "whatever its name says" in refused
    assert "See the rota." in refused
    assert not StoredFile.objects.filter(check_requests=request).exists()
    good = SimpleUploadedFile("rota.txt", b"Duty manager, every night.")
    client.post(address, {"answer": "See the rota.", "attached": [good]})
    request.refresh_from_db()
    assert request.answer == "See the rota."
    stored = request.files.get()
    bench = reverse("assurance:point", kwargs={"pk": cast.open_check.pk, "point": 3})
    assurer = client_for(cast.assurer)
    shown = assurer.get(bench).content.decode()
    assert "See the rota." in shown
    assert "rota.txt" not in shown  # it is not checked for viruses yet
    file = reverse("assurance:file", kwargs={"pk": cast.open_check.pk, "file": stored.pk})
    assert assurer.get(file).status_code == 404
    StoredFile.objects.filter(pk=stored.pk).update(status="clean")
    assert assurer.get(file).status_code == 200
    assert client_for(cast.other_assurer).get(file).status_code == 404


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("request_withdraw", {"code": "not_needed", "reason": "Seen."}),
        ("request_extend", {"due_on_day": 1, "due_on_month": 1, "due_on_year": 2099, "reason": "So."}),
    ],
)
def test_a_question_that_is_over_says_so(cast: Cast, name: str, typed: dict[str, Any]) -> None:
    request = ask(cast)
    address = reverse(f"assurance:{name}", kwargs={"pk": cast.open_check.pk, "asked": request.pk})
    services.answer_request(request=request, answer="The manager.", by=cast.editor)
    late = client_for(cast.assurer).post(address, typed)
    assert late.status_code == 409
    assert "This has been answered already." in late.content.decode()


def test_a_note_with_a_file_is_not_the_companys(cast: Cast) -> None:
    client = client_for(cast.assurer)
    address = reverse("assurance:note_add", kwargs={"pk": cast.open_check.pk})
    today = timezone.localdate()

    def typed(day: date) -> dict[str, Any]:
        return {
            "kind": "visit",
            "happened_on_day": day.day,
            "happened_on_month": day.month,
            "happened_on_year": day.year,
            "with_whom": "Branch manager",
            "text": "Keys hang behind the counter.",
        }

    early = client.post(address, typed(today + timedelta(days=1)))
    assert "must be today or in the past" in early.content.decode()
    client.post(address, typed(today) | {"file": SimpleUploadedFile("photo.txt", b"A photograph in words.")})
    note = cast.open_check.notes.get()
    assert (note.kind, note.happened_on, note.with_whom) == ("visit", today, "Branch manager")
    assert note.file is not None
    StoredFile.objects.filter(pk=note.file_id).update(status="clean")
    shown = client.get(reverse("assurance:check", kwargs={"pk": cast.open_check.pk})).content.decode()
    assert "Keys hang behind the counter." in shown
    assert not StoredFile.objects.visible_to(cast.owner).filter(pk=note.file_id).exists()
    assert StoredFile.objects.visible_to(cast.owner).exists()
    with pytest.raises(DatabaseError), transaction.atomic():
        cast.open_check.notes.update(text="Nothing.")
    again = client.post(address, typed(today))
    assert again.status_code == 409
    assert "This note is kept already." in again.content.decode()
    assert client.post(address, typed(today) | {"text": "The keys are in a safe now."}).status_code == 302
    assert cast.open_check.notes.count() == 2


def test_a_finding_is_kept_while_it_is_written(cast: Cast) -> None:
    client = client_for(cast.assurer)
    address = reverse("assurance:point", kwargs={"pk": cast.open_check.pk, "point": 3})

    def send(note: str, revision: int) -> Any:
        return client.post(
            address,
            {"result": "met", "note": note, "revision": revision},
            headers={"accept": "application/json"},
        )

    first = send("They loo", 0)
    assert first.status_code == 200
    assert first.json()["revision"] == 1
    assert send("They look at licen", 1).json()["revision"] == 2
    stale = send("Something else", 1)
    assert stale.status_code == 409
    assert "another window" in stale.json()["problem"]
    assert send("x" * 10_001, 2).status_code == 422
    assert not cast.open_check.findings.exists()
    page = client.get(address).content.decode()
    assert "They look at licen" in page
    assert "have not saved the finding yet" in page
    client.post(address, {"result": "met", "note": "They look at licences."})
    assert cast.open_check.findings.get().note == "They look at licences."
    assert not FindingDraft.objects.exists()


def test_passages_are_cited_by_choice(cast: Cast) -> None:
    """Of the passages that the company confirmed for the point."""
    draft = make.PlanVersionFactory(
        membership=cast.other_membership, edition=cast.edition, started_by=cast.other_owner, answered=True
    )
    passages = list(make.PlanDocumentFactory(version=draft, added_by=cast.other_owner).passages.all())
    point = cast.edition.points.get(number=3)
    for passage in passages[:2]:
        passage.links.create(
            point=point, decision="confirmed", decided_by=cast.other_owner, decided_at=timezone.now()
        )
    check = make.PlanCheckFactory(
        membership=cast.other_membership, plan_version=make.submit(draft), assurer=cast.assurer
    )
    client = client_for(cast.assurer)
    address = reverse("assurance:point", kwargs={"pk": check.pk, "point": 3})
    client.post(address, {"result": "met", "note": "Seen.", "cited": [passages[1].pk]})
    assert [row.pk for row in check.findings.get().cited.all()] == [passages[1].pk]
    refused = client.post(address, {"result": "met", "note": "Seen.", "cited": [passages[2].pk]})
    assert refused.status_code == 200
    assert [row.pk for row in check.findings.get().cited.all()] == [passages[1].pk]


def test_earlier_findings_stand_beside_the_new_one(cast: Cast) -> None:
    bench = reverse("assurance:point", kwargs={"pk": cast.open_check.pk, "point": 3})
    page = client_for(cast.assurer).get(bench).content.decode()
    assert "Earlier findings at this point" in page
    assert "Seen for point 3." in page
