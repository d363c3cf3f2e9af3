"""The pages of partners' results: what was typed is kept, faults are at their fields, few see them."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from applications.models import Membership
from assurance.models import PartnerCheck
from tests import factories as make
from tests.assurance.partners import join, send
from tests.cast import Cast
from tests.page_forms import errors_in, forms_in
from tests.signing_in import client_for

LIST, SEND = reverse("assurance:partner_checks"), reverse("assurance:partner_check_send")


@pytest.fixture
def member(cast: Cast) -> Membership:
    return join(cast.trade_body, cast.membership)


def words(answer: Any) -> str:
    assert answer.status_code == 200
    return BeautifulSoup(answer.content, "html.parser").get_text(" ", strip=True)


def page(user: User, address: str, **query: Any) -> str:
    return words(client_for(user).get(address, query))


def show(result: PartnerCheck) -> str:
    return reverse("assurance:partner_check", kwargs={"pk": result.pk})


def typed(cast: Cast, **changes: Any) -> dict[str, Any]:
    return {
        "reference": " INSP-1 ",
        "membership": cast.membership.number.lower(),
        "kind": "desktop",
        "inspected_on_day": "6",
        "inspected_on_month": "May",
        "inspected_on_year": "2026",
        "inspected_by": "Field team",
        "outcome": "met_with_actions",
        "summary": "Keys are locked away.",
        "edition": "2018",
        "point_4": "partly",
    } | changes


def fields_of(html: bytes) -> dict[str, str]:
    return {name: control.value for name, control in forms_in(html)[-1].controls.items()}


def test_a_result_is_sent_and_shown(cast: Cast, member: Membership) -> None:
    client = client_for(cast.partner)
    assert client.get(SEND).status_code == 200
    answer = client.post(SEND, typed(cast), follow=True)
    result = PartnerCheck.objects.get()
    assert answer.redirect_chain == [(show(result), 302)]
    text = words(answer)
    for expected in (
        "The result INSP-1 has been sent.",
        "Met with actions",
        "Desktop audit on 6 May 2026",
        "Keys are locked away.",
        "on the page, by Partner",
        "4. Staff training Partly met",
    ):
        assert expected in text
    again = client.post(SEND, typed(cast), follow=True)
    assert "You sent the result INSP-1 before" in words(again)
    assert PartnerCheck.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"reference": "", "kind": "", "outcome": ""}, {"id_reference", "id_kind", "id_outcome"}),
        ({"membership": "RVSS-999999"}, {"id_membership"}),
        ({"membership": "alpha"}, {"id_membership"}),
        ({"inspected_on_year": "2099"}, {"id_inspected_on"}),
        ({"inspected_on_day": ""}, {"id_inspected_on"}),
        ({"point_4": "not_met", "outcome": "met"}, {"id_outcome"}),
        ({"point_1": "not_applicable"}, {"id_point_1"}),
        ({"summary": "x" * 4001}, {"id_summary"}),
        ({"inspected_by": "a\0b"}, {"id_inspected_by"}),
    ],
)
def test_a_fault_is_at_its_field_and_what_was_typed_is_kept(
    cast: Cast, member: Membership, changes: dict[str, Any], fields: set[str]
) -> None:
    answer = client_for(cast.partner).post(SEND, typed(cast, **changes))
    assert answer.status_code == 200
    assert errors_in(answer.content) == fields
    if "summary" not in changes:
        assert fields_of(answer.content)["summary"] == "Keys are locked away."
    assert not PartnerCheck.objects.exists()


def test_without_points_the_result_speaks_of_no_edition(cast: Cast, member: Membership) -> None:
    client_for(cast.partner).post(SEND, typed(cast, point_4=""))
    assert PartnerCheck.objects.get().edition is None


def test_the_points_of_another_edition_are_asked_for_by_its_address(cast: Cast, member: Membership) -> None:
    make.EditionFactory(code="2017", title="An earlier code", published_on="2017-01-01")
    client = client_for(cast.partner)
    assert "Use the points of another edition: An earlier code" in words(client.get(SEND))
    shown = client.get(SEND, {"edition": "2017"})
    assert fields_of(shown.content)["edition"] == "2017"
    client.post(SEND, typed(cast, edition="2017"))
    assert PartnerCheck.objects.get().edition.code == "2017"


def test_who_acts_for_several_says_for_which(cast: Cast, member: Membership) -> None:
    other = make.TradeBodyFactory(is_partner=True)
    other.people.add(cast.partner)
    client = client_for(cast.partner)
    assert errors_in(client.post(SEND, typed(cast)).content) == {"id_body"}
    assert errors_in(client.post(SEND, typed(cast, body=other.pk)).content) == {"id_membership"}
    client.post(SEND, typed(cast, body=cast.trade_body.pk))
    assert PartnerCheck.objects.get().body == cast.trade_body


def test_a_result_is_corrected(cast: Cast, member: Membership) -> None:
    first = send(cast, member, edition="2018", points={4: "met"}, summary="All in order.")
    client = client_for(cast.partner)
    address = reverse("assurance:partner_check_correct", kwargs={"pk": first.pk})
    form = fields_of(client.get(address).content)
    assert (form["membership"], form["summary"], form["reference"]) == (member.number, "All in order.", "")
    missing = client.post(address, typed(cast, reference="INSP-1a"))
    assert errors_in(missing.content) == {"id_correction_reason"}
    given = typed(cast, reference="INSP-1a", correction_reason="A typing mistake.")
    text = words(client.post(address, given, follow=True))
    assert "A typing mistake." in text
    assert "Corrections INSP-1 Met" in text
    old = page(cast.partner, show(first))
    assert "This result no longer counts." in old
    assert "Correct this result" not in old
    # From a page that was open all the time.
    late = words(client.post(address, given | {"reference": "INSP-1b"}))
    assert "This result was corrected before, by INSP-1a. Correct that one" in late


def test_a_chain_is_shown_whole_and_to_a_company_its_part_only(cast: Cast, member: Membership) -> None:
    wrong = join(cast.trade_body, cast.other_membership)
    first = send(cast, wrong)
    second = send(cast, member, reference="INSP-2", replaces="INSP-1", correction_reason="Wrong member.")
    third = send(cast, member, reference="INSP-3", replaces="INSP-2", correction_reason="Typed.")
    for result in (first, second, third):
        text = page(cast.lead, show(result)).partition("Corrections")[2]
        assert [name in text for name in ("INSP-1", "INSP-2", "INSP-3")] == [True] * 3
    theirs = page(cast.other_owner, show(first))
    assert "no longer counts" in theirs
    assert "INSP-2" not in theirs
    assert cast.alpha.name not in theirs
    assert client_for(cast.other_owner).get(show(second)).status_code == 404


def test_the_list_filters(cast: Cast, member: Membership) -> None:
    other = join(cast.trade_body, cast.other_membership)
    send(cast, member)
    send(cast, other, reference="B-7", outcome="not_met")
    send(cast, other, reference="B-8", replaces="B-7", correction_reason="Typed.")
    for query, expected in (
        ({}, ["B-8", "B-7", "INSP-1"]),
        ({"outcome": "not_met"}, ["B-7"]),
        ({"outcome": "odd", "page": "x"}, ["B-8", "B-7", "INSP-1"]),
        ({"current": "on"}, ["B-8", "INSP-1"]),
        ({"q": "b-7"}, ["B-7"]),
        ({"q": member.number}, ["INSP-1"]),
        ({"q": "nobody"}, []),
    ):
        for user in (cast.partner, cast.assurer, cast.lead):
            soup = BeautifulSoup(client_for(user).get(LIST, query).content, "html.parser")
            assert [link.text for link in soup.select("tbody a")] == expected, query


def test_lists_ask_the_database_as_often_for_more_rows(cast: Cast, member: Membership) -> None:
    counts = []
    for number in range(3):
        send(cast, member, reference=f"INSP-{number}")
        if number == 1:
            continue
        found = []
        for user in (cast.partner, cast.lead):
            client = client_for(user)
            with CaptureQueriesContext(connection) as queries:
                client.get(LIST)
            found.append(len(queries))
        with CaptureQueriesContext(connection) as queries:
            client_for(cast.partner).get("/")
        counts.append((*found, len(queries)))
    assert counts[0] == counts[1]


def test_a_company_finds_what_is_about_it(cast: Cast, member: Membership) -> None:
    result = send(cast, member)
    address = reverse("assurance:company_checks", kwargs={"public_id": cast.alpha.public_id})
    assert f"On-site inspection on {result.inspected_on.day} " in page(cast.viewer, address)
    text = page(cast.viewer, show(result))
    assert ", by " not in text
    assert client_for(cast.other_owner).get(show(result)).status_code == 404


def test_the_check_leads_to_what_partners_found(cast: Cast, member: Membership) -> None:
    send(cast, member)
    check = client_for(cast.assurer).get(reverse("assurance:check", kwargs={"pk": cast.open_check.pk}))
    soup = BeautifulSoup(check.content, "html.parser")
    (address,) = {str(each["href"]) for each in soup.select("a") if "Results from partners" in each.text}
    assert "INSP-1" in page(cast.assurer, address)


def test_who_is_barred_finds_nothing(cast: Cast, member: Membership) -> None:
    result = send(cast, member)
    cast.alpha.people.create(user=cast.other_lead, level="viewer")
    assert "No results found" in page(cast.other_lead, LIST)
    assert client_for(cast.other_lead).get(show(result)).status_code == 404
