"""The home page of each role: what waits, and where it is done."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notification, NotificationStatus, User
from applications.models import Application, CompanyPerson, PersonLevel
from assurance.models import CorrectiveAction, PlanCheck
from reviews.services import take_snapshot
from rvss.home_links import LINKS
from rvss.homes import WAITING, waiting_for
from rvss.jinja import in_words
from tests import factories as make
from tests.cast import Cast

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
ROLES = ("owner", "partner", "assurer", "lead", "panel", "administrator")


def home(client: Client, person: User) -> str:
    client.force_login(person, backend=BACKEND)
    answer = client.get(reverse("home"))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("name", ROLES)
def test_every_link_of_a_home_page_opens(cast: Cast, client: Client, name: str) -> None:
    page = home(client, getattr(cast, name))
    body = page[page.index("<main") : page.index("</main>")]
    links = re.findall(r'href="(/[^"]*)"', body)
    assert links
    for link in links:
        assert client.get(link.replace("&amp;", "&")).status_code == 200, link


@pytest.mark.parametrize("name", ROLES)
def test_a_home_page_for_somebody_new(db: None, client: Client, name: str) -> None:
    role = "company" if name == "owner" else name
    assert make.UserFactory(role=role).name in home(client, User.objects.get()) or role == "company"


def counts(person: User) -> dict[str, int]:
    return {each.text: each.count for each in waiting_for(person)}


def test_an_assurer_sees_what_is_theirs(cast: Cast, client: Client) -> None:
    PlanCheck.objects.filter(pk=cast.open_check.pk).update(due_on=timezone.localdate() - timedelta(days=1))
    Application.objects.filter(pk=cast.sent_application.pk).update(assigned_to=cast.assurer)
    make.ApplicationFactory.create_batch(2, status="submitted")
    found = counts(cast.assurer)
    assert found["Applications assigned to you"] == 1
    assert found["Applications that nobody has taken"] == 2
    assert found["Checks for you to do"] == 1
    assert found["Of these, late"] == 1
    other = counts(cast.other_assurer)
    assert other["Applications assigned to you"] == 0
    assert other["Checks for you to do"] == 0


def test_a_lead_sees_what_is_to_decide(cast: Cast, client: Client) -> None:
    CorrectiveAction.objects.filter(pk=cast.action.pk).update(status="done")
    found = counts(cast.lead)
    assert found["Checks to decide"] == 1
    assert found["Checks that nobody has"] == 0
    assert found["Reports that could not be made"] == 0
    assert "Alpha Vehicle Hire Ltd: point 4" in home(client, cast.lead)
    assert "Alpha Vehicle Hire Ltd: point 4" in home(client, cast.assurer)
    assert "Actions reported as done" not in home(client, cast.other_assurer)


def test_an_administrator_sees_messages_that_failed(cast: Cast, client: Client) -> None:
    assert "Nothing waits" not in home(client, cast.administrator)  # the cast has an application
    Notification.objects.create(to="a@example.com", subject="-", body="-", status=NotificationStatus.FAILED)
    assert counts(cast.administrator)["Messages that did not arrive"] == 1


def test_nothing_waits_in_an_empty_service(db: None, client: Client) -> None:
    assert "No application and no check waits for you." in home(client, make.UserFactory(role="assurer"))
    assert "Nothing waits for you" in home(client, make.UserFactory(role="lead"))
    assert "Nothing waits for you" in home(client, make.UserFactory(role="administrator"))
    panel = home(client, make.UserFactory(role="panel"))
    assert "Nothing has been counted yet" in panel
    assert "No report has been made yet" in panel
    assert "not tied to a trade body" in home(client, make.UserFactory(role="partner"))


def test_the_panel_is_told_when_it_was_counted(cast: Cast, client: Client) -> None:
    take_snapshot()
    assert "were counted last on" in home(client, cast.panel)


def test_a_partner_sees_its_trade_body_and_how_many_it_enrolled(cast: Cast, client: Client) -> None:
    make.MembershipFactory.create_batch(3, origin="partner", partner=cast.trade_body)
    make.MembershipFactory(origin="partner", partner=make.TradeBodyFactory())
    page = home(client, cast.partner)
    assert "Association of Vehicle Hirers" in page
    assert "3 members of the scheme have been enrolled through you" in page


@pytest.mark.parametrize("name", ROLES[1:])
def test_the_counts_of_a_role_are_one_query(cast: Cast, name: str, django_assert_num_queries: Any) -> None:
    person = getattr(cast, name)
    with django_assert_num_queries(1 if WAITING[person.role] else 0):
        waiting_for(person)


def test_every_role_has_links(cast: Cast) -> None:
    assert set(LINKS) == {"partner", "assurer", "lead", "panel", "administrator"}


# --- A company ---


def cards(page: str) -> dict[str, list[str]]:
    """The steps by company."""
    found = {}
    for card in re.findall(r'<section class="govuk-summary-card">(.*?)</section>', page, re.DOTALL):
        words = [" ".join(text.split()) for text in re.findall(r'<a class="govuk-link"[^>]*>([^<]+)<', card)]
        found[words[0]] = words[1:]
    return found


def test_a_company_sees_what_to_do_next(cast: Cast, client: Client) -> None:
    page = home(client, cast.owner)
    assert cards(page.split("</main>")[0]) == {
        "Alpha Vehicle Hire Ltd": [
            f"Do the action on point 4 by {in_words(cast.action.target_on)}",
            "See what the check found",
            "Go on with the security plan",
        ],
        "Asked Vehicle Hire Ltd": ["Answer what DfT asks about the application"],
        "Newco Vehicle Hire Ltd": ["Go on with the application"],
        "Sent Vehicle Hire Ltd": ["See the application"],
    }


def test_a_company_sees_nothing_of_a_check_before_it_is_decided(cast: Cast, client: Client) -> None:
    make.CorrectiveActionFactory(check_of=cast.recommended_check)
    steps = cards(home(client, cast.owner).split("</main>")[0])["Alpha Vehicle Hire Ltd"]
    assert len([step for step in steps if step.startswith("Do the action")]) == 1


def test_a_viewer_is_asked_to_do_nothing(cast: Cast, client: Client) -> None:
    found = cards(home(client, cast.viewer).split("</main>")[0])
    assert found["Asked Vehicle Hire Ltd"] == ["See the application"]
    assert found["Newco Vehicle Hire Ltd"] == ["See the application"]
    assert "See the security plan" in found["Alpha Vehicle Hire Ltd"]


def test_a_member_without_a_plan_is_asked_for_it(cast: Cast, client: Client) -> None:
    assert cards(home(client, cast.other_owner).split("</main>")[0]) == {
        "Beta Rentals Ltd": ["Write or upload the security plan"]
    }


def test_a_company_that_was_rejected_can_apply_again(db: None, client: Client) -> None:
    owner, assurer = make.UserFactory(), make.UserFactory(role="assurer")
    company = make.CompanyFactory(name="Once More Ltd", owner=owner)
    make.ApplicationFactory(company=company, started_by=owner, status="rejected", decided_by=assurer)
    assert cards(home(client, owner).split("</main>")[0]) == {"Once More Ltd": ["Apply again"]}


def test_who_acts_for_nobody_is_asked_to_apply(cast: Cast, client: Client) -> None:
    page = home(client, make.UserFactory())
    assert "You act for no company yet" in page
    assert "Beta Rentals" not in page


@pytest.mark.parametrize("rows", [1, 3])
def test_a_company_home_costs_the_same_for_any_number(
    cast: Cast, client: Client, rows: int, django_assert_num_queries: Any
) -> None:
    user = make.UserFactory()
    companies = [cast.alpha, cast.beta, cast.asked][:rows]
    for company in companies:
        CompanyPerson.objects.create(company=company, user=user, level=PersonLevel.EDITOR)
    home(client, user)
    with django_assert_num_queries(13):
        page = client.get(reverse("home")).content.decode()
    assert len(cards(page)) == rows
