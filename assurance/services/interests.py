"""What ties assurers and leads to companies, and what assurers can check."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import record_event, require
from accounts.transitions import TransitionRefused
from applications.duplicates import name_key
from applications.models import Company, TradeBody
from assurance.models import AssurerSkills, InterestKind, StaffInterest
from assurance.permissions import can_record_interest, can_set_skills
from assurance.services.allocation import take_off_the_barred
from assurance.services.locks import lock_allocation
from codeofpractice.models import Edition

NOT_YOURS = "Only the person, a lead assurer or an administrator keeps what ties somebody to a company"


@dataclass(frozen=True)
class Tie:
    """To a company in the service, to one that is not by its name, or to a trade body."""

    kind: str
    company: Company | None = None
    name: str = ""
    trade_body: TradeBody | None = None
    since: date | None = None
    until: date | None = None

    def same_as(self, other: StaffInterest) -> bool:
        return (
            self.kind == other.kind
            and (self.company.pk if self.company else None) == other.company_id
            and (self.trade_body.pk if self.trade_body else None) == other.trade_body_id
            and (name_key(self.name) if self.name else "") == other.name_key
        )


@transaction.atomic
def record_interest(*, of: User, tie: Tie, reason: str = "", by: User) -> StaffInterest:
    """Record a tie of an assurer or lead; for somebody else with a reason. It bars them from now on."""
    lock_allocation()
    require(can_record_interest(by, of), NOT_YOURS)
    if by.pk != of.pk and not reason.strip():
        raise TransitionRefused("Give the reason for recording this for somebody else.")
    if any(tie.same_as(known) for known in StaffInterest.objects.counting().filter(user=of)):
        raise TransitionRefused("This is recorded already.")
    interest = StaffInterest.objects.create(
        user=of,
        kind=InterestKind(tie.kind),
        company=tie.company,
        trade_body=tie.trade_body,
        name=tie.name,
        name_key=name_key(tie.name) if tie.name else "",
        since=tie.since,
        until=tie.until,
        recorded_by=by,
        reason=reason if by.pk != of.pk else "",
    )
    take_off_the_barred(of, by=by)
    record_event(
        verb="interest.recorded",
        target=interest,
        by=by,
        reason=interest.reason,
        data={"person": of.pk, "kind": interest.kind},
    )
    return interest


@transaction.atomic
def end_interest(*, interest: StaffInterest, reason: str, by: User) -> None:
    """It counts no more, as one that was recorded by mistake; the row stays."""
    lock_allocation()
    require(can_record_interest(by, interest.user), NOT_YOURS)
    if not reason.strip():
        raise TransitionRefused("Give the reason for ending this.")
    counting = StaffInterest.objects.counting().filter(pk=interest.pk)
    if not counting.update(ended_by=by, ended_at=timezone.now(), ended_reason=reason):
        raise TransitionRefused("This was ended already.")
    record_event(
        verb="interest.ended",
        target=interest,
        by=by,
        reason=reason,
        data={"person": interest.user_id, "kind": interest.kind},
    )


@transaction.atomic
def set_skills(
    *,
    of: User,
    rental_models: Collection[str],
    vehicle_classes: Collection[str],
    editions: Collection[Edition],
    capacity: int | None,
    by: User,
) -> AssurerSkills:
    """What an assurer can check, and how many checks at once; what was set before is replaced."""
    lock_allocation()
    require(can_set_skills(by, of), "Only a lead assurer says what an assurer can check")
    skills, _ = AssurerSkills.objects.update_or_create(
        user=of,
        defaults={
            "rental_models": sorted(rental_models),
            "vehicle_classes": sorted(vehicle_classes),
            "capacity": capacity,
        },
    )
    skills.editions.set(editions)
    record_event(
        verb="skills.set",
        target=skills,
        by=by,
        data={
            "person": of.pk,
            "rental_models": skills.rental_models,
            "vehicle_classes": skills.vehicle_classes,
            "editions": sorted(edition.pk for edition in editions),
            "capacity": capacity,
        },
    )
    return skills
