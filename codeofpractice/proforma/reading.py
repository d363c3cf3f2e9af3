"""The one door back in: bytes of a document, what each field says out, whatever the format."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator

from codeofpractice.proforma.blocks import Block, Place
from codeofpractice.proforma.content import (
    CHOOSE,
    FIELDS,
    LABELS,
    MEASURE_HEAD,
    OPTIONAL,
    WRITE_HERE,
    MeasureText,
    PointText,
    Proforma,
    Reference,
    is_head,
    read_label,
    read_table_name,
    references_in,
)
from codeofpractice.proforma.docx_reading import read_docx
from codeofpractice.proforma.odt_reading import read_odt
from codeofpractice.reading.archive import damaged
from codeofpractice.reading.document import ReadingRefused

READERS = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": read_docx,
    "application/vnd.oasis.opendocument.text": read_odt,
}
NOT_A_PROFORMA = (
    "This document is not a pro-forma that was downloaded here. If it is a plan of your own, upload it as an "
    "existing plan instead. If it was a pro-forma, download a new one and copy your answers into it."
)
# Far above what the form takes, so that the person is told which answer is too long.
LONGEST_FIELD = 50_000
MOST_ROWS = 200
MOST_LINES = 200_000

logger = logging.getLogger(__name__)

Key = tuple[int, str]


def read_proforma(data: bytes, content_type: str) -> Proforma:
    """Raises ReadingRefused, and nothing else, with a sentence that says what to do."""
    reader = READERS.get(content_type)
    if reader is None or not data.startswith(b"PK"):
        raise damaged()
    try:
        return _gather(*reader(data))
    except ReadingRefused:
        raise
    except (Exception, RecursionError) as error:
        # Hostile input ends here: whatever it made the parsers raise, the person gets one sentence.
        logger.warning("A pro-forma could not be read: %s", type(error).__name__)
        raise damaged() from error


def _gather(blocks: list[Block], kept: str, leaves_out: bool) -> Proforma:
    if len(blocks) > MOST_LINES:
        raise _too_long("This document")
    shown = references_in(block.text for block in blocks if block.place is None)
    if len(shown) > 1:
        raise ReadingRefused(
            "merged",
            "This document holds two pro-formas. Part them, and upload one that holds each point once.",
        )
    found = _Fields()
    for block in blocks:
        found.take(block)
    reference = _reference(shown or references_in([kept]), has_fields=found.has_any)
    return Proforma(reference, tuple(found.points()), tuple(found.strays()), leaves_out)


def _reference(found: list[Reference], *, has_fields: bool) -> Reference:
    if not has_fields:
        raise ReadingRefused("not_a_proforma", NOT_A_PROFORMA)
    if found:
        return found[0]
    raise ReadingRefused(
        "no_reference",
        "The form reference is gone from this document, so we cannot tell for which plan it is. Download a "
        "new pro-forma and copy your answers into it.",
    )


def _too_long(what: str) -> ReadingRefused:
    return ReadingRefused(
        "too_long", f"{what} is longer than we can take. Shorten it, and upload the document again."
    )


def _twice(key: Key) -> ReadingRefused:
    return ReadingRefused(
        "twice",
        f"This document holds “Point {key[0]}: {LABELS[key[1]]}” twice, so we cannot tell which counts. Take "
        "one out, and upload the document again.",
    )


class _Fields:
    """Sorts blocks into fields: by their marks, and where a mark is lost, by the label above."""

    def __init__(self) -> None:
        self.lines: dict[Key, list[str]] = {}
        self.rows: dict[int, list[tuple[str, ...]]] = {}
        self.bases: dict[int, str] = {}
        self.outside: list[str] = []
        self._from_mark: dict[Key, int] = {}
        self._from_label: dict[Key, list[str]] = {}
        self._open: list[str] | None = None
        self._label: Key | None = None

    def take(self, block: Block) -> None:
        if block.rows is not None:
            self._take_table(block)
        elif block.place is not None:
            self._take_marked(block.text, block.place)
        else:
            self._take_free(block.text, is_heading=block.is_heading)

    def _take_marked(self, text: str, place: Place) -> None:
        key = (place.number, place.field)
        if self._from_mark.setdefault(key, place.n) != place.n:
            raise _twice(key)
        lines = self.lines.setdefault(key, [])
        lines.append(text)
        if place.base:
            self.bases[place.number] = place.base
        self._open = lines if place.is_open else None

    def _take_free(self, text: str, *, is_heading: bool) -> None:
        key = read_label(text)
        if key is not None:
            if key in self._from_label:
                raise _twice(key)
            self._open = self._from_label[key] = []
            self._label = key
        elif is_heading:
            self._open = None
            self.outside.append(text)
        elif self._open is not None:
            self._open.append(text)
        else:
            self.outside.append(text)

    def _take_table(self, block: Block) -> None:
        number = read_table_name(block.name)
        if block.place is not None:
            number = block.place.number
        if number is None and self._label is not None and self._label[1] == "measures":
            number = self._label[0]
        self._open = None
        if number is None:
            self.outside += [" | ".join(row) for row in block.rows or ()]
            return
        if number in self.rows:
            raise _twice((number, "measures"))
        self.rows[number] = [row for row in block.rows or () if not is_head(row)]

    def _settle(self) -> None:
        """Marks win over labels: what stands under the label of a field that has its mark is outside it."""
        for key, lines in self._from_label.items():
            if key[1] == "measures" or key in self.lines:
                self.outside += lines
            else:
                self.lines[key] = lines

    @property
    def has_any(self) -> bool:
        return bool(self.lines or self._from_label or self.rows)

    def points(self) -> Iterator[PointText]:
        self._settle()
        of_point: dict[int, dict[str, str]] = defaultdict(dict)
        for (number, field), lines in self.lines.items():
            if field != "measures":
                of_point[number][field] = _whole(lines)
        for number in sorted({*of_point, *self.rows}):
            texts, rows = of_point[number], self.rows.get(number)
            missing = {field for field in FIELDS if field not in texts} - OPTIONAL - {"measures"}
            measures = None if rows is None else _measures(rows)
            if measures is None:
                missing.add("measures")
            yield PointText(
                number,
                position=texts.get("position", ""),
                how_met=texts.get("how_met", ""),
                responsible_role=texts.get("responsible_role", ""),
                planned_for=texts.get("planned_for", ""),
                not_applicable_reason=texts.get("not_applicable_reason", ""),
                measures=measures or (),
                base=self.bases.get(number, ""),
                missing=tuple(field for field in FIELDS if field in missing),
            )

    def strays(self) -> Iterator[str]:
        """Lines that stand in no field, but for the one that shows the reference."""
        return (line.strip() for line in self.outside if line.strip() and not references_in([line]))


def _whole(lines: list[str]) -> str:
    """What a field says, without the words that asked to fill it in."""
    text = "\n".join(lines).strip()
    for asked in (WRITE_HERE, CHOOSE):
        text = text.removeprefix(asked).removesuffix(asked).strip()
    if len(text) > LONGEST_FIELD:
        raise _too_long("An answer in this document")
    return text


def _measures(rows: list[tuple[str, ...]]) -> tuple[MeasureText, ...] | None:
    """None where the table has other columns than ours."""
    said = [tuple(map(_whole, ([cell] for cell in row))) for row in rows if any(cell.strip() for cell in row)]
    if len(said) > MOST_ROWS or any(len(row) != len(MEASURE_HEAD) for row in said):
        return None
    return tuple(MeasureText(*row) for row in said)
