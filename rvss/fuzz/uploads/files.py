"""Files as Office, scanners and attackers make them, small and always the same bytes."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

import pikepdf

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
MARKUP = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
OLE = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 16 + bytes.fromhex("3e000300feff0900") + b"\0" * 2000
TEXT = "Siân checks the driving licence and the booking before each van leaves the depot in Llŷn."
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
ODF = "application/vnd.oasis.opendocument."
MOMENT = (2018, 12, 6, 9, 0, 0)
Members = Mapping[str, bytes]


def zipped(members: Members, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, MOMENT), content, method)
    return made.getvalue()


def document_xml(text: str = TEXT) -> bytes:
    body = f"<w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body>"
    return f'<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="{WORD}">{body}</w:document>'.encode()


def content_types(more: str = "") -> bytes:
    return (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Default Extension="xml" ContentType="application/xml"/>{more}</Types>'
    ).encode()


def docx(more: Members | None = None, *, document: bytes | None = None, types: bytes | None = None) -> bytes:
    plain = {
        "[Content_Types].xml": content_types() if types is None else types,
        "word/document.xml": document_xml() if document is None else document,
    }
    return zipped(plain | dict(more or {}))


def xlsx(more: Members | None = None) -> bytes:
    return zipped(
        {"[Content_Types].xml": content_types(), "xl/workbook.xml": b"<workbook/>"} | dict(more or {})
    )


def content_xml(text: str = TEXT) -> bytes:
    office = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    words = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
    return (
        f'<office:document-content xmlns:office="{office}" xmlns:text="{words}"><office:body><office:text>'
        f"<text:p>{text}</text:p></office:text></office:body></office:document-content>"
    ).encode()


def odf(
    kind: str = "text",
    more: Members | None = None,
    *,
    content: bytes | None = None,
    mimetype: bytes | None = None,
) -> bytes:
    plain = {
        "mimetype": mimetype or f"{ODF}{kind}".encode(),
        "META-INF/manifest.xml": b"<manifest/>",
        "content.xml": content or content_xml(),
    }
    return zipped(plain | dict(more or {}))


def pdf(
    stream: bytes | None = None,
    *,
    attachment: bytes | None = None,
    password: str = "",
    filters: bool = True,
    packed: bool = False,
    script: str = "",
) -> bytes:
    """One page of text; a hidden stream, an attachment, a password or a script when asked for."""
    made = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(595, 842))
        page = document.pages[0]
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
        page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        text = "BT /F1 11 Tf 50 700 Td (We check the driving licence before each van leaves the depot.) Tj ET"
        page.obj.Contents = document.make_stream(text.encode())
        if stream is not None:
            document.Root.Hidden = document.make_stream(stream)
        if attachment is not None:
            document.attachments["plan.docx"] = attachment
        if script:
            document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=script)
        mode = pikepdf.ObjectStreamMode.generate if packed else pikepdf.ObjectStreamMode.disable
        how = pikepdf.Encryption(owner=password, user=password, R=6) if password else False
        document.save(
            made,
            compress_streams=filters,
            object_stream_mode=mode,
            encryption=how,
            deterministic_id=not password,
        )
    return made.getvalue()


def pdf_of(objects: list[bytes], *, root: int = 1) -> bytes:
    """A PDF written object by object, for what no library would write."""
    made = bytearray(b"%PDF-1.7\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(
        made
        + b"trailer\n<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, root, start)
    )


def pdf_stream(content: bytes, filters: bytes) -> bytes:
    """A PDF with one stream that says how it is packed."""
    return pdf_of(
        [
            b"<</Type/Catalog/Pages 2 0 R/Hidden 3 0 R>>",
            b"<</Type/Pages/Kids[]/Count 0>>",
            b"<</Length %d/Filter%s>>stream\n" % (len(content), filters) + content + b"\nendstream",
        ]
    )


def png(width: int = 1, height: int = 1, more: bytes = b"") -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    points = zlib.compress(b"\0" + b"\xff" * 3)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", points) + chunk(b"IEND", b"") + more


def jpeg(width: int = 1, height: int = 1, more: bytes = b"") -> bytes:
    start = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    frame = b"\xff\xc0\x00\x0b\x08" + struct.pack(">HH", height, width) + b"\x01\x01\x11\x00"
    return start + frame + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x00\xff\xd9" + more


def marked_encrypted(archive: bytes) -> bytes:
    """The archive with the flag of encryption set on each member, in both headers."""
    made = bytearray(archive)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = made.find(signature)
        while place >= 0:
            made[place + offset] |= 1
            place = made.find(signature, place + 4)
    return bytes(made)
