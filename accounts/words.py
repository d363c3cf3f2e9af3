"""What people type and paste, made fit to keep: without what cannot be seen or cannot be stored."""

from __future__ import annotations

import re
import unicodedata

# They change how Persian and Indian names are written; anywhere but between letters they are dirt.
JOINERS = "\u200c\u200d"
# Other ways in which a line can end: Word puts a vertical tab, web pages a separator.
LINE_END = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
# Letters that stay whole when accents are taken away.
WHOLE_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i"}
)
DASHES = r"\-\u2010-\u2015\u2212"
REPLACEMENT = "\ufffd"  # what is left of bytes that could not be read


def without_invisible(text: str) -> str:
    """Without soft hyphens, blanks of no width, and the marks that turn the direction of a line.

    They come along unseen from Word, PDF and chats, keep a name from being found, and can make one name
    look like another.
    """
    seen = [c for c in text if unicodedata.category(c) != "Cf" or c in JOINERS]
    return "".join(c for place, c in enumerate(seen) if c not in JOINERS or _joins(seen, place))


def _joins(text: list[str], place: int) -> bool:
    """Between letters, or the marks on them."""
    around = text[max(place - 1, 0) : place] + text[place + 1 : place + 2]
    return len(around) == 2 and all(unicodedata.category(c)[0] in "LM" for c in around)


def one_line(text: str) -> str:
    """One line, one blank between words, composed characters."""
    return " ".join(unicodedata.normalize("NFC", without_invisible(text)).split())


def several_lines(text: str) -> str:
    """Blank space at the ends goes, line breaks stay; composed characters."""
    return unicodedata.normalize("NFC", LINE_END.sub("\n", without_invisible(text))).strip()


def cannot_be_kept(text: str) -> bool:
    """Control characters, halves of characters, and places where something was unreadable."""
    return any(
        c == REPLACEMENT or unicodedata.category(c) in {"Cc", "Cs"} or ord(c) & 0xFFFE == 0xFFFE
        for c in text
        if c not in "\n\t"
    )


def compact(text: str) -> str:
    """Capitals and digits of any width, without the blanks, stops and dashes that people part them with."""
    plain = unicodedata.normalize("NFKC", without_invisible(text))
    return re.sub(rf"[\s.{DASHES}]", "", plain).upper()


def without_marks(text: str) -> str:
    """llyn and lodz from Llŷn and Łódź: how a name is typed on a keyboard without its accents."""
    plain = unicodedata.normalize("NFKD", text.casefold()).translate(WHOLE_LETTERS)
    return "".join(c for c in plain if not unicodedata.combining(c))
