"""Kappa against hand-computed values, and its error against another way of working it out."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance.agreement import Z, agreement

Pairs = list[tuple[str, str]]


def table(cells: dict[tuple[str, str], int]) -> Pairs:
    return [pair for pair, count in cells.items() for _ in range(count)]


EVEN = table({("met", "met"): 20, ("met", "partly"): 5, ("partly", "met"): 10, ("partly", "partly"): 15})


def test_a_table_worked_out_by_hand() -> None:
    """35 of 50 agree; chance alone would give (25*30 + 25*20) / 2500 = 0.5; (0.7 - 0.5) / 0.5 = 0.4."""
    found = agreement(EVEN)
    assert (found.pairs, found.agreed) == (50, 35)
    assert found.kappa == pytest.approx(0.4, abs=1e-12)


def kappa_of(shares: dict[tuple[str, str], float]) -> float:
    values = {value for pair in shares for value in pair}
    rows = {v: sum(p for (a, _), p in shares.items() if a == v) for v in values}
    columns = {v: sum(p for (_, b), p in shares.items() if b == v) for v in values}
    observed = sum(p for (a, b), p in shares.items() if a == b)
    expected = sum(rows[v] * columns[v] for v in values)
    return (observed - expected) / (1 - expected)


def error_by_delta_method(pairs: Pairs) -> float:
    """From the slopes of kappa in the shares of the cells, taken numerically."""
    n, step = len(pairs), 1e-6
    shares = {pair: count / n for pair, count in Counter(pairs).items()}
    slopes = {
        pair: (
            kappa_of(shares | {pair: shares[pair] + step}) - kappa_of(shares | {pair: shares[pair] - step})
        )
        / (2 * step)
        for pair in shares
    }
    mean = sum(p * slopes[pair] for pair, p in shares.items())
    return math.sqrt(max(0.0, sum(p * slopes[pair] ** 2 for pair, p in shares.items()) - mean**2) / n)


results = st.sampled_from(["met", "partly", "not_met", "not_applicable"])


@given(st.lists(st.tuples(results, results), min_size=10, max_size=60))
def test_the_error_is_that_of_the_delta_method(pairs: Pairs) -> None:
    found = agreement(pairs)
    if found.low is None or found.high is None or found.kappa is None:
        return
    error = error_by_delta_method(pairs)
    assert found.low == pytest.approx(max(-1.0, found.kappa - Z * error), abs=1e-4)
    assert found.high == pytest.approx(min(1.0, found.kappa + Z * error), abs=1e-4)


@given(st.lists(st.tuples(results, results), max_size=60))
def test_who_reads_first_does_not_matter(pairs: Pairs) -> None:
    turned = agreement([(second, first) for first, second in pairs])
    found = agreement(pairs)
    assert (found.pairs, found.agreed) == (turned.pairs, turned.agreed)
    if found.kappa is None:
        assert turned.kappa is None
    else:
        assert turned.kappa == pytest.approx(found.kappa)
        assert -1 <= found.kappa <= 1


def test_where_there_is_no_kappa_or_no_interval() -> None:
    assert agreement([]).kappa is None
    assert agreement([("met", "met")] * 30).kappa is None  # one and the same throughout
    few = agreement(EVEN[::8])
    assert few.pairs < 10
    assert few.kappa is not None
    assert few.low is None
    perfect = agreement(table({("met", "met"): 10, ("partly", "partly"): 10}))
    assert (perfect.kappa, perfect.low, perfect.high) == (1.0, None, None)
