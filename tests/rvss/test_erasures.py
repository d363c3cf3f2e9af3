"""Erasing a person: who may ask, what stands in the way, what goes, what stays, and that the record holds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import people
from accounts.models import (
    ApiToken,
    AuditEvent,
    DataExport,
    ErasureRequest,
    KeptAnswer,
    Notification,
    SavedView,
    User,
)
from accounts.services import queue_notification, record_event
from accounts.transitions import TransitionRefused
from applications.models import (
    Company,
    CompanyPerson,
    Invitation,
    JoinRequest,
    SecurityContact,
)
from applications.services import withdraw_application
from applications.services.invitations import add_person
from applications.services.people import change_level, leave_company
from rvss import services
from rvss.services.erasures import Grown, erase_person
from rvss.tasks import carry_out_erasures, make_export, sweep_exports
from tests import factories as make
from tests.cast import Cast
from tests.rvss.personal import figures, record_of_the_scheme, signed_in

LONG_NAME = "Gwenllïan Ffraid Ó Súilleabháin-Featherstonehaugh-Llanfairpwllgwyngyll" * 2


def ask(person: User, by: User | None = None) -> ErasureRequest:
    return services.ask_erasure(person=person, reason="I have left", by=by or person)


def a_week_later() -> None:
    """As if the waiting time were over."""
    moment = timezone.now() - timedelta(seconds=1)
    ErasureRequest.objects.filter(status="waiting").update(
        requested_at=moment - timedelta(days=7), due_at=moment
    )


def second_owner(cast: Cast) -> None:
    """So that the owner is not the only one anywhere."""
    CompanyPerson.objects.filter(user=cast.editor).update(level="owner")


# --- Asking -------------------------------------------------------------------------------------


def test_a_person_asks_reads_and_cancels(cast: Cast) -> None:
    client = signed_in("viewer@example.com")
    page = client.get(reverse("data:erasure")).content.decode()
    assert "a change would break the seal on it" in page, "what stays, and why"
    assert "It is done in 7 days." in page
    missed = client.post(reverse("data:erasure"), {"reason": "I have moved"})
    assert "Tick the box if you want your data to be erased" in missed.content.decode()
    assert "I have moved" in missed.content.decode()
    assert not ErasureRequest.objects.exists()
    done = client.post(reverse("data:erasure"), {"understood": "on", "reason": "I have moved"})
    assert done["Location"] == reverse("data:yours")
    request = ErasureRequest.objects.get()
    assert (request.person, request.requested_by, request.reason) == (
        cast.viewer,
        cast.viewer,
        "I have moved",
    )
    assert request.due_at - request.requested_at == timedelta(days=7)
    told = Notification.objects.get(user=cast.viewer)
    assert told.subject == "Your personal data will be erased"
    assert reverse("data:yours") in told.body
    event = AuditEvent.objects.latest("pk")
    assert (event.verb, event.by, event.target_label) == (
        "user.erasure_asked_for", cast.viewer, f"Person {cast.viewer.pk}",
    )  # fmt: skip
    text = client.get(reverse("data:yours")).content.decode()
    assert "Your data will be erased on" in text
    assert client.get(reverse("data:erasure"))["Location"] == reverse("data:yours"), "asked already"
    client.post(reverse("data:erasure_cancel"))
    request.refresh_from_db()
    assert (request.status, request.cancelled_by) == ("cancelled", cast.viewer)
    assert client.post(reverse("data:erasure_cancel")).status_code == 404
    a_week_later()
    assert carry_out_erasures() == 0
    cast.viewer.refresh_from_db()
    assert cast.viewer.name == "Viewer"


def test_the_password_is_asked_for_again(cast: Cast, client: Client) -> None:
    client.force_login(cast.viewer, backend="allauth.account.auth_backends.AuthenticationBackend")
    for method in (client.get, client.post):
        answer = method(reverse("data:erasure"), {"understood": "on"})
        assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert not ErasureRequest.objects.exists()


@pytest.mark.parametrize("name", ["assurer", "lead", "administrator"])
def test_staff_do_not_erase_themselves(cast: Cast, name: str) -> None:
    person = getattr(cast, name)
    with pytest.raises(PermissionDenied):
        ask(person)
    assert signed_in(person.email).get(reverse("data:erasure")).status_code == 403


@pytest.mark.parametrize("name", ["owner", "lead", "panel", "administrator"])
def test_nobody_erases_who_can_sign_in(cast: Cast, name: str) -> None:
    with pytest.raises(PermissionDenied):
        ask(cast.viewer, by=getattr(cast, name))


def test_twice_is_once(cast: Cast) -> None:
    assert ask(cast.viewer) == ask(cast.viewer)
    assert Notification.objects.filter(user=cast.viewer).count() == 1


def test_the_last_owner_hands_over_first(cast: Cast) -> None:
    with pytest.raises(TransitionRefused, match="You are the only owner of Alpha Vehicle Hire Ltd"):
        ask(cast.owner)
    client = signed_in("owner@example.com")
    page = client.get(reverse("data:erasure")).content.decode()
    assert "What has to happen first" in page
    assert "the only owner of Newco Vehicle Hire Ltd" in page, "a draft is on its way into the scheme"
    assert "Erase my data in" not in page
    assert client.post(reverse("data:erasure"), {"understood": "on"}).status_code == 409
    second_owner(cast)
    assert "What has to happen first" not in client.get(reverse("data:erasure")).content.decode()
    ask(cast.owner)


def test_the_last_owner_of_a_company_that_is_outside_may_go(cast: Cast) -> None:
    person = make.UserFactory()
    company = make.CompanyFactory(owner=person)
    application = make.ApplicationFactory(company=company, started_by=person)
    with pytest.raises(TransitionRefused):
        ask(person)
    withdraw_application(application=application, reason="We gave up", by=person)
    ask(person)


def test_an_owner_who_cannot_sign_in_does_not_count(cast: Cast) -> None:
    second_owner(cast)
    cast.editor.is_active = False
    cast.editor.save()
    with pytest.raises(TransitionRefused):
        ask(cast.owner)


# --- By an administrator ---


def test_an_administrator_erases_who_has_left(cast: Cast) -> None:
    client = signed_in("administrator@example.com")
    address = reverse("data:erase_person", kwargs={"pk": cast.other_assurer.pk})
    person_page = reverse("accounts:person", kwargs={"pk": cast.other_assurer.pk})
    assert client.get(address).status_code == 403
    assert address not in client.get(person_page).content.decode()
    people.deactivate_person(person=cast.other_assurer, reason="Left.", by=cast.administrator)
    assert address in client.get(person_page).content.decode()
    assert "Enter the reason" in client.post(address, {"reason": " "}).content.decode()
    assert client.post(address, {"reason": "Left in May"})["Location"] == person_page
    assert "It will be erased on" in client.get(person_page).content.decode()
    told = Notification.objects.get(user=cast.other_assurer)
    assert "write to" in told.body, "who cannot sign in cannot cancel on a page"
    cancel = reverse("data:erase_person_cancel", kwargs={"pk": cast.other_assurer.pk})
    assert "Enter the reason" in client.post(cancel, {"reason": ""}).content.decode()
    client.post(cancel, {"reason": "Comes back in June"})
    assert ErasureRequest.objects.get().cancel_reason == "Comes back in June"
    client.post(address, {"reason": "Left for good"})
    a_week_later()
    assert carry_out_erasures() == 1
    cast.other_assurer.refresh_from_db()
    assert cast.other_assurer.name == f"Former user {cast.other_assurer.pk}"
    shown = client.get(person_page).content.decode()
    assert "The personal data of this person was erased on" in shown
    assert "Give access back" not in shown
    reactivate = {"reason": "Back"}
    answer = client.post(reverse("accounts:reactivate", kwargs={"pk": cast.other_assurer.pk}), reactivate)
    assert answer.status_code == 409
    with pytest.raises(TransitionRefused):
        people.change_role(person=cast.other_assurer, role="panel", reason="-", by=cast.administrator)


def test_checks_are_handed_on_first(cast: Cast) -> None:
    people.deactivate_person(person=cast.assurer, reason="Left.", by=cast.administrator)
    with pytest.raises(TransitionRefused, match=f"not decided yet: {cast.membership.number}"):
        ask(cast.assurer, by=cast.administrator)


def test_who_got_access_back_in_the_meantime_is_not_erased(cast: Cast) -> None:
    people.deactivate_person(person=cast.viewer, reason="Left.", by=cast.administrator)
    ask(cast.viewer, by=cast.administrator)
    people.reactivate_person(person=cast.viewer, reason="Back.", by=cast.administrator)
    a_week_later()
    assert carry_out_erasures() == 0
    assert "can sign in again" in ErasureRequest.objects.get().obstacle
    cast.viewer.refresh_from_db()
    assert cast.viewer.name == "Viewer"


# --- Doing it -----------------------------------------------------------------------------------


@pytest.fixture
def rich(cast: Cast) -> Cast:
    second_owner(cast)
    owner = cast.owner
    owner.name = LONG_NAME
    owner.save()
    owner.emailaddress_set.create(email="second-of-owner@example.com", verified=True)
    queue_notification(to=owner.email, user=owner, subject=f"{LONG_NAME} asks", body=f"Dear {LONG_NAME}")
    queue_notification(to="Second-of-owner@example.com", subject="To the address", body=LONG_NAME)
    queue_notification(to=cast.viewer.email, user=cast.viewer, subject="To another", body="Stays")
    make.InvitationFactory(company=cast.beta, email="owner@example.com", invited_by=cast.other_owner)
    make.JoinRequestFactory(user=owner, company=cast.beta, message=f"I am {LONG_NAME}")
    make.JoinRequestFactory(
        user=owner, company=cast.beta, status="declined", message="Again", reason=f"No, {LONG_NAME}",
        decided_by=cast.other_owner, decided_at=timezone.now(),
    )  # fmt: skip
    make.SecurityContactFactory(company=cast.beta, kind="deputy", email=owner.email, name=LONG_NAME)
    cast.sent_application.assigned_to = cast.assurer
    cast.sent_application.save()
    record_event(verb="application.submitted", target=cast.sent_application, by=owner)
    return cast


def test_who_they_were_goes_and_what_they_did_stays(rich: Cast) -> None:
    owner = rich.owner
    client = signed_in("owner@example.com")
    TOTP.activate(owner, "SECRET")
    export = services.ask_export(by=owner)
    make_export(export.pk)
    export.refresh_from_db()
    before, counted, events = record_of_the_scheme(), figures(), AuditEvent.objects.count()
    ask(owner)
    assert carry_out_erasures() == 0, "not before its time"
    a_week_later()
    assert carry_out_erasures() == 1
    assert carry_out_erasures() == 0
    owner.refresh_from_db()
    assert (owner.name, owner.email) == (f"Former user {owner.pk}", f"former-user-{owner.pk}@erased.invalid")
    assert (owner.is_active, owner.has_usable_password(), owner.last_login) == (False, False, None)
    assert owner.erased_at is not None
    assert not EmailAddress.objects.filter(user=owner).exists()
    assert not Authenticator.objects.filter(user=owner).exists()
    assert not owner.companies.exists()
    assert client.get(reverse("data:yours")).status_code == 302, "signed out"
    assert Client().post(
        reverse("account_login"), {"login": "owner@example.com", "password": "correct horse battery"}
    ).status_code == 200  # fmt: skip
    # Nothing that can be removed names them any more.
    words = "\n".join(
        str(row)
        for model in (User, Notification, Invitation, JoinRequest, EmailAddress, CompanyPerson)
        for row in model.objects.values()
    )
    assert LONG_NAME not in words
    assert "owner@example.com" not in words.replace("other-owner@example.com", "")
    assert Notification.objects.get(user=rich.viewer, subject="To another").body == "Stays"
    # The copy and its file.
    assert DataExport.objects.get().status == "removed"
    sweep_exports()
    assert not default_storage.exists(export.storage_name)
    # The scheme's own record is untouched, and what they did still points to them.
    assert record_of_the_scheme() == before
    assert figures() == counted
    assert rich.sent_application.started_by_id == owner.pk
    assert AuditEvent.objects.filter(by=owner, verb="application.submitted").exists()
    assert SecurityContact.objects.get(email="owner@example.com").name == LONG_NAME, "for its time"
    event = AuditEvent.objects.latest("pk")
    assert (event.verb, event.by) == ("user.erased", None)
    assert event.data["companies"] == sorted(
        Company.objects.exclude(name="Beta Rentals Ltd").values_list("pk", flat=True)
    )
    assert AuditEvent.objects.count() > events
    assert not AuditEvent.objects.filter(target_label__contains="Gwenll").exists()
    call_command("verify_audit")


def test_the_other_owners_are_told_without_a_name(rich: Cast) -> None:
    ask(rich.owner)
    a_week_later()
    carry_out_erasures()
    told = Notification.objects.filter(user=rich.editor, subject__startswith="Somebody no longer acts for")
    assert told.count() == 4
    assert all(LONG_NAME not in f"{row.subject} {row.body}" for row in told)


def test_what_was_under_way_comes_to_an_end(rich: Cast) -> None:
    ask(rich.owner)
    a_week_later()
    carry_out_erasures()
    invitation = Invitation.objects.get(company=rich.beta)
    assert (invitation.status, invitation.closed_by, invitation.reason) == (
        "withdrawn", rich.owner, "The person's data was erased.",
    )  # fmt: skip
    assert invitation.email.endswith("@erased.invalid")
    states = JoinRequest.objects.filter(user=rich.owner).order_by("pk")
    assert list(states.values_list("status", "message", "reason")) == [
        ("settled", "", ""),
        ("declined", "", "Removed"),
    ]
    pending = Notification.objects.filter(user=rich.owner)
    assert {(row.status, row.subject, row.body, row.to) for row in pending} == {("failed", "Removed", "", "")}


def test_tokens_views_and_given_addresses_go(cast: Cast) -> None:
    token = make.ApiTokenFactory(user=cast.partner)
    KeptAnswer.objects.create(user=cast.partner, key="k", request_hash="0" * 64)
    SavedView.objects.create(owner=cast.partner, page="applications:queue", name="Mine")
    sent = make.EnrolmentFactory(body=cast.trade_body, sent_by=cast.partner)
    mine = {"enrolment": sent, "body": cast.trade_body, "email": "partner@example.com"}
    settled = make.EnrolledCompanyFactory(**mine, status="member", settled_at=timezone.now())
    waiting = make.EnrolledCompanyFactory(**mine)
    ask(cast.partner)
    a_week_later()
    assert carry_out_erasures() == 1
    assert not ApiToken.objects.filter(pk=token.pk).exists()
    assert not KeptAnswer.objects.exists()
    assert not SavedView.objects.exists()
    settled.refresh_from_db()
    waiting.refresh_from_db()
    assert settled.email == f"enrolled-{settled.pk}@erased.invalid"
    assert waiting.email == "partner@example.com", "it is still written to"
    assert not cast.trade_body.people.exists()
    sent.refresh_from_db()
    assert sent.sent_by == cast.partner


def test_an_assurer_leaves_open_applications_to_others(rich: Cast) -> None:
    for check in (rich.open_check, rich.recommended_check):
        check.assurer = rich.other_assurer
        check.save()
    people.deactivate_person(person=rich.assurer, reason="Left.", by=rich.administrator)
    ask(rich.assurer, by=rich.administrator)
    a_week_later()
    assert carry_out_erasures() == 1
    rich.sent_application.refresh_from_db()
    assert rich.sent_application.assigned_to is None
    assert rich.membership.application.decided_by_id == rich.assurer.pk


def test_what_came_in_the_way_puts_it_off_until_it_is_settled(cast: Cast) -> None:
    second_owner(cast)
    ask(cast.owner)
    CompanyPerson.objects.filter(user=cast.editor, company=cast.alpha).update(level="editor")
    a_week_later()
    assert carry_out_erasures() == 0
    assert carry_out_erasures() == 0
    request = ErasureRequest.objects.get()
    assert request.status == "waiting"
    assert "the only owner of Alpha Vehicle Hire Ltd" in request.obstacle
    told = Notification.objects.filter(subject="Your personal data cannot be erased yet")
    assert told.count() == 1, "once for each reason"
    text = signed_in("owner@example.com").get(reverse("data:yours")).content.decode()
    assert "This stands in the way: You are the only owner of Alpha" in text
    CompanyPerson.objects.filter(user=cast.editor, company=cast.alpha).update(level="owner")
    assert carry_out_erasures() == 1


def test_one_that_fails_is_noted_and_stops_no_other(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that is taken already: nothing of that erasure is done, and the next one is."""
    ask(cast.viewer)
    ask(cast.panel)
    make.UserFactory(email=f"former-user-{cast.viewer.pk}@erased.invalid")
    a_week_later()
    assert carry_out_erasures() == 1
    request = ErasureRequest.objects.get(person=cast.viewer)
    assert (request.status, request.attempts, request.last_error) == ("waiting", 1, "IntegrityError")
    cast.viewer.refresh_from_db()
    assert cast.viewer.name == "Viewer"
    assert cast.viewer.companies.count() == 4, "all of it, or nothing"
    assert ErasureRequest.objects.get(person=cast.panel).status == "done"


def test_a_copy_that_is_being_made_is_thrown_away(cast: Cast) -> None:
    from rvss.services import exports

    services.ask_export(by=cast.viewer)
    claimed = exports.claim_export(export_id=DataExport.objects.get().pk)
    ask(cast.viewer)
    a_week_later()
    assert carry_out_erasures() == 1
    with pytest.raises(exports.ClaimLost):
        exports.finish_export(export=claimed, storage_name="copies/x", sha256="0" * 64, size=1)


def test_an_erased_person_comes_to_act_for_nobody(cast: Cast) -> None:
    ask(cast.viewer)
    a_week_later()
    carry_out_erasures()
    with pytest.raises(TransitionRefused, match="no longer be used"):
        add_person(company=cast.beta, user=cast.viewer, level="owner")


@pytest.mark.parametrize(
    "wrong",
    [
        {"due_at": timezone.now() - timedelta(days=1)},
        {"requested_by": "administrator"},
        {"status": "done"},
        {"status": "cancelled"},
        {"done_at": timezone.now()},
        {"status": "cancelled", "cancelled_by": "administrator", "cancelled_at": timezone.now()},
    ],
)
def test_rows_that_make_no_sense(cast: Cast, wrong: dict[str, Any]) -> None:
    fields: dict[str, Any] = {
        "person": cast.viewer,
        "requested_by": cast.viewer,
        "due_at": timezone.now() + timedelta(days=7),
        **wrong,
    }
    for name in ("requested_by", "cancelled_by"):
        if fields.get(name) == "administrator":
            fields[name] = cast.administrator
    with pytest.raises(IntegrityError), transaction.atomic():
        ErasureRequest.objects.create(**fields)


def test_the_database_lets_no_erased_person_in_again(cast: Cast) -> None:
    ask(cast.viewer)
    a_week_later()
    carry_out_erasures()
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=cast.viewer.pk).update(is_active=True)


# --- Races --------------------------------------------------------------------------------------


def at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """Each in a thread of its own; what it returned, or the refusal that it met. A deadlock is none."""
    start = threading.Barrier(len(jobs))
    results: list[Any] = [None] * len(jobs)
    unexpected: list[Exception] = []

    def run(place: int, job: Callable[[], Any]) -> None:
        start.wait()
        try:
            results[place] = job()
        except (TransitionRefused, PermissionDenied) as refused:
            results[place] = refused
        except Exception as error:
            unexpected.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert unexpected == []
    return results


@pytest.mark.django_db(transaction=True)
def test_a_company_keeps_an_owner_when_one_is_made_while_erased() -> None:
    """The owner makes somebody an owner and leaves, while that person is being erased."""
    outcomes = set()
    for number in range(12):
        owner, heir = make.UserFactory(), make.UserFactory()
        company = make.CompanyFactory(owner=owner)
        make.MembershipFactory(company=company)
        person = CompanyPerson.objects.create(company=company, user=heir, level="editor")
        request = ask(heir)
        a_week_later()

        def hand_over(person: CompanyPerson = person, owner: User = owner, number: int = number) -> None:
            time.sleep(0.002 * (number % 4))
            change_level(person=person, level="owner", by=owner)
            leave_company(person=CompanyPerson.objects.get(company=person.company, user=owner), by=owner)

        at_once(hand_over, lambda pk=request.pk: erase_person(request_id=pk, now=timezone.now()))
        heir.refresh_from_db()
        owners = CompanyPerson.objects.filter(company=company, level="owner", user__is_active=True)
        assert owners.count() == 1, "never none"
        assert owners.get().user == (owner if heir.erased_at else heir)
        assert not CompanyPerson.objects.filter(user__erased_at__isnull=False).exists()
        outcomes.add(bool(heir.erased_at))
    assert outcomes, "both ways are right"


@pytest.mark.django_db(transaction=True)
def test_nobody_is_let_in_while_erased() -> None:
    for _ in range(8):
        person, owner = make.UserFactory(), make.UserFactory()
        company = make.CompanyFactory(owner=owner)
        request = ask(person)
        a_week_later()

        def let_in(company: Company = company, person: User = person) -> None:
            with transaction.atomic():
                Company.objects.select_for_update().defer("search").get(pk=company.pk)
                add_person(company=company, user=person, level="owner")

        def erase(pk: int = request.pk) -> None:
            carry_out_erasures()

        at_once(let_in, erase)
        carry_out_erasures()  # what was put off by the race
        person.refresh_from_db()
        assert person.erased_at is not None
        assert not CompanyPerson.objects.filter(user=person).exists()


@pytest.mark.django_db(transaction=True)
def test_two_tasks_erase_once() -> None:
    person = make.UserFactory()
    request = ask(person)
    a_week_later()
    job = lambda: erase_person(request_id=request.pk, now=timezone.now())  # noqa: E731
    assert sorted(at_once(*[job] * 6)) == [False] * 5 + [True]
    assert AuditEvent.objects.filter(verb="user.erased").count() == 1


@pytest.mark.django_db(transaction=True)
def test_cancelled_or_erased_and_never_both() -> None:
    for _ in range(8):
        person = make.UserFactory()
        request = ask(person)
        a_week_later()
        at_once(
            lambda r=request, p=person: services.cancel_erasure(request=r, reason="", by=p),
            lambda r=request: erase_person(request_id=r.pk, now=timezone.now()),
        )
        request.refresh_from_db()
        person.refresh_from_db()
        assert (request.status == "done") == (person.erased_at is not None)
        assert request.status in {"done", "cancelled"}


@pytest.mark.django_db(transaction=True)
def test_who_was_let_in_while_it_waited_is_tried_again() -> None:
    """The company came too late to be locked: everything is rolled back, and the next run does it."""
    person = make.UserFactory()
    company = make.CompanyFactory(owner=make.UserFactory())
    request = ask(person)
    a_week_later()
    is_let_in = threading.Event()

    def let_in() -> None:
        with transaction.atomic():
            Company.objects.select_for_update().defer("search").get(pk=company.pk)
            add_person(company=company, user=person, level="viewer")
            is_let_in.set()
            time.sleep(0.5)  # the erasure waits for the person here
        connection.close()

    thread = threading.Thread(target=let_in)
    thread.start()
    is_let_in.wait()
    with pytest.raises(Grown):
        erase_person(request_id=request.pk, now=timezone.now())
    thread.join()
    person.refresh_from_db()
    assert person.erased_at is None
    assert carry_out_erasures() == 1
    assert not CompanyPerson.objects.filter(user=person).exists()
