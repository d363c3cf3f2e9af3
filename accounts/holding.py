"""How a room says what it holds about people, and when that goes; its list is its personal_data.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import ProtectedError

from accounts.models import Role, User
from accounts.querysets import confirmed_addresses

Row = dict[str, Any]
COMPANY_ROLES = frozenset({Role.COMPANY})
STAFF = frozenset({Role.ASSURER, Role.LEAD, Role.ADMINISTRATOR})
EVERYBODY = frozenset(Role)

PUBLIC_TASK = "Running the scheme is a task in the public interest"
SECURITY = "Keeping the service secure is part of that task"
RIGHTS = "The law asks us to answer such requests, and to show that we did"


@dataclass(frozen=True)
class Subject:
    """Whose data: a person with an account, and their confirmed addresses; or an address without one."""

    user: User | None
    addresses: frozenset[str]  # in lower case

    @classmethod
    def of_person(cls, user: User) -> Subject:
        return cls(user, confirmed_addresses(user) | {user.email.lower()})

    @classmethod
    def of_address(cls, email: str) -> Subject:
        return cls(None, frozenset({email.strip().lower()}))


@dataclass(frozen=True)
class Holding:
    """One kind of personal data. `fields` are Model.field of the room, or app.Model.field of a package.

    `collect` gives what a copy shows of it, about this person alone; `erase` does what an erasure does, in a
    transaction that has locked the person, and returns what the record is to say of it.
    """

    key: str
    title: str
    what: str
    whose: str
    why: str
    kept: str
    at_the_end: str
    on_erasure: str
    fields: tuple[str, ...]
    collect: Callable[[Subject], Iterable[Row]]
    erase: Callable[[Subject], Row] | None = None
    roles: frozenset[str] = EVERYBODY  # to whom the page about one's own data shows it


@dataclass(frozen=True)
class RoomRegister:
    """What one room holds, the text fields that hold nothing about people and why not, and its rules."""

    holdings: tuple[Holding, ...]
    not_about_people: dict[str, tuple[str, ...]]  # the reason, and the fields
    rules: tuple[RetentionRule, ...] = ()
    obstacles: tuple[Callable[[User], list[str]], ...] = ()  # why a person cannot be erased now, in words
    # Rows that an erasure takes the person out of. They are locked before the person is; both return ids.
    ties: Callable[[User], frozenset[int]] | None = None
    lock_ties: Callable[[User], frozenset[int]] | None = None


@dataclass(frozen=True)
class RetentionRule:
    """What goes when: `due` finds the rows whose time is over, `remove` does it to rows that are locked.

    `remove` returns the ids that it dealt with; the others are in use and stay.
    """

    key: str
    what: str
    after: str
    action: str
    model: type[models.Model]
    due: Callable[[datetime], models.QuerySet[Any]]
    since: str  # the field, or annotation of `due`, from which the time counts
    remove: Callable[[Sequence[Any]], Iterable[Any]]
    shows_ids: bool = True


def delete_rows(model: type[models.Model]) -> Callable[[Sequence[Any]], list[Any]]:
    """Delete the rows and what belongs to them; one that something else rests on stays."""

    def delete(ids: Sequence[Any]) -> list[Any]:
        try:
            with transaction.atomic():
                model._default_manager.filter(pk__in=ids).delete()
                return list(ids)
        except ProtectedError:
            return [pk for pk in ids if _is_deleted(model, pk)]

    return delete


def _is_deleted(model: type[models.Model], pk: Any) -> bool:
    try:
        with transaction.atomic():
            return bool(model._default_manager.filter(pk=pk).delete()[0])
    except ProtectedError:
        return False


def deeds(
    model: type[models.Model], what: str, *, by: str, at: str, label: str = ""
) -> Callable[[Subject], list[Row]]:
    """Rows that name the person as who did something: what, when, and in which row; not its content."""

    def collect(subject: Subject) -> list[Row]:
        if subject.user is None:
            return []
        rows = model._default_manager.filter(**{by: subject.user}).order_by("pk")
        names = ("pk", at, *((label,) if label else ()))
        return [
            {"what": what, "on": row[1], "number": row[0], **({"of": row[2]} if label else {})}
            for row in rows.values_list(*names).iterator(chunk_size=2000)
        ]

    return collect


def together(*collectors: Callable[[Subject], Iterable[Row]]) -> Callable[[Subject], list[Row]]:
    return lambda subject: [row for collect in collectors for row in collect(subject)]
