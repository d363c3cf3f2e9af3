"""What one passage scores for each point, as a sum that can be read back.

Phrases for the point and against it, the heading that the passage stands under, and likeness to examples.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from codeofpractice.reading.document import CELL_SEPARATOR, Document, Passage
from codeofpractice.reading.headings import Under, read_headings
from codeofpractice.reading.likeness import NO_EVIDENCE, Model
from codeofpractice.reading.phrases import Phrase, Terms, fallback_terms, matches, terms_for
from codeofpractice.reading.stance import Stance, read_stance

# A passage is labelled with a point from here on; suggestions for a point may go a little below it.
LABEL_FROM = 1.0
SUGGEST_FROM = 0.5

_STRONG_AGAIN = 0.4
_MEDIUM, _MEDIUM_MOST = 0.5, 1.5
_WEAK, _WEAK_MOST = 0.25, 0.75
_AGAINST, _AGAINST_MOST = 1.0, 2.5
_HEADING = 0.7
# The first passage under a heading nearly always speaks to what the heading announces.
_FIRST = 0.2
_LEAD = 0.9
_OTHER_LEAD = -0.6
# With less of its own than this, a passage that speaks to another point is not moved by its heading.
_OWN_LEAST = 0.6
# Chosen with each plan left out of the examples in turn; from 3 to 5 the figures hardly change.
_LIKENESS = 4.0
_SAID_FROM = 0.05
_MOST_CHARACTERS = 6_000
# The stance of a passage of up to so many sentences is read from all of it.
_SHORT = 4


@dataclass(frozen=True, slots=True)
class PointSpec:
    """A point of an edition. `key` is stable across editions and names its table of terms, if any."""

    number: int
    key: str
    title: str
    requirement: str = ""


@dataclass(frozen=True, slots=True)
class PointScore:
    """`score` runs from 0 to 1; from 0.5 on the passage is labelled with the point. `words` say why."""

    point: int
    score: float
    words: tuple[str, ...]
    stance: Stance


_SENTENCE = re.compile(r"(?<=[.!?;])\s+(?=[\"'“(A-Z0-9])")
_BLANK_FIELD = re.compile(r"_{3,}|\.{6,}|…{2,}")


@dataclass(frozen=True)
class Scorer:
    """What is looked up once for a document: the tables of its points, and how its headings are numbered."""

    points: dict[int, PointSpec]
    tables: dict[int, Terms]
    numbered: bool
    learned: Model
    under: dict[int, Under]

    @classmethod
    def of(cls, document: Document, points: Sequence[PointSpec], learned: Model) -> "Scorer":
        tables = {p.number: terms_for(p.key) or fallback_terms(p.title, p.requirement) for p in points}
        numbered = _is_numbered_by_point(document, tables)
        return cls({p.number: p for p in points}, tables, numbered, learned, read_headings(document))

    def score(self, passage: Passage) -> list[tuple[float, PointScore]]:
        """Points whose sum reaches SUGGEST_FROM, best first. Headings and blank fields carry no points."""
        under = self.under[passage.n]
        if passage.kind in NO_EVIDENCE or under.asks or _BLANK_FIELD.search(passage.text):
            return []
        text = _apostrophes(passage.text[:_MOST_CHARACTERS])
        lead = _lead(passage.kind, text)
        by_heading = _announced(under.heading, self.tables, self.numbered)
        by_lead = {n for n, terms in self.tables.items() if lead and matches(terms.headings, lead)}
        sentences = _sentences(passage.kind, text)
        own = {number: _best_window(terms, sentences) for number, terms in self.tables.items()}
        results = []
        for number, terms in self.tables.items():
            value, words, where = own[number]
            bonus, why = _context(number, by_lead, by_heading, lead, under)
            elsewhere = max((other[0] for key, other in own.items() if key != number), default=0.0)
            if bonus > 0 and value < _OWN_LEAST and elsewhere >= LABEL_FROM and number not in by_lead:
                bonus = 0.0
            alike, stems = self.learned.likeness(self.points[number].key, text)
            total = value + bonus + _LIKENESS * max(0.0, alike)
            if total >= SUGGEST_FROM:
                near = sentences if len(sentences) <= _SHORT or not where else [sentences[i] for i in where]
                like = (f"like examples: {', '.join(stems)}",) if alike > _SAID_FROM else ()
                score = PointScore(
                    number,
                    round(total / (1 + total), 3),
                    (*why, *words, *like),
                    read_stance(terms, near, passage),
                )
                results.append((total, score))
        return sorted(results, key=lambda item: (-item[0], item[1].point))


_NUMBER = re.compile(r"^(?:point|section|part|item|no\.?)?\s*(\d{1,2})(?:[.):]|\s|$)(?!\d)", re.IGNORECASE)


def _announced(heading: str, tables: dict[int, Terms], numbered: bool) -> set[int]:
    """The points that a heading announces, by its number where the plan follows the code's."""
    number = _NUMBER.match(heading)
    if numbered and number and int(number.group(1)) in tables:
        return {int(number.group(1))}
    return {number for number, terms in tables.items() if matches(terms.headings, heading)}


def _is_numbered_by_point(document: Document, tables: dict[int, Terms]) -> bool:
    """Whether headings bear the numbers of the points: at least three agree, and twice as many as do not."""
    agree = differ = 0
    for heading in {passage.text for passage in document.passages if passage.kind == "heading"}:
        number = _NUMBER.match(heading)
        announced = _announced(heading, tables, numbered=False)
        if number and announced:
            agree += int(number.group(1)) in announced
            differ += int(number.group(1)) not in announced
    return agree >= 3 and agree >= 2 * differ


def _context(
    number: int, by_lead: set[int], by_heading: set[int], lead: str, under: Under
) -> tuple[float, tuple[str, ...]]:
    """What the heading adds or takes, and why. A run-in heading or row label outweighs the section's."""
    if number in by_lead:
        return _LEAD, (f"heading: {lead}",)
    if by_lead:
        return _OTHER_LEAD, ()
    if number in by_heading:
        first = _FIRST if under.first and len(by_heading) == 1 else 0.0
        return _HEADING + first, (f"heading: {under.heading}",)
    return 0.0, ()


_BARE_NOT = re.compile(
    r"\b(is|are|was|were|do|does|did|have|has|had|would|should|could|wo|ca)nt\b", re.IGNORECASE
)


def _apostrophes(text: str) -> str:
    """One sort of apostrophe, also where "isnt" or "dont" was typed without."""
    return _BARE_NOT.sub(r"\1n't", text.replace("’", "'"))


def _sentences(kind: str, text: str) -> list[str]:
    if kind == "table_row":
        return [text]
    return _SENTENCE.split(text)


def _lead(kind: str, text: str) -> str:
    """The first cell of a table row, or a run-in heading such as "PAYMENT. " or "Payment: "."""
    if kind == "table_row":
        first = text.split(CELL_SEPARATOR)[0]
        return re.sub(r"^[\d.)\s]+", "", first) if len(first) <= 60 else ""
    run_in = re.match(r"^(?:\(?\d+[.)]?\s*)*([A-Z][^.:;!?]{2,50}?)(?::\s|\s[–—-]\s|\.\s(?=[A-Z]))", text)
    if run_in is None:
        return ""
    lead = run_in.group(1)
    is_label = text[run_in.end(1)] != "." or lead.isupper()
    return lead if is_label and len(lead.split()) <= 7 else ""


def _best_window(terms: Terms, sentences: Sequence[str]) -> tuple[float, tuple[str, ...], tuple[int, ...]]:
    """The best sum over any two neighbouring sentences, the words that made it, and where they stand."""
    weights = [
        (phrase, weight)
        for phrases, weight in (
            (terms.strong, "strong"),
            (terms.medium, "medium"),
            (terms.weak, "weak"),
            (terms.against, "against"),
        )
        for phrase in phrases
    ]
    found = [(weight, *_find(phrase, sentences)) for phrase, weight in weights]
    best: tuple[float, tuple[str, ...], tuple[int, ...]] = (-_AGAINST_MOST - 1, (), ())
    for start in range(max(1, len(sentences) - 1)):
        window = {start, start + 1} if len(sentences) > 1 else {0}
        sums = {"strong": 0, "medium": 0, "weak": 0, "against": 0}
        words: list[str] = []
        for weight, places, matched in found:
            if places & window:
                sums[weight] += 1
                words += [matched] if weight in {"strong", "medium"} else []
        value = _sum(sums)
        if value > best[0]:
            best = (
                value,
                tuple(dict.fromkeys(words)),
                tuple(sorted(i for i in window if i < len(sentences))),
            )
    return best


def _sum(counts: dict[str, int]) -> float:
    strong = counts["strong"]
    return (
        (1 + _STRONG_AGAIN * (strong - 1) if strong else 0)
        + min(_MEDIUM_MOST, _MEDIUM * counts["medium"])
        + min(_WEAK_MOST, _WEAK * counts["weak"])
        - min(_AGAINST_MOST, _AGAINST * counts["against"])
    )


def _find(phrase: Phrase, sentences: Sequence[str]) -> tuple[frozenset[int], str]:
    """The sentences in which a phrase is complete, or complete with the next one, and the words found."""
    hits: list[dict[int, str]] = []
    for part in phrase.parts:
        hit = {i: match.group(0) for i, sentence in enumerate(sentences) if (match := part.search(sentence))}
        if not hit:
            return frozenset(), ""
        hits.append(hit)
    places = {
        i
        for i in range(len(sentences))
        if all(i in hit or i + 1 in hit for hit in hits) and any(i in hit for hit in hits)
    }
    if not places:
        return frozenset(), ""
    at = min(places)
    words = ", ".join(dict.fromkeys(hit.get(at, hit.get(at + 1, "")) for hit in hits))
    return frozenset(places), words
