"""Companies that are likely to be the same one, and who is told."""

from __future__ import annotations

import importlib

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from applications import services
from applications.duplicates import MOST_SHOWN, duplicates_of, likely_duplicates, match_key, name_key
from applications.models import Application, Company
from rvss.seeding.companies import make_firm
from tests import factories as make
from tests.applications.test_views_apply import client_of, page, soup
from tests.cast import Cast

SAME_NAMES = [
    ("The Quay & Harbour Hire Co. Ltd", "QUAY AND HARBOUR HIRE COMPANY LIMITED"),
    ("Llŷn Cerbydau Cyf", "Llyn Cerbydau Cyfyngedig"),
    ("O’Dàl’s Vans LLP", "odals vans l.l.p."),
    ("Quick-Vans Public Limited Company", "Quick Vans PLC"),
    ("Ceir a Faniau Cyf.", "ceir & faniau"),
    ("Bjørn Hire + Sons", "Bjorn Hire and Sons"),
    ("St. Hoel Bros Rentals", "Saint Hoel Brothers Rentals Ltd"),
    ("Zoë\u0301 Hire", "Zoe Hire"),
    ("\uff31uick\u3000Hire", "Quick hire"),
    ("Straße Hire", "STRASSE HIRE"),
]
OTHER_NAMES = [
    ("Quay Hire Ltd", "Quay Vans Ltd"),
    ("Harbour Hire 1", "Harbour Hire 2"),
    ("Limited Hire", "Hire"),
    ("Andrews Hire", "Rews Hire"),
]


@pytest.mark.parametrize(("one", "other"), SAME_NAMES)
def test_names_that_are_the_same(one: str, other: str) -> None:
    assert name_key(one) == name_key(other) != ""


@pytest.mark.parametrize(("one", "other"), OTHER_NAMES)
def test_names_that_are_not_the_same(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


def test_a_name_of_nothing_but_an_ending_is_kept_whole() -> None:
    assert name_key("The Limited Company Ltd") == "limitedcompany"
    assert name_key("And") == "and"
    assert name_key("Ltd") == "ltd"
    assert name_key("…!") == ""


def test_a_name_in_another_script_has_a_key() -> None:
    assert name_key("Žďár ž.s.") == name_key("ZDAR ZS")
    assert name_key("Кола") == name_key("кола") != ""


def test_the_key_fits_its_column_whatever_is_typed() -> None:
    key = match_key(name="ﷺ" * 200, postcode="ze1 0aa")
    assert len(key) <= Company._meta.get_field("match_key").max_length
    assert key.endswith(" ZE10AA")


def test_half_a_key_is_none() -> None:
    assert match_key(name="Quay Hire", postcode="") == ""
    assert match_key(name="", postcode="ZE1 0AA") == ""


def found(**given: str) -> list[tuple[str, list[str]]]:
    given = {"company_number": "", "name": "", "postcode": ""} | given
    return [(match.company.name, match.reasons) for match in likely_duplicates(**given)]


@pytest.fixture
def quay(db: None) -> Company:
    return make.CompanyFactory(name="Quay Hire Ltd", company_number="01234567", postcode="ZE1 0AA")


def test_by_number_in_any_way_of_writing(quay: Company) -> None:
    assert found(company_number="1234567", name="Else") == [
        ("Quay Hire Ltd", ["Same Companies House number"]),
    ]
    assert found(company_number="01 23 45 68") == []


def test_by_name_and_postcode(quay: Company) -> None:
    both = [("Quay Hire Ltd", ["Same name and postcode"])]
    assert found(name="QUAY HIRE LIMITED", postcode="ze10aa") == both
    assert found(name="Quay Hire", postcode="ZE1 0AB") == []
    assert found(name="Harbour Hire", postcode="ZE1 0AA") == []


def test_both_ways_and_the_number_first(quay: Company) -> None:
    make.CompanyFactory(name="Quay Hire", company_number="", postcode="ZE1 0AA")
    make.CompanyFactory(name="Depot Hire", company_number="01234567", postcode="ZE2 0AA")
    assert found(company_number="01234567", name="Quay Hire", postcode="ZE1 0AA") == [
        ("Quay Hire Ltd", ["Same Companies House number", "Same name and postcode"]),
        ("Depot Hire", ["Same Companies House number"]),
        ("Quay Hire", ["Same name and postcode"]),
    ]


def test_what_cannot_be_a_number_or_postcode_matches_nothing(quay: Company) -> None:
    make.CompanyFactory(name="Sole Hire", company_number="", postcode="")
    assert found(company_number="no number", name="Sole Hire", postcode="here") == []
    assert found() == []
    assert found(company_number="\0", name="\0", postcode="\0") == []


def test_a_company_is_no_duplicate_of_itself(quay: Company) -> None:
    make.ApplicationFactory(company=quay, status="submitted")
    assert duplicates_of(quay) == []


def test_only_companies_that_sent_something(quay: Company) -> None:
    draft, withdrawn, unsent = (
        make.CompanyFactory(name="Quay Hire", postcode="ZE1 0AA", company_number="") for _ in range(3)
    )
    make.ApplicationFactory(company=draft)
    make.ApplicationFactory(company=withdrawn, status="withdrawn")
    make.ApplicationFactory(company=unsent, status="withdrawn", submitted_at=None, submitted_by=None)
    assert [match.company for match in duplicates_of(quay)] == [withdrawn]


def test_queries_do_not_grow_and_the_list_ends(quay: Company) -> None:
    for many in (1, 3, MOST_SHOWN + 5):
        while Company.objects.count() < many + 1:
            other = make.CompanyFactory(name="Quay Hire", postcode="ZE1 0AA")
            make.MembershipFactory(
                company=other, application=make.ApplicationFactory(company=other, status="accepted")
            )
        with CaptureQueriesContext(connection) as queries:
            matches = duplicates_of(quay)
            shown = [(m.company.sent_applications, m.company.all_memberships) for m in matches]
        assert len(shown) == min(many, MOST_SHOWN)
        assert len(queries) == 3


def test_both_ways_go_by_an_index(quay: Company) -> None:
    Company.objects.bulk_create(
        Company(name=f"Hirer {n}", company_number=f"{n:08}", match_key=f"hirer{n} ZE10AA")
        for n in range(3000)
    )
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as queries:
        cursor.execute("ANALYZE applications_company")
        likely_duplicates(company_number="01234567", name="Quay Hire", postcode="ZE1 0AA")
        cursor.execute("EXPLAIN " + queries[0]["sql"])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "company_by_number" in plan
    assert "company_by_match_key" in plan


def test_the_services_keep_the_key(cast: Cast) -> None:
    application = services.start_application(company_name="Bryn Vans", by=cast.owner)
    assert application.company.match_key == ""
    details = {"legal_form": "sole_trader", "company_number": "", "address_line_1": "1 Lane", "town": "Bryn"}
    for name, postcode in (("Bryn Vans", "ZE1 0AA"), ("Bryn Vehicle Hire Ltd", "ZE2 9ZZ")):
        services.set_company_details(
            application=application, name=name, postcode=postcode, address_line_2="", by=cast.owner, **details
        )
        company = Company.objects.get(pk=application.company_id)
        assert company.match_key == match_key(name=name, postcode=postcode)


def test_seeding_keeps_the_key() -> None:
    from random import Random

    company = make_firm(Random(1), 1).company
    assert company.match_key == match_key(name=company.name, postcode=company.postcode) != ""


def test_the_migration_fills_what_was_there(quay: Company) -> None:
    make.CompanyFactory.create_batch(2, name="Bryn Vans", postcode="ZE2 9ZZ")
    Company.objects.update(match_key="")
    migration = importlib.import_module("applications.migrations.0006_match_key")
    migration.BATCH = 2
    migration.fill_match_keys(apps, connection.schema_editor())
    keys = Company.objects.order_by("pk").values_list("match_key", flat=True)
    assert list(keys) == ["quayhire ZE10AA", "brynvans ZE29ZZ", "brynvans ZE29ZZ"]


def look_alike(company: Company, **facts: str) -> Application:
    other = make.CompanyFactory(**{"name": company.name, "postcode": company.postcode} | facts)
    return make.ApplicationFactory(company=other, status="rejected")


def test_the_assurer_sees_what_matched_with_states_and_links(cast: Cast) -> None:
    other = look_alike(cast.sent, name=cast.sent.name.upper())
    make.MembershipFactory(company=other.company, application=other, status="suspended", number="RVSS-000321")
    shown = soup(client_of(cast.assurer).get(page("applications:application", cast.sent_application)))
    card = shown.find("h2", string="Likely duplicates").find_next(class_="govuk-summary-card")
    words = " ".join(card.get_text(" ").split())
    for part in (other.company.name, "Same name and postcode", other.reference, "Rejected", "RVSS-000321"):
        assert part in words
    assert "Same Companies House number" not in words
    links = {link["href"] for link in card.find_all("a")}
    assert links == {f"/companies/{other.company.public_id}/", page("applications:application", other)}


def test_no_heading_without_duplicates(cast: Cast) -> None:
    shown = soup(client_of(cast.assurer).get(page("applications:application", cast.sent_application)))
    assert "Likely duplicates" not in shown.get_text()


def test_the_company_never_sees_it(cast: Cast) -> None:
    other = look_alike(cast.sent)
    look_alike(cast.newco)
    for address in (
        page("applications:application", cast.sent_application),
        page("applications:tasks", cast.draft_application),
        page("applications:check", cast.draft_application),
        f"/companies/{cast.sent.public_id}/",
    ):
        text = client_of(cast.owner).get(address).content.decode()
        assert "uplicate" not in text
        assert other.reference not in text


def test_other_applications_of_the_same_company(cast: Cast) -> None:
    earlier = make.ApplicationFactory(company=cast.sent, status="rejected")
    shown = soup(client_of(cast.assurer).get(page("applications:application", cast.sent_application)))
    assert shown.find("h2", string="Other applications by this company")
    assert shown.find("a", string=earlier.reference)


def test_the_page_takes_as_many_queries_for_three_duplicates_as_for_one(cast: Cast) -> None:
    counts = []
    client = client_of(cast.assurer)
    address = page("applications:application", cast.sent_application)
    client.get(address)
    for more in (1, 2):
        for _ in range(more):
            look_alike(cast.sent)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        counts.append(len(queries))
    assert counts[0] == counts[1]
