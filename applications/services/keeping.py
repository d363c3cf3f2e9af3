"""Drafts that nobody works on: their companies are warned, and after a year they go."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.services import record_event
from accounts.transitions import change_status
from applications.keeping_dates import warning_for
from applications.models import (
    APPLICATION_TRANSITIONS,
    JOIN_REQUEST_TRANSITIONS,
    Application,
    ApplicationStatus,
    Company,
    ContactConfirmation,
    JoinRequestStatus,
)
from applications.services.enrolled import follow_expiry
from applications.services.locks import address_of, in_words, lock_application, tell_those_who_edit

WHY = "No answer was saved for 12 months."


def keep_draft(application: Application) -> None:
    """An answer was saved: the draft is kept for a year from now. The caller has locked it."""
    application.last_changed_at = timezone.now()
    application.warned = application.warned_at = None
    application.save(update_fields=["last_changed_at", "warned", "warned_at"])


@transaction.atomic
def warn_of_expiry(*, application: Application, now: datetime) -> bool:
    """Tell those who can act for the company when its draft goes; whether there was a warning to send.

    One that was missed is not sent after the next.
    """
    locked = lock_application(application)
    if locked.status != ApplicationStatus.DRAFT:
        return False
    today = timezone.localdate(now)
    warning = warning_for(locked.kept_until, today)
    if warning is None or (locked.warned is not None and locked.warned <= warning):
        return False
    locked.warned, locked.warned_at = warning, now
    locked.save(update_fields=["warned", "warned_at"])
    until, since = locked.kept_until, timezone.localdate(locked.last_changed_at)
    tell_those_who_edit(
        locked.company,
        subject=f"{locked.reference}: your application will be deleted on {in_words(until)}",
        body=(
            f"Nobody has worked on the application of {locked.company.name} to join the Rental Vehicle "
            f"Security Scheme since {in_words(since)}.\n\n"
            f"We keep what you entered until {in_words(until)}. To keep it for another 12 months, open the "
            f"application and save an answer: {address_of(locked)}\n\n"
            "If you no longer want to join, you do not need to do anything.\n"
        ),
    )
    record_event(verb="application.expiry_warned", target=locked, by=None, data={"days": warning})
    return True


@transaction.atomic
def expire_draft(*, application: Application, now: datetime) -> bool:
    """Let an untouched draft go, and what it held of a company with nothing else here; whether it went.

    The application and its record stay, without an answer in them. Whoever started a new draft, or saved an
    answer while this waited for the lock, keeps theirs.
    """
    locked = lock_application(application)
    if not Application.objects.drafts_to_expire(now).filter(pk=locked.pk).exists():
        return False
    change_status(locked, ApplicationStatus.EXPIRED, APPLICATION_TRANSITIONS)
    locked.closed_at, locked.closing_reason = now, WHY
    locked.agrees_to_listing = None
    locked.save(update_fields=["status", "closed_at", "closing_reason", "agrees_to_listing"])
    follow_expiry(application=locked, reason=WHY)
    tell_those_who_edit(
        locked.company,
        subject=f"{locked.reference}: your application has been deleted",
        body=(
            f"Nobody worked on the application {locked.reference} for 12 months, so we have deleted what was "
            "entered in it. You can start a new application at any time.\n"
        ),
    )
    has_more = locked.company.applications.filter(
        Q(submitted_at__isnull=False) | Q(status=ApplicationStatus.DRAFT)
    ).exists()
    forgets = not has_more and not locked.company.memberships.exists()
    if forgets:
        _forget_company(locked)
    record_event(
        verb="application.expired", target=locked, by=None, reason=WHY, data={"company_removed": forgets}
    )
    return True


def _forget_company(application: Application) -> None:
    """Take out every fact of a company that only ever had a draft. The row stays, for the record's sake."""
    company = application.company
    ContactConfirmation.objects.filter(contact__company=company).delete()
    for rows in (
        company.security_contacts,
        company.trading_names,
        company.fleet,
        company.sites,
        company.people,
    ):
        rows.all().delete()
    company.trade_bodies.clear()
    company.invitations.all().delete()  # addresses of people who never came
    for request in company.join_requests.open():
        change_status(request, JoinRequestStatus.SETTLED, JOIN_REQUEST_TRANSITIONS)
        request.save()
    if hasattr(company, "lookup"):
        company.lookup.delete()
    blank = Company(name=f"Removed with {application.reference}")
    kept = {"id", "public_id", "created_at", "search"}
    names = [field.name for field in Company._meta.concrete_fields if field.name not in kept]
    for name in names:
        setattr(company, name, getattr(blank, name))
    company.save(update_fields=names)
