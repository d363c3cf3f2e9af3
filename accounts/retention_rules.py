"""What this room removes when its time is over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, QuerySet

from accounts.erasing import redact_messages
from accounts.holding import RetentionRule, delete_rows
from accounts.models import DataExport, ExportStatus, Notification, NotificationStatus, Role, User

UNCONFIRMED_FOR = timedelta(days=30)
MESSAGE_WORDS_FOR = timedelta(days=730)
REQUESTS_FOR = timedelta(days=365)
# What an account has before anybody has used it.
OF_THE_ACCOUNT_ALONE = {EmailAddress, Notification, Authenticator}


def unconfirmed_accounts(now: datetime) -> QuerySet[User]:
    """Made by somebody who never confirmed the address, so never signed in; and nothing points to them."""
    confirmed = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
    rows = User.objects.filter(
        ~Exists(confirmed),
        role=Role.COMPANY,
        last_login=None,
        erased_at=None,
        date_joined__lte=now - UNCONFIRMED_FOR,
    )
    relations: Iterable[Any] = User._meta.get_fields(include_hidden=True)
    for relation in relations:
        if not relation.auto_created or relation.concrete or relation.related_model in OF_THE_ACCOUNT_ALONE:
            continue
        if relation.one_to_many or relation.one_to_one:
            pointing = relation.related_model._base_manager.filter(
                **{relation.remote_field.name: OuterRef("pk")}
            )
            rows = rows.filter(~Exists(pointing))
    return rows


def old_messages(now: datetime) -> QuerySet[Notification]:
    rows = Notification.objects.filter(created_at__lte=now - MESSAGE_WORDS_FOR, redacted_at=None)
    return rows.exclude(status=NotificationStatus.PENDING)


def redact_old_messages(ids: Sequence[int]) -> list[int]:
    redact_messages(Notification.objects.filter(pk__in=ids))
    return list(ids)


def old_requests(now: datetime) -> QuerySet[DataExport]:
    return DataExport.objects.filter(
        status__in=[ExportStatus.REMOVED, ExportStatus.FAILED],
        storage_name="",
        requested_at__lte=now - REQUESTS_FOR,
    )


RULES = (
    RetentionRule(
        key="unconfirmed_accounts",
        what="Accounts whose e-mail address was never confirmed",
        after="30 days after they were made",
        action="The account is deleted",
        model=User,
        due=unconfirmed_accounts,
        since="date_joined",
        remove=delete_rows(User),
    ),
    RetentionRule(
        key="messages",
        what="Messages sent to people",
        after="24 months after they were written",
        action="The subject, the text and the address are removed; that a message was sent, and when, stays",
        model=Notification,
        due=old_messages,
        since="created_at",
        remove=redact_old_messages,
    ),
    RetentionRule(
        key="sessions",
        what="Sessions of people who were signed in",
        after="As soon as they have ended, 12 hours after the last sign-in",
        action="The session is deleted",
        model=Session,
        due=lambda now: Session.objects.filter(expire_date__lte=now),
        since="expire_date",
        remove=delete_rows(Session),
        shows_ids=False,  # the id is what the cookie held
    ),
    RetentionRule(
        key="copies",
        what="Requests for a copy of personal data",
        after="12 months after they were made; the copy itself goes after 7 days, without an approval",
        action="The request is deleted; the record of changes still has it",
        model=DataExport,
        due=old_requests,
        since="requested_at",
        remove=delete_rows(DataExport),
    ),
)
