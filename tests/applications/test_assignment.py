"""Giving applications to people: one, several, what cannot be given, who is told, and two people at once."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client

from accounts.models import AuditEvent, Notification, Role, User
from accounts.transitions import TransitionRefused
from applications import services
from applications.models import Application, CompanyPerson
from applications.queue import assignees
from applications.services import Pick
from tests import factories as make
from tests.applications.test_views_apply import client_of, errors_of, page, soup
from tests.applications.test_views_casework import count_queries
from tests.cast import Cast

ASSIGN = "/applications/assign/"


def picks(*applications: Application) -> list[Pick]:
    return [Pick(row.pk, row.assigned_to_id) for row in applications]


def holder(application: Application) -> User | None:
    return Application.objects.get(pk=application.pk).assigned_to


def test_each_that_can_be_is_assigned_and_the_others_say_why_not(cast: Cast) -> None:
    theirs, mine, stolen, unheld = make.ApplicationFactory.create_batch(4, status="submitted")
    CompanyPerson.objects.create(company=theirs.company, user=cast.other_assurer, level="viewer")
    CompanyPerson.objects.create(company=mine.company, user=cast.lead, level="viewer")
    Application.objects.filter(pk__in=[stolen.pk, unheld.pk]).update(assigned_to=cast.assurer)
    unheld.refresh_from_db()
    accepted = cast.membership.application
    outcome = services.assign_applications(
        picks=picks(cast.sent_application, theirs, mine, stolen, unheld, accepted, cast.asked_application),
        to=cast.other_assurer,
        by=cast.lead,
    )
    assert outcome.done == [cast.sent_application, cast.asked_application]
    assert {refusal.application: refusal.why for refusal in outcome.refused} == {
        theirs: "is of a company for which Other assurer acts",
        mine: "is of a company for which you act",
        stolen: "is now assigned to Assurer",
        unheld: "is assigned to Assurer, and no reason was given for taking it away",
        accepted: "is now: Accepted",
    }
    assert [holder(row) for row in (cast.sent_application, theirs, mine)] == [cast.other_assurer, None, None]
    assert [holder(row) for row in (stolen, unheld)] == [cast.assurer] * 2


def test_each_is_recorded_and_each_person_told_once(cast: Cast) -> None:
    three = make.ApplicationFactory.create_batch(3, status="submitted")
    Application.objects.filter(pk__in=[three[0].pk, three[1].pk]).update(assigned_to=cast.assurer)
    for row in three:
        row.refresh_from_db()
    services.assign_applications(picks=picks(*three), to=cast.other_lead, reason="On leave.", by=cast.lead)
    events = AuditEvent.objects.filter(verb="application.assigned").order_by("pk")
    assert [(event.target_id, event.reason, event.data) for event in events] == [
        (str(three[0].pk), "On leave.", {"to": cast.other_lead.pk, "from": cast.assurer.pk}),
        (str(three[1].pk), "On leave.", {"to": cast.other_lead.pk, "from": cast.assurer.pk}),
        (str(three[2].pk), "", {"to": cast.other_lead.pk, "from": None}),
    ]
    told, lost = Notification.objects.order_by("pk")
    assert (told.user, told.subject) == (cast.other_lead, "3 applications are assigned to you")
    assert all(row.company.name in told.body and row.reference in told.body for row in three)
    assert "On leave." not in told.body
    assert (lost.user, lost.subject) == (cast.assurer, "2 applications are no longer assigned to you")
    assert "Now assigned to Other lead, by Lead:" in lost.body
    assert "On leave." in lost.body
    assert three[2].reference not in lost.body


def test_nobody_is_told_of_what_they_did_themselves(cast: Cast) -> None:
    services.assign_applications(picks=picks(cast.sent_application), to=cast.assurer, by=cast.assurer)
    assert not Notification.objects.exists()
    cast.sent_application.refresh_from_db()
    outcome = services.assign_applications(picks=picks(cast.sent_application), to=None, by=cast.assurer)
    assert outcome.done == [cast.sent_application]
    assert not Notification.objects.exists()
    event = AuditEvent.objects.latest("pk")
    assert (event.verb, event.data) == ("application.unassigned", {"to": None, "from": cast.assurer.pk})


def test_a_colleague_is_told_why_theirs_is_nobodys(cast: Cast) -> None:
    services.assign_application(application=cast.sent_application, to=cast.assurer, by=cast.assurer)
    cast.sent_application.refresh_from_db()
    with pytest.raises(TransitionRefused, match="no reason was given"):
        services.assign_application(application=cast.sent_application, to=None, by=cast.lead)
    services.assign_application(application=cast.sent_application, to=None, reason="Left.", by=cast.lead)
    assert holder(cast.sent_application) is None
    message = Notification.objects.get()
    assert (message.user, message.subject) == (cast.assurer, "1 application is no longer assigned to you")
    assert "Now assigned to nobody, by Lead:" in message.body


@pytest.mark.parametrize("person", ["owner", "partner", "panel", "administrator"])
def test_only_caseworkers_give_and_get(cast: Cast, person: str) -> None:
    someone = getattr(cast, person)
    for to, by in ((cast.assurer, someone), (someone, cast.assurer)):
        with pytest.raises(PermissionDenied):
            services.assign_applications(picks=picks(cast.sent_application), to=to, by=by)
    assert holder(cast.sent_application) is None


def test_who_cannot_sign_in_any_more_is_given_nothing(cast: Cast) -> None:
    cast.other_assurer.is_active = False
    cast.other_assurer.save()
    with pytest.raises(PermissionDenied):
        services.assign_applications(
            picks=picks(cast.sent_application), to=cast.other_assurer, by=cast.assurer
        )


def test_the_load_counts_what_is_open(cast: Cast) -> None:
    Application.objects.exclude(status="draft").update(assigned_to=cast.assurer)
    loads = {one.pk: one.open for one in assignees()}
    assert loads == {cast.assurer.pk: 2, cast.other_assurer.pk: 0, cast.lead.pk: 0, cast.other_lead.pk: 0}


# --- Two people at once ---


def run_at_once(*calls: Any) -> list[Any]:
    barrier, results = threading.Barrier(len(calls)), []

    def run(call: Any) -> None:
        barrier.wait()
        try:
            results.append(call())
        except Exception as error:
            results.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_two_people_assign_the_same_rows_and_each_row_is_one_persons() -> None:
    rows = make.ApplicationFactory.create_batch(8, status="submitted")
    people = [make.UserFactory(role=Role.ASSURER) for _ in range(3)]
    # In opposite orders, so that locks taken row by row would wait in a circle.
    ways = [rows, rows[::-1], rows[4:] + rows[:4]]
    outcomes = run_at_once(
        *[
            lambda person=person, way=way: services.assign_applications(
                picks=picks(*way), to=person, reason="Mine.", by=person
            )
            for person, way in zip(people, ways, strict=True)
        ]
    )
    assert [type(outcome).__name__ for outcome in outcomes] == ["Outcome"] * 3
    assert sorted(len(outcome.done) for outcome in outcomes) == [0, 0, 8]
    winner = holder(rows[0])
    assert {holder(row) for row in rows} == {winner}
    for outcome in outcomes:
        if not outcome.done:
            assert {refusal.why for refusal in outcome.refused} == {f"is now assigned to {winner}"}
    assert AuditEvent.objects.count() == 8


@pytest.mark.django_db(transaction=True)
def test_what_is_decided_meanwhile_is_not_assigned() -> None:
    rows = make.ApplicationFactory.create_batch(4, status="submitted")
    one, two = make.UserFactory(role=Role.ASSURER), make.UserFactory(role=Role.LEAD)
    outcomes = run_at_once(
        lambda: services.assign_applications(picks=picks(*rows), to=one, by=one),
        lambda: services.reject_application(
            application=rows[3], reasons=["out_of_scope"], reason="Leasing.", by=two
        ),
        lambda: services.reject_application(
            application=rows[0], reasons=["out_of_scope"], reason="Leasing.", by=two
        ),
    )
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    outcome = next(outcome for outcome in outcomes if outcome is not None)
    assert {row.pk for row in rows[1:3]} <= {row.pk for row in outcome.done}
    assert {refusal.why for refusal in outcome.refused} <= {"is now: Rejected"}
    assert len(outcome.done) + len(outcome.refused) == 4


# --- Over the pages ---


@pytest.fixture
def assurer(cast: Cast) -> Client:
    return client_of(cast.assurer)


def form_of(client: Client, *applications: Application, back: str = "") -> dict[str, Any]:
    """What the page's form would send, but for the choice."""
    address = f"{ASSIGN}?" + "&".join(f"pick={row.reference}" for row in applications) + f"&back={back}"
    fields = soup(client.get(address)).select("form input[type=hidden]")
    sent: dict[str, Any] = {"pick": []}
    for field in fields:
        if field["name"] == "pick":
            sent["pick"].append(field["value"])
        else:
            sent[field["name"]] = field["value"]
    return sent


def test_several_are_assigned_from_the_queue(assurer: Client, cast: Cast) -> None:
    shown = soup(assurer.get("/applications/", {"sort": "name", "pick": "all"}))
    assert len(shown.select("input[name=pick][checked]")) == 2
    assert shown.select_one("form input[name=back]")["value"] == "sort=name"
    assert shown.find("a", string="Select none")["href"] == "?sort=name"
    data = form_of(assurer, cast.sent_application, cast.asked_application, back="sort%3Dname")
    response = assurer.post(ASSIGN, {**data, "to": cast.other_assurer.pk}, follow=True)
    assert response.redirect_chain == [("/applications/?sort=name", 302)]
    assert "2 applications are assigned to Other assurer." in response.content.decode()
    assert holder(cast.sent_application) == holder(cast.asked_application) == cast.other_assurer


def test_the_page_shows_who_has_how_many(assurer: Client, cast: Cast) -> None:
    Application.objects.filter(pk=cast.asked_application.pk).update(assigned_to=cast.lead)
    shown = soup(assurer.get(f"{ASSIGN}?pick={cast.sent_application.reference}"))
    choices = [
        " ".join(item.get_text(" ", strip=True).split()) for item in shown.select(".govuk-radios__item")
    ]
    assert choices == [
        "Me Has 0 open applications",
        "Lead Has 1 open application",
        "Other assurer Has 0 open applications",
        "Other lead Has 0 open applications",
        "Nobody",
    ]
    assert shown.select_one("textarea") is None


def test_taking_over_needs_a_reason_and_keeps_what_was_typed(assurer: Client, cast: Cast) -> None:
    Application.objects.filter(pk=cast.sent_application.pk).update(assigned_to=cast.lead)
    data = form_of(assurer, cast.sent_application, cast.asked_application)
    response = assurer.post(ASSIGN, {**data, "to": cast.assurer.pk, "reason": "  "})
    assert errors_of(response) == ["Enter the reason for taking over from a colleague"]
    assert soup(response).select_one(f"input[value='{cast.assurer.pk}'][checked]")
    assert holder(cast.sent_application) == cast.lead
    assert errors_of(assurer.post(ASSIGN, {**data, "reason": "Leave."})) == ["Choose to whom to assign"]
    # Back to who has it already: nothing is taken away.
    assurer.post(ASSIGN, {**data, "to": cast.lead.pk, "reason": ""})
    assert holder(cast.asked_application) == cast.lead
    data = form_of(assurer, cast.sent_application)
    assurer.post(ASSIGN, {**data, "to": cast.assurer.pk, "reason": "Leave.\r\nAll week."})
    assert holder(cast.sent_application) == cast.assurer
    assert "Leave.\nAll week." in Notification.objects.filter(user=cast.lead).latest("pk").body


def test_exactly_what_happened_is_told(assurer: Client, cast: Cast) -> None:
    other = make.ApplicationFactory(status="submitted", company__name="Meanwhile Hire Ltd")
    mine = make.ApplicationFactory(status="submitted", assigned_to=cast.assurer)
    data = form_of(assurer, cast.sent_application, other, mine, cast.membership.application)
    services.assign_application(application=other, to=cast.lead, by=cast.lead)
    response = assurer.post(ASSIGN, {**data, "to": cast.assurer.pk})
    assert response.status_code == 200
    main = soup(response).select_one("main")
    text = " ".join(main.get_text().split())
    assert main.h1.get_text() == "Some applications could not be assigned"
    assert f"Now assigned to you Sent Vehicle Hire Ltd Assigned to you already {mine.company.name}" in text
    assert "Meanwhile Hire Ltd is now assigned to Lead." in text
    assert "Alpha Vehicle Hire Ltd is now: Accepted." in text
    assert holder(other) == cast.lead


@pytest.mark.parametrize(
    "pick", [[], ["nonsense"], ["RVSS-BCDF-2345:1"], ["'\"<:%"], ["x" * 3000], [":" * 10]], ids=str
)
def test_a_choice_of_nothing_is_explained(assurer: Client, cast: Cast, pick: list[str]) -> None:
    for response in (
        assurer.get(ASSIGN, {"pick": pick}),
        assurer.post(ASSIGN, {"pick": pick, "to": cast.assurer.pk}),
    ):
        assert response.status_code == 200
        assert errors_of(response) == ["Select at least one application in the list"]


def test_tampered_fields_are_refused(assurer: Client, cast: Cast) -> None:
    reference = cast.sent_application.reference
    for data in (
        {"pick": f"{reference}:", "to": cast.panel.pk},
        {"pick": f"{reference}:", "to": "99999999999999999999999"},
        {"pick": f"{reference}:", "to": "a\x00b"},
        {"pick": f"{reference}\x00:", "to": cast.assurer.pk},
    ):
        response = assurer.post(ASSIGN, data)
        assert response.status_code == 200
        assert len(errors_of(response)) == 1
    assurer.post(ASSIGN, {"pick": f"{reference}:{'9' * 30}", "to": cast.assurer.pk, "back": "//evil.example"})
    assert holder(cast.sent_application) == cast.assurer
    data = {"pick": f"{reference}:{cast.assurer.pk}", "to": "nobody", "back": "//evil.example/?x=1"}
    assert assurer.post(ASSIGN, data).headers["Location"].startswith("/applications/?")


def test_a_draft_cannot_be_chosen(assurer: Client, cast: Cast) -> None:
    response = assurer.get(ASSIGN, {"pick": cast.draft_application.reference})
    assert errors_of(response) == ["Select at least one application in the list"]


def test_one_is_assigned_from_its_own_page(assurer: Client, cast: Cast) -> None:
    address = page("applications:application", cast.sent_application)
    shown = soup(assurer.get(address))
    assert shown.find("button", string=lambda text: text and "Assign to me" in text)
    link = shown.find("a", string="Assign to a colleague")["href"]
    assert link == f"{ASSIGN}?pick={cast.sent_application.reference}"
    data = form_of(assurer, cast.sent_application)
    response = assurer.post(ASSIGN, {**data, "to": cast.lead.pk})
    assert response.headers["Location"] == address
    shown = soup(assurer.get(address))
    assert shown.find("button", string=lambda text: text and "Assign to me" in text) is None
    assert shown.find("a", string="Assign to somebody else")
    assert "To be decided by" in shown.get_text()


def test_an_administrator_sees_the_queue_without_boxes(cast: Cast) -> None:
    shown = soup(client_of(cast.administrator).get("/applications/"))
    assert shown.select("tbody tr")
    assert shown.select("input[name=pick]") == []


def test_the_page_takes_as_many_queries_for_1_as_for_3(assurer: Client, cast: Cast) -> None:
    rows = make.ApplicationFactory.create_batch(3, status="submitted", assigned_to=cast.lead)
    one = count_queries(assurer, f"{ASSIGN}?pick={rows[0].reference}")
    address = f"{ASSIGN}?" + "&".join(f"pick={row.reference}" for row in rows)
    assert count_queries(assurer, address) == one <= 6
