"""Estimates by the independent package svy, written out as JSON: `make svy`.

Run by an environment of its own, as svy brings 600 MB along. The designs are made up, from a fixed seed.
"""

from __future__ import annotations

import json
import random
import sys
from typing import Any

import polars
import svy

Strata = list[tuple[int, int, int, int]]  # population, checked, to whom the point applies, met

BY_HAND: list[Strata] = [
    [(1000, 50, 50, 31)],
    [(120, 30, 28, 21), (80, 10, 9, 4), (455, 40, 40, 37)],
    [(60, 12, 12, 7), (60, 20, 18, 17)],
    [(300, 15, 11, 2), (90, 30, 30, 28), (41, 41, 40, 5), (700, 7, 7, 3)],
]


def made_up(rng: random.Random) -> Strata:
    strata = []
    for _ in range(rng.randint(1, 6)):
        checked = rng.randint(2, 60)
        applies = rng.randint(max(2, checked // 2), checked)
        population = checked if rng.random() < 0.15 else rng.randint(checked, 40 * checked)
        strata.append((population, checked, applies, rng.randint(1, applies - 1)))
    return strata


def estimate(strata: Strata) -> dict[str, Any]:
    rows = [
        {
            "stratum": str(place),
            "weight": population / checked,
            "population": float(population),
            "applies": int(row < applies),
            "met": int(row < met),
        }
        for place, (population, checked, applies, met) in enumerate(strata)
        for row in range(checked)
    ]
    design = svy.Design(stratum="stratum", wgt="weight", pop_size="population")
    sample = svy.Sample(data=polars.DataFrame(rows), design=design)
    found = sample.estimation.prop("met", where=svy.col("applies") == 1, ci_method="logit")
    (met,) = (row for row in found.estimates if row.y_level == 1)
    return {"strata": strata, "value": met.est, "error": met.se, "low": met.lci, "high": met.uci}


def main() -> None:
    rng = random.Random(2018)
    designs = [*BY_HAND, *(made_up(rng) for _ in range(36))]
    usable = [strata for strata in designs if any(one[0] > one[1] for one in strata)]
    lines = [json.dumps(estimate(strata)) for strata in usable]
    sys.stdout.write(f'{{"svy": "{svy.__version__}", "estimates": [\n' + ",\n".join(lines) + "\n]}\n")


if __name__ == "__main__":
    main()
