"""The pages that each role works with, as its home page lists them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from accounts.models import Role, User


@dataclass(frozen=True)
class Link:
    text: str
    address: str
    hint: str


def address_of(name: str, query: dict[str, str] | None = None) -> str:
    """Empty for a page that this service does not have."""
    try:
        return reverse(name) + (f"?{urlencode(query)}" if query else "")
    except NoReverseMatch:
        return ""


TAKE_UP = (
    "Take-up and compliance",
    "reviews:take_up",
    "How many companies have joined, and what checks found",
)
REPORTS = ("Reports of reviews", "reviews:reports", "What each review found, as a document")
QUEUE = ("Applications", "applications:queue", "Companies that want to join")
RECONSIDERATIONS = (
    "Rejections to look at again",
    "applications:reconsiderations",
    "Companies that do not agree with a decision",
)
CONTACTS = (
    "Security contacts",
    "applications:contact_list",
    "Those who have not confirmed",
)
SIGNATURES = (
    "Declarations to be signed again",
    "applications:declaration_requests",
    "Members whose facts have changed",
)
MEMBERS = ("Members", "applications:memberships", "Every membership, its status and its renewal")
ENROLMENTS = ("Lists from partners", "applications:enrolments", "What approved partners have sent to enrol")
ENROLLED = (
    "Companies enrolled by partners",
    "applications:enrolled",
    "Whether each has confirmed",
)
CHECKS = ("Checks", "assurance:queue", "Security plans that were drawn for a check")
RESULTS = ("Results from partners", "assurance:partner_checks", "What they found at their own inspections")
READINGS = ("Second readings", "assurance:readings", "Plans that a second assurer reads")
AGREEMENT = ("Agreement between readers", "assurance:calibration", "How well two readers agree, by point")
INTERESTS = ("Your interests", "assurance:interests", "What ties you to companies and trade bodies")
STAFF = ("Assurers and leads", "assurance:staff", "What each can check, has to do, and is tied to")
EDITIONS = ("Code of Practice", "codeofpractice:editions", "Every edition and its points")
REGISTER = ("Register of members", "applications:register", "Members that agreed to be named")
LINKS: dict[str, list[tuple[str, str, str]]] = {
    Role.ASSURER: [
        QUEUE,
        MEMBERS,
        ENROLLED,
        ENROLMENTS,
        SIGNATURES,
        CONTACTS,
        CHECKS,
        RESULTS,
        READINGS,
        AGREEMENT,
        INTERESTS,
        EDITIONS,
        REGISTER,
        TAKE_UP,
        REPORTS,
    ],
    Role.LEAD: [
        ("Rounds", "assurance:rounds", "Draw members for checks"),
        CHECKS,
        RESULTS,
        READINGS,
        AGREEMENT,
        (
            "Outcomes to look at again",
            "assurance:outcome_reconsiderations",
            "Companies that think the outcome of their check is wrong",
        ),
        ("Closed", "assurance:closures", "What was closed, why, by whom, and a second look at some"),
        ("Suspensions proposed", "assurance:suspensions", "Members whose actions are long overdue"),
        STAFF,
        INTERESTS,
        QUEUE,
        RECONSIDERATIONS,
        MEMBERS,
        ENROLLED,
        ENROLMENTS,
        SIGNATURES,
        CONTACTS,
        TAKE_UP,
        REPORTS,
        EDITIONS,
        REGISTER,
    ],
    Role.PANEL: [TAKE_UP, REPORTS, EDITIONS, REGISTER],
    Role.PARTNER: [
        ("What a list holds", "applications:enrolment_columns", "Each column, and the words that it takes"),
        ("Your lists", "applications:enrolments", "What you have sent, and its faults"),
        ("Your companies", "applications:enrolled", "Whether each has confirmed"),
        ("Your results", "assurance:partner_checks", "What you found at your own inspections"),
        ("API tokens", "accounts:tokens", "For programs that send us enrolments and results"),
        REGISTER,
        EDITIONS,
        ("Take-up", "reviews:summary", "How many companies have joined"),
    ],
    Role.ADMINISTRATOR: [
        ("People", "accounts:people", "Accounts, their roles and their access"),
        STAFF,
        ENROLMENTS,
        ("Record of changes", "accounts:record", "Who did what, when and why"),
        ("Messages that did not arrive", "accounts:failed", "See why, and send them again"),
        ("API tokens", "accounts:tokens", "Those of everybody; revoke them"),
        ("Personal data", "data:requests", "Copies for people without an account, and erasures"),
        ("Retention", "data:retention", "What has outlived its time, and what was removed"),
        EDITIONS,
        (
            "Editions",
            "codeofpractice:edition_manage",
            "Load a draft, see it as it will look, and publish it",
        ),
        QUEUE,
        TAKE_UP,
        REPORTS,
    ],
}


def links_for(user: User) -> list[Link]:
    found = [Link(text, address_of(name), hint) for text, name, hint in LINKS[user.role]]
    return [link for link in found if link.address]
