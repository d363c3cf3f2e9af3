"""The pages of rounds and checks: what they keep, what they cost, what they hide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests import factories as make
from tests.cast import Cast

SignIn = Callable[[User], Client]


@pytest.fixture
def sign_in() -> SignIn:
    def sign(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign


def add_checks(cast: Cast, count: int) -> None:
    for _ in range(count):
        membership = make.MembershipFactory()
        make.PlanCheckFactory(
            membership=membership,
            selection=make.SelectionFactory(round=cast.round, membership=membership),
            assurer=cast.assurer,
        )


@pytest.mark.parametrize("name", ["queue", "rounds", "round"])
def test_a_list_costs_the_same_whatever_its_length(
    cast: Cast, sign_in: SignIn, name: str, django_assert_max_num_queries: Any
) -> None:
    client = sign_in(cast.lead)
    kwargs = {"pk": cast.round.pk} if name == "round" else {}
    address = reverse(f"assurance:{name}", kwargs=kwargs)
    client.get(address)

    def cost() -> int:
        with django_assert_max_num_queries(8) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    before = cost()
    add_checks(cast, 3)
    make.SelectionRoundFactory()
    assert cost() == before


@pytest.mark.parametrize(("name", "most"), [("check", 15), ("point", 17)])
def test_a_case_in_full_is_cheap(
    cast: Cast, sign_in: SignIn, name: str, most: int, django_assert_max_num_queries: Any
) -> None:
    more = {"point": 3} if name == "point" else {}
    address = reverse(f"assurance:{name}", kwargs={"pk": cast.decided_check.pk, **more})
    client = sign_in(cast.assurer)
    client.get(address)
    with django_assert_max_num_queries(most):
        assert client.get(address).status_code == 200


def test_the_queue_filters_and_keeps_the_filter_in_its_address(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.lead)
    add_checks(cast, 1)
    address = reverse("assurance:queue")

    def found(**query: str) -> int:
        return client.get(address, query).content.decode().count('href="/checks/')

    everything = found(status="every")
    assert found(status="decided") == found(q=cast.alpha.name, status="decided") > 0
    assert found(q="RVSS-999999", status="every") < everything
    assert found(assigned="nobody") < everything
    assert client.get(address, {"status": "nonsense", "sort": "x", "page": "-1"}).status_code == 200


def test_an_assurer_sees_only_their_own(cast: Cast, sign_in: SignIn) -> None:
    page = sign_in(cast.other_assurer).get(reverse("assurance:queue"), {"status": "every"})
    assert "No checks found." in page.content.decode()
    listed = sign_in(cast.other_assurer).get(reverse("assurance:round", kwargs={"pk": cast.round.pk}))
    assert f'href="/checks/{cast.open_check.pk}/"' not in listed.content.decode()


def test_the_bench_shows_the_plans_own_words_and_keeps_what_was_typed(cast: Cast, sign_in: SignIn) -> None:
    address = reverse("assurance:point", kwargs={"pk": cast.open_check.pk, "point": 3})
    client = sign_in(cast.assurer)
    page = client.get(address).content.decode()
    assert "We do what point 3 asks at every branch." in page
    assert reverse("assurance:file", kwargs={"pk": cast.open_check.pk, "file": cast.file.pk}) in page
    again = client.post(address, {"result": "partly", "note": " "}).content.decode()
    assert "Enter a note that says what you saw" in again
    assert not cast.open_check.findings.exists()
    saved = client.post(address, {"result": "partly", "note": "Not at night."})
    assert saved.headers["Location"] == address
    assert "Set an action" in client.get(address).content.decode()


def test_bad_input_of_a_round_is_explained(cast: Cast, sign_in: SignIn) -> None:
    address = reverse("assurance:round_draw")
    page = sign_in(cast.lead).post(address, {"name": "Spring", "size": "many"}).content.decode()
    assert "Enter a whole number" in page
    assert 'value="many"' in page


def test_a_decision_on_a_stale_page_decides_nothing(cast: Cast, sign_in: SignIn) -> None:
    address = reverse("assurance:decide", kwargs={"pk": cast.recommended_check.pk})
    answer = {"outcome": "met", "reason": "So.", "recommendation": "0"}
    response = sign_in(cast.lead).post(address, answer)
    assert response.status_code == 409
    assert "newer recommendation" in response.content.decode()
    cast.recommended_check.refresh_from_db()
    assert cast.recommended_check.status == "recommended"


def test_a_double_click_decides_once_and_says_so(cast: Cast, sign_in: SignIn) -> None:
    check = cast.recommended_check
    address = reverse("assurance:decide", kwargs={"pk": check.pk})
    answer = {"outcome": "met", "reason": "So.", "recommendation": check.recommendations.get().pk}
    client = sign_in(cast.lead)
    assert client.post(address, answer).status_code == 302
    response = client.post(address, answer)
    assert response.status_code == 409
    assert "Nothing was decided twice" in response.content.decode()


def test_a_file_is_served_only_while_it_is_clean_and_part_of_the_plan(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.assurer)
    of_plan = cast.stored_file()

    def status(pk: int) -> int:
        return client.get(
            reverse("assurance:file", kwargs={"pk": cast.open_check.pk, "file": pk})
        ).status_code

    assert status(of_plan.pk) == 200
    assert status(make.StoredFileFactory(company=cast.alpha).pk) == 404
    type(of_plan).objects.filter(pk=of_plan.pk).update(status="infected")
    assert status(of_plan.pk) == 404


def test_the_company_reads_outcome_findings_and_actions(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.viewer)
    listed = client.get(reverse("assurance:company_checks", kwargs={"public_id": cast.alpha.public_id}))
    assert "Going on" in listed.content.decode()
    page = client.get(reverse("assurance:outcome", kwargs={"pk": cast.decided_check.pk})).content.decode()
    assert "Agreed." in page
    assert "Train the remaining staff." in page
    assert cast.assurer.name not in page
