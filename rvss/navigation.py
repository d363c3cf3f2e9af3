"""The links at the top of each page, by role."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from accounts.models import Role, User

Item = tuple[str, str]

PUBLIC: list[Item] = [
    ("Home", "home"),
    ("Check a member", "applications:register"),
    ("Take-up", "reviews:summary"),
]
MESSAGES: Item = ("Messages", "accounts:messages")
ACCOUNT: Item = ("Your account", "account")
BY_ROLE: dict[str, list[Item]] = {
    Role.COMPANY: [("Your companies", "home")],
    Role.PARTNER: [
        ("Home", "home"),
        ("Lists", "applications:enrolments"),
        ("Companies", "applications:enrolled"),
    ],
    Role.ASSURER: [
        ("Home", "home"),
        ("Applications", "applications:queue"),
        ("Members", "applications:memberships"),
        ("Checks", "assurance:queue"),
        ("Take-up", "reviews:take_up"),
        ("Reports", "reviews:reports"),
    ],
    Role.LEAD: [
        ("Home", "home"),
        ("Applications", "applications:queue"),
        ("Members", "applications:memberships"),
        ("Checks", "assurance:queue"),
        ("Rounds", "assurance:rounds"),
        ("Take-up", "reviews:take_up"),
        ("Reports", "reviews:reports"),
    ],
    Role.PANEL: [("Home", "home"), ("Take-up", "reviews:take_up"), ("Reports", "reviews:reports")],
    Role.ADMINISTRATOR: [
        ("Home", "home"),
        ("People", "accounts:people"),
        ("Editions", "codeofpractice:edition_manage"),
        ("Record", "accounts:record"),
        ("Take-up", "reviews:take_up"),
        ("Reports", "reviews:reports"),
    ],
}


def navigation_for(request: HttpRequest) -> list[dict[str, Any]]:
    user = getattr(request, "user", None)
    if isinstance(user, User):
        items = [*BY_ROLE[user.role], MESSAGES, ACCOUNT, ("Sign out", "account_logout")]
    else:
        items = [*PUBLIC, ("Sign in", "account_login")]
    made = []
    for text, name in items:
        address = reverse(name)
        active = address == request.path or (address != "/" and request.path.startswith(address))
        made.append({"text": text, "href": address, "active": active})
    return made
