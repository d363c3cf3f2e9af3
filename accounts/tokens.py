"""API tokens: made, found by their secret, used, warned about and revoked."""

from __future__ import annotations

import hashlib
import re
import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import ApiToken, TokenState, User
from accounts.permissions import can_have_tokens, can_revoke_token
from accounts.scopes import in_words, scopes_for
from accounts.services import queue_notification, record_event, require
from accounts.transitions import TransitionRefused

# A beginning of its own lets tools that look for leaked secrets find ours.
BEGINNING = "rvss_"
SECRET = re.compile(rf"{BEGINNING}[A-Za-z0-9_-]{{43}}")
PREFIX_LENGTH = len(BEGINNING) + 8
MOST_TOKENS = 20  # working ones of one person; more is a mistake or a runaway script
NO_TOKENS = "Your role has nothing to do over the API, so it has no tokens"


def digest_secret(secret: str) -> str:
    """Without salt or stretching: nobody guesses 256 random bits, and a token must be found by its hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def find_token(secret: str) -> ApiToken | None:
    """By the hash: how long the look-up takes tells nothing about the secret."""
    if not SECRET.fullmatch(secret):
        return None
    return ApiToken.objects.select_related("user").filter(digest=digest_secret(secret)).first()


def why_refused(token: ApiToken, now: datetime) -> str:
    """Empty for a token that works; otherwise the reason, for whoever holds the secret."""
    state = token.state_at(now)
    if state == TokenState.REVOKED:
        return "This token was revoked."
    if state == TokenState.EXPIRED:
        return f"This token expired on {_day(token.expires_at)}. Make a new one."
    if not token.user.is_active:
        return "The account of this token's owner has been stopped."
    if not can_have_tokens(token.user):
        return "The owner of this token has a role that cannot use the API."
    return ""


def allowed_scopes(token: ApiToken) -> set[str]:
    """Those of the token that its owner's role still has."""
    return set(token.scopes) & {scope.name for scope in scopes_for(token.user.role)}


def note_use(token: ApiToken) -> None:
    """Once a day, whatever the number of requests."""
    today = timezone.localdate()
    if token.last_used_on != today:
        ApiToken.objects.filter(pk=token.pk, revoked_at=None).exclude(last_used_on=today).update(
            last_used_on=today
        )
        token.last_used_on = today


@transaction.atomic
def create_token(
    *, name: str, scopes: Sequence[str], days: int, request_key: uuid.UUID, by: User
) -> tuple[ApiToken, str]:
    """A token of one's own, and its secret, which cannot be had again.

    Raises TransitionRefused when this form was sent before, or when there are too many.
    """
    owner = User.objects.select_for_update().get(pk=by.pk)
    require(can_have_tokens(owner), NO_TOKENS)
    open_to_role = [scope.name for scope in scopes_for(owner.role)]
    require(set(scopes) <= set(open_to_role), "Your role cannot do this over the API")
    if ApiToken.objects.filter(request_key=request_key).exists():
        raise TransitionRefused(
            "This token was made already, and its secret was shown then. If you did not see it, revoke the "
            "token and make a new one."
        )
    now = timezone.now()
    if owner.api_tokens.in_state(TokenState.WORKING, now).count() >= MOST_TOKENS:
        raise TransitionRefused(
            f"You have {MOST_TOKENS} tokens that work. Revoke one that you no longer use."
        )
    secret = BEGINNING + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=owner,
        name=name,
        prefix=secret[:PREFIX_LENGTH],
        digest=digest_secret(secret),
        scopes=[name for name in open_to_role if name in scopes],
        request_key=request_key,
        created_by=by,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    _tell_of_new(token)
    record_event(
        verb="api_token.created",
        target=token,
        by=by,
        data={"scopes": token.scopes, "expires_at": token.expires_at.isoformat()},
    )
    return token, secret


def _tell_of_new(token: ApiToken) -> None:
    _tell_owner(
        token,
        subject="A new API token for your account",
        words=(
            f"The API token “{token.name}” was made with your account. Whoever holds it can:\n\n"
            + "".join(f"- {line}\n" for line in in_words(token.scopes))
            + f"\nIt works until {_day(token.expires_at)}.\n\n"
            "If this was not you, revoke it at once and change your password."
        ),
    )


@transaction.atomic
def revoke_token(*, token: ApiToken, reason: str, by: User) -> None:
    """From the next request on the token opens nothing. For good."""
    locked = ApiToken.objects.select_for_update(of=("self",)).select_related("user").get(pk=token.pk)
    require(can_revoke_token(by, locked), "Only its owner or an administrator can revoke a token")
    if locked.revoked_at:
        raise TransitionRefused("This token has been revoked already.")
    _revoke(locked, reason, by)


def revoke_tokens_of(person: User, *, reason: str, by: User) -> None:
    """All that still work, in the caller's transaction, which has locked the person and checked `by`."""
    working = person.api_tokens.in_state(TokenState.WORKING, timezone.now())
    for token in working.select_for_update(of=("self",)).select_related("user").order_by("pk"):
        _revoke(token, reason, by)


@transaction.atomic
def warn_of_expiry(*, token: ApiToken, now: datetime) -> bool:
    """Tell the owner once, 14 days before; False when there was nothing to tell."""
    locked = (
        ApiToken.objects.expiring_unwarned(now)
        .select_for_update(of=("self",), skip_locked=True)
        .select_related("user")
        .filter(pk=token.pk)
        .first()
    )
    if locked is None:
        return False
    locked.expiry_warned_at = now
    locked.save(update_fields=["expiry_warned_at"])
    _tell_owner(
        locked,
        subject=f"An API token of yours expires on {_day(locked.expires_at)}",
        words=(
            f"The API token “{locked.name}” works until {_day(locked.expires_at)}. If a program still uses "
            "it, make a new token and give it to the program before that day."
        ),
    )
    return True


def _revoke(locked: ApiToken, reason: str, by: User) -> None:
    locked.revoked_at, locked.revoked_by, locked.revoke_reason = timezone.now(), by, reason
    locked.save(update_fields=["revoked_at", "revoked_by", "revoke_reason"])
    who = "You have" if by.pk == locked.user_id else "An administrator has"
    _tell_owner(
        locked,
        subject="An API token of yours was revoked",
        words=(
            f"{who} revoked the API token “{locked.name}”. Programs that use it are refused from now on.\n\n"
            f"The reason given:\n\n{reason}"
        ),
    )
    record_event(verb="api_token.revoked", target=locked, by=by, reason=reason)


def _tell_owner(token: ApiToken, *, subject: str, words: str) -> None:
    queue_notification(
        to=token.user.email,
        user=token.user,
        subject=subject,
        body=(
            f"{words}\n\nIt begins with {token.prefix}. Your tokens: "
            f"{settings.BASE_URL}{reverse('accounts:tokens')}\n"
        ),
    )


def _day(moment: datetime) -> str:
    local = timezone.localtime(moment)
    return f"{local.day} {local:%B %Y}"
