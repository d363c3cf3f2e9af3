"""Inviting people to act for a company, by a link that works for one e-mail address only."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services import queue_notification, record_event, require
from accounts.transitions import TransitionRefused, change_status
from applications.models import (
    INVITATION_TRANSITIONS,
    JOIN_REQUEST_TRANSITIONS,
    Company,
    CompanyPerson,
    Invitation,
    InvitationStatus,
    JoinRequest,
    JoinRequestStatus,
    PersonLevel,
)
from applications.permissions import can_act_for_companies, can_invite_to
from applications.services.locks import lock_company, tell_owners

INVITATION_DAYS = 14
MOST_INVITATIONS_A_DAY = 50  # of one company: more is a mistake, or somebody who sends junk in our name
NOT_YOURS = "Only an owner of the company can invite people to it"
OTHER_ADDRESS = "This invitation was sent to another email address"
OTHER_ROLE = "Only the account of a hire company can act for one"


def digest_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def find_invitation(token: str) -> Invitation | None:
    """The invitation of a link, in whatever state it is."""
    return (
        Invitation.objects.select_related("company", "invited_by")
        .defer("company__search", "company__search_terms")
        .filter(token_hash=digest_token(token))
        .first()
    )


def is_addressed_to(invitation: Invitation, user: User) -> bool:
    """Whether the invited address is one that the person has confirmed, in any case."""
    return EmailAddress.objects.filter(user=user, verified=True, email__iexact=invitation.email).exists()


def acts_already(company: Company, email: str) -> bool:
    return company.people.filter(
        user__emailaddress__email__iexact=email, user__emailaddress__verified=True
    ).exists()


@transaction.atomic
def invite_person(*, company: Company, email: str, level: str, by: User) -> Invitation:
    """Send somebody a link by which they come to act for the company.

    Asked for twice (a double click, a second run of an import) it returns the invitation that is open
    already, and sends nothing; with another level, or after it has expired, it replaces it.
    Raises TransitionRefused when the person acts for the company, or after too many in a day.
    """
    locked = lock_company(company)
    require(can_invite_to(by, locked), NOT_YOURS)
    email = email.strip().lower()
    if acts_already(locked, email):
        raise TransitionRefused("This person acts for the company already.")
    now = timezone.now()
    earlier = locked.invitations.open().select_for_update().filter(email=email).first()
    if earlier and earlier.level == level and not earlier.is_expired(now):
        return earlier
    if earlier:
        _close(earlier, InvitationStatus.REPLACED, by)
    return _send(locked, email, level, by)


@transaction.atomic
def resend_invitation(*, invitation: Invitation, by: User) -> Invitation:
    """A new link with a new term to the same address; the old link works no longer."""
    locked = _lock_invitation(invitation)
    require(can_invite_to(by, locked.company), NOT_YOURS)
    if acts_already(locked.company, locked.email):
        raise TransitionRefused("This person acts for the company already.")
    _close(locked, InvitationStatus.REPLACED, by)
    return _send(locked.company, locked.email, locked.level, by)


@transaction.atomic
def withdraw_invitation(*, invitation: Invitation, reason: str, by: User) -> None:
    locked = _lock_invitation(invitation)
    require(can_invite_to(by, locked.company), NOT_YOURS)
    _close(locked, InvitationStatus.WITHDRAWN, by, reason)
    record_event(
        verb="invitation.withdrawn",
        target=locked,
        by=by,
        reason=reason,
        data={"company": locked.company_id},
    )


@transaction.atomic
def accept_invitation(*, invitation: Invitation, by: User) -> CompanyPerson:
    """Who has the invited address comes to act for the company; twice gives the same row.

    A level that the person has in the meantime is kept: an owner gave it.
    """
    locked = _lock_invitation(invitation)
    require(is_addressed_to(locked, by), OTHER_ADDRESS)
    require(can_act_for_companies(by), OTHER_ROLE)
    already = locked.company.people.filter(user=by).first()
    if already and locked.status == InvitationStatus.ACCEPTED:
        return already
    if locked.is_expired(timezone.now()):
        raise TransitionRefused("This invitation has expired. Ask the company for a new one.")
    _close(locked, InvitationStatus.ACCEPTED, by)
    person = already or add_person(company=locked.company, user=by, level=locked.level)
    tell_owners(
        locked.company,
        subject=f"{by} now acts for {locked.company.name}",
        body=(
            f"{by} has accepted the invitation to act for {locked.company.name} in the Rental Vehicle "
            f"Security Scheme as {described(person.level)}.\n\n{address_of_people(locked.company)}\n"
        ),
    )
    record_event(
        verb="invitation.accepted",
        target=locked,
        by=by,
        data={"company": locked.company_id, "person": by.pk, "level": person.level},
    )
    return person


def add_person(*, company: Company, user: User, level: str) -> CompanyPerson:
    """The row, and an end to what else was under way to get it. The caller has locked the company.

    The person is locked, too: somebody whose data is being erased comes to act for nobody.
    """
    if not User.objects.select_for_update(no_key=True).get(pk=user.pk).is_active:
        raise TransitionRefused("This person's account can no longer be used.")
    person = CompanyPerson.objects.create(company=company, user=user, level=level)
    for asked in JoinRequest.objects.open().select_for_update().filter(company=company, user=user):
        change_status(asked, JoinRequestStatus.SETTLED, JOIN_REQUEST_TRANSITIONS)
        asked.save(update_fields=["status"])
    addresses = EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)
    lower = [address.lower() for address in addresses]
    for invitation in company.invitations.open().select_for_update().filter(email__in=lower):
        _close(invitation, InvitationStatus.WITHDRAWN, user, "The person acts for the company already.")
    return person


def described(level: str) -> str:
    """owner -> an owner: in the middle of a sentence."""
    return f"{'a' if level == PersonLevel.VIEWER else 'an'} {PersonLevel(level).label.lower()}"


def address_of_people(company: Company) -> str:
    return settings.BASE_URL + reverse("applications:people", kwargs={"public_id": company.public_id})


def _lock_invitation(invitation: Invitation) -> Invitation:
    company = lock_company(Company(pk=invitation.company_id))
    locked = Invitation.objects.select_for_update().get(pk=invitation.pk)
    locked.company = company
    return locked


def _close(invitation: Invitation, status: str, by: User, reason: str = "") -> None:
    change_status(invitation, status, INVITATION_TRANSITIONS)
    invitation.closed_by = by
    invitation.closed_at = timezone.now()
    invitation.reason = reason
    invitation.save(update_fields=["status", "closed_by", "closed_at", "reason"])


def _send(company: Company, email: str, level: str, by: User) -> Invitation:
    now = timezone.now()
    if company.invitations.filter(invited_at__gt=now - timedelta(days=1)).count() >= MOST_INVITATIONS_A_DAY:
        raise TransitionRefused(
            f"{company.name} has sent {MOST_INVITATIONS_A_DAY} invitations within a day. Go on tomorrow."
        )
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        company=company,
        email=email,
        level=level,
        token_hash=digest_token(token),
        invited_by=by,
        expires_at=now + timedelta(days=INVITATION_DAYS),
    )
    last_day = timezone.localtime(invitation.expires_at)
    queue_notification(
        to=email,
        holds_key=True,
        subject=f"Act for {company.name} in the Rental Vehicle Security Scheme",
        body=(
            f"{by} invites you to act for {company.name} in the Rental Vehicle Security Scheme as "
            f"{described(level)}.\n\nOpen this link to accept:\n\n"
            f"{settings.BASE_URL}{reverse('applications:invitation', kwargs={'token': token})}\n\n"
            "You need an account with this email address; you can make one on the way. The link works "
            f"until {last_day.day} {last_day:%B %Y}. If you do not know why you have received this, do "
            "nothing.\n"
        ),
    )
    record_event(
        verb="invitation.sent", target=invitation, by=by, data={"company": company.pk, "level": level}
    )
    return invitation
