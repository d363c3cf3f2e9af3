from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import Error, connection, transaction

from accounts.models import AuditEvent, Notification
from accounts.transitions import TransitionRefused
from applications import services
from applications.models import Application, ApplicationQuestion, Declaration
from tests.cast import Cast


def sign(cast: Cast, **changes: Any) -> Declaration:
    given = {
        "application": cast.draft_application,
        "edition_code": "2018",
        "declaration_text": "We will keep a plan.",
        "signatory_name": "Nia Prydderch",
        "signatory_role": "Director",
        "by": cast.owner,
    }
    return services.submit_application(**(given | changes))


def test_submitting_signs_and_sends(cast: Cast) -> None:
    declaration = sign(cast)
    application = Application.objects.get(pk=cast.draft_application.pk)
    assert (application.status, application.submitted_by) == ("submitted", cast.owner)
    assert application.submitted_at == declaration.signed_at
    answers = json.loads(declaration.answers)
    assert answers["company"]["name"] == "Newco Vehicle Hire Ltd"
    assert answers["rentals"]["fleet"] == {"car": 12, "van": 6}
    assert answers["contact"]["email"] == "contact@example.co.uk"
    event = AuditEvent.objects.latest("pk")
    assert (event.verb, event.data["sha256"]) == ("application.submitted", declaration.sha256)
    assert sorted(Notification.objects.values_list("to", flat=True)) == [
        "contact@example.co.uk",
        "owner@example.com",
    ]
    assert declaration.sha256 in Notification.objects.get(to="owner@example.com").body


def test_the_same_submission_again_is_the_same_declaration(cast: Cast) -> None:
    assert sign(cast) == sign(cast)
    assert Declaration.objects.filter(application=cast.draft_application).count() == 1
    assert AuditEvent.objects.filter(verb="application.submitted").count() == 1


@pytest.mark.parametrize("person", ["editor", "viewer", "other_owner", "assurer", "administrator"])
def test_only_an_owner_signs(cast: Cast, person: str) -> None:
    with pytest.raises(PermissionDenied):
        sign(cast, by=getattr(cast, person))
    assert not cast.draft_application.declarations.exists()


def test_what_is_not_complete_is_not_sent(cast: Cast) -> None:
    cast.newco.sites.all().delete()
    cast.newco.security_contacts.all().delete()
    with pytest.raises(TransitionRefused, match="sites, recognised security contact"):
        sign(cast)
    assert Application.objects.get(pk=cast.draft_application.pk).status == "draft"


def test_an_accepted_application_is_not_sent_again(cast: Cast) -> None:
    with pytest.raises(TransitionRefused, match="Accepted"):
        sign(cast, application=cast.membership.application)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", "We will keep a plan!"),
        ("answers", "{}"),
        ("edition_code", "2026"),
        ("signatory_name", "Nia Pryddercj"),
        ("signatory_role", "Owner"),
    ],
)
def test_any_change_to_what_was_signed_shows(cast: Cast, name: str, value: str) -> None:
    declaration = Declaration.objects.get(pk=sign(cast).pk)
    assert services.verify_declaration(declaration)
    setattr(declaration, name, value)
    assert not services.verify_declaration(declaration)


def test_a_signed_declaration_cannot_be_changed_in_the_database(cast: Cast) -> None:
    declaration = sign(cast)
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE applications_declaration SET text = 'other' WHERE id = %s", [declaration.pk])
    assert Declaration.objects.get(pk=declaration.pk).text == "We will keep a plan."


def question(cast: Cast) -> ApplicationQuestion:
    return cast.asked_application.questions.get()


def test_an_answer_sends_the_application_back_to_dft(cast: Cast) -> None:
    services.assign_application(application=cast.sent_application, to=cast.lead, by=cast.lead)
    asked = services.ask_question(
        application=cast.sent_application, section="sites", question="Which?", by=cast.assurer
    )
    Notification.objects.all().delete()
    services.answer_question(question=asked, answer="Both.", by=cast.editor)
    services.send_replies(application=cast.sent_application, by=cast.editor)
    asked.refresh_from_db()
    cast.sent_application.refresh_from_db()
    assert (asked.answer, asked.answered_by) == ("Both.", cast.editor)
    assert cast.sent_application.status == "submitted"
    assert Notification.objects.get().to == cast.lead.email


def test_a_reply_that_was_sent_stays(cast: Cast) -> None:
    services.answer_question(question=question(cast), answer="Alpha.", by=cast.owner)
    services.send_replies(application=cast.asked_application, by=cast.owner)
    with pytest.raises(TransitionRefused):
        services.answer_question(question=question(cast), answer="Beta.", by=cast.owner)
    assert question(cast).answer == "Alpha."


@pytest.mark.parametrize("person", ["viewer", "other_owner", "assurer", "panel"])
def test_others_do_not_answer(cast: Cast, person: str) -> None:
    with pytest.raises(PermissionDenied):
        services.answer_question(question=question(cast), answer="No.", by=getattr(cast, person))


@pytest.mark.parametrize("name", ["draft_application", "sent_application", "asked_application"])
def test_an_open_application_can_be_withdrawn_with_a_reason(cast: Cast, name: str) -> None:
    application = getattr(cast, name)
    services.withdraw_application(application=application, reason="We sold the business.", by=cast.owner)
    application.refresh_from_db()
    assert application.status == "withdrawn"
    assert AuditEvent.objects.latest("pk").reason == "We sold the business."


@pytest.mark.parametrize("person", ["editor", "viewer", "other_owner", "lead"])
def test_others_do_not_withdraw(cast: Cast, person: str) -> None:
    with pytest.raises(PermissionDenied):
        services.withdraw_application(
            application=cast.sent_application, reason="No.", by=getattr(cast, person)
        )


def test_a_decided_application_cannot_be_withdrawn(cast: Cast) -> None:
    with pytest.raises(TransitionRefused, match="Accepted"):
        services.withdraw_application(
            application=cast.membership.application, reason="Too late.", by=cast.owner
        )
