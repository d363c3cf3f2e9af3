"""The register of processing: what every room holds about people, in one place."""

from __future__ import annotations

from dataclasses import dataclass

import accounts.personal_data
import applications.personal_data
import assurance.personal_data
import codeofpractice.personal_data
import reviews.personal_data
from accounts.holding import Holding, RetentionRule, RoomRegister
from accounts.models import User

ROOMS: dict[str, RoomRegister] = {
    "accounts": accounts.personal_data.REGISTER,
    "applications": applications.personal_data.REGISTER,
    "codeofpractice": codeofpractice.personal_data.REGISTER,
    "assurance": assurance.personal_data.REGISTER,
    "reviews": reviews.personal_data.REGISTER,
}
HOLDINGS: tuple[Holding, ...] = tuple(each for room in ROOMS.values() for each in room.holdings)
RULES: dict[str, RetentionRule] = {rule.key: rule for room in ROOMS.values() for rule in room.rules}


def holdings_for(user: User) -> list[Holding]:
    """What the service may hold about somebody in this role."""
    return [holding for holding in HOLDINGS if user.role in holding.roles]


def obstacles_to_erasing(user: User) -> list[str]:
    """Why the person cannot be erased as things stand, in words; empty when they can."""
    return [words for room in ROOMS.values() for find in room.obstacles for words in find(user)]


def lock_ties_of(user: User) -> dict[str, frozenset[int]]:
    """Before the person's own row is locked, as every service does. Returns what it locked."""
    return {name: room.lock_ties(user) for name, room in ROOMS.items() if room.lock_ties}


def ties_of(user: User) -> dict[str, frozenset[int]]:
    return {name: room.ties(user) for name, room in ROOMS.items() if room.ties}


@dataclass(frozen=True)
class DeclaredField:
    room: str
    name: str  # Model.field, or app.Model.field of a package


def declared_fields() -> list[DeclaredField]:
    return [
        DeclaredField(name, each)
        for name, room in ROOMS.items()
        for group in (
            *(holding.fields for holding in room.holdings),
            *room.not_about_people.values(),
        )
        for each in group
    ]
