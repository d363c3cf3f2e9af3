"""Who has which check: shared out, given by hand, taken off somebody who is barred, bars overridden."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from accounts.models import Role, User
from accounts.services import queue_notification, record_event, require
from accounts.transitions import TransitionRefused
from assurance.bars import bars_between, standing_between
from assurance.models import IN_HAND, BarOverride, CheckStatus, PlanCheck, SelectionRound
from assurance.permissions import (
    can_allocate_check,
    can_be_allocated,
    can_draw_round,
    can_override_bars,
    is_barred,
)
from assurance.services.locks import lock_allocation, lock_check, lock_check_in_hand
from assurance.sharing import Left, share_out
from assurance.workload import Workload, assurers, read_workload

SIGN_IN = "Sign in, and say first whether you have a conflict of interest.\n"
NOT_YOURS = "Only another lead assurer, whom nothing bars, can override bars"


@dataclass(frozen=True)
class Unplaced:
    check: PlanCheck
    why: str
    who: list[str]  # each assurer who is barred, and why


@dataclass
class SharedOut:
    """What became of the checks of a round that nobody had, in the order of the draw."""

    given: list[PlanCheck] = field(default_factory=list)
    unskilled: list[tuple[PlanCheck, list[str]]] = field(default_factory=list)  # what its assurer lacks
    left: list[Unplaced] = field(default_factory=list)


@transaction.atomic
def allocate_round(*, round_: SelectionRound, by: User) -> SharedOut:
    """Share the checks of a round that nobody has out evenly, as sharing.py says."""
    require(can_draw_round(by), "Only a lead assurer can share checks out")
    lock_allocation()
    free = PlanCheck.objects.select_for_update(of=("self",)).filter(
        selection__round=round_, assurer__isnull=True, status__in=IN_HAND
    )
    checks = list(
        free.select_related("membership__company", "plan_version__edition")
        .defer("membership__company__search", "membership__company__search_terms")
        .order_by("selection__position")
    )
    people = list(assurers())
    workload = read_workload(people, checks)
    shared = share_out(list(workload.sharers.values()), [workload.share(check, people) for check in checks])
    by_key = {user.pk: user for user in people}
    result = SharedOut()
    for check in checks:
        if (left := shared.left.get(check.pk)) is not None:
            result.left.append(Unplaced(check, left.value, _barred(left, people, check, workload)))
            continue
        check.assurer = by_key[shared.given[check.pk]]
        check.save(update_fields=["assurer"])
        result.given.append(check)
        if check.pk in shared.lacking:
            result.unskilled.append((check, workload.lacking(check.assurer, check)))
    for check in result.given:
        record_event(verb="check.allocated", target=check, by=by, data={"to": check.assurer_id})
    for user in people:
        if theirs := [check for check in result.given if check.assurer_id == user.pk]:
            _tell_given(user, theirs)
    return result


def _tell_given(user: User, checks: Sequence[PlanCheck]) -> None:
    """In one message, however many there are. Without names: who reads it has not declared yet."""
    numbers = [check.membership.number for check in checks]
    count = len(numbers)
    queue_notification(
        to=user.email,
        user=user,
        subject=f"{numbers[0]}: a check is yours" if count == 1 else f"{count} checks are yours",
        body="\n".join(["Members whose check is allocated to you:", "", *numbers, "", SIGN_IN]),
    )


def _barred(left: Left, people: Sequence[User], check: PlanCheck, workload: Workload) -> list[str]:
    if left == Left.NO_ASSURER:
        return []
    bars = {user: workload.standing.left(user, check) for user in people}
    return [
        f"{user}: {'; '.join(bar.reason[0].lower() + bar.reason[1:] for bar in found)}"
        for user, found in bars.items()
        if found
    ]


def holder_of(check: PlanCheck) -> str:
    """Who has it, for a page to carry."""
    return str(check.assurer_id or "nobody")


def why_moved(check: PlanCheck, seen: str) -> str:
    """Who has it now, when that is not who had it on the page; empty when it is."""
    if seen in {"", holder_of(check)}:
        return ""
    return f"Somebody was faster than you: {check.assurer or 'nobody'} has this check now."


@transaction.atomic
def allocate_check(*, check: PlanCheck, to: User, reason: str = "", seen: str = "", by: User) -> None:
    """Give the check to an assurer. Taking it from another needs a reason.

    `seen` says who had it on the page (`holder_of`): nobody takes it from somebody whom they have not seen
    there. Without it nothing is compared.
    """
    lock_allocation()
    locked = lock_check_in_hand(check)
    require(can_allocate_check(by, locked), "Only a lead assurer who is not barred can allocate a check")
    if not can_be_allocated(to, locked):
        reasons = "; ".join(bar.reason for bar in bars_between(to, locked.membership.company))
        raise PermissionDenied(f"{to} cannot check this company's plan. {reasons}".strip())
    if locked.assurer_id == to.pk:
        return
    if moved := why_moved(locked, seen):
        raise TransitionRefused(moved)
    if locked.assurer_id is not None and not reason.strip():
        raise TransitionRefused("Give the reason for taking the check from the assurer who has it.")
    earlier = locked.assurer_id
    locked.assurer = to
    locked.save(update_fields=["assurer"])
    _tell_given(to, [locked])
    record_event(
        verb="check.allocated", target=locked, by=by, reason=reason, data={"to": to.pk, "from": earlier}
    )


@transaction.atomic
def override_bars(*, check: PlanCheck, of: User, reason: str, by: User) -> BarOverride:
    """Let a person work on a check in spite of what bars them now. A bar that comes later bars them again.

    Raises TransitionRefused when there is no bar, or one that nobody can override.
    """
    lock_allocation()
    locked = lock_check(check)
    require(can_override_bars(by, locked, of), NOT_YOURS)
    if not reason.strip():
        raise TransitionRefused("Give the reason for overriding the bars.")
    if locked.status == CheckStatus.DECIDED:
        raise TransitionRefused("The check is decided.")
    if not is_barred(of, locked):
        raise TransitionRefused(f"Nothing bars {of} from this check.")
    bars = bars_between(of, locked.membership.company)
    if not all(bar.can_be_overridden for bar in bars):
        raise TransitionRefused(f"{of} acts or acted for the company, which nobody can override.")
    now = timezone.now()
    standing = BarOverride.objects.standing().filter(check_of=locked, user=of)
    standing.update(ended_by=by, ended_at=now, ended_reason="Replaced by one that names other bars")
    override = BarOverride.objects.create(
        check_of=locked,
        user=of,
        bars=sorted({bar.kind.value for bar in bars}),
        reason=reason,
        by=by,
    )
    record_event(
        verb="check.bars_overridden",
        target=locked,
        by=by,
        reason=reason,
        data={"person": of.pk, "bars": override.bars},
    )
    return override


@transaction.atomic
def end_override(*, override: BarOverride, reason: str, by: User) -> None:
    """The bars count again; an assurer who has the check loses it."""
    lock_allocation()
    locked = lock_check(override.check_of)
    require(can_override_bars(by, locked, override.user), NOT_YOURS)
    if not reason.strip():
        raise TransitionRefused("Give the reason for ending the override.")
    ended = BarOverride.objects.standing().filter(pk=override.pk)
    if not ended.update(ended_by=by, ended_at=timezone.now(), ended_reason=reason):
        raise TransitionRefused("The override was ended already.")
    take_off_the_barred(override.user, by=by)
    record_event(
        verb="check.override_ended", target=locked, by=by, reason=reason, data={"person": override.user_id}
    )


def take_off_the_barred(user: User, *, by: User) -> list[PlanCheck]:
    """Take the checks that are not decided off an assurer whom something bars now, and tell the leads.

    The caller holds the lock of the allocation.
    """
    held = list(
        PlanCheck.objects.select_for_update(of=("self",))
        .filter(assurer=user)
        .exclude(status=CheckStatus.DECIDED)
        .select_related("membership__company")
        .order_by("pk")
    )
    standing = standing_between([user], held)
    taken = [check for check in held if standing.left(user, check)]
    for check in taken:
        PlanCheck.objects.filter(pk=check.pk).update(assurer=None)
    tell_leads(taken, user)
    for check in taken:
        record_event(verb="check.taken_off", target=check, by=by, data={"from": user.pk})
    return taken


def tell_leads(checks: Iterable[PlanCheck], user: User) -> None:
    """That a person can no longer work on these checks; not to a lead who is barred from them, too."""
    leads = list(User.objects.get_queryset().filter(role=Role.LEAD, is_active=True).order_by("pk"))
    checks = list(checks)
    standing = standing_between(leads, checks)
    for check in checks:
        is_free = check.assurer_id == user.pk and check.status != CheckStatus.DECIDED
        for lead in leads:
            if lead.pk == user.pk or standing.left(lead, check):
                continue
            queue_notification(
                to=lead.email,
                user=lead,
                subject=f"{check.membership.number}: a conflict of interest in the check",
                body=(
                    f"{user} can no longer work on the check of {check.membership.company.name}: there is a "
                    "conflict of interest."
                    + (" Nobody has the check now." if is_free else "")
                    + " Sign in to see who can work on it.\n"
                ),
            )
