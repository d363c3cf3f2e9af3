"""Taking a person, or what has outlived its time, out of the rows of this room."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from accounts.erasing import NOWHERE, REMOVED
from accounts.holding import Row, Subject
from accounts.models import User
from accounts.transitions import change_status
from applications.models import (
    INVITATION_TRANSITIONS,
    JOIN_REQUEST_TRANSITIONS,
    OPEN_APPLICATION_STATUSES,
    Application,
    Company,
    CompanyPerson,
    ContactConfirmation,
    EnrolledCompany,
    EnrolmentRow,
    Invitation,
    InvitationStatus,
    JoinRequest,
    JoinRequestStatus,
    SecurityContact,
    TradeBody,
)
from applications.services.locks import lock_company, tell_owners
from applications.services.people import is_last_owner

DETAILS_REMOVED = "Details removed"
ERASED = "The person's data was erased."


def companies_of(user: User) -> frozenset[int]:
    return frozenset(CompanyPerson.objects.filter(user=user).values_list("company_id", flat=True))


def lock_companies_of(user: User) -> frozenset[int]:
    """In the order of their keys. Who changes the owners of one of them waits until the erasure is over."""
    return frozenset(lock_company(Company(pk=pk)).pk for pk in sorted(companies_of(user)))


def companies_without_another_owner(user: User) -> list[str]:
    """In the scheme or on the way into it: one that is neither needs nobody who can act."""
    rows = CompanyPerson.objects.filter(user=user).select_related("company").defer("company__search")
    return [
        f"You are the only owner of {person.company.name}. Make somebody else an owner; or withdraw its "
        "application, or take it out of the scheme."
        for person in rows.order_by("company__name", "pk")
        if is_last_owner(person) and needs_an_owner(person.company)
    ]


def needs_an_owner(company: Company) -> bool:
    return (
        company.memberships.filter(status__in=["active", "suspended", "lapsed"]).exists()
        or company.applications.filter(status__in=OPEN_APPLICATION_STATUSES).exists()
    )


def erase_company_people(subject: Subject) -> Row:
    """The person acts for nobody any more. The other owners are told, without a name."""
    user = subject.user
    assert user is not None
    left = []
    for person in CompanyPerson.objects.filter(user=user).select_related("company").order_by("company_id"):
        CompanyPerson.objects.filter(pk=person.pk).delete()
        left.append(person.company_id)
        tell_owners(
            person.company,
            subject=f"Somebody no longer acts for {person.company.name}",
            body=(
                f"A person who acted for {person.company.name} in the Rental Vehicle Security Scheme "
                f"({person.get_level_display().lower()}) has had their personal data erased, and no longer "
                "acts for the company. What they did for it stays in the record, without their name.\n"
            ),
        )
    TradeBody.people.through.objects.filter(user=user).delete()
    Application.objects.filter(assigned_to=user, status__in=OPEN_APPLICATION_STATUSES).update(
        assigned_to=None
    )
    return {"companies": left}


def erase_invitations(subject: Subject) -> Row:
    """Those to the person. What is open is withdrawn first."""
    user = subject.user
    assert user is not None
    erased = 0
    for invitation in Invitation.objects.select_for_update().filter(email__in=sorted(subject.addresses)):
        if invitation.status == InvitationStatus.OPEN:
            change_status(invitation, InvitationStatus.WITHDRAWN, INVITATION_TRANSITIONS)
            invitation.closed_by, invitation.closed_at, invitation.reason = user, timezone.now(), ERASED
        invitation.email = f"invitation-{invitation.pk}@{NOWHERE}"
        invitation.save()
        erased += 1
    return {"invitations": erased}


def erase_join_requests(subject: Subject) -> Row:
    user = subject.user
    assert user is not None
    ends = {
        JoinRequestStatus.WAITING: JoinRequestStatus.UNMATCHED,
        JoinRequestStatus.OPEN: JoinRequestStatus.SETTLED,
    }
    erased = 0
    for asked in JoinRequest.objects.select_for_update().filter(user=user).order_by("pk"):
        if end := ends.get(JoinRequestStatus(asked.status)):
            change_status(asked, end, JOIN_REQUEST_TRANSITIONS)
        asked.message = ""
        asked.reason = REMOVED if asked.reason else ""
        asked.save(update_fields=["status", "message", "reason"])
        erased += 1
    return {"join_requests": erased}


def erase_enrolled(subject: Subject) -> Row:
    """The address that a partner gave, of companies that are settled: of others it is still written to."""
    rows = EnrolledCompany.objects.select_for_update().filter(
        email__in=sorted(subject.addresses), settled_at__isnull=False
    )
    return {"enrolled": forget_addresses(list(rows.order_by("pk")))}


def forget_addresses(enrolled: Iterable[EnrolledCompany]) -> int:
    """The caller has locked the rows."""
    forgotten = 0
    for row in enrolled:
        row.email = f"enrolled-{row.pk}@{NOWHERE}"
        row.save(update_fields=["email"])
        forgotten += 1
    return forgotten


# --- Whose time is over -------------------------------------------------------------------------


def remove_contact_details(ids: Sequence[int]) -> list[int]:
    """Who it was goes; that there was a contact, and from when to when, stays. A current one ends today."""
    today = timezone.localdate()
    contacts = SecurityContact.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    for contact in contacts:
        contact.until = contact.until or max(today, contact.since)
        contact.name, contact.job_title, contact.email, contact.telephone = DETAILS_REMOVED, "", "", ""
        contact.details_removed_at = timezone.now()
        contact.save()
    ContactConfirmation.objects.filter(contact__in=ids).exclude(reason="").update(reason=REMOVED)
    return list(ids)


def remove_enrolled_addresses(ids: Sequence[int]) -> list[int]:
    forget_addresses(EnrolledCompany.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    return list(ids)


def remove_rows_of_lists(ids: Sequence[int]) -> list[int]:
    """What was written goes; that the list was sent, by whom, and how many rows it had, stays."""
    EnrolmentRow.objects.filter(enrolment__in=ids).delete()
    return list(ids)


def delete_companies(ids: Sequence[int]) -> list[int]:
    """Those that never sent anything, one at a time: one to which something has tied itself stays."""
    return [pk for pk in ids if _is_company_deleted(pk)]


def _is_company_deleted(pk: int) -> bool:
    try:
        with transaction.atomic():
            # What the database would not let go with the company by itself.
            ContactConfirmation.objects.filter(contact__company=pk).delete()
            Invitation.objects.filter(company=pk).delete()
            JoinRequest.objects.filter(company=pk).delete()
            Application.objects.filter(company=pk).delete()
            Company.objects.filter(pk=pk).delete()
            return True
    except ProtectedError:
        return False
