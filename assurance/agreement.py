"""How well two readers agree: Cohen's kappa, with its large-sample standard error."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

Z = 1.959963984540054  # of a 95% interval


@dataclass(frozen=True, slots=True)
class Agreement:
    """`kappa` is None when it is not defined: no pairs, or both readers said one and the same throughout.

    The interval is None as well when the two agree in everything, where the formula would say that there is
    no uncertainty, and below 10 pairs, where it does not hold.
    """

    pairs: int
    agreed: int
    kappa: float | None
    low: float | None
    high: float | None

    @property
    def share(self) -> float | None:
        return self.agreed / self.pairs if self.pairs else None


FEWEST_PAIRS = 10


def agreement(pairs: Iterable[tuple[str, str]]) -> Agreement:
    """Of (first, second) results: kappa = (p - e) / (1 - e).

    p is the share on which the two agree, e the share that chance would give by how often each says what.
    Every difference counts alike.

    The error is that of J. L. Fleiss, J. Cohen and B. S. Everitt, "Large sample standard errors of kappa and
    weighted kappa", Psychological Bulletin 72 (1969), 323 to 327, equation 13 without weights. The interval
    is cut at -1 and 1.
    """
    counted = Counter(pairs)
    n = sum(counted.values())
    agreed = sum(count for (first, second), count in counted.items() if first == second)
    if not n:
        return Agreement(0, 0, None, None, None)
    rows: Counter[str] = Counter()
    columns: Counter[str] = Counter()
    for (first, second), count in counted.items():
        rows[first] += count
        columns[second] += count
    observed = agreed / n
    expected = sum(rows[value] * columns[value] for value in rows) / n**2
    if expected == 1:
        return Agreement(n, agreed, None, None, None)
    kappa = (observed - expected) / (1 - expected)
    if n < FEWEST_PAIRS or observed == 1:
        return Agreement(n, agreed, kappa, None, None)
    on_the_diagonal = sum(
        count / n * (1 - (rows[first] + columns[first]) / n * (1 - kappa)) ** 2
        for (first, second), count in counted.items()
        if first == second
    )
    beside_it = (1 - kappa) ** 2 * sum(
        count / n * ((columns[first] + rows[second]) / n) ** 2
        for (first, second), count in counted.items()
        if first != second
    )
    middle = (kappa - expected * (1 - kappa)) ** 2
    error = math.sqrt(max(0.0, on_the_diagonal + beside_it - middle) / n) / (1 - expected)
    return Agreement(n, agreed, kappa, max(-1.0, kappa - Z * error), min(1.0, kappa + Z * error))
