"""What the public is told about a membership number.

Whether a number belongs to a current member is public: a hirer, an insurer or the police must be able to ask
about a certificate that is shown to them. A name is given only of a company that agreed to be named. For the
others the postcode on the certificate serves: we say whether it is the member's, and no more.
"""

from __future__ import annotations

from dataclasses import dataclass

from applications.models import Membership, MembershipStatus


@dataclass(frozen=True)
class NumberCheck:
    number: str
    is_known: bool
    is_current: bool
    member: Membership | None  # only when it is current and agreed to be named
    postcode_is_right: bool | None  # None when no postcode was asked about, or it is no current member


def check_number(number: str, postcode: str = "") -> NumberCheck:
    """Both as the form cleans them. Suspended is not current: the company may not say that it is a member."""
    found = (
        Membership.objects.select_related("company").defer("company__search").filter(number=number).first()
    )
    is_current = found is not None and found.status == MembershipStatus.ACTIVE
    return NumberCheck(
        number=number,
        is_known=found is not None,
        is_current=is_current,
        member=found if found is not None and is_current and found.is_listed else None,
        postcode_is_right=found.company.postcode == postcode
        if found is not None and is_current and postcode
        else None,
    )
