"""Drawing members for checks, and sharing the checks out."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Count, Q
from django.utils import timezone

from accounts.models import Role, User
from accounts.services import record_event, require
from accounts.transitions import TransitionRefused
from applications.models import Membership, MembershipStatus
from applications.services.locks import tell_owners
from assurance.draw import ALGORITHM, draw, frame_digest, new_seed
from assurance.models import CheckStatus, PlanCheck, Selection, SelectionRound
from assurance.permissions import can_be_allocated, can_draw_round
from codeofpractice.models import PlanVersion, PlanVersionStatus

DAYS_TO_CHECK = 28
DRAW_LOCK = 0x44524157  # "DRAW": one draw at a time, so that no member is drawn twice


def current_frame() -> list[str]:
    """Who could be drawn now: active members without a check that is still going on."""
    going_on = PlanCheck.objects.exclude(status=CheckStatus.DECIDED).values("membership_id")
    members = Membership.objects.filter(status=MembershipStatus.ACTIVE).exclude(pk__in=going_on)
    return list(members.order_by("number").values_list("number", flat=True))


@transaction.atomic
def draw_round(*, name: str, size: int, seed: str = "", by: User) -> SelectionRound:
    """Draw members at random and open a check for each. A seed is made unless one is given."""
    require(can_draw_round(by), "Only a lead assurer can draw a round")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [DRAW_LOCK])
    frame = current_frame()
    if not 1 <= size <= len(frame):
        raise TransitionRefused(f"{len(frame)} members can be drawn now, so {size} cannot be.")
    seed = seed or new_seed()
    drawn = draw(seed=seed, frame=frame, size=size)
    round_ = SelectionRound.objects.create(
        name=name,
        seed=seed,
        algorithm=ALGORITHM,
        frame=frame,
        frame_size=len(frame),
        frame_sha256=frame_digest(frame),
        sample_size=size,
        drawn_by=by,
        drawn_at=timezone.now(),
    )
    members = (
        Membership.objects.select_related("company")
        .defer("company__search")
        .in_bulk(drawn, field_name="number")
    )
    selections = Selection.objects.bulk_create(
        Selection(
            round=round_,
            membership=members[number],
            position=position,
            inclusion_probability=size / len(frame),
        )
        for position, number in enumerate(drawn, start=1)
    )
    _open_checks(selections)
    record_event(
        verb="round.drawn",
        target=round_,
        by=by,
        data={"seed": seed, "frame": round_.frame_sha256, "members": size, "of": len(frame)},
    )
    return round_


def _open_checks(selections: list[Selection]) -> None:
    due_on = timezone.localdate() + timedelta(days=DAYS_TO_CHECK)
    newest = {
        version.plan.membership_id: version
        for version in PlanVersion.objects.filter(
            plan__membership__in=[row.membership_id for row in selections],
            status=PlanVersionStatus.SUBMITTED,
        )
        .select_related("plan")
        .order_by("number")
    }
    PlanCheck.objects.bulk_create(
        PlanCheck(
            selection=row,
            membership=row.membership,
            plan_version=newest.get(row.membership_id),
            due_on=due_on,
        )
        for row in selections
    )
    for row in selections:
        has_plan = row.membership_id in newest
        tell_owners(
            row.membership.company,
            subject=f"{row.membership.number}: your security plan will be checked",
            body=(
                f"{row.membership.company.name} was drawn at random for an assurance check of its security "
                "plan by the Department for Transport.\n\n"
                + (
                    "You need not do anything now. We will tell you the outcome.\n"
                    if has_plan
                    else f"You have not submitted a plan yet. Submit it by {due_on.day} {due_on:%B %Y}.\n"
                )
            ),
        )


@transaction.atomic
def allocate_round(*, round_: SelectionRound, by: User) -> int:
    """Share the checks of a round that nobody has out evenly; returns how many found an assurer."""
    require(can_draw_round(by), "Only a lead assurer can share checks out")
    assurers = list(
        User.objects.filter(role=Role.ASSURER, is_active=True)
        .annotate(load=Count("plan_checks", filter=Q(plan_checks__status=CheckStatus.OPEN)))
        .order_by("pk")
    )
    loads = {user.pk: user.load for user in assurers}
    checks = PlanCheck.objects.select_for_update(of=("self",)).filter(
        selection__round=round_, assurer__isnull=True, status=CheckStatus.OPEN
    )
    allocated = 0
    for check in checks.select_related("membership__company").order_by("selection__position"):
        able = [user for user in assurers if can_be_allocated(user, check)]
        if not able:
            continue
        check.assurer = min(able, key=lambda user: (loads[user.pk], user.pk))
        check.save(update_fields=["assurer"])
        loads[check.assurer.pk] += 1
        allocated += 1
        record_event(verb="check.allocated", target=check, by=by, data={"to": check.assurer.pk})
    return allocated
