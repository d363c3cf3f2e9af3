"""Writing the security plan: versions, answers, evidence, submission."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import queue_notification, record_event, require
from accounts.transitions import TransitionRefused, change_status
from applications.models import Membership, MembershipStatus, PersonLevel, SecurityContactKind
from applications.renewal_dates import a_year_after
from codeofpractice.answers import Answer, find_gaps, may_skip
from codeofpractice.fingerprint import fingerprint_of
from codeofpractice.models import (
    PLAN_VERSION_TRANSITIONS,
    Plan,
    PlanConfirmationStatus,
    PlanVersion,
    PlanVersionStatus,
    PointResponse,
    Position,
)
from codeofpractice.permissions import can_edit_plan, can_submit_plan
from codeofpractice.services.carrying import carry_over, edition_for, make_version, mark_looked_at
from codeofpractice.services.locks import lock_draft, lock_version
from codeofpractice.services.revisions import keep_revision

NOT_YOURS = "Only an owner or editor of the company can change its plan"


class StaleAnswer(Exception):
    """Somebody saved this answer after the page was opened; `current` is what they wrote."""

    def __init__(self, current: PointResponse) -> None:
        super().__init__("Somebody else has changed this answer since you opened the page.")
        self.current = current


@transaction.atomic
def start_version(*, membership: Membership, by: User) -> PlanVersion:
    """A new draft under the edition that speaks to the company, with what the last submitted version said.

    When there is a draft already, that one: a double click starts one version.
    """
    locked = (
        Membership.objects.select_for_update(of=("self",)).select_related("company").get(pk=membership.pk)
    )
    require(can_edit_plan(by, locked), NOT_YOURS)
    if locked.status != MembershipStatus.ACTIVE:
        raise TransitionRefused(f"This membership is now: {locked.get_status_display()}.")
    plan, _ = Plan.objects.get_or_create(membership=locked)
    draft = plan.versions.filter(status=PlanVersionStatus.DRAFT).first()
    if draft:
        return draft
    edition = edition_for(locked.company)
    last = plan.versions.order_by("-number").first()
    version = make_version(plan, edition, number=last.number + 1 if last else 1, by=by)
    earlier = plan.versions.filter(status=PlanVersionStatus.SUBMITTED).order_by("-number").first()
    if earlier is not None:
        carry_over(earlier, version, by)
    record_event(verb="plan.version_started", target=version, by=by, data={"edition": edition.code})
    return version


@transaction.atomic
def answer_point(
    *, response: PointResponse, revision: int, answer: Answer, by: User, is_by_itself: bool = False
) -> PointResponse:
    """Save the answer to one point. Raises StaleAnswer when it was saved since `revision` was read.

    `is_by_itself` says that the page saves while somebody writes: a mark of an earlier edition then stays.
    """
    draft = lock_draft(response.version)
    require(can_edit_plan(by, draft.plan.membership), NOT_YOURS)
    locked = PointResponse.objects.select_for_update(of=("self",)).select_related("point").get(pk=response.pk)
    if locked.revision != revision:
        raise StaleAnswer(locked)
    return write_answer(draft=draft, locked=locked, answer=answer, by=by, is_look=not is_by_itself)


def write_answer(
    *, draft: PlanVersion, locked: PointResponse, answer: Answer, by: User, is_look: bool = True
) -> PointResponse:
    """Save an answer over a row that the caller has locked, and keep what it said. Not for views."""
    if answer.position == Position.NOT_APPLICABLE and not may_skip(
        locked.point, draft.plan.membership.company
    ):
        raise TransitionRefused("This point applies to your company, so it needs an answer.")
    now = timezone.now()
    keep_revision(locked=locked, by=by, now=now)
    locked.position = Position(answer.position)
    locked.how_met = answer.how_met if answer.position != Position.NOT_APPLICABLE else ""
    locked.responsible_role = answer.responsible_role if answer.position != Position.NOT_APPLICABLE else ""
    locked.planned_for = answer.planned_for if answer.position == Position.PLANNED else None
    locked.not_applicable_reason = (
        answer.not_applicable_reason if answer.position == Position.NOT_APPLICABLE else ""
    )
    locked.changed_by = by
    locked.changed_at = now
    locked.revision += 1
    if is_look:
        mark_looked_at(locked, by)
    locked.save()
    record_event(
        verb="plan.point_answered",
        target=draft,
        by=by,
        data={"point": locked.point.number, "position": locked.position, "revision": locked.revision},
    )
    return locked


@transaction.atomic
def submit_version(*, version: PlanVersion, review_on: date | None = None, by: User) -> PlanVersion:
    """Freeze the draft. Raises TransitionRefused when something is missing or somebody was faster, and when
    the recognised security contact has not confirmed what the draft says: see confirming.py.

    `review_on` is when the company looks at it again: after today, within a year, and that year by default.
    """
    locked = lock_version(version)
    require(can_submit_plan(by, locked.plan.membership), "Only an owner of the company can submit its plan")
    locked.review_on = review_on or latest_review()
    check_can_be_submitted(locked, locked.review_on)
    _check_is_confirmed(locked)
    change_status(locked, PlanVersionStatus.SUBMITTED, PLAN_VERSION_TRANSITIONS)
    locked.submitted_by = by
    locked.submitted_at = timezone.now()
    locked.save(update_fields=["status", "submitted_by", "submitted_at", "review_on"])
    _tell_about_submission(locked)
    record_event(verb="plan.submitted", target=locked, by=by, data={"edition": locked.edition.code})
    return locked


def check_can_be_submitted(locked: PlanVersion, review_on: date) -> None:
    """Raises TransitionRefused with what is in the way."""
    membership = locked.plan.membership
    if membership.status != MembershipStatus.ACTIVE:
        raise TransitionRefused(f"This membership is now: {membership.get_status_display()}.")
    if locked.status != PlanVersionStatus.DRAFT:
        raise TransitionRefused(f"Version {locked.number} is now: {locked.get_status_display()}.")
    if find_gaps(locked):
        raise TransitionRefused("Something is missing from the plan. Go back to see what it is.")
    if not timezone.localdate() < review_on <= latest_review():
        raise TransitionRefused("The date of the review must be after today and within a year.")


def _check_is_confirmed(locked: PlanVersion) -> None:
    confirmed = locked.confirmations.filter(status=PlanConfirmationStatus.CONFIRMED)
    if not confirmed.filter(sha256=fingerprint_of(locked)).exists():
        raise TransitionRefused("The recognised security contact has not confirmed what the plan says now.")


def latest_review() -> date:
    """A plan is reviewed at least once a year."""
    return a_year_after(timezone.localdate())


def _tell_about_submission(version: PlanVersion) -> None:
    company = version.plan.membership.company
    addresses = {
        person.user.email: person.user
        for person in company.people.filter(level=PersonLevel.OWNER).select_related("user")
    }
    contact = company.security_contacts.filter(kind=SecurityContactKind.CONTACT, until__isnull=True).first()
    for address in [*addresses, *([contact.email] if contact and contact.email not in addresses else [])]:
        queue_notification(
            to=address,
            user=addresses.get(address),
            subject=f"Version {version.number} of your security plan is submitted",
            body=(
                f"{company.name} has submitted version {version.number} of its security plan under the "
                f"{version.edition.title}.\n\nThe version does not change any more. The Department for "
                "Transport may check it.\n"
            ),
        )


@transaction.atomic
def withdraw_draft(*, version: PlanVersion, reason: str, by: User) -> None:
    """Give a draft up; it stays on record. A new version starts from the last submitted one."""
    locked = lock_version(version)
    require(can_submit_plan(by, locked.plan.membership), "Only an owner of the company can give a draft up")
    change_status(locked, PlanVersionStatus.WITHDRAWN, PLAN_VERSION_TRANSITIONS)
    locked.save(update_fields=["status"])
    record_event(verb="plan.draft_withdrawn", target=locked, by=by, reason=reason)
