"""How much a passage is like examples of a point, for wording that no phrase of the tables foresaw.

Plain TF-IDF over word stems, learned from the labelled passages in examples/ when first used: well under a
second, the same result every time, and the stems that made the likeness can be shown.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_EXAMPLES = Path(__file__).parent / "examples"
NO_POINT = "none"
NO_EVIDENCE = frozenset({"heading", "table_header", "contents_entry"})
_SUFFIX = re.compile(r"(ations?|ings?|ments?|ised?|ized?|edly|ed|ies|ers?|es|ly|s)$")
_STOP_WORDS = """and are but for from has have her him his its not our she that the their them they this was
were when which who will with you all"""
_STOP = frozenset(_STOP_WORDS.split())


def stems(text: str) -> list[str]:
    words = re.findall(r"[a-z]{3,}", text.lower())
    return [_SUFFIX.sub("", word) if len(word) > 5 else word for word in words if word not in _STOP]


@dataclass(frozen=True)
class Model:
    """One centroid a subject, and how rare each stem is."""

    weight: dict[str, float]
    centroids: dict[str, dict[str, float]]

    def vector(self, text: str) -> dict[str, float]:
        counts = Counter(stem for stem in stems(text) if stem in self.weight)
        return _unit({stem: (1 + math.log(n)) * self.weight[stem] for stem, n in counts.items()})

    def likeness(self, key: str, text: str) -> tuple[float, tuple[str, ...]]:
        """How much closer the text is to the point than to everyday matters, and the stems that say so."""
        centroid = self.centroids.get(key)
        if centroid is None:
            return 0.0, ()
        vector = self.vector(text)
        shares = {stem: value * centroid.get(stem, 0.0) for stem, value in vector.items()}
        best = sorted(
            (stem for stem in shares if shares[stem] > 0.02), key=lambda stem: (-shares[stem], stem)
        )
        other = self.centroids[NO_POINT]
        everyday = sum(value * other.get(stem, 0.0) for stem, value in vector.items())
        return sum(shares.values()) - everyday, tuple(best[:5])


def train(examples: Iterable[tuple[str, str]]) -> Model:
    """Learn from (key, text) pairs; the key of a passage that speaks to no point is NO_POINT."""
    by_key: dict[str, list[str]] = {NO_POINT: []}
    for key, text in examples:
        by_key.setdefault(key, []).append(text)
    texts = [text for sentences in by_key.values() for text in sentences]
    seen = Counter(stem for text in texts for stem in set(stems(text)))
    weight = {stem: math.log((1 + len(texts)) / (1 + n)) for stem, n in sorted(seen.items())}
    bare = Model(weight, {})
    centroids = {}
    for key, sentences in by_key.items():
        total: Counter[str] = Counter()
        for sentence in sentences:
            total.update(bare.vector(sentence))
        centroids[key] = _unit(dict(sorted(total.items())))
    return Model(weight, centroids)


def _unit(vector: dict[str, float]) -> dict[str, float]:
    length = math.sqrt(sum(value * value for value in vector.values()))
    return {stem: value / length for stem, value in vector.items()} if length else {}


@dataclass(frozen=True, slots=True)
class Example:
    points: tuple[str, ...]
    stance: str
    kind: str
    text: str


@cache
def example_plans() -> dict[str, tuple[Example, ...]]:
    return {
        path.stem: tuple(
            Example(tuple(filter(None, points.split(","))), stance, kind, text)
            for points, stance, kind, text in (
                line.split("\t", 3) for line in path.read_text(encoding="utf-8").splitlines()
            )
        )
        for path in sorted(_EXAMPLES.glob("*.tsv"))
    }


@cache
def model(without: str = "") -> Model:
    """Learned from all example plans, or all but one: none is measured by what was learned from it."""
    return train(
        (key, example.text)
        for plan, examples in example_plans().items()
        if plan != without
        for example in examples
        if example.kind not in NO_EVIDENCE
        for key in example.points or (NO_POINT,)
    )
