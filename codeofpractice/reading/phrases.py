"""The small language of the term tables (see terms/README.md), compiled to regular expressions."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).parent / "terms"

_GAP = r"(?:[^\w]+[\w'’]+){0,6}?[^\w]+"
_SPACE = r"[\s\-–/,]+"
_SPECIAL = {
    "<phone>": r"(?<!\d)(?:\+44\s?|\(?0)\d(?:[\s)-]?\d){8,10}(?!\d)",
    "<email>": r"[\w.+-]+@[\w-]+\.[\w.-]+",
    "<person>": (
        r"(?-i:(?:\b(?:Mr|Mrs|Ms|Miss|Dr|Sir)\.?\s+(?:[A-Z]\.?\s+)*[A-Z][\w'’-]+)"
        r"|(?<![.!?]\s)\b[A-Z][a-z'’-]+\s+(?:[A-Z]\.\s+)?(?:Mac|Mc|O['’]|de\s|van\s)?[A-Z][\w'’-]+\b)"
    ),
}
_TOKEN = re.compile(r"(<\w+>| \.\. |[()|?^$]|[^\s()|?^$<]+| )")
_CAPITALS = re.compile(r"^[A-Z][A-Z0-9]*$")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase of a table: every part must be found, in any order, within two sentences."""

    source: str
    parts: tuple[re.Pattern[str], ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """What speaks for and against one point."""

    headings: tuple[Phrase, ...] = ()
    strong: tuple[Phrase, ...] = ()
    medium: tuple[Phrase, ...] = ()
    weak: tuple[Phrase, ...] = ()
    against: tuple[Phrase, ...] = ()
    absent: tuple[Phrase, ...] = ()
    planned: tuple[Phrase, ...] = ()
    partial: tuple[Phrase, ...] = ()
    firm: tuple[Phrase, ...] = ()


def compile_phrase(source: str) -> Phrase:
    return Phrase(source, tuple(_compile_part(part) for part in source.split(" & ")))


def matches(phrases: Sequence[Phrase], text: str) -> bool:
    return any(all(part.search(text) for part in phrase.parts) for phrase in phrases)


@cache
def _compile_part(part: str) -> re.Pattern[str]:
    pieces = [_piece(token) for token in _TOKEN.findall(part.strip())]
    body = "".join(pieces)
    before = "" if body.startswith(("(?<!", "(?-i:", "^")) or part.startswith("<") else r"(?<!\w)"
    after = "" if body.endswith("$") or part.endswith(">") else r"(?!\w)"
    return re.compile(f"{before}{body}{after}", re.IGNORECASE)


def _piece(piece: str) -> str:
    if piece in _SPECIAL:
        return _SPECIAL[piece]
    if piece == " .. ":
        return _GAP
    if piece == " ":
        return _SPACE
    if piece == "(":
        return "(?:"
    if piece in {")", "|", "?", "^", "$"}:
        return piece
    word = re.escape(piece).replace(r"\*", r"\w*")
    return f"(?-i:{word})" if _CAPITALS.match(piece) else word


def _phrases(sources: list[Any]) -> tuple[Phrase, ...]:
    return tuple(compile_phrase(str(source)) for source in sources)


def _load(path: Path) -> Terms:
    table = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    return Terms(**{name: _phrases(sources) for name, sources in table.items()})


@cache
def terms_for(key: str) -> Terms | None:
    """The table of a point, or None where there is none."""
    path = _FOLDER / f"{key}.yaml"
    if not re.fullmatch(r"[a-z_]+", key) or key == "stance" or not path.exists():
        return None
    return _load(path)


@cache
def stance_terms() -> Terms:
    return _load(_FOLDER / "stance.yaml")


_COMMON = frozenset(
    [
        "about",
        "above",
        "after",
        "again",
        "against",
        "also",
        "and",
        "any",
        "are",
        "because",
        "been",
        "before",
        "being",
        "between",
        "both",
        "but",
        "can",
        "company",
        "could",
        "does",
        "each",
        "every",
        "for",
        "from",
        "further",
        "has",
        "have",
        "having",
        "hire",
        "hired",
        "hires",
        "how",
        "into",
        "its",
        "may",
        "more",
        "most",
        "must",
        "not",
        "only",
        "other",
        "our",
        "out",
        "over",
        "own",
        "part",
        "point",
        "practice",
        "rental",
        "same",
        "should",
        "show",
        "some",
        "such",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "through",
        "under",
        "until",
        "upon",
        "use",
        "used",
        "vehicle",
        "vehicles",
        "was",
        "were",
        "what",
        "when",
        "where",
        "which",
        "while",
        "who",
        "whom",
        "whose",
        "will",
        "with",
        "within",
        "would",
        "you",
        "your",
        "code",
        "plan",
        "plans",
        "staff",
        "customer",
        "customers",
        "security",
        "scheme",
        "make",
        "makes",
        "made",
        "all",
    ]
)


def fallback_terms(title: str, requirement: str) -> Terms:
    """For a point without a table: the telling words of its title count double those of its requirement."""
    in_title = _stems(title)
    in_text = [stem for stem in _stems(requirement) if stem not in in_title]
    return Terms(
        headings=_phrases([title.lower()] if title.strip() else []),
        strong=_phrases([" & ".join(pair) for pair in pairwise(in_title)]),
        medium=_phrases(list(in_title)),
        weak=_phrases(in_text[:30]),
    )


def _stems(text: str) -> list[str]:
    words = re.findall(r"[a-z]{3,}", text.lower())
    stems = (
        f"{word[: max(4, len(word) - 3)] if len(word) > 5 else word}*"
        for word in words
        if word not in _COMMON
    )
    return list(dict.fromkeys(stems))
