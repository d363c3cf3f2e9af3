"""The frame of a round: who could be drawn, what is on record about each, and the strata that follow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import models
from django.utils import timezone

from applications.choices import COMMERCIAL_CLASSES, FleetBand, Region, RentalModel
from applications.models import (
    Membership,
    MembershipEvent,
    MembershipEventKind,
    MembershipOrigin,
    MembershipStatus,
    SecurityContact,
)
from applications.models.company import FleetCount
from applications.models.contact import ContactStanding, SecurityContactKind
from assurance.allocation import StratumSize
from assurance.models import TO_DO, CheckOutcome, CheckStatus, CorrectiveAction, PlanCheck
from assurance.models.selection import StratifyBy
from assurance.risk import Risk, RiskBand, RiskRule
from codeofpractice.models import PlanVersion, PlanVersionStatus

LATELY = timedelta(days=730)
SEVERAL, NONE = "several", "none"
WITHOUT_MEETING = frozenset({RentalModel.CAR_CLUB, RentalModel.PEER_TO_PEER})
LARGE = frozenset({FleetBand.LARGE, FleetBand.VERY_LARGE})
KEPT_CODE = frozenset({CheckOutcome.MET, CheckOutcome.MET_WITH_ACTIONS})
DID_NOT = frozenset({CheckOutcome.NOT_MET, CheckOutcome.NO_RESPONSE})

WORDS: dict[str, dict[str, str]] = {
    StratifyBy.FLEET: {**dict(FleetBand.choices), NONE: "Fleet not stated"},
    StratifyBy.MODEL: {
        **dict(RentalModel.choices),
        SEVERAL: "Several rental models",
        NONE: "No rental model",
    },
    StratifyBy.REGION: {**dict(Region.choices), NONE: "Region not stated"},
    StratifyBy.ORIGIN: {
        MembershipOrigin.DFT: "Joined through DfT",
        MembershipOrigin.PARTNER: "Enrolled by a partner",
    },
    StratifyBy.RISK: {band.value: band.label.lower().replace(" (", " risk (") for band in RiskBand},
}
# How often an answer stands in a key: the order in which the groups of a round are listed.
ORDER = {by: {value: place for place, value in enumerate(words)} for by, words in WORDS.items()}


@dataclass(frozen=True, slots=True)
class Candidate:
    """One member of the frame. `kept_code` is None when DfT never decided about it."""

    pk: int
    number: str
    values: Mapping[str, str]
    risk: Risk
    kept_code: bool | None

    def key(self, by: Sequence[str]) -> str:
        return ";".join(f"{name}={self.values[name]}" for name in by)


@dataclass(frozen=True, slots=True)
class FrameStratum:
    key: str
    label: str
    candidates: tuple[Candidate, ...]

    @property
    def numbers(self) -> list[str]:
        return [row.number for row in self.candidates]

    @property
    def size(self) -> StratumSize:
        checked = [row.kept_code for row in self.candidates if row.kept_code is not None]
        return StratumSize(members=len(self.candidates), checked=len(checked), met=sum(checked))


def eligible_members() -> models.QuerySet[Membership]:
    """Active members without a check that is still going on."""
    going_on = PlanCheck.objects.exclude(status=CheckStatus.DECIDED).values("membership_id")
    return Membership.objects.filter(status=MembershipStatus.ACTIVE).exclude(pk__in=going_on)


def describe_frame() -> list[Candidate]:
    """Everybody who could be drawn now, in the order of their numbers, in 7 queries."""
    today = timezone.localdate()
    facts = _Facts.collect(today)
    rows = eligible_members().order_by("number").values_list(
        "pk", "number", "origin", "company_id", "company__fleet_band", "company__rental_models",
        "company__home_region",
    )  # fmt: skip
    found = []
    for pk, number, origin, company, band, rental_models, region in rows:
        risk = Risk.of(facts.rules_of(pk, company, band, rental_models))
        values = {
            StratifyBy.FLEET.value: band or NONE,
            StratifyBy.MODEL.value: _model_class(rental_models),
            StratifyBy.REGION.value: region or NONE,
            StratifyBy.ORIGIN.value: origin,
            StratifyBy.RISK.value: risk.band.value,
        }
        outcome = facts.outcomes.get(pk)
        found.append(Candidate(pk, number, values, risk, outcome in KEPT_CODE if outcome else None))
    return found


def _model_class(rental_models: Sequence[str]) -> str:
    if len(rental_models) > 1:
        return SEVERAL
    return rental_models[0] if rental_models else NONE


@dataclass(frozen=True, slots=True)
class _Facts:
    """Sets of keys, each found by one query over everybody."""

    with_plan: set[int]
    outcomes: dict[int, str]
    overdue: set[int]
    suspended: set[int]
    commercial: set[int]
    contacts: dict[str, set[int]]

    @classmethod
    def collect(cls, today: date) -> _Facts:
        contacts: dict[str, set[int]] = defaultdict(set)
        current = SecurityContact.objects.filter(until=None).order_by()
        for company, kind, standing in current.values_list("company_id", "kind", "standing"):
            contacts[kind].add(company)
            if kind == SecurityContactKind.CONTACT and standing == ContactStanding.CONFIRMED:
                contacts[standing].add(company)
        submitted = PlanVersion.objects.filter(status=PlanVersionStatus.SUBMITTED).order_by()
        decided = (
            PlanCheck.objects.filter(status=CheckStatus.DECIDED)
            .order_by("membership_id", "-decision__decided_at", "-pk")
            .distinct("membership_id")
        )
        overdue = CorrectiveAction.objects.filter(
            status__in=TO_DO, target_on__lt=today, check_of__status=CheckStatus.DECIDED
        ).order_by()
        suspended = MembershipEvent.objects.filter(
            kind=MembershipEventKind.SUSPENDED, day__gte=today - LATELY
        ).order_by()
        hired_out = FleetCount.objects.filter(vehicle_class__in=COMMERCIAL_CLASSES, vehicles__gt=0)
        return cls(
            with_plan=set(submitted.values_list("plan__membership_id", flat=True)),
            outcomes=dict(decided.values_list("membership_id", "decision__outcome")),
            overdue=set(overdue.values_list("check_of__membership_id", flat=True)),
            suspended=set(suspended.values_list("membership_id", flat=True)),
            commercial=set(hired_out.values_list("company_id", flat=True)),
            contacts=contacts,
        )

    def rules_of(self, member: int, company: int, band: str, rental_models: Sequence[str]) -> list[str]:
        outcome = self.outcomes.get(member)
        applies = {
            RiskRule.NO_PLAN: member not in self.with_plan,
            RiskRule.LAST_NOT_MET: outcome in DID_NOT,
            RiskRule.ACTION_OVERDUE: member in self.overdue,
            RiskRule.CONTACT_UNCONFIRMED: company not in self.contacts[ContactStanding.CONFIRMED],
            RiskRule.COMMERCIAL: company in self.commercial,
            RiskRule.NEVER_CHECKED: outcome is None,
            RiskRule.NOT_IN_PERSON: not WITHOUT_MEETING.isdisjoint(rental_models),
            RiskRule.LARGE: band in LARGE,
            RiskRule.NO_DEPUTY: company not in self.contacts[SecurityContactKind.DEPUTY],
            RiskRule.SUSPENDED_LATELY: member in self.suspended,
        }
        return [rule for rule, does in applies.items() if does]


def strata_of(candidates: Iterable[Candidate], by: Sequence[str]) -> list[FrameStratum]:
    """The groups with at least one member, in the order of the scheme's lists."""
    groups: dict[tuple[str, ...], list[Candidate]] = defaultdict(list)
    for row in candidates:
        groups[tuple(row.values[name] for name in by)].append(row)
    ordered = sorted(groups, key=lambda values: _place(by, values))
    return [
        FrameStratum(
            key=groups[values][0].key(by),
            label=_label(by, values) or "All members",
            candidates=tuple(groups[values]),
        )
        for values in ordered
    ]


def _label(by: Sequence[str], values: Sequence[str]) -> str:
    words = ", ".join(WORDS[name][value] for name, value in zip(by, values, strict=True))
    return words[:1].upper() + words[1:]


def _place(by: Sequence[str], values: Sequence[str]) -> list[int]:
    return [ORDER[name][value] for name, value in zip(by, values, strict=True)]
