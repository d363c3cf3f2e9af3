"""DfT asks about answers; the company replies in place, changes them, signs and sends back."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Notification
from accounts.transitions import TransitionRefused
from applications import services
from applications.answers import digest_of, snapshot
from applications.models import Application, ApplicationQuestion, SecurityContact
from applications.working_days import days_left, due_from
from tests import factories as make
from tests.applications.joined import ask, fetch, send, sign_replies
from tests.applications.test_services_casework import race
from tests.applications.test_views_apply import SIGNATURE, client_of, errors_of, page, section, soup
from tests.cast import Cast


def reply(question: ApplicationQuestion, cast: Cast, words: str = "It is.") -> None:
    services.answer_question(question=question, answer=words, by=cast.editor)


def current_digest(cast: Cast) -> str:
    return digest_of(snapshot(Application.objects.with_answers().get(pk=cast.draft_application.pk)))


# --- Asking -------------------------------------------------------------------------------------


def test_several_answers_are_asked_about_at_once(cast: Cast) -> None:
    send(cast)
    Notification.objects.all().delete()
    first, second = ask(cast, "company", "Address", "Which floor?"), ask(cast, "sites")
    asked = fetch(cast.draft_application)
    assert (asked.status, asked.due_on, asked.assigned_to) == ("question", None, cast.assurer)
    assert [first, second] == list(asked.questions.open())
    mails = Notification.objects.filter(user=cast.owner).order_by("pk")
    assert ["It is about: The company: Address" in mail.body for mail in mails] == [True, False]
    assert Notification.objects.filter(user=cast.editor).count() == 2
    assert not Notification.objects.filter(user=cast.viewer).exists()
    event = AuditEvent.objects.filter(verb="application.question_asked").earliest("pk")
    assert event.data == {"section": "company", "answer": "Address"}


def test_one_answer_is_asked_about_once_at_a_time(cast: Cast) -> None:
    send(cast)
    ask(cast, "company", "Address")
    with pytest.raises(TransitionRefused, match="already"):
        ask(cast, "company", "Address", "And the postcode?")
    with pytest.raises(IntegrityError, match="one_open_question_per_answer"):
        cast.draft_application.questions.create(
            section="company", answer_label="Address", question="Again?", asked_by=cast.lead
        )


def test_the_same_form_sent_again_asks_once(cast: Cast) -> None:
    """A double click, and a replay from the browser's history after the reply has come."""
    send(cast)
    client = client_of(cast.assurer)
    address = page("applications:ask", cast.draft_application)
    key = soup(client.get(address)).find("input", {"name": "form_key"})["value"]
    data = {"about": "sites", "question": "Which?", "form_key": key}
    for _ in range(2):
        assert client.post(address, data).status_code == 302
    question = ApplicationQuestion.objects.get(application=cast.draft_application)
    reply(question, cast)
    services.send_replies(application=cast.draft_application, by=cast.owner)
    client.post(address, data)
    assert fetch(cast.draft_application).status == "submitted"
    assert cast.draft_application.questions.count() == 1


def test_the_link_beside_an_answer_names_it(cast: Cast) -> None:
    client = client_of(cast.assurer)
    shown = soup(client.get(page("applications:application", cast.sent_application)))
    links = {
        " ".join(link.get_text().split()): link["href"] for link in shown.select(".govuk-summary-card a")
    }
    form = soup(client.get(links["Ask about: Region of the main office (Regions)"]))
    chosen = form.select_one("select[name=about] option[selected]")
    assert chosen.get_text(strip=True) == "Regions: Region of the main office"
    assert "Ask a question (Sites)" in links


@pytest.mark.parametrize("about", ["nowhere", "company:Shoe size", "sites:Sites"])
def test_only_what_was_asked_in_the_form_can_be_asked_about(cast: Cast, about: str) -> None:
    address = page("applications:ask", cast.sent_application)
    response = client_of(cast.assurer).post(address, {"about": about, "question": "Which?"})
    assert len(errors_of(response)) == 1
    assert not cast.sent_application.questions.exists()


def test_twenty_clicks_ask_once(transactional_db: None) -> None:
    application = make.ApplicationFactory(status="submitted")
    assurer, key = make.UserFactory(role="assurer"), uuid4()
    results = race(
        *[
            lambda: services.ask_question(
                application=application, section="sites", question="Which?", form_key=key, by=assurer
            )
        ]
        * 20
    )
    assert results == ["done"] * 20
    assert application.questions.count() == 1


# --- Replying -----------------------------------------------------------------------------------


def test_dft_has_it_back_when_every_reply_is_sent(cast: Cast) -> None:
    send(cast)
    due_on = fetch(cast.draft_application).due_on
    first, second = ask(cast, "sites"), ask(cast, "regions")
    reply(first, cast)
    with pytest.raises(TransitionRefused, match="One question has no reply yet"):
        services.send_replies(application=cast.draft_application, by=cast.editor)
    reply(second, cast)
    reply(second, cast, "Both of them.")
    Notification.objects.all().delete()
    for _ in range(2):
        services.send_replies(application=cast.draft_application, by=cast.editor)
    sent = fetch(cast.draft_application)
    assert (sent.status, sent.due_on) == ("submitted", due_on)
    assert not sent.questions.open().exists()
    assert sent.questions.get(pk=second.pk).answer == "Both of them."
    assert Notification.objects.get().to == cast.assurer.email
    assert AuditEvent.objects.filter(verb="application.replies_sent").count() == 1
    with pytest.raises(TransitionRefused):
        reply(second, cast, "No.")


def test_dft_sees_a_reply_when_it_is_sent(cast: Cast) -> None:
    send(cast)
    question = ask(cast, "sites")
    reply(question, cast, "Half a thought")
    assurer = client_of(cast.assurer)
    address = page("applications:application", cast.draft_application)
    before = assurer.get(address).content.decode()
    assert "Half a thought" not in before
    assert "The company has not replied yet" in before
    assert "Half a thought" in client_of(cast.viewer).get(address).content.decode()
    services.send_replies(application=cast.draft_application, by=cast.editor)
    assert "Half a thought" in assurer.get(address).content.decode()


@pytest.mark.parametrize("person", ["viewer", "other_owner", "assurer", "panel"])
def test_others_send_no_replies(cast: Cast, person: str) -> None:
    reply(cast.asked_application.questions.get(), cast)
    with pytest.raises(PermissionDenied):
        services.send_replies(application=cast.asked_application, by=getattr(cast, person))


@pytest.mark.parametrize("name", ["draft_application", "sent_application"])
def test_nothing_is_sent_back_that_was_not_asked(cast: Cast, name: str) -> None:
    application = getattr(cast, name)
    words = services.SignedWords("2018", "We will keep a plan.", "Nia Prydderch", "Director")
    with pytest.raises(TransitionRefused):
        services.send_replies(application=application, by=cast.owner)
    with pytest.raises(TransitionRefused):
        services.sign_and_send_replies(application=application, words=words, by=cast.owner)
    assert fetch(application).status == application.status


def test_the_database_keeps_an_unanswered_question_open(cast: Cast) -> None:
    with pytest.raises(IntegrityError, match="question_sent_once_answered"):
        cast.asked_application.questions.update(sent_at=timezone.now())


# --- Changing the answer ------------------------------------------------------------------------


def test_only_the_section_asked_about_opens(cast: Cast) -> None:
    send(cast)
    ask(cast, "sites")
    client = client_of(cast.editor)
    assert client.get(section(cast.draft_application, "sites")).status_code == 200
    closed = client.post(section(cast.draft_application, "listing"), {"agrees": "no"})
    assert closed.status_code == 409
    assert "has not asked about this section" in closed.content.decode()
    with pytest.raises(TransitionRefused):
        services.set_listing(application=fetch(cast.draft_application), agrees=False, by=cast.owner)
    cast.draft_application.refresh_from_db()
    assert cast.draft_application.agrees_to_listing is True


def test_a_changed_answer_is_signed_before_it_is_sent(cast: Cast) -> None:
    first = send(cast)
    question = ask(cast, "rentals", "Vehicles it hires out")
    application = fetch(cast.draft_application)
    services.set_fleet(application=application, rental_models=["counter"], counts={"car": 14}, by=cast.editor)
    reply(question, cast, "There are 14, and no van.")
    with pytest.raises(TransitionRefused, match="sign the declaration again"):
        services.send_replies(application=application, by=cast.owner)
    with pytest.raises(PermissionDenied):
        sign_replies(cast, by=cast.editor)
    second = sign_replies(cast)
    assert sign_replies(cast) == second
    assert (second.purpose, services.verify_declaration(second)) == ("correction", True)
    assert json.loads(second.answers)["rentals"]["fleet"] == {"car": 14}
    assert json.loads(type(first).objects.get(pk=first.pk).answers)["rentals"]["fleet"] == {
        "car": 12,
        "van": 6,
    }
    assert fetch(application).status == "submitted"
    assert application.declarations.count() == 2


def test_dft_sees_what_was_signed_until_it_is_signed_again(cast: Cast) -> None:
    send(cast)
    question = ask(cast, "rentals")
    application = fetch(cast.draft_application)
    services.set_fleet(application=application, rental_models=["counter"], counts={"car": 14}, by=cast.editor)
    address = page("applications:application", application)
    assurer, editor = client_of(cast.assurer), client_of(cast.editor)
    assert "Cars: 14" not in assurer.get(address).content.decode()
    own = soup(editor.get(address)).get_text()
    assert "Cars: 14" in own
    assert "Answers that you have changed" in own
    reply(question, cast)
    sign_replies(cast)
    shown = soup(assurer.get(address)).get_text(" ", strip=True)
    assert "Answers changed after a question" in shown
    assert "Now Cars: 14 Before Cars: 12 Vans and pick-ups up to 3.5 tonnes: 6" in shown


def test_answers_that_change_under_the_signatory_are_not_signed(cast: Cast) -> None:
    send(cast)
    question = ask(cast, "listing")
    reply(question, cast)
    seen = current_digest(cast)
    services.set_listing(application=fetch(cast.draft_application), agrees=False, by=cast.editor)
    with pytest.raises(services.AnswersChanged):
        sign_replies(cast, seen=seen)
    assert cast.draft_application.declarations.count() == 1
    assert sign_replies(cast, seen=current_digest(cast)).purpose == "correction"


def test_a_contact_named_in_place_is_asked_to_confirm(cast: Cast) -> None:
    send(cast)
    question = ask(cast, "contact")
    details = services.ContactDetails("Siân O’Dàl", "Manager", "sian@example.co.uk", "01632 960123")
    services.set_security_contact(application=fetch(cast.draft_application), details=details, by=cast.editor)
    reply(question, cast)
    sign_replies(cast)
    assert SecurityContact.objects.get(email="sian@example.co.uk").standing == "waiting"
    assert Notification.objects.filter(to="sian@example.co.uk").count() == 1


def test_an_application_signed_on_an_older_form_is_not_held_to_the_new_one(cast: Cast) -> None:
    """The cast's declarations hold no answers; what they did not ask for is not changed."""
    cast.asked.sites.all().delete()
    reply(cast.asked_application.questions.get(), cast)
    services.send_replies(application=cast.asked_application, by=cast.editor)
    assert fetch(cast.asked_application).status == "submitted"


# --- Over the pages -----------------------------------------------------------------------------


def question_page(question: ApplicationQuestion) -> str:
    kwargs = {"reference": question.application.reference, "pk": question.pk}
    return reverse("applications:answer", kwargs=kwargs)


def test_replying_and_correcting_over_the_pages(cast: Cast) -> None:
    send(cast)
    question = ask(cast, "listing", words="Do you not want to be found?")
    application = cast.draft_application
    editor, owner = client_of(cast.editor), client_of(cast.owner)
    home = page("applications:application", application)
    shown = soup(editor.get(home))
    assert shown.find("a", href=question_page(question))
    assert not shown.find("a", href=page("applications:send_replies", application))
    asked = soup(editor.get(question_page(question)))
    assert "Do you not want to be found?" in asked.get_text()
    change = asked.find("a", href=lambda href: href and "/answers/listing/" in href)["href"]
    assert errors_of(editor.post(question_page(question), {"answer": " "})) == ["Enter your reply"]
    assert editor.post(change, {"agrees": "no"}).headers["Location"] == home
    assert editor.post(question_page(question), {"answer": "No."}).headers["Location"] == home
    check = page("applications:send_replies", application)
    assert soup(editor.get(home)).find("a", href=check)
    assert "Ask an owner of the company" in editor.get(check).content.decode()
    sign = page("declaration_correction", application)
    assert soup(owner.get(check)).find("a", href=sign)
    sheet = soup(owner.get(sign))
    hidden = {
        name: sheet.find("input", {"name": name})["value"] for name in ("text_sha256", "answers_sha256")
    }
    assert "The public register: Named on the public register" in sheet.get_text()
    for _ in range(2):
        assert owner.post(sign, SIGNATURE | hidden).headers["Location"] == home
    assert fetch(application).status == "submitted"
    assert application.declarations.count() == 2
    late = editor.post(question_page(question), {"answer": "Again."})
    assert late.status_code == 409


def test_words_alone_are_sent_without_a_signature(cast: Cast) -> None:
    send(cast)
    reply(ask(cast, "sites"), cast)
    editor = client_of(cast.editor)
    address = page("applications:send_replies", cast.draft_application)
    assert "nothing has to be signed again" in editor.get(address).content.decode()
    signing = client_of(cast.owner).get(page("declaration_correction", cast.draft_application))
    assert signing.headers["Location"] == address
    for _ in range(2):
        sent = editor.post(address)
        assert sent.headers["Location"] == page("applications:application", cast.draft_application)
    assert fetch(cast.draft_application).status == "submitted"
    assert editor.get(address).status_code == 302


def test_unanswered_questions_lead_back_to_them(cast: Cast) -> None:
    response = client_of(cast.owner).get(page("applications:send_replies", cast.asked_application))
    assert response.headers["Location"] == page("applications:application", cast.asked_application)


@pytest.mark.parametrize("name", ["applications:send_replies", "declaration_correction"])
def test_a_draft_has_no_replies(cast: Cast, name: str) -> None:
    assert client_of(cast.owner).get(page(name, cast.draft_application)).status_code == 409


def test_another_applications_question_is_not_found(cast: Cast) -> None:
    asked = cast.asked_application.questions.get()
    kwargs = {"reference": cast.sent_application.reference, "pk": asked.pk}
    assert client_of(cast.owner).get(reverse("applications:answer", kwargs=kwargs)).status_code == 404


@pytest.mark.parametrize("answer", ["a\x00b", "x" * 5001])
def test_a_bad_reply_is_kept_and_explained(cast: Cast, answer: str) -> None:
    question = cast.asked_application.questions.get()
    response = client_of(cast.editor).post(question_page(question), {"answer": answer})
    assert len(errors_of(response)) == 1
    question.refresh_from_db()
    assert question.answer == ""


def count(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


@pytest.mark.parametrize("person", ["assurer", "editor"])
def test_three_questions_take_as_many_queries_as_one(cast: Cast, person: str) -> None:
    send(cast)
    ask(cast, "sites")
    client = client_of(getattr(cast, person))
    address = page("applications:application", cast.draft_application)
    one = count(client, address)
    ask(cast, "regions"), ask(cast, "company", "Name")
    assert count(client, address) == one


def test_the_clock_stands_still_on_both_sides(cast: Cast) -> None:
    send(cast)
    due_on = fetch(cast.draft_application).due_on
    assert due_on is not None
    address = page("applications:application", cast.draft_application)
    words = f"{due_on.day} {due_on:%B %Y}"
    left = days_left(timezone.localdate(), due_on, "TLI")
    texts = {who: soup(client_of(getattr(cast, who)).get(address)).get_text() for who in ("owner", "lead")}
    assert f"We aim to decide by {words}" in texts["owner"]
    assert f"To be decided by {words}: {left} working days left" in texts["lead"]
    ask(cast, "sites")
    texts: dict[str, Any] = {
        who: soup(client_of(getattr(cast, who)).get(address)).get_text() for who in ("owner", "lead")
    }
    assert f"We then have {left} working days left to decide" in texts["owner"]
    assert f"{left} working days are left to decide" in texts["lead"]


@pytest.mark.parametrize(("past", "words"), [(-3, "3 working days ago"), (-1, "1 working day ago")])
def test_what_is_overdue_says_so(cast: Cast, past: int, words: str) -> None:
    due_on = due_from(timezone.localdate(), "TLI", past)
    Application.objects.filter(pk=cast.sent_application.pk).update(due_on=due_on)
    address = page("applications:application", cast.sent_application)
    assert words in soup(client_of(cast.lead).get(address)).get_text()
    assert "We are late" in soup(client_of(cast.owner).get(address)).get_text()
