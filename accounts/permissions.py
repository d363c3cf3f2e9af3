"""What a person may do with accounts, messages and the record. Shared by services and views."""

from __future__ import annotations

from accounts.models import ApiToken, Role, User
from accounts.scopes import scopes_for


def can_manage_people(user: User) -> bool:
    return user.role == Role.ADMINISTRATOR


def can_change_person(user: User, person: User) -> bool:
    """Nobody changes their own account: so an administrator is always left, and a second one knows."""
    return can_manage_people(user) and user.pk != person.pk


def can_copy_for_others(user: User) -> bool:
    """Make a copy for somebody who cannot sign in, after their request was verified."""
    return user.role == Role.ADMINISTRATOR


def can_ask_erasure(user: User, person: User) -> bool:
    """One's own, but for staff; and an administrator that of who cannot sign in any more, staff included."""
    if person.erased_at:
        return False
    if user.pk == person.pk:
        return not user.is_dft
    return can_change_person(user, person) and not person.is_active


def can_cancel_erasure(user: User, person: User) -> bool:
    return user.pk == person.pk or can_change_person(user, person)


def can_manage_retention(user: User) -> bool:
    return user.role == Role.ADMINISTRATOR


def can_read_record(user: User) -> bool:
    return user.role == Role.ADMINISTRATOR


def can_retry_messages(user: User) -> bool:
    return user.role == Role.ADMINISTRATOR


def can_have_tokens(user: User) -> bool:
    """Who has something to do over the API: some scope is open to the role."""
    return user.is_active and bool(scopes_for(user.role))


def can_see_tokens(user: User) -> bool:
    """One's own, or, as an administrator, those of others (never a secret)."""
    return user.role == Role.ADMINISTRATOR or can_have_tokens(user)


def can_revoke_token(user: User, token: ApiToken) -> bool:
    return user.role == Role.ADMINISTRATOR or token.user_id == user.pk
