"""Signing again: what asks for it, what it covers, and the receipt that anyone can check."""

from __future__ import annotations

import io
import json
import threading
from datetime import timedelta
from typing import Any

import pgtrigger
import pikepdf
import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from accounts.models import AuditEvent, Notification
from accounts.transitions import TransitionRefused
from applications import services
from applications.material import material_changes
from applications.models import Application, Declaration, DeclarationRequest, Membership
from applications.services.declarations import remind_to_sign
from applications.tasks import remind_of_declarations
from tests.applications.test_views_apply import client_of, errors_of, soup
from tests.cast import Cast

WORDS = {
    "edition_code": "2018",
    "declaration_text": "We will keep a plan.",
    "signatory_name": "Siân O’Dàl",
    "signatory_role": "Cyfarwyddwr",
}


@pytest.fixture
def member(cast: Cast) -> Membership:
    """Newco, which signed its answers and was accepted."""
    services.submit_application(application=cast.draft_application, **WORDS, by=cast.owner)
    return services.accept_application(application=cast.draft_application, by=cast.assurer)


def rent_out(cast: Cast, **counts: int) -> None:
    services.set_fleet(
        application=cast.draft_application,
        rental_models=["counter"],
        counts={"car": 12, "van": 6} | counts,
        by=cast.editor,
    )


def sign_again(cast: Cast, **changes: Any) -> Declaration:
    given = {"application": cast.draft_application, "purpose": "change", "by": cast.owner, **WORDS}
    return services.sign_declaration(**(given | changes))


def open_request() -> DeclarationRequest | None:
    return DeclarationRequest.objects.open().first()


# --- What is material ---


def test_facts_that_ask_for_a_signature(cast: Cast, member: Membership) -> None:
    rent_out(cast, van=0, truck=3, car=40)
    request = open_request()
    assert request is None, "trucks for vans: commercial vehicles as before, and the same band"
    rent_out(cast, van=0, car=60)
    request = open_request()
    assert request is not None
    assert request.changes == [
        "Hires out commercial vehicles: from yes to no",
        "Size of the fleet: from 11 to 50 vehicles to 51 to 250 vehicles",
    ]
    assert request.due_on == timezone.localdate() + timedelta(days=28)
    mail = Notification.objects.filter(to="owner@example.com").first()
    assert mail is not None
    assert "Hires out commercial vehicles: from yes to no" in mail.body
    assert reverse("applications:facts", args=[cast.draft_application.reference]) in mail.body


def test_a_later_change_is_added_and_a_change_back_takes_the_request_back(
    cast: Cast, member: Membership
) -> None:
    rent_out(cast, car=60)
    first = open_request()
    rent_out(cast, car=60, van=0)
    request = open_request()
    assert request == first
    assert request is not None
    assert len(request.changes) == 2
    rent_out(cast)
    assert open_request() is None
    request.refresh_from_db()
    assert request.closed_at is not None
    assert request.declaration is None


def test_an_address_needs_no_signature(cast: Cast, member: Membership) -> None:
    company = cast.newco
    fields = (
        "name legal_form company_number address_line_1 address_line_2 town postcode".split()  # noqa: SIM905
    )
    given = {name: getattr(company, name) for name in fields}
    services.set_company_details(
        application=cast.draft_application, **(given | {"town": "Porthwen"}), by=cast.editor
    )
    assert open_request() is None
    services.set_company_details(
        application=cast.draft_application, **(given | {"name": "Llŷn Hire Cyf"}), by=cast.editor
    )
    request = open_request()
    assert request is not None
    assert request.changes == ["Name: from Newco Vehicle Hire Ltd to Llŷn Hire Cyf"]


def test_a_long_name_is_said_to_have_changed() -> None:
    signed: dict[str, Any] = {
        "company": {"name": "A" * 150, "legal_form": "llp", "company_number": ""},
        "rentals": {"models": [], "fleet": {}},
    }
    current = signed | {"company": signed["company"] | {"name": "B" * 150}}
    assert material_changes(signed, current) == ["Name has changed"]


def test_listing_follows_at_once(cast: Cast, member: Membership) -> None:
    services.set_listing(application=cast.draft_application, agrees=False, by=cast.owner)
    member.refresh_from_db()
    assert not member.is_listed
    assert open_request() is None


@pytest.mark.parametrize("section", ["contact", "deputy"])
def test_contacts_have_pages_of_their_own(cast: Cast, member: Membership, section: str) -> None:
    address = reverse("applications:section", args=[cast.draft_application.reference, section])
    assert client_of(cast.owner).get(address).status_code == 409


def test_a_resigned_member_changes_nothing(cast: Cast, member: Membership) -> None:
    Membership.objects.filter(pk=member.pk).update(status="resigned", ended_on=timezone.localdate())
    with pytest.raises(TransitionRefused):
        rent_out(cast, car=60)


# --- Signing again ---


def test_signing_covers_the_facts_as_they_stand(cast: Cast, member: Membership) -> None:
    rent_out(cast, car=60)
    request = open_request()
    assert request is not None
    declaration = sign_again(cast)
    request.refresh_from_db()
    assert request.declaration == declaration
    assert json.loads(declaration.answers)["rentals"]["fleet"] == {"car": 60, "van": 6}
    assert services.verify_declaration(declaration)
    assert AuditEvent.objects.latest("pk").data["sha256"] == declaration.sha256
    rent_out(cast, car=61)
    assert open_request() is None, "measured against the newest signature"


def test_the_purpose_is_bound_too(cast: Cast, member: Membership) -> None:
    declaration = sign_again(cast)
    declaration.purpose = "renewal"
    assert not services.verify_declaration(declaration)


def test_a_double_click_signs_once(cast: Cast, member: Membership) -> None:
    assert sign_again(cast) == sign_again(cast)
    assert Declaration.objects.filter(application=cast.draft_application).count() == 2


@pytest.mark.parametrize("person", ["editor", "viewer", "other_owner", "lead"])
def test_only_an_owner_signs_again(cast: Cast, member: Membership, person: str) -> None:
    with pytest.raises(PermissionDenied):
        sign_again(cast, by=getattr(cast, person))


@pytest.mark.django_db(transaction=True)
def test_ten_signatures_at_once_are_one(cast: Cast, member: Membership) -> None:
    rent_out(cast, car=60)
    barrier = threading.Barrier(10)
    found: list[int] = []

    def sign() -> None:
        barrier.wait()
        try:
            found.append(sign_again(cast).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=sign) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 10
    assert len(set(found)) == 1


def test_only_one_request_is_open(cast: Cast, member: Membership) -> None:
    rent_out(cast, car=60)
    with pytest.raises(IntegrityError), transaction.atomic():
        DeclarationRequest.objects.create(
            membership=member, changes=["x"], asked_by=cast.owner, due_on=timezone.localdate()
        )


def test_a_signature_closes_a_request(cast: Cast, member: Membership) -> None:
    rent_out(cast, car=60)
    with pytest.raises(IntegrityError), transaction.atomic():
        DeclarationRequest.objects.update(declaration=Declaration.objects.first())


# --- Reminders ---


def test_one_reminder_two_weeks_before_the_date(cast: Cast, member: Membership) -> None:
    rent_out(cast, car=60)
    sent = Notification.objects.count()
    assert remind_of_declarations() == 0
    DeclarationRequest.objects.update(due_on=timezone.localdate() + timedelta(days=14))
    assert remind_of_declarations() == 1
    assert remind_of_declarations() == 0
    assert Notification.objects.count() == sent + 1


def test_two_workers_remind_once(cast: Cast, member: Membership) -> None:
    rent_out(cast, car=60)
    request = open_request()
    assert request is not None
    assert remind_to_sign(request=request)
    assert not remind_to_sign(request=request)


def test_what_is_signed_is_not_reminded_of(cast: Cast, member: Membership) -> None:
    rent_out(cast, car=60)
    DeclarationRequest.objects.update(due_on=timezone.localdate())
    sign_again(cast)
    assert remind_of_declarations() == 0


# --- The pages ---


def test_changing_a_fact_leads_to_the_signature(cast: Cast, member: Membership) -> None:
    client = client_of(cast.owner)
    reference = cast.draft_application.reference
    facts = reverse("applications:facts", args=[reference])
    answer = {"rental_models": ["counter"], "car": "600"}
    response = client.post(reverse("applications:section", args=[reference, "rentals"]), answer)
    assert response.headers["Location"] == facts
    page = soup(client.get(facts)).get_text(" ", strip=True)
    assert "An owner must sign the declaration again by" in page
    assert "Size of the fleet: from 11 to 50 vehicles to 251 to 1,000 vehicles" in page
    sign = reverse("declaration_again", args=[reference])
    opened = soup(client.get(sign))
    assert "Size of the fleet: from 11 to 50" in opened.get_text()
    digest = opened.find("input", {"name": "text_sha256"})["value"]  # type: ignore[index]
    wrong = client.post(sign, {"signatory_name": "Siân O’Dàl", "text_sha256": digest})
    assert errors_of(wrong) == [
        "Enter the role in the company",
        "Confirm that you have the authority to sign for the company",
    ]
    assert 'value="Siân O’Dàl"' in wrong.content.decode()
    data = {"signatory_name": "Siân O’Dàl", "signatory_role": "Director", "has_authority": "on"}
    assert client.post(sign, data | {"text_sha256": digest}).headers["Location"] == facts
    assert client.post(sign, data | {"text_sha256": digest}).headers["Location"] == facts
    assert Declaration.objects.filter(application=cast.draft_application, purpose="change").count() == 1
    assert "An owner must sign" not in client.get(facts).content.decode()
    assert client.get(sign).headers["Location"] == facts


def test_an_editor_sees_the_request_but_no_link_to_sign(cast: Cast, member: Membership) -> None:
    rent_out(cast, car=60)
    facts = reverse("applications:facts", args=[cast.draft_application.reference])
    page = client_of(cast.editor).get(facts).content.decode()
    assert "An owner must sign the declaration again" in page
    assert "Read and sign" not in page
    viewer = client_of(cast.viewer).get(facts).content.decode()
    assert ">Change<" not in viewer


def test_the_facts_cost_the_same_for_any_number_of_declarations(
    cast: Cast, member: Membership, django_assert_num_queries: Any
) -> None:
    client = client_of(cast.owner)
    facts = reverse("applications:facts", args=[cast.draft_application.reference])
    client.get(facts)
    with django_assert_num_queries(10):
        client.get(facts)
    for cars in (60, 300, 2000):
        rent_out(cast, car=cars)
        sign_again(cast)
    with django_assert_num_queries(10):
        client.get(facts)


@pytest.mark.parametrize("rows", [1, 3])
def test_what_waits_for_a_signature_is_listed_for_dft(
    cast: Cast, member: Membership, rows: int, django_assert_num_queries: Any
) -> None:
    today = timezone.localdate()
    due = [today - timedelta(days=1), today, today + timedelta(days=3)]
    for membership, day in zip([member, cast.membership, cast.other_membership][:rows], due, strict=False):
        DeclarationRequest.objects.create(
            membership=membership, changes=["Name has changed"], asked_by=cast.owner, due_on=day
        )
    client = client_of(cast.assurer)
    address = reverse("applications:declaration_requests")
    client.get(address)
    with django_assert_num_queries(3):
        page = soup(client.get(address))
    assert len(page.select("tbody tr")) == rows
    assert page.get_text().count("Overdue") == 2, "the choice of the filter, and one row"
    assert len(soup(client.get(address, {"due": "overdue"})).select("tbody tr")) == 1


# --- The receipt ---


def test_the_receipt_is_tagged_and_says_what_was_signed(cast: Cast, member: Membership) -> None:
    declaration = cast.draft_application.declarations.get()
    response = client_of(cast.viewer).get(reverse("applications:receipt", args=[declaration.code]))
    assert response.headers["Content-Type"] == "application/pdf"
    assert cast.draft_application.reference in response.headers["Content-Disposition"]
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(response.content)).pages)
    for words in (
        declaration.code,
        "Siân O’Dàl, Cyfarwyddwr",
        "We will keep a plan.",
        "Newco Vehicle Hire Ltd",
    ):
        assert words in text
    with pikepdf.open(io.BytesIO(response.content)) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert pdf.Root.Lang == "en-GB"
        assert b"pdfuaid:part" in pdf.Root.Metadata.read_bytes()
        assert pdf.docinfo["/Title"] == f"Receipt of a declaration: {cast.draft_application.reference}"


@pytest.mark.parametrize(
    "write", [str, str.lower, lambda code: code.replace("-", " "), lambda code: f" {code} "]
)
def test_anyone_can_check_a_receipt(cast: Cast, member: Membership, client: Client, write: Any) -> None:
    declaration = cast.draft_application.declarations.get()
    response = client.get(reverse("applications:verify_declaration"), {"code": write(declaration.code)})
    page = soup(response).get_text(" ", strip=True)
    assert "This code belongs to a declaration that we hold" in page
    assert "Newco Vehicle Hire Ltd" in page
    assert declaration.sha256 in page
    assert "Siân" not in page
    assert "signed again since" not in page


def test_an_older_receipt_says_that_there_is_a_newer_one(
    cast: Cast, member: Membership, client: Client
) -> None:
    declaration = cast.draft_application.declarations.get()
    rent_out(cast, car=60)
    sign_again(cast)
    response = client.get(reverse("applications:verify_declaration"), {"code": declaration.code})
    assert "The company has signed again since" in response.content.decode()


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("", "Enter the code of the receipt"),
        ("0000-0000-0000-0000", "We hold no declaration with this code"),
        ("%", "We hold no declaration with this code"),
        ("4F2A", "We hold no declaration with this code"),
        ("x" * 61, "Code of the receipt must be 60 characters or fewer"),
    ],
)
def test_a_wrong_code_is_answered(cast: Cast, client: Client, code: str, answer: str) -> None:
    response = client.get(reverse("applications:verify_declaration"), {"code": code})
    assert answer in response.content.decode()


def test_a_row_that_was_tampered_with_is_found_out(cast: Cast, member: Membership, client: Client) -> None:
    declaration = cast.draft_application.declarations.get()
    with pgtrigger.ignore("applications.Declaration:append_only"):
        Declaration.objects.filter(pk=declaration.pk).update(signatory_role="Clerk")
    response = client.get(reverse("applications:verify_declaration"), {"code": declaration.code})
    assert "no longer matches its SHA-256" in response.content.decode()


def test_another_company_gets_no_receipt(cast: Cast, member: Membership) -> None:
    declaration = cast.draft_application.declarations.get()
    address = reverse("applications:receipt", args=[declaration.code])
    assert client_of(cast.other_owner).get(address).status_code == 404
    assert client_of(cast.owner).get(reverse("applications:receipt", args=["0" * 16])).status_code == 404


def test_an_application_that_is_not_accepted_has_no_facts_page(cast: Cast) -> None:
    assert Application.objects.get(pk=cast.sent_application.pk).status == "submitted"
    address = reverse("applications:facts", args=[cast.sent_application.reference])
    assert client_of(cast.owner).get(address).status_code == 409
    again = reverse("declaration_again", args=[cast.sent_application.reference])
    assert client_of(cast.owner).get(again).status_code == 409
