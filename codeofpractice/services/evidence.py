"""Files that show how points are met: added, described, replaced, tied to points and taken out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accounts.models import User
from accounts.services import record_event, require
from accounts.transitions import TransitionRefused
from codeofpractice.files import EVIDENCE_KINDS, store_upload
from codeofpractice.models import Evidence, PlanVersion
from codeofpractice.permissions import can_edit_plan
from codeofpractice.services.locks import lock_draft

NOT_YOURS = "Only an owner or editor of the company can change its plan"


class StaleEvidence(Exception):
    """Somebody changed this evidence after the page was opened; `current` is how it stands."""

    def __init__(self, current: Evidence) -> None:
        super().__init__("Somebody else has changed this evidence since you opened the page.")
        self.current = current


@dataclass(frozen=True)
class EvidenceDetails:
    """`points` are numbers of the edition."""

    title: str
    points: list[int]
    effective_on: date | None = None
    expires_on: date | None = None


@transaction.atomic
def add_evidence(
    *,
    version: PlanVersion,
    upload: UploadedFile[bytes],
    title: str,
    points: list[int],
    effective_on: date | None = None,
    expires_on: date | None = None,
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
        expires_on=expires_on,
        added_by=by,
    )
    evidence.responses.set(draft.responses.filter(point__number__in=points))
    record_event(
        verb="plan.evidence_added", target=draft, by=by, data={"file": stored.pk, "points": sorted(points)}
    )
    return evidence


def _lock(evidence: Evidence, by: User) -> tuple[PlanVersion, Evidence]:
    draft = lock_draft(evidence.version)
    require(can_edit_plan(by, draft.plan.membership), NOT_YOURS)
    locked = Evidence.objects.select_for_update(of=("self",)).filter(pk=evidence.pk).first()
    if locked is None:
        raise TransitionRefused("Somebody has removed this evidence from the draft meanwhile.")
    if locked.replaced_by_id is not None:
        raise TransitionRefused("Somebody has replaced this evidence by a newer file meanwhile.")
    return draft, locked


@transaction.atomic
def change_evidence(*, evidence: Evidence, revision: int, details: EvidenceDetails, by: User) -> Evidence:
    """Describe a file anew. Raises StaleEvidence when it was changed since `revision` was read."""
    draft, locked = _lock(evidence, by)
    if locked.revision != revision:
        raise StaleEvidence(locked)
    locked.title = details.title or locked.file.original_name[:150]
    locked.effective_on, locked.expires_on = details.effective_on, details.expires_on
    locked.revision += 1
    locked.save(update_fields=["title", "effective_on", "expires_on", "revision"])
    locked.responses.set(draft.responses.filter(point__number__in=details.points))
    record_event(
        verb="plan.evidence_changed",
        target=draft,
        by=by,
        data={"file": locked.file_id, "points": sorted(details.points)},
    )
    return locked


@transaction.atomic
def replace_evidence(
    *,
    evidence: Evidence,
    upload: UploadedFile[bytes],
    effective_on: date | None = None,
    expires_on: date | None = None,
    by: User,
) -> Evidence:
    """Put a newer file in the place of one: it serves the same points, and the older one stays on record.

    Raises FileRefused.
    """
    draft, locked = _lock(evidence, by)
    stored = store_upload(upload=upload, company=draft.plan.membership.company, kinds=EVIDENCE_KINDS, by=by)
    newer = Evidence.objects.create(
        version=draft,
        file=stored,
        title=locked.title,
        effective_on=effective_on,
        expires_on=expires_on,
        added_by=by,
    )
    newer.responses.set(locked.responses.all())
    locked.responses.clear()
    locked.replaced_by = newer
    locked.save(update_fields=["replaced_by"])
    record_event(
        verb="plan.evidence_replaced",
        target=draft,
        by=by,
        data={"from": locked.file_id, "to": stored.pk},
    )
    return newer


@transaction.atomic
def use_evidence(*, version: PlanVersion, point: int, evidence: list[int], by: User) -> None:
    """Let files that are in the draft already serve one more point; those not there any more are left out."""
    draft = lock_draft(version)
    require(can_edit_plan(by, draft.plan.membership), NOT_YOURS)
    response = draft.responses.get(point__number=point)
    chosen = list(draft.evidence.current().filter(pk__in=evidence))
    response.evidence.add(*chosen)
    record_event(
        verb="plan.evidence_used",
        target=draft,
        by=by,
        data={"point": point, "files": sorted(row.file_id for row in chosen)},
    )


@transaction.atomic
def remove_evidence(*, evidence: Evidence, by: User) -> None:
    """Take the file, and those that it replaced, out of the draft; submitted versions keep theirs."""
    draft = lock_draft(evidence.version)
    require(can_edit_plan(by, draft.plan.membership), NOT_YOURS)
    title = evidence.title
    evidence.delete()
    record_event(verb="plan.evidence_removed", target=draft, by=by, data={"title": title})
