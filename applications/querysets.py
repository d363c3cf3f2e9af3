"""Who may see which rows: every view and API starts from visible_to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.search import SearchQuery
from django.db import models

from accounts.models import User

if TYPE_CHECKING:
    from applications.models.application import Application
    from applications.models.company import Company
    from applications.models.membership import Membership

Viewer = User | AnonymousUser


def text_query(words: str) -> SearchQuery | None:
    """A prefix search for every word typed; None when there is nothing to search for."""
    terms = ["".join(c for c in word if c.isalnum()) for word in words.split()]
    terms = [term.lower() for term in terms if term]
    if not terms:
        return None
    return SearchQuery(" & ".join(f"{term}:*" for term in terms), search_type="raw", config="simple")


class CompanyQuerySet(models.QuerySet["Company"]):
    def visible_to(self, user: Viewer) -> CompanyQuerySet:
        if not isinstance(user, User):
            return self.none()
        if user.is_dft:
            return self
        return self.filter(people__user=user)

    def matching(self, words: str) -> CompanyQuerySet:
        query = text_query(words)
        return self.filter(search=query) if query else self


class ApplicationQuerySet(models.QuerySet["Application"]):
    def visible_to(self, user: Viewer) -> ApplicationQuerySet:
        """A company's people see its applications; DfT sees those that were sent to it."""
        if not isinstance(user, User):
            return self.none()
        if user.is_dft:
            return self.filter(submitted_at__isnull=False)
        return self.filter(company__people__user=user)

    def matching(self, words: str) -> ApplicationQuerySet:
        query = text_query(words)
        return self.filter(company__search=query) if query else self


class MembershipQuerySet(models.QuerySet["Membership"]):
    def visible_to(self, user: Viewer) -> MembershipQuerySet:
        if not isinstance(user, User):
            return self.none()
        if user.is_dft:
            return self
        return self.filter(company__people__user=user)

    def on_register(self) -> MembershipQuerySet:
        """Members that the public may see: active, and they agreed to be named."""
        return self.filter(status="active", is_listed=True)

    def matching(self, words: str) -> MembershipQuerySet:
        query = text_query(words)
        return self.filter(company__search=query) if query else self
