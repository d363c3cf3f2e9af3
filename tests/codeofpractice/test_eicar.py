"""The test virus, however it is wrapped, is released to nobody. The real page, the real clamd."""

from __future__ import annotations

import pytest

from rvss.fuzz.uploads.eicar import VARIANTS
from rvss.fuzz.uploads.pipeline import Pipeline, Upload
from tests.applications.test_views_apply import client_of
from tests.cast import Cast


def test_there_are_enough() -> None:
    assert len(VARIANTS) >= 25


@pytest.mark.parametrize("as_plan", [True, False], ids=["plan", "evidence"])
@pytest.mark.parametrize("name", VARIANTS)
def test_the_test_virus_is_released_to_nobody(cast: Cast, name: str, as_plan: bool) -> None:
    filename, content = VARIANTS[name]
    pipeline = Pipeline(client_of(cast.owner), cast.membership.number)
    outcome = pipeline.send(Upload(name, content, filename, as_plan=as_plan, harmful=True))
    assert outcome.fault == ""
    assert outcome.end in {"refused", "infected", "encrypted", "unscannable"}
