"""Files made by hand, each with where it ends and some of what the person is told."""

from __future__ import annotations

import zipfile
import zlib

from rvss.fuzz.uploads.files import (
    MARKUP,
    OLE,
    content_types,
    content_xml,
    document_xml,
    docx,
    jpeg,
    marked_encrypted,
    odf,
    pdf,
    pdf_of,
    pdf_stream,
    png,
    xlsx,
    zipped,
)

KIND = "whatever its name says"
DAMAGED = "damaged"
PASSWORD = "password"
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "lol">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]><w>&j;</w>"
)
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]><w>&a;</w>'
PAGES = b"\0" * (8 * 1024 * 1024)
BIG = b"\0" * (61 * 1024 * 1024)


def lying(archive: bytes) -> bytes:
    """The archive that says of each member, in its directory, that it opens to 9 bytes."""
    made = bytearray(archive)
    place = made.find(b"PK\x01\x02")
    while place >= 0:
        made[place + 24 : place + 28] = (9).to_bytes(4, "little")
        place = made.find(b"PK\x01\x02", place + 4)
    return bytes(made)


def bomb() -> bytes:
    """320 MB in zips inside a zip. No two are alike, as the scanner looks at the same bytes only once."""
    return zipped(
        {
            f"{outer}.zip": zipped({str(inner): bytes([outer, inner]) + PAGES for inner in range(8)})
            for outer in range(5)
        }
    )


def nested_zip(depth: int) -> bytes:
    content = b"x"
    for level in range(depth):
        content = zipped({f"{level}.zip": content})
    return docx({"word/embeddings/a.zip": content})


def deep_xml(depth: int) -> bytes:
    return b"<w>" * depth + b"</w>" * depth


def loop() -> bytes:
    """Pages that hold themselves."""
    return pdf_of([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>"])


PACKED_BOMB = zlib.compress(zlib.compress(b"\0" * (400 * 1024 * 1024), 9), 9)
OBJ = pdf()

# name: (file name, content, where it ends as a plan, words)
TABLE: dict[str, tuple[str, bytes, str, str]] = {
    # Nothing, or not what it says
    "nothing": ("plan.pdf", b"", "refused", "empty"),
    "one byte": ("plan.pdf", b"%", "refused", KIND),
    "blanks": ("plan.pdf", b" " * 1000, "refused", KIND),
    "NUL bytes": ("plan.pdf", b"\0" * 1000, "refused", KIND),
    "FF bytes": ("plan.pdf", b"\xff" * 1000, "refused", KIND),
    "HTML": ("plan.pdf", MARKUP, "refused", KIND),
    "HTML after blanks": ("plan.docx", b"\n \t" * 300 + MARKUP, "refused", KIND),
    "HTML in UTF-16": ("plan.odt", MARKUP.decode().encode("utf-16"), "refused", KIND),
    "SVG with a script": (
        "plan.pdf",
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="a()"/>',
        "refused",
        KIND,
    ),
    "XML": ("plan.docx", b'<?xml version="1.0"?><a/>', "refused", KIND),
    "flat ODT": ("plan.odt", b'<?xml version="1.0"?><office:document/>', "refused", KIND),
    "RTF": ("plan.docx", rb"{\rtf1\ansi We check licences.}", "refused", KIND),
    "PostScript": ("plan.pdf", b"%!PS-Adobe-3.0\nshowpage\n", "refused", KIND),
    "shell script": ("plan.pdf", b"#!/bin/sh\nrm -rf /\n", "refused", KIND),
    "Windows program": ("plan.pdf", b"MZ\x90\0" + b"\0" * 500, "refused", KIND),
    "Linux program": ("plan.pdf", b"\x7fELF\x02\x01\x01" + b"\0" * 500, "refused", KIND),
    "Java class": ("plan.pdf", bytes.fromhex("cafebabe00000034") + b"\0" * 200, "refused", KIND),
    "Windows shortcut": (
        "plan.pdf",
        bytes.fromhex("4c0000000114020000000000c000000000000046"),
        "refused",
        KIND,
    ),
    "gzip": ("plan.docx", bytes.fromhex("1f8b0800000000000003") + b"\0" * 50, "refused", KIND),
    "RAR": ("plan.docx", b"Rar!\x1a\x07\x00" + b"\0" * 50, "refused", KIND),
    "7z": ("plan.docx", bytes.fromhex("377abcaf271c0004") + b"\0" * 50, "refused", KIND),
    "GIF": ("plan.pdf", b"GIF89a\x01\0\x01\0\0\0\0;", "refused", KIND),
    "PNG for a plan": ("plan.pdf", png(), "refused", KIND),
    "JPEG for a plan": ("plan.pdf", jpeg(), "refused", KIND),
    "spreadsheet for a plan": ("plan.docx", xlsx(), "refused", KIND),
    "ODS for a plan": ("plan.odt", odf("spreadsheet"), "refused", KIND),
    "drawing for a plan": ("plan.odt", odf("graphics"), "refused", KIND),
    "text for a plan": ("plan.docx", b"We check licences.\n", "refused", KIND),
    "presentation": (
        "plan.docx",
        zipped({"[Content_Types].xml": content_types(), "ppt/a": b""}),
        "refused",
        KIND,
    ),
    "e-book": ("plan.odt", zipped({"mimetype": b"application/epub+zip"}), "refused", KIND),
    # Old, with a password, with macros
    "old Word": ("plan.doc", OLE, "refused", PASSWORD),
    "old Word named docx": ("plan.docx", OLE, "refused", PASSWORD),
    "start of old Word only": ("plan.docx", OLE[:8], "refused", PASSWORD),
    "PDF with a password": ("plan.pdf", pdf(password="secret"), "refused", PASSWORD),
    "PDF with an empty dictionary of encryption": (
        "plan.pdf",
        OBJ.replace(b"trailer <<", b"trailer <</Encrypt 99 0 R "),
        "refused",
        PASSWORD,
    ),
    "DOCX with a password flag": ("plan.docx", marked_encrypted(docx()), "refused", PASSWORD),
    "ODT with a password flag": ("plan.odt", marked_encrypted(odf()), "refused", PASSWORD),
    "locked zip in a DOCX": (
        "plan.docx",
        docx({"word/embeddings/a.zip": marked_encrypted(zipped({"a": b"x" * 50}))}),
        "encrypted",
        PASSWORD,
    ),
    "locked PDF in a DOCX": (
        "plan.docx",
        docx({"word/embeddings/a.pdf": pdf(password="secret")}),
        "encrypted",
        PASSWORD,
    ),
    "DOCX with macros": ("plan.docx", docx({"word/vbaProject.bin": OLE}), "refused", "macros"),
    "macros in capitals": ("plan.docx", docx({"word/VBAPROJECT.BIN": OLE}), "refused", "macros"),
    "macros by another name": (
        "plan.docx",
        docx(
            types=content_types(
                '<Override PartName="/word/a.bin" ContentType="application/vnd.ms-office.vbaProject"/>'
            )
        ),
        "refused",
        "macros",
    ),
    "DOCM named docx": (
        "plan.docx",
        docx(
            types=content_types(
                '<Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/>'
            )
        ),
        "refused",
        "macros",
    ),
    "ODT with Basic": ("plan.odt", odf(more={"Basic/Standard/Module1.xml": b"<m/>"}), "refused", "macros"),
    "ODT with Python": ("plan.odt", odf(more={"Scripts/python/a.py": b"import os"}), "refused", "macros"),
    "ODT with an empty library": (
        "plan.odt",
        odf(more={"Basic/Standard/script-lb.xml": b"<m/>"}),
        "read",
        "",
    ),
    # Too much
    "member over the limit": ("plan.docx", docx({"word/media/a": BIG}), "refused", "opens to far more"),
    "2,001 members": (
        "plan.docx",
        docx({f"word/{n}": b"" for n in range(2001)}),
        "refused",
        "opens to far more",
    ),
    "members that lie about their size": (
        "plan.docx",
        lying(docx({"word/media/a": BIG})),
        "refused",
        DAMAGED,
    ),
    "nested bomb": ("plan.docx", docx({"word/media/a.zip": bomb()}), "unscannable", "could not look"),
    "zip nested 30 deep": ("plan.docx", nested_zip(30), "unscannable", "could not look"),
    "PDF that opens to too much": (
        "plan.pdf",
        pdf(b"\0" * (61 * 1024 * 1024)),
        "unscannable",
        "could not look",
    ),
    "PDF packed twice": (
        "plan.pdf",
        pdf_stream(PACKED_BOMB, b"[/FlateDecode/FlateDecode]"),
        "unscannable",
        "could not look",
    ),
    "a billion laughs in a DOCX": ("plan.docx", docx(document=LAUGHS), "refused", DAMAGED),
    "a billion laughs in an ODT": ("plan.odt", odf(content=LAUGHS), "refused", DAMAGED),
    "entity from outside": ("plan.docx", docx(document=OUTSIDE), "refused", DAMAGED),
    "entity in UTF-16": (
        "plan.docx",
        docx(document=OUTSIDE.decode().encode("utf-16")),
        "refused",
        DAMAGED,
    ),
    "XML 5,000 deep": ("plan.docx", docx(document=deep_xml(5000)), "unreadable", DAMAGED),
    "ODT 5,000 deep": ("plan.odt", odf(content=deep_xml(5000)), "unreadable", DAMAGED),
    # Damaged
    "DOCX cut short": ("plan.docx", docx()[:-30], "refused", DAMAGED),
    "DOCX without its first half": ("plan.docx", docx()[200:], "refused", KIND),
    "zip header only": ("plan.docx", b"PK\x03\x04" + b"\xff" * 60, "refused", DAMAGED),
    "zip of nothing": ("plan.docx", b"PK\x05\x06" + b"\0" * 18, "refused", KIND),
    "plain zip": ("plan.docx", zipped({"a.txt": b"hello"}), "refused", KIND),
    "packed in another way": (
        "plan.docx",
        zipped({"word/document.xml": b"x"}, zipfile.ZIP_BZIP2),
        "refused",
        DAMAGED,
    ),
    "DOCX without a document": (
        "plan.docx",
        zipped({"[Content_Types].xml": content_types()}),
        "refused",
        KIND,
    ),
    "DOCX with a broken document": (
        "plan.docx",
        docx(document=b"<w:document><w:body>"),
        "unreadable",
        DAMAGED,
    ),
    "DOCX with an empty document": ("plan.docx", docx(document=b""), "unreadable", DAMAGED),
    "DOCX with bytes that are no text": (
        "plan.docx",
        docx(document=b"\xff\xfe\x00<<<"),
        "unreadable",
        DAMAGED,
    ),
    "DOCX without a word": ("plan.docx", docx(document=document_xml("")), "unreadable", "no text"),
    "ODT with a broken content": ("plan.odt", odf(content=b"<office:"), "unreadable", DAMAGED),
    "ODT without a word": ("plan.odt", odf(content=content_xml("")), "unreadable", "no text"),
    "ODT that says it is something else": ("plan.odt", odf(mimetype=b"text/plain"), "refused", KIND),
    "PDF cut short": ("plan.pdf", pdf()[:300], "refused", "cut short"),
    "PDF of nothing": ("plan.pdf", b"%PDF-1.7\nnothing\n%%EOF\n", "unscannable", "could not look"),
    "PDF after HTML": ("plan.pdf", MARKUP + pdf(), "refused", KIND),
    "PDF after a picture": ("plan.pdf", png() + pdf(), "refused", KIND),
    "locked archive behind a PDF": (
        "plan.pdf",
        OBJ + b"\n" * 300 + marked_encrypted(zipped({"a": b"x" * 50})),
        "refused",
        "an archive behind the PDF",
    ),
    "PDF behind a PDF": ("plan.pdf", OBJ + OBJ, "refused", "another PDF"),
    "PDF behind a DOCX": ("plan.docx", docx() + OBJ, "refused", DAMAGED),
    "PDF with pages in a loop": ("plan.pdf", loop(), "unreadable", ""),
    "PDF without a page": (
        "plan.pdf",
        pdf_of([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Kids[]/Count 0>>"]),
        "unreadable",
        "",
    ),
    "PDF with a broken stream": ("plan.pdf", pdf_stream(b"not packed", b"/FlateDecode"), "unreadable", ""),
    "PDF with an unknown filter": (
        "plan.pdf",
        pdf_stream(b"abc", b"/NoSuchDecode"),
        "unscannable",
        "could not look",
    ),
    "PDF whose root is missing": ("plan.pdf", pdf_of([b"<</Type/Catalog>>"], root=7), "unreadable", ""),
    # Names
    "name of 5,000 signs": ("x" * 5000 + ".docx", docx(), "read", ""),
    "name with a path": ("../../../etc/cron.d/plan.docx", docx(), "read", ""),
    "name that reads backwards": ("plan\u202excod.exe", docx(), "read", ""),
    "name with markup": ("<script>alert(1)</script>.docx", docx(), "read", ""),
    "name of dots": ("....docx", docx(), "read", ""),
    "name in Welsh": ("Cynllun diogelwch Llŷn – ŵyl.docx", docx(), "read", ""),
    "name with another ending": ("plan.exe", docx(), "read", ""),
    "name with quotes and breaks": ("a\"b'c;d\r\nX: y.docx", docx(), "read", ""),
}
