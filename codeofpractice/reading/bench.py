"""Measures reading against labelled plans: `python -m codeofpractice.reading.bench FOLDER...`.

What is learned (likeness to examples) is learned anew with each plan left out; learned from all plans, the
figures are shown apart. The tables of phrases cannot be left out: their authors had read every plan of ours,
so both flatter them. FIRST_READINGS is what held when plans were read for the first time, before any phrase
was added because of them. docs/reading.md says more.
"""

import json
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from codeofpractice.reading.document import Document, Passage, normalised
from codeofpractice.reading.extract import DOCX, ODT, PDF, read_document
from codeofpractice.reading.likeness import example_plans, model
from codeofpractice.reading.rank import PointSpec, Reading, suggest

_TYPES = {"docx": DOCX, "odt": ODT, "pdf": PDF}

COVERAGES = ("evidenced", "weak", "missing")

POINTS_2018 = tuple(
    PointSpec(number, key, title)
    for number, (key, title) in enumerate(
        [
            ("recognised_security_contact", "Recognised security contact"),
            ("electronic_payment", "Electronic payment"),
            ("licence_verification", "Licence verification"),
            ("staff_training", "Staff training"),
            ("campaign_support", "Campaign support"),
            ("information_sharing", "Information sharing"),
            ("vehicle_security_equipment", "Vehicle security equipment"),
            ("commercial_vehicles", "Commercial vehicles"),
            ("vehicle_liveries", "Vehicle liveries"),
            ("data_protection", "Data protection"),
        ],
        start=1,
    )
)


# Plans, micro-F1, a right passage among the first three of the evidenced points. Those before "airport" were
# read with phrases alone. The author of the phrases wrote all but the plans of tests/plans/varied.
FIRST_READINGS = (
    ("frostline, scooters, stations", 0.778, "23/24"),
    ("kiosk, barn, handbook", 0.719, "23/25"),
    ("mobility, self-service, pickups", 0.822, "22/23"),
    ("three-branches, gaps, corporate", 0.835, "26/26"),
    ("depot, electric, self-assessment", 0.815, "17/20"),
    ("airport, minutes", 0.955, "14/14"),
    ("plan-a01 to plan-a08 (tests/plans/varied), by others", 0.705, "47/52"),
    ("eight further plans, by others, after the phrases had learned from those", 0.824, "48/50"),
)


@dataclass
class Tally:
    """Counts over plans. `extraction` holds (found, labelled) for each plan."""

    extraction: dict[str, tuple[int, int]] = field(default_factory=dict)
    true: Counter[int] = field(default_factory=Counter)
    false: Counter[int] = field(default_factory=Counter)
    lost: Counter[int] = field(default_factory=Counter)
    hits: Counter[int] = field(default_factory=Counter)
    evidenced: Counter[int] = field(default_factory=Counter)
    coverage: Counter[str] = field(default_factory=Counter)
    judged: Counter[tuple[str, str]] = field(default_factory=Counter)
    mistakes: list[str] = field(default_factory=list)

    @property
    def micro_f1(self) -> float:
        return f1(self.true.total(), self.false.total(), self.lost.total())

    @property
    def hit_at_3(self) -> float:
        return self.hits.total() / max(1, self.evidenced.total())

    @property
    def extracted(self) -> float:
        pairs = list(self.extraction.values())
        return sum(found for found, _ in pairs) / max(1, sum(labelled for _, labelled in pairs))


def f1(true: int, false: int, lost: int) -> float:
    return 2 * true / max(1, 2 * true + false + lost)


def measure(folder: Path, leave_out: bool = True) -> Tally:
    """A plan whose pages are pictures counts for labels by its printed text, and not for extraction.

    With `leave_out`, no plan is read by what was learned from it.
    """
    tally = Tally()
    for path in sorted(folder.glob("*.json")):
        labels = json.loads(path.read_text(encoding="utf-8"))
        document = read_document((folder / labels["file"]).read_bytes(), _TYPES[labels["format"]])
        if labels["extractable"]:
            texts = Counter(passage.text for passage in document.passages)
            wanted = Counter(normalised(passage["text"]) for passage in labels["passages"])
            tally.extraction[labels["id"]] = ((texts & wanted).total(), wanted.total())
        else:
            document = printed(labels)
        learned = model(without=labels["id"]) if leave_out else model()
        score_plan(tally, labels, suggest(document, POINTS_2018, learned))
    return tally


def measure_examples() -> Tally:
    """The made-up plans, which have no document and so no extraction."""
    number = {point.key: point.number for point in POINTS_2018}
    tally = Tally()
    for plan, examples in example_plans().items():
        if plan.startswith("plan-") or plan == "sentences":
            continue
        passages = [
            {
                "n": n,
                "kind": e.kind,
                "text": e.text,
                "points": [number[key] for key in e.points],
                "stance": e.stance,
            }
            for n, e in enumerate(examples, start=1)
        ]
        labels = {"id": plan, "passages": passages, "coverage": _coverage(passages)}
        score_plan(tally, labels, suggest(printed(labels), POINTS_2018, model(without=plan)))
    return tally


def _coverage(passages: list[dict[str, Any]]) -> dict[str, str]:
    coverage = {}
    for point in POINTS_2018:
        stances = {passage["stance"] for passage in passages if point.number in passage["points"]}
        weak = "weak" if stances & {"planned", "partial"} else "missing"
        found = "evidenced" if "in_place" in stances else weak
        coverage[str(point.number)] = "not_applicable" if stances == {""} else found
    return coverage


def printed(labels: dict[str, Any]) -> Document:
    heading = ""
    passages = []
    for label in labels["passages"]:
        heading = label["text"] if label["kind"] == "heading" else heading
        passages.append(Passage(label["n"], normalised(label["text"]), label["kind"], None, heading))
    return Document(tuple(passages), extractable=True)


def score_plan(tally: Tally, labels: dict[str, Any], reading: Reading) -> None:
    by_text: dict[str, set[int]] = {}
    text_of = {passage.n: passage.text for passage in reading.passages}
    for passage in reading.passages:
        by_text.setdefault(passage.text, set()).update(score.point for score in passage.points)
    right: dict[int, set[str]] = {}
    for label in labels["passages"]:
        text = normalised(label["text"])
        want, arguable = set(label["points"]), set(label.get("arguable_points", []))
        got = by_text.pop(text, set()) - arguable
        tally.true.update(want & got)
        tally.false.update(got - want)
        tally.lost.update(want - got)
        for point in want:
            right.setdefault(point, set()).add(text)
        for sign, points in (("+", got - want), ("-", want - got)):
            tally.mistakes += [f"{labels['id']} {sign}{point}: {text}" for point in sorted(points)]
    for extra in by_text.values():
        tally.false.update(extra)
    for point in reading.points:
        want_coverage = labels["coverage"].get(str(point.point), "missing")
        if want_coverage != "not_applicable":
            tally.judged[want_coverage, point.coverage] += 1
            tally.coverage["right" if want_coverage == point.coverage else "wrong"] += 1
        if want_coverage == "evidenced":
            tally.evidenced[point.point] += 1
            first = {text_of[n] for n in point.suggested[:3]}
            tally.hits[point.point] += bool(first & right.get(point.point, set()))


def report(tally: Tally, verbose: bool = False) -> str:
    lines = ["Passages extracted, exact after white space is normalised"] if tally.extraction else []
    for plan, (found, labelled) in tally.extraction.items():
        lines.append(f"  {plan}  {found}/{labelled}  {found / labelled:.1%}")
    if tally.extraction:
        lines.append(f"  all      {tally.extracted:.1%}")
    lines.append(f"A right passage among the first 3, evidenced points: {tally.hit_at_3:.1%}")
    lines.append(f"Micro-F1 of passage labels: {tally.micro_f1:.3f}")
    judged = tally.coverage.total()
    lines.append(f"Coverage judged as labelled: {tally.coverage['right']}/{judged}")
    lines.append("labelled, judged: " + "  ".join(COVERAGES))
    for want in COVERAGES:
        counts = "  ".join(f"{tally.judged[want, got]:>{len(got)}}" for got in COVERAGES)
        lines.append(f"{want:>16}: {counts}")
    lines.append("point  precision  recall  F1     first 3")
    for point in POINTS_2018:
        n = point.number
        true, false, lost = tally.true[n], tally.false[n], tally.lost[n]
        lines.append(
            f"{n:>5}  {true / max(1, true + false):>9.2f}  {true / max(1, true + lost):>6.2f}  "
            f"{f1(true, false, lost):.2f}   {tally.hits[n]}/{tally.evidenced[n]}"
        )
    return "\n".join(lines + (tally.mistakes if verbose else []))


def main(folders: list[Path], verbose: bool) -> str:
    parts = []
    for folder in folders:
        by_heart = measure(folder, leave_out=False)
        parts += [
            f"LABELLED PLANS in {folder}, likeness learned without the plan",
            report(measure(folder), verbose),
            f"With likeness learned from the plan too (not a measure of unseen plans): micro-F1 "
            f"{by_heart.micro_f1:.3f}, first 3 {by_heart.hit_at_3:.1%}",
            "",
        ]
    parts += [
        "MADE-UP PLANS, likeness learned without the plan",
        report(measure_examples(), verbose),
        "",
        "FIRST READINGS, before any phrase was added because of the plan",
    ]
    parts += [f"  {plans}: micro-F1 {score:.3f}, first 3 {hits}" for plans, score, hits in FIRST_READINGS]
    return "\n".join(parts)


if __name__ == "__main__":
    named = [Path(name) for name in sys.argv[1:] if not name.startswith("--")]
    print(main(named, verbose="--verbose" in sys.argv))
