"""The pages on which owners see and change who acts for their company; and switching between companies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from applications import services
from applications.models import CompanyPerson, Invitation, PersonLevel
from tests import factories as make
from tests.applications.test_people import level_of
from tests.applications.test_people_invitations import ADDRESS, expire, invite, words
from tests.applications.test_views_apply import client_of, errors_of, soup
from tests.cast import Cast


@pytest.fixture
def owner(cast: Cast) -> Client:
    return client_of(cast.owner)


def people(cast: Cast, rest: str = "") -> str:
    return f"/companies/{cast.alpha.public_id}/people/{rest}"


def row_of(response: Any, name: str) -> str:
    for row in soup(response).select(".govuk-summary-list__row"):
        if name in row.get_text():
            return " ".join(row.get_text(" ").split())
    return ""


def test_an_owner_sees_everybody_and_what_waits(cast: Cast, owner: Client) -> None:
    old = invite(cast)
    expire(old)
    invite(cast, email="new.person@example.com", level="viewer")
    make.JoinRequestFactory(company=cast.alpha, user=make.UserFactory(name="Gwenllian Ap Huw"))
    make.InvitationFactory(company=cast.beta, email="of.beta@example.com")
    make.JoinRequestFactory(company=cast.beta, user=make.UserFactory(name="Somebody Of Beta"))
    shown = owner.get(people(cast))
    assert row_of(shown, "owner@example.com") == "Owner (you) Owner owner@example.com The only owner"
    assert "Change what Viewer may do Remove Viewer" in row_of(shown, "viewer@example.com")
    assert "Expired" in row_of(shown, ADDRESS)
    assert "Expired" not in row_of(shown, "new.person@example.com")
    assert "Answer Gwenllian Ap Huw" in words(shown)
    assert "beta" not in words(shown).lower()
    assert "Invite somebody" in words(shown)


@pytest.mark.parametrize("name", ["editor", "viewer"])
def test_others_of_the_company_see_people_and_may_leave(cast: Cast, name: str) -> None:
    invite(cast)
    make.JoinRequestFactory(company=cast.alpha, user=make.UserFactory(name="Gwenllian Ap Huw"))
    shown = client_of(getattr(cast, name)).get(people(cast))
    text = words(shown)
    assert "Leave Alpha Vehicle Hire Ltd" in row_of(shown, f"{name}@example.com")
    for hidden in ("Remove", "Change what", "Invite somebody", ADDRESS, "Gwenllian"):
        assert hidden not in text


@pytest.mark.parametrize("name", ["assurer", "lead", "administrator"])
def test_dft_looks_and_changes_nothing(cast: Cast, name: str) -> None:
    invite(cast)
    make.JoinRequestFactory(company=cast.alpha, user=make.UserFactory(name="Gwenllian Ap Huw"))
    shown = client_of(getattr(cast, name)).get(people(cast))
    text = words(shown)
    for seen in ("viewer@example.com", ADDRESS, "Gwenllian Ap Huw"):
        assert seen in text
    main = soup(shown).select_one("main")
    assert main is not None
    assert not main.select("form, a.govuk-button")
    assert not [link for link in main.select("a") if "/people/" in str(link["href"])]


def test_a_company_without_people(cast: Cast) -> None:
    company = make.CompanyFactory()
    shown = words(client_of(cast.assurer).get(f"/companies/{company.public_id}/people/"))
    assert "Nobody acts for this company yet." in shown
    assert "No invitation waits for an answer." in shown


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_costs_the_same_for_any_number(cast: Cast, number: int) -> None:
    company = make.CompanyFactory(owner=cast.owner)
    for _ in range(number):
        company.people.create(user=make.UserFactory(), level="viewer")
        make.InvitationFactory(company=company)
        make.JoinRequestFactory(company=company)
    client = client_of(cast.owner)
    client.get(f"/companies/{company.public_id}/people/")
    with CaptureQueriesContext(connection) as queries:
        client.get(f"/companies/{company.public_id}/people/")
    assert len(queries) == 8, [query["sql"] for query in queries]


def test_inviting(cast: Cast, owner: Client) -> None:
    address = people(cast, "invite/")
    done = owner.post(address, {"email": f" {ADDRESS} ", "level": "editor"})
    assert done["Location"] == people(cast)
    assert f"{ADDRESS} has been invited." in words(owner.get(people(cast)))
    assert Invitation.objects.get().level == "editor"


@pytest.mark.parametrize(
    ("sent", "errors"),
    [
        ({}, ["Enter the person’s email address", "Choose what the person may do"]),
        (
            {"email": "mared at example", "level": "editor"},
            ["Enter an email address in the right form, like name@example.com"],
        ),
        ({"email": ADDRESS, "level": "king"}, ["Choose what the person may do"]),
        (
            {"email": "a" * 250 + "@example.com", "level": "viewer"},
            ["Email address must be 254 characters or fewer"],
        ),
        (
            {"email": "a\x00b@example.com", "level": "viewer"},
            ["Email address holds a character that cannot be used"],
        ),
        (
            {"email": "VIEWER@example.com", "level": "owner"},
            ["This person acts for Alpha Vehicle Hire Ltd already"],
        ),
    ],
)
def test_an_invitation_that_cannot_be_sent(
    cast: Cast, owner: Client, sent: dict[str, str], errors: list[str]
) -> None:
    answer = owner.post(people(cast, "invite/"), sent)
    assert answer.status_code == 200
    assert set(errors) <= set(errors_of(answer))
    if email := sent.get("email"):
        assert soup(answer).select_one("input[name=email]")["value"] == email.strip()  # type: ignore[index]
    assert not Invitation.objects.exists()


def test_sending_again_and_withdrawing(cast: Cast, owner: Client) -> None:
    first = invite(cast)
    owner.post(people(cast, f"invitations/{first.pk}/send/"))
    second = cast.alpha.invitations.open().get()
    assert second != first
    assert owner.get(people(cast, f"invitations/{second.pk}/send/")).status_code == 405
    address = people(cast, f"invitations/{second.pk}/withdraw/")
    assert ADDRESS in words(owner.get(address))
    assert errors_of(owner.post(address, {"reason": " "})) == ["Enter the reason"]
    owner.post(address, {"reason": "Wrong address."})
    second.refresh_from_db()
    assert (second.status, second.reason) == ("withdrawn", "Wrong address.")
    assert owner.post(address, {"reason": "Again."}).status_code == 409


def test_changing_a_level(cast: Cast, owner: Client) -> None:
    person = cast.alpha.people.get(user=cast.viewer)
    address = people(cast, f"{person.pk}/level/")
    checked = soup(owner.get(address)).select_one("input[checked]")
    assert checked is not None
    assert checked["value"] == "viewer"
    assert errors_of(owner.post(address, {"level": "king"})) == ["Choose what the person may do"]
    owner.post(address, {"level": "owner"})
    assert level_of(cast.alpha, cast.viewer) == "owner"


def test_removing(cast: Cast, owner: Client) -> None:
    person = cast.alpha.people.get(user=cast.viewer)
    address = people(cast, f"{person.pk}/remove/")
    assert errors_of(owner.post(address, {})) == ["Enter the reason"]
    owner.post(address, {"reason": "Left us."})
    assert level_of(cast.alpha, cast.viewer) is None
    assert owner.post(address, {"reason": "Left us."}).status_code == 404
    assert client_of(cast.viewer).get(people(cast)).status_code == 404


def test_the_only_owner_is_told_why_not(cast: Cast, owner: Client) -> None:
    assert "You are the only owner" in words(owner.get(people(cast, "leave/")))
    answer = owner.post(people(cast, "leave/"))
    assert answer.status_code == 409
    assert "must keep an owner" in words(answer)
    me = cast.alpha.people.get(user=cast.owner)
    assert "is the only owner" in words(owner.get(people(cast, f"{me.pk}/level/")))
    assert owner.post(people(cast, f"{me.pk}/level/"), {"level": "viewer"}).status_code == 409


def test_leaving(cast: Cast) -> None:
    client = client_of(cast.viewer)
    assert "You will no longer see anything" in words(client.get(people(cast, "leave/")))
    assert client.post(people(cast, "leave/"))["Location"] == "/"
    assert "You no longer act for Alpha" in words(client.get("/"))
    assert client.get(f"/companies/{cast.alpha.public_id}/").status_code == 404


@pytest.mark.parametrize("rest", ["level/", "remove/"])
def test_a_person_of_another_company_is_not_found(cast: Cast, owner: Client, rest: str) -> None:
    other = cast.beta.people.get(user=cast.other_owner)
    data = {"level": "viewer", "reason": "-"}
    assert owner.get(people(cast, f"{other.pk}/{rest}")).status_code == 404
    assert owner.post(people(cast, f"{other.pk}/{rest}"), data).status_code == 404
    assert level_of(cast.beta, cast.other_owner) == "owner"


@pytest.mark.parametrize("rest", ["send/", "withdraw/"])
def test_an_invitation_of_another_company_is_not_found(cast: Cast, owner: Client, rest: str) -> None:
    theirs = make.InvitationFactory(company=cast.beta)
    assert owner.post(people(cast, f"invitations/{theirs.pk}/{rest}"), {"reason": "-"}).status_code == 404
    theirs.refresh_from_db()
    assert theirs.status == "open"


def test_somebody_lowered_meanwhile_is_refused(cast: Cast, owner: Client) -> None:
    CompanyPerson.objects.filter(company=cast.alpha, user=cast.editor).update(level="owner")
    services.change_level(person=cast.alpha.people.get(user=cast.owner), level="viewer", by=cast.editor)
    assert owner.post(people(cast, "invite/"), {"email": ADDRESS, "level": "owner"}).status_code == 403


def test_the_company_page_leads_to_its_people(cast: Cast) -> None:
    for person, text in ((cast.owner, "Invite people"), (cast.viewer, "Everybody who acts")):
        shown = soup(client_of(person).get(f"/companies/{cast.alpha.public_id}/"))
        link = next(link for link in shown.select("main a") if text in link.get_text())
        assert link["href"] == people(cast)


# --- One person, several companies ---


@pytest.fixture
def agent(cast: Cast) -> User:
    """Owner of Alpha, viewer of Beta, and nothing in Newco."""
    user: User = make.UserFactory(name="Agent of two")
    cast.alpha.people.create(user=user, level=PersonLevel.OWNER)
    cast.beta.people.create(user=user, level=PersonLevel.VIEWER)
    return user


def test_an_agent_switches_from_any_page(cast: Cast, agent: User) -> None:
    client = client_of(agent)
    for address in (
        f"/companies/{cast.alpha.public_id}/",
        people(cast),
        f"/applications/{cast.membership.application.reference}/",
        f"/plans/{cast.membership.number}/",
    ):
        shown = client.get(address)
        assert shown.status_code == 200, address
        links = soup(shown).select("nav a, header a")
        assert "/" in [link["href"] for link in links if link.get_text(strip=True) == "Your companies"]
    home = words(client.get("/"))
    assert "Alpha Vehicle Hire Ltd" in home
    assert "Beta Rentals Ltd" in home
    assert "Newco" not in home


def test_an_agents_level_in_one_company_is_none_in_the_other(cast: Cast, agent: User) -> None:
    client = client_of(agent)
    alpha, beta = cast.alpha.public_id, cast.beta.public_id
    assert client.get(f"/companies/{alpha}/people/invite/").status_code == 200
    assert client.get(f"/companies/{beta}/people/invite/").status_code == 403
    assert client.get(f"/companies/{cast.newco.public_id}/people/").status_code == 404
    facts = "/applications/{}/answers/rentals/"
    own, other = cast.membership.application.reference, cast.other_membership.application.reference
    assert client.get(facts.format(own)).status_code == 200
    assert client.get(facts.format(other)).status_code == 403
    assert client.get(f"/applications/{cast.draft_application.reference}/tasks/").status_code == 404
    for page in (f"/companies/{beta}/", f"/companies/{beta}/people/"):
        assert "Alpha" not in words(client.get(page))
    for page in (f"/companies/{alpha}/", f"/companies/{alpha}/people/"):
        assert "Beta" not in words(client.get(page))


def test_the_agents_colleagues_learn_nothing_of_the_other_company(cast: Cast, agent: User) -> None:
    shown = words(client_of(cast.other_owner).get(f"/companies/{cast.beta.public_id}/people/"))
    assert "Agent of two" in shown
    assert "Alpha" not in shown
    services.remove_person(
        person=cast.beta.people.get(user=agent), reason="Contract ended.", by=cast.other_owner
    )
    client = client_of(agent)
    assert client.get(f"/companies/{cast.beta.public_id}/").status_code == 404
    assert client.get(f"/companies/{cast.alpha.public_id}/").status_code == 200
    assert "Beta" not in words(client.get("/"))


def test_old_invitations_are_not_in_the_way(cast: Cast, owner: Client) -> None:
    for _ in range(3):
        invitation = invite(cast)
        services.withdraw_invitation(invitation=invitation, reason="No.", by=cast.owner)
    Invitation.objects.update(invited_at=timezone.now() - timedelta(days=40))
    assert ADDRESS not in words(owner.get(people(cast)))
