"""Uploaded files: told by their content, refused in words, kept under a random name, served with care."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from typing import IO

import magic
from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse

from accounts.models import User
from applications.models import Company
from codeofpractice.looking import MAX_POINTS, declares_entities, hides_bytes, holds_macros, points_of
from codeofpractice.models import StoredFile
from codeofpractice.reading.archive import MAX_ENTRIES, MAX_OPENED_BYTES, protected, too_big_when_opened


class FileRefused(ValueError):
    """The file is not taken; the sentence says what is wrong and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Kind:
    suffix: str
    content_type: str
    name: str


PDF = Kind(".pdf", "application/pdf", "PDF")
DOCX = Kind(
    ".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "Word (.docx)"
)
XLSX = Kind(".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel (.xlsx)")
ODT = Kind(".odt", "application/vnd.oasis.opendocument.text", "OpenDocument text (.odt)")
ODS = Kind(".ods", "application/vnd.oasis.opendocument.spreadsheet", "OpenDocument spreadsheet (.ods)")
PNG = Kind(".png", "image/png", "PNG")
JPEG = Kind(".jpg", "image/jpeg", "JPEG")
CSV = Kind(".csv", "text/csv", "CSV")
TEXT = Kind(".txt", "text/plain", "plain text")

PLAN_KINDS = (PDF, DOCX, ODT)
PROFORMA_KINDS = (DOCX, ODT)
EVIDENCE_KINDS = (PDF, DOCX, ODT, XLSX, ODS, PNG, JPEG, CSV, TEXT)

ENCRYPTED = re.compile(rb"/Encrypt\s*(?:<<|\d+\s+\d+\s+R)")
MARKUP = re.compile(rb"<\s*(?:!doctype|html|head|body|script|svg|iframe|\?xml)", re.IGNORECASE)
NAME_LENGTH = 200
# The two ways of packing that Office files use. The scanner passes over members packed in others.
OPENED_BY_SCANNER = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


def list_kinds(kinds: tuple[Kind, ...]) -> str:
    names = [kind.name for kind in kinds]
    return f"{', '.join(names[:-1])} or {names[-1]}"


def check_upload(upload: UploadedFile[bytes], kinds: tuple[Kind, ...]) -> Kind:
    """What the file is, told by its content. Raises FileRefused."""
    size = upload.size or 0
    if size == 0:
        raise FileRefused("The file is empty. Check that you chose the right one")
    if size > settings.UPLOAD_MAX_BYTES:
        limit = settings.UPLOAD_MAX_BYTES // (1024 * 1024)
        raise FileRefused(f"The file must be smaller than {limit} MB. Take out large pictures, or split it")
    kind = _kind_of(upload)
    if kind is None or kind not in kinds:
        raise FileRefused(f"The file must be a {list_kinds(kinds)}, whatever its name says")
    return _picture(upload, kind) if kind in {PNG, JPEG} else kind


def _kind_of(upload: UploadedFile[bytes]) -> Kind | None:
    upload.seek(0)
    head = upload.read(8192)
    upload.seek(0)
    told = magic.from_buffer(head, mime=True)
    if head.startswith(b"PK"):
        return _kind_of_archive(upload)
    if told == "application/pdf" and head.startswith(b"%PDF-"):
        return _whole_pdf(upload)
    if told == "application/x-ole-storage" or head.startswith(bytes.fromhex("d0cf11e0a1b11ae1")):
        raise FileRefused(
            "The file is in an old Office format, or protected with a password. Save a copy as .docx without "
            "a password, and upload that"
        )
    if told in {PNG.content_type, JPEG.content_type}:
        return PNG if told == PNG.content_type else JPEG
    if told.startswith("text/") or told in {"application/csv", "application/json"}:
        return _plain_text(upload, head)
    return None


def _whole_pdf(upload: UploadedFile[bytes]) -> Kind:
    content = upload.read()
    upload.seek(0)
    if ENCRYPTED.search(content):
        raise FileRefused(
            "The file is protected with a password. Save a copy without the password, and upload that"
        )
    if content.count(b"%PDF-") > 1:  # programs read the one, the scanner the other
        raise FileRefused("The file holds another PDF beside its own. Print it to a new PDF, and upload that")
    if b"%%EOF" not in content[-4096:]:
        raise FileRefused("The file is cut short or damaged. Save it again, and upload the new copy")
    if b"PK\x03\x04" in content[content.rindex(b"%%EOF") :]:  # a locked one is passed over by the scanner
        raise FileRefused("The file holds an archive behind the PDF. Print it to a new PDF, and upload that")
    return PDF


def _picture(upload: UploadedFile[bytes], kind: Kind) -> Kind:
    content = upload.read()
    upload.seek(0)
    points = points_of(content, is_png=kind is PNG)
    if points is None or b"%PDF-" in content:
        raise FileRefused("The picture is damaged. Open it, save it again, and upload the new copy")
    if points > MAX_POINTS:
        raise FileRefused(
            f"The picture has more than {MAX_POINTS // 1_000_000} million points. Save a smaller copy, and "
            "upload that"
        )
    return kind


def _kind_of_archive(upload: UploadedFile[bytes]) -> Kind | None:
    damaged = FileRefused("The file is damaged. Open it, save it again, and upload the new copy")
    file: IO[bytes] = upload.file  # type: ignore[assignment]
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_OPENED_BYTES:
                raise FileRefused(too_big_when_opened().sentence)
            if any(entry.flag_bits & 0x1 for entry in entries):
                raise FileRefused(protected().sentence)
            if any(entry.compress_type not in OPENED_BY_SCANNER for entry in entries):
                raise damaged
            names = {entry.filename for entry in entries}
            if hides_bytes(archive):
                raise damaged
            if holds_macros(archive, names):
                raise FileRefused("The file holds macros. Save a copy without them, and upload that")
            if declares_entities(archive):
                raise damaged
            told = b""
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                told = archive.read("mimetype").strip()
    except FileRefused:
        raise
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, EOFError, RuntimeError) as error:
        raise damaged from error
    finally:
        upload.seek(0)
    if "META-INF/manifest.xml" in names and told in {ODT.content_type.encode(), ODS.content_type.encode()}:
        return ODT if told == ODT.content_type.encode() else ODS
    if "[Content_Types].xml" in names:
        return DOCX if "word/document.xml" in names else XLSX if "xl/workbook.xml" in names else None
    return None


def _plain_text(upload: UploadedFile[bytes], head: bytes) -> Kind | None:
    if b"\0" in head or MARKUP.search(head):
        return None
    try:
        head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:  # the last character may be cut
            return None
    return CSV if (upload.name or "").lower().endswith(".csv") else TEXT


def clean_name(name: str, kind: Kind) -> str:
    """A name that is safe to show and to save: one line, no path, and the suffix of its content."""
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    name = "".join(sign for sign in name if unicodedata.category(sign)[0] != "C")
    name = " ".join(name.split()).strip(". ") or f"file{kind.suffix}"
    suffixes = {".jpg": (".jpg", ".jpeg")}.get(kind.suffix, (kind.suffix,))
    if not name.lower().endswith(suffixes):
        name += kind.suffix
    stem, dot, suffix = name.rpartition(".")
    return f"{stem[: NAME_LENGTH - len(suffix) - 1]}{dot}{suffix}"


def store_upload(
    *,
    upload: UploadedFile[bytes],
    company: Company,
    kinds: tuple[Kind, ...],
    is_held_by_dft: bool = False,
    by: User,
) -> StoredFile:
    """Keep the file under a random name, waiting for the scanner. Raises FileRefused.

    Call it inside the transaction of whatever the file belongs to. The scan starts after commit.
    """
    from codeofpractice.tasks import scan_file

    kind = check_upload(upload, kinds)
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    name = default_storage.save(f"uploads/{secrets.token_hex(16)}", File(upload.file))
    try:
        stored = StoredFile.objects.create(
            company=company,
            uploaded_by=by,
            is_held_by_dft=is_held_by_dft,
            original_name=clean_name(upload.name or "", kind),
            storage_name=name,
            content_type=kind.content_type,
            size=upload.size or 0,
            sha256=digest.hexdigest(),
        )
    except BaseException:
        default_storage.delete(name)  # no row tells of it
        raise
    scan_file.delay_on_commit(stored.pk)
    return stored


def serve(stored: StoredFile) -> FileResponse:
    """A download that a browser neither shows nor guesses about. Ask first whether it may be seen."""
    response = FileResponse(
        default_storage.open(stored.storage_name, "rb"),
        as_attachment=True,
        filename=stored.original_name,
        content_type=stored.content_type,
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
