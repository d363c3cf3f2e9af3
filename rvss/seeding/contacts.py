"""What security contacts were asked, and what they said: most have confirmed within the last six months."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.models import Notification, NotificationStatus
from applications.models import (
    ANSWER_WITHIN,
    ConfirmationStatus,
    ContactConfirmation,
    ContactStanding,
    SecurityContact,
)

# Of 40 contacts in order, the places of those that have not confirmed.
WAITING, REFUSED, MISSED, BOUNCED = 7, 17, 27, 37
NOT_ME = "I left the company in the spring. Ask the branch manager."


def settle(contact: SecurityContact, *, place: int, sent: datetime, end: datetime) -> ContactConfirmation:
    """Give a contact, not saved yet, its standing; returns what it was asked last, not saved either.

    `sent` is when the company sent its application: until then nobody is asked.
    """
    turn = place % 40
    asked_at = max(sent, end - timedelta(days=place * 37 % 170))
    asked = ContactConfirmation(contact=contact, asked_at=asked_at)
    if turn in {WAITING, BOUNCED}:
        asked.asked_at = max(sent, end - timedelta(days=3))
        contact.standing = ContactStanding.WAITING
        if turn == BOUNCED:
            asked.message = _came_back(contact, asked.asked_at)
    elif turn == REFUSED:
        asked.status, asked.reason = ConfirmationStatus.REFUSED, NOT_ME
        asked.answered_at = min(asked_at + timedelta(days=1), end)
        contact.standing = ContactStanding.REFUSED
    elif turn == MISSED and end - sent > ANSWER_WITHIN:
        asked.asked_at = max(sent, end - ANSWER_WITHIN - timedelta(days=2))
        asked.status, asked.reminders = ConfirmationStatus.MISSED, 2
        contact.standing = ContactStanding.MISSED
    else:
        asked.status = ConfirmationStatus.CONFIRMED
        asked.answered_at = contact.confirmed_at = min(asked_at + timedelta(hours=5), end)
        contact.standing = ContactStanding.CONFIRMED
    return asked


def save_confirmations(confirmations: list[ContactConfirmation]) -> None:
    Notification.objects.bulk_create(asked.message for asked in confirmations if asked.message)
    ContactConfirmation.objects.bulk_create(confirmations)


def _came_back(contact: SecurityContact, at: datetime) -> Notification:
    return Notification(
        to=contact.email,
        subject=f"Are you a security contact of {contact.company.name}?",
        body="The link in this message is not kept.",
        status=NotificationStatus.BOUNCED,
        attempts=1,
        created_at=at,
        last_error="SMTPRecipientsRefused(550, 'mailbox unavailable')",
    )
