"""Two tabs, or two colleagues, in the same section: the second is told, and loses nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEvent
from applications import services
from applications.models import Application, Company
from tests import factories as make
from tests.applications.test_services_casework import race
from tests.applications.test_views_apply import ANSWERS, client_of, errors_of, page, section, soup
from tests.cast import Cast

TOLD = "This section was saved in another tab or by a colleague"


@pytest.fixture
def editor(cast: Cast) -> Client:
    return client_of(cast.editor)


def seen(client: Client, address: str) -> str:
    return str(soup(client.get(address)).find("input", {"name": "seen"})["value"])


OTHER: dict[str, dict[str, Any]] = {
    "company": ANSWERS["company"] | {"name": "Llŷn a’r Cyffiniau Cyf", "town": "Aberdaron"},
    "rentals": {"rental_models": ["car_club"], "car": "3"},
    "regions": {"regions": ["TLM"], "home_region": "TLM"},
    "contact": ANSWERS["contact"] | {"name": "Owain ap Siôn"},
    "deputy": {"has_deputy": "no", "reason": "Nobody else works here."},
    "listing": {"agrees": "no"},
}


@pytest.mark.parametrize("key", OTHER)
def test_the_second_tab_is_told_and_keeps_what_was_typed(cast: Cast, editor: Client, key: str) -> None:
    address = section(cast.draft_application, key)
    first, second = seen(editor, address), seen(editor, address)
    assert editor.post(address, OTHER[key] | {"seen": first}).status_code == 302
    saved = Company.objects.values().get(pk=cast.newco.pk)
    stale = editor.post(address, ANSWERS[key] | {"seen": second})
    assert stale.status_code == 409
    assert TOLD in stale.content.decode()
    assert Company.objects.values().get(pk=cast.newco.pk) == saved
    for name, value in ANSWERS[key].items():
        shown = soup(stale)
        fields = shown.select(f"[name={name}]:not(select)") + shown.select(f"[name={name}] [selected]")
        kept = [field.get("value") or field.get_text().strip() for field in fields]
        assert str(value[0] if isinstance(value, list) else value) in kept, name
    again = {"seen": soup(stale).find("input", {"name": "seen"})["value"]}
    assert editor.post(address, ANSWERS[key] | again).status_code == 302


def test_the_notice_says_what_is_saved_now(cast: Cast, editor: Client) -> None:
    address = section(cast.draft_application, "regions")
    opened = seen(editor, address)
    client_of(cast.owner).post(address, OTHER["regions"])
    notice = soup(editor.post(address, ANSWERS["regions"] | {"seen": opened})).select_one("[data-rvss-stale]")
    assert "Region of the main office Scotland" in " ".join(notice.get_text(" ").split())


def test_a_double_click_is_no_conflict(cast: Cast, editor: Client) -> None:
    address = section(cast.draft_application, "rentals")
    opened = seen(editor, address)
    for _ in range(2):
        assert editor.post(address, ANSWERS["rentals"] | {"seen": opened}).status_code == 302


def test_errors_do_not_hide_a_conflict(cast: Cast, editor: Client) -> None:
    address = section(cast.draft_application, "regions")
    opened = seen(editor, address)
    client_of(cast.owner).post(address, OTHER["regions"])
    wrong = editor.post(address, {"regions": ["TLL"], "seen": opened})
    assert errors_of(wrong) == ["Choose the region of the main office"]
    still = soup(wrong).find("input", {"name": "seen"})["value"]
    assert editor.post(address, ANSWERS["regions"] | {"seen": still}).status_code == 409


def test_another_section_is_no_conflict(cast: Cast, editor: Client) -> None:
    address = section(cast.draft_application, "listing")
    opened = seen(editor, address)
    editor.post(section(cast.draft_application, "regions"), OTHER["regions"])
    assert editor.post(address, {"agrees": "no", "seen": opened}).status_code == 302


def test_a_refused_save_leaves_no_trace(cast: Cast, editor: Client) -> None:
    address = section(cast.draft_application, "listing")
    opened = seen(editor, address)
    editor.post(address, {"agrees": "no", "seen": opened})
    events = AuditEvent.objects.count()
    editor.post(address, {"agrees": "yes", "seen": opened})
    assert AuditEvent.objects.count() == events
    assert Application.objects.get(pk=cast.draft_application.pk).agrees_to_listing is False


def test_two_tabs_change_the_same_list(cast: Cast, editor: Client) -> None:
    names = section(cast.draft_application, "trading-names")
    editor.post(names, {"action": "add", "name": "Alpha Vans"})
    editor.post(names, {"remove": "Alpha Vans"})
    editor.post(names, {"action": "add", "name": "Gamma Vans"})
    editor.post(names, {"remove": "Alpha Vans"})
    assert list(cast.newco.trading_names.values_list("name", flat=True)) == ["Gamma Vans"]


def test_a_members_facts_are_guarded_too(cast: Cast, editor: Client) -> None:
    address = section(cast.membership.application, "regions")
    opened = seen(editor, address)
    editor.post(address, OTHER["regions"] | {"seen": opened})
    assert editor.post(address, ANSWERS["regions"] | {"seen": opened}).status_code == 409


@pytest.mark.django_db(transaction=True)
def test_entries_added_at_once_are_all_there() -> None:
    owner = make.UserFactory()
    company = make.CompanyFactory(owner=owner)
    application = make.ApplicationFactory(company=company, started_by=owner)
    address = section(application, "trading-names")
    clients = [(client_of(owner), f"Brand {number}") for number in range(6)]
    race(
        *[
            lambda client=client, name=name: client.post(address, {"action": "add", "name": name})
            for client, name in clients
        ]
    )
    assert company.trading_names.count() == 6


@pytest.mark.django_db(transaction=True)
def test_of_saves_at_the_same_moment_one_wins_and_the_others_are_told() -> None:
    owner = make.UserFactory()
    company = make.CompanyFactory(owner=owner)
    application = make.ApplicationFactory(company=company, started_by=owner)
    address = section(application, "regions")
    clients = [client_of(owner) for _ in range(4)]
    opened = seen(clients[0], address)
    codes: list[int] = []
    regions = ["TLC", "TLD", "TLE", "TLF"]
    race(
        *[
            lambda client=client, region=region: codes.append(
                client.post(address, {"regions": [region], "home_region": region, "seen": opened}).status_code
            )
            for client, region in zip(clients, regions, strict=True)
        ]
    )
    assert sorted(codes) == [302, 409, 409, 409]


def test_check_answers_links_come_back_to_the_check(cast: Cast, editor: Client) -> None:
    check = soup(editor.get(page("applications:check", cast.draft_application)))
    links = [link["href"] for link in check.select(".govuk-summary-card__actions a")]
    assert len(links) == 9
    for address in links:
        back = soup(editor.get(address)).select_one(".govuk-back-link")["href"]
        assert back == page("applications:check", cast.draft_application), address


def test_a_service_without_a_page_is_not_held_up(cast: Cast) -> None:
    services.save_section(
        application=cast.draft_application,
        section="listing",
        seen="",
        save=lambda now: services.set_listing(application=now, agrees=False, by=cast.owner),
    )
    assert Application.objects.get(pk=cast.draft_application.pk).agrees_to_listing is False
