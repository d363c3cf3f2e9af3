"""The pages on which staff record what ties them to companies, and leads what assurers can check."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role, User
from assurance.models import AssurerSkills, StaffInterest
from tests import factories as make
from tests.cast import Cast
from tests.signing_in import client_for

ADD = "assurance:interest_add"


def send(by: User, **answers: Any) -> str:
    return client_for(by).post(reverse(ADD), answers, follow=True).content.decode()


def dates(**days: date) -> dict[str, int]:
    return {
        f"{name}_{part}": getattr(day, part)
        for name, day in days.items()
        for part in ("day", "month", "year")
    }


def test_one_records_a_company_by_its_number_or_name(cast: Cast) -> None:
    lately = dates(since=date(2012, 5, 1), until=date(2017, 8, 31))
    page = send(cast.assurer, kind="employer", company=cast.beta.company_number, **lately)
    assert "It is recorded, and counts from now on." in page
    assert "Beta Rentals Ltd" in page
    assert "From May 2012 until August 2017" in page
    send(cast.assurer, kind="adviser", company=cast.other_membership.number.lower().replace("-", " "))
    send(cast.assurer, kind="employer", company="Elsewhere Hire 24/7 Ltd")
    rows = StaffInterest.objects.order_by("pk").values_list(
        "kind", "company", "name", "recorded_by", "reason"
    )
    me = cast.assurer.pk
    assert list(rows) == [
        ("employer", cast.beta.pk, "", me, ""),
        ("adviser", cast.beta.pk, "", me, ""),
        ("employer", None, "Elsewhere Hire 24/7 Ltd", me, ""),
    ]


def test_one_records_a_trade_body(cast: Cast) -> None:
    assert cast.trade_body.name in send(cast.assurer, kind="trade_body", trade_body=cast.trade_body.pk)
    assert StaffInterest.objects.get().trade_body == cast.trade_body


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({}, "Choose what the tie is"),
        ({"kind": "employer"}, "Enter the name of the company"),
        ({"kind": "employer", "company": "…!"}, "Enter the name of the company"),
        ({"kind": "adviser", "company": "99999998"}, "No company in the scheme has this number"),
        ({"kind": "adviser", "company": "RVSS-000009"}, "No company in the scheme has this number"),
        ({"kind": "employer", "company": "x" * 201}, "must be 200 characters or fewer"),
        ({"kind": "trade_body", "company": "Elsewhere"}, "Choose the trade body"),
        ({"kind": "trade_body", "trade_body": "0"}, "Choose a trade body from the list"),
        (
            {
                "kind": "employer",
                "company": "Elsewhere",
                **dates(since=date(2020, 1, 2), until=date(2020, 1, 1)),
            },
            "The last day must be the same as or after the first",
        ),
        (
            {
                "kind": "employer",
                "company": "Elsewhere",
                **dates(since=timezone.localdate() + timedelta(days=2)),
            },
            "The first day must be today or in the past",
        ),
        ({"kind": "employer", "company": "Elsewhere", "since_day": "31"}, "Enter a day, a month and a year"),
    ],
)
def test_bad_input_is_explained_and_kept(cast: Cast, answers: dict[str, Any], told: str) -> None:
    page = send(cast.assurer, **answers)
    assert told in page
    assert str(answers.get("company", ""))[:100] in page
    assert not StaffInterest.objects.exists()


def test_the_same_again_is_told_at_the_form(cast: Cast) -> None:
    send(cast.assurer, kind="employer", company="Elsewhere Hire")
    assert "This is recorded already." in send(cast.assurer, kind="employer", company="ELSEWHERE Hire Ltd")


def test_a_lead_records_and_ends_one_for_somebody_with_reasons(cast: Cast) -> None:
    client = client_for(cast.lead)
    add = reverse("assurance:interest_add_for", kwargs={"of": cast.assurer.pk})
    assert (
        "Enter the reason" in client.post(add, {"kind": "employer", "company": "Elsewhere"}).content.decode()
    )
    page = client.post(
        add, {"kind": "employer", "company": "Elsewhere", "reason": "Told me so."}, follow=True
    ).content.decode()
    assert "Recorded by Lead" in page
    assert "Told me so." in page
    end = reverse("assurance:interest_end", kwargs={"pk": StaffInterest.objects.get().pk})
    assert "Enter the reason" in client.post(end, {"reason": ""}).content.decode()
    page = client.post(end, {"reason": "Another Elsewhere."}, follow=True).content.decode()
    assert "ended by Lead: Another Elsewhere." in page
    assert client.get(end).status_code == 404
    assert (
        "Another Elsewhere." in client_for(cast.assurer).get(reverse("assurance:interests")).content.decode()
    )


def test_lists_cost_the_same_with_one_and_three(cast: Cast) -> None:
    make.StaffInterestFactory(user=cast.assurer, company=cast.beta)
    places = {
        "interests": (cast.assurer, reverse("assurance:interests")),
        "staff": (cast.lead, reverse("assurance:staff")),
        "staff_member": (cast.lead, reverse("assurance:staff_member", kwargs={"of": cast.assurer.pk})),
    }

    def cost(name: str) -> int:
        user, place = places[name]
        client = client_for(user)
        client.get(place)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(place).status_code == 200
        return len(queries)

    before = {name: cost(name) for name in places}
    for _ in range(2):
        make.StaffInterestFactory(user=cast.assurer, company=make.CompanyFactory())
        make.StaffInterestFactory(user=make.UserFactory(role=Role.ASSURER))
    assert {name: cost(name) for name in places} == before
    assert max(before.values()) <= 10


def test_skills_are_set_shown_and_kept_when_wrong(cast: Cast) -> None:
    client, place = client_for(cast.lead), reverse("assurance:skills", kwargs={"of": cast.assurer.pk})
    shown = reverse("assurance:staff_member", kwargs={"of": cast.assurer.pk})
    assert "Nothing is recorded. Checks are given to others first." in client.get(shown).content.decode()
    chosen = {"rental_models": ["car_club"], "vehicle_classes": ["van"], "editions": [cast.edition.pk]}
    for wrong, told in (("many", "Enter a whole number"), ("-1", "Enter 0 or more"), ("501", "500 or fewer")):
        page = client.post(place, chosen | {"capacity": wrong}).content.decode()
        assert told in page
        assert f'value="{wrong}"' in page
    assert not AssurerSkills.objects.exists()
    page = client.post(place, chosen | {"capacity": "0"}, follow=True).content.decode()
    for words in ("Car club, unlocked by app or card", "Vans and pick-ups", str(cast.edition)):
        assert words in page
    assert 'value="car_club" checked' in client.get(place).content.decode()
    assert client.get(reverse("assurance:skills", kwargs={"of": cast.lead.pk})).status_code == 404
