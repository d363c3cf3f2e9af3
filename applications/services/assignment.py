"""Who works on which application. Of several at once each is given that can be, and no other is stopped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from accounts.services import queue_notification, record_event, require
from accounts.transitions import TransitionRefused
from applications.models import Application, ApplicationStatus, Company
from applications.permissions import acts_for, can_assign_applications, can_be_assigned
from applications.services.locks import address_of

NOT_YOURS = "Only a DfT assurer who does not act for the company can work on its application"
NOT_THEIRS = "Only a DfT assurer or lead assurer can be given an application"
ASSIGNABLE = frozenset({ApplicationStatus.SUBMITTED, ApplicationStatus.QUESTION})


@dataclass(frozen=True)
class Pick:
    """An application, and whose it was when it was picked: nobody takes away what they have not seen."""

    pk: int
    held_by: int | None


@dataclass(frozen=True)
class Refusal:
    application: Application
    why: str  # reads on after "the application": is now accepted
    is_forbidden: bool = False


@dataclass
class Outcome:
    """What became of each pick, in the order of the applications' keys."""

    done: list[Application] = field(default_factory=list)
    unchanged: list[Application] = field(default_factory=list)  # the person had it already
    refused: list[Refusal] = field(default_factory=list)


@transaction.atomic
def assign_applications(*, picks: Sequence[Pick], to: User | None, reason: str = "", by: User) -> Outcome:
    """Give each application to a caseworker, or to nobody. One that cannot be given away stops no other.

    The reason is needed for what a colleague of `by` has. Each who gets or loses some is told once.
    """
    require(can_assign_applications(by), NOT_YOURS)
    require(to is None or can_be_assigned(to), NOT_THEIRS)
    applications = _lock(picks)
    companies = [application.company_id for application in applications]
    barred = {by: acts_for(by, companies), to: acts_for(to, companies) if to else set()}
    holders = User.objects.in_bulk([row.assigned_to_id for row in applications if row.assigned_to_id])
    seen = {pick.pk: pick.held_by for pick in picks}
    outcome = Outcome()
    lost: dict[User, list[Application]] = defaultdict(list)
    for application in applications:
        holder = holders.get(application.assigned_to_id or 0)
        refusal = _refusal(application, holder, seen[application.pk], barred, to, reason, by)
        if refusal:
            outcome.refused.append(refusal)
        elif holder == to:
            outcome.unchanged.append(application)
        else:
            application.assigned_to = to
            application.save(update_fields=["assigned_to"])
            outcome.done.append(application)
            if holder and holder != by:
                lost[holder].append(application)
    _tell(outcome.done, to, lost, reason, by)
    for application in outcome.done:
        _record(application, seen[application.pk], to, reason, by)
    return outcome


def assign_application(*, application: Application, to: User | None, reason: str = "", by: User) -> None:
    """As assign_applications for one, of which the holder is taken to be as the instance says."""
    pick = Pick(application.pk, application.assigned_to_id)
    for refusal in assign_applications(picks=[pick], to=to, reason=reason, by=by).refused:
        if refusal.is_forbidden:
            raise PermissionDenied(NOT_YOURS)
        raise TransitionRefused(f"This application {refusal.why}.")


def _lock(picks: Sequence[Pick]) -> list[Application]:
    """Companies before applications, as everywhere, and each kind by its keys: nobody waits in a circle."""
    keys = {pick.pk for pick in picks}
    owners = Application.objects.filter(pk__in=keys).values("company_id")
    locked = Company.objects.select_for_update().defer("search").filter(pk__in=owners).order_by("pk")
    companies = {company.pk: company for company in locked}
    applications = list(Application.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
    for application in applications:
        application.company = companies[application.company_id]
    return applications


def _refusal(
    application: Application,
    holder: User | None,
    seen: int | None,
    barred: dict[User | None, set[int]],
    to: User | None,
    reason: str,
    by: User,
) -> Refusal | None:
    if application.company_id in barred[by]:
        return Refusal(application, "is of a company for which you act", True)
    if application.company_id in barred[to]:
        return Refusal(application, f"is of a company for which {to} acts", True)
    if application.status not in ASSIGNABLE:
        return Refusal(application, f"is now: {application.get_status_display()}")
    if holder == to:
        return None
    if application.assigned_to_id != seen:
        return Refusal(application, f"is now assigned to {holder or 'nobody'}")
    if holder and holder != by and not reason.strip():
        return Refusal(application, f"is assigned to {holder}, and no reason was given for taking it away")
    return None


def _record(application: Application, held_by: int | None, to: User | None, reason: str, by: User) -> None:
    record_event(
        verb="application.assigned" if to else "application.unassigned",
        target=application,
        by=by,
        reason=reason if held_by not in {None, by.pk} else "",
        data={"to": to.pk if to else None, "from": held_by},
    )


def _tell(
    done: list[Application], to: User | None, lost: dict[User, list[Application]], reason: str, by: User
) -> None:
    why = f"The reason given:\n\n{reason}\n\n" if reason and lost else ""
    if to and to != by and done:
        _send(to, f"{_how_many(done)} assigned to you", f"{by} has assigned to you:", done, "")
    for holder in sorted(lost, key=lambda user: user.pk):
        rows = lost[holder]
        whose = f"assigned to {to}" if to else "assigned to nobody"
        _send(holder, f"{_how_many(rows)} no longer assigned to you", f"Now {whose}, by {by}:", rows, why)


def _how_many(rows: list[Application]) -> str:
    return "1 application is" if len(rows) == 1 else f"{len(rows)} applications are"


def _send(user: User, subject: str, lead: str, rows: list[Application], end: str) -> None:
    listed = "\n\n".join(f"{row.company.name}, {row.reference}\n{address_of(row)}" for row in rows)
    queue_notification(to=user.email, user=user, subject=subject, body=f"{lead}\n\n{listed}\n\n{end}")
