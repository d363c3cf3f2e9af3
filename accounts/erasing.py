"""Taking a person out of the rows of this room, so that what they did stays and who they were does not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from importlib import import_module

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from accounts.holding import Row, Subject
from accounts.models import (
    EXPORT_TRANSITIONS,
    NOTIFICATION_TRANSITIONS,
    ApiToken,
    DataExport,
    ExportStatus,
    KeptAnswer,
    Notification,
    NotificationStatus,
    SavedView,
)
from accounts.transitions import change_status

NOWHERE = "erased.invalid"  # RFC 2606: no mail is ever delivered to .invalid
REMOVED = "Removed"


def erase_account(subject: Subject) -> Row:
    """The row stays, as others point to it; nobody can sign in with it or be written to."""
    user = subject.user
    assert user is not None
    user.name = f"Former user {user.pk}"
    user.email = f"former-user-{user.pk}@{NOWHERE}"
    user.set_unusable_password()
    user.is_active = False
    user.last_login = None
    user.erased_at = timezone.now()
    user.save()
    user.groups.clear()
    user.user_permissions.clear()
    EmailAddress.objects.filter(user=user).delete()
    return {}


def erase_sign_in(subject: Subject) -> Row:
    assert subject.user is not None
    factors, _ = Authenticator.objects.filter(user=subject.user).delete()
    sessions = list(sessions_of(subject))
    store = import_module(settings.SESSION_ENGINE).SessionStore
    for session in sessions:
        store(session.session_key).delete()  # from the cache, too
    return {"second_factors": factors, "sessions": len(sessions)}


def sessions_of(subject: Subject) -> Iterator[Session]:
    """Sessions do not say whose they are until they are opened. They last 12 hours, so there are not many."""
    if subject.user is None:
        return
    open_ones = Session.objects.filter(expire_date__gt=timezone.now()).order_by("pk")
    for session in open_ones.iterator(chunk_size=500):
        if session.get_decoded().get("_auth_user_id") == str(subject.user.pk):
            yield session


def erase_tokens(subject: Subject) -> Row:
    """Programs that used them are refused from then on. That they were made stays in the record."""
    tokens, _ = ApiToken.objects.filter(user=subject.user).delete()
    KeptAnswer.objects.filter(user=subject.user).delete()
    return {"tokens": tokens}


def erase_saved_views(subject: Subject) -> Row:
    SavedView.objects.filter(owner=subject.user).delete()
    return {}


def erase_messages(subject: Subject) -> Row:
    rows = Notification.objects.of_person(subject.user, subject.addresses).filter(redacted_at__isnull=True)
    return {"messages": redact_messages(rows)}


def redact_messages(rows: QuerySet[Notification]) -> int:
    """Take words and address out; that something was sent stays. What waits is not sent any more."""
    ids = list(rows.select_for_update().order_by("pk").values_list("pk", flat=True))
    locked = Notification.objects.filter(pk__in=ids)
    for waiting in locked.filter(status=NotificationStatus.PENDING):
        change_status(waiting, NotificationStatus.FAILED, NOTIFICATION_TRANSITIONS)
        waiting.save(update_fields=["status"])
    return locked.update(
        subject=REMOVED, body="", to="", last_error="", provider_id="", redacted_at=timezone.now()
    )


def erase_exports(subject: Subject) -> Row:
    """Copies that were made for the person. Their files go with the next sweep."""
    rows = DataExport.objects.filter(person=subject.user).exclude(status=ExportStatus.REMOVED)
    removed = 0
    for export in rows.select_for_update():
        remove_export(export, timezone.now())
        removed += 1
    return {"copies": removed}


def remove_export(locked: DataExport, now: datetime) -> None:
    """The row says so first; the file is deleted after that, so that no row promises a file that is gone."""
    change_status(locked, ExportStatus.REMOVED, EXPORT_TRANSITIONS)
    locked.removed_at = now
    locked.save(update_fields=["status", "removed_at"])
