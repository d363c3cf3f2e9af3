"""Files as people and attackers upload them."""

from __future__ import annotations

import io
import zipfile

import pikepdf
from django.core.files.uploadedfile import SimpleUploadedFile

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
PDF = (
    b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"
    b"2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\n"
    b"xref\n0 3\n0000000000 65535 f \n0000000009 00000 n \n0000000054 00000 n \n"
    b"trailer\n<</Size 3/Root 1 0 R>>\nstartxref\n100\n%%EOF\n"
)
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489")


def upload(
    content: bytes, name: str = "plan.pdf", content_type: str = "application/pdf"
) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type)


def zipped(members: dict[str, bytes], **options: int) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in members.items():
            # A fixed time: the same members always give the same bytes.
            archive.writestr(zipfile.ZipInfo(name, (2018, 12, 6, 9, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def docx(text: str = "We keep a plan.", **more: bytes) -> bytes:
    body = (
        '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        f"<w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>"
    )
    types = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
    return zipped(
        {"[Content_Types].xml": types.encode(), "word/document.xml": body.encode()}
        | {name.replace("__", "/"): content for name, content in more.items()}
    )


def marked_encrypted(archive: bytes) -> bytes:
    """The archive with the flag of encryption set on each member, in both headers."""
    made = bytearray(archive)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = made.find(signature)
        while place >= 0:
            made[place + offset] |= 1
            place = made.find(signature, place + 4)
    return bytes(made)


def packed_otherwise(method: int) -> bytes:
    """A DOCX of which one member is packed in a way that Office does not use."""
    made = io.BytesIO(docx())
    with zipfile.ZipFile(made, "a") as archive:
        archive.writestr("word/media/image1", EICAR, method)
    return made.getvalue()


def pdf_with(content: bytes, *, attached: bool, **options: object) -> bytes:
    """A PDF that holds the content packed: as an attachment, or as a stream that no page shows."""
    made = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        if attached:
            pdf.attachments["plan.docx"] = content
        else:
            pdf.Root.Hidden = pdf.make_stream(content)
        pdf.save(made, compress_streams=True, deterministic_id=True, **options)  # type: ignore[arg-type]
    return made.getvalue()
