from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import AuditEvent, Role
from accounts.transitions import TransitionRefused
from applications import services
from applications.models import Application, Company, CompanyPerson
from applications.searching import search_words
from tests import factories as make
from tests.cast import Cast

NIA = services.ContactDetails("Nia Prydderch", "Operations manager", "nia@example.co.uk", "01632 960123")
TOM = services.ContactDetails("Tom Ash", "Director", "tom@example.co.uk", "01632 960124")


@pytest.fixture
def draft(db: None) -> Application:
    return services.start_application(company_name="Llŷn Van Hire", by=make.UserFactory())


def last_verb() -> str:
    return AuditEvent.objects.order_by("-pk").values_list("verb", flat=True)[0]


def test_starting_makes_a_company_its_owner_and_a_draft(db: None) -> None:
    user = make.UserFactory()
    application = services.start_application(company_name="Llŷn Van Hire", by=user)
    assert application.status == "draft"
    assert application.company.name == "Llŷn Van Hire"
    assert CompanyPerson.objects.get(company=application.company).level == "owner"
    assert last_verb() == "application.started"


def test_starting_twice_under_one_name_gives_the_same_draft(draft: Application) -> None:
    again = services.start_application(company_name="llŷn van hire", by=draft.started_by)
    assert again == draft
    assert Company.objects.count() == 1


@pytest.mark.parametrize("role", [role for role in Role if role != Role.COMPANY])
def test_only_a_company_account_starts_an_application(db: None, role: Role) -> None:
    with pytest.raises(PermissionDenied):
        services.start_application(company_name="Any", by=make.UserFactory(role=role))
    assert Company.objects.count() == 0


def set_details(application: Application, **changes: str) -> None:
    details = {
        "name": "Llŷn Van Hire Ltd",
        "legal_form": "limited_company",
        "company_number": "01234567",
        "address_line_1": "2 Harbour Lane",
        "address_line_2": "",
        "town": "Porthwen",
        "postcode": "ZE1 0AA",
    }
    services.set_company_details(application=application, **(details | changes), by=application.started_by)


def test_company_details_can_be_searched_for(draft: Application) -> None:
    set_details(draft)
    services.set_trading_names(application=draft, names=["Smith's Self-Drive"], by=draft.started_by)
    for words in (
        "llyn",
        "Llŷn van",
        "quarry llyn",
        "01234567",
        "porthwen",
        "ZE10AA",
        "ze1 0aa",
        "smiths",
        "self drive",
        "selfdrive",
        "self-drive",
    ):
        found = Company.objects.matching(words).exists()
        assert found is (words != "quarry llyn"), words
    assert not Company.objects.matching("Quarry").exists()


def test_search_words_are_whole_split_and_without_accents() -> None:
    assert search_words("Llŷn", "Hire-Co") == "llŷn llyn hireco hire co"


@pytest.mark.parametrize("words", ["x" * 5000, "a " * 3000, "' & | ! :* ()", "é" * 3000])
def test_odd_searches_are_harmless(db: None, words: str) -> None:
    assert list(Company.objects.matching(words)) == []


def test_trading_names_are_replaced_and_none_is_an_answer(draft: Application) -> None:
    by = draft.started_by
    services.set_trading_names(application=draft, names=["One", "Two", "one"], by=by)
    assert sorted(draft.company.trading_names.values_list("name", flat=True)) == ["Two", "one"]
    services.set_trading_names(application=draft, names=["Two"], by=by)
    assert list(draft.company.trading_names.values_list("name", flat=True)) == ["Two"]
    services.set_trading_names(application=draft, names=[], by=by)
    assert Company.objects.get().no_trading_names is True
    assert not draft.company.trading_names.exists()


def test_the_fleet_is_summed_and_banded(draft: Application) -> None:
    services.set_fleet(
        application=draft,
        rental_models=["counter", "delivery"],
        counts={"car": 40, "van": 11, "truck": 0},
        by=draft.started_by,
    )
    company = Company.objects.get()
    assert (company.fleet_size, company.fleet_band) == (51, "medium")
    assert company.rental_models == ["counter", "delivery"]
    assert dict(company.fleet.values_list("vehicle_class", "vehicles")) == {"car": 40, "van": 11}


def test_sites_regions_bodies_and_listing_are_kept(draft: Application) -> None:
    by = draft.started_by
    body = make.TradeBodyFactory()
    services.set_sites(application=draft, sites=[("Quay", "ZE1 0AA"), ("Quay", "ZE1 0AA")], by=by)
    services.set_regions(application=draft, regions=["TLL", "TLD"], home_region="TLL", by=by)
    services.set_trade_bodies(application=draft, trade_bodies=[body], by=by)
    services.set_listing(application=draft, agrees=False, by=by)
    company = Company.objects.get()
    assert company.sites.count() == 1
    assert (company.regions, company.home_region) == (["TLL", "TLD"], "TLL")
    assert (list(company.trade_bodies.all()), company.no_trade_body) == ([body], False)
    assert Application.objects.get().agrees_to_listing is False
    services.set_trade_bodies(application=draft, trade_bodies=[], by=by)
    assert Company.objects.get().no_trade_body is True


def test_a_contact_that_changes_on_a_later_day_stays_on_record(draft: Application) -> None:
    by = draft.started_by
    first = services.set_security_contact(application=draft, details=NIA, by=by)
    first.since = date(2026, 1, 5)
    first.save()
    second = services.set_security_contact(application=draft, details=TOM, by=by)
    first.refresh_from_db()
    assert first.until == second.since == timezone.localdate()
    assert second.until is None


def test_the_same_contact_again_changes_nothing(draft: Application) -> None:
    first = services.set_security_contact(application=draft, details=NIA, by=draft.started_by)
    assert services.set_security_contact(application=draft, details=NIA, by=draft.started_by) == first


def test_a_contact_corrected_on_the_same_day_leaves_one_row(draft: Application) -> None:
    services.set_security_contact(application=draft, details=NIA, by=draft.started_by)
    services.set_security_contact(application=draft, details=TOM, by=draft.started_by)
    assert [row.name for row in draft.company.security_contacts.all()] == ["Tom Ash"]


def test_a_deputy_or_the_reason_for_none(draft: Application) -> None:
    by = draft.started_by
    deputy = services.set_deputy(application=draft, details=TOM, by=by)
    deputy.since -= timedelta(days=9)
    deputy.save()
    services.set_no_deputy(application=draft, reason="One person runs it.", by=by)
    deputy.refresh_from_db()
    assert deputy.until == timezone.localdate()
    assert Company.objects.get().no_deputy_reason == "One person runs it."
    services.set_deputy(application=draft, details=NIA, by=by)
    assert Company.objects.get().no_deputy_reason == ""


@pytest.mark.parametrize("person", ["viewer", "other_owner", "assurer", "lead", "panel", "administrator"])
def test_only_owner_and_editor_answer(cast: Cast, person: str) -> None:
    with pytest.raises(PermissionDenied):
        services.set_listing(application=cast.draft_application, agrees=False, by=getattr(cast, person))
    cast.draft_application.refresh_from_db()
    assert cast.draft_application.agrees_to_listing is True


def test_an_editor_answers(cast: Cast) -> None:
    services.set_listing(application=cast.draft_application, agrees=False, by=cast.editor)
    cast.draft_application.refresh_from_db()
    assert cast.draft_application.agrees_to_listing is False


@pytest.mark.parametrize("name", ["sent_application", "asked_application"])
def test_what_was_sent_is_not_edited(cast: Cast, name: str) -> None:
    with pytest.raises(TransitionRefused, match=r"can no longer be changed|has not asked about this section"):
        services.set_listing(application=getattr(cast, name), agrees=False, by=cast.owner)
