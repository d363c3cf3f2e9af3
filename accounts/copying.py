"""What a copy of somebody's data shows of the rows of this room: about that person alone, and no secrets."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db.models import Q

from accounts.erasing import sessions_of
from accounts.holding import Row, Subject
from accounts.models import (
    ApiToken,
    AuditEvent,
    DataExport,
    ErasureRequest,
    Notification,
    RetentionRun,
    SavedView,
    User,
)

KEY_LEFT_OUT = "Left out: it had a link that works like a key"
PERSON = User._meta.label_lower
ABOUT_MESSAGES = Notification._meta.label_lower


def copy_account(subject: Subject) -> list[Row]:
    user = subject.user
    if user is None:
        return [{"email_address": address} for address in sorted(subject.addresses)]
    addresses = EmailAddress.objects.filter(user=user).order_by("pk")
    return [
        {
            "name": user.name,
            "email_address": user.email,
            "role": user.get_role_display(),
            "can_sign_in": user.is_active,
            "account_since": user.date_joined,
            "last_sign_in": user.last_login,
        },
        *({"email_address": row.email, "confirmed": row.verified, "main": row.primary} for row in addresses),
    ]


def copy_sign_in(subject: Subject) -> list[Row]:
    """That there is a second factor and a session, never what they rest on."""
    if subject.user is None:
        return []
    factors = Authenticator.objects.filter(user=subject.user).order_by("pk")
    return [
        *(
            {"second_factor": row.get_type_display(), "since": row.created_at, "last_used": row.last_used_at}
            for row in factors
        ),
        *({"session_ends": session.expire_date} for session in sessions_of(subject)),
    ]


def copy_tokens(subject: Subject) -> list[Row]:
    """Which there are and what they may do; the secrets are kept nowhere."""
    if subject.user is None:
        return []
    return [
        {
            "name": token.name,
            "begins_with": token.prefix,
            "may": ", ".join(token.scopes_in_words),
            "made": token.created_at,
            "works_until": token.expires_at,
            "last_used": token.last_used_on,
            "revoked": token.revoked_at,
            "reason": token.revoke_reason,
        }
        for token in ApiToken.objects.filter(user=subject.user).order_by("pk")
    ]


def copy_saved_views(subject: Subject) -> list[Row]:
    if subject.user is None:
        return []
    views = SavedView.objects.filter(owner=subject.user).order_by("pk")
    return [{"list": view.page, "name": view.name, "filters": view.query} for view in views]


def copy_messages(subject: Subject) -> list[Row]:
    rows = Notification.objects.of_person(subject.user, subject.addresses).order_by("pk")
    return [
        {
            "subject": row.subject,
            "to": row.to,
            "written": row.created_at,
            "sent": row.sent_at,
            "delivered": row.delivered_at,
            "status": row.get_status_display(),
            "text": KEY_LEFT_OUT if row.holds_key and row.body else row.body,
        }
        for row in rows.iterator(chunk_size=500)
    ]


def copy_record(subject: Subject) -> list[Row]:
    """What the person did, and what was done to their account; nothing that names others."""
    user = subject.user
    if user is None:
        return []
    about = Q(target_type=PERSON, target_id=str(user.pk))
    rows = AuditEvent.objects.filter(Q(by=user) | about).order_by("pk")
    return [_entry(event, user) for event in rows.iterator(chunk_size=2000)]


def _entry(event: AuditEvent, user: User) -> Row:
    is_about_them = event.target_type == PERSON and event.target_id == str(user.pk)
    names_another = not is_about_them and (
        event.target_type in {PERSON, ABOUT_MESSAGES} or event.data.get("person", user.pk) != user.pk
    )
    row: Row = {
        "on": event.at,
        "what": event.verb_in_words,
        "done_by": "you" if event.by_id == user.pk else "somebody else" if event.by_id else "the service",
        "row": f"{event.target_type} {event.target_id}",
    }
    if event.reason and not names_another:
        row["reason"] = event.reason
    return row


def copy_requests(subject: Subject) -> list[Row]:
    """Copies and erasures that were asked for; and, of administrators, reports that they dealt with."""
    email = sorted(subject.addresses)
    wanted = Q(person=subject.user) if subject.user else Q(person=None, email__in=email)
    copies = [
        {"what": "Copy asked for", "on": row.requested_at, "status": row.get_status_display()}
        for row in DataExport.objects.filter(wanted).order_by("pk")
    ]
    if subject.user is None:
        return copies
    return [
        *copies,
        *(
            {
                "what": "Erasure asked for",
                "on": row.requested_at,
                "status": row.get_status_display(),
                "reason": row.reason,
            }
            for row in ErasureRequest.objects.filter(person=subject.user).order_by("pk")
        ),
        *(
            {"what": "Removal approved", "on": row.approved_at, "number": row.pk}
            for row in RetentionRun.objects.filter(approved_by=subject.user).order_by("pk")
        ),
    ]
