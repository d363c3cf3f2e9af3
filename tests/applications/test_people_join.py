"""Asking to join: nothing is given away, the owners answer, the person is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEvent, Notification, Role, User
from accounts.transitions import TransitionRefused
from applications import services
from applications.models import Company, JoinRequest
from applications.services.join_requests import (
    MOST_REQUESTS_A_DAY,
    companies_with,
    deliver_join_request,
)
from applications.tasks import pass_on_join_request, sweep_join_requests
from tests import factories as make
from tests.applications.test_people import level_of
from tests.applications.test_people_invitations import words
from tests.applications.test_services_casework import race
from tests.applications.test_views_apply import client_of, errors_of
from tests.cast import Cast

MESSAGE = "I run the Ottersby branch."


@pytest.fixture
def asker(db: None) -> User:
    return make.UserFactory(name="Mared Wynne", email="mared.wynne@example.com")


def ask(asker: User, number: str) -> JoinRequest:
    asked = services.ask_to_join(number=number, message=MESSAGE, by=asker)
    assert asked
    pass_on_join_request(asked.pk)
    asked.refresh_from_db()
    return asked


@pytest.mark.parametrize("kind", ["company number", "membership number"])
def test_the_owners_are_told_and_accept(cast: Cast, asker: User, kind: str) -> None:
    number = cast.alpha.company_number if kind == "company number" else cast.membership.number
    asked = ask(asker, number)
    assert (asked.status, asked.company) == ("open", cast.alpha)
    mail = Notification.objects.get()
    assert mail.user == cast.owner
    assert "Mared Wynne asks to act for Alpha" in mail.subject
    assert MESSAGE in mail.body
    assert f"/companies/{cast.alpha.public_id}/people/requests/{asked.pk}/" in mail.body
    services.accept_join_request(request=asked, level="viewer", by=cast.owner)
    assert level_of(cast.alpha, asker) == "viewer"
    assert "You now act for Alpha" in Notification.objects.get(user=asker).subject
    verbs = list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == ["join_request.asked", "join_request.passed_on", "join_request.accepted"]


def test_the_owners_decline_with_a_reason(cast: Cast, asker: User) -> None:
    asked = ask(asker, cast.alpha.company_number)
    services.decline_join_request(request=asked, reason="We do not know you.", by=cast.owner)
    assert level_of(cast.alpha, asker) is None
    assert "We do not know you." in Notification.objects.get(user=asker).body
    assert AuditEvent.objects.latest("pk").reason == "We do not know you."
    with pytest.raises(TransitionRefused):
        services.accept_join_request(request=asked, level="viewer", by=cast.owner)


def test_a_declined_person_does_not_ask_again_at_once(cast: Cast, asker: User) -> None:
    asked = ask(asker, cast.alpha.company_number)
    services.decline_join_request(request=asked, reason="No.", by=cast.owner)
    assert ask(asker, cast.alpha.company_number).status == "unmatched"
    JoinRequest.objects.filter(pk=asked.pk).update(decided_at=timezone.now() - timedelta(days=31))
    assert ask(asker, cast.alpha.company_number).status == "open"


@pytest.mark.parametrize("name", ["editor", "viewer", "other_owner", "assurer", "administrator"])
def test_only_its_owners_answer(cast: Cast, asker: User, name: str) -> None:
    asked = ask(asker, cast.alpha.company_number)
    for call in (
        lambda: services.accept_join_request(request=asked, level="owner", by=getattr(cast, name)),
        lambda: services.decline_join_request(request=asked, reason="-", by=getattr(cast, name)),
    ):
        with pytest.raises(PermissionDenied):
            call()


@pytest.mark.parametrize("role", [role for role in Role.values if role != Role.COMPANY])
def test_only_a_company_account_asks(db: None, role: str) -> None:
    with pytest.raises(PermissionDenied):
        services.ask_to_join(number="01234567", message="-", by=make.UserFactory(role=role))


def test_nobody_to_ask_and_nothing_is_kept(cast: Cast, asker: User) -> None:
    nobody = make.CompanyFactory(company_number="09999999")  # without an owner
    for number in ("07654321", nobody.company_number, "RVSS-777777"):
        asked = ask(asker, number)
        assert (asked.status, asked.company, asked.message) == ("unmatched", None, "")
    assert not Notification.objects.exists()


def test_who_acts_for_it_already_asks_nobody(cast: Cast) -> None:
    assert ask(cast.viewer, cast.alpha.company_number).status == "unmatched"


def test_a_draft_with_the_number_does_not_stand_before_the_member(cast: Cast) -> None:
    number = cast.alpha.company_number
    Company.objects.filter(pk=cast.newco.pk).update(company_number=number)
    Company.objects.filter(pk=cast.sent.pk).update(company_number=number)
    assert list(dict.fromkeys(companies_with(number))) == [cast.alpha, cast.sent, cast.newco]
    type(cast.membership).objects.filter(pk=cast.membership.pk).update(
        status="removed", ended_on=timezone.localdate()
    )
    assert not companies_with(cast.membership.number).exists()


def test_asked_twice_is_one_request(cast: Cast, asker: User) -> None:
    first = ask(asker, cast.alpha.company_number)
    assert ask(asker, cast.alpha.company_number) == first
    assert ask(asker, cast.membership.number).status == "unmatched", "the same company by its other number"
    assert Notification.objects.count() == 1


def test_delivered_twice_is_one_mail(cast: Cast, asker: User) -> None:
    asked = ask(asker, cast.alpha.company_number)
    assert not deliver_join_request(request=asked)
    assert Notification.objects.count() == 1


def test_what_a_crash_left_is_found(cast: Cast, asker: User) -> None:
    lost = JoinRequest.objects.create(user=asker, number=cast.alpha.company_number, message=MESSAGE)
    assert sweep_join_requests() == 0, "it may be under way still"
    JoinRequest.objects.filter(pk=lost.pk).update(asked_at=timezone.now() - timedelta(minutes=2))
    assert sweep_join_requests() == 1


def test_joined_by_invitation_settles_the_request_and_the_other_way_round(cast: Cast, asker: User) -> None:
    asked = ask(asker, cast.alpha.company_number)
    invitation = services.invite_person(company=cast.alpha, email=asker.email, level="editor", by=cast.owner)
    services.accept_invitation(invitation=invitation, by=asker)
    asked.refresh_from_db()
    assert asked.status == "settled"

    asked = ask(asker, cast.beta.company_number)
    invitation = services.invite_person(
        company=cast.beta, email=asker.email.upper(), level="editor", by=cast.other_owner
    )
    services.accept_join_request(request=asked, level="viewer", by=cast.other_owner)
    invitation.refresh_from_db()
    assert (invitation.status, level_of(cast.beta, asker)) == ("withdrawn", "viewer")


def test_there_is_an_end_to_a_days_requests(cast: Cast, asker: User) -> None:
    for place in range(MOST_REQUESTS_A_DAY):
        ask(asker, f"0765432{place}")
    assert services.ask_to_join(number=cast.alpha.company_number, message=MESSAGE, by=asker) is None
    JoinRequest.objects.update(asked_at=timezone.now() - timedelta(hours=25))
    assert services.ask_to_join(number=cast.alpha.company_number, message=MESSAGE, by=asker)


@pytest.mark.django_db(transaction=True)
def test_the_limit_holds_when_all_are_sent_at_once() -> None:
    asker = make.UserFactory()
    race(
        *(
            lambda n=place: services.ask_to_join(number=f"076543{n:02}", message=MESSAGE, by=asker)
            for place in range(12)
        )
    )
    assert JoinRequest.objects.count() == MOST_REQUESTS_A_DAY


@pytest.mark.django_db(transaction=True)
def test_two_owners_answer_at_once_and_one_wins() -> None:
    one, two = make.UserFactory(), make.UserFactory()
    company = make.CompanyFactory(owner=one)
    company.people.create(user=two, level="owner")
    asked = make.JoinRequestFactory(company=company)
    results = race(
        lambda: services.accept_join_request(request=asked, level="viewer", by=one),
        lambda: services.accept_join_request(request=asked, level="owner", by=two),
        lambda: services.decline_join_request(request=asked, reason="No.", by=two),
    )
    assert results == ["done", "refused", "refused"]
    asked.refresh_from_db()
    assert company.people.filter(user=asked.user).count() == (asked.status == "accepted")


@pytest.mark.parametrize(
    "wrong",
    [
        {"company": None},
        {"status": "waiting"},
        {"status": "accepted"},
        {"status": "open", "level": "viewer"},
        {"status": "open", "decided_at": timezone.now()},
        {"status": "declined", "decided_at": timezone.now(), "reason": ""},
        {"status": "accepted", "decided_at": timezone.now(), "level": ""},
    ],
)
def test_the_database_refuses_what_makes_no_sense(cast: Cast, wrong: dict[str, Any]) -> None:
    if wrong.get("status") in {"declined", "accepted"} and "decided_at" in wrong:
        wrong = {**wrong, "decided_by": cast.owner}
    with pytest.raises(IntegrityError), transaction.atomic():
        make.JoinRequestFactory(**{"company": cast.alpha, "number": "01234567"} | wrong)


def test_the_database_refuses_a_second_open_one_and_a_step_back(cast: Cast, asker: User) -> None:
    asked = ask(asker, cast.alpha.company_number)
    with pytest.raises(IntegrityError), transaction.atomic():
        make.JoinRequestFactory(company=cast.alpha, user=asker)
    for _ in range(1):
        JoinRequest.objects.create(user=asker, number="01234567")
    with pytest.raises(IntegrityError), transaction.atomic():
        JoinRequest.objects.create(user=asker, number="01234567")
    with pytest.raises(DatabaseError), transaction.atomic():
        JoinRequest.objects.filter(pk=asked.pk).update(status="waiting", company=None)


# --- The page ---


def test_every_number_gets_the_same_answer_for_the_same_work(cast: Cast, asker: User) -> None:
    """A member, an applicant, a draft, a company without owner and none: one answer, one set of queries."""
    client = client_of(asker)
    client.get("/join/")
    seen = set()
    ownerless = make.CompanyFactory()
    for number in (cast.membership.number, cast.sent.company_number, ownerless.company_number, "07654321"):
        with CaptureQueriesContext(connection) as queries:
            answer = client.post("/join/", {"number": number, "message": MESSAGE})
        shown = words(client.get(answer["Location"]))
        statements = tuple(query["sql"].split(" WHERE ")[0][:60] for query in queries)
        seen.add((answer.status_code, answer["Location"], shown, statements))
    assert len(seen) == 1
    assert "We have your request" in seen.pop()[2]
    # And nothing on the person's own pages tells them apart afterwards.
    for asked in JoinRequest.objects.all():
        pass_on_join_request(asked.pk)
    assert "Alpha" not in words(client.get("/"))
    assert "Alpha" not in words(client.get("/messages/"))


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (" sc 12345 ", "SC012345"),
        ("1234567", "01234567"),
        ("rvss 12", "RVSS-000012"),
        ("RVSS-000012", "RVSS-000012"),
        ("rvss-123456789", "RVSS-123456789"),
        ("\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17", "01234567"),
    ],
)
def test_a_number_in_any_way_of_writing_it(asker: User, typed: str, stored: str) -> None:
    assert client_of(asker).post("/join/", {"number": typed, "message": "Llŷn – a\r\nb"}).status_code == 302
    asked = JoinRequest.objects.get()
    assert (asked.number, asked.message) == (stored, "Llŷn – a\nb")


@pytest.mark.parametrize(
    ("sent", "errors"),
    [
        (
            {},
            [
                "Enter the company’s number at Companies House, or its membership number",
                "Enter a message to the company’s owners",
            ],
        ),
        (
            {"number": "ABC123456789", "message": "a"},
            ["Enter a number in the right form, like 01234567, SC012345 or RVSS-000123"],
        ),
        (
            {"number": "1234567", "message": "a" * 501},
            ["Message to the company’s owners must be 500 characters or fewer"],
        ),
        (
            {"number": "1234567", "message": "a\x00b"},
            ["Message to the company’s owners holds a character that cannot be used"],
        ),
        (
            {"number": "RVSS-1234567890", "message": "a"},
            ["Enter a number in the right form, like 01234567, SC012345 or RVSS-000123"],
        ),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    asker: User, sent: dict[str, str], errors: list[str]
) -> None:
    answer = client_of(asker).post("/join/", sent)
    assert errors_of(answer) == errors
    if "number" in sent:
        assert f'value="{sent["number"]}"' in answer.content.decode()
    assert not JoinRequest.objects.exists()


def test_after_too_many_the_page_says_so_and_keeps_the_words(cast: Cast, asker: User) -> None:
    for place in range(MOST_REQUESTS_A_DAY):
        ask(asker, f"0765432{place}")
    answer = client_of(asker).post("/join/", {"number": cast.alpha.company_number, "message": MESSAGE})
    assert answer.status_code == 429
    assert errors_of(answer) == ["You have asked 5 times within a day. Try again tomorrow."]
    assert MESSAGE in answer.content.decode()


def test_from_the_register_to_the_form(cast: Cast, asker: User) -> None:
    client = client_of(asker)
    register = client.get(f"/register/{cast.membership.number}/").content.decode()
    assert f'href="/join/?number={cast.membership.number}"' in register
    assert (
        f'value="{cast.membership.number}"'
        in client.get(f"/join/?number={cast.membership.number}").content.decode()
    )


def test_an_owner_answers_on_the_page(cast: Cast, asker: User) -> None:
    asked = ask(asker, cast.alpha.company_number)
    address = f"/companies/{cast.alpha.public_id}/people/requests/{asked.pk}/"
    client = client_of(cast.owner)
    assert "Answer Mared Wynne, who asks to act for the company" in words(client.get("/"))
    assert "Answer Mared Wynne" not in words(client_of(cast.editor).get("/"))
    assert MESSAGE in words(client.get(address))
    assert errors_of(client.post(address, {})) == ["Choose whether to accept or to decline"]
    assert errors_of(client.post(address, {"answer": "accept"})) == ["Choose what the person may do"]
    assert errors_of(client.post(address, {"answer": "decline"})) == ["Enter the reason for declining"]
    assert asked.user not in cast.alpha.people.values_list("user", flat=True)
    done = client.post(address, {"answer": "accept", "level": "editor", "reason": "ignored"})
    assert done["Location"] == f"/companies/{cast.alpha.public_id}/people/"
    assert level_of(cast.alpha, asker) == "editor"
    assert "accepted by Owner" in words(client.get(address))
    assert client.post(address, {"answer": "decline", "reason": "No."}).status_code == 409


def test_a_request_to_another_company_is_not_found(cast: Cast, asker: User) -> None:
    asked = ask(asker, cast.beta.company_number)
    address = f"/companies/{cast.alpha.public_id}/people/requests/{asked.pk}/"
    assert client_of(cast.owner).get(address).status_code == 404
    assert client_of(cast.owner).post(address, {"answer": "accept", "level": "owner"}).status_code == 404
    assert level_of(cast.beta, asker) is None
