"""What reading a file yields: passages in reading order, or a refusal that a person can act on."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["heading", "paragraph", "list_item", "table_header", "table_row", "contents_entry"]

CELL_SEPARATOR = " | "


class ReadingRefused(Exception):
    """The file cannot be read. `reason` is a stable code; `sentence` says what is wrong and what to do."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Block:
    """A passage before it is numbered."""

    kind: Kind
    text: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """One paragraph, list item or table row. `n` counts from 1; `page` is None in formats without pages."""

    n: int
    text: str
    kind: Kind
    page: int | None
    heading: str


@dataclass(frozen=True, slots=True)
class Document:
    """`extractable` is False where the file holds pictures of pages; `reason` then says so and what to do.

    `reason` may also be set on an extractable document, where some of its pages are pictures.
    """

    passages: tuple[Passage, ...]
    extractable: bool
    reason: str = ""


_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")


def normalised(text: str) -> str:
    """White space as single spaces, no soft hyphens and no characters that a database would refuse."""
    return " ".join(_INVISIBLE.sub("", text).split())


def number_passages(blocks: Iterable[Block]) -> tuple[Passage, ...]:
    """Number the blocks that hold text; each passage carries the heading that it stands under."""
    passages: list[Passage] = []
    heading = ""
    for block in blocks:
        text = normalised(block.text)
        if not text:
            continue
        if block.kind == "heading":
            heading = text
        under = "" if block.kind == "heading" else heading
        passages.append(Passage(len(passages) + 1, text, block.kind, block.page, under))
    return tuple(passages)
