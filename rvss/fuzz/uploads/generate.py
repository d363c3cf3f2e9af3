"""Malformed files without end: the same seed, the same files."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable, Iterator

from rvss.fuzz.uploads.by_hand import LAUGHS, OUTSIDE, TABLE, deep_xml, lying
from rvss.fuzz.uploads.eicar import VARIANTS
from rvss.fuzz.uploads.files import (
    EICAR,
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
    png,
    xlsx,
    zipped,
)
from rvss.fuzz.uploads.pipeline import Upload

GOOD: list[tuple[str, bytes]] = [
    ("plan.pdf", pdf()),
    ("packed.pdf", pdf(packed=True)),
    ("script.pdf", pdf(script="app.alert(1)")),
    ("attached.pdf", pdf(attachment=docx())),
    ("plan.docx", docx()),
    ("plan.odt", odf()),
    ("fleet.xlsx", xlsx()),
    ("fleet.ods", odf("spreadsheet")),
    ("photo.png", png()),
    ("photo.jpg", jpeg()),
    ("notes.txt", "Siân checks licences in Llŷn.\n".encode() * 20),
    ("training.csv", b"name,course,date\nSi\xc3\xa2n,basics,2018-12-06\n" * 5),
]
BAD = [content for _, content in VARIANTS.values()]
STARTS = [
    b"%PDF-1.7\n",
    b"PK\x03\x04",
    OLE[:8],
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"MZ",
    b"GIF89a",
    MARKUP,
]
Chance = random.Random
Family = Callable[[Chance], tuple[str, bytes, bool]]


def _any(chance: Chance) -> tuple[str, bytes]:
    """A good file, or now and then one with the test virus."""
    return chance.choice(GOOD) if chance.random() < 0.7 else chance.choice(list(VARIANTS.values()))


def cut(chance: Chance) -> tuple[str, bytes, bool]:
    name, content = _any(chance)
    start = 0 if chance.random() < 0.7 else chance.randrange(len(content))
    return name, content[start : chance.randrange(start, len(content) + 1)], False


def flipped(chance: Chance) -> tuple[str, bytes, bool]:
    name, content = _any(chance)
    made = bytearray(content)
    for _ in range(chance.choice([1, 1, 2, 5, 30])):
        made[chance.randrange(len(made))] ^= 1 << chance.randrange(8)
    return name, bytes(made), False


def spliced(chance: Chance) -> tuple[str, bytes, bool]:
    (name, one), (_, two) = _any(chance), _any(chance)
    return name, one[: chance.randrange(len(one))] + two[chance.randrange(len(two)) :], False


def repeated(chance: Chance) -> tuple[str, bytes, bool]:
    name, content = _any(chance)
    start = chance.randrange(len(content))
    part = content[start : start + chance.randint(1, 200)]
    return name, content[:start] + part * chance.choice([2, 3, 50]) + content[start:], False


def wrong_start(chance: Chance) -> tuple[str, bytes, bool]:
    name, content = _any(chance)
    start = chance.choice(STARTS)
    return name, start + content[len(start) if chance.random() < 0.5 else 0 :], False


def two_in_one(chance: Chance) -> tuple[str, bytes, bool]:
    (name, one), two = chance.choice(GOOD), chance.choice([*BAD, MARKUP, OLE])
    order = [one, b"\n" * chance.randrange(1200), two]
    return name, b"".join(order if chance.random() < 0.7 else reversed(order)), False


def broken_xml(chance: Chance) -> tuple[str, bytes, bool]:
    is_word = chance.random() < 0.5
    xml = bytearray(document_xml() if is_word else content_xml())
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(xml))
        xml[place:place] = chance.choice(
            [b"<", b">", b"&", b"&#0;", b"\xff", b"]]>", b"</w:p>", b"<w:p>", b"\0"]
        )
    whole = chance.choice(
        [bytes(xml), LAUGHS, OUTSIDE, deep_xml(chance.choice([50, 500, 20_000])), bytes(xml)[::-1]]
    )
    return ("a.docx", docx(document=whole), False) if is_word else ("a.odt", odf(content=whole), False)


def wrong_kind(chance: Chance) -> tuple[str, bytes, bool]:
    told = chance.choice(["text", "graphics", "spreadsheet", "text-template", "formula", "\0", "x" * 300])
    more = chance.choice([{}, {"word/document.xml": document_xml()}, {"xl/workbook.xml": b"<a/>"}])
    return "a.odt", odf(told, more, content=chance.choice([content_xml(), b"", MARKUP])), False


def blank(chance: Chance) -> tuple[str, bytes, bool]:
    return (
        "a.pdf",
        chance.choice([b"", b"\0", b" ", b"\n", b"\xff", b"%PDF-1.7\n"]) * chance.randrange(3000),
        False,
    )


def noise(chance: Chance) -> tuple[str, bytes, bool]:
    start = chance.choice([*STARTS, b""])
    return "a.pdf", start + chance.randbytes(chance.choice([1, 100, 9000])) + b"\n%%EOF", False


def locked(chance: Chance) -> tuple[str, bytes, bool]:
    inner = chance.choice([marked_encrypted(docx()), marked_encrypted(odf()), pdf(password="secret")])
    whole = chance.choice([inner, docx({"word/embeddings/a.bin": inner}), odf(more={"Object 1": inner})])
    return chance.choice(["a.pdf", "a.docx", "a.odt"]), whole, True


def macros(chance: Chance) -> tuple[str, bytes, bool]:
    name = chance.choice(["word/vbaProject.bin", "VBAPROJECT.BIN", "a/b/c/vbaProject.bin"])
    types = content_types('<Override PartName="/a" ContentType="application/vnd.ms-office.vbaProject"/>')
    whole = chance.choice(
        [
            docx({name: OLE}),
            xlsx({name: OLE}),
            docx(types=types),
            odf(more={"Basic/Standard/M.xml": b"<m/>"}),
            OLE,
        ]
    )
    return chance.choice(["a.docx", "a.xlsx", "a.docm"]), whole, True


def virus(chance: Chance) -> tuple[str, bytes, bool]:
    """Put somewhere that no list names."""
    inner = EICAR
    for _ in range(chance.randrange(4)):
        wraps: list[Callable[[bytes], bytes]] = [
            lambda content: zipped({"a": content}, chance.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])),
            lambda content: docx({f"word/{chance.randrange(99)}": content}),
            lambda content: odf(more={"Pictures/a.png": content}),
            lambda content: pdf(attachment=content, packed=chance.random() < 0.5),
            lambda content: pdf(content),
        ]
        inner = chance.choice(wraps)(inner)
    outer = chance.choice(
        [docx({"a/b.bin": inner}), odf(more={"a": inner}), pdf(inner), pdf(attachment=inner)]
    )
    return "plan.pdf", outer, True


def lies(chance: Chance) -> tuple[str, bytes, bool]:
    archive = chance.choice([docx(), odf(), xlsx(), docx({"word/media/a": b"\0" * 3_000_000})])
    made = bytearray(lying(archive) if chance.random() < 0.3 else archive)
    place = made.find(chance.choice([b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06"]))
    for _ in range(chance.randint(1, 4)):
        made[min(place + chance.randrange(4, 46), len(made) - 1)] = chance.randrange(256)
    return "a.docx", bytes(made), False


def odd_pdf(chance: Chance) -> tuple[str, bytes, bool]:
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[2 0 R 3 0 R]/Count %d>>" % chance.choice([0, -1, 2, 10**12]),
        b"<</Type/Page/Parent 3 0 R/Contents 4 0 R/MediaBox[0 0 1e30 -5]>>",
        b"<</Length %d>>stream\nBT (x) Tj ET\nendstream" % chance.choice([0, -1, 10**10, 12]),
        b"[" * chance.choice([1, 300, 5000]),
        b"<</Length 3/Filter[%s]>>stream\nabc\nendstream" % (b"/FlateDecode" * chance.choice([1, 9, 500])),
        b"<</A 1 0 R/B 7 0 R/C(" + b"\\" * chance.randrange(9) + b")>>",
    ]
    return "a.pdf", pdf_of([chance.choice(parts) for _ in range(chance.randint(1, 12))]), False


def huge_picture(chance: Chance) -> tuple[str, bytes, bool]:
    width, height = (chance.choice([0, 1, 60_000, 2**31, 2**32 - 1]) for _ in range(2))
    small = jpeg(width % 65_536, height % 65_536)
    return chance.choice([("a.png", png(width, height), False), ("a.jpg", small, False)])


def by_hand(chance: Chance) -> tuple[str, bytes, bool]:
    name, content, _, _ = chance.choice(list(TABLE.values()))
    return name, content, False


FAMILIES: list[Family] = [
    cut, flipped, spliced, repeated, wrong_start, two_in_one, broken_xml, wrong_kind, blank, noise,
    locked, macros, virus, lies, odd_pdf, huge_picture, by_hand,
]  # fmt: skip


def odd_name(chance: Chance, name: str) -> str:
    odd = ["x" * 4000 + ".docx", "../" * 50 + "a.pdf", "a\u202efdp.exe", "%00.pdf", "a;b='c.odt", "Llŷn.pdf"]
    return chance.choice(odd) if chance.random() < 0.15 else name


def generate(count: int, seed: int) -> Iterator[tuple[str, Upload]]:
    """Each with the family that it is of. Every second goes where plans go, the others to evidence."""
    for number in range(count):
        chance = random.Random(f"{seed}/{number}")
        family = FAMILIES[number % len(FAMILIES)]
        name, content, harmful = family(chance)
        kinds = ["application/pdf", "text/html", "", "image/png", "application/zip"]
        upload = Upload(
            f"{family.__name__} {seed}/{number}",
            content,
            odd_name(chance, name),
            chance.choice(kinds),
            as_plan=chance.random() < 0.5,
            harmful=harmful,
        )
        yield family.__name__, upload
