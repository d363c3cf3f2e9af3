"""Finding words in a plan: point by point, and in what its uploaded documents say besides."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from accounts.words import without_marks
from applications.searching import MOST_TERMS, letters_and_digits
from codeofpractice.answers import PointAnswer
from codeofpractice.differences import describe_measure, describe_training
from codeofpractice.models import FileStatus, Passage, PlanVersion, Point

WORD = re.compile(r"\w+")
AROUND = 160  # characters of a long text that are shown on either side of the first word found
MOST_LOOSE = 50  # passages that nobody confirmed


@dataclass(frozen=True)
class Hit:
    """Where the words are, and the text in pieces: the words that were searched for are `True`."""

    where: str
    pieces: list[tuple[str, bool]]


@dataclass(frozen=True)
class Found:
    """`loose` are passages of the uploaded documents that are confirmed for no point, in reading order."""

    words: str
    points: list[tuple[Point, list[Hit]]]
    loose: list[Hit]
    more: bool = False

    @property
    def count(self) -> int:
        return sum(len(hits) for _, hits in self.points) + len(self.loose)


def search_plan(version: PlanVersion, answers: list[PointAnswer], words: str) -> Found:
    """Texts in which each word stands, or begins a word, whatever its accents. One query."""
    terms = terms_of(words)
    points = [(answer.point, list(_hits(_texts_of(answer), terms))) for answer in answers]
    confirmed = {link.passage_id for answer in answers for link in answer.passages}
    loose = list(_hits(_loose(version, confirmed), terms))
    return Found(words, [row for row in points if row[1]], loose[:MOST_LOOSE], len(loose) > MOST_LOOSE)


def terms_of(words: str) -> list[str]:
    found = (letters_and_digits(without_marks(word)) for word in WORD.findall(words))
    return list(dict.fromkeys(term for term in found if term))[:MOST_TERMS]


def _texts_of(answer: PointAnswer) -> Iterator[tuple[str, str]]:
    row = answer.response
    yield "How it is met", row.how_met
    yield "Why it does not apply", row.not_applicable_reason
    yield "Responsible", row.responsible_role
    yield from (("Measure", describe_measure(measure)) for measure in answer.measures)
    yield from (("Training figures", describe_training(training)) for training in answer.trainings)
    yield from (("Evidence", each.title) for each in answer.evidence if each.file.status == FileStatus.CLEAN)
    yield from ((place_of(link.passage), link.passage.text) for link in answer.passages)


def _loose(version: PlanVersion, confirmed: set[int]) -> Iterator[tuple[str, str]]:
    rows = Passage.objects.filter(
        document__in=version.documents.plans(), document__file__status=FileStatus.CLEAN
    ).select_related("document__file")
    return ((place_of(row), row.text) for row in rows if row.pk not in confirmed)


def place_of(passage: Passage) -> str:
    """handbook.pdf, page 3, under “Handover”."""
    parts = [passage.document.file.original_name]
    if passage.page:
        parts.append(f"page {passage.page}")
    if passage.heading:
        parts.append(f"under “{passage.heading}”")
    return ", ".join(parts)


def _hits(texts: Iterable[tuple[str, str]], terms: list[str]) -> Iterator[Hit]:
    for where, text in texts:
        spans = [match.span() for match in WORD.finditer(text) if _begins(match[0], terms)]
        met = {term for start, end in spans for term in terms if _begins(text[start:end], [term])}
        if terms and met == set(terms):
            yield Hit(where, _pieces(text, spans))


def _begins(word: str, terms: list[str]) -> bool:
    return letters_and_digits(without_marks(word)).startswith(tuple(terms))


def _pieces(text: str, spans: list[tuple[int, int]]) -> list[tuple[str, bool]]:
    first, last = max(0, spans[0][0] - AROUND), spans[0][1] + AROUND
    pieces, at = [("… ", False)] if first else [], first
    for start, end in spans:
        if end > last:
            break
        pieces += [(text[at:start], False), (text[start:end], True)]
        at = end
    pieces.append((text[at:last], False))
    if last < len(text):
        pieces.append((" …", False))
    return [piece for piece in pieces if piece[0]]
