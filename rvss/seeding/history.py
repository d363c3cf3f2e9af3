"""Who was told what, and what the record says, of each application and membership."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.delivery import MAX_ATTEMPTS
from accounts.models import Notification, NotificationStatus
from applications.models import MembershipEvent, MembershipEventKind
from rvss.seeding.record import Record
from rvss.seeding.shapes import Batch

# Only messages of the last weeks are kept: nobody reads older ones, and they would be most of the rows.
MESSAGES_KEPT = timedelta(days=60)


def record_joining(record: Record, batch: Batch, end: datetime) -> None:
    _applications(record, batch)
    _signatures(record, batch)
    _questions(record, batch)
    _reconsiderations(record, batch)
    for event in batch.events:
        _membership(record, event)
    Notification.objects.bulk_create(_messages(batch, end))


def _applications(record: Record, batch: Batch) -> None:
    for row in batch.applications:
        record.add(at=row.started_at, by=row.started_by_id, verb="application.started", target=row)
        if row.decided_at:
            verb = f"application.{row.status}"
            record.add(
                at=row.decided_at, by=row.decided_by_id, verb=verb, target=row, reason=row.decision_reason
            )
        elif row.closed_at:
            verb, why = f"application.{row.status}", row.closing_reason
            record.add(at=row.closed_at, by=row.closed_by_id, verb=verb, target=row, reason=why)


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
            answer=row.answer_label,
        )
        if row.answered_at:
            by, when, label = row.answered_by_id, row.answered_at, row.answer_label
            verb = "application.question_answered"
            record.add(at=when, by=by, verb=verb, target=about, section=section, answer=label)
            record.add(at=when, by=by, verb="application.replies_sent", target=about)


def _reconsiderations(record: Record, batch: Batch) -> None:
    for row in batch.reconsiderations:
        about, asked = row.application, "application.reconsideration_asked"
        record.add(at=row.asked_at, by=row.asked_by_id, verb=asked, target=about, reason=row.grounds)
        if row.answered_at:
            verb, by = f"application.rejection_{row.status}", row.answered_by_id
            record.add(at=row.answered_at, by=by, verb=verb, target=about, reason=row.answer)


def _membership(record: Record, event: MembershipEvent) -> None:
    if event.kind == MembershipEventKind.STARTED:
        return  # it is in the record as the acceptance of the application
    record.add(
        at=event.at,
        by=event.by_id,
        verb=f"membership.{event.kind}",
        target=event.membership,
        reason=event.reason,
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
    """Most were sent; every fortieth came back or could not be, and the newest one waits."""
    if place % 40 == 3:
        message.status = NotificationStatus.BOUNCED
        message.attempts = 1
        message.last_error = "SMTPRecipientsRefused(550, 'mailbox unavailable')"
    elif place % 40 == 5:
        message.status = NotificationStatus.FAILED
        message.attempts = MAX_ATTEMPTS
        message.last_error = "TimeoutError('timed out')"
    elif place < total - 1:
        message.status = NotificationStatus.SENT if place % 3 == 0 else NotificationStatus.DELIVERED
        message.attempts = 1
        message.sent_at = message.created_at + timedelta(seconds=2)
        if message.status == NotificationStatus.DELIVERED:
            message.delivered_at = message.created_at + timedelta(seconds=20)
