"""What the scanner's word does to a file."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.services import record_event
from accounts.transitions import change_status
from codeofpractice.models import FILE_TRANSITIONS, FileStatus, PlanDocument, ReadingStatus, StoredFile
from codeofpractice.scanner import Finding, Verdict
from codeofpractice.services.documents import refuse_document

STATUS = {
    Finding.CLEAN: FileStatus.CLEAN,
    Finding.INFECTED: FileStatus.INFECTED,
    Finding.ENCRYPTED: FileStatus.UNSCANNABLE,
    Finding.UNSCANNABLE: FileStatus.UNSCANNABLE,
}
IN_WORDS = {
    FileStatus.INFECTED: "The virus scanner found something harmful in the file, so nobody can open it.",
    FileStatus.UNSCANNABLE: "The virus scanner could not look inside the file, so nobody can open it. "
    "Save a copy without a password and without macros, and upload that.",
}


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
    locked.save(update_fields=["status", "attempts", "last_error"])
    document = PlanDocument.objects.filter(file=locked, status=ReadingStatus.PENDING).first()
    if document is not None and status == FileStatus.CLEAN:
        from codeofpractice.tasks import read_plan_document

        read_plan_document.delay_on_commit(document.pk)
    elif document is not None:
        refuse_document(document=document, reason=IN_WORDS[status])
    record_event(verb=f"file.{status.value}", target=locked, by=None, reason=verdict.detail)
    return status


def record_scanner_down(*, stored: StoredFile, error: str) -> None:
    """The file goes on waiting; the row says why."""
    StoredFile.objects.filter(pk=stored.pk, status=FileStatus.WAITING).update(
        attempts=F("attempts") + 1, last_error=error[:2000]
    )


def waiting_files(*, older_than: timedelta) -> list[int]:
    before = timezone.now() - older_than
    waiting = StoredFile.objects.filter(status=FileStatus.WAITING, uploaded_at__lt=before)
    return list(waiting.order_by("pk").values_list("pk", flat=True)[:500])


@transaction.atomic
def scan_again(*, stored: StoredFile) -> None:
    """Put a file that could not be scanned back in the queue."""
    locked = StoredFile.objects.select_for_update().get(pk=stored.pk)
    change_status(locked, FileStatus.WAITING, FILE_TRANSITIONS)
    locked.save(update_fields=["status"])
    record_event(verb="file.scan_again", target=locked, by=None)
