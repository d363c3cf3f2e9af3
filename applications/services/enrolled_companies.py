"""The companies that an import makes: their facts, a draft to confirm, and an invitation to do so."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from accounts.models import Notification, User
from accounts.services import queue_notifications, record_event
from accounts.transitions import change_status
from applications.choices import band_of
from applications.enrolling.matching import key_of
from applications.enrolling.rows import Facts
from applications.models import (
    ENROLLED_TRANSITIONS,
    Application,
    Company,
    EnrolledCompany,
    EnrolledKind,
    EnrolledStatus,
    Enrolment,
    FleetCount,
    Invitation,
    MembershipOrigin,
    PersonLevel,
    SecurityContact,
    SecurityContactKind,
    TradeBody,
    TradingName,
)
from applications.searching import search_words
from applications.services.enrolled_words import invite_words
from applications.services.invitations import INVITATION_DAYS, digest_token
from applications.services.locks import lock_company

MOST_SENT_AT_ONCE = 200  # invitations of a list; those of a longer one leave over some minutes


@dataclass(frozen=True)
class Invited:
    invitation: Invitation
    message: Notification


def tie_of(
    enrolment: Enrolment, facts: Facts, company: Company, kind: EnrolledKind, by: User
) -> EnrolledCompany:
    """What the partner says of the company, in its own words. Not saved."""
    is_new = kind == EnrolledKind.NEW
    return EnrolledCompany(
        body_id=enrolment.body_id,
        company=company,
        kind=kind,
        status=EnrolledStatus.UNCONFIRMED if is_new else EnrolledStatus.ASKED,
        name=facts.name,
        company_number=facts.company_number,
        reference=facts.reference,
        email=facts.owner_email,
        enrolment=enrolment,
        enrolled_by=by,
        enrolled_at=timezone.now(),
    )


def lock_tie(tie: EnrolledCompany) -> EnrolledCompany:
    """The company first, as everywhere."""
    company = lock_company(Company(pk=tie.company_id))
    locked = EnrolledCompany.objects.select_for_update(of=("self",)).select_related("body").get(pk=tie.pk)
    locked.company = company
    return locked


def reopen_tie(locked: EnrolledCompany, fresh: EnrolledCompany) -> None:
    """What was taken back begins again with what the partner says now."""
    change_status(locked, fresh.status, ENROLLED_TRANSITIONS)
    for name in (
        "kind",
        "name",
        "company_number",
        "reference",
        "email",
        "enrolment",
        "enrolled_by",
        "enrolled_at",
    ):
        setattr(locked, name, getattr(fresh, name))
    locked.settled_by, locked.settled_at, locked.reason = None, None, ""
    locked.reminders, locked.reminded_at = 0, None
    locked.save()


def make_companies(*, enrolment: Enrolment, rows: Sequence[Facts], by: User) -> list[EnrolledCompany]:
    """A company, its draft and an invitation for each row, in ten queries however many there are."""
    if not rows:
        return []
    companies = Company.objects.bulk_create(_company(Company(), facts) for facts in rows)
    _write_lists(companies, rows)
    _tie_to_body(companies, enrolment.body_id)
    Application.objects.bulk_create(_draft(company, enrolment.body_id, by) for company in companies)
    invited = [
        invite(company=company, email=facts.owner_email, body=enrolment.body, by=by)
        for company, facts in zip(companies, rows, strict=True)
    ]
    Invitation.objects.bulk_create(each.invitation for each in invited)
    queue_notifications([each.message for each in invited], at_once=enrolment.good_count <= MOST_SENT_AT_ONCE)
    return EnrolledCompany.objects.bulk_create(
        tie_of(enrolment, facts, company, EnrolledKind.NEW, by)
        for company, facts in zip(companies, rows, strict=True)
    )


def _company(company: Company, facts: Facts) -> Company:
    """The facts of a row on a company, with all that the services keep beside them."""
    for name in (
        "name",
        "legal_form",
        "company_number",
        "address_line_1",
        "address_line_2",
        "town",
        "postcode",
        "home_region",
    ):
        setattr(company, name, getattr(facts, name))
    company.rental_models, company.regions = list(facts.rental_models), list(facts.regions)
    company.fleet_size = sum(facts.fleet.values())
    company.fleet_band = band_of(company.fleet_size)
    company.no_trade_body = False
    company.match_key = key_of(facts)
    company.search_terms = search_words(
        facts.name, *facts.trading_names, facts.company_number, facts.town, facts.postcode
    )
    company.search_terms += f" {facts.postcode.replace(' ', '').lower()}"
    return company


def _write_lists(companies: Sequence[Company], rows: Sequence[Facts]) -> None:
    pairs = list(zip(companies, rows, strict=True))
    FleetCount.objects.bulk_create(
        FleetCount(company=company, vehicle_class=value, vehicles=vehicles)
        for company, facts in pairs
        for value, vehicles in facts.fleet.items()
    )
    TradingName.objects.bulk_create(
        TradingName(company=company, name=name) for company, facts in pairs for name in facts.trading_names
    )
    SecurityContact.objects.bulk_create(
        SecurityContact(
            company=company,
            kind=SecurityContactKind.CONTACT,
            name=facts.contact_name,
            job_title=facts.contact_job_title,
            email=facts.contact_email,
            telephone=facts.contact_telephone,
            since=timezone.localdate(),
        )
        for company, facts in pairs
    )


def _tie_to_body(companies: Iterable[Company], body_id: int) -> None:
    ties = Company.trade_bodies.through
    ties.objects.bulk_create(
        (ties(company_id=company.pk, tradebody_id=body_id) for company in companies), ignore_conflicts=True
    )


def _draft(company: Company, body_id: int, by: User) -> Application:
    return Application(company=company, started_by=by, origin=MembershipOrigin.PARTNER, partner_id=body_id)


def invite(*, company: Company, email: str, body: TradeBody, by: User, is_reminder: bool = False) -> Invited:
    """An invitation as owner and the message with its link, neither saved yet."""
    token = secrets.token_urlsafe(32)
    now = timezone.now()
    invitation = Invitation(
        company=company,
        email=email,
        level=PersonLevel.OWNER,
        token_hash=digest_token(token),
        invited_by=by,
        invited_at=now,
        expires_at=now + timedelta(days=INVITATION_DAYS),
    )
    words = invite_words(body=body.name, invitation=invitation, token=token, is_reminder=is_reminder)
    return Invited(invitation, words)


def enrol_again(*, tie: EnrolledCompany, enrolment: Enrolment, facts: Facts, by: User) -> None:
    """What the partner took back before anybody had come for the company: the same company, new facts.

    The caller has locked the tie.
    """
    company = tie.company
    _company(company, facts).save()
    company.fleet.all().delete()
    company.trading_names.all().delete()
    # Nobody was ever asked about these contacts.
    company.security_contacts.all().delete()
    _write_lists([company], [facts])
    _tie_to_body([company], enrolment.body_id)
    application = _draft(company, enrolment.body_id, by)
    application.save()
    made = invite(company=company, email=facts.owner_email, body=enrolment.body, by=by)
    made.invitation.save()
    queue_notifications([made.message])
    reopen_tie(tie, tie_of(enrolment, facts, company, EnrolledKind.NEW, by))
    record_event(verb="company.enrolled", target=tie, by=by, data={"enrolment": enrolment.pk, "again": True})
