"""Tokens of programs, and what the API answered to requests that may be sent again."""

from __future__ import annotations

from datetime import datetime, timedelta

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import TransactionNow
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q

from accounts.models.account import User
from accounts.querysets import ApiTokenQuerySet
from accounts.scopes import in_words

TOKEN_LIFE = timedelta(days=366)  # the longest: 12 months, a leap year's too


class ApiToken(models.Model):
    """With it a program acts for its owner, within its scopes and until it expires.

    The secret was shown once and is kept nowhere: here is its SHA-256, by which a token is found.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_tokens")
    name = models.CharField(max_length=80, help_text="what its owner calls it: where it is used")
    prefix = models.CharField(max_length=13, help_text="how the secret begins, to tell tokens apart")
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=60))
    request_key = models.UUIDField(unique=True, help_text="of the form: sent twice, it makes one token")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=TransactionNow())
    expires_at = models.DateTimeField()
    expiry_warned_at = models.DateTimeField(null=True, blank=True)
    last_used_on = models.DateField(null=True, blank=True, help_text="a day only: not a write each request")
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    revoke_reason = models.TextField(blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = "API token"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["user", "-id"], name="api_token_by_owner"),
            models.Index(fields=["expires_at"], name="api_token_working", condition=Q(revoked_at=None)),
        ]
        constraints = [
            models.CheckConstraint(
                name="api_token_revoked_by_at_and_why",
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True, revoke_reason="")
                | (Q(revoked_at__isnull=False, revoked_by__isnull=False) & ~Q(revoke_reason="")),
            ),
            models.CheckConstraint(name="api_token_has_scopes", condition=Q(scopes__len__gt=0)),
            models.CheckConstraint(
                name="api_token_expires_within_12_months",
                condition=Q(expires_at__gt=F("created_at"), expires_at__lte=F("created_at") + TOKEN_LIFE),
            ),
            models.CheckConstraint(
                name="api_token_secret_is_hashed", condition=Q(digest__regex=r"^[0-9a-f]{64}$")
            ),
        ]
        triggers = [
            # What a token is for and how long is settled when it is made; a new one is made for more.
            pgtrigger.ReadOnly(
                name="api_token_facts",
                fields=["user", "prefix", "digest", "scopes", "created_by", "created_at", "expires_at"],
            ),
            pgtrigger.Protect(
                name="revoked_for_good",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__revoked_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def record_label(self) -> str:
        """Without the name, in which its owner may have written anything."""
        return f"API token {self.prefix}…"

    def state_at(self, now: datetime) -> TokenState:
        if self.revoked_at:
            return TokenState.REVOKED
        return TokenState.EXPIRED if self.expires_at <= now else TokenState.WORKING

    @property
    def scopes_in_words(self) -> list[str]:
        return in_words(self.scopes)


class TokenState(models.TextChoices):
    """Read from the dates of a token, not stored."""

    WORKING = "working", "Works"
    EXPIRED = "expired", "Expired"
    REVOKED = "revoked", "Revoked"


class KeptAnswer(models.Model):
    """What the API answered to a request with an Idempotency-Key: sent again, it gets the same answer."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=80)
    request_hash = models.CharField(max_length=64, help_text="SHA-256 of method, address, type and body")
    status_code = models.PositiveSmallIntegerField(default=0, help_text="0 while the first is under way")
    body = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    location = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=TransactionNow())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_answer_a_key")]
        indexes = [models.Index(fields=["created_at"], name="kept_answer_by_age")]

    def __str__(self) -> str:
        return f"Answer {self.status_code} to {self.key}"
