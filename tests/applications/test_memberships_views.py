"""The pages of a membership: renewal, leaving, DfT's decisions, history, certificate, checking a number."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pikepdf
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pypdf import PdfReader

from applications import services
from applications.models import Application, Membership
from applications.views.certificate import PostcodeThrottle
from tests import factories as make
from tests.applications.test_views_apply import client_of, errors_of, soup
from tests.cast import Cast

SIGNED = {"signatory_name": "Siân O’Dàl", "signatory_role": "Director", "has_authority": "on"}
LEFT = "The company no longer hires out vehicles to consumers"


@pytest.fixture
def due(cast: Cast) -> Membership:
    cast.membership.renewal_due_on = timezone.localdate() + timedelta(days=10)
    cast.membership.save()
    return cast.membership


def renewal_of(member: Membership) -> str:
    return f"/applications/{member.application.reference}/renewal/"


def links_of(client: Client, cast: Cast) -> list[str]:
    page = soup(client.get(f"/companies/{cast.alpha.public_id}/"))
    return [link.get_text() for link in page.select("main a")]


def again(member: Membership) -> Membership:
    return Membership.objects.get(pk=member.pk)


# --- Renewal -------------------------------------------------------------------------------------


def test_the_renewal_shows_what_we_hold_with_links_to_change_it(cast: Cast, due: Membership) -> None:
    page = soup(client_of(cast.owner).get(renewal_of(due)))
    text = page.select_one("main").get_text(" ", strip=True)
    assert "Alpha Vehicle Hire Ltd" in text
    assert "Nia Prydderch" in text
    changes = [link["href"] for link in page.select(".govuk-summary-card__actions a")]
    assert len(changes) == 7
    assert all(address.endswith("?from=renewal") for address in changes)


def test_a_change_comes_back_to_the_renewal(cast: Cast, due: Membership) -> None:
    client = client_of(cast.editor)
    address = f"/applications/{due.application.reference}/answers/listing/?from=renewal"
    assert soup(client.get(address)).select_one(".govuk-back-link")["href"] == renewal_of(due)
    response = client.post(address, {"agrees": "no"})
    assert response.headers["Location"] == renewal_of(due)
    assert again(due).is_listed is False


def test_an_owner_signs_and_it_is_renewed(cast: Cast, due: Membership) -> None:
    client = client_of(cast.owner)
    sign = f"{renewal_of(due)}declaration/"
    seen = soup(client.get(sign)).select_one("input[name=text_sha256]")["value"]
    for _ in range(2):  # a double click
        response = client.post(sign, SIGNED | {"text_sha256": seen})
        assert response.headers["Location"] == renewal_of(due)
    assert again(due).renewal_due_on.year == due.renewal_due_on.year + 1
    assert due.renewals.get().declaration.signatory_name == "Siân O’Dàl"
    assert due.events.filter(kind="renewed").count() == 1
    assert "Membership renewed" in soup(client.get(renewal_of(due))).h1.get_text()


def test_what_was_typed_is_kept_when_the_authority_is_missing(cast: Cast, due: Membership) -> None:
    client = client_of(cast.owner)
    sign = f"{renewal_of(due)}declaration/"
    seen = soup(client.get(sign)).select_one("input[name=text_sha256]")["value"]
    response = client.post(sign, {"signatory_name": "Siân O’Dàl", "text_sha256": seen})
    assert len(errors_of(response)) == 2
    assert soup(response).select_one("input[name=signatory_name]")["value"] == "Siân O’Dàl"
    assert not due.renewals.exists()


def test_an_editor_prepares_and_an_owner_signs(cast: Cast, due: Membership) -> None:
    page = soup(client_of(cast.editor).get(renewal_of(due)))
    assert "Ask an owner of the company to sign" in page.get_text()
    assert page.select_one(f"a[href='{renewal_of(due)}declaration/']") is None


def test_it_says_from_when_it_can_be_renewed(cast: Cast) -> None:
    page = soup(client_of(cast.owner).get(renewal_of(cast.membership)))
    opens = cast.membership.renewal_due_on - timedelta(days=60)
    assert f"{opens.day} {opens:%B %Y}" in page.get_text()
    response = client_of(cast.owner).get(f"{renewal_of(cast.membership)}declaration/")
    assert response.headers["Location"] == renewal_of(cast.membership)


def test_an_ended_membership_points_to_a_new_application(cast: Cast, due: Membership) -> None:
    services.resign_membership(membership=due, reason_code="sold", by=cast.owner)
    page = soup(client_of(cast.owner).get(renewal_of(due)))
    assert page.select_one(f"a[href='/companies/{cast.alpha.public_id}/apply/']")


# --- Leaving -------------------------------------------------------------------------------------


def test_leaving_takes_a_reason_and_a_confirmation(cast: Cast) -> None:
    client, address = client_of(cast.owner), f"/memberships/{cast.membership.number}/resign/"
    assert errors_of(client.post(address, {})) == ["Choose why the company is leaving"]
    answer = {"reason_code": "no_longer_hires", "reason": "We sell vans <now>."}
    page = soup(client.post(address, answer))
    assert page.h1.get_text() == "End the membership?"
    assert LEFT in page.get_text()
    assert page.select_one("input[name=reason]")["value"] == "We sell vans <now>."
    assert again(cast.membership).status == "active"
    back = soup(client.post(address, answer | {"step": "back"}))
    assert back.select_one("textarea").get_text().strip() == "We sell vans <now>."
    for _ in range(2):
        response = client.post(address, answer | {"step": "confirm"})
        assert response.headers["Location"] == f"/companies/{cast.alpha.public_id}/"
    assert again(cast.membership).status == "resigned"
    assert cast.membership.events.get().reason == "We sell vans <now>."


def test_another_reason_needs_words(cast: Cast) -> None:
    address = f"/memberships/{cast.membership.number}/resign/"
    response = client_of(cast.owner).post(address, {"reason_code": "other", "step": "confirm"})
    assert errors_of(response) == ["Enter the reason"]
    assert again(cast.membership).status == "active"


def test_who_has_left_cannot_leave_again(cast: Cast) -> None:
    services.remove_membership(membership=cast.membership, reason="Dissolved.", by=cast.lead)
    assert client_of(cast.owner).get(f"/memberships/{cast.membership.number}/resign/").status_code == 409


# --- DfT's decisions ------------------------------------------------------------------------------


def test_a_lead_suspends_reinstates_and_removes(cast: Cast) -> None:
    client = client_of(cast.lead)
    for verb, status in (("suspend", "suspended"), ("reinstate", "active"), ("remove", "removed")):
        address = f"/memberships/{cast.membership.number}/{verb}/"
        assert client.get(address).status_code == 200
        assert errors_of(client.post(address, {"reason": " "})) == ["Enter the reason"]
        response = client.post(address, {"reason": "As agreed."})
        assert response.headers["Location"] == f"/companies/{cast.alpha.public_id}/"
        assert again(cast.membership).status == status
        assert client.get(address).status_code == 409, "the same thing again is refused before the form"


def test_a_lapsed_membership_is_not_reinstated(cast: Cast) -> None:
    Membership.objects.filter(pk=cast.membership.pk).update(status="lapsed")
    address = f"/memberships/{cast.membership.number}/reinstate/"
    assert client_of(cast.lead).get(address).status_code == 409
    assert client_of(cast.lead).post(address, {"reason": "As agreed."}).status_code == 409
    assert again(cast.membership).status == "lapsed"


@pytest.mark.parametrize(
    ("person", "status", "links"),
    [
        ("owner", "active", {"Leave the scheme", "Certificate of membership (PDF)"}),
        ("owner", "suspended", {"Leave the scheme"}),
        ("owner", "lapsed", {"Leave the scheme", "Renew the membership"}),
        ("owner", "resigned", {"Apply again"}),
        ("editor", "lapsed", {"Renew the membership"}),
        ("viewer", "resigned", set()),
        (
            "lead",
            "active",
            {
                "Certificate of membership (PDF)",
                "Suspend the membership",
                "Remove the company from the scheme",
            },
        ),
        ("lead", "suspended", {"Reinstate the membership", "Remove the company from the scheme"}),
        ("lead", "lapsed", {"Remove the company from the scheme"}),
        ("lead", "removed", set()),
        ("assurer", "suspended", set()),
    ],
)
def test_the_page_of_the_company_offers_what_can_be_done(
    cast: Cast, person: str, status: str, links: set[str]
) -> None:
    ended = timezone.localdate() if status in {"removed", "resigned"} else None
    Membership.objects.filter(pk=cast.membership.pk).update(status=status, ended_on=ended)
    every = {
        "Leave the scheme",
        "Certificate of membership (PDF)",
        "Renew the membership",
        "Apply again",
        "Suspend the membership",
        "Reinstate the membership",
        "Remove the company from the scheme",
    }
    assert set(links_of(client_of(cast.person(person)), cast)) & every == links


# --- History -------------------------------------------------------------------------------------


def history(client: Client, cast: Cast) -> str:
    page = soup(client.get(f"/companies/{cast.alpha.public_id}/memberships/"))
    return page.select_one("main").get_text(" ", strip=True)


def test_the_company_reads_what_happened_without_names_of_staff(cast: Cast) -> None:
    services.suspend_membership(membership=cast.membership, reason="No plan.", by=cast.lead)
    services.resign_membership(membership=cast.membership, reason_code="other", reason="Fire.", by=cast.owner)
    text = history(client_of(cast.viewer), cast)
    assert "by DfT lead assurer" in text
    assert cast.lead.name not in text.replace("DfT lead assurer", "")
    assert f"by {cast.owner.name}" in text
    assert "No plan." in text
    assert "Another reason" in text
    assert "Fire." in text


def test_dft_reads_the_names_too(cast: Cast) -> None:
    services.suspend_membership(membership=cast.membership, reason="No plan.", by=cast.lead)
    assert f"by {cast.lead.name}, DfT lead assurer" in history(client_of(cast.assurer), cast)


def queries_of(client: Client, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_a_longer_history_takes_no_more_queries(cast: Cast) -> None:
    client, address = client_of(cast.owner), f"/companies/{cast.alpha.public_id}/memberships/"
    services.suspend_membership(membership=cast.membership, reason="No plan.", by=cast.lead)
    one = queries_of(client, address)
    services.reinstate_membership(membership=cast.membership, reason="It came.", by=cast.other_lead)
    services.suspend_membership(membership=cast.membership, reason="No plan.", by=cast.lead)
    assert queries_of(client, address) == one


# --- The list of members --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "companies"),
    [
        ({}, ["Alpha", "Beta"]),
        ({"status": "active"}, ["Beta"]),
        ({"status": "lapsed"}, ["Alpha"]),
        ({"renewal": "coming"}, ["Beta"]),
        ({"renewal": "overdue"}, []),
        ({"q": "alpha"}, ["Alpha"]),
        ({"status": "nonsense", "renewal": "nonsense"}, ["Alpha", "Beta"]),
    ],
)
def test_members_are_filtered(cast: Cast, query: dict[str, str], companies: list[str]) -> None:
    today = timezone.localdate()
    Membership.objects.filter(pk=cast.membership.pk).update(status="lapsed", renewal_due_on=today)
    Membership.objects.filter(pk=cast.other_membership.pk).update(renewal_due_on=today)
    page = soup(client_of(cast.lead).get("/memberships/", query))
    assert [link.get_text().split()[0] for link in page.select("tbody th a")] == companies


def test_more_members_take_no_more_queries(cast: Cast) -> None:
    client = client_of(cast.lead)
    today = timezone.localdate()
    make.MembershipFactory(renewal_due_on=today + timedelta(days=5))
    few = queries_of(client, "/memberships/?renewal=coming")
    for _ in range(2):
        make.MembershipFactory(renewal_due_on=today + timedelta(days=5))
    assert queries_of(client, "/memberships/?renewal=coming") == few


# --- Applying again -------------------------------------------------------------------------------


def test_a_company_that_has_left_applies_again_as_itself(cast: Cast) -> None:
    services.resign_membership(membership=cast.membership, reason_code="sold", by=cast.owner)
    client, address = client_of(cast.editor), f"/companies/{cast.alpha.public_id}/apply/"
    assert client.get(address).status_code == 200
    for _ in range(2):
        response = client.post(address)
    draft = Application.objects.get(company=cast.alpha, status="draft")
    assert response.headers["Location"] == f"/applications/{draft.reference}/"
    assert draft.agrees_to_listing is True
    tasks = soup(client.get(f"/applications/{draft.reference}/tasks/")).get_text()
    assert "Alpha Vehicle Hire Ltd" in tasks


def test_starting_under_the_name_of_ones_company_is_applying_again(cast: Cast) -> None:
    services.remove_membership(membership=cast.membership, reason="No plan.", by=cast.lead)
    application = services.start_application(company_name="alpha vehicle hire LTD", by=cast.owner)
    assert application.company == cast.alpha


def test_somebody_elses_company_of_that_name_is_another(cast: Cast) -> None:
    application = services.start_application(company_name="Alpha Vehicle Hire Ltd", by=cast.other_owner)
    assert application.company != cast.alpha


@pytest.mark.parametrize("status", ["active", "suspended", "lapsed"])
def test_a_member_does_not_apply(cast: Cast, status: str) -> None:
    Membership.objects.filter(pk=cast.membership.pk).update(status=status)
    client, address = client_of(cast.owner), f"/companies/{cast.alpha.public_id}/apply/"
    for response in (client.get(address), client.post(address)):
        assert response.status_code == 409
        assert cast.membership.number in response.content.decode()


def test_a_second_membership_has_a_number_and_a_history_of_its_own(cast: Cast) -> None:
    services.resign_membership(membership=cast.membership, reason_code="sold", by=cast.owner)
    draft = services.apply_again(company=cast.alpha, by=cast.owner)
    services.submit_application(
        application=draft,
        edition_code="2018",
        declaration_text="We will keep a plan.",
        signatory_name="Nia",
        signatory_role="Director",
        by=cast.owner,
    )
    second = services.accept_application(application=draft, by=cast.assurer)
    assert second.number != cast.membership.number
    text = history(client_of(cast.owner), cast)
    assert second.number in text
    assert cast.membership.number in text


# --- The certificate ------------------------------------------------------------------------------


def certificate(client: Client, member: Membership) -> Any:
    return client.get(f"/memberships/{member.number}/certificate/")


LONG = "Cwmni Llogi Cerbydau Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch & Ŵyr, Ÿnys Môn " * 2


def test_the_certificate_is_a_tagged_pdf_that_says_how_to_check_it(cast: Cast) -> None:
    cast.alpha.name = LONG.strip()[:200]
    cast.alpha.town = "Llanfairpwll " * 6
    cast.alpha.save()
    for number in range(4):
        cast.alpha.trading_names.create(name=f"{LONG[:190]} {number}")
    response = certificate(client_of(cast.viewer), cast.membership)
    assert response.headers["Content-Type"] == "application/pdf"
    assert "no-store" in response.headers["Cache-Control"]
    with pikepdf.open(io.BytesIO(response.content)) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert pdf.Root.Lang == "en-GB"
        assert "pdfuaid" in str(pdf.open_metadata())
        assert len(pdf.pages) == 1
    text = " ".join(
        " ".join(page.extract_text() for page in PdfReader(io.BytesIO(response.content)).pages).split()
    )
    for words in (cast.membership.number, "ZE1 0AA", "Ŵyr", "Ÿnys Môn", "/register/verify/"):
        assert words in text


@pytest.mark.parametrize("status", ["suspended", "lapsed", "removed", "resigned"])
def test_only_a_current_member_has_a_certificate(cast: Cast, status: str) -> None:
    ended = timezone.localdate() if status in {"removed", "resigned"} else None
    Membership.objects.filter(pk=cast.membership.pk).update(status=status, ended_on=ended)
    assert certificate(client_of(cast.owner), cast.membership).status_code == 409


# --- Checking a number ----------------------------------------------------------------------------


@pytest.fixture
def member(cast: Cast) -> Membership:
    Membership.objects.filter(pk=cast.membership.pk).update(number="RVSS-000123")
    return again(cast.membership)


def check(number: str, postcode: str = "") -> Any:
    return Client().get("/register/verify/", {"number": number, "postcode": postcode})


def told(response: Any) -> str:
    found = soup(response).select_one("main [role=region]")
    return found.get_text(" ", strip=True) if found else ""


@pytest.mark.parametrize(
    "typed",
    [
        "RVSS-000123",
        "rvss 123",
        " Rvss000123 ",
        "RVSS\u2013000123",
        "123",
        "000 123",
        "\uff32\uff36\uff33\uff33\uff0d\uff11\uff12\uff13",
    ],
)
def test_a_number_in_any_way_of_writing(member: Membership, typed: str) -> None:
    response = check(typed)
    assert told(response).startswith("RVSS-000123 is the number of a current member")
    link = soup(response).select_one("main [role=region] a")
    assert (link.get_text(), link["href"]) == ("Alpha Vehicle Hire Ltd", "/register/RVSS-000123/")


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("", "Enter a membership number"),
        ("RVSS-BCDF-GHJK", "Enter a membership number, like RVSS-000123"),
        ("0", "Enter a membership number, like RVSS-000123"),
        ("12345678901", "Enter a membership number, like RVSS-000123"),
        ("1" * 5000, "Membership number must be 40 characters or fewer"),
        ("٣", "Enter a membership number, like RVSS-000123"),
    ],
)
def test_what_is_no_number_is_explained(member: Membership, typed: str, error: str) -> None:
    response = check(typed)
    assert errors_of(response) == [error]
    assert told(response) == ""


def test_a_number_that_nobody_has(member: Membership) -> None:
    assert told(check("124")).startswith("No member has the number RVSS-000124")


@pytest.mark.parametrize("status", ["suspended", "lapsed", "removed", "resigned"])
def test_who_is_no_member_today_is_not_named(member: Membership, status: str) -> None:
    ended = timezone.localdate() if status in {"removed", "resigned"} else None
    Membership.objects.filter(pk=member.pk).update(status=status, ended_on=ended)
    response = check("123", "ZE1 0AA")
    assert told(response).startswith("RVSS-000123 is not the number of a current member")
    assert "Alpha" not in response.content.decode()
    assert "main office" not in told(response)


@pytest.mark.parametrize(
    ("postcode", "words"),
    [
        ("", "enter its postcode too"),
        ("ze10aa", "The postcode is that of the member’s main office."),
        ("ZE1 0AB", "The postcode is not that of"),
    ],
)
def test_who_did_not_agree_is_confirmed_without_a_name(member: Membership, postcode: str, words: str) -> None:
    Membership.objects.filter(pk=member.pk).update(is_listed=False)
    response = check("123", postcode)
    assert words in told(response)
    assert "current member" in told(response)
    assert "Alpha" not in response.content.decode()
    assert "Ottersby" not in response.content.decode()


def test_postcodes_cannot_be_tried_for_ever(member: Membership) -> None:
    limit = int(PostcodeThrottle.rate.split("/")[0])
    assert {check("123", "ZE1 0AB").status_code for _ in range(limit)} == {200}
    response = check("123", "ZE1 0AA")
    assert response.status_code == 429
    assert errors_of(response) == ["Too many postcodes were checked from here. Try again in an hour"]
    assert told(response) == ""
    assert check("123").status_code == 200, "a number alone can always be checked"


# --- The register ---------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["suspended", "lapsed", "removed", "resigned"])
def test_only_current_members_are_on_the_register(cast: Cast, status: str) -> None:
    ended = timezone.localdate() if status in {"removed", "resigned"} else None
    Membership.objects.filter(pk=cast.membership.pk).update(status=status, ended_on=ended)
    visitor, number = Client(), cast.membership.number
    assert number not in visitor.get("/register/").content.decode()
    assert number not in b"".join(visitor.get("/register/download.csv")).decode()
    assert number not in visitor.get("/api/v1/register/").content.decode()
    assert visitor.get(f"/register/{number}/").status_code == 404
    assert "Beta Rentals Ltd" in visitor.get("/register/").content.decode()
