"""Sent twice, from two tabs, by two owners, from an old page: one declaration and a clear answer."""

from __future__ import annotations

import json
import threading

import pytest
from django.db import connection
from django.test import Client

from accounts.models import AuditEvent, Notification
from accounts.transitions import TransitionRefused
from applications import services
from applications.answers import digest_of, snapshot
from applications.models import Application, CompanyPerson, Declaration
from tests import factories as make
from tests.applications.joined import ask, fetch, send
from tests.applications.test_services_casework import race
from tests.applications.test_views_apply import SIGNATURE, client_of, errors_of, page, section, soup
from tests.cast import Cast


def sheet(client: Client, application: Application) -> dict[str, str]:
    """What the page of the declaration posts, hidden fields and all."""
    shown = soup(client.get(page("declaration", application)))
    hidden = {
        name: shown.find("input", {"name": name})["value"] for name in ("text_sha256", "answers_sha256")
    }
    return SIGNATURE | hidden


@pytest.mark.django_db(transaction=True)
def test_twenty_posts_at_once_from_two_owners_sign_once() -> None:
    make.EditionFactory()
    owners = [make.UserFactory(), make.UserFactory()]
    company = make.CompanyFactory(owner=owners[0])
    CompanyPerson.objects.create(company=company, user=owners[1], level="owner")
    make.SecurityContactFactory(company=company)
    application = make.ApplicationFactory(company=company, started_by=owners[0])
    clients = [client_of(owners[number % 2]) for number in range(20)]
    data = sheet(clients[0], application)
    barrier = threading.Barrier(20)
    answers: list[tuple[int, str]] = []

    def post(client: Client) -> None:
        barrier.wait()
        try:
            response = client.post(page("declaration", application), data)
            answers.append((response.status_code, response.headers.get("Location", "")))
        finally:
            connection.close()

    threads = [threading.Thread(target=post, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [(302, page("applications:sent", application))] * 20
    assert Declaration.objects.count() == 1
    assert AuditEvent.objects.filter(verb="application.submitted").count() == 1
    told = sorted(Notification.objects.values_list("to", flat=True))
    assert told == sorted([Declaration.objects.get().signed_by.email, "contact@example.co.uk"])


def test_the_second_owner_is_told_who_signed(cast: Cast) -> None:
    cast.newco.people.create(user=cast.other_owner, level="owner")
    second = client_of(cast.other_owner)
    data = sheet(second, cast.draft_application)
    send(cast)
    response = second.post(page("declaration", cast.draft_application), data, follow=True)
    assert "Owner has already signed the declaration for the company" in response.content.decode()
    assert "Signed by Nia Prydderch" in response.content.decode()
    assert Declaration.objects.filter(application=cast.draft_application).count() == 1


def test_an_old_page_answers_no_question(cast: Cast) -> None:
    """Back in the browser's history, and sent again after DfT has asked something."""
    client = client_of(cast.owner)
    data = sheet(client, cast.draft_application)
    client.post(page("declaration", cast.draft_application), data)
    ask(cast, "sites")
    replayed = client.post(page("declaration", cast.draft_application), data)
    assert replayed.status_code == 409
    assert "cannot be sent again" in replayed.content.decode()
    assert fetch(cast.draft_application).status == "question"
    assert cast.draft_application.declarations.count() == 1


@pytest.mark.parametrize("end", ["withdrawn", "rejected"])
def test_an_old_page_revives_nothing(cast: Cast, end: str) -> None:
    client = client_of(cast.owner)
    data = sheet(client, cast.draft_application)
    send(cast)
    if end == "withdrawn":
        services.withdraw_application(application=cast.draft_application, reason="Sold.", by=cast.owner)
    else:
        services.reject_application(
            application=cast.draft_application, reasons=["other"], reason="No.", by=cast.assurer
        )
    assert client.post(page("declaration", cast.draft_application), data).status_code == 409
    with pytest.raises(TransitionRefused):
        send(cast)
    assert fetch(cast.draft_application).status == end


def test_nobody_signs_answers_that_they_were_not_shown(cast: Cast) -> None:
    owner, editor = client_of(cast.owner), client_of(cast.editor)
    data = sheet(owner, cast.draft_application)
    editor.post(section(cast.draft_application, "listing"), {"agrees": "no"})
    for _ in range(2):
        response = owner.post(page("declaration", cast.draft_application), data)
        assert errors_of(response) == [
            "An answer has changed since you opened this page. Go back and check the answers"
        ]
        data = data | {"answers_sha256": soup(response).find("input", {"name": "answers_sha256"})["value"]}
    assert fetch(cast.draft_application).status == "draft"
    owner.post(page("declaration", cast.draft_application), sheet(owner, cast.draft_application))
    assert fetch(cast.draft_application).status == "submitted"


@pytest.mark.django_db(transaction=True)
def test_an_answer_saved_at_the_same_moment_is_signed_as_seen_or_not_at_all() -> None:
    owner = make.UserFactory()
    company = make.CompanyFactory(owner=owner)
    make.SecurityContactFactory(company=company)
    application = make.ApplicationFactory(company=company, started_by=owner)
    seen = digest_of(snapshot(Application.objects.with_answers().get(pk=application.pk)))
    race(
        lambda: services.submit_application(
            application=application,
            edition_code="2018",
            declaration_text="Text.",
            signatory_name="Nia Prydderch",
            signatory_role="Director",
            by=owner,
            seen=seen,
        ),
        lambda: services.set_listing(application=application, agrees=False, by=owner),
    )
    signed = application.declarations.first()
    saved = fetch(application).agrees_to_listing
    assert (signed is None, saved) in {(True, False), (False, True)}
    if signed:
        assert digest_of(json.loads(signed.answers)) == seen
