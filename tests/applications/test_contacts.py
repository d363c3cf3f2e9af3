"""Security contacts: their own click, reminders, who it was on a day, and changes while a member."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, InternalError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Notification
from accounts.transitions import TransitionRefused
from applications import services
from applications.models import ContactConfirmation, SecurityContact
from applications.services import ContactDetails
from applications.services.contacts import token_of
from applications.tasks import keep_contacts
from tests import factories as make
from tests.applications.test_views_apply import client_of, errors_of, soup
from tests.cast import Cast

TOM = ContactDetails("Tomos Ŵyn", "Depot manager", "tom@example.co.uk", "01632 960124")


@pytest.fixture
def contact(cast: Cast) -> SecurityContact:
    return cast.alpha.security_contacts.get()


def ask(contact: SecurityContact) -> ContactConfirmation:
    return services.ask_for_confirmation(contact=contact, by=None)


def link_to(confirmation: ContactConfirmation) -> str:
    return reverse("applications:contact_confirm", kwargs={"token": token_of(confirmation)})


def long_ago(confirmation: ContactConfirmation, days: int) -> None:
    ContactConfirmation.objects.filter(pk=confirmation.pk).update(
        asked_at=timezone.now() - timedelta(days=days)
    )


def standing(contact: SecurityContact) -> str:
    contact.refresh_from_db()
    return contact.standing


# --- The contact's own click ---


def test_submitting_asks_the_contact(cast: Cast) -> None:
    services.submit_application(
        application=cast.draft_application,
        edition_code="2018",
        declaration_text="We will keep a plan.",
        signatory_name="Nia Prydderch",
        signatory_role="Director",
        by=cast.owner,
    )
    contact = cast.newco.security_contacts.get()
    assert contact.standing == "waiting"
    mail = Notification.objects.get(to="contact@example.co.uk")
    assert link_to(contact.confirmations.get()) in mail.body
    assert contact.confirmations.get().message == mail


def test_a_click_without_an_account_confirms(cast: Cast, contact: SecurityContact, client: Client) -> None:
    address = link_to(ask(contact))
    page = soup(client.get(address)).get_text(" ", strip=True)
    assert "Are you the recognised security contact of Alpha Vehicle Hire Ltd?" in page
    assert "01632 960123" in page
    assert standing(contact) == "waiting", "opening the link is not an answer"
    assert client.post(address, {"action": "confirm"}).headers["Location"] == address
    assert standing(contact) == "confirmed"
    assert contact.confirmed_at is not None
    assert "Thank you" in client.get(address).content.decode()
    at = contact.confirmed_at
    client.post(address, {"action": "confirm"})
    contact.refresh_from_db()
    assert contact.confirmed_at == at, "a replayed click changes nothing"
    assert AuditEvent.objects.filter(verb="contact.confirmed").count() == 1


def test_it_is_not_me(cast: Cast, contact: SecurityContact, client: Client) -> None:
    address = link_to(ask(contact))
    wrong = client.post(address, {"action": "refuse", "reason": " "})
    assert errors_of(wrong) == ["Say why you are not the contact"]
    assert standing(contact) == "waiting"
    client.post(address, {"action": "refuse", "reason": "I left in May."})
    assert standing(contact) == "refused"
    mail = Notification.objects.filter(to="owner@example.com").first()
    assert mail is not None
    assert "I left in May." in mail.body
    assert "Thank you for telling us" in client.get(address).content.decode()
    assert client.post(address, {"action": "confirm"}).status_code == 409


@pytest.mark.parametrize("token", ["x", "1:a:b", "%00", "é"])
def test_a_made_up_link_is_explained(cast: Cast, client: Client, token: str) -> None:
    response = client.get(f"/contacts/confirm/{token}/")
    assert response.status_code in {400, 404}
    if response.status_code == 404:
        assert "This link does not work" in response.content.decode()


def test_an_older_link_points_to_the_newer(cast: Cast, contact: SecurityContact, client: Client) -> None:
    old = link_to(ask(contact))
    new = link_to(ask(contact))
    assert "This link has been replaced" in client.get(old).content.decode()
    assert client.post(old, {"action": "confirm"}).status_code == 409
    assert standing(contact) == "waiting"
    client.post(new, {"action": "confirm"})
    assert standing(contact) == "confirmed"


def test_a_former_contact_cannot_answer(cast: Cast, contact: SecurityContact, client: Client) -> None:
    address = link_to(ask(contact))
    services.change_security_contact(company=cast.alpha, kind="contact", details=TOM, by=cast.owner)
    assert "You are not named any more" in client.get(address).content.decode()
    assert client.post(address, {"action": "confirm"}).status_code == 409


@pytest.mark.django_db(transaction=True)
def test_yes_and_no_at_once_are_one_answer(cast: Cast, contact: SecurityContact) -> None:
    confirmation = ask(contact)
    barrier = threading.Barrier(8)
    done: list[str] = []

    def answer(yes: bool) -> None:
        barrier.wait()
        try:
            if yes:
                services.confirm_contact(confirmation=confirmation)
            else:
                services.refuse_contact(confirmation=confirmation, reason="Not me.")
            done.append("yes" if yes else "no")
        except TransitionRefused:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=answer, args=(number % 2 == 0,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(done)) == 1
    assert standing(contact) == {"yes": "confirmed", "no": "refused"}[done[0]]
    assert AuditEvent.objects.filter(verb__in=["contact.confirmed", "contact.refused"]).count() == 1


# --- By the clock ---


def others_settled(contact: SecurityContact) -> None:
    SecurityContact.objects.exclude(pk=contact.pk).update(standing="confirmed", confirmed_at=timezone.now())


def test_two_reminders_then_it_is_given_up(cast: Cast, contact: SecurityContact, client: Client) -> None:
    others_settled(contact)
    confirmation = ask(contact)
    found = []
    for days in (6, 7, 7, 13, 14, 20, 27, 28, 28):
        long_ago(confirmation, days)
        found.append(tuple(keep_contacts().values()))
    assert found == [
        (0, 0, 0),
        (1, 0, 0),
        (0, 0, 0),
        (0, 0, 0),
        (1, 0, 0),
        (0, 0, 0),
        (0, 0, 0),
        (0, 1, 0),
        (0, 0, 0),
    ]
    assert standing(contact) == "missed"
    assert Notification.objects.filter(to=contact.email).count() == 3
    assert Notification.objects.filter(subject=f"{contact.name} has not confirmed").count() == 1
    client.post(link_to(confirmation), {"action": "confirm"})
    assert standing(contact) == "confirmed", "a late click still counts"


def test_missed_runs_send_one_reminder(cast: Cast, contact: SecurityContact) -> None:
    others_settled(contact)
    long_ago(ask(contact), 20)
    assert keep_contacts()["reminded"] == 1
    assert keep_contacts()["reminded"] == 0


def test_asked_again_after_six_months(cast: Cast, contact: SecurityContact) -> None:
    others_settled(contact)
    now = timezone.now()
    SecurityContact.objects.filter(pk=contact.pk).update(
        standing="confirmed", confirmed_at=now - timedelta(days=181)
    )
    assert keep_contacts()["asked"] == 0
    SecurityContact.objects.filter(pk=contact.pk).update(confirmed_at=now - timedelta(days=182))
    assert keep_contacts()["asked"] == 1
    assert keep_contacts()["asked"] == 0
    assert standing(contact) == "confirmed", "until the question goes unanswered"
    long_ago(contact.confirmations.get(), 28)
    keep_contacts()
    assert standing(contact) == "missed"


def test_companies_outside_the_scheme_are_left_in_peace(cast: Cast, contact: SecurityContact) -> None:
    others_settled(contact)
    SecurityContact.objects.filter(company=cast.newco).update(standing="unasked")
    ask(contact)
    assert keep_contacts()["asked"] == 0, "Newco has only a draft"


# --- Changes ---


def test_a_change_is_dated_asked_and_told(cast: Cast, contact: SecurityContact) -> None:
    confirmation = ask(contact)
    new = services.change_security_contact(company=cast.alpha, kind="contact", details=TOM, by=cast.editor)
    contact.refresh_from_db()
    assert (contact.until, new.since, new.until) == (timezone.localdate(), timezone.localdate(), None)
    confirmation.refresh_from_db()
    assert confirmation.status == "superseded"
    assert new.standing == "unasked" or standing(new) == "waiting"
    told = Notification.objects.filter(to=contact.email).first()
    assert told is not None
    assert told.subject == "You are no longer a security contact of Alpha Vehicle Hire Ltd"
    assert Notification.objects.filter(to=TOM.email).count() == 1
    assert AuditEvent.objects.filter(verb="contact.changed").get().data["from"] == contact.pk


def test_the_same_details_change_nothing(cast: Cast, contact: SecurityContact) -> None:
    same = ContactDetails(contact.name, contact.job_title, contact.email, contact.telephone)
    found = services.change_security_contact(company=cast.alpha, kind="contact", details=same, by=cast.owner)
    assert found == contact
    assert not Notification.objects.filter(to=contact.email).exists()


def test_a_deputy_comes_and_goes(cast: Cast) -> None:
    deputy = services.change_security_contact(company=cast.alpha, kind="deputy", details=TOM, by=cast.owner)
    cast.alpha.refresh_from_db()
    assert cast.alpha.no_deputy_reason == ""
    services.remove_deputy(company=cast.alpha, reason="Nobody else works here.", by=cast.owner)
    cast.alpha.refresh_from_db()
    deputy.refresh_from_db()
    assert cast.alpha.no_deputy_reason == "Nobody else works here."
    assert deputy.until == timezone.localdate(), "asked, so kept"


@pytest.mark.parametrize("person", ["viewer", "other_owner", "assurer", "administrator"])
def test_only_owner_and_editor_change_contacts(cast: Cast, person: str) -> None:
    with pytest.raises(PermissionDenied):
        services.change_security_contact(
            company=cast.alpha, kind="contact", details=TOM, by=getattr(cast, person)
        )
    with pytest.raises(PermissionDenied):
        services.remove_deputy(company=cast.alpha, reason="x", by=getattr(cast, person))


def test_asking_again_once_a_day(cast: Cast, contact: SecurityContact) -> None:
    first = services.ask_again(contact=contact, by=cast.owner)
    with pytest.raises(TransitionRefused, match="less than a day ago"):
        services.ask_again(contact=contact, by=cast.owner)
    assert first.message is not None
    Notification.objects.filter(pk=first.message.pk).update(status="failed")
    services.ask_again(contact=contact, by=cast.owner)  # it never arrived
    assert contact.confirmations.count() == 2


# --- Who it was on a day ---


def test_who_was_the_contact_on_a_day(cast: Cast) -> None:
    company = make.CompanyFactory()
    rows = [
        make.SecurityContactFactory(company=company, name=name, since=since, until=until)
        for name, since, until in (
            ("First", date(2019, 1, 7), date(2020, 3, 3)),
            ("Corrected", date(2020, 3, 3), date(2020, 3, 3)),
            ("Second", date(2020, 3, 3), date(2021, 5, 1)),
            ("Third", date(2022, 1, 1), None),
        )
    ]
    assert len(rows) == 4
    on = {
        day: [row.name for row in company.security_contacts.on(day)]
        for day in (
            date(2019, 1, 6),
            date(2019, 1, 7),
            date(2020, 3, 2),
            date(2020, 3, 3),
            date(2021, 5, 1),
            date(2026, 1, 1),
        )
    }
    assert list(on.values()) == [[], ["First"], ["First"], ["Second"], [], ["Third"]]


def test_the_history_answers_on_the_page(cast: Cast, contact: SecurityContact) -> None:
    client = client_of(cast.assurer)
    address = reverse("applications:contacts", args=[cast.alpha.public_id])

    def answer(day: str, month: str, year: str) -> str:
        response = client.get(address, {"day_day": day, "day_month": month, "day_year": year})
        return soup(response).get_text(" ", strip=True)

    assert "Contacts on 5 January 2026" in answer("5", "January", "2026")
    assert "On 4 January 2026 no security contact was named" in answer("4", "1", "26")
    assert "Enter a real date" in answer("31", "2", "2026")
    assert "Enter today’s date or an earlier one" in answer("1", "1", "2999")
    assert "Enter a day, a month and a year" in answer("1", "", "")


@pytest.mark.parametrize(
    ("since", "until"),
    [(date(2026, 1, 5), None), (date(2025, 1, 1), date(2026, 1, 6)), (date(2026, 6, 1), date(2026, 6, 2))],
)
def test_the_database_refuses_two_at_a_time(
    contact: SecurityContact, since: date, until: date | None
) -> None:
    with pytest.raises((InternalError, IntegrityError)), transaction.atomic():
        make.SecurityContactFactory(company=contact.company, since=since, until=until)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "confirmed"},
        {"status": "refused", "answered_at": timezone.now()},
        {"answered_at": timezone.now()},
    ],
)
def test_an_answer_has_its_time_and_reason(contact: SecurityContact, changes: dict[str, Any]) -> None:
    confirmation = ask(contact)
    with pytest.raises(IntegrityError), transaction.atomic():
        ContactConfirmation.objects.filter(pk=confirmation.pk).update(**changes)


def test_one_open_question_a_contact(contact: SecurityContact) -> None:
    ask(contact)
    with pytest.raises(IntegrityError), transaction.atomic():
        ContactConfirmation.objects.create(contact=contact)


# --- The pages of the company and of DfT ---


def test_the_company_changes_its_contact(cast: Cast, contact: SecurityContact) -> None:
    client = client_of(cast.owner)
    address = reverse("applications:change_contact", args=[cast.alpha.public_id, "contact"])
    assert 'value="Nia Prydderch"' in client.get(address).content.decode()
    given = {"name": "Tomos Ŵyn", "job_title": "Depot manager", "email": "tom@", "telephone": "12"}
    wrong = client.post(address, given)
    assert errors_of(wrong) == [
        "Enter an email address in the right form, like name@example.com",
        "Enter a UK telephone number, like 01632 960001 or +44 1632 960001",
    ]
    assert 'value="Tomos Ŵyn"' in wrong.content.decode()
    right = given | {"email": "tom@example.co.uk", "telephone": "+44 1632 960124"}
    shown = client.post(address, right, follow=True).content.decode()
    assert "We have asked Tomos Ŵyn to confirm." in shown
    assert "Earlier contacts" in shown
    assert SecurityContact.objects.get(company=cast.alpha, until=None).telephone == "01632 960124"


def test_an_unknown_kind_is_not_found(cast: Cast) -> None:
    address = reverse("applications:change_contact", args=[cast.alpha.public_id, "cousin"])
    assert client_of(cast.owner).get(address).status_code == 404


def test_a_contact_who_is_not_reached_surfaces(cast: Cast, contact: SecurityContact) -> None:
    confirmation = ask(contact)
    home = reverse("home")
    words = "See why Nia Prydderch is not confirmed"
    assert words not in client_of(cast.owner).get(home).content.decode()
    Notification.objects.filter(pk=confirmation.message_id).update(status="failed")
    assert words in client_of(cast.owner).get(home).content.decode()
    assert "Security contacts to look at" in client_of(cast.lead).get(home).content.decode()
    page = client_of(cast.assurer).get(reverse("applications:contact_list"), {"state": "bounced"})
    assert "Message did not arrive" in page.content.decode()
    assert "Alpha Vehicle Hire Ltd" in page.content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same(cast: Cast, rows: int, django_assert_num_queries: Any) -> None:
    for company in (cast.alpha, cast.beta, cast.sent)[:rows]:
        ask(company.security_contacts.get())
    client = client_of(cast.assurer)
    address = reverse("applications:contact_list")
    client.get(address)
    with django_assert_num_queries(4):
        page = client.get(address)
    assert len(soup(page).select("tbody tr")) == rows
    assert len(soup(client.get(address, {"q": "alpha"})).select("tbody tr")) == 1
    assert len(soup(client.get(address, {"state": "refused"})).select("tbody tr")) == 0
