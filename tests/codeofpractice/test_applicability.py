"""The rule that says to whom a point applies: what it means and how it reads."""

from __future__ import annotations

import itertools

import pytest

from codeofpractice.applicability import Facts, Rule, applies, facts_of, in_words
from tests import factories as make

VANS = Facts(hires=frozenset({"van", "car"}), rents_as=frozenset({"counter"}), fleet_size=40, sites=2)
PLATFORM = Facts(hires=frozenset({"car"}), rents_as=frozenset({"peer_to_peer"}), fleet_size=9, sites=0)


@pytest.mark.parametrize(
    ("rule", "vans", "platform", "words"),
    [
        ({}, True, True, "For every company"),
        (
            {"hires_any_of": ["van", "truck", "horsebox"]},
            True,
            False,
            "Only for companies that hire out vans and pick-ups up to 3.5 tonnes, goods vehicles over 3.5 "
            "tonnes or horseboxes",
        ),
        ({"rents_as": ["peer_to_peer"]}, False, True, "Only for companies that run a peer-to-peer platform"),
        ({"fleet_at_least": 40}, True, False, "Only for companies that have 40 vehicles or more"),
        ({"fleet_at_least": 1000}, False, False, "Only for companies that have 1,000 vehicles or more"),
        ({"has_sites": False}, False, True, "Only for companies that have no sites of their own"),
        (
            {"hires_any_of": ["car"], "has_sites": True},
            True,
            False,
            "Only for companies that hire out cars and have sites of their own",
        ),
        (
            {"any": [{"fleet_at_least": 30}, {"rents_as": ["car_club"]}]},
            True,
            False,
            "Only for companies that either have 30 vehicles or more or run a car club",
        ),
        (
            {"all": [{"hires_any_of": ["car"]}, {"not": {"rents_as": ["counter", "delivery"]}}]},
            False,
            True,
            "Only for companies that hire out cars and do not rent out from a counter or depot and do not "
            "deliver vehicles to the hirer",
        ),
        (
            {"not": {"any": [{"fleet_at_least": 10}, {"has_sites": True}]}},
            False,
            True,
            "Only for companies that have fewer than 10 vehicles and have no sites of their own",
        ),
        (
            {"not": {"hires_any_of": ["car"], "fleet_at_least": 10}},
            False,
            True,
            "Only for companies that either do not hire out cars or have fewer than 10 vehicles",
        ),
    ],
)
def test_a_rule_means_what_it_says(rule: Rule, vans: bool, platform: bool, words: str) -> None:
    assert applies(rule, VANS) is vans
    assert applies(rule, PLATFORM) is platform
    assert in_words(rule) == words


def test_not_turns_every_rule_round() -> None:
    rules: list[Rule] = [
        {"hires_any_of": ["van"]},
        {"rents_as": ["counter", "peer_to_peer"]},
        {"fleet_at_least": 10},
        {"has_sites": True},
    ]
    for first, second in itertools.product(rules, repeat=2):
        for name in ("all", "any"):
            rule = {name: [first, second]}
            for facts in (VANS, PLATFORM):
                assert applies({"not": rule}, facts) is not applies(rule, facts)


def test_a_condition_that_nobody_knows_is_an_error_and_not_a_no() -> None:
    with pytest.raises(KeyError):
        applies({"wishes": True}, VANS)


@pytest.mark.django_db
def test_the_facts_of_a_company_leave_out_classes_without_vehicles() -> None:
    company = make.CompanyFactory(
        rental_models=["counter", "delivery"], fleet_rows={"car": 3, "van": 0}, cars=3, vans=0
    )
    assert facts_of(company) == Facts(frozenset({"car"}), frozenset({"counter", "delivery"}), 3, 1)
