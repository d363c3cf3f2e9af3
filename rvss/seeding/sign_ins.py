"""Accounts for trying the service out: one for each role, with a password that everybody knows."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.conf import settings
from django.db import transaction

from accounts.models import Role, User
from accounts.services import record_event
from applications.models import CompanyPerson, JoinRequest, Membership, PersonLevel
from applications.services.join_requests import ask_to_join, deliver_join_request
from applications.services.people import invite_person
from rvss.seeding.enrolments import make_lists
from rvss.seeding.staff import PEOPLE, make_bodies

PASSWORD = "correct horse battery staple"  # noqa: S105
OWNER, NEWCOMER = "owner@example.com", "newcomer@example.com"
PARTNER = "partner@example.com"
EDITOR, VIEWER = "editor@example.com", "viewer@example.com"
COLLEAGUE = "colleague@example.com"  # is invited, and has no account yet
LEVELS = {OWNER: PersonLevel.OWNER, EDITOR: PersonLevel.EDITOR, VIEWER: PersonLevel.VIEWER}
ACCOUNTS = (
    (OWNER, "Harriet Wetherstone", Role.COMPANY),
    (EDITOR, "Priya Underhay", Role.COMPANY),
    (VIEWER, "George Quillfeather", Role.COMPANY),
    (NEWCOMER, "Tomos Carrowfield", Role.COMPANY),
    *((email, name, role) for email, name, role in PEOPLE if ".2@" not in email and ".3@" not in email),
)


@dataclass(frozen=True)
class SignIn:
    user: User
    secret: str  # base32, empty for who needs no second factor
    note: str

    @property
    def code(self) -> str:
        """The six digits of this half minute."""
        if not self.secret:
            return ""
        return format_hotp_value(hotp_value(self.secret, int(time.time()) // app_settings.TOTP_PERIOD))


@transaction.atomic
def make_sign_ins() -> list[SignIn]:
    """Make the accounts, or set their passwords again. Never call it where real people sign in."""
    made = [_account(*account) for account in ACCOUNTS]
    bodies = make_bodies()
    member = _member_of(next(user for user in made if user.email == OWNER))
    notes = {NEWCOMER: "no company yet", PARTNER: "makes API tokens: docs/api.md"}
    for user in made:
        if member and user.email in LEVELS:
            level = LEVELS[user.email]
            CompanyPerson.objects.get_or_create(company=member.company, user=user, defaults={"level": level})
            notes[user.email] = f"{level} of {member.company.name} ({member.number})"
    if member:
        _newcomers(member, {user.email: user for user in made})
        partner = next(user for user in made if user.role == Role.PARTNER)
        make_lists(body=bodies[0], by=partner, member=member)
    return [SignIn(user, _second_factor(user), notes.get(user.email, "")) for user in made]


def _newcomers(member: Membership, made: dict[str, User]) -> None:
    """One person who is invited and one who asks to join, for the owner to answer; only the first time."""
    company = member.company
    if not company.invitations.exists():
        invite_person(company=company, email=COLLEAGUE, level=PersonLevel.EDITOR, by=made[OWNER])
    if not JoinRequest.objects.filter(user=made[NEWCOMER]).exists():
        asked = ask_to_join(
            number=member.number, message="I have joined the Ottersby branch.", by=made[NEWCOMER]
        )
        assert asked is not None
        deliver_join_request(request=asked)


def _account(email: str, name: str, role: str) -> User:
    user, is_new = User.objects.get_or_create(email=email, defaults={"name": name, "role": role})
    user.role, user.is_active = role, True
    user.set_password(PASSWORD)
    user.save()
    EmailAddress.objects.update_or_create(
        user=user, email=email, defaults={"verified": True, "primary": True}
    )
    if is_new:
        record_event(verb="user.created", target=user, by=None, reason="to try the service out")
    return user


def _second_factor(user: User) -> str:
    if not user.needs_second_factor:
        return ""
    kept = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if kept:
        return str(get_adapter().decrypt(kept.data["secret"]))
    # From the secret key, so that a phone that knows it keeps working when the database is made anew.
    digest = hmac.new(settings.SECRET_KEY.encode(), f"totp:{user.email}".encode(), hashlib.sha256).digest()
    secret = base64.b32encode(digest[:20]).decode()
    TOTP.activate(user, secret)
    return secret


def _member_of(owner: User) -> Membership | None:
    """A member whose plan is being written; the same one at each run."""
    owned = Membership.objects.filter(company__people__user=owner).order_by("pk")
    drafting = Membership.objects.filter(status="active", plan__versions__status="draft").order_by("-pk")
    return owned.first() or drafting.first() or Membership.objects.filter(status="active").first()
