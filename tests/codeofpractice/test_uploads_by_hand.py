"""Each malformed file made by hand ends where it should, with a sentence and a next step."""

from __future__ import annotations

import pytest

from rvss.fuzz.uploads.by_hand import TABLE
from rvss.fuzz.uploads.pipeline import Pipeline, Upload
from tests.applications.test_views_apply import client_of
from tests.cast import Cast


def test_there_are_enough() -> None:
    assert len(TABLE) >= 80


@pytest.mark.parametrize("name", TABLE)
def test_it_ends_in_words(cast: Cast, name: str) -> None:
    filename, content, end, words = TABLE[name]
    pipeline = Pipeline(client_of(cast.owner), cast.membership.number)
    outcome = pipeline.send(Upload(name, content, filename))
    assert outcome.fault == ""
    assert outcome.end == end
    assert words in outcome.words
