"""What a person may do with accounts, messages and the record. Shared by services and views."""

from __future__ import annotations

from accounts.models import Role, User


def can_manage_people(user: User) -> bool:
    return user.role == Role.ADMINISTRATOR


def can_change_person(user: User, person: User) -> bool:
    """Nobody changes their own account: so an administrator is always left, and a second one knows."""
    return can_manage_people(user) and user.pk != person.pk


def can_read_record(user: User) -> bool:
    return user.role == Role.ADMINISTRATOR


def can_retry_messages(user: User) -> bool:
    return user.role == Role.ADMINISTRATOR
