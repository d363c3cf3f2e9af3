"""The page on methods: generated from what stands beside the code."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse

from reviews.methodology import METHODS


@pytest.mark.django_db
def test_everybody_reads_each_method_with_its_formula_and_source(client: Client) -> None:
    page = BeautifulSoup(client.get(reverse("reviews:methodology")).content, "html.parser")
    words = page.get_text(" ", strip=True)
    assert [heading.get_text() for heading in page.select("main h2[id]")] == [row.title for row in METHODS]
    for known in (
        "E. B. Wilson",
        "(p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n)",
        "log(p/(1-p)) ± t √v/(p(1-p))",
        "W. G. Cochran",
        "SHA-256(seed:number)",
        "J. L. Fleiss",
        "Counts of 1 to 4 are withheld",
        "reviews/statistics/intervals.py",
    ):
        assert known in words
    assert "Raises" not in words
    assert "`" not in words


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.slug)
def test_each_method_is_described(method: object) -> None:
    assert all(described.__doc__ for described in method.described_by)  # type: ignore[attr-defined]
    assert method.paragraphs  # type: ignore[attr-defined]


def test_both_pages_of_figures_lead_to_it(client: Client, db: None) -> None:
    from reviews.services import take_snapshot

    take_snapshot()
    assert reverse("reviews:methodology") in client.get(reverse("reviews:summary")).content.decode()
