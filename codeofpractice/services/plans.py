"""Writing the security plan: versions, answers, evidence, submission."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import queue_notification, record_event, require
from accounts.transitions import TransitionRefused, change_status
from applications.models import Membership, MembershipStatus, PersonLevel, SecurityContactKind
from codeofpractice.answers import find_gaps, may_skip
from codeofpractice.files import EVIDENCE_KINDS, store_upload
from codeofpractice.models import (
    PLAN_VERSION_TRANSITIONS,
    Edition,
    Evidence,
    LinkDecision,
    PassageLink,
    Plan,
    PlanVersion,
    PlanVersionStatus,
    PointResponse,
    Position,
)
from codeofpractice.permissions import can_edit_plan, can_submit_plan
from codeofpractice.services.locks import lock_draft, lock_version

NOT_YOURS = "Only an owner or editor of the company can change its plan"


class StaleAnswer(Exception):
    """Somebody saved this answer after the page was opened; `current` is what they wrote."""

    def __init__(self, current: PointResponse) -> None:
        super().__init__("Somebody else has changed this answer since you opened the page.")
        self.current = current


@dataclass(frozen=True)
class Answer:
    position: str
    how_met: str = ""
    responsible_role: str = ""
    planned_for: date | None = None
    not_applicable_reason: str = ""


@transaction.atomic
def start_version(*, membership: Membership, by: User) -> PlanVersion:
    """A new draft under the current edition, with what the last submitted version said.

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
    edition = Edition.objects.current()
    if edition is None:
        raise TransitionRefused("No edition of the Code of Practice is published yet. Try again later.")
    last = plan.versions.order_by("-number").first()
    version = PlanVersion.objects.create(
        plan=plan, edition=edition, number=last.number + 1 if last else 1, started_by=by
    )
    PointResponse.objects.bulk_create(
        PointResponse(version=version, point=point) for point in edition.points.all()
    )
    earlier = plan.versions.filter(status=PlanVersionStatus.SUBMITTED).order_by("-number").first()
    if earlier is not None:
        _carry_over(earlier, version, by)
    record_event(verb="plan.version_started", target=version, by=by, data={"edition": edition.code})
    return version


def _carry_over(earlier: PlanVersion, version: PlanVersion, by: User) -> None:
    """Copy answers and evidence to the points with the same key; confirmed passages go in as words."""
    new = {row.point.key: row for row in version.responses.select_related("point")}
    for old in earlier.responses.select_related("point"):
        response = new.get(old.point.key)
        if response is None:
            continue
        for name in ("position", "how_met", "responsible_role", "planned_for", "not_applicable_reason"):
            setattr(response, name, getattr(old, name))
        response.changed_by, response.changed_at = old.changed_by, old.changed_at
        response.how_met = "\n\n".join(filter(None, [old.how_met, *_passages_as_words(earlier, old)]))
        response.save()
    for old_evidence in earlier.evidence.prefetch_related("responses__point"):
        copy = Evidence.objects.create(
            version=version,
            file_id=old_evidence.file_id,
            title=old_evidence.title,
            effective_on=old_evidence.effective_on,
            added_by=by,
        )
        copy.responses.set(
            [new[row.point.key] for row in old_evidence.responses.all() if row.point.key in new]
        )


def _passages_as_words(version: PlanVersion, response: PointResponse) -> list[str]:
    links = PassageLink.objects.filter(
        passage__document__version=version, point=response.point, decision=LinkDecision.CONFIRMED
    )
    return list(links.order_by("passage__document_id", "passage__n").values_list("passage__text", flat=True))


@transaction.atomic
def answer_point(*, response: PointResponse, revision: int, answer: Answer, by: User) -> PointResponse:
    """Save the answer to one point. Raises StaleAnswer when it was saved since `revision` was read."""
    draft = lock_draft(response.version)
    require(can_edit_plan(by, draft.plan.membership), NOT_YOURS)
    locked = PointResponse.objects.select_for_update(of=("self",)).select_related("point").get(pk=response.pk)
    if locked.revision != revision:
        raise StaleAnswer(locked)
    if answer.position == Position.NOT_APPLICABLE and not may_skip(
        locked.point, draft.plan.membership.company
    ):
        raise TransitionRefused("This point applies to your company, so it needs an answer.")
    locked.position = Position(answer.position)
    locked.how_met = answer.how_met if answer.position != Position.NOT_APPLICABLE else ""
    locked.responsible_role = answer.responsible_role if answer.position != Position.NOT_APPLICABLE else ""
    locked.planned_for = answer.planned_for if answer.position == Position.PLANNED else None
    locked.not_applicable_reason = (
        answer.not_applicable_reason if answer.position == Position.NOT_APPLICABLE else ""
    )
    locked.changed_by = by
    locked.changed_at = timezone.now()
    locked.revision += 1
    locked.save()
    record_event(
        verb="plan.point_answered",
        target=draft,
        by=by,
        data={"point": locked.point.number, "position": locked.position, "revision": locked.revision},
    )
    return locked


@transaction.atomic
def add_evidence(
    *,
    version: PlanVersion,
    upload: UploadedFile[bytes],
    title: str,
    points: list[int],
    effective_on: date | None = None,
    by: User,
) -> Evidence:
    """Attach a file to points, given by their numbers. Raises FileRefused."""
    draft = lock_draft(version)
    require(can_edit_plan(by, draft.plan.membership), NOT_YOURS)
    stored = store_upload(upload=upload, company=draft.plan.membership.company, kinds=EVIDENCE_KINDS, by=by)
    evidence = Evidence.objects.create(
        version=draft,
        file=stored,
        title=title or stored.original_name[:150],
        effective_on=effective_on,
        added_by=by,
    )
    evidence.responses.set(draft.responses.filter(point__number__in=points))
    record_event(
        verb="plan.evidence_added", target=draft, by=by, data={"file": stored.pk, "points": sorted(points)}
    )
    return evidence


@transaction.atomic
def remove_evidence(*, evidence: Evidence, by: User) -> None:
    """Take the file out of the draft; earlier versions keep it."""
    draft = lock_draft(evidence.version)
    require(can_edit_plan(by, draft.plan.membership), NOT_YOURS)
    title = evidence.title
    evidence.delete()
    record_event(verb="plan.evidence_removed", target=draft, by=by, data={"title": title})


@transaction.atomic
def submit_version(*, version: PlanVersion, by: User) -> PlanVersion:
    """Freeze the draft. Raises TransitionRefused when something is missing or somebody was faster."""
    locked = lock_version(version)
    membership = locked.plan.membership
    require(can_submit_plan(by, membership), "Only an owner of the company can submit its plan")
    if membership.status != MembershipStatus.ACTIVE:
        raise TransitionRefused(f"This membership is now: {membership.get_status_display()}.")
    change_status(locked, PlanVersionStatus.SUBMITTED, PLAN_VERSION_TRANSITIONS)
    if find_gaps(locked):
        raise TransitionRefused("Something is missing from the plan. Go back to see what it is.")
    locked.submitted_by = by
    locked.submitted_at = timezone.now()
    locked.save(update_fields=["status", "submitted_by", "submitted_at"])
    _tell_about_submission(locked)
    record_event(verb="plan.submitted", target=locked, by=by, data={"edition": locked.edition.code})
    return locked


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
