"""Figures of independent packages for what svy_oracle.py does not ask, written out as JSON: `make svy`.

Weights adjusted for non-response by svy; times until something happens by lifelines.
"""

from __future__ import annotations

import json
import random
import sys
from typing import Any

import lifelines
import polars
import svy
from lifelines.utils import median_survival_times


def adjusted(rng: random.Random) -> dict[str, Any]:
    """Strata: population, answered, applies, met, weight."""
    strata = []
    for _ in range(rng.randint(1, 5)):
        answered = rng.randint(5, 40)
        applies = rng.randint(max(2, answered // 2), answered)
        population = answered * rng.randint(2, 20)
        weight = population / answered * rng.uniform(0.6, 1.8)
        strata.append((population, answered, applies, rng.randint(1, applies - 1), weight))
    rows = [
        {
            "stratum": str(place),
            "weight": weight,
            "population": float(population),
            "applies": int(row < applies),
            "met": int(row < met),
        }
        for place, (population, answered, applies, met, weight) in enumerate(strata)
        for row in range(answered)
    ]
    design = svy.Design(stratum="stratum", wgt="weight", pop_size="population")
    sample = svy.Sample(data=polars.DataFrame(rows), design=design)
    found = sample.estimation.prop("met", where=svy.col("applies") == 1, ci_method="logit")
    (met,) = (row for row in found.estimates if row.y_level == 1)
    return {"strata": strata, "value": met.est, "error": met.se, "low": met.lci, "high": met.uci}


def curve(rng: random.Random) -> dict[str, Any]:
    """Days: days, ended, censored. Steps: days, share left, low, high."""
    size, often = rng.randint(10, 120), rng.uniform(0.3, 0.9)
    seen = [(1 + int(rng.expovariate(1 / 60)), rng.random() < often) for _ in range(size)]
    days = [
        (day, sum(at == day and end for at, end in seen), sum(at == day and not end for at, end in seen))
        for day in sorted({at for at, _ in seen})
    ]
    fitted = lifelines.KaplanMeierFitter().fit([at for at, _ in seen], [end for _, end in seen])
    lows = fitted.confidence_interval_.iloc[:, 0]
    highs = fitted.confidence_interval_.iloc[:, 1]
    left = fitted.survival_function_.iloc[:, 0]
    steps = [[day, left[day], lows[day], highs[day]] for day, ended, _ in days if ended and 0 < left[day] < 1]
    limits = median_survival_times(fitted.confidence_interval_).iloc[0]
    # lifelines takes a curve that comes to one half exactly for a little more, after its rounding.
    half = next((float(day) for day, share in left.round(9).items() if share <= 0.5), float("inf"))
    medians = [half, float(limits.iloc[0]), float(limits.iloc[1])]
    finite = [value if value != float("inf") else None for value in medians]
    return {"days": days, "steps": steps, "median": finite}


def main() -> None:
    rng = random.Random(2019)
    made = {"adjusted": [adjusted(rng) for _ in range(20)], "curves": [curve(rng) for _ in range(12)]}
    lists = [
        f'"{name}": [\n' + ",\n".join(json.dumps(row) for row in rows) + "\n]" for name, rows in made.items()
    ]
    versions = f'"svy": "{svy.__version__}", "lifelines": "{lifelines.__version__}"'
    sys.stdout.write(f"{{{versions},\n" + ",\n".join(lists) + "}\n")


if __name__ == "__main__":
    main()
