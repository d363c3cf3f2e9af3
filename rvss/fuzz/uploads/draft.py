"""A company with a draft of its plan, to upload into."""

from __future__ import annotations

from django.core.management import call_command

from accounts.models import User
from applications.models import Membership, MembershipStatus, PersonLevel
from codeofpractice.services import start_version


def own_draft() -> tuple[User, str]:
    """Its owner and its membership number. The database is filled with demo data unless it is."""
    call_command("load_edition", "codeofpractice/editions/2018.yaml", verbosity=0)
    call_command("seed_demo", companies=20, if_empty=True, verbosity=0)
    membership = Membership.objects.filter(
        status=MembershipStatus.ACTIVE, ended_on=None, company__people__level=PersonLevel.OWNER
    ).first()
    if membership is None:
        raise RuntimeError("The demo data holds no member")
    owner = membership.company.people.filter(level=PersonLevel.OWNER).select_related("user")[0].user
    start_version(membership=membership, by=owner)
    return owner, membership.number
