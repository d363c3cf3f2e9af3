"""What a reader of a format finds: lines and tables in order, each with the field in which it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Place:
    """One field of the document. `n` tells two of the same name apart.

    `is_open` where a program has kept the mark of the first line only: the lines that follow belong to it.
    """

    n: int
    number: int
    field: str
    base: str = ""
    is_open: bool = False


class Found(NamedTuple):
    """`kept` is the reference in the file's properties; `leaves_out` says that it has pictures or notes."""

    blocks: list[Block]
    kept: str
    leaves_out: bool


@dataclass(frozen=True)
class Block:
    """A line, or a table: rows of cells, and the name that a program shows for it."""

    text: str = ""
    place: Place | None = None
    rows: tuple[tuple[str, ...], ...] | None = None
    name: str = ""
    is_heading: bool = False
