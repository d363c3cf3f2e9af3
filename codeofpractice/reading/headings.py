"""What each passage stands under: its heading, or a question or form prompt that works like one."""

import re
from dataclasses import dataclass

from codeofpractice.reading.document import Document, Passage

_LONGEST_QUESTION = 160
_QUOTED = re.compile(r"^>+\s*")
_NO_PROSE = frozenset({"heading", "table_header", "contents_entry"})


@dataclass(frozen=True, slots=True)
class Under:
    """`asks` where the passage is itself a prompt; `first` where it is the first under its heading."""

    heading: str
    first: bool
    asks: bool


def read_headings(document: Document) -> dict[int, Under]:
    """By passage number. A prompt holds until the next prompt or heading."""
    under: dict[int, Under] = {}
    prompt, first = "", False
    for passage in document.passages:
        asks = _asks(passage)
        if passage.kind in _NO_PROSE:
            prompt = "" if passage.kind == "heading" else prompt
            # What opens a document is its title; what follows that speaks to no point in particular.
            first = passage.n > 1 if passage.kind == "heading" else first
        elif asks:
            prompt, first = _QUOTED.sub("", passage.text), True
        under[passage.n] = Under(prompt or passage.heading, first, asks)
        if passage.kind not in _NO_PROSE and not asks:
            first = False
    return under


def _asks(passage: Passage) -> bool:
    """A question alone, or one quoted from a letter or form as e-mail programs do."""
    text = passage.text
    if passage.kind == "table_row" or passage.kind in _NO_PROSE or len(text) > _LONGEST_QUESTION:
        return False
    whole_question = text.endswith("?") and not re.search(r"[.!]\s", text)
    return whole_question or bool(_QUOTED.match(text) and text[-1] not in ".!;")
