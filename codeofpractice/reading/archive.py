"""Opens the zip archive behind DOCX and ODT without trusting what it says about itself."""

import io
import zipfile
import zlib

from lxml import etree

from codeofpractice.reading.document import ReadingRefused

# A plan of two hundred pages opens to about 10 MB; 195 KB of hostile zip opened to 200 MB.
MAX_ENTRIES = 2_000
MAX_OPENED_BYTES = 60 * 1024 * 1024
MAX_PART_BYTES = 30 * 1024 * 1024
MAX_DEPTH = 120

_SAVE_AGAIN = "Open it in the program that it was written in, save it again, and upload the new copy."


def damaged() -> ReadingRefused:
    return ReadingRefused("damaged", f"This file is damaged and cannot be opened. {_SAVE_AGAIN}")


def too_big_when_opened() -> ReadingRefused:
    return ReadingRefused(
        "too_big_when_opened",
        "This file opens to far more than a plan can hold. Take out large pictures and attachments, "
        "save it again, and upload the new copy.",
    )


def protected() -> ReadingRefused:
    return ReadingRefused(
        "encrypted",
        "This file is protected with a password. Save a copy without the password and upload that.",
    )


class Archive:
    """The parts of a DOCX or ODT. Every failure is a `ReadingRefused`."""

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            entries = self._zip.infolist()
        except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError) as error:
            raise damaged() from error
        if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_OPENED_BYTES:
            raise too_big_when_opened()
        if any(entry.flag_bits & 0x1 for entry in entries):
            raise protected()
        self.names = frozenset(entry.filename for entry in entries)

    def part(self, name: str) -> etree._Element | None:
        """The XML of one part, or None where the archive has no such part."""
        if name not in self.names:
            return None
        try:
            with self._zip.open(name) as handle:
                raw = handle.read(MAX_PART_BYTES + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            ValueError,
            OSError,
            EOFError,
            NotImplementedError,
            RuntimeError,
            KeyError,
        ) as error:
            raise damaged() from error
        if len(raw) > MAX_PART_BYTES:
            raise too_big_when_opened()
        return parse_xml(raw)


def parse_xml(raw: bytes) -> etree._Element:
    """Parse without entities, network or document type; refuse what nests deeper than a document can."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise damaged() from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise damaged()
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise damaged()
    return root
