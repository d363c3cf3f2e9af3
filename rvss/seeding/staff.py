"""The people of the department, the panel and the partner, and the trade bodies."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import Role, SavedView, User
from applications.models import TradeBody

BODIES = ("National Vehicle Hire Association", "Guild of Self Drive Operators", "Motorhome Renters' Circle")
PEOPLE = (
    ("assurer@example.com", "Ffion Greaveson", Role.ASSURER),
    ("assurer.2@example.com", "Martin Oakenshaw", Role.ASSURER),
    ("assurer.3@example.com", "Amara Hollowell", Role.ASSURER),
    ("lead@example.com", "Ruth Silverdale", Role.LEAD),
    ("lead.2@example.com", "Hamish Kinnaird", Role.LEAD),
    ("panel@example.com", "Joanne Marlowby", Role.PANEL),
    ("partner@example.com", "Peter Longstaffe", Role.PARTNER),
    ("administrator@example.com", "Siân Thackerley", Role.ADMINISTRATOR),
)
# Django takes a password hash that starts so as none: nobody can sign in with it.
NO_PASSWORD = "!seeded"  # noqa: S105


@dataclass
class Staff:
    assurers: list[User]
    leads: list[User]
    partner: User


def make_staff() -> Staff:
    """Who is there already stays as they are."""
    users = {}
    for email, name, role in PEOPLE:
        made = {"name": name, "role": role, "password": NO_PASSWORD}
        users[email], _ = User.objects.get_or_create(email=email, defaults=made)
    make_views(users["assurer@example.com"], users["lead@example.com"])
    return Staff(
        assurers=[user for user in users.values() if user.role == Role.ASSURER],
        leads=[user for user in users.values() if user.role == Role.LEAD],
        partner=next(user for user in users.values() if user.role == Role.PARTNER),
    )


VIEWS = (
    ("applications:queue", "Overdue", "due=overdue&sort=due"),
    ("applications:queue", "Nobody’s yet", "status=submitted&assigned=nobody"),
    ("applications:queue", "Wales", "region=TLL&sort=newest"),
    ("applications:memberships", "Renewals to come", "renewal=coming&sort=renewal"),
    ("assurance:queue", "Waiting, newest first", "queue=waiting&sort=newest"),
)


def make_views(*owners: User) -> None:
    for owner in owners:
        for page, name, query in VIEWS:
            SavedView.objects.get_or_create(owner=owner, page=page, name=name, defaults={"query": query})


def make_bodies() -> list[TradeBody]:
    """The first one is the approved partner."""
    bodies = [
        TradeBody.objects.get_or_create(name=name, defaults={"is_partner": place == 0})[0]
        for place, name in enumerate(BODIES)
    ]
    bodies[0].people.add(*User.objects.filter(email="partner@example.com", role=Role.PARTNER))
    return bodies
