from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.base_user import BaseUserManager
from django.db import models

if TYPE_CHECKING:
    from accounts.models import AuditEvent, Notification, User


class UserQuerySet(models.QuerySet["User"]):
    def visible_to(self, user: Any) -> UserQuerySet:
        """Administrators see everybody's account; nobody else sees a list of people."""
        return self if user.is_authenticated and user.role == "administrator" else self.none()

    def matching(self, words: str) -> UserQuerySet:
        """Every word in the name or in the address."""
        found = self
        for word in words.split()[:10]:
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
        """What was sent to this person, and to nobody else."""
        return self.filter(user=user) if user.is_authenticated else self.none()

    def failed_for(self, user: Any) -> NotificationQuerySet:
        """What could not be sent to anybody, for administrators."""
        if user.is_authenticated and user.role == "administrator":
            return self.filter(status="failed")
        return self.none()


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def visible_to(self, user: Any) -> AuditEventQuerySet:
        """The whole record is the administrators'; others see the history of a row on that row's page."""
        return self if user.is_authenticated and user.role == "administrator" else self.none()
