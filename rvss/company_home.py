"""A person's companies, and what each is to do next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from applications.models import (
    OPEN_APPLICATION_STATUSES,
    Application,
    ApplicationStatus,
    Company,
    CompanyPerson,
    DeclarationRequest,
    EnrolledCompany,
    JoinRequest,
    Membership,
    MembershipStatus,
    PersonLevel,
    SecurityContact,
)
from applications.services.renewals import why_not_renew
from assurance.models import TO_DO, CheckRequest, CheckStatus, CorrectiveAction, PlanCheck
from codeofpractice.models import Measure, PlanVersion, PlanVersionStatus
from codeofpractice.querysets import reminder_for
from rvss.jinja import in_words

MOST_ACTIONS = 5
MOST_REQUESTS = 3


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
    overdue = Measure.objects.overdue(timezone.localdate()).filter(response__version=OuterRef("pk"))
    versions = (
        PlanVersion.objects.order_by("-number")
        .only("status", "number", "plan", "review_on")
        .annotate(has_overdue=Exists(overdue))
    )
    actions = CorrectiveAction.objects.filter(status__in=TO_DO).select_related("point")
    checks = PlanCheck.objects.filter(status=CheckStatus.DECIDED).order_by("-pk")
    asked_for = CheckRequest.objects.open().select_related("point").order_by("due_on", "pk")
    waiting = PlanCheck.objects.filter(status=CheckStatus.WAITING).prefetch_related(
        Prefetch("requests", asked_for, to_attr="open_requests")
    )
    proposed = EnrolledCompany.objects.filter(status="asked").select_related("body")
    asked = JoinRequest.objects.open().select_related("user")
    memberships = (
        Membership.objects.order_by("-pk")
        .select_related("plan", "application")
        .prefetch_related(
            Prefetch("declaration_requests", DeclarationRequest.objects.open()),
            Prefetch("plan__versions", versions),
            Prefetch("plan_checks", checks.prefetch_related(Prefetch("actions", actions))),
            Prefetch("plan_checks", waiting, to_attr="checks_waiting"),
        )
    )
    return (
        CompanyPerson.objects.filter(user=user)
        .select_related("company")
        .defer("company__search", "company__search_terms")
        .order_by("company__name", "pk")
        .prefetch_related(
            Prefetch("company__applications", applications),
            Prefetch("company__memberships", memberships),
            Prefetch("company__join_requests", asked),
            Prefetch("company__enrolled", proposed),
            Prefetch(
                "company__security_contacts",
                SecurityContact.objects.filter(
                    pk__in=SecurityContact.objects.needing_attention().values("pk")
                ),
            ),
        )
    )


def card_of(person: CompanyPerson) -> CompanyCard:
    company = person.company
    membership = next(iter(company.memberships.all()), None)
    application = next(iter(company.applications.all()), None)
    may_edit = person.level in {PersonLevel.OWNER, PersonLevel.EDITOR}
    steps: list[Step] = []
    is_applying = application is not None and application.status in OPEN_APPLICATION_STATUSES
    if application and is_applying:
        steps.append(_application_step(application, may_edit))
    if membership and membership.status in {MembershipStatus.ACTIVE, MembershipStatus.SUSPENDED}:
        steps += _renewal_steps(membership, may_edit)
        steps += _signing_steps(membership, person.level) + _member_steps(membership, may_edit)
    elif membership and membership.status == MembershipStatus.LAPSED:
        steps += _renewal_steps(membership, may_edit)
    elif may_edit and not is_applying:
        again = reverse("applications:apply_again", args=[company.public_id])
        steps.append(Step("Apply again" if application else "Apply to join", again))
    if person.level == PersonLevel.OWNER:
        steps = _people_steps(company) + steps
    if may_edit:
        steps += _contact_steps(company)
    has_ended = membership is None or membership.status in {
        MembershipStatus.REMOVED,
        MembershipStatus.RESIGNED,
    }
    state = application if is_applying and has_ended else membership or application
    return CompanyCard(company, state, membership.number if state == membership and membership else "", steps)


def _renewal_steps(membership: Membership, may_edit: bool) -> list[Step]:
    if not may_edit or why_not_renew(membership, timezone.localdate()):
        return []
    due = f"Renew the membership by {in_words(membership.renewal_due_on)}"
    has_lapsed = membership.status == MembershipStatus.LAPSED
    address = reverse("renew", kwargs={"reference": membership.application.reference})
    return [Step("Renew the membership, which has lapsed" if has_lapsed else due, address, is_urgent=True)]


def _people_steps(company: Company) -> list[Step]:
    """Who waits for an owner's answer: people who ask to join, and partners."""
    return [
        Step(
            f"Answer {asked.user}, who asks to act for the company",
            reverse("applications:join_request", kwargs={"public_id": company.public_id, "pk": asked.pk}),
            is_urgent=True,
        )
        for asked in list(company.join_requests.all())[:MOST_REQUESTS]
    ] + [
        Step(
            f"Say whether the company is a member of {tie.body.name}",
            reverse("applications:partner_answer", kwargs={"public_id": company.public_id, "pk": tie.pk}),
            is_urgent=True,
        )
        for tie in list(company.enrolled.all())[:MOST_REQUESTS]
    ]


def _application_step(application: Application, may_edit: bool) -> Step:
    show = reverse("applications:application", kwargs={"reference": application.reference})
    if application.status == ApplicationStatus.SUBMITTED or not may_edit:
        return Step("See the application", show)
    if application.status == ApplicationStatus.QUESTION:
        return Step("Answer what DfT asks about the application", show, is_urgent=True)
    tasks = reverse("applications:tasks", args=[application.reference])
    if application.warned is not None:
        return Step(f"Go on with the application, kept until {in_words(application.kept_until)}", tasks, True)
    return Step("Go on with the application", tasks)


def _contact_steps(company: Company) -> list[Step]:
    address = reverse("applications:contacts", kwargs={"public_id": company.public_id})
    return [
        Step(f"See why {contact.name} is not confirmed as a security contact", address, is_urgent=True)
        for contact in company.security_contacts.all()
    ]


def _signing_steps(membership: Membership, level: str) -> list[Step]:
    facts = reverse("applications:facts", kwargs={"reference": membership.application.reference})
    return [
        Step(f"Sign the declaration again by {in_words(request.due_on)}", facts, is_urgent=True)
        for request in membership.declaration_requests.all()
        if level == PersonLevel.OWNER
    ]


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
    return [
        *_asked_steps(membership, may_edit),
        *_check_steps(membership, may_edit),
        *_review_steps(membership, may_edit),
        *_measure_steps(membership, may_edit),
        *steps,
    ]


def _review_steps(membership: Membership, may_edit: bool) -> list[Step]:
    """From the first reminder on: the review of the version that was submitted last."""
    plan = getattr(membership, "plan", None)
    versions = plan.versions.all() if plan and may_edit else []
    last = next((row for row in versions if row.status == PlanVersionStatus.SUBMITTED), None)
    if last is None or reminder_for(last.review_on, timezone.localdate()) is None:
        return []
    is_over = last.review_on <= timezone.localdate()
    words = f"Review the security plan{', which was due on' if is_over else ' by'} {in_words(last.review_on)}"
    return [Step(words, reverse("codeofpractice:plan", kwargs={"number": membership.number}), is_urgent=True)]


def _measure_steps(membership: Membership, may_edit: bool) -> list[Step]:
    """Measures of the newest version that should be in place by now."""
    plan = getattr(membership, "plan", None)
    versions = plan.versions.all() if plan and may_edit else []
    newest = next((row for row in versions if row.status != PlanVersionStatus.WITHDRAWN), None)
    if newest is None or not getattr(newest, "has_overdue", False):
        return []
    address = reverse("codeofpractice:plan", kwargs={"number": membership.number})
    return [Step("Say what became of overdue measures in the security plan", address, is_urgent=True)]


def _asked_steps(membership: Membership, may_edit: bool) -> list[Step]:
    """What DfT waits for while it checks the plan."""
    steps = []
    for check in getattr(membership, "checks_waiting", []) if may_edit else []:
        for asked in check.open_requests:
            by = in_words(asked.due_on)
            if asked.point is None:
                address = reverse("codeofpractice:plan", kwargs={"number": membership.number})
                steps.append(Step(f"Submit the security plan, which DfT will check, by {by}", address, True))
            else:
                address = reverse("assurance:request_answer", kwargs={"pk": asked.pk})
                words = f"Answer DfT’s question about point {asked.point.number} by {by}"
                steps.append(Step(words, address, is_urgent=True))
    return steps


def _check_steps(membership: Membership, may_edit: bool) -> list[Step]:
    """The actions that DfT has set, the soonest first, and where to read what the newest check found."""
    checks = list(membership.plan_checks.all())
    actions = sorted(
        (action for check in checks for action in check.actions.all()),
        key=lambda row: (row.target_on or date.max, row.pk),
    )
    steps = [
        Step(
            f"Do the action on point {action.point.number}"
            + (f" by {in_words(action.target_on)}" if action.target_on else ""),
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
