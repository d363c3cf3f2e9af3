"""What an API token may be for. The settings name the scopes: this room need not know what they mean."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True)
class Scope:
    name: str
    label: str
    roles: frozenset[str]


def all_scopes() -> list[Scope]:
    """In the order of the settings: API_SCOPES maps a name to what it allows in words, and to the roles."""
    return [Scope(name, label, frozenset(roles)) for name, (label, roles) in settings.API_SCOPES.items()]


def scopes_for(role: str) -> list[Scope]:
    """What the token of somebody with this role may be for."""
    return [scope for scope in all_scopes() if role in scope.roles]


def in_words(names: list[str]) -> list[str]:
    """Labels; the name itself of a scope that the service no longer has."""
    labels = {scope.name: scope.label for scope in all_scopes()}
    return [labels.get(name, name) for name in names]
