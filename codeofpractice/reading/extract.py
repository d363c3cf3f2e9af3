"""One door for every format: bytes in, a `Document` out, or a `ReadingRefused` with a plain sentence."""

import logging
from collections.abc import Callable
from typing import BinaryIO

from codeofpractice.reading import docx, odt, pdf
from codeofpractice.reading.archive import damaged
from codeofpractice.reading.document import Block, Document, Passage, ReadingRefused, number_passages

__all__ = ["CONTENT_TYPES", "Document", "Passage", "ReadingRefused", "read_document"]

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ODT = "application/vnd.oasis.opendocument.text"
PDF = "application/pdf"

MAX_BYTES = 50 * 1024 * 1024
MAX_PASSAGES = 5_000

CONTENT_TYPES: dict[str, Callable[[bytes], tuple[list[Block], str]]] = {
    DOCX: docx.read_blocks,
    ODT: odt.read_blocks,
    PDF: pdf.read_blocks,
}

_OLE2 = bytes.fromhex("d0cf11e0a1b11ae1")
_NO_TEXT = (
    "We found no text in this file. If it is a scan or a photograph, upload the document that it was made "
    "from, or a copy that has been through text recognition (OCR), or answer the points by hand."
)

logger = logging.getLogger(__name__)


def read_document(data: bytes | BinaryIO, content_type: str) -> Document:
    """Read a PDF, DOCX or ODT. Raises `ReadingRefused`, and nothing else, where that cannot be done.

    A scan is not refused: it comes back with `extractable` False and a reason. What decides is the content
    type that the caller found by looking at the content, never the name of the file.
    """
    raw = data if isinstance(data, bytes) else data.read(MAX_BYTES + 1)
    kind = content_type.partition(";")[0].strip().lower()
    reader = CONTENT_TYPES.get(kind)
    if reader is None:
        raise ReadingRefused(
            "unsupported_type",
            "We can read PDF, Word (.docx) and OpenDocument (.odt) files. Save the plan as one of these and "
            "upload it again.",
        )
    _refuse_at_a_glance(raw, kind)
    try:
        blocks, reason = reader(raw)
    except ReadingRefused:
        raise
    except (Exception, RecursionError) as error:
        # The parsers meet hostile input here: whatever they raise, the person gets one sentence.
        logger.warning("A document could not be read: %s", type(error).__name__)
        raise damaged() from error
    passages = number_passages(blocks)
    if len(passages) > MAX_PASSAGES:
        raise ReadingRefused(
            "too_long",
            "This document is longer than a security plan can be. Upload only the part that is the plan.",
        )
    if not passages:
        return Document((), extractable=False, reason=reason or _NO_TEXT)
    return Document(passages, extractable=True, reason=reason)


def _refuse_at_a_glance(raw: bytes, kind: str) -> None:
    if not raw:
        raise ReadingRefused(
            "empty", "This file is empty. Check that you chose the right one, and try again."
        )
    if len(raw) > MAX_BYTES:
        raise ReadingRefused(
            "too_big", "This file is over 50 MB. Take out large pictures and upload it again."
        )
    if raw.startswith(_OLE2):
        raise ReadingRefused(
            "encrypted",
            "This is an old Word file or one protected with a password. Save a copy as .docx without a "
            "password and upload that.",
        )
    right_start = raw[:1024].find(b"%PDF-") >= 0 if kind == PDF else raw.startswith(b"PK")
    if not right_start:
        raise damaged()
