from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth.base_user import BaseUserManager
from django.db import models
from django.db.models.functions import Upper

from accounts.words import one_line

if TYPE_CHECKING:
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

EXPIRY_WARNING = timedelta(days=14)


def confirmed_addresses(user: Any) -> frozenset[str]:
    """In lower case."""
    rows = user.emailaddress_set.filter(verified=True)
    return frozenset(address.lower() for address in rows.values_list("email", flat=True))


class UserQuerySet(models.QuerySet["User"]):
    def visible_to(self, user: Any) -> UserQuerySet:
        """Administrators see everybody's account; nobody else sees a list of people."""
        return self if user.is_authenticated and user.role == "administrator" else self.none()

    def matching(self, words: str) -> UserQuerySet:
        """Every word in the name or in the address."""
        found = self
        for word in one_line(words).split()[:10]:
            found = found.filter(models.Q(name__icontains=word) | models.Q(email__icontains=word))
        return found


class UserManager(BaseUserManager["User"]):
    use_in_migrations = True

    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def visible_to(self, user: Any) -> UserQuerySet:
        return self.get_queryset().visible_to(user)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user: User = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, role="administrator", is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class NotificationQuerySet(models.QuerySet["Notification"]):
    def pending(self) -> NotificationQuerySet:
        return self.filter(status="pending")

    def visible_to(self, user: Any) -> NotificationQuerySet:
        """What was sent to this person, and to nobody else.

        Also what went to an address that they have confirmed: as a security contact, or with an invitation,
        before they had an account. Their addresses are asked for first: as a subquery, the two indexes
        would not be used.
        """
        if not user.is_authenticated:
            return self.none()
        return self.of_person(user, confirmed_addresses(user))

    def of_person(self, user: User | None, addresses: Iterable[str]) -> NotificationQuerySet:
        """To the account, or to one of the addresses and to no account."""
        written = models.Q(user=None, to__in=[])
        if wanted := sorted({address.upper() for address in addresses}):
            written = models.Q(user=None, to_upper__in=wanted)
        rows = self.alias(to_upper=Upper("to"))
        return rows.filter(written | models.Q(user=user)) if user else rows.filter(written)

    def failed_for(self, user: Any) -> NotificationQuerySet:
        """What did not arrive, to whomever it was: could not be sent or came back. For administrators."""
        if user.is_authenticated and user.role == "administrator":
            return self.filter(status__in=["failed", "bounced"], redacted_at__isnull=True)
        return self.none()

    def sent_to(self, email: str) -> NotificationQuerySet:
        """Whoever wrote the address, and however."""
        return self.filter(to__iexact=email)


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def visible_to(self, user: Any) -> AuditEventQuerySet:
        """The whole record is the administrators'; others see the history of a row on that row's page."""
        return self if user.is_authenticated and user.role == "administrator" else self.none()


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, user: Any) -> SavedViewQuerySet:
        """One's own; an administrator's too are the administrator's own."""
        return self.filter(owner=user) if user.is_authenticated else self.none()

    def of(self, page: str) -> SavedViewQuerySet:
        """Of the list with this name of its address."""
        return self.filter(page=page)


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def visible_to(self, user: Any) -> ApiTokenQuerySet:
        """One's own; administrators see everybody's. The secret is nowhere to be seen."""
        if not user.is_authenticated:
            return self.none()
        return self if user.role == "administrator" else self.filter(user=user)

    def in_state(self, state: str, now: datetime) -> ApiTokenQuerySet:
        if state == "revoked":
            return self.filter(revoked_at__isnull=False)
        unrevoked = self.filter(revoked_at__isnull=True)
        return (
            unrevoked.filter(expires_at__gt=now)
            if state == "working"
            else unrevoked.filter(expires_at__lte=now)
        )

    def matching(self, words: str) -> ApiTokenQuerySet:
        """Every word in the token's name or beginning, or in its owner's name or address."""
        found = self
        for word in words.split()[:10]:
            found = found.filter(
                models.Q(name__icontains=word)
                | models.Q(prefix__startswith=word)
                | models.Q(user__name__icontains=word)
                | models.Q(user__email__icontains=word)
            )
        return found

    def expiring_unwarned(self, now: datetime) -> ApiTokenQuerySet:
        """Working tokens with at most 14 days to go, of which their owners have not been told."""
        return self.in_state("working", now).filter(
            expires_at__lte=now + EXPIRY_WARNING, expiry_warned_at__isnull=True, user__is_active=True
        )


class DataExportQuerySet(models.QuerySet["DataExport"]):
    def visible_to(self, user: Any) -> DataExportQuerySet:
        """Who asked for a copy, and nobody else: an administrator does not open a person's own."""
        return self.filter(requested_by=user) if user.is_authenticated else self.none()

    def for_others(self) -> DataExportQuerySet:
        """Made by an administrator for somebody who cannot sign in."""
        return self.exclude(person=models.F("requested_by"))

    def under_way(self) -> DataExportQuerySet:
        return self.filter(status__in=["pending", "running"])

    def to_remove(self, now: datetime) -> DataExportQuerySet:
        """Whose days are over, and removed ones whose file is still there."""
        return self.filter(
            models.Q(status="ready", expires_at__lte=now)
            | (models.Q(status="removed") & ~models.Q(storage_name=""))
        )


class ErasureRequestQuerySet(models.QuerySet["ErasureRequest"]):
    def visible_to(self, user: Any) -> ErasureRequestQuerySet:
        """One's own, and all for an administrator."""
        if not user.is_authenticated:
            return self.none()
        return self if user.role == "administrator" else self.filter(person=user)

    def waiting(self) -> ErasureRequestQuerySet:
        return self.filter(status="waiting")


class RetentionRunQuerySet(models.QuerySet["RetentionRun"]):
    def visible_to(self, user: Any) -> RetentionRunQuerySet:
        return self if user.is_authenticated and user.role == "administrator" else self.none()

    def open(self) -> RetentionRunQuerySet:
        return self.filter(status__in=["pending", "reported", "approved", "failed"])
