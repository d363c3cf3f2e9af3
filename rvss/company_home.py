"""A person's companies, and what each is to do next."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet
from django.urls import reverse

from accounts.models import User
from applications.models import (
    OPEN_APPLICATION_STATUSES,
    Application,
    ApplicationStatus,
    Company,
    CompanyPerson,
    Membership,
    MembershipStatus,
    PersonLevel,
)
from assurance.models import ActionStatus, CheckStatus, CorrectiveAction, PlanCheck
from codeofpractice.models import PlanVersion, PlanVersionStatus
from rvss.jinja import in_words

MOST_ACTIONS = 5


@dataclass(frozen=True)
class Step:
    text: str
    address: str
    is_urgent: bool = False  # somebody waits for the company


@dataclass(frozen=True)
class CompanyCard:
    company: Company
    state: Membership | Application | None  # what its tag shows
    number: str
    steps: list[Step]


def people_of(user: User) -> QuerySet[CompanyPerson]:
    """The person's companies by name, with everything that a card reads, in a fixed number of queries."""
    applications = Application.objects.order_by("-pk")
    versions = PlanVersion.objects.order_by("-number").only("status", "number", "plan")
    actions = CorrectiveAction.objects.filter(status=ActionStatus.OPEN).select_related("point")
    checks = PlanCheck.objects.filter(status=CheckStatus.DECIDED).order_by("-pk")
    memberships = (
        Membership.objects.order_by("-pk")
        .select_related("plan")
        .prefetch_related(
            Prefetch("plan__versions", versions),
            Prefetch("plan_checks", checks.prefetch_related(Prefetch("actions", actions))),
        )
    )
    return (
        CompanyPerson.objects.filter(user=user)
        .select_related("company")
        .defer("company__search", "company__search_terms")
        .order_by("company__name", "pk")
        .prefetch_related(
            Prefetch("company__applications", applications), Prefetch("company__memberships", memberships)
        )
    )


def card_of(person: CompanyPerson) -> CompanyCard:
    company = person.company
    membership = next(iter(company.memberships.all()), None)
    application = next(iter(company.applications.all()), None)
    may_edit = person.level in {PersonLevel.OWNER, PersonLevel.EDITOR}
    steps: list[Step] = []
    if application and application.status in OPEN_APPLICATION_STATUSES:
        steps.append(_application_step(application, may_edit))
    if membership and membership.status in {MembershipStatus.ACTIVE, MembershipStatus.SUSPENDED}:
        steps += _member_steps(membership, may_edit)
    elif may_edit and (application is None or application.status not in OPEN_APPLICATION_STATUSES):
        steps.append(Step("Apply to join", reverse("applications:apply")))
    return CompanyCard(company, membership or application, membership.number if membership else "", steps)


def _application_step(application: Application, may_edit: bool) -> Step:
    show = reverse("applications:application", kwargs={"reference": application.reference})
    if application.status == ApplicationStatus.SUBMITTED or not may_edit:
        return Step("See the application", show)
    if application.status == ApplicationStatus.QUESTION:
        return Step("Answer DfT’s question about the application", show, is_urgent=True)
    return Step("Go on with the application", reverse("applications:tasks", args=[application.reference]))


def _member_steps(membership: Membership, may_edit: bool) -> list[Step]:
    address = reverse("codeofpractice:plan", kwargs={"number": membership.number})
    plan = getattr(membership, "plan", None)
    states = {version.status for version in plan.versions.all()} if plan else set()
    if not may_edit:
        steps = [Step("See the security plan", address)]
    elif PlanVersionStatus.DRAFT in states:
        steps = [Step("Go on with the security plan", address)]
    elif PlanVersionStatus.SUBMITTED in states:
        steps = [Step("See the security plan, or start a new version", address)]
    else:
        steps = [Step("Write or upload the security plan", address, is_urgent=True)]
    return _check_steps(membership, may_edit) + steps


def _check_steps(membership: Membership, may_edit: bool) -> list[Step]:
    """The actions that DfT has set, the soonest first, and where to read what the newest check found."""
    checks = list(membership.plan_checks.all())
    actions = sorted(
        (action for check in checks for action in check.actions.all()),
        key=lambda row: (row.target_on, row.pk),
    )
    steps = [
        Step(
            f"Do the action on point {action.point.number} by {in_words(action.target_on)}",
            reverse("assurance:action", kwargs={"pk": action.pk}),
            is_urgent=True,
        )
        for action in actions[:MOST_ACTIONS]
        if may_edit
    ]
    if checks:
        steps.append(
            Step("See what the check found", reverse("assurance:outcome", kwargs={"pk": checks[0].pk}))
        )
    return steps
