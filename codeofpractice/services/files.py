"""What the scanner's word does to a file."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from accounts.services import record_event, require
from accounts.transitions import change_status
from applications.permissions import can_edit_company
from codeofpractice.models import (
    FILE_TRANSITIONS,
    FILE_WORDS,
    FileStatus,
    PlanDocument,
    PlanVersionStatus,
    ReadingStatus,
    StoredFile,
)
from codeofpractice.scanner import Finding, Verdict
from codeofpractice.services.documents import refuse_document, wait_again

STATUS = {
    Finding.CLEAN: FileStatus.CLEAN,
    Finding.INFECTED: FileStatus.INFECTED,
    Finding.ENCRYPTED: FileStatus.ENCRYPTED,
    Finding.UNSCANNABLE: FileStatus.UNSCANNABLE,
}
MAX_BROKEN_OFF = 3
SCAN_AGAIN = (FileStatus.UNSCANNABLE, FileStatus.ENCRYPTED)


@transaction.atomic
def begin_scan(*, file_id: int) -> StoredFile | None:
    """The file to scan; None when there is nothing to do. Call it with the file to yourself.

    A file that workers died over MAX_BROKEN_OFF times is given up, or it would take one down after another.
    """
    stored = StoredFile.objects.select_for_update().filter(pk=file_id).first()
    if stored is None or stored.status not in {FileStatus.WAITING, FileStatus.CLEAN}:
        return None
    if stored.status == FileStatus.CLEAN:
        return stored
    if stored.scan_began_at is not None:
        stored.scans_broken_off += 1
    stored.scan_began_at = timezone.now()
    stored.save(update_fields=["scan_began_at", "scans_broken_off"])
    if stored.scans_broken_off >= MAX_BROKEN_OFF:
        given_up = Verdict(Finding.UNSCANNABLE, f"The worker stopped over it {MAX_BROKEN_OFF} times")
        record_verdict(stored=stored, verdict=given_up)
        return None
    return stored


@transaction.atomic
def record_verdict(*, stored: StoredFile, verdict: Verdict) -> FileStatus | None:
    """Release or refuse the file. None when another scan was faster and nothing is left to say."""
    locked = StoredFile.objects.select_for_update().get(pk=stored.pk)
    status = STATUS[verdict.finding]
    if locked.status == status or locked.status not in {FileStatus.WAITING, FileStatus.CLEAN}:
        return None
    if locked.status == FileStatus.CLEAN and status != FileStatus.INFECTED:
        return None
    change_status(locked, status, FILE_TRANSITIONS)
    locked.attempts += 1
    locked.last_error = verdict.detail
    locked.scan_began_at = None
    locked.save(update_fields=["status", "attempts", "last_error", "scan_began_at"])
    document = _document_of(locked, ReadingStatus.PENDING)
    if document is not None and status == FileStatus.CLEAN:
        from codeofpractice.tasks import read_plan_document

        read_plan_document.delay_on_commit(document.pk)
    elif document is not None:
        refuse_document(document=document, reason=FILE_WORDS[status])
    record_event(verb=f"file.{status.value}", target=locked, by=None, reason=verdict.detail)
    return status


def record_scanner_down(*, stored: StoredFile, error: str) -> None:
    """The file goes on waiting; the row says why."""
    StoredFile.objects.filter(pk=stored.pk, status=FileStatus.WAITING).update(
        attempts=F("attempts") + 1, last_error=error[:2000], scan_began_at=None
    )


def waiting_files(*, older_than: timedelta) -> list[int]:
    before = timezone.now() - older_than
    waiting = StoredFile.objects.filter(status=FileStatus.WAITING, uploaded_at__lt=before)
    return list(waiting.order_by("pk").values_list("pk", flat=True)[:500])


def _document_of(stored: StoredFile, status: ReadingStatus) -> PlanDocument | None:
    """The plan of an open draft that the file is; nothing of another version changes any more."""
    return PlanDocument.objects.filter(
        file=stored, status=status, version__status=PlanVersionStatus.DRAFT
    ).first()


@transaction.atomic
def scan_again(*, stored: StoredFile, by: User | None) -> None:
    """Put a file that could not be scanned back in the queue; `by` is None on the operator's word.

    A plan that was refused with it waits to be read again, too.
    """
    from codeofpractice.tasks import scan_file

    locked = StoredFile.objects.select_for_update(of=("self",)).select_related("company").get(pk=stored.pk)
    if by is not None:
        require(can_edit_company(by, locked.company), "Only an owner or editor can have a file checked again")
    change_status(locked, FileStatus.WAITING, FILE_TRANSITIONS)
    locked.scans_broken_off = 0
    locked.scan_began_at = None
    locked.last_error = ""
    locked.save(update_fields=["status", "scans_broken_off", "scan_began_at", "last_error"])
    document = _document_of(locked, ReadingStatus.UNREADABLE)
    if document is not None:
        wait_again(document=document)
    scan_file.delay_on_commit(locked.pk)
    record_event(verb="file.scan_again", target=locked, by=by)
