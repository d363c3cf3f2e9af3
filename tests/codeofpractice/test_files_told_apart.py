"""Why a file is refused, who is told, how it is checked again, and what a dead worker leaves."""

from __future__ import annotations

import os
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import AuditEvent
from accounts.transitions import TransitionRefused
from codeofpractice import services, tasks
from codeofpractice.answers import find_gaps
from codeofpractice.files import DOCX
from codeofpractice.models import FileStatus, PlanDocument, PlanVersion, ReadingStatus, StoredFile
from codeofpractice.orphans import find_orphans
from codeofpractice.scanner import Finding, Verdict
from codeofpractice.services import documents, files
from tests import factories as make
from tests.applications.test_views_apply import client_of, soup
from tests.cast import Cast
from tests.codeofpractice.uploads import PDF, docx, marked_encrypted, upload, zipped


def kept(cast: Cast, content: bytes = PDF, **fields: Any) -> StoredFile:
    row = make.StoredFileFactory(
        company=cast.alpha,
        uploaded_by=cast.owner,
        original_name="Hyfforddiant Siân.pdf",
        **{"status": FileStatus.WAITING} | fields,
    )
    StoredFile.objects.filter(pk=row.pk).update(
        storage_name=default_storage.save(f"test/{row.pk}", upload(content))
    )
    row.refresh_from_db()
    return row


def as_evidence(cast: Cast, stored: StoredFile) -> StoredFile:
    evidence = cast.draft_version.evidence.create(file=stored, title="Hyfforddiant", added_by=cast.owner)
    evidence.responses.add(cast.draft_version.responses.get(point__number=3))
    return stored


def plan_text(cast: Cast, user: Any) -> str:
    page = soup(client_of(user).get(f"/plans/{cast.membership.number}/"))
    return " ".join(page.select_one("main").get_text().split())


def test_a_password_is_a_state_of_its_own(cast: Cast) -> None:
    row = as_evidence(cast, kept(cast, zipped({"inner.zip": marked_encrypted(docx())})))
    tasks.scan_file(row.pk)
    row.refresh_from_db()
    assert row.status == FileStatus.ENCRYPTED
    assert "protected with a password" in row.words
    assert "Save a copy without the password" in plan_text(cast, cast.owner)
    assert any("protected with a password" in gap.words for gap in find_gaps(cast.draft_version))


@pytest.mark.parametrize("status", [FileStatus.INFECTED, FileStatus.ENCRYPTED, FileStatus.UNSCANNABLE])
def test_each_refusal_says_why_and_what_next_to_its_uploader_only(cast: Cast, status: FileStatus) -> None:
    stored = as_evidence(cast, kept(cast, status=status))
    ours, theirs = plan_text(cast, cast.owner), plan_text(cast, cast.editor)
    assert stored.words in ours
    assert "Hyfforddiant" in ours
    assert stored.words not in theirs
    assert "Hyfforddiant" not in theirs
    assert f"A file that {cast.owner.name} uploaded" in theirs
    assert status.label in theirs
    assert ("Check it again" in ours) == (status == FileStatus.UNSCANNABLE)


def test_a_file_that_waits_has_no_name_for_others_on_any_page(cast: Cast) -> None:
    as_evidence(cast, kept(cast))
    for path in ("", "points/3/", "submit/", "versions/2/"):
        response = client_of(cast.editor).get(f"/plans/{cast.membership.number}/{path}")
        assert response.status_code == 200
        assert "Hyfforddiant" not in response.content.decode()


def test_an_unscannable_file_is_checked_again_from_the_page(
    cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    stored = as_evidence(cast, kept(cast, status=FileStatus.UNSCANNABLE, scans_broken_off=3))
    address = f"/plans/{cast.membership.number}/files/{stored.pk}/scan/"
    with django_capture_on_commit_callbacks() as callbacks:
        assert client_of(cast.editor).post(address).status_code == 302
    assert len(callbacks) >= 1
    stored.refresh_from_db()
    assert (stored.status, stored.scans_broken_off) == (FileStatus.WAITING, 0)
    event = AuditEvent.objects.filter(verb="file.scan_again").latest("pk")
    assert event.by == cast.editor
    tasks.scan_file(stored.pk)
    stored.refresh_from_db()
    assert stored.status == FileStatus.CLEAN
    assert client_of(cast.editor).post(address).status_code == 409


def test_checking_again_is_refused_to_viewers_and_for_infected_files(cast: Cast) -> None:
    stored = as_evidence(cast, kept(cast, status=FileStatus.INFECTED))
    with pytest.raises(TransitionRefused):
        services.scan_again(stored=stored, by=cast.owner)
    other = as_evidence(cast, kept(cast, status=FileStatus.UNSCANNABLE))
    with pytest.raises(PermissionDenied):
        services.scan_again(stored=other, by=cast.viewer)


def test_a_file_of_another_draft_is_not_found(cast: Cast) -> None:
    stored = kept(cast, status=FileStatus.UNSCANNABLE)  # in no draft
    address = f"/plans/{cast.membership.number}/files/{stored.pk}/scan/"
    assert client_of(cast.owner).post(address).status_code == 404


def test_a_plan_refused_with_its_file_is_read_after_all(cast: Cast) -> None:
    stored = kept(cast, docx(), content_type=DOCX.content_type)
    document = PlanDocument.objects.create(version=cast.draft_version, file=stored, added_by=cast.owner)
    files.record_verdict(stored=stored, verdict=Verdict(Finding.UNSCANNABLE, "Heuristics.Limits"))
    document.refresh_from_db()
    stored.refresh_from_db()
    assert (document.status, document.reason) == (ReadingStatus.UNREADABLE, stored.words)
    services.scan_again(stored=stored, by=cast.owner)
    document.refresh_from_db()
    assert (document.status, document.reason) == (ReadingStatus.PENDING, "")
    tasks.scan_file(stored.pk)
    tasks.read_plan_document(document.pk)
    document.refresh_from_db()
    assert document.status == ReadingStatus.READ


def test_the_command_keeps_to_one_file_or_to_the_refused(cast: Cast) -> None:
    refused = kept(cast, status=FileStatus.ENCRYPTED)
    other = kept(cast, status=FileStatus.UNSCANNABLE)
    out = StringIO()
    call_command("rescan_files", "--file", str(refused.pk), stdout=out)
    assert "Files to be scanned: 1." in out.getvalue()
    other.refresh_from_db()
    assert other.status == FileStatus.UNSCANNABLE
    call_command("rescan_files", "--refused-only", stdout=out)
    other.refresh_from_db()
    assert other.status == FileStatus.WAITING


def test_a_file_that_workers_die_over_is_given_up(cast: Cast) -> None:
    row = kept(cast)
    for broken_off in range(3):
        assert files.begin_scan(file_id=row.pk) is not None  # and then the worker dies
        row.refresh_from_db()
        assert (row.status, row.scans_broken_off) == (FileStatus.WAITING, broken_off)
    tasks.scan_file(row.pk)
    row.refresh_from_db()
    assert row.status == FileStatus.UNSCANNABLE
    assert "stopped over it 3 times" in row.last_error


def test_a_scanner_that_is_down_never_gives_a_file_up(cast: Cast, settings: Any) -> None:
    row = kept(cast)
    settings.CLAMD_SOCKET = "/nowhere/clamd.socket"
    for _ in range(6):
        tasks.scan_file(row.pk)
    row.refresh_from_db()
    assert (row.status, row.attempts, row.scans_broken_off) == (FileStatus.WAITING, 6, 0)


def test_a_document_that_workers_die_over_fails_in_words(cast: Cast) -> None:
    row = kept(cast, status=FileStatus.CLEAN)
    document = PlanDocument.objects.create(version=cast.draft_version, file=row, added_by=cast.owner)
    for attempt in range(1, 4):
        claimed = documents.claim_document(document_id=document.pk)  # and then the worker dies
        assert claimed is not None
        assert claimed.attempts == attempt
    assert documents.restart_stuck_documents() == []
    long_ago = timezone.now() - documents.STUCK_AFTER - timedelta(seconds=1)
    PlanDocument.objects.filter(pk=document.pk).update(claimed_at=long_ago)
    assert documents.restart_stuck_documents() == [document.pk]
    tasks.read_plan_document(document.pk)
    document.refresh_from_db()
    assert document.status == ReadingStatus.FAILED
    page = client_of(cast.owner).get(f"/plans/{cast.membership.number}/documents/{document.pk}/")
    assert "Try again" in page.content.decode()


def test_what_belongs_to_a_draft_that_was_given_up_stops_nothing(cast: Cast) -> None:
    row = kept(cast)
    document = PlanDocument.objects.create(version=cast.draft_version, file=row, added_by=cast.owner)
    reading = PlanDocument.objects.create(
        version=cast.draft_version, file=kept(cast, status=FileStatus.CLEAN), added_by=cast.owner
    )
    claimed = documents.claim_document(document_id=reading.pk)
    assert claimed is not None
    services.withdraw_draft(
        version=PlanVersion.objects.get(pk=cast.draft_version.pk), reason="No", by=cast.owner
    )
    documents.fail_document(document=claimed, error="late")
    documents.refuse_document(document=claimed, reason="late")
    tasks.scan_file(row.pk)
    row.refresh_from_db()
    assert row.status == FileStatus.CLEAN
    tasks.read_plan_document(document.pk)
    assert documents.restart_stuck_documents() == []


@pytest.fixture
def store(tmp_path: Any, settings: Any) -> Any:
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path)},
        }
    }
    return tmp_path


def put(store: Any, name: str, *, hours_old: int) -> str:
    saved = default_storage.save(f"uploads/{name}", upload(PDF))
    moment = (timezone.now() - timedelta(hours=hours_old)).timestamp()
    os.utime(store / saved, (moment, moment))
    return saved


def test_orphans_are_reported_first_and_removed_on_demand(db: None, store: Any) -> None:
    assert find_orphans().objects == 0
    row = make.StoredFileFactory(storage_name=put(store, "a" * 32, hours_old=48))
    orphan, young = put(store, "b" * 32, hours_old=48), put(store, "c" * 32, hours_old=2)
    assert find_orphans().orphans == (orphan,)
    assert tasks.report_orphans() == 1
    out = StringIO()
    call_command("sweep_orphans", stdout=out)
    assert out.getvalue().splitlines() == [orphan, "1 of 3 objects have no row."]
    assert default_storage.exists(orphan)
    call_command("sweep_orphans", "--remove", stdout=out)
    assert "Removed: 1." in out.getvalue()
    assert [default_storage.exists(name) for name in (orphan, young, row.storage_name)] == [False, True, True]


def test_a_store_that_mostly_has_no_rows_is_not_emptied(db: None, store: Any) -> None:
    for number in range(11):
        put(store, f"{number:032x}", hours_old=48)
    with pytest.raises(CommandError, match="wrong database"):
        call_command("sweep_orphans", "--remove", stdout=StringIO())
    assert find_orphans().objects == 11
    with pytest.raises(CommandError, match="at least one hour"):
        call_command("sweep_orphans", "--hours", "0", stdout=StringIO())
    call_command("sweep_orphans", "--remove", "--many", stdout=StringIO())
    assert find_orphans().objects == 0
