"""What assurers have to do and can check, and what a check needs: the facts that checks are allocated by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Role, User
from applications.choices import RentalModel, VehicleClass
from applications.models.company import FleetCount
from applications.working_days import days_left
from assurance.bars import Bar, Standing, standing_between
from assurance.models import IN_HAND, AssurerSkills, BarOverride, PlanCheck
from assurance.sharing import Share, Sharer, load_of
from codeofpractice.models import Edition

Needs = dict[str, str]  # a key, and what it is called


@dataclass(frozen=True)
class Workload:
    """What everybody has to do, and whom a bar keeps from which check."""

    sharers: dict[int, Sharer]
    needs: dict[int, Needs]  # by check
    standing: Standing

    def share(self, check: PlanCheck, users: Collection[User]) -> Share:
        barred = frozenset(user.pk for user in users if self.standing.left(user, check))
        return Share(check.pk, frozenset(self.needs[check.pk]), barred)

    def lacking(self, user: User, check: PlanCheck) -> list[str]:
        """What the check needs and the assurer cannot do, in words."""
        needs, skills = self.needs[check.pk], self.sharers[user.pk].skills
        return [words for key, words in needs.items() if key not in skills]


def assurers() -> QuerySet[User]:
    return User.objects.get_queryset().filter(role=Role.ASSURER, is_active=True).order_by("name", "pk")


def read_workload(users: Sequence[User], checks: Sequence[PlanCheck]) -> Workload:
    """Of checks with their company and edition, in a fixed number of queries."""
    return Workload(_sharers(users), _needs(checks), standing_between(users, checks))


def _sharers(users: Sequence[User]) -> dict[int, Sharer]:
    today = timezone.localdate()
    held, load = Counter[int](), Counter[int]()
    going_on = PlanCheck.objects.filter(assurer__in=users, status__in=IN_HAND)
    for user, due_on, region in going_on.values_list("assurer", "due_on", "membership__company__home_region"):
        held[user] += 1
        load[user] += load_of(None if due_on is None else days_left(today, due_on, region))
    known = {row.user_id: row for row in AssurerSkills.objects.filter(user__in=users)}
    editions: dict[int, list[int]] = {}
    ties = AssurerSkills.editions.through.objects.filter(assurerskills__user__in=users)
    for user, edition in ties.values_list("assurerskills__user", "edition"):
        editions.setdefault(user, []).append(edition)
    return {
        user.pk: Sharer(
            key=user.pk,
            load=load[user.pk],
            held=held[user.pk],
            capacity=known[user.pk].capacity if user.pk in known else None,
            skills=_skills(known.get(user.pk), editions.get(user.pk, [])),
        )
        for user in users
    }


def _skills(known: AssurerSkills | None, editions: Iterable[int]) -> frozenset[str]:
    if known is None:
        return frozenset()
    return frozenset([*known.rental_models, *known.vehicle_classes, *(f"edition {key}" for key in editions)])


def _needs(checks: Sequence[PlanCheck]) -> dict[int, Needs]:
    companies = [check.membership.company_id for check in checks]
    classes: dict[int, list[str]] = {}
    fleet = FleetCount.objects.filter(company__in=companies, vehicles__gt=0).order_by("vehicle_class")
    for key, vehicle_class in fleet.values_list("company", "vehicle_class"):
        classes.setdefault(key, []).append(vehicle_class)
    found = {}
    for check in checks:
        company = check.membership.company
        needs = {key: RentalModel(key).label for key in company.rental_models}
        needs |= {key: VehicleClass(key).label for key in classes.get(company.pk, [])}
        if check.plan_version is not None:
            edition: Edition = check.plan_version.edition
            needs[f"edition {edition.pk}"] = edition.title
        found[check.pk] = {key: str(words) for key, words in needs.items()}
    return found


@dataclass(frozen=True)
class Candidate:
    """An assurer as the allocation form shows them."""

    user: User
    sharer: Sharer
    lacking: list[str]
    bars: list[Bar]  # those that stand
    override: BarOverride | None

    @property
    def is_able(self) -> bool:
        return not self.bars

    @property
    def can_be_overridden(self) -> bool:
        return all(bar.can_be_overridden for bar in self.bars)

    @property
    def hint(self) -> str:
        """How much they have to do, and how well they fit."""
        held, capacity = self.sharer.held, self.sharer.capacity
        has = f"Has {held} open check{'' if held == 1 else 's'}"
        parts = [has if capacity is None else f"{has} and can take {capacity}"]
        if urgent := self.sharer.load - held:
            parts.append(f"{urgent} due soon or overdue")
        parts.append(
            f"Not recorded as able to check: {', '.join(self.lacking)}" if self.lacking else "Has the skills"
        )
        if self.override is not None:
            parts.append(f"{self.override.in_words} overridden by {self.override.by}")
        return ". ".join(parts)


def barred_leads(check: PlanCheck) -> list[tuple[User, list[Bar]]]:
    """Leads who cannot read or decide, with what bars them; another lead can override it."""
    leads = list(User.objects.get_queryset().filter(role=Role.LEAD, is_active=True).order_by("name", "pk"))
    standing = standing_between(leads, [check])
    return [(lead, bars) for lead in leads if (bars := standing.left(lead, check))]


def candidates_for(check: PlanCheck) -> list[Candidate]:
    """Every assurer, those who fit best first; the barred with their bars."""
    users = list(assurers())
    workload = read_workload(users, [check])
    found = [
        Candidate(
            user=user,
            sharer=workload.sharers[user.pk],
            lacking=workload.lacking(user, check),
            bars=workload.standing.left(user, check),
            override=workload.standing.override(user, check),
        )
        for user in users
    ]
    return sorted(found, key=lambda one: (bool(one.lacking), one.sharer.load, one.user.name, one.user.pk))
