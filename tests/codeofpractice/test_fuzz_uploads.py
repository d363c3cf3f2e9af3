"""A fixed slice of `make fuzz-uploads`, and that it would notice what it is there to notice."""

from __future__ import annotations

import zipfile
from typing import Any

import pytest

from codeofpractice import tasks
from codeofpractice.scanner import Finding, Verdict
from rvss.fuzz.uploads.campaign import run
from rvss.fuzz.uploads.files import EICAR, docx, pdf, zipped
from rvss.fuzz.uploads.generate import FAMILIES, generate
from rvss.fuzz.uploads.oracle import holds_virus
from rvss.fuzz.uploads.pipeline import Pipeline, Upload
from tests.applications.test_views_apply import client_of
from tests.cast import Cast


@pytest.fixture
def pipeline(cast: Cast) -> Pipeline:
    return Pipeline(client_of(cast.owner), cast.membership.number)


def test_malformed_files_all_end_in_words_and_none_is_released(pipeline: Pipeline) -> None:
    report = run(pipeline, generate(6 * len(FAMILIES), seed=20181206))
    assert report.is_good, "\n".join(report.lines())
    assert sum(counts.total() for counts in report.ends.values()) == 6 * len(FAMILIES)


def test_the_same_seed_gives_the_same_files() -> None:
    one, two = ([upload for _, upload in generate(34, seed=3)] for _ in range(2))
    alike = [a.content == b.content for a, b in zip(one, two, strict=True)]
    assert alike.count(False) <= 2  # a PDF with a password has a salt of its own
    assert [a.filename for a in one] == [b.filename for b in two]


def test_a_virus_that_is_released_is_noticed(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "scan", lambda chunks: Verdict(Finding.CLEAN, ""))
    report = run(pipeline, [("virus", Upload("one", docx({"word/a": EICAR}), "plan.docx"))])
    assert report.released_wrongly == ["one"]
    assert not report.is_good


def test_a_file_that_goes_on_waiting_is_noticed(pipeline: Pipeline, settings: Any) -> None:
    settings.CLAMD_SOCKET = "/nowhere/clamd.socket"
    report = run(pipeline, [("good", Upload("one", docx(), "plan.docx"))])
    assert ["waiting" in fault for fault in report.faults] == [True]


@pytest.mark.parametrize(
    ("content", "holds"),
    [
        (EICAR, True),
        (docx({"a": zipped({"b": EICAR}, zipfile.ZIP_STORED)}), True),
        (docx({"a": EICAR})[:-40], True),
        (pdf(EICAR), True),
        (pdf(attachment=docx({"a": EICAR})), True),
        (docx(), False),
        (pdf(), False),
        (EICAR[:-1], False),
    ],
)
def test_the_oracle_knows(content: bytes, holds: bool) -> None:
    assert holds_virus(content) == holds
