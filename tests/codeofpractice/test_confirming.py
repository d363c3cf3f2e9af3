"""A plan is submitted with the word of the recognised security contact, given by a link or on the page."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from unittest import mock

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Notification
from accounts.transitions import TransitionRefused
from codeofpractice import services
from codeofpractice.models import PlanConfirmation, PlanVersion
from tests import factories as make
from tests.cast import Cast, build_cast
from tests.signing_in import client_for

CONTACT = "contact@example.co.uk"


def make_ready(cast: Cast) -> PlanVersion:
    cast.draft_version.responses.update(position="in_place", how_met="Yes.", responsible_role="Manager")
    make.give_figures(cast.draft_version)
    return cast.draft_version


@pytest.fixture
def draft(cast: Cast) -> PlanVersion:
    return make_ready(cast)


def review() -> dict[str, int]:
    day = timezone.localdate() + timedelta(days=90)
    return {"review_on_day": day.day, "review_on_month": day.month, "review_on_year": day.year}


def ask(cast: Cast) -> PlanConfirmation:
    day = timezone.localdate() + timedelta(days=90)
    return services.ask_plan_confirmation(version=cast.draft_version, review_on=day, by=cast.owner)


def link_in_mail() -> str:
    body = Notification.objects.filter(to=CONTACT).latest("pk").body
    found = re.search(r"https?://[^/]+(/plan-confirmations/\S+)", body)
    assert found, body
    return found[1]


def change_something(cast: Cast) -> None:
    response = cast.draft_version.responses.get(point__number=5)
    answer = services.Answer("in_place", "Something else.", "Manager")
    services.answer_point(response=response, revision=response.revision, answer=answer, by=cast.editor)


def status_of(cast: Cast) -> str:
    return str(PlanVersion.objects.get(pk=cast.draft_version.pk).status)


# --- By the link ---


def test_the_contact_is_asked_and_their_click_submits(cast: Cast, draft: PlanVersion) -> None:
    place = reverse("codeofpractice:submit", kwargs={"number": cast.membership.number})
    page = client_for(cast.owner).post(place, review() | {"is_true": "on"}, follow=True)
    assert "We asked Nia Prydderch on" in page.content.decode()
    assert status_of(cast) == "draft"
    link = link_in_mail()
    shown = Client().get(link).content.decode()
    assert "Confirm the security plan of Alpha Vehicle Hire Ltd" in shown
    assert "Yes." not in shown, "what the plan says is for the people of the company"
    assert status_of(cast) == "draft", "opening the link is not enough: mail scanners open links"
    answer = Client().post(link, {"action": "confirm"}, follow=True)
    assert "Thank you" in answer.content.decode()
    draft.refresh_from_db()
    assert (draft.status, draft.submitted_by) == ("submitted", cast.owner)
    assert draft.review_on == timezone.localdate() + timedelta(days=90)


def test_a_second_click_changes_nothing(cast: Cast, draft: PlanVersion) -> None:
    ask(cast)
    link = link_in_mail()
    for _ in range(2):
        assert Client().post(link, {"action": "confirm"}).status_code == 302
    assert AuditEvent.objects.filter(verb="plan.submitted").count() == 1


def test_a_change_makes_the_question_void(cast: Cast, draft: PlanVersion) -> None:
    ask(cast)
    link = link_in_mail()
    change_something(cast)
    assert "was changed after you were asked" in Client().get(link).content.decode()
    assert Client().post(link, {"action": "confirm"}).status_code == 409
    assert status_of(cast) == "draft"
    place = reverse("codeofpractice:submit", kwargs={"number": cast.membership.number})
    assert "You changed the plan after" in client_for(cast.owner).get(place).content.decode()
    ask(cast)
    assert Client().post(link, {"action": "confirm"}).status_code == 409, "the older link"
    assert Client().post(link_in_mail(), {"action": "confirm"}).status_code == 302
    assert status_of(cast) == "submitted"


@pytest.mark.parametrize("what", ["measure", "evidence", "training", "passage"])
def test_whatever_is_in_the_plan_counts_as_a_change(cast: Cast, draft: PlanVersion, what: str) -> None:
    ask(cast)
    response = draft.responses.get(point__number=2)
    if what == "measure":
        details = services.MeasureDetails("The desk refuses cash.", "in_place", "Manager")
        services.add_measure(response=response, details=details, by=cast.editor)
    elif what == "evidence":
        services.remove_evidence(evidence=cast.draft_evidence, by=cast.editor)
    elif what == "training":
        draft.responses.get(point__number=4).trainings.update(trained=1)
    else:
        services.decide_passage(
            passage=cast.passage, point=response.point, decision="confirmed", by=cast.editor
        )
    assert Client().post(link_in_mail(), {"action": "confirm"}).status_code == 409
    assert status_of(cast) == "draft"


def test_what_is_not_right_is_told_to_who_asked(cast: Cast, draft: PlanVersion) -> None:
    ask(cast)
    link = link_in_mail()
    empty = Client().post(link, {"action": "refuse", "reason": " "}).content.decode()
    assert "Enter what is not right" in empty
    Client().post(link, {"action": "refuse", "reason": "Ŵyn has left."})
    assert "Ŵyn has left." in Notification.objects.filter(to=cast.owner.email).latest("pk").body
    assert Client().post(link, {"action": "confirm"}).status_code == 409
    place = reverse("codeofpractice:submit", kwargs={"number": cast.membership.number})
    page = client_for(cast.owner).get(place).content.decode()
    assert "said on" in page
    assert "Ŵyn has left." in page
    assert status_of(cast) == "draft"


def test_the_same_question_is_not_sent_twice_within_a_day(cast: Cast, draft: PlanVersion) -> None:
    assert ask(cast) == ask(cast)
    assert Notification.objects.filter(to=CONTACT).count() == 1
    PlanConfirmation.objects.update(asked_at=timezone.now() - timedelta(hours=25))
    assert ask(cast).pk != PlanConfirmation.objects.last().pk
    assert Notification.objects.filter(to=CONTACT).count() == 2


def test_a_link_that_is_old_cut_or_made_up_does_not_work(cast: Cast, draft: PlanVersion) -> None:
    ask(cast)
    link = link_in_mail()
    for wrong in (f"{link[:-5]}/", "/plan-confirmations/1/"):
        assert Client().get(wrong).status_code == 404
        assert Client().post(wrong).status_code == 404
    later = (timezone.now() + timedelta(days=29)).timestamp()
    with mock.patch("django.core.signing.time.time", return_value=later):
        assert Client().post(link, {"action": "confirm"}).status_code == 404


def test_a_contact_who_was_replaced_does_not_confirm(cast: Cast, draft: PlanVersion) -> None:
    ask(cast)
    today = timezone.localdate()
    cast.alpha.security_contacts.update(until=today)
    make.SecurityContactFactory(company=cast.alpha, name="Carys Penhallow", since=today)
    assert "You are not named any more" in Client().get(link_in_mail()).content.decode()
    assert Client().post(link_in_mail(), {"action": "confirm"}).status_code == 409


def test_whoever_asked_must_still_be_an_owner(cast: Cast, draft: PlanVersion) -> None:
    ask(cast)
    cast.alpha.people.filter(user=cast.owner).delete()
    answer = Client().post(link_in_mail(), {"action": "confirm"})
    assert answer.status_code == 409
    assert "An owner has to ask you again" in answer.content.decode()


# --- By an owner who is the contact ---


def test_an_owner_who_is_the_contact_confirms_on_the_page(cast: Cast, draft: PlanVersion) -> None:
    cast.alpha.security_contacts.update(email=cast.owner.email.upper())
    place = reverse("codeofpractice:submit", kwargs={"number": cast.membership.number})
    client = client_for(cast.owner)
    assert "I confirm as the recognised security contact" in client.get(place).content.decode()
    client.post(place, review() | {"is_true": "on"})
    assert status_of(cast) == "submitted"
    assert PlanConfirmation.objects.get().status == "confirmed"


def test_nobody_else_confirms_for_the_contact(cast: Cast, draft: PlanVersion) -> None:
    day = timezone.localdate() + timedelta(days=90)
    attempts: list[Callable[[], object]] = [
        lambda: services.confirm_and_submit(version=draft, review_on=day, by=cast.owner),
        lambda: services.ask_plan_confirmation(version=draft, review_on=day, by=cast.editor),
    ]
    for attempt in attempts:
        with pytest.raises(PermissionDenied):
            attempt()
    with pytest.raises(TransitionRefused, match="has not confirmed"):
        services.submit_version(version=draft, by=cast.owner)


# --- What is in the way ---


def test_a_plan_with_gaps_is_not_shown_to_the_contact(cast: Cast) -> None:
    with pytest.raises(TransitionRefused, match="missing"):
        ask(cast)
    assert not Notification.objects.filter(to=CONTACT).exists()


def test_the_database_keeps_one_open_question(cast: Cast, draft: PlanVersion) -> None:
    asked = ask(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanConfirmation.objects.create(
            version=draft,
            contact=asked.contact,
            sha256="0" * 64,
            review_on=asked.review_on,
            asked_by=cast.owner,
        )


@pytest.mark.django_db(transaction=True)
def test_twenty_clicks_at_once_submit_once() -> None:
    cast = build_cast()
    make_ready(cast)
    asked = ask(cast)
    barrier, statuses = threading.Barrier(20), []

    def click() -> None:
        barrier.wait()
        try:
            statuses.append(services.confirm_plan(confirmation=asked).status)
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == ["submitted"] * 20
    assert AuditEvent.objects.filter(verb="plan.submitted").count() == 1
