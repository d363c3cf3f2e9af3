from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta

from celery import shared_task
from celery.contrib.django.task import DjangoTask
from django.core.files.storage import default_storage

from codeofpractice.models import FileStatus, PlanDocument, StoredFile
from codeofpractice.reading.extract import ReadingRefused, read_document
from codeofpractice.reading.rank import PointSpec, suggest
from codeofpractice.scanner import ScannerDown, scan
from codeofpractice.services import documents, files

logger = logging.getLogger(__name__)


def _chunks(stored: StoredFile) -> Iterator[bytes]:
    with default_storage.open(stored.storage_name, "rb") as handle:
        yield from handle.chunks()


@shared_task(base=DjangoTask)
def scan_file(file_id: int) -> None:
    """Ask the scanner about one file. Harmless when run twice; without an answer the file goes on waiting."""
    stored = StoredFile.objects.filter(pk=file_id, status__in=[FileStatus.WAITING, FileStatus.CLEAN]).first()
    if stored is None:
        return
    try:
        verdict = scan(_chunks(stored))
    except (ScannerDown, OSError) as error:
        logger.warning("File %s waits: %s", file_id, type(error).__name__)
        files.record_scanner_down(stored=stored, error=str(error))
        return
    files.record_verdict(stored=stored, verdict=verdict)


@shared_task(base=DjangoTask)
def sweep_files() -> int:
    """Start again what the scanner, or a crash, left waiting for over a minute; returns how many."""
    ids = files.waiting_files(older_than=timedelta(minutes=1))
    for file_id in ids:
        scan_file.delay(file_id)
    return len(ids)


@shared_task(base=DjangoTask)
def read_plan_document(document_id: int) -> None:
    """Read one uploaded plan. Harmless when run twice: only the claim that stands may finish."""
    document = documents.claim_document(document_id=document_id)
    if document is None:
        return
    try:
        _read(document)
    except ReadingRefused as refused:
        documents.refuse_document(document=document, reason=refused.sentence)
    except Exception as error:  # whatever it was, the row says so and it is tried again
        logger.exception("Document %s could not be read", document_id)
        documents.fail_document(document=document, error=type(error).__name__)


def _read(document: PlanDocument) -> None:
    with default_storage.open(document.file.storage_name, "rb") as handle:
        found = read_document(handle.read(), document.file.content_type)
    if not found.extractable:
        documents.refuse_document(document=document, reason=found.reason)
        return
    points = [
        PointSpec(number=point.number, key=point.key, title=point.title, requirement=point.requirement)
        for point in document.version.edition.points.all()
    ]
    documents.finish_document(document=document, reading=suggest(found, points))


@shared_task(base=DjangoTask)
def sweep_documents() -> int:
    """Start again what a crash left unread; returns how many."""
    ids = documents.restart_stuck_documents()
    for document_id in ids:
        read_plan_document.delay(document_id)
    return len(ids)
