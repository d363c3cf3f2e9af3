"""Who was told what, and what the record says, of each application and membership."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.utils import timezone

from accounts.models import Notification, NotificationStatus
from applications.models import ApplicationStatus, Membership, MembershipStatus
from rvss.seeding.record import Record
from rvss.seeding.shapes import Batch

WITHDRAWALS = (
    "We have sold the hire business.",
    "We applied twice by mistake.",
    "We no longer hire by the day.",
)
ENDINGS = {
    MembershipStatus.SUSPENDED: "No security plan after three requests.",
    MembershipStatus.LAPSED: "The yearly renewal was not sent.",
    MembershipStatus.REMOVED: "The company has been dissolved.",
    MembershipStatus.RESIGNED: "The company no longer hires out vehicles.",
}
# Only messages of the last weeks are kept: nobody reads older ones, and they would be most of the rows.
MESSAGES_KEPT = timedelta(days=60)


def record_joining(record: Record, batch: Batch, end: datetime) -> None:
    _applications(record, batch)
    _signatures(record, batch)
    _questions(record, batch)
    for membership in batch.memberships:
        _ending(record, membership)
    Notification.objects.bulk_create(_messages(batch, end))


def _applications(record: Record, batch: Batch) -> None:
    for row in batch.applications:
        record.add(at=row.started_at, by=row.started_by_id, verb="application.started", target=row)
        if row.decided_at:
            verb = f"application.{row.status}"
            record.add(
                at=row.decided_at, by=row.decided_by_id, verb=verb, target=row, reason=row.decision_reason
            )
        elif row.status == ApplicationStatus.WITHDRAWN:
            at = (row.submitted_at or row.started_at) + timedelta(seconds=60 * 47)
            reason = WITHDRAWALS[row.pk % len(WITHDRAWALS)]
            record.add(at=at, by=row.started_by_id, verb="application.withdrawn", target=row, reason=reason)


def _signatures(record: Record, batch: Batch) -> None:
    made = {row.pk: row for row in batch.applications}
    for signed in batch.declarations:
        record.add(
            at=signed.signed_at,
            by=signed.signed_by_id,
            verb="application.submitted",
            target=made[signed.application_id],
            edition=signed.edition_code,
            sha256=signed.sha256,
        )


def _questions(record: Record, batch: Batch) -> None:
    for row in batch.questions:
        about, section = row.application, row.section
        record.add(
            at=row.asked_at,
            by=row.asked_by_id,
            verb="application.question_asked",
            target=about,
            section=section,
        )
        if row.answered_at:
            by = row.answered_by_id
            record.add(
                at=row.answered_at, by=by, verb="application.question_answered", target=about, section=section
            )


def _ending(record: Record, membership: Membership) -> None:
    if membership.status == MembershipStatus.ACTIVE:
        return
    day = membership.ended_on or membership.started_on + timedelta(days=2)
    if membership.status == MembershipStatus.LAPSED:
        day = membership.renewal_due_on
    by = None if membership.status == MembershipStatus.LAPSED else membership.application.decided_by_id
    if membership.status == MembershipStatus.RESIGNED:
        by = membership.application.started_by_id
    record.add(
        at=timezone.make_aware(datetime.combine(day, time(12))),
        by=by,
        verb=f"membership.{membership.status}",
        target=membership,
        reason=ENDINGS[MembershipStatus(membership.status)],
    )


def _messages(batch: Batch, end: datetime) -> list[Notification]:
    numbers = {row.application_id: row.number for row in batch.memberships}
    messages = []
    for row in batch.applications:
        if row.submitted_at is None or row.submitted_at < end - MESSAGES_KEPT:
            continue
        company = row.company.name
        words = [
            (
                row.submitted_at,
                f"We have the application {row.reference}",
                f"{company} has applied to join the Rental Vehicle Security Scheme.",
            )
        ]
        if row.decided_at and row.pk in numbers:
            subject = f"{company} is a member: {numbers[row.pk]}"
            words.append((row.decided_at, subject, f"{subject}. Write your security plan next."))
        for at, subject, body in words:
            messages.append(
                Notification(
                    user=row.started_by,
                    to=row.started_by.email,
                    subject=subject[:200],
                    body=body,
                    created_at=at,
                )
            )
    for place, message in enumerate(messages):
        _deliver(message, place, len(messages))
    return messages


def _deliver(message: Notification, place: int, total: int) -> None:
    """Most were sent; every fortieth could not be, and the newest one waits."""
    if place % 40 == 3:
        message.status = NotificationStatus.FAILED
        message.attempts = 5
        message.last_error = "SMTPRecipientsRefused(550, 'mailbox unavailable')"
    elif place < total - 1:
        message.status = NotificationStatus.SENT
        message.attempts = 1
        message.sent_at = message.created_at + timedelta(seconds=2)
