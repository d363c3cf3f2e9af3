"""The stages in order, in one transaction: all of it is there, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from applications.models import Company, Membership
from applications.services.memberships import NUMBER_LOCK
from codeofpractice.models import Edition
from rvss.seeding.checks import Checking
from rvss.seeding.draws import draw_rounds
from rvss.seeding.enrolments import tie_members
from rvss.seeding.joining import Joining
from rvss.seeding.partner_results import Inspecting
from rvss.seeding.plans import Planning
from rvss.seeding.record import Record
from rvss.seeding.sector import make_estimates
from rvss.seeding.shapes import Member, Scale
from rvss.seeding.skills import make_skills
from rvss.seeding.staff import make_bodies, make_staff

MONTHS_18 = timedelta(days=548)
MOST_PLANS = 4000
# Nobody has written a plan in the first days of a membership.
TIME_TO_WRITE = timedelta(days=10)


@dataclass(frozen=True)
class Counts:
    companies: int
    members: int
    plans: int
    checks: int
    events: int


@transaction.atomic
def seed_scheme(*, companies: int, seed: int, until: datetime, edition: Edition) -> Counts:
    """Add made-up companies that joined in the 18 months before `until`.

    The same seed, number and moment give the same rows in an empty database; on top of others they give
    new ones. Keys differ, as sequences do not go back.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        # No trigger is passed over. Where this is not set at all, each of a million rows pays for an error
        # that pgtrigger catches.
        cursor.execute("SELECT set_config('pgtrigger.ignore', '{}', true)")
    scale = Scale(
        companies=companies,
        begin=until - MONTHS_18,
        end=until,
        first_company=Company.objects.count(),
        first_member=_highest_number(),
    )
    name = f"{seed}:{scale.first_company}"
    record, staff, bodies = Record(), make_staff(), make_bodies()
    make_skills(staff, edition)
    joining = Joining(
        rng=_random("joining", name), scale=scale, staff=staff, bodies=bodies, edition=edition, record=record
    )
    members = [member for batch in joining.run() for member in batch if member.is_current]
    _number_and_tie(joining)
    drawn = draw_rounds(members=members, end=until, seed=name, staff=staff, record=record)
    inspecting = Inspecting(
        rng=_random("partner results", name), edition=edition, body=bodies[0], staff=staff, record=record
    )
    drawn += inspecting.run(members=members, drawn=drawn, end=until, seed=name)
    planning = Planning(rng=_random("plans", name), edition=edition, record=record, end=until)
    # One member in twelve of those drawn has sent no plan.
    asked = [entry.member for place, entry in enumerate(drawn) if place % 12 != 11]
    planning.run(_with_plans(members, asked, {entry.member.pk for entry in drawn}, until))
    checking = Checking(rng=_random("checks", name), edition=edition, staff=staff, record=record, end=until)
    checking.run(drawn, planning.submitted)
    make_estimates(timezone.localdate(until))
    return Counts(
        companies=companies,
        members=joining.joined,
        plans=planning.made,
        checks=len(drawn),
        events=record.write(),
    )


def _number_and_tie(joining: Joining) -> None:
    """Numbers go on from the last one; members that came through the partner have a list behind them."""
    first = joining.scale.first_member
    _go_on_from(first + joining.joined)
    tie_members(body=joining.bodies[0], by=joining.staff.partner, after=f"RVSS-{first:06d}")


def _with_plans(members: list[Member], asked: list[Member], drawn: set[int], until: datetime) -> list[Member]:
    """Most members of a small scheme, an even spread over a large one, and those that were asked for it."""
    step = max(1, len(members) // MOST_PLANS)
    chosen = {
        member.pk: member
        for place, member in enumerate(members)
        if place % step == 0 and place % (step * 5) and member.joined_at < until - TIME_TO_WRITE
        if member.pk not in drawn
    }
    chosen.update({member.pk: member for member in asked})
    return [chosen[key] for key in sorted(chosen)]


def _highest_number() -> int:
    """The last membership number that was given; the lock keeps others from taking the next one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NUMBER_LOCK])
    highest = Membership.objects.aggregate(Max("number"))["number__max"]
    return int(highest.removeprefix("RVSS-")) if highest else 0


def _go_on_from(number: int) -> None:
    if number:
        with connection.cursor() as cursor:
            cursor.execute("SELECT setval('applications_membership_number', %s)", [number])


def _random(stage: str, name: str) -> Random:
    """One for each stage, so that a change in one leaves the others' data as they were."""
    return Random(f"{stage}:{name}")  # noqa: S311 - nothing is kept secret with it
