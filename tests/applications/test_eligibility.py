"""Who is in scope: plain questions, a way out that says why and keeps nothing, answers carried over."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from applications.models import Application, Company
from tests import factories as make
from tests.applications.test_views_apply import IN_SCOPE, client_of, errors_of, soup

ASK = "/apply/eligibility/"


def heading(response: Any) -> str:
    return soup(response).h1.get_text()


@pytest.mark.parametrize(
    ("models", "reasons"),
    [
        (["leasing"], ["Leasing and contract hire are out of the scheme’s scope."]),
        (["with_driver"], ["Vehicles that come with a driver are not rented out"]),
        (["leasing", "with_driver"], ["Leasing and contract hire", "Vehicles that come with a driver"]),
    ],
)
def test_only_models_out_of_scope_are_refused(db: None, models: list[str], reasons: list[str]) -> None:
    shown = Client().post(ASK, IN_SCOPE | {"rental_models": models})
    assert heading(shown) == "Your company is out of scope of the scheme"
    for reason in reasons:
        assert reason in shown.content.decode()


@pytest.mark.parametrize("model", ["counter", "delivery", "car_club", "peer_to_peer"])
def test_one_model_in_scope_is_enough(db: None, model: str) -> None:
    shown = Client().post(ASK, IN_SCOPE | {"rental_models": ["leasing", model]})
    assert heading(shown) == "Your company can apply"


def test_every_reason_is_given_at_once(db: None) -> None:
    no = dict.fromkeys(("short_term", "consumers", "three_months"), "no") | {"rental_models": ["leasing"]}
    shown = soup(Client().post(ASK, no))
    assert len(shown.h1.find_next_siblings("p")) == 5  # four reasons, and that nothing was stored


@pytest.mark.parametrize("scope", ["in", "out"])
def test_nothing_is_kept(db: None, scope: str) -> None:
    browser = Client()
    answers = IN_SCOPE | ({"consumers": "no"} if scope == "out" else {})
    browser.get(ASK)
    shown = browser.post(ASK, answers)
    assert set(browser.cookies) <= {"csrftoken"}
    assert shown.headers.get("Set-Cookie") is None
    assert not Session.objects.exists()
    assert not Company.objects.exists()


def test_the_way_back_has_the_answers(db: None) -> None:
    browser = Client()
    out = soup(browser.post(ASK, IN_SCOPE | {"consumers": "no"}))
    back = out.select_one(".govuk-back-link")["href"]
    form = soup(browser.get(back))
    checked = {(box["name"], box["value"]) for box in form.select("input[checked]")}
    assert checked == {
        ("short_term", "yes"),
        ("consumers", "no"),
        ("three_months", "yes"),
        ("rental_models", "counter"),
        ("rental_models", "car_club"),
    }
    assert form.select(".govuk-error-summary") == []


def test_the_way_out_leads_to_who_can_join(db: None) -> None:
    browser = Client()
    out = soup(browser.post(ASK, IN_SCOPE | {"consumers": "no"}))
    link = next(a["href"] for a in out.find_all("a") if "#" in a["href"] and "apply" in a["href"])
    page, _, anchor = link.partition("#")
    assert soup(browser.get(page)).find(id=anchor).get_text() == "Who can join"


def test_an_address_with_odd_answers_is_a_plain_form(db: None) -> None:
    odd = {"short_term": "maybe", "rental_models": ["counter", "submarine"], "consumers": "<b>"}
    form = soup(Client().get(ASK, odd))
    assert form.select("input[checked]") == []
    assert form.select(".govuk-error-summary") == []


def test_odd_models_are_refused_at_the_field(db: None) -> None:
    assert errors_of(Client().post(ASK, IN_SCOPE | {"rental_models": ["submarine"]})) == [
        "Choose only ways from the list"
    ]


def test_the_models_are_carried_into_the_application(db: None) -> None:
    owner = client_of(make.UserFactory())
    start = owner.post(ASK, IN_SCOPE | {"rental_models": ["leasing", "car_club", "counter"]})
    assert parse_qs(urlsplit(start.headers["Location"]).query)["rental_models"] == [
        "leasing",
        "car_club",
        "counter",
    ]
    form = soup(owner.get(start.headers["Location"]))
    fields = [(box["name"], box["value"]) for box in form.select("main input[type=hidden]")]
    data: dict[str, list[str]] = {"name": ["Bryn Vans"]}
    for name, value in fields:
        data.setdefault(name, []).append(value)
    owner.post(reverse("applications:start"), data)
    application = Application.objects.get()
    assert application.company.rental_models == ["car_club", "counter"]
    section = reverse("applications:section", args=[application.reference, "rentals"])
    checked = [box["value"] for box in soup(owner.get(section)).select("input[checked]")]
    assert checked == ["counter", "car_club"]


def test_a_name_that_is_missing_keeps_the_answers(db: None) -> None:
    owner = client_of(make.UserFactory())
    shown = owner.post(reverse("applications:start"), IN_SCOPE | {"name": " "})
    assert errors_of(shown) == ["Enter the company’s name"]
    hidden = [box["value"] for box in soup(shown).select("input[name=rental_models]")]
    assert hidden == ["counter", "car_club"]
    back = soup(shown).select_one(".govuk-back-link")["href"]
    assert "rental_models=car_club" in back
