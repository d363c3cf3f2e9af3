"""The people of a company: levels, removal, leaving. Inviting and asking are in the two modules beside."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from accounts.services import queue_notification, record_event, require
from accounts.transitions import TransitionRefused
from applications.models import Company, CompanyPerson, PersonLevel
from applications.permissions import can_manage_company_people
from applications.services.invitations import (
    accept_invitation,
    address_of_people,
    described,
    find_invitation,
    invite_person,
    is_addressed_to,
    resend_invitation,
    withdraw_invitation,
)
from applications.services.locks import lock_company, tell_owners

__all__ = [
    "accept_invitation",
    "change_level",
    "find_invitation",
    "invite_person",
    "is_addressed_to",
    "is_last_owner",
    "leave_company",
    "remove_person",
    "resend_invitation",
    "withdraw_invitation",
]

NOT_YOURS = "Only an owner of the company can change who acts for it"
LAST_OWNER = "A company must keep an owner. Make somebody else an owner first."


def is_last_owner(person: CompanyPerson) -> bool:
    """Owners who cannot sign in any more do not count: nobody could act."""
    others = CompanyPerson.objects.filter(
        company=person.company_id, level=PersonLevel.OWNER, user__is_active=True
    ).exclude(pk=person.pk)
    return person.level == PersonLevel.OWNER and not others.exists()


def _lock_person(person: CompanyPerson) -> CompanyPerson:
    """The company first: whoever changes its people waits here, so that owners are counted one at a time."""
    company = lock_company(Company(pk=person.company_id))
    locked = CompanyPerson.objects.select_related("user").filter(pk=person.pk).first()
    if locked is None:
        raise TransitionRefused("This person does not act for the company any more.")
    locked.company = company
    return locked


def _keep_an_owner(person: CompanyPerson) -> None:
    if is_last_owner(person):
        raise TransitionRefused(LAST_OWNER)


@transaction.atomic
def change_level(*, person: CompanyPerson, level: str, by: User) -> CompanyPerson:
    """The same level again changes nothing and tells nobody."""
    locked = _lock_person(person)
    require(can_manage_company_people(by, locked.company), NOT_YOURS)
    if locked.level == level:
        return locked
    _keep_an_owner(locked)
    before, locked.level = locked.level, PersonLevel(level)
    locked.save(update_fields=["level"])
    if locked.user_id != by.pk:
        queue_notification(
            to=locked.user.email,
            user=locked.user,
            subject=f"You are now {described(level)} of {locked.company.name}",
            body=(
                f"{by} has changed what you may do for {locked.company.name} in the Rental Vehicle Security "
                f"Scheme. You are now {described(level)}.\n\n{address_of_people(locked.company)}\n"
            ),
        )
    record_event(
        verb="company.level_changed",
        target=locked.company,
        by=by,
        data={"person": locked.user_id, "from": before, "to": level},
    )
    return locked


@transaction.atomic
def remove_person(*, person: CompanyPerson, reason: str, by: User) -> None:
    """Somebody else is removed; for oneself there is `leave_company`."""
    locked = _lock_person(person)
    require(can_manage_company_people(by, locked.company), NOT_YOURS)
    require(locked.user_id != by.pk, "Nobody removes themselves: leave the company instead")
    _keep_an_owner(locked)
    _take_out(locked)
    queue_notification(
        to=locked.user.email,
        user=locked.user,
        subject=f"You no longer act for {locked.company.name}",
        body=(
            f"{by} has ended your access to {locked.company.name} in the Rental Vehicle Security Scheme."
            f"\n\nThe reason:\n\n{reason}\n"
        ),
    )
    record_event(
        verb="company.person_removed",
        target=locked.company,
        by=by,
        reason=reason,
        data={"person": locked.user_id, "level": locked.level},
    )


@transaction.atomic
def leave_company(*, person: CompanyPerson, by: User) -> None:
    locked = _lock_person(person)
    require(locked.user_id == by.pk, "You can only leave a company yourself")
    _keep_an_owner(locked)
    _take_out(locked)
    tell_owners(
        locked.company,
        subject=f"{by} no longer acts for {locked.company.name}",
        body=(
            f"{by} ({locked.get_level_display().lower()}) has left {locked.company.name} in the Rental "
            f"Vehicle Security Scheme.\n\n{address_of_people(locked.company)}\n"
        ),
    )
    record_event(
        verb="company.person_left",
        target=locked.company,
        by=by,
        data={"person": locked.user_id, "level": locked.level},
    )


def _take_out(person: CompanyPerson) -> None:
    """Delete the row by its key; the object keeps its own, for the words of the message and the record."""
    CompanyPerson.objects.filter(pk=person.pk).delete()
