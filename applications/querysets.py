"""Who may see which rows: every view and API starts from visible_to."""

from __future__ import annotations

import re
import unicodedata
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

# PostgreSQL refuses words of over 2,046 bytes, and nobody types ten words to find a company.
LONGEST_TERM = 60
MOST_TERMS = 10
MEMBERSHIP_NUMBER = re.compile(r"^\s*rvss[\s\-]*([0-9]{1,9})\s*$", re.IGNORECASE)


def without_marks(word: str) -> str:
    """Llŷn -> Llyn: how a name is typed on a keyboard without its accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))


def letters_and_digits(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFC", word) if c.isalnum()).lower()[:LONGEST_TERM]


def search_words(*texts: str) -> str:
    """What `text_query` can find: each word whole, in its parts, and without its accents."""
    found: dict[str, None] = {}
    for word in " ".join(texts).split():
        for form in (word, without_marks(word)):
            for part in (form, *re.split(r"[\W_]+", form)):
                if term := letters_and_digits(part):
                    found[term] = None
    return " ".join(found)


def text_query(words: str) -> SearchQuery | None:
    """A prefix search for every word typed; None when there is nothing to search for."""
    terms = [letters_and_digits(word) for word in words.split()]
    terms = [term for term in terms if term][:MOST_TERMS]
    if not terms:
        return None
    return SearchQuery(" & ".join(f"{term}:*" for term in terms), search_type="raw", config="simple")


def membership_number(words: str) -> str | None:
    """RVSS-000123 from any way of writing it, or None when the words are no membership number."""
    match = MEMBERSHIP_NUMBER.match(words)
    return f"RVSS-{int(match[1]):06d}" if match else None


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
        """By company, or by the application's own reference."""
        if words.strip().upper().startswith("RVSS-"):
            return self.filter(reference=words.strip().upper())
        query = text_query(words)
        return self.filter(company__search=query) if query else self

    def with_answers(self) -> ApplicationQuerySet:
        """Everything that applications.answers reads, in a fixed number of queries."""
        return self.select_related("company").prefetch_related(
            "company__trading_names",
            "company__fleet",
            "company__sites",
            "company__trade_bodies",
            "company__security_contacts",
        )

    def open_to(self, user: Viewer) -> ApplicationQuerySet:
        """What this person's companies have under way: shown to whoever comes back."""
        return self.visible_to(user).filter(status__in=["draft", "submitted", "question"])


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
        number = membership_number(words)
        if number:
            return self.filter(number=number)
        query = text_query(words)
        return self.filter(company__search=query) if query else self
