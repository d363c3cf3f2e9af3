"""The test virus in many wrappings. Some are refused at the field, the others found by the scanner."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import tarfile
import zipfile
import zlib

from rvss.fuzz.uploads.files import (
    EICAR,
    docx,
    jpeg,
    marked_encrypted,
    odf,
    pdf,
    pdf_stream,
    png,
    xlsx,
    zipped,
)

MAIL = (
    b"From: a@example.com\r\nTo: b@example.com\r\nSubject: plan\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nHello\r\n'
    b'--x\r\nContent-Type: application/octet-stream; name="a.com"\r\n'
    b'Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename="a.com"\r\n\r\n'
    + base64.encodebytes(EICAR)
    + b"\r\n--x--\r\n"
)


def tarred(content: bytes, mode: str = "w") -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode) as archive:  # type: ignore[call-overload]
        entry = tarfile.TarInfo("a.com")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return made.getvalue()


def nested(depth: int) -> bytes:
    content = EICAR
    for level in range(depth):
        content = zipped({f"{level}.zip": content})
    return content


DEEP = docx({"word/embeddings/a.docx": docx({"word/media/b.docx": docx({"word/media/c.bin": EICAR})})})
ASCII85 = base64.a85encode(EICAR) + b"~>"
VARIANTS: dict[str, tuple[str, bytes]] = {
    "plain": ("plan.pdf", EICAR),
    "plain as text": ("notes.txt", EICAR),
    "padded with blanks": ("notes.txt", EICAR + b" " * 60 + b"\n"),
    "after some text": ("notes.txt", b"Our plan.\n" * 500 + EICAR),
    "double extension": ("plan.pdf.com", EICAR),
    "in a CSV": ("training.csv", b"name,course\n" + EICAR + b",1\n"),
    "UTF-16": ("notes.txt", EICAR.decode().encode("utf-16")),
    "zip": ("plan.zip", zipped({"a.com": EICAR})),
    "zip in a zip": ("plan.zip", nested(2)),
    "zip, five deep": ("plan.zip", nested(5)),
    "encrypted zip": ("plan.zip", marked_encrypted(zipped({"a.com": EICAR}))),
    "jar": ("plan.jar", zipped({"META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\n", "A.class": EICAR})),
    "docx": ("plan.docx", docx({"word/media/image1.png": EICAR})),
    "docx, stored": ("plan.docx", docx({"word/media/a.zip": zipped({"a": EICAR}, zipfile.ZIP_STORED)})),
    "docx, three deep": ("plan.docx", DEEP),
    "docx after the archive's end": ("plan.docx", docx() + EICAR),
    "docx before the archive's start": ("plan.docx", EICAR + docx()),
    "encrypted zip in a docx": (
        "plan.docx",
        docx({"word/embeddings/a.zip": marked_encrypted(zipped({"a.com": EICAR}))}),
    ),
    "split over names of a docx": ("plan.docx", docx({f"word/{EICAR.decode()}.xml": b"<a/>"})),
    "odt": ("plan.odt", odf(more={"Pictures/a.png": EICAR})),
    "ods": ("fleet.ods", odf("spreadsheet", {"Object 1/a.bin": EICAR})),
    "xlsx": ("fleet.xlsx", xlsx({"xl/media/a.bin": EICAR})),
    "tar in a docx": ("plan.docx", docx({"word/embeddings/a.tar": tarred(EICAR)})),
    "tar.gz in a docx": ("plan.docx", docx({"word/embeddings/a.tgz": tarred(EICAR, "w:gz")})),
    "gzip in an odt": ("plan.odt", odf(more={"a.gz": gzip.compress(EICAR, mtime=0)})),
    "bzip2 in an odt": ("plan.odt", odf(more={"a.bz2": bz2.compress(EICAR)})),
    "base64 in a mail in a docx": ("plan.docx", docx({"word/embeddings/a.eml": MAIL})),
    "PDF stream, flate": ("plan.pdf", pdf(EICAR)),
    "PDF stream, ASCII 85": ("plan.pdf", pdf_stream(ASCII85, b"/ASCII85Decode")),
    "PDF stream, hex": ("plan.pdf", pdf_stream(EICAR.hex().encode() + b">", b"/ASCIIHexDecode")),
    "PDF stream, two filters": (
        "plan.pdf",
        pdf_stream(base64.a85encode(zlib.compress(EICAR)) + b"~>", b"[/ASCII85Decode/FlateDecode]"),
    ),
    "PDF, packed objects": ("plan.pdf", pdf(EICAR, packed=True)),
    "PDF attachment": ("plan.pdf", pdf(attachment=EICAR)),
    "PDF attachment that is a docx": ("plan.pdf", pdf(attachment=docx({"word/media/a": EICAR}))),
    "PDF and zip in one": ("plan.pdf", pdf() + zipped({"a.com": EICAR})),
    "PDF in a PDF": ("plan.pdf", pdf(attachment=pdf(EICAR))),
    "PDF in a docx": ("plan.docx", docx({"word/embeddings/a.pdf": pdf(EICAR)})),
    "after a PNG": ("photo.png", png(more=EICAR)),
    "zip after a JPEG": ("photo.jpg", jpeg(more=zipped({"a.com": EICAR}))),
}
