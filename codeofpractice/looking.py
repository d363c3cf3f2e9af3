"""What can be seen in a file at once, without opening what is packed in it further than needed."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from io import SEEK_END
from typing import IO

MAX_POINTS = 100_000_000  # a good camera makes 50 million; a few bytes of PNG can claim 18 million million
DESCRIPTOR = 24  # the longest note on a member's size that may stand behind it
HEAD = 64 * 1024
PNG_START = b"\x89PNG\r\n\x1a\n"
# Markers of a JPEG that hold its size; between them stand three others.
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Modules of OpenDocument macros. The lists of libraries are there without macros, too.
ODF_MACRO = re.compile(r"(?:basic|scripts)/.+/(?!script-l[bc]\.xml$)[^/]+", re.IGNORECASE)
OFFICE_MACRO = re.compile(rb"vbaProject|macroEnabled", re.IGNORECASE)


def holds_macros(archive: zipfile.ZipFile, names: set[str]) -> bool:
    """By the names of members, and by what an Office file says that they are, whatever their names."""
    if any(name.lower().endswith("vbaproject.bin") or ODF_MACRO.fullmatch(name) for name in names):
        return True
    return "[Content_Types].xml" in names and bool(OFFICE_MACRO.search(_head(archive, "[Content_Types].xml")))


def declares_entities(archive: zipfile.ZipFile) -> bool:
    """An entity of a document's own is how a small XML opens to gigabytes. No program writes one."""
    return any(
        b"<!ENTITY" in _head(archive, entry).replace(b"\0", b"")  # in UTF-16, too
        for entry in archive.infolist()
        if entry.filename.lower().endswith((".xml", ".rels"))
    )


def hides_bytes(archive: zipfile.ZipFile) -> bool:
    """Bytes that belong to no member: before the first, between two, behind the end, in the comment.

    Programs and the scanner read the members that the directory names. What lies beside them may be an
    archive of its own, which another program would open.
    """
    place = 0
    file: IO[bytes] = archive.fp  # type: ignore[assignment]
    for entry in sorted(archive.infolist(), key=lambda entry: entry.header_offset):
        if not 0 <= entry.header_offset - place <= DESCRIPTOR:
            return True
        file.seek(entry.header_offset)
        head = file.read(30)
        if len(head) < 30:
            return True
        name, extra = struct.unpack("<HH", head[26:30])
        place = entry.header_offset + 30 + name + extra + entry.compress_size
    if not 0 <= archive.start_dir - place <= DESCRIPTOR or b"PK" in archive.comment:
        return True
    file.seek(-22 - len(archive.comment), SEEK_END)
    return file.read(4) != b"PK\x05\x06"  # something stands behind the end


def _head(archive: zipfile.ZipFile, member: str | zipfile.ZipInfo, length: int = HEAD) -> bytes:
    with archive.open(member) as handle:
        return handle.read(length)


def needs_unpacking(content: bytes) -> bool:
    """Whether a PDF is in it, or may be. Most Office files hold none, and need no process of their own."""
    if not content.startswith(b"PK"):
        return True
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            heads = [_head(archive, entry, 1024) for entry in archive.infolist()]
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, EOFError, RuntimeError):
        return True
    return any(b"%PDF-" in head or head.startswith(b"PK") for head in heads)


def points_of(content: bytes, *, is_png: bool) -> int | None:
    """Width times height as the picture claims them; None where it claims nothing."""
    size = _png_size(content) if is_png else _jpeg_size(content)
    return size[0] * size[1] if size and all(size) else None


def _png_size(content: bytes) -> tuple[int, int] | None:
    if not content.startswith(PNG_START) or content[12:16] != b"IHDR" or len(content) < 24:
        return None
    width, height = struct.unpack(">II", content[16:24])
    return int(width), int(height)


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    place = 2
    while place + 9 <= len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        if marker == 0xFF:  # filling
            place += 1
            continue
        if marker in FRAMES:
            height, width = struct.unpack(">HH", content[place + 5 : place + 9])
            return int(width), int(height)
        place += 2 + int.from_bytes(content[place + 2 : place + 4], "big")
    return None
