"""What the owners of a company are told of its membership."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from applications.models import Membership, MembershipStatus
from applications.renewal_dates import GRACE, NOTICE, lapses_on
from applications.services.locks import tell_owners

SCHEME = "the Rental Vehicle Security Scheme"


def in_words(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def address_of_company(membership: Membership) -> str:
    path = reverse("applications:company", kwargs={"public_id": membership.company.public_id})
    return f"{settings.BASE_URL}{path}"


def address_of_renewal(membership: Membership) -> str:
    return f"{settings.BASE_URL}{reverse('renew', kwargs={'reference': membership.application.reference})}"


def how_to_ask_again() -> str:
    return (
        "If you think that this is wrong, you can ask for it to be looked at again within 28 days. Write to "
        f"{settings.DEFAULT_FROM_EMAIL}, give the membership number and say why. Somebody who did not "
        "take part "
        "in the decision will look at it and answer you."
    )


def _tell(membership: Membership, subject: str, *paragraphs: str) -> None:
    tell_owners(membership.company, subject=subject, body="\n\n".join(filter(None, paragraphs)) + "\n")


def tell_suspended(membership: Membership, reason: str) -> None:
    _tell(
        membership,
        f"Membership {membership.number} is suspended",
        f"The Department for Transport has suspended the membership of {membership.company.name} in "
        f"{SCHEME}. "
        "Until it is reinstated, the company is not on the public register and may not say that it is a "
        "member.",
        "The reason:",
        reason,
        how_to_ask_again(),
        f"See your membership: {address_of_company(membership)}",
    )


def tell_reinstated(membership: Membership, reason: str) -> None:
    today = timezone.localdate()
    is_overdue = membership.renewal_due_on <= today
    _tell(
        membership,
        f"Membership {membership.number} is active again",
        f"{membership.company.name} is a member of {SCHEME} again.",
        "The reason:",
        reason,
        f"The renewal was due on {in_words(membership.renewal_due_on)}. Renew by "
        f"{in_words(today + GRACE)}, or the "
        f"membership lapses: {address_of_renewal(membership)}"
        if is_overdue
        else f"See your membership: {address_of_company(membership)}",
    )


def tell_removed(membership: Membership, reason: str) -> None:
    _tell(
        membership,
        f"Membership {membership.number} has ended",
        f"The Department for Transport has removed {membership.company.name} from {SCHEME}. "
        "The company is not on the public register any more and may not say that it is a member.",
        "The reason:",
        reason,
        how_to_ask_again(),
        f"The company can apply again: {address_of_company(membership)}",
    )


def tell_resigned(membership: Membership, who: str) -> None:
    _tell(
        membership,
        f"Membership {membership.number} has ended",
        f"{who} has ended the membership of {membership.company.name} in {SCHEME}. The company is not on the "
        "public register any more and may not say that it is a member.",
        f"The company can apply again at any time: {address_of_company(membership)}",
    )


def tell_reminder(membership: Membership, reminder: int) -> None:
    """`reminder` as in renewal_dates.REMINDERS; the days that are left are counted anew."""
    due, today = in_words(membership.renewal_due_on), timezone.localdate()
    if reminder:
        left = (membership.renewal_due_on - today).days
        subject = f"Renew membership {membership.number} by {due}"
        words = f"{left} {'day is' if left == 1 else 'days are'} left."
    else:
        subject = f"The renewal of membership {membership.number} was due on {due}"
        words = "It has not been renewed yet."
    lapse = in_words(max(lapses_on(membership.renewal_due_on), today + NOTICE))
    if membership.status == MembershipStatus.SUSPENDED:
        after = (
            "The membership is suspended. Renewing does not change that: it stays suspended until reinstated."
        )
    else:
        after = f"If it is not renewed, it lapses on {lapse}, and the company leaves the public register."
    _tell(
        membership,
        subject,
        f"The membership of {membership.company.name} in {SCHEME} is renewed every year, this time by {due}. "
        f"{words}",
        "Check what we hold about the company, change what is out of date, and sign the declaration: "
        f"{address_of_renewal(membership)}",
        after,
    )


def tell_renewed(membership: Membership, has_lapsed: bool) -> None:
    if membership.status == MembershipStatus.SUSPENDED:
        state = "It is still suspended."
    else:
        state = f"The company is a member{' again' if has_lapsed else ''}."
    _tell(
        membership,
        f"Membership {membership.number} is renewed",
        f"The membership of {membership.company.name} in {SCHEME} is renewed. {state} "
        f"The next renewal is due on {in_words(membership.renewal_due_on)}.",
    )


def tell_lapsed(membership: Membership) -> None:
    _tell(
        membership,
        f"Membership {membership.number} has lapsed",
        f"The membership of {membership.company.name} in {SCHEME} has lapsed, because it was not renewed. "
        "The "
        f"renewal was due on {in_words(membership.renewal_due_on)}. The company is not on the public "
        "register any "
        "more and may not say that it is a member.",
        f"An owner can still renew it, and it is active again at once: {address_of_renewal(membership)}",
    )
