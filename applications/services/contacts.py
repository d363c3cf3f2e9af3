"""Asking security contacts whether it is them, and replacing them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notification, User
from accounts.services import queue_notification, record_event, require
from accounts.transitions import TransitionRefused, change_status
from applications.models import (
    ANSWER_WITHIN,
    CONFIRMATION_TRANSITIONS,
    Company,
    ConfirmationStatus,
    ContactConfirmation,
    ContactStanding,
    SecurityContact,
    SecurityContactKind,
)
from applications.permissions import can_edit_company
from applications.services.contact_details import ContactDetails
from applications.services.enrolled import settle_enrolled
from applications.services.locks import lock_company, tell_owners

CONFIRM_AFTER = timedelta(days=182)  # six months
REMIND_AFTER = (timedelta(days=7), timedelta(days=14))
ASK_AGAIN_AFTER = timedelta(hours=24)
SALT = "applications.contact-confirmation"
NOT_YOURS = "Only an owner or editor of the company can change its security contacts"


class LinkInvalid(Exception):
    """The link is cut short, made up, or signed with a key that is no longer in use."""


def token_of(confirmation: ContactConfirmation) -> str:
    """The secret of the link: signed, so that nothing worth stealing is stored."""
    return signing.dumps(confirmation.pk, salt=SALT)


def confirmation_of(token: str) -> ContactConfirmation:
    """Raises LinkInvalid."""
    try:
        pk = signing.loads(token, salt=SALT)
    except signing.BadSignature as error:
        raise LinkInvalid from error
    rows = ContactConfirmation.objects.select_related("contact__company").defer("contact__company__search")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise LinkInvalid
    return found


# --- Asking -------------------------------------------------------------------------------------


@transaction.atomic
def ask_for_confirmation(*, contact: SecurityContact, by: User | None) -> ContactConfirmation:
    """Ask the contact for their own click. An earlier question that is still open is taken back.

    `by` is None when the service asks on its own, every six months.
    """
    company = lock_company(Company(pk=contact.company_id))
    locked = SecurityContact.objects.select_for_update().get(pk=contact.pk)
    locked.company = company
    if locked.until is not None:
        raise TransitionRefused("This person is not a security contact of the company any more.")
    for earlier in locked.confirmations.filter(
        status__in=[ConfirmationStatus.WAITING, ConfirmationStatus.MISSED]
    ):
        change_status(earlier, ConfirmationStatus.SUPERSEDED, CONFIRMATION_TRANSITIONS)
        earlier.save(update_fields=["status"])
    confirmation = ContactConfirmation.objects.create(contact=locked, asked_at=timezone.now())
    confirmation.message = _ask_by_mail(confirmation)
    confirmation.save(update_fields=["message"])
    if locked.standing != ContactStanding.CONFIRMED:
        locked.standing = ContactStanding.WAITING
        locked.save(update_fields=["standing"])
    record_event(verb="contact.asked", target=locked, by=by)
    return confirmation


@transaction.atomic
def ask_again(*, contact: SecurityContact, by: User) -> ContactConfirmation:
    """What the company does about a message that went astray; once a day at most."""
    require(can_edit_company(by, contact.company), NOT_YOURS)
    lock_company(Company(pk=contact.company_id))
    last = contact.confirmations.first()
    if last and last.asked_at > timezone.now() - ASK_AGAIN_AFTER and not _bounced(last):
        raise TransitionRefused("We asked less than a day ago. Give the contact time to answer.")
    return ask_for_confirmation(contact=contact, by=by)


def _bounced(confirmation: ContactConfirmation) -> bool:
    return confirmation.message is not None and confirmation.message.status in {"failed", "bounced"}


def _ask_by_mail(confirmation: ContactConfirmation, *, is_reminder: bool = False) -> Notification:
    contact = confirmation.contact
    role = "deputy security contact" if contact.kind == "deputy" else "recognised security contact"
    address = settings.BASE_URL + reverse(
        "applications:contact_confirm", kwargs={"token": token_of(confirmation)}
    )
    until = (timezone.localtime(confirmation.asked_at) + ANSWER_WITHIN).date()
    subject = f"Confirm that you are the {role} of {contact.company.name}"
    return queue_notification(
        to=contact.email,
        holds_key=True,
        subject=f"Reminder: {subject[0].lower()}{subject[1:]}" if is_reminder else subject,
        body=(
            f"{contact.company.name} has named you as its {role} in the Rental Vehicle Security Scheme. "
            "The Department for Transport and the police reach you on security matters, and advice for "
            "members comes to you.\n\n"
            f"Say whether that is right, by {until.day} {until:%B %Y}. You need no account:\n\n{address}\n\n"
            "We ask every six months, so that the right person is reached.\n"
        ),
    )


# --- Answering: by whoever holds the link, without an account ---


def _open_for_answer(confirmation: ContactConfirmation) -> tuple[ContactConfirmation, SecurityContact]:
    company = lock_company(Company(pk=confirmation.contact.company_id))
    locked = ContactConfirmation.objects.select_for_update().get(pk=confirmation.pk)
    contact = SecurityContact.objects.select_for_update().get(pk=locked.contact_id)
    contact.company = company
    if contact.until is not None:
        raise TransitionRefused("You are not named as a security contact of this company any more.")
    return locked, contact


@transaction.atomic
def confirm_contact(*, confirmation: ContactConfirmation) -> None:
    """The contact's own click. Clicked again, it changes nothing."""
    locked, contact = _open_for_answer(confirmation)
    if locked.status == ConfirmationStatus.CONFIRMED:
        return
    change_status(locked, ConfirmationStatus.CONFIRMED, CONFIRMATION_TRANSITIONS)
    locked.answered_at = timezone.now()
    locked.save(update_fields=["status", "answered_at"])
    contact.standing = ContactStanding.CONFIRMED
    contact.confirmed_at = locked.answered_at
    contact.save(update_fields=["standing", "confirmed_at"])
    settle_enrolled(company=contact.company)
    record_event(verb="contact.confirmed", target=contact, by=None)


@transaction.atomic
def refuse_contact(*, confirmation: ContactConfirmation, reason: str) -> None:
    locked, contact = _open_for_answer(confirmation)
    change_status(locked, ConfirmationStatus.REFUSED, CONFIRMATION_TRANSITIONS)
    locked.answered_at = timezone.now()
    locked.reason = reason
    locked.save(update_fields=["status", "answered_at", "reason"])
    contact.standing = ContactStanding.REFUSED
    contact.save(update_fields=["standing"])
    _tell_company(
        contact,
        f"{contact.name} is not a security contact of {contact.company.name}",
        f"{contact.name} says that they are not a security contact of {contact.company.name}:\n\n{reason}",
    )
    # What they said is in the confirmation, and goes with their details; the record would keep it.
    record_event(verb="contact.refused", target=contact, by=None, data={"confirmation": locked.pk})


def _tell_company(contact: SecurityContact, subject: str, what: str) -> None:
    path = reverse("applications:contacts", kwargs={"public_id": contact.company.public_id})
    tell_owners(
        contact.company,
        subject=subject,
        body=f"{what}\n\nName somebody else, or ask again: {settings.BASE_URL}{path}\n",
    )


# --- By the clock -------------------------------------------------------------------------------


@transaction.atomic
def remind_contact(*, confirmation: ContactConfirmation, now: datetime) -> bool:
    """The reminder that is due, if any. After a missed run only the latest one is sent."""
    locked = ContactConfirmation.objects.select_for_update(of=("self",)).get(pk=confirmation.pk)
    due = sum(now - locked.asked_at >= after for after in REMIND_AFTER)
    if locked.status != ConfirmationStatus.WAITING or due <= locked.reminders:
        return False
    locked.reminders = due
    locked.message = _ask_by_mail(locked, is_reminder=True)
    locked.save(update_fields=["reminders", "message"])
    record_event(verb="contact.reminded", target=locked.contact, by=None)
    return True


@transaction.atomic
def miss_confirmation(*, confirmation: ContactConfirmation, now: datetime) -> bool:
    """Give the question up after 28 days, and tell the company. A click after that still counts."""
    company = lock_company(Company(pk=confirmation.contact.company_id))
    locked = ContactConfirmation.objects.select_for_update(of=("self",)).get(pk=confirmation.pk)
    if locked.status != ConfirmationStatus.WAITING or now - locked.asked_at < ANSWER_WITHIN:
        return False
    change_status(locked, ConfirmationStatus.MISSED, CONFIRMATION_TRANSITIONS)
    locked.save(update_fields=["status"])
    contact = locked.contact
    contact.company = company
    contact.standing = ContactStanding.MISSED
    contact.save(update_fields=["standing"])
    _tell_company(
        contact,
        f"{contact.name} has not confirmed",
        f"We asked {contact.name} to confirm that they are a security contact of {company.name}, "
        f"and reminded them twice. They have not answered.",
    )
    record_event(verb="contact.missed", target=contact, by=None)
    return True


def confirmations_to_chase(now: datetime) -> list[ContactConfirmation]:
    waiting = ContactConfirmation.objects.waiting().filter(asked_at__lte=now - REMIND_AFTER[0])
    return list(waiting.select_related("contact").order_by("asked_at", "pk")[:1000])


def contacts_to_ask(now: datetime) -> list[SecurityContact]:
    """Confirmed six months ago or longer, or never asked, and not being asked at the moment."""
    waiting = ContactConfirmation.objects.waiting().filter(contact=OuterRef("pk"))
    rows = SecurityContact.objects.current().of_companies_that_need_one().exclude(Exists(waiting))
    due = rows.filter(standing=ContactStanding.CONFIRMED, confirmed_at__lte=now - CONFIRM_AFTER)
    unasked = rows.filter(standing=ContactStanding.UNASKED)
    return [*due.order_by("confirmed_at", "pk")[:500], *unasked.order_by("pk")[:500]]


# --- Changing who it is -------------------------------------------------------------------------


@transaction.atomic
def change_security_contact(
    *, company: Company, kind: str, details: ContactDetails, by: User
) -> SecurityContact:
    """Name another contact or deputy, from today. The new one is asked, the old one told."""
    locked = lock_company(company)
    require(can_edit_company(by, locked), NOT_YOURS)
    before = current_contact_of(locked, kind)
    contact = replace_contact(locked, kind, details)
    if contact == before:
        return contact
    if kind == SecurityContactKind.DEPUTY and locked.no_deputy_reason:
        locked.no_deputy_reason = ""
        locked.save(update_fields=["no_deputy_reason"])
    if before:
        _tell_former(before, locked)
    record_event(
        verb="contact.changed",
        target=locked,
        by=by,
        data={"kind": kind, "from": before.pk if before else None, "to": contact.pk},
    )
    ask_for_confirmation(contact=contact, by=by)
    return contact


@transaction.atomic
def remove_deputy(*, company: Company, reason: str, by: User) -> None:
    """Go on without a deputy, and say why."""
    locked = lock_company(company)
    require(can_edit_company(by, locked), NOT_YOURS)
    before = current_contact_of(locked, SecurityContactKind.DEPUTY)
    end_contact(before)
    locked.no_deputy_reason = reason
    locked.save(update_fields=["no_deputy_reason"])
    if before:
        _tell_former(before, locked)
    record_event(verb="contact.deputy_removed", target=locked, by=by, reason=reason)


def _tell_former(contact: SecurityContact, company: Company) -> None:
    queue_notification(
        to=contact.email,
        subject=f"You are no longer a security contact of {company.name}",
        body=(
            f"{company.name} has told the Rental Vehicle Security Scheme that you are no longer one of its "
            "security contacts. You need do nothing.\n"
        ),
    )


def current_contact_of(company: Company, kind: str) -> SecurityContact | None:
    return company.security_contacts.filter(kind=kind, until__isnull=True).first()


def end_contact(contact: SecurityContact | None) -> None:
    """Close the row today. One of today that nobody was asked about goes: a correction, not a change."""
    if contact is None:
        return
    if contact.since == timezone.localdate() and not contact.confirmations.exists():
        contact.delete()
        return
    for confirmation in contact.confirmations.filter(
        status__in=[ConfirmationStatus.WAITING, ConfirmationStatus.MISSED]
    ):
        change_status(confirmation, ConfirmationStatus.SUPERSEDED, CONFIRMATION_TRANSITIONS)
        confirmation.save(update_fields=["status"])
    contact.until = timezone.localdate()
    contact.save(update_fields=["until"])


def replace_contact(company: Company, kind: str, details: ContactDetails) -> SecurityContact:
    """A change closes the row and opens another; the same details again change nothing."""
    current = current_contact_of(company, kind)
    if current and asdict(details) == {name: getattr(current, name) for name in asdict(details)}:
        return current
    end_contact(current)
    return SecurityContact.objects.create(
        company=company, kind=kind, since=timezone.localdate(), **asdict(details)
    )
