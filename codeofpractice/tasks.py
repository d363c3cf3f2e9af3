from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta

from celery import shared_task
from celery.contrib.django.task import DjangoTask
from django.core.files.storage import default_storage
from django.utils import timezone

from codeofpractice import services
from codeofpractice.files import DOCX, ODS, ODT, PDF, PROFORMA_KINDS, XLSX
from codeofpractice.limited import read_limited, read_proforma_limited, unpack_limited
from codeofpractice.looking import needs_unpacking
from codeofpractice.models import DocumentKind, Evidence, PlanDocument, PlanVersion, StoredFile
from codeofpractice.orphans import find_orphans
from codeofpractice.proforma.content import references_in
from codeofpractice.reading.extract import ReadingRefused
from codeofpractice.reading.rank import PointSpec, suggest
from codeofpractice.scanner import Finding, ScannerDown, Verdict, scan
from codeofpractice.services import documents, files, moving_on, proformas
from codeofpractice.services.locks import working_on
from codeofpractice.unpacking import CannotUnpack, Encrypted

READ_AS_PROFORMA = frozenset(kind.content_type for kind in PROFORMA_KINDS)
UNPACKED = frozenset(kind.content_type for kind in (PDF, DOCX, ODT, XLSX, ODS))

logger = logging.getLogger(__name__)

MOST_REMINDED = 1000  # in one run; the next one goes on


def _chunks(stored: StoredFile) -> Iterator[bytes]:
    with default_storage.open(stored.storage_name, "rb") as handle:
        yield from handle.chunks()


def _look_at(stored: StoredFile) -> Verdict:
    """The scanner's verdict on the file and on everything packed in it that clamd passes over."""
    verdict = scan(_chunks(stored))
    if verdict.finding != Finding.CLEAN or stored.content_type not in UNPACKED:
        return verdict
    content = b"".join(_chunks(stored))
    if not needs_unpacking(content):
        return verdict
    try:
        inside = unpack_limited(content)
    except CannotUnpack as error:
        finding = Finding.ENCRYPTED if isinstance(error, Encrypted) else Finding.UNSCANNABLE
        return Verdict(finding, f"Unpacking: {error}")
    return scan([inside]) if inside else verdict


@shared_task(base=DjangoTask)
def scan_file(file_id: int) -> None:
    """Ask the scanner about one file. Harmless when run twice; without an answer the file goes on waiting."""
    with working_on(StoredFile, file_id) as mine:
        stored = files.begin_scan(file_id=file_id) if mine else None
        if stored is None:
            return
        try:
            verdict = _look_at(stored)
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
def report_orphans() -> int:
    """Say in the log how many stored objects no row tells of. An operator looks, and removes them."""
    found = find_orphans()
    if found.orphans:
        logger.warning(
            "%s of %s stored objects have no row: see manage.py sweep_orphans",
            len(found.orphans),
            found.objects,
        )
    return len(found.orphans)


@shared_task(base=DjangoTask)
def read_plan_document(document_id: int) -> None:
    """Read one uploaded plan. Harmless when run twice: only the claim that stands may finish."""
    with working_on(PlanDocument, document_id) as mine:
        document = documents.claim_document(document_id=document_id) if mine else None
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
        content = handle.read()
    kind = document.file.content_type
    if document.kind == DocumentKind.PROFORMA:
        proformas.finish_proforma(document=document, found=read_proforma_limited(content, kind))
        return
    found = read_limited(content, kind)
    if kind in READ_AS_PROFORMA and references_in(row.text for row in found.passages):
        proformas.take_as_proforma(document=document)  # it was uploaded at the other page
        proformas.finish_proforma(document=document, found=read_proforma_limited(content, kind))
        return
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


@shared_task(base=DjangoTask)
def move_members(move_id: int) -> None:
    """Move a chunk of members on to an edition, and go on. Harmless when run twice or broken off."""
    if moving_on.move_chunk(move_id=move_id):
        move_members.delay(move_id)


@shared_task(base=DjangoTask)
def sweep_moves() -> int:
    """Begin for editions that have come into force, and go on where work was left; returns how many go on."""
    moving_on.start_moves()
    moves = moving_on.open_moves()
    for move_id in moves:
        move_members.delay(move_id)
    return len(moves)


@shared_task(base=DjangoTask)
def remind_of_plans() -> dict[str, int]:
    """Remind of reviews and of evidence that expires. Harmless twice; a missed day is made good.

    One transaction a plan: one that fails is logged, tried again at the next run, and stops no other.
    """
    today = timezone.localdate()
    done = {"reviews": 0, "evidence": 0}
    for version in PlanVersion.objects.to_review(today).order_by("review_on", "pk")[:MOST_REMINDED]:
        try:
            done["reviews"] += services.remind_of_review(version=version, today=today)
        except Exception:
            logger.exception("Version %s could not be reminded of", version.pk)
    plans = Evidence.objects.to_remind(today).order_by("version__plan_id").values_list("version__plan_id")
    for (plan_id,) in plans.distinct()[:MOST_REMINDED]:
        try:
            done["evidence"] += services.remind_of_evidence(plan_id=plan_id, today=today)
        except Exception:
            logger.exception("The evidence of plan %s could not be reminded of", plan_id)
    return done
