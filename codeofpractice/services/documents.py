"""An uploaded plan: from the file to passages that people tie to points."""

from __future__ import annotations

from datetime import timedelta

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from accounts.services import record_event, require
from accounts.transitions import TransitionRefused, change_status
from codeofpractice.files import PLAN_KINDS, PROFORMA_KINDS, store_upload
from codeofpractice.models import (
    DOCUMENT_TRANSITIONS,
    DocumentKind,
    FileStatus,
    LinkDecision,
    Passage,
    PassageLink,
    PassageSuggestion,
    PlanDocument,
    PlanVersion,
    PlanVersionStatus,
    Point,
    ReadingStatus,
)
from codeofpractice.permissions import can_edit_plan
from codeofpractice.reading.rank import PointScore, Reading
from codeofpractice.services.locks import lock_draft

MAX_ATTEMPTS = 3
STUCK_AFTER = timedelta(minutes=1)  # by then a task that nobody works on was lost
SUGGESTIONS_PER_POINT = 25


@transaction.atomic
def add_document(
    *,
    version: PlanVersion,
    upload: UploadedFile[bytes],
    kind: DocumentKind = DocumentKind.PLAN,
    by: User,
) -> PlanDocument:
    """Take an existing plan or a pro-forma in; it is scanned, then read. Raises FileRefused."""
    draft = lock_draft(version)
    require(can_edit_plan(by, draft.plan.membership), "Only an owner or editor can upload a plan")
    kinds = PROFORMA_KINDS if kind == DocumentKind.PROFORMA else PLAN_KINDS
    stored = store_upload(upload=upload, company=draft.plan.membership.company, kinds=kinds, by=by)
    document = PlanDocument.objects.create(version=draft, file=stored, kind=kind, added_by=by)
    record_event(verb="plan.document_added", target=draft, by=by, data={"file": stored.pk, "kind": kind})
    return document


@transaction.atomic
def remove_document(*, document: PlanDocument, by: User) -> None:
    """Take a document and its passages out of the draft; the file itself is kept."""
    draft = lock_draft(document.version)
    require(can_edit_plan(by, draft.plan.membership), "Only an owner or editor can remove a document")
    name = document.file.original_name
    document.delete()
    record_event(verb="plan.document_removed", target=draft, by=by, data={"name": name})


@transaction.atomic
def claim_document(*, document_id: int) -> PlanDocument | None:
    """Take up a document for reading; None when there is nothing to read. Call it with it to yourself.

    One that is being read although nobody else has it was left by a worker that died. It is taken up
    again, until that has happened MAX_ATTEMPTS times.
    """
    document = (
        PlanDocument.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("file", "version__edition", "version__plan__membership__company")
        .filter(
            pk=document_id,
            status__in=[ReadingStatus.PENDING, ReadingStatus.READING],
            file__status=FileStatus.CLEAN,
            version__status=PlanVersionStatus.DRAFT,
        )
        .first()
    )
    if document is None:
        return None
    if document.status == ReadingStatus.READING:
        document.last_error = "The worker stopped while it was reading."
        if document.attempts >= MAX_ATTEMPTS:
            change_status(document, ReadingStatus.FAILED, DOCUMENT_TRANSITIONS)
            document.save(update_fields=["status", "last_error"])
            return None
    else:
        change_status(document, ReadingStatus.READING, DOCUMENT_TRANSITIONS)
    document.attempts += 1
    document.claimed_at = timezone.now()
    document.save(update_fields=["status", "attempts", "claimed_at", "last_error"])
    return document


def lock_claim(document: PlanDocument) -> PlanDocument | None:
    """The row, if this claim of it still stands, and the draft was not given up meanwhile."""
    return (
        PlanDocument.objects.select_for_update(of=("self",))
        .filter(
            pk=document.pk,
            status=ReadingStatus.READING,
            claimed_at=document.claimed_at,
            version__status=PlanVersionStatus.DRAFT,
        )
        .first()
    )


@transaction.atomic
def finish_document(*, document: PlanDocument, reading: Reading) -> None:
    """Write the passages and what they may speak to, all or nothing."""
    locked = lock_claim(document)
    if locked is None:
        return
    points = {point.number: point for point in document.version.edition.points.all()}
    passages = Passage.objects.bulk_create(
        [
            Passage(
                document=locked, n=row.n, text=row.text, kind=row.kind, page=row.page, heading=row.heading
            )
            for row in reading.passages
        ],
        batch_size=500,
    )
    by_number = {row.n: row for row in passages}
    PassageSuggestion.objects.bulk_create(_suggestions(reading, by_number, points), batch_size=500)
    change_status(locked, ReadingStatus.READ, DOCUMENT_TRANSITIONS)
    locked.read_at = timezone.now()
    locked.reason = reading.reason
    locked.last_error = ""
    locked.save(update_fields=["status", "read_at", "reason", "last_error"])
    record_event(verb="plan.document_read", target=locked.version, by=None, data={"passages": len(passages)})


def _suggestions(
    reading: Reading, passages: dict[int, Passage], points: dict[int, Point]
) -> list[PassageSuggestion]:
    scored = {(row.n, score.point): score for row in reading.passages for score in row.points}
    made = []
    for coverage in reading.points:
        for rank, n in enumerate(coverage.suggested[:SUGGESTIONS_PER_POINT], start=1):
            score = scored.get((n, coverage.point))
            made.append(
                PassageSuggestion(
                    passage=passages[n],
                    point=points[coverage.point],
                    score=min(max(score.score, 0.0), 1.0) if score else 0.0,
                    rank=rank,
                    words=_words(score) if score else [],
                )
            )
    return made


def _words(score: PointScore) -> list[str]:
    """The words of the passage that made it rank; likeness to examples says nothing to its author."""
    return [word[:80] for word in score.words if not word.startswith("like examples")][:6]


@transaction.atomic
def refuse_document(*, document: PlanDocument, reason: str) -> None:
    """No text could be read from it, and trying again would not help. The sentence says what would."""
    locked = (
        PlanDocument.objects.select_for_update(of=("self",))
        .filter(pk=document.pk, version__status=PlanVersionStatus.DRAFT)
        .first()
    )
    if locked is None:  # removed, or the draft was given up meanwhile
        return
    change_status(locked, ReadingStatus.UNREADABLE, DOCUMENT_TRANSITIONS)
    locked.reason = reason
    locked.save(update_fields=["status", "reason"])
    record_event(verb="plan.document_unreadable", target=locked.version, by=None, reason=reason)


@transaction.atomic
def wait_again(*, document: PlanDocument) -> None:
    """Its file is scanned again, so what was said of it does not hold any more."""
    locked = PlanDocument.objects.select_for_update().get(pk=document.pk)
    change_status(locked, ReadingStatus.PENDING, DOCUMENT_TRANSITIONS)
    locked.attempts = 0
    locked.reason = ""
    locked.claimed_at = None
    locked.save(update_fields=["status", "attempts", "reason", "claimed_at"])


@transaction.atomic
def fail_document(*, document: PlanDocument, error: str) -> None:
    """Reading broke off. It is tried again until it has failed MAX_ATTEMPTS times."""
    locked = lock_claim(document)
    if locked is None:
        return
    to = ReadingStatus.FAILED if locked.attempts >= MAX_ATTEMPTS else ReadingStatus.PENDING
    change_status(locked, to, DOCUMENT_TRANSITIONS)
    locked.last_error = error[:2000]
    locked.save(update_fields=["status", "last_error"])


@transaction.atomic
def retry_document(*, document: PlanDocument, by: User) -> None:
    """Try a failed document once more."""
    from codeofpractice.tasks import read_plan_document

    draft = lock_draft(document.version)
    require(can_edit_plan(by, draft.plan.membership), "Only an owner or editor can try again")
    locked = PlanDocument.objects.select_for_update().get(pk=document.pk)
    change_status(locked, ReadingStatus.PENDING, DOCUMENT_TRANSITIONS)
    locked.attempts = 0
    locked.save(update_fields=["status", "attempts"])
    read_plan_document.delay_on_commit(locked.pk)
    record_event(verb="plan.document_retried", target=draft, by=by)


def restart_stuck_documents() -> list[int]:
    """Documents to read: those whose task was lost, and those whose worker may have died while reading.

    One that a worker still has is left to it: the task asks first.
    """
    before = timezone.now() - STUCK_AFTER
    waiting = PlanDocument.objects.filter(
        Q(status=ReadingStatus.PENDING, claimed_at__isnull=True, added_at__lt=before)
        | Q(status=ReadingStatus.PENDING, claimed_at__isnull=False)
        | Q(status=ReadingStatus.READING, claimed_at__lt=before),
        file__status=FileStatus.CLEAN,
        version__status=PlanVersionStatus.DRAFT,
    )
    return list(waiting.order_by("pk").values_list("pk", flat=True)[:100])


@transaction.atomic
def decide_passage(*, passage: Passage, point: Point, decision: str | None, by: User) -> None:
    """Say that a passage speaks to a point, or that it does not; None takes the word back."""
    draft = lock_draft(passage.document.version)
    require(can_edit_plan(by, draft.plan.membership), "Only an owner or editor can tie passages to points")
    if point.edition_id != draft.edition_id:
        raise TransitionRefused("This point belongs to another edition of the Code of Practice.")
    if decision is None:
        PassageLink.objects.filter(passage=passage, point=point).delete()
    else:
        PassageLink.objects.update_or_create(
            passage=passage,
            point=point,
            defaults={
                "decision": LinkDecision(decision),
                "decided_by": by,
                "decided_at": timezone.now(),
            },
        )
    record_event(
        verb="plan.passage_decided",
        target=draft,
        by=by,
        data={"passage": passage.pk, "point": point.number, "decision": decision},
    )
