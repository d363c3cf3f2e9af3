"""What this person can do next with a company's membership: the links on the company's page."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from applications.models import (
    MEMBERSHIP_TRANSITIONS,
    OPEN_APPLICATION_STATUSES,
    Company,
    Membership,
    MembershipStatus,
)
from applications.permissions import (
    can_apply_again,
    can_edit_company,
    can_remove_membership,
    can_resign_membership,
    can_suspend_membership,
)
from applications.services.renewals import why_not_renew

Link = tuple[str, str]


def membership_links(user: User, company: Company, membership: Membership | None) -> list[Link]:
    links = _member_links(user, company, membership) if membership else []
    if _is_free_to_apply(company, membership) and can_apply_again(user, company):
        links.append(("Apply again", reverse("applications:apply_again", args=[company.public_id])))
    return links


def _is_free_to_apply(company: Company, membership: Membership | None) -> bool:
    has_ended = membership is None or not MEMBERSHIP_TRANSITIONS[membership.status]
    return has_ended and not company.applications.filter(status__in=OPEN_APPLICATION_STATUSES).exists()


def _member_links(user: User, company: Company, membership: Membership) -> list[Link]:
    made: list[Link] = []
    followers = set(MEMBERSHIP_TRANSITIONS[membership.status])

    def add(text: str, name: str) -> None:
        made.append((text, reverse(f"applications:{name}", kwargs={"number": membership.number})))

    if can_edit_company(user, company) and not why_not_renew(membership, timezone.localdate()):
        reference = membership.application.reference
        made.append(("Renew the membership", reverse("renew", kwargs={"reference": reference})))
    if membership.status == MembershipStatus.ACTIVE:
        add("Certificate of membership (PDF)", "certificate")
    made.append(
        ("History of the membership", reverse("applications:membership_history", args=[company.public_id]))
    )
    if MembershipStatus.RESIGNED in followers and can_resign_membership(user, company):
        add("Leave the scheme", "resign")
    if can_suspend_membership(user, company):
        if MembershipStatus.SUSPENDED in followers:
            add("Suspend the membership", "suspend")
        if membership.status == MembershipStatus.SUSPENDED:
            add("Reinstate the membership", "reinstate")
    if MembershipStatus.REMOVED in followers and can_remove_membership(user, company):
        add("Remove the company from the scheme", "remove")
    return made
