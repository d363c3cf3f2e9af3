"""To which companies a point applies: a small rule that an edition's YAML writes down, and its words.

A rule is a mapping of conditions that must all hold; an empty one holds for every company. docs/editions.md
lists the conditions, editions/schema.yaml checks them, and nothing else in the service knows them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from applications.choices import RentalModel, VehicleClass
from applications.models import Company

Rule = Mapping[str, Any]


@dataclass(frozen=True)
class Facts:
    """What a rule can ask about a company. `hires` holds the classes with at least one vehicle."""

    hires: frozenset[str]
    rents_as: frozenset[str]
    fleet_size: int
    sites: int


def facts_of(company: Company) -> Facts:
    return Facts(
        hires=frozenset(row.vehicle_class for row in company.fleet.all() if row.vehicles),
        rents_as=frozenset(company.rental_models),
        fleet_size=company.fleet_size,
        sites=len(company.sites.all()),
    )


HOLDS: dict[str, Callable[[Any, Facts], bool]] = {
    "hires_any_of": lambda value, facts: not facts.hires.isdisjoint(value),
    "rents_as": lambda value, facts: not facts.rents_as.isdisjoint(value),
    "fleet_at_least": lambda value, facts: facts.fleet_size >= value,
    "has_sites": lambda value, facts: (facts.sites > 0) == value,
    "all": lambda value, facts: all(applies(rule, facts) for rule in value),
    "any": lambda value, facts: any(applies(rule, facts) for rule in value),
    "not": lambda value, facts: not applies(value, facts),
}


def applies(rule: Rule, facts: Facts) -> bool:
    """Does the rule hold for a company with these facts? KeyError for a condition that nobody knows."""
    return all(HOLDS[name](value, facts) for name, value in rule.items())


# In the middle of a sentence; the labels of the form stand alone.
RENTS_AS_WORDS: dict[str, str] = {
    RentalModel.COUNTER: "rent out from a counter or depot",
    RentalModel.DELIVERY: "deliver vehicles to the hirer",
    RentalModel.CAR_CLUB: "run a car club",
    RentalModel.PEER_TO_PEER: "run a peer-to-peer platform",
}
NOT_RENTS_AS_WORDS: dict[str, str] = {
    RentalModel.COUNTER: "do not rent out from a counter or depot",
    RentalModel.DELIVERY: "do not deliver vehicles to the hirer",
    RentalModel.CAR_CLUB: "do not run a car club",
    RentalModel.PEER_TO_PEER: "do not run a peer-to-peer platform",
}


def _listed(words: list[str], last: str) -> str:
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else words[0]


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def _condition(name: str, value: Any, *, holds: bool) -> str:
    if name == "hires_any_of":
        classes = _listed([_lower_first(VehicleClass(each).label) for each in value], "or")
        return f"{'hire out' if holds else 'do not hire out'} {classes}"
    if name == "rents_as":
        words = RENTS_AS_WORDS if holds else NOT_RENTS_AS_WORDS
        return _listed([words[each] for each in value], "or" if holds else "and")
    if name == "fleet_at_least":
        return f"have {value:,} vehicles or more" if holds else f"have fewer than {value:,} vehicles"
    if name == "has_sites":
        return "have sites of their own" if value == holds else "have no sites of their own"
    if name == "not":
        return _rule(value, holds=not holds)
    # Of a denied list, "all" and "any" change places.
    parts = [_rule(rule, holds=holds) for rule in value]
    return _joined(parts, every=(name == "all") == holds)


def _rule(rule: Rule, *, holds: bool) -> str:
    return _joined([_condition(name, value, holds=holds) for name, value in rule.items()], every=holds)


def _joined(parts: list[str], *, every: bool) -> str:
    if len(parts) == 1:
        return parts[0]
    if every:
        return _listed(parts, "and")
    return f"either {_listed(parts, 'or')}"


def in_words(rule: Rule) -> str:
    """To whom a point with this rule applies, as a sentence without its full stop."""
    if not rule:
        return "For every company"
    return f"Only for companies that {_rule(rule, holds=True)}"
