"""A person's companies, and what each is to do next."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Prefetch, Q, QuerySet
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
from assurance.models import ActionStatus
from codeofpractice.models import PlanVersion, PlanVersionStatus


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
    memberships = (
        Membership.objects.order_by("-pk")
        .select_related("plan")
        .annotate(
            actions=Count(
                "plan_checks__actions",
                filter=Q(plan_checks__status="decided", plan_checks__actions__status=ActionStatus.OPEN),
            )
        )
        .prefetch_related(Prefetch("plan__versions", versions))
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
    actions: int = membership.actions  # type: ignore[attr-defined]
    if actions:
        company = reverse("applications:company", kwargs={"public_id": membership.company.public_id})
        text = (
            "Do the action that DfT has set" if actions == 1 else f"Do the {actions} actions that DfT has set"
        )
        steps.insert(0, Step(text, company, is_urgent=True))
    return steps
