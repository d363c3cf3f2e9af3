"""Many malformed files through the service; what became of each kind, and what went wrong."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from rvss.fuzz.uploads.oracle import holds_virus
from rvss.fuzz.uploads.pipeline import ENDS, Pipeline, Upload


@dataclass
class Report:
    ends: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    faults: list[str] = field(default_factory=list)
    released_wrongly: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return not self.faults and not self.released_wrongly

    def lines(self) -> list[str]:
        total: Counter[str] = sum(self.ends.values(), Counter())
        head = f"{'':<14}" + "".join(f"{end:>13}" for end in ENDS)
        rows = [
            f"{family:<14}" + "".join(f"{counts[end] or '':>13}" for end in ENDS)
            for family, counts in [*sorted(self.ends.items()), ("together", total)]
        ]
        return [
            head,
            *rows,
            f"{total.total():,} files, {len(self.released_wrongly)} released wrongly, "
            f"{len(self.faults)} other faults",
            *(f"  released: {name}" for name in self.released_wrongly),
            *(f"  fault: {words}" for words in self.faults),
        ]


def run(
    pipeline: Pipeline, uploads: Iterable[tuple[str, Upload]], say: Callable[[str], object] | None = None
) -> Report:
    report = Report()
    for number, (family, upload) in enumerate(uploads, start=1):
        outcome = pipeline.send(upload)
        report.ends[family][outcome.end if outcome.end in ENDS else "fault"] += 1
        if outcome.fault:
            report.faults.append(f"{upload.name}: {outcome.fault}")
        if outcome.is_released and (upload.harmful or holds_virus(upload.content)):
            report.released_wrongly.append(upload.name)
        if say and number % 100 == 0:
            say(f"{number:,} files, {len(report.faults) + len(report.released_wrongly)} faults")
    return report
