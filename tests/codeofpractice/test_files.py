"""What is taken in, what is refused, and that nothing is released before the scanner has spoken."""

from __future__ import annotations

import random
import threading
import zipfile
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pikepdf
import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection, transaction

from codeofpractice import tasks
from codeofpractice.files import (
    EVIDENCE_KINDS,
    PLAN_KINDS,
    FileRefused,
    check_upload,
    clean_name,
    store_upload,
)
from codeofpractice.files import PDF as PDF_KIND
from codeofpractice.models import FileStatus, StoredFile
from codeofpractice.scanner import Finding, ScannerDown, read_reply
from tests import factories as make
from tests.codeofpractice.uploads import (
    EICAR,
    PDF,
    PNG,
    docx,
    marked_encrypted,
    packed_otherwise,
    pdf_with,
    upload,
    zipped,
)

MARKUP = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
MIMETYPE_ODT = b"application/vnd.oasis.opendocument.text"
REFUSED: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "empty"),
    "html": (MARKUP, "whatever its name says"),
    "html after blanks": (b"  \n" * 50 + MARKUP, "whatever its name says"),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "whatever its name says"),
    "xml": (b'<?xml version="1.0"?><a/>', "whatever its name says"),
    "html before a pdf": (MARKUP + PDF, "whatever its name says"),
    "pdf cut short": (PDF[:40], "cut short"),
    "encrypted pdf": (PDF.replace(b"trailer\n<<", b"trailer\n<</Encrypt 5 0 R"), "password"),
    "old word": (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "old Office format"),
    "elf": (b"\x7fELF\x02\x01\x01" + b"\0" * 200, "whatever its name says"),
    "windows program": (b"MZ" + b"\0" * 200, "whatever its name says"),
    "shell script": (b"\0#!/bin/sh\nrm -rf /", "whatever its name says"),
    "gzip": (bytes.fromhex("1f8b0800000000000003") + b"\0" * 50, "whatever its name says"),
    "rar": (b"Rar!\x1a\x07\x00" + b"\0" * 50, "whatever its name says"),
    "plain zip": (zipped({"a.txt": b"hello"}), "whatever its name says"),
    "broken zip": (docx()[:-30], "damaged"),
    "zip of nothing": (b"PK\x05\x06" + b"\0" * 18, "whatever its name says"),
    "zip header only": (b"PK\x03\x04" + b"\xff" * 60, "damaged"),
    "encrypted docx": (marked_encrypted(docx()), "password"),
    "bomb": (docx(word__media__a=b"\0" * (61 * 1024 * 1024)), "opens to far more"),
    "too many members": (zipped({f"{n}.xml": b"" for n in range(2_001)}), "opens to far more"),
    "macros by name": (zipped({"[Content_Types].xml": b"", "word/vbaProject.bin": b"x"}), "macros"),
    "content types only": (zipped({"[Content_Types].xml": b""}), "whatever its name says"),
    "odt without manifest": (zipped({"mimetype": MIMETYPE_ODT}), "whatever its name says"),
    "odt of another kind": (
        zipped({"mimetype": b"text/html", "META-INF/manifest.xml": b""}),
        "whatever its name says",
    ),
    "packed with lzma": (packed_otherwise(zipfile.ZIP_LZMA), "damaged"),
    "packed with bzip2": (packed_otherwise(zipfile.ZIP_BZIP2), "damaged"),
    "picture for a plan": (PNG, "whatever its name says"),
    "nul bytes": (b"\0" * 500, "whatever its name says"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_as_a_plan_with_a_reason(name: str) -> None:
    content, sentence = REFUSED[name]
    with pytest.raises(FileRefused, match=sentence):
        check_upload(upload(content), PLAN_KINDS)


@pytest.mark.parametrize("name", [name for name in REFUSED if name != "picture for a plan"])
def test_refused_as_evidence_too(name: str) -> None:
    with pytest.raises(FileRefused):
        check_upload(upload(REFUSED[name][0]), EVIDENCE_KINDS)


@pytest.mark.parametrize(
    ("content", "suffix"),
    [
        (PDF, ".pdf"),
        (docx(), ".docx"),
        (zipped({"mimetype": MIMETYPE_ODT, "META-INF/manifest.xml": b"<m/>"}), ".odt"),
        (zipped({"[Content_Types].xml": b"", "xl/workbook.xml": b""}), ".xlsx"),
        (PNG, ".png"),
        ("Siân, Llŷn\n".encode(), ".txt"),
    ],
    ids=["pdf", "docx", "odt", "xlsx", "png", "text"],
)
def test_told_by_content_whatever_the_name(content: bytes, suffix: str) -> None:
    assert check_upload(upload(content, name="photo.gif"), EVIDENCE_KINDS).suffix == suffix


def test_too_large(settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 1024 * 1024
    with pytest.raises(FileRefused, match="smaller than 1 MB"):
        check_upload(upload(PDF + b" " * 1024 * 1024), PLAN_KINDS)


def test_generated_malformed_files_are_refused_or_known() -> None:
    """A fixed slice of a larger campaign: cut, flipped and spliced files never raise anything else."""
    chance = random.Random(20181206)
    seeds = [PDF, docx(), PNG, MARKUP, zipped({"mimetype": MIMETYPE_ODT, "META-INF/manifest.xml": b""})]
    for _ in range(200):
        content = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 12)):
            place = chance.randrange(len(content))
            if chance.random() < 0.3:
                del content[place : place + chance.randint(1, 40)]
                content = content or bytearray(b"x")
            elif chance.random() < 0.5:
                content[place:place] = chance.choice(seeds)[: chance.randint(1, 60)]
            else:
                content[place] = chance.randrange(256)
        try:
            kind = check_upload(upload(bytes(content)), EVIDENCE_KINDS)
        except FileRefused:
            continue
        assert kind in EVIDENCE_KINDS


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("plan.pdf", "plan.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\plans\\our plan.PDF", "our plan.PDF"),
        ("invoice.exe", "invoice.exe.pdf"),
        ("a\0b\r\nSet-Cookie: x.pdf", "abSet-Cookie: x.pdf"),
        ("\u202efdp.exe", "fdp.exe.pdf"),
        ("", "file.pdf"),
        ("...", "file.pdf"),
        ("Cynllun diogelwch Llŷn.pdf", "Cynllun diogelwch Llŷn.pdf"),
    ],
)
def test_names_are_cleaned(name: str, cleaned: str) -> None:
    assert clean_name(name, PDF_KIND) == cleaned


def test_a_long_name_keeps_its_suffix() -> None:
    name = clean_name("x" * 500 + ".pdf", PDF_KIND)
    assert len(name) == 200
    assert name.endswith(".pdf")


# --- The scanner ----------------------------------------------------------------------------------


@pytest.fixture
def stored(db: None, request: pytest.FixtureRequest) -> Iterator[Any]:
    made: list[StoredFile] = []

    def store(content: bytes, name: str = "plan.pdf") -> StoredFile:
        company = make.CompanyFactory()
        row = make.StoredFileFactory(company=company, original_name=name, status=FileStatus.WAITING)
        row.storage_name = default_storage.save(f"test/{row.pk}", upload(content))
        row.save()
        made.append(row)
        return row

    yield store
    for row in made:
        default_storage.delete(row.storage_name)


def scanned(row: StoredFile) -> StoredFile:
    tasks.scan_file(row.pk)
    row.refresh_from_db()
    return row


VARIANTS: dict[str, tuple[bytes, str]] = {
    "plain": (EICAR, FileStatus.INFECTED),
    "zip": (zipped({"a.com": EICAR}), FileStatus.INFECTED),
    "zip in a zip": (zipped({"b.zip": zipped({"a.com": EICAR})}), FileStatus.INFECTED),
    "three deep": (zipped({"c.zip": zipped({"b.zip": zipped({"a": EICAR})})}), FileStatus.INFECTED),
    "docx": (docx(word__media__image1=EICAR), FileStatus.INFECTED),
    "docx in a docx": (docx(word__embeddings__a=docx(word__media__b=EICAR)), FileStatus.INFECTED),
    "stored member": (zipped({"a.txt": EICAR}, compresslevel=0), FileStatus.INFECTED),
    "attached to a pdf": (pdf_with(EICAR, attached=True), FileStatus.INFECTED),
    "attached, in packed objects": (
        pdf_with(EICAR, attached=True, object_stream_mode=pikepdf.ObjectStreamMode.generate),
        FileStatus.INFECTED,
    ),
    "a docx attached to a pdf": (
        pdf_with(docx(word__media__image1=EICAR), attached=True),
        FileStatus.INFECTED,
    ),
    "hidden stream of a pdf": (pdf_with(EICAR, attached=False), FileStatus.INFECTED),
    "attachment said to be a picture": (
        pdf_with(EICAR, attached=True).replace(b"/Subtype /text#2fplain", b"/Subtype /Image"),
        FileStatus.INFECTED,
    ),
    "pdf that opens to too much": (
        pdf_with(b"\0" * (61 * 1024 * 1024), attached=True),
        FileStatus.UNSCANNABLE,
    ),
    "pdf that cannot be opened": (b"%PDF-1.7\nnothing\n%%EOF\n", FileStatus.UNSCANNABLE),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_the_test_virus_is_found(stored: Any, name: str) -> None:
    content, status = VARIANTS[name]
    row = scanned(stored(content))
    assert row.status == status
    assert row.last_error


def test_a_pdf_with_a_harmless_attachment_is_released(stored: Any) -> None:
    assert scanned(stored(pdf_with(docx(), attached=True))).status == FileStatus.CLEAN


def test_a_clean_file_is_released_and_said_so_once(stored: Any) -> None:
    row = scanned(stored(PDF))
    assert (row.status, row.attempts) == (FileStatus.CLEAN, 1)
    assert scanned(row).attempts == 1


@pytest.mark.parametrize("socket", ["", "/nowhere/clamd.socket", "127.0.0.1:9"])
def test_without_a_scanner_the_file_waits(stored: Any, settings: Any, socket: str) -> None:
    settings.CLAMD_SOCKET = socket
    row = scanned(stored(PDF))
    assert row.status == FileStatus.WAITING
    assert row.attempts == 1
    assert row.last_error


def test_a_later_scan_takes_a_released_file_back(stored: Any) -> None:
    row = scanned(stored(PDF))
    default_storage.delete(row.storage_name)
    row.storage_name = default_storage.save(f"test/again-{row.pk}", upload(EICAR))
    row.save()
    assert scanned(row).status == FileStatus.INFECTED


@pytest.mark.parametrize(
    ("reply", "finding"),
    [
        ("stream: OK", Finding.CLEAN),
        ("stream: Eicar-Test FOUND", Finding.INFECTED),
        ("stream: Heuristics.Encrypted.PDF FOUND", Finding.ENCRYPTED),
        ("stream: Heuristics.Limits.Exceeded.MaxRecursion FOUND", Finding.UNSCANNABLE),
        ("INSTREAM size limit exceeded. ERROR", Finding.UNSCANNABLE),
    ],
)
def test_what_the_scanner_says(reply: str, finding: Finding) -> None:
    assert read_reply(reply).finding == finding


@pytest.mark.parametrize("reply", ["", "stream: Can't allocate memory ERROR", "UNKNOWN COMMAND", "stream: "])
def test_what_is_not_understood_releases_nothing(reply: str) -> None:
    with pytest.raises(ScannerDown):
        read_reply(reply)


def test_store_upload_keeps_the_hash_and_a_random_name(
    db: None, django_capture_on_commit_callbacks: Any
) -> None:
    user = make.UserFactory()
    company = make.CompanyFactory(owner=user)
    with django_capture_on_commit_callbacks() as callbacks:
        row = store_upload(upload=upload(PDF, "our plan.pdf"), company=company, kinds=PLAN_KINDS, by=user)
    assert len(callbacks) == 1
    assert row.status == FileStatus.WAITING
    assert "plan" not in row.storage_name
    assert default_storage.open(row.storage_name).read() == PDF
    default_storage.delete(row.storage_name)


@pytest.mark.django_db(transaction=True)
def test_two_scans_at_once_release_once() -> None:
    row = make.StoredFileFactory(status=FileStatus.WAITING)
    row.storage_name = default_storage.save(f"test/race-{row.pk}", upload(PDF))
    row.save()
    barrier = threading.Barrier(4)

    def scan() -> None:
        barrier.wait()
        try:
            tasks.scan_file(row.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=scan) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    row.refresh_from_db()
    default_storage.delete(row.storage_name)
    assert (row.status, row.attempts) == (FileStatus.CLEAN, 1)


def test_nothing_is_stored_of_a_refused_file(db: None) -> None:
    user = make.UserFactory()
    with transaction.atomic(), pytest.raises(FileRefused):
        store_upload(upload=upload(MARKUP), company=make.CompanyFactory(), kinds=PLAN_KINDS, by=user)
    assert not StoredFile.objects.exists()


def test_files_are_scanned_again_on_demand(stored: Any) -> None:
    """A released file that is found out later, and one that could not be scanned, take their turn again."""
    found_out, unscannable = stored(EICAR), stored(PDF)
    StoredFile.objects.filter(pk=found_out.pk).update(status=FileStatus.CLEAN)
    StoredFile.objects.filter(pk=unscannable.pk).update(status=FileStatus.UNSCANNABLE)
    out = StringIO()
    call_command("rescan_files", stdout=out)
    assert "Files to be scanned: 2." in out.getvalue()
    unscannable.refresh_from_db()
    assert unscannable.status == FileStatus.WAITING
    assert scanned(found_out).status == FileStatus.INFECTED
    assert scanned(unscannable).status == FileStatus.CLEAN
