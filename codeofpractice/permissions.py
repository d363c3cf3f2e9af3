"""What a person may do with a security plan. Shared by services, views and templates."""

from __future__ import annotations

from accounts.models import Role, User
from applications.models import Membership, SecurityContact
from applications.permissions import can_edit_company, can_sign_for_company


def can_edit_plan(user: User, membership: Membership) -> bool:
    """Owners and editors of the company. Whether the version is still a draft is the service's question."""
    return can_edit_company(user, membership.company)


def can_submit_plan(user: User, membership: Membership) -> bool:
    """Only an owner binds the company: submitting, and giving a draft up."""
    return can_sign_for_company(user, membership.company)


def is_plan_contact(user: User, contact: SecurityContact | None) -> bool:
    """Whether the person is the recognised security contact: their address, which they have confirmed."""
    return contact is not None and user.email.casefold() == contact.email.casefold()


def can_manage_editions(user: User) -> bool:
    """Load, preview and publish editions of the Code of Practice."""
    return user.role == Role.ADMINISTRATOR
