"""Reading a row: any sensible way of writing, and for each fault the column and what to do."""

from __future__ import annotations

from typing import Any

import pytest

from applications.enrolling.rows import Facts, as_cells, read_row
from tests.applications.enrolments import row


def facts_of(**changes: Any) -> Facts:
    facts, faults = read_row(row(1, **changes))
    assert faults == []
    assert facts is not None
    return facts


def faults_of(**changes: Any) -> dict[str, str]:
    facts, faults = read_row(row(1, **changes))
    assert (facts is None) == bool(faults)
    return {fault.column: fault.text for fault in faults}


def test_the_facts_are_in_the_form_in_which_the_service_keeps_them() -> None:
    facts = facts_of(
        name="  Llŷn   Hire Cyf ",
        legal_form="LTD",
        company_number="1234567",
        postcode="ze10aa",
        trading_names="Llŷn Vans;Harbwr | llŷn vans",
        rental_models="car club, Counter",
        car="1,200",
        van="30.0",
        minibus="-",
        regions="cymru; TLD, Yorkshire",
        home_region="wales",
        contact_telephone="1632960123",
        contact_email="mailto:Sian@Example.com",
        owner_email=" Owner@Example.com",
    )
    assert facts == Facts(
        name="Llŷn Hire Cyf",
        legal_form="limited_company",
        company_number="01234567",
        address_line_1="1 Quay Road",
        address_line_2="",
        town="Aberllŷn",
        postcode="ZE1 0AA",
        trading_names=("llŷn vans", "Harbwr"),
        rental_models=("car_club", "counter"),
        fleet={"car": 1200, "van": 30},
        regions=("TLL", "TLD", "TLE"),
        home_region="TLL",
        contact_name="Siân O’Dàl",
        contact_job_title="Security manager",
        contact_email="Sian@Example.com",
        contact_telephone="01632 960123",
        owner_email="owner@example.com",
        reference="M-00001",
    )


def test_words_with_a_comma_in_them() -> None:
    facts = facts_of(rental_models="Car club, unlocked by app or card; Peer-to-peer platform")
    assert facts.rental_models == ("car_club", "peer_to_peer")


def test_what_may_be_left_out() -> None:
    facts = facts_of(regions="Wales", home_region="", trading_names="", owner_email="", reference="")
    assert (facts.home_region, facts.trading_names, facts.reference) == ("TLL", (), "")
    assert facts.owner_email == facts.contact_email == "sian.1@example.com"
    assert facts_of(legal_form="Sole trader", company_number="").company_number == ""


def test_the_apostrophe_of_a_spreadsheet_goes() -> None:
    cells = as_cells(row(1) | {"contact_telephone": "'+44 1632 960123", "name": "'Ottersby' Hire"})
    assert cells["contact_telephone"] == "+44 1632 960123"
    assert cells["name"] == "'Ottersby' Hire"


@pytest.mark.parametrize(
    ("changes", "column", "words"),
    [
        ({"name": ""}, "name", "This is empty. Enter the company’s name"),
        ({"name": "x" * 201}, "name", "201 characters. Shorten it to 200"),
        ({"name": "Quay\ufffdHire"}, "name", "a character that cannot be used"),
        ({"name": "Quay\x07Hire"}, "name", "a character that cannot be used"),
        ({"name": "Ll?n Hire"}, "name", "save the file as CSV UTF-8"),
        ({"town": "x" * 5001}, "town", "This has 5,001 characters"),
        ({"legal_form": "charity"}, "legal_form", "Write one of: Limited company; Partnership;"),
        ({"company_number": "123456789"}, "company_number", "It has 8 characters, like 01234567"),
        ({"company_number": ""}, "company_number", "A limited company has a Companies House number"),
        ({"legal_form": "Sole trader"}, "company_number", "Empty this cell, or change the legal form"),
        ({"postcode": "ZE1"}, "postcode", "Write it like ZE1 0AA"),
        ({"rental_models": "boat; counter; ship"}, "rental_models", "“boat”; “ship” is no way of renting"),
        ({"car": "twelve"}, "car", "Write how many vehicles there are"),
        ({"car": "12.5"}, "car", "no whole number"),
        ({"car": "-3"}, "car", "no whole number"),
        ({"car": "1000001"}, "car", "over 1,000,000 vehicles"),
        ({"car": "0", "van": ""}, "car", "There is no vehicle in any column"),
        ({"regions": "Atlantis"}, "regions", "“Atlantis” is no region"),
        ({"regions": "Wales; London", "home_region": ""}, "home_region", "several regions"),
        ({"home_region": "The moon"}, "home_region", "one of the 12 regions"),
        ({"contact_email": "sian at example"}, "contact_email", "like name@example.com"),
        ({"contact_email": "a@example.com b@example.com"}, "contact_email", "Write one address"),
        ({"contact_telephone": "999"}, "contact_telephone", "like 01632 960001"),
        ({"contact_telephone": "1.6E+09"}, "contact_telephone", "format the column as text"),
        ({"trading_names": ";".join("abcdefghijklmnopqrstu")}, "trading_names", "Write 20 at most"),
        ({"reference": "x" * 41}, "reference", "41 characters"),
    ],
)
def test_each_fault_has_its_column_and_says_what_to_do(
    changes: dict[str, str], column: str, words: str
) -> None:
    found = faults_of(**changes)
    assert list(found) == [column]
    assert words in found[column]


def test_every_fault_of_a_row_is_found_in_the_order_of_the_columns() -> None:
    assert list(faults_of(contact_email="x", name="", car="many", postcode="")) == [
        "name",
        "postcode",
        "car",
        "contact_email",
    ]


def test_rows_from_elsewhere_than_a_file() -> None:
    given = row(1) | {"car": 12, "regions": ["Wales", "London"], "home_region": "Wales", "van": None}
    facts, faults = read_row(as_cells(given))
    assert faults == []
    assert facts is not None
    assert (facts.fleet, facts.regions) == ({"car": 12}, ("TLL", "TLI"))
    with pytest.raises(KeyError, match="colour"):
        as_cells({"colour": "red"})
    _, faults = read_row(as_cells(row(1) | {"name": "Quay\x00 Hire"}))
    assert [fault.column for fault in faults] == ["name"], "PostgreSQL stores no NUL"
