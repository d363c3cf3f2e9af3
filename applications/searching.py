"""What people type to find a company, an application or a member: words, and numbers in any writing."""

from __future__ import annotations

import re
import unicodedata

from django.contrib.postgres.search import SearchQuery

from accounts.words import DASHES, one_line, without_marks

# PostgreSQL refuses words of over 2,046 bytes, and nobody types ten words to find a company.
LONGEST_TERM = 60
MOST_TERMS = 10
MEMBERSHIP_NUMBER = re.compile(rf"rvss[\s{DASHES}]*([0-9]{{1,9}})", re.IGNORECASE)
HALF = "([b-df-hj-np-tv-xz2-9]{4})"
BETWEEN = rf"[\s{DASHES}]*"
REFERENCE = re.compile(rf"\s*(rvss{BETWEEN})?{HALF}({BETWEEN}){HALF}\s*", re.IGNORECASE)


def letters_and_digits(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFC", word) if c.isalnum()).lower()[:LONGEST_TERM]


def search_words(*texts: str) -> str:
    """What `text_query` can find: each word whole, in its parts, and without its accents."""
    found: dict[str, None] = {}
    for word in " ".join(texts).split():
        for form in (word, without_marks(word)):
            for part in (form, *re.split(r"[\W_]+", form)):
                if term := letters_and_digits(part):
                    found[term] = None
    return " ".join(found)


def text_query(words: str) -> SearchQuery | None:
    """A prefix search for every word typed; None when there is nothing to search for."""
    terms = [letters_and_digits(word) for word in words.split()]
    terms = [term for term in terms if term][:MOST_TERMS]
    if not terms:
        return None
    return SearchQuery(" & ".join(f"{term}:*" for term in terms), search_type="raw", config="simple")


def membership_number(words: str) -> str | None:
    """RVSS-000123 from any way of writing it, or None when the words are no membership number."""
    match = MEMBERSHIP_NUMBER.fullmatch(unicodedata.normalize("NFKC", one_line(words)))
    return f"RVSS-{int(match[1]):06d}" if match else None


def application_reference(words: str) -> str | None:
    """RVSS-BCDF-2345 from any way of writing it, or None when the words are no reference.

    Without the scheme's letters in front it needs a dash in the middle: 8 digits are a company number.
    """
    match = REFERENCE.fullmatch(words)
    if not match or not (match[1] or match[3].strip()):
        return None
    return f"RVSS-{match[2]}-{match[4]}".upper()
