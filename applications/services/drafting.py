"""Starting an application and saving its sections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import record_event, require
from accounts.transitions import TransitionRefused
from applications.choices import band_of
from applications.models import (
    Application,
    ApplicationStatus,
    Company,
    CompanyPerson,
    FleetCount,
    PersonLevel,
    SecurityContact,
    SecurityContactKind,
    Site,
    TradeBody,
    TradingName,
)
from applications.permissions import can_edit_company, can_start_application
from applications.querysets import search_words
from applications.services.locks import lock_application


@dataclass(frozen=True)
class ContactDetails:
    name: str
    job_title: str
    email: str
    telephone: str


@transaction.atomic
def start_application(*, company_name: str, by: User) -> Application:
    """A company, its first owner and a draft. A second start under the same name returns the draft."""
    require(can_start_application(by), "Only a hire company's account can start an application")
    # One start at a time for one person: a double click makes one company, not two.
    User.objects.select_for_update().get(pk=by.pk)
    existing = Application.objects.filter(
        started_by=by, status=ApplicationStatus.DRAFT, company__name__iexact=company_name
    ).first()
    if existing:
        return existing
    company = Company(name=company_name)
    company.search_terms = search_words(company_name)
    company.save()
    CompanyPerson.objects.create(company=company, user=by, level=PersonLevel.OWNER)
    application = Application.objects.create(company=company, started_by=by)
    record_event(verb="application.started", target=application, by=by)
    return application


def _open_draft(application: Application, by: User) -> Application:
    locked = lock_application(application)
    require(can_edit_company(by, locked.company), "Only an owner or editor of the company can change this")
    if locked.status != ApplicationStatus.DRAFT:
        raise TransitionRefused(
            "This application has been sent, so its answers can no longer be changed here. "
            f"It is now: {locked.get_status_display()}."
        )
    return locked


def _answered(application: Application, section: str, by: User) -> None:
    """What was answered is in the rows and, once signed, in the declaration; here only that it was."""
    record_event(verb="application.answered", target=application, by=by, data={"section": section})


def index_company(company: Company) -> None:
    """Keep what a search finds: names, number, town, postcode. Saves only that column."""
    names = company.trading_names.values_list("name", flat=True)
    company.search_terms = search_words(
        company.name, *names, company.company_number, company.town, company.postcode
    )
    company.search_terms += f" {company.postcode.replace(' ', '').lower()}" if company.postcode else ""
    company.save(update_fields=["search_terms"])


@transaction.atomic
def set_company_details(
    *,
    application: Application,
    name: str,
    legal_form: str,
    company_number: str,
    address_line_1: str,
    address_line_2: str,
    town: str,
    postcode: str,
    by: User,
) -> None:
    draft = _open_draft(application, by)
    company = draft.company
    company.name = name
    company.legal_form = legal_form
    company.company_number = company_number
    company.address_line_1 = address_line_1
    company.address_line_2 = address_line_2
    company.town = town
    company.postcode = postcode
    company.save()
    index_company(company)
    _answered(draft, "company", by)


@transaction.atomic
def set_trading_names(*, application: Application, names: Iterable[str], by: User) -> None:
    """The whole list; an empty one is the answer "no other name"."""
    draft = _open_draft(application, by)
    company = draft.company
    wanted = {name.casefold(): name for name in names}
    company.trading_names.exclude(name__in=wanted.values()).delete()
    kept = set(company.trading_names.values_list("name", flat=True))
    TradingName.objects.bulk_create(
        TradingName(company=company, name=name) for name in wanted.values() if name not in kept
    )
    company.no_trading_names = not wanted
    company.save(update_fields=["no_trading_names"])
    index_company(company)
    _answered(draft, "trading-names", by)


@transaction.atomic
def set_fleet(
    *, application: Application, rental_models: Sequence[str], counts: Mapping[str, int], by: User
) -> None:
    """How it rents, and vehicles by class; the total and its band follow from the counts."""
    draft = _open_draft(application, by)
    company = draft.company
    company.fleet.all().delete()
    FleetCount.objects.bulk_create(
        FleetCount(company=company, vehicle_class=vehicle_class, vehicles=vehicles)
        for vehicle_class, vehicles in counts.items()
        if vehicles
    )
    company.rental_models = list(rental_models)
    company.fleet_size = sum(counts.values())
    company.fleet_band = band_of(company.fleet_size) if company.fleet_size else ""
    company.save(update_fields=["rental_models", "fleet_size", "fleet_band"])
    _answered(draft, "rentals", by)


@transaction.atomic
def set_sites(*, application: Application, sites: Iterable[tuple[str, str]], by: User) -> None:
    """The whole list of (name, postcode)."""
    draft = _open_draft(application, by)
    draft.company.sites.all().delete()
    Site.objects.bulk_create(
        Site(company=draft.company, name=name, postcode=postcode) for name, postcode in dict.fromkeys(sites)
    )
    _answered(draft, "sites", by)


@transaction.atomic
def set_regions(*, application: Application, regions: Sequence[str], home_region: str, by: User) -> None:
    draft = _open_draft(application, by)
    draft.company.regions = list(regions)
    draft.company.home_region = home_region
    draft.company.save(update_fields=["regions", "home_region"])
    _answered(draft, "regions", by)


@transaction.atomic
def set_trade_bodies(*, application: Application, trade_bodies: Iterable[TradeBody], by: User) -> None:
    """The bodies that it belongs to; none is an answer too."""
    draft = _open_draft(application, by)
    bodies = list(trade_bodies)
    draft.company.trade_bodies.set(bodies)
    draft.company.no_trade_body = not bodies
    draft.company.save(update_fields=["no_trade_body"])
    _answered(draft, "trade-bodies", by)


@transaction.atomic
def set_security_contact(*, application: Application, details: ContactDetails, by: User) -> SecurityContact:
    draft = _open_draft(application, by)
    contact = _replace_contact(draft.company, SecurityContactKind.CONTACT, details)
    _answered(draft, "contact", by)
    return contact


@transaction.atomic
def set_deputy(*, application: Application, details: ContactDetails, by: User) -> SecurityContact:
    draft = _open_draft(application, by)
    contact = _replace_contact(draft.company, SecurityContactKind.DEPUTY, details)
    draft.company.no_deputy_reason = ""
    draft.company.save(update_fields=["no_deputy_reason"])
    _answered(draft, "deputy", by)
    return contact


@transaction.atomic
def set_no_deputy(*, application: Application, reason: str, by: User) -> None:
    """A deputy is asked for "where practical": say why it is not."""
    draft = _open_draft(application, by)
    _end_contact(_current_contact(draft.company, SecurityContactKind.DEPUTY))
    draft.company.no_deputy_reason = reason
    draft.company.save(update_fields=["no_deputy_reason"])
    _answered(draft, "deputy", by)


@transaction.atomic
def set_listing(*, application: Application, agrees: bool, by: User) -> None:
    draft = _open_draft(application, by)
    draft.agrees_to_listing = agrees
    draft.save(update_fields=["agrees_to_listing"])
    _answered(draft, "listing", by)


def _current_contact(company: Company, kind: str) -> SecurityContact | None:
    return company.security_contacts.filter(kind=kind, until__isnull=True).first()


def _end_contact(contact: SecurityContact | None) -> None:
    if contact is None:
        return
    if contact.since == timezone.localdate():
        contact.delete()  # was never the contact on any past day: a correction, not a change
    else:
        contact.until = timezone.localdate()
        contact.save(update_fields=["until"])


def _replace_contact(company: Company, kind: str, details: ContactDetails) -> SecurityContact:
    """A change closes the row and opens another; the same details again change nothing."""
    current = _current_contact(company, kind)
    if current and asdict(details) == {name: getattr(current, name) for name in asdict(details)}:
        return current
    _end_contact(current)
    return SecurityContact.objects.create(
        company=company, kind=kind, since=timezone.localdate(), **asdict(details)
    )
