"""What a PDF holds packed inside it, opened for the scanner, which opens only some of it by itself.

clamd 1.4 passes an attachment over when its stream is packed, so each stream is unpacked here and sent
in an archive of its own.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject, StreamObject

# Sums of unpacked bytes and of objects beyond which a plan is no plan. clamd takes 64 MB in one piece.
MAX_UNPACKED_BYTES = 60 * 1024 * 1024
MAX_OBJECTS = 100_000
MAX_DEPTH = 8
PDF_START = b"%PDF-"


class CannotUnpack(Exception):
    """The file cannot be looked into, so nobody can say that it is harmless."""


class Encrypted(CannotUnpack):
    """It asks for a password."""


def unpack(content: bytes) -> bytes:
    """A zip of every unpacked stream of the PDF, and of each PDF inside it or inside an archive.

    Empty when there is none. Raises CannotUnpack, or Encrypted.
    """
    packed = io.BytesIO()
    number = total = 0
    try:
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
            for opened in _inside(content, depth=0):
                number += 1
                total += len(opened)
                if total > MAX_UNPACKED_BYTES:
                    raise CannotUnpack("opens to too much")
                archive.writestr(str(number), opened)
    except CannotUnpack:
        raise
    except (
        PyPdfError,
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        IndexError,
        NotImplementedError,
    ) as error:
        raise CannotUnpack(type(error).__name__) from error
    except (RecursionError, MemoryError, OverflowError, OSError) as error:
        raise CannotUnpack(type(error).__name__) from error
    return packed.getvalue() if number else b""


def _inside(content: bytes, depth: int) -> Iterator[bytes]:
    """Archives are opened only for the PDFs in them: the scanner opens archives by itself."""
    if depth > MAX_DEPTH:
        raise CannotUnpack("nests too deep")
    if PDF_START in content[:1024]:
        reader = PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted:
            raise Encrypted("encrypted")
        for stream in _streams(reader):
            opened = stream.get_data()
            yield opened
            yield from _inside(opened, depth + 1)
    elif content.startswith(b"PK"):
        for member in _members(content):
            yield from _inside(member, depth + 1)


def _members(content: bytes) -> Iterator[bytes]:
    """Of an archive, those that are a PDF or an archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.infolist():
                if entry.flag_bits & 0x1:
                    raise Encrypted("encrypted")
                with archive.open(entry) as handle:
                    head = handle.read(1024)
                    if PDF_START in head or head.startswith(b"PK"):
                        yield head + handle.read(MAX_UNPACKED_BYTES)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise CannotUnpack(type(error).__name__) from error


def _streams(reader: PdfReader) -> Iterator[StreamObject]:
    """Every stream but pictures, which unpack to far more and are never opened as a file."""
    found = list(_objects(reader))
    attached = {id(stream) for thing in found for stream in _attachments(thing)}
    for thing in found:
        if isinstance(thing, StreamObject) and (id(thing) in attached or not _is_picture(thing)):
            yield thing


def _is_picture(stream: StreamObject) -> bool:
    return stream.get("/Subtype") == "/Image" and stream.get("/Type") in {None, "/XObject"}


def _attachments(thing: PdfObject) -> Iterator[PdfObject]:
    """The streams under the /EF of a file specification."""
    if isinstance(thing, DictionaryObject) and "/EF" in thing:
        files = thing["/EF"]
        if isinstance(files, DictionaryObject):
            yield from (file.get_object() for file in files.values() if file is not None)


def _objects(reader: PdfReader) -> Iterator[PdfObject]:
    """Each numbered object once, and the dictionaries inside it."""
    numbers = [(number, generation) for generation, table in reader.xref.items() for number in table] + [
        (number, 0) for number in reader.xref_objStm
    ]
    if len(numbers) > MAX_OBJECTS:
        raise CannotUnpack("too many objects")
    for number, generation in numbers:
        if number:
            thing = IndirectObject(number, generation, reader).get_object()
            if thing is not None:
                yield from _with_inner(thing, depth=0)


def _with_inner(thing: PdfObject, depth: int) -> Iterator[PdfObject]:
    yield thing
    if depth > 40:
        raise CannotUnpack("nests too deep")
    inner = (
        thing.values()
        if isinstance(thing, DictionaryObject)
        else thing
        if isinstance(thing, ArrayObject)
        else ()
    )
    for part in inner:
        if isinstance(part, (DictionaryObject, ArrayObject)):
            yield from _with_inner(part, depth + 1)
