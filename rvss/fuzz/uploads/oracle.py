"""Whether a file holds the test virus, told without the scanner and without the service's own unpacking."""

from __future__ import annotations

import io
import re
import zipfile
import zlib

from rvss.fuzz.uploads.files import EICAR

MOST = 4 * 1024 * 1024
STREAM = re.compile(rb"stream\r?\n")


def holds_virus(content: bytes, depth: int = 5) -> bool:
    """Looks at the bytes, and at whatever in them can be inflated, damaged archives too."""
    if EICAR in content:
        return True
    return depth > 0 and any(holds_virus(part, depth - 1) for part in _parts(content))


def _parts(content: bytes) -> list[bytes]:
    found = [_inflated(content[match.end() :], wbits=15) for match in STREAM.finditer(content)]
    place = content.find(b"PK\x03\x04")
    while place >= 0:
        head = content[place : place + 30]
        if len(head) == 30:
            start = place + 30 + int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
            found.append(_inflated(content[start:], wbits=-15))
        place = content.find(b"PK\x03\x04", place + 4)
    return [part for part in [*found, *_members(content)] if part]


def _members(content: bytes) -> list[bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return [archive.read(entry) for entry in archive.infolist() if entry.file_size < MOST]
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, RuntimeError, NotImplementedError, zlib.error):
        return []


def _inflated(content: bytes, *, wbits: int) -> bytes:
    try:
        return zlib.decompressobj(wbits).decompress(content, MOST)
    except zlib.error:
        return b""
