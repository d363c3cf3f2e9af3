"""Starting an application and saving its sections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction

from accounts.models import User
from accounts.services import record_event, require
from accounts.transitions import TransitionRefused
from applications.choices import band_of
from applications.duplicates import match_key
from applications.models import (
    OPEN_APPLICATION_STATUSES,
    Application,
    ApplicationStatus,
    Company,
    CompanyPerson,
    FleetCount,
    Membership,
    MembershipStatus,
    PersonLevel,
    Reconsideration,
    SecurityContact,
    SecurityContactKind,
    Site,
    TradeBody,
    TradingName,
)
from applications.permissions import (
    can_apply_again,
    can_edit_company,
    can_start_application,
    is_open_to_changes,
)
from applications.searching import search_words
from applications.services.contact_details import ContactDetails
from applications.services.contacts import current_contact_of, end_contact, replace_contact
from applications.services.declarations import ask_to_sign_again
from applications.services.keeping import keep_draft
from applications.services.locks import lock_application, lock_company
from applications.services.sections import why_not_changed


@transaction.atomic
def start_application(*, company_name: str, by: User, rental_models: Sequence[str] = ()) -> Application:
    """A company, its first owner and a draft. A second start under the same name returns the draft."""
    require(can_start_application(by), "Only a hire company's account can start an application")
    # One start at a time for one person: a double click makes one company, not two.
    User.objects.select_for_update().get(pk=by.pk)
    existing = Application.objects.filter(
        started_by=by, status=ApplicationStatus.DRAFT, company__name__iexact=company_name
    ).first()
    if existing:
        return existing
    # Who applies again under the name of a company of theirs means that company.
    own = Company.objects.filter(
        name__iexact=company_name,
        people__user=by,
        people__level__in=[PersonLevel.OWNER, PersonLevel.EDITOR],
    )
    if again := own.order_by("pk").first():
        return apply_again(company=again, by=by)
    company = Company(name=company_name, rental_models=list(rental_models))
    company.search_terms = search_words(company_name)
    company.save()
    CompanyPerson.objects.create(company=company, user=by, level=PersonLevel.OWNER)
    application = Application.objects.create(company=company, started_by=by)
    record_event(verb="application.started", target=application, by=by)
    return application


def refuse_while_member(company: Company) -> None:
    """Raises TransitionRefused while the company has a membership that it could go on with."""
    member = company.memberships.filter(status__in=["active", "suspended", "lapsed"]).first()
    if member:
        raise TransitionRefused(
            f"{company.name} cannot apply. Membership {member.number} is now: {member.get_status_display()}."
            + (" An owner can renew it." if member.status == MembershipStatus.LAPSED else "")
        )


@transaction.atomic
def apply_again(*, company: Company, by: User) -> Application:
    """A new draft of a company that is no member, with what we hold about it as the answers.

    When one is under way already, that one: a double click starts one application.
    """
    locked = lock_company(company)
    require(can_apply_again(by, locked), "Only an owner or editor of the company can apply for it")
    under_way = locked.applications.filter(status__in=OPEN_APPLICATION_STATUSES).first()
    if under_way:
        return under_way
    refuse_while_member(locked)
    if Reconsideration.objects.waiting().filter(application__company=locked).exists():
        raise TransitionRefused(
            f"{locked.name} has asked DfT to look at its rejection again. "
            "It can apply again once that is answered."
        )
    last = locked.applications.order_by("-pk").first()
    application = Application.objects.create(
        company=locked, started_by=by, agrees_to_listing=last.agrees_to_listing if last else None
    )
    record_event(verb="application.started", target=application, by=by, data={"again": True})
    return application


def _open_answers(application: Application, section: str, by: User) -> Application:
    """The application, locked, when this section of it may be changed now."""
    locked = lock_application(application)
    require(can_edit_company(by, locked.company), "Only an owner or editor of the company can change this")
    if not is_open_to_changes(locked, section):
        raise TransitionRefused(why_not_changed(locked))
    return locked


def _answered(application: Application, section: str, by: User) -> None:
    """What was answered is in the rows and, once signed, in the declaration; here only that it was.

    A member's new facts may ask for a new declaration. A draft is kept for a year from now.
    """
    if application.status == ApplicationStatus.DRAFT:
        keep_draft(application)
    if application.status == ApplicationStatus.ACCEPTED:
        ask_to_sign_again(membership=application.membership, by=by)
    record_event(verb="application.answered", target=application, by=by, data={"section": section})


def index_company(company: Company) -> None:
    """Keep what a search and the look for duplicates go by. Saves only those columns."""
    names = company.trading_names.values_list("name", flat=True)
    company.search_terms = search_words(
        company.name, *names, company.company_number, company.town, company.postcode
    )
    company.search_terms += f" {company.postcode.replace(' ', '').lower()}" if company.postcode else ""
    company.match_key = match_key(name=company.name, postcode=company.postcode)
    company.save(update_fields=["search_terms", "match_key"])


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
    draft = _open_answers(application, "company", by)
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
    draft = _open_answers(application, "trading-names", by)
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
    draft = _open_answers(application, "rentals", by)
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
    draft = _open_answers(application, "sites", by)
    draft.company.sites.all().delete()
    Site.objects.bulk_create(
        Site(company=draft.company, name=name, postcode=postcode) for name, postcode in dict.fromkeys(sites)
    )
    _answered(draft, "sites", by)


@transaction.atomic
def set_regions(*, application: Application, regions: Sequence[str], home_region: str, by: User) -> None:
    draft = _open_answers(application, "regions", by)
    draft.company.regions = list(regions)
    draft.company.home_region = home_region
    draft.company.save(update_fields=["regions", "home_region"])
    _answered(draft, "regions", by)


@transaction.atomic
def set_trade_bodies(*, application: Application, trade_bodies: Iterable[TradeBody], by: User) -> None:
    """The bodies that it belongs to; none is an answer too."""
    draft = _open_answers(application, "trade-bodies", by)
    bodies = list(trade_bodies)
    draft.company.trade_bodies.set(bodies)
    draft.company.no_trade_body = not bodies
    draft.company.save(update_fields=["no_trade_body"])
    _answered(draft, "trade-bodies", by)


@transaction.atomic
def set_security_contact(*, application: Application, details: ContactDetails, by: User) -> SecurityContact:
    draft = _open_answers(application, "contact", by)
    contact = replace_contact(draft.company, SecurityContactKind.CONTACT, details)
    _answered(draft, "contact", by)
    return contact


@transaction.atomic
def set_deputy(*, application: Application, details: ContactDetails, by: User) -> SecurityContact:
    draft = _open_answers(application, "deputy", by)
    contact = replace_contact(draft.company, SecurityContactKind.DEPUTY, details)
    draft.company.no_deputy_reason = ""
    draft.company.save(update_fields=["no_deputy_reason"])
    _answered(draft, "deputy", by)
    return contact


@transaction.atomic
def set_no_deputy(*, application: Application, reason: str, by: User) -> None:
    """A deputy is asked for "where practical": say why it is not."""
    draft = _open_answers(application, "deputy", by)
    end_contact(current_contact_of(draft.company, SecurityContactKind.DEPUTY))
    draft.company.no_deputy_reason = reason
    draft.company.save(update_fields=["no_deputy_reason"])
    _answered(draft, "deputy", by)


@transaction.atomic
def set_listing(*, application: Application, agrees: bool, by: User) -> None:
    draft = _open_answers(application, "listing", by)
    draft.agrees_to_listing = agrees
    draft.save(update_fields=["agrees_to_listing"])
    Membership.objects.filter(application=draft).exclude(is_listed=agrees).update(is_listed=agrees)
    _answered(draft, "listing", by)
