"""From the start page to the reference: what the company's people see and do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pgtrigger
import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from applications import services
from applications.models import Application, Company, Declaration
from codeofpractice.models import Edition
from tests import factories as make
from tests.cast import Cast

IN_SCOPE = {
    "short_term": "yes",
    "consumers": "yes",
    "three_months": "yes",
    "rental_models": ["counter", "car_club"],
}
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"

COMPANY = {
    "name": "Llŷn Vehicle Hire Cyf",
    "legal_form": "limited_company",
    "company_number": "1234567",
    "address_line_1": "2 Harbour Lane",
    "address_line_2": "",
    "town": "Porthwen",
    "postcode": "ze10aa",
}
CONTACT = {
    "name": "Siân O’Dàl",
    "job_title": "Manager",
    "email": "sian@example.co.uk",
    "telephone": "+44 (0)1632 960 123",
}
ANSWERS: dict[str, dict[str, Any]] = {
    "company": COMPANY,
    "rentals": {"rental_models": ["counter", "delivery"], "car": "1,200", "van": "6"},
    "regions": {"regions": ["TLL", "TLD"], "home_region": "TLL"},
    "trade-bodies": {"trade_bodies": ["none"]},
    "contact": CONTACT,
    "deputy": {"has_deputy": "no", "reason": "Two people work here."},
    "listing": {"agrees": "yes"},
}
SIGNATURE = {"signatory_name": "Siân O’Dàl", "signatory_role": "Director", "has_authority": "on"}


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def soup(response: Any) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def errors_of(response: Any) -> list[str]:
    summary = soup(response).select_one(".govuk-error-summary__list")
    return [item.get_text(strip=True) for item in summary.select("li")] if summary else []


def section(application: Application, key: str) -> str:
    return reverse("applications:section", kwargs={"reference": application.reference, "section": key})


def page(name: str, application: Application) -> str:
    return reverse(name, kwargs={"reference": application.reference})


@pytest.fixture
def owner(db: None) -> User:
    return make.UserFactory()


@pytest.fixture
def client(owner: User) -> Client:
    return client_of(owner)


@pytest.fixture
def draft(owner: User) -> Application:
    return services.start_application(company_name="Llŷn Vehicle Hire", by=owner)


@pytest.mark.parametrize("answer", ["short_term", "consumers", "three_months"])
def test_a_company_out_of_scope_is_told_why_and_nothing_is_kept(db: None, answer: str) -> None:
    anonymous = Client()
    response = anonymous.post(reverse("applications:eligibility"), IN_SCOPE | {answer: "no"})
    assert "out of scope" in soup(response).h1.get_text()
    assert "Nothing that you answered has been stored" in response.content.decode()
    assert Company.objects.count() == 0
    assert not anonymous.session.keys()


def test_a_company_in_scope_goes_on_to_an_account(db: None) -> None:
    response = Client().post(reverse("applications:eligibility"), IN_SCOPE)
    link = soup(response).find("a", string=lambda text: text and "Create an account" in text)
    assert link["href"].startswith("/accounts/sign-up/?next=%2Fapply%2Fnew%2F%3Fshort_term%3Dyes")


def test_unanswered_scope_questions_are_asked_again(db: None) -> None:
    response = Client().post(reverse("applications:eligibility"), {"consumers": "yes", "short_term": "maybe"})
    assert errors_of(response) == [
        "Say whether the company rents out vehicles for short terms",
        "Say whether every one of those rentals ends within 3 months",
        "Choose at least one way in which the company rents out vehicles",
    ]
    assert soup(response).title.get_text().startswith("Error: ")


def test_nobody_starts_without_scope_answers(client: Client) -> None:
    start = reverse("applications:start")
    for response in (
        client.get(start),
        client.get(start, IN_SCOPE | {"consumers": "no"}),
        client.post(start, {"name": "Sly Leasing"}),
        client.post(start, IN_SCOPE | {"consumers": "no", "name": "Sly Leasing"}),
    ):
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/apply/eligibility/")
    assert Company.objects.count() == 0


def test_an_application_is_started_and_found_on_return(client: Client) -> None:
    response = client.post(reverse("applications:start"), IN_SCOPE | {"name": " Llŷn  Hire "})
    application = Application.objects.get()
    assert response.headers["Location"] == page("applications:tasks", application)
    assert application.company.name == "Llŷn Hire"
    returned = soup(client.get(reverse("applications:apply")))
    assert returned.find("a", href=page("applications:application", application))


def test_the_whole_way_to_the_reference(client: Client, draft: Application, owner: User) -> None:
    make.EditionFactory()
    client.post(section(draft, "trading-names"), {"action": "continue", "name": ""})
    client.post(section(draft, "sites"), {"action": "continue", "name": "Quay", "postcode": "ze1 0aa"})
    for key, answers in ANSWERS.items():
        response = client.post(section(draft, key), answers)
        assert response.headers.get("Location") == page("applications:tasks", draft), errors_of(response)
    tasks = client.get(page("applications:tasks", draft)).content.decode()
    assert "You have completed 9 of 9 sections" in tasks
    check = client.get(page("applications:check", draft)).content.decode()
    for shown in ("01234567", "ZE1 0AA", "01632 960123", "Cars: 1,200", "Trades under no other name"):
        assert shown in check
    sheet = soup(client.get(page("declaration", draft)))
    digest = sheet.find("input", {"name": "text_sha256"})["value"]
    response = client.post(page("declaration", draft), SIGNATURE | {"text_sha256": digest})
    assert response.headers["Location"] == page("applications:sent", draft)
    assert draft.reference in client.get(response.headers["Location"]).content.decode()
    declaration = Declaration.objects.get()
    assert declaration.text.startswith("We will keep a security plan that shows how we meet every point.")
    assert "10. Data protection: What point 10 asks for." in declaration.text
    assert services.verify_declaration(declaration)
    again = client.post(page("declaration", draft), SIGNATURE | {"text_sha256": digest})
    assert again.headers["Location"] == page("applications:sent", draft)
    assert Declaration.objects.count() == 1


def test_change_links_lead_back_to_the_answers(client: Client, draft: Application) -> None:
    answers = soup(client.get(page("applications:check", draft)))
    address = answers.find("a", href=lambda href: href and "listing" in href)["href"]
    response = client.post(address, {"agrees": "no"})
    assert response.headers["Location"] == page("applications:check", draft)


@pytest.mark.parametrize(
    ("key", "answers", "errors"),
    [
        ("company", COMPANY | {"company_number": ""}, ["Enter the Companies House number"]),
        (
            "company",
            COMPANY | {"company_number": "12 monkeys", "postcode": "nowhere", "name": "a\x00"},
            [
                "Enter a Companies House number in the right form, like 01234567 or SC012345",
                "Registered or business name holds a character that cannot be used",
                "Enter a full UK postcode, like ZE1 0AA",
            ],
        ),
        ("company", COMPANY | {"legal_form": "guild"}, None),
        ("company", COMPANY | {"town": "x" * 81}, ["Town or city must be 80 characters or fewer"]),
        (
            "rentals",
            {"rental_models": ["counter"]},
            ["Enter how many vehicles of at least one kind there are"],
        ),
        (
            "rentals",
            {"car": "-4"},
            [
                "Choose at least one way in which the company rents out vehicles",
                "Number of cars must be 0 or more",
            ],
        ),
        ("regions", {}, ["Choose at least one region", "Choose the region of the main office"]),
        (
            "trade-bodies",
            {},
            ["Choose a trade body, or say that the company belongs to none of these"],
        ),
        (
            "contact",
            CONTACT | {"telephone": "ring me"},
            ["Enter a UK telephone number, like 01632 960001 or +44 1632 960001"],
        ),
        (
            "contact",
            CONTACT | {"email": "sian"},
            ["Enter an email address in the right form, like name@example.com"],
        ),
        ("deputy", {}, ["Say whether there is a deputy"]),
        ("deputy", {"has_deputy": "no"}, ["Say why a deputy is not practical"]),
        ("deputy", {"has_deputy": "yes"} | CONTACT | {"name": ""}, ["Enter the contact’s full name"]),
        ("listing", {}, ["Say whether the public register may name the company"]),
        ("sites", {"action": "continue"}, ["Enter the name of the site", "Enter the postcode of the site"]),
        ("trading-names", {"action": "add", "name": " "}, ["Enter a trading name"]),
    ],
)
def test_bad_answers_are_refused_at_the_field(
    client: Client, draft: Application, key: str, answers: dict[str, Any], errors: list[str] | None
) -> None:
    before = Company.objects.values().get()
    response = client.post(section(draft, key), answers)
    assert response.status_code == 200
    found = errors_of(response)
    assert found == errors if errors else len(found) == 1
    for link in soup(response).select(".govuk-error-summary__list a"):
        assert soup(response).find(id=link["href"].removeprefix("#")), link
    assert Company.objects.values().get() == before


def test_what_was_typed_is_kept(client: Client, draft: Application) -> None:
    response = client.post(section(draft, "company"), COMPANY | {"postcode": "<b>x"})
    assert soup(response).find("input", {"name": "postcode"})["value"] == "<b>x"
    assert soup(response).find("input", {"name": "name"})["value"] == "Llŷn Vehicle Hire Cyf"


def test_a_sole_trader_needs_no_number(client: Client, draft: Application) -> None:
    answers = COMPANY | {"company_number": "", "legal_form": "sole_trader"}
    assert client.post(section(draft, "company"), answers).status_code == 302
    assert Company.objects.get().company_number == ""


def test_ten_megabytes_are_refused(client: Client, draft: Application) -> None:
    response = client.post(section(draft, "company"), COMPANY | {"name": "x" * 10_000_000})
    assert response.status_code in {400, 413}
    assert Company.objects.get().name == "Llŷn Vehicle Hire"


def test_entries_are_added_and_taken_away_without_scripts(client: Client, draft: Application) -> None:
    names = section(draft, "trading-names")
    for name in ("Alpha Vans", "Beta Vans"):
        assert client.post(names, {"action": "add", "name": name}).headers["Location"] == names
    buttons = soup(client.get(names)).select("button[name=remove]")
    for _ in range(2):  # the second click takes nothing else along
        client.post(names, {"remove": buttons[0]["value"]})
        assert list(draft.company.trading_names.values_list("name", flat=True)) == ["Beta Vans"]
    response = client.post(names, {"action": "continue", "name": "Gamma"})
    assert response.headers["Location"] == page("applications:tasks", draft)
    assert draft.company.trading_names.count() == 2


def test_a_site_is_taken_away_once(client: Client, draft: Application) -> None:
    sites = section(draft, "sites")
    for name in ("Harbour", "Quay Road", "Mill Yard"):
        client.post(sites, {"action": "add", "name": name, "postcode": "ZE1 0AB"})
    button = soup(client.get(sites)).find("button", {"value": "Quay Road, ZE1 0AB"})
    for _ in range(2):
        client.post(sites, {"remove": button["value"]})
    assert list(draft.company.sites.values_list("name", flat=True)) == ["Harbour", "Mill Yard"]


def test_a_deputy_is_named(client: Client, draft: Application) -> None:
    client.post(section(draft, "deputy"), {"has_deputy": "yes", "reason": ""} | CONTACT)
    assert draft.company.security_contacts.get(kind="deputy").telephone == "01632 960123"
    shown = soup(client.get(section(draft, "deputy")))
    assert shown.find("input", {"name": "has_deputy", "value": "yes"}).has_attr("checked")


def test_an_incomplete_application_is_not_signed(client: Client, draft: Application) -> None:
    make.EditionFactory()
    response = client.get(page("declaration", draft))
    assert response.headers["Location"] == page("applications:tasks", draft)
    assert "Cannot start yet" in client.get(page("applications:tasks", draft)).content.decode()


def test_signing_asks_for_name_role_and_authority(cast: Cast) -> None:
    client = client_of(cast.owner)
    address = page("declaration", cast.draft_application)
    digest = soup(client.get(address)).find("input", {"name": "text_sha256"})["value"]
    response = client.post(address, {"text_sha256": digest})
    assert errors_of(response) == [
        "Enter the full name of the person who signs",
        "Enter the role in the company",
        "Confirm that you have the authority to sign for the company",
    ]
    assert not cast.draft_application.declarations.exists()


def test_the_authority_is_part_of_what_is_signed(cast: Cast) -> None:
    client = client_of(cast.owner)
    address = page("declaration", cast.draft_application)
    digest = soup(client.get(address)).find("input", {"name": "text_sha256"})["value"]
    client.post(address, SIGNATURE | {"text_sha256": digest})
    signed = cast.draft_application.declarations.get()
    assert signed.text.endswith("I have the authority to sign this declaration for the company.")
    assert services.verify_declaration(signed)
    for name in ("text", "answers", "edition_code", "signatory_name", "signatory_role"):
        changed = Declaration.objects.get(pk=signed.pk)
        setattr(changed, name, getattr(signed, name) + " ")
        assert not services.verify_declaration(changed), f"{name} is not under the hash"
    signed.signed_at += timedelta(seconds=1)
    assert not services.verify_declaration(signed)


def test_a_declaration_that_changed_meanwhile_is_read_again(cast: Cast) -> None:
    client = client_of(cast.owner)
    address = page("declaration", cast.draft_application)
    digest = soup(client.get(address)).find("input", {"name": "text_sha256"})["value"]
    make.EditionFactory(code="2027", published_on=timezone.localdate(), declaration="We promise more.")
    response = client.post(address, SIGNATURE | {"text_sha256": digest})
    assert errors_of(response) == ["The declaration has changed since you opened this page. Read it again"]
    assert "We promise more." in response.content.decode()
    assert not cast.draft_application.declarations.exists()


def test_without_an_edition_nobody_signs(cast: Cast) -> None:
    with pgtrigger.ignore("codeofpractice.Edition:published_stays"):
        Edition.objects.update(published_on=timezone.localdate() + timedelta(days=1))
    assert client_of(cast.owner).get(page("declaration", cast.draft_application)).status_code == 409


def test_a_page_left_open_says_that_the_application_was_sent(cast: Cast) -> None:
    response = client_of(cast.owner).post(section(cast.sent_application, "listing"), {"agrees": "no"})
    assert response.status_code == 409
    assert "has been sent" in response.content.decode()


def test_withdrawing_needs_a_reason(cast: Cast) -> None:
    client = client_of(cast.owner)
    address = page("applications:withdraw", cast.sent_application)
    assert errors_of(client.post(address, {"reason": ""})) == ["Enter the reason for withdrawing"]
    assert client.post(address, {"reason": "Sold."}).status_code == 302
    cast.sent_application.refresh_from_db()
    assert cast.sent_application.status == "withdrawn"
    assert client.post(address, {"reason": "Sold."}).status_code == 409


@pytest.mark.parametrize("name", ["applications:tasks", "applications:check"])
def test_pages_of_a_draft_take_a_fixed_number_of_queries(cast: Cast, name: str) -> None:
    client = client_of(cast.owner)
    counts = []
    for extra in (0, 3):
        for n in range(extra):
            cast.newco.trading_names.create(name=f"Name {n}")
            cast.newco.sites.create(name=f"Site {n}", postcode="ZE1 0AA")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(page(name, cast.draft_application)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12


def test_the_company_sees_its_membership_and_contacts(cast: Cast) -> None:
    address = reverse("applications:company", kwargs={"public_id": cast.alpha.public_id})
    shown = client_of(cast.viewer).get(address).content.decode()
    for text in (cast.membership.number, "Nia Prydderch", "01632 960123", "Owner (owner)"):
        assert text in shown
