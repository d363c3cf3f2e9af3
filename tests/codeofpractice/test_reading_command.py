"""The command prints what the pages show."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from codeofpractice.models import Edition, Point
from codeofpractice.reading.bench import POINTS_2018

PLANS = Path(__file__).resolve().parents[1] / "plans"


@pytest.fixture
def edition(db: None) -> Edition:
    edition = Edition.objects.create(code="test-2018", title="Test edition", declaration="We will.")
    for point in POINTS_2018:
        Point.objects.create(
            edition=edition,
            number=point.number,
            key=point.key,
            title=point.title,
            requirement="",
            good_evidence="",
        )
    return edition


@pytest.mark.parametrize("name", ["plan-02.pdf", "plan-03.odt", "plan-04.docx"])
def test_it_prints_the_agreed_json(edition: Edition, name: str) -> None:
    out = io.StringIO()
    call_command("read_plan", str(PLANS / name), edition=edition.code, json=True, stdout=out)
    answer = json.loads(out.getvalue())
    assert sorted(answer) == ["extractable", "passages", "points", "reason"]
    assert answer["extractable"] is True
    assert [point["point"] for point in answer["points"]] == list(range(1, 11))
    assert sorted(answer["points"][0]) == ["coverage", "point", "suggested"]
    assert sorted(answer["passages"][0]) == ["heading", "kind", "n", "page", "points", "text"]


def test_a_scan_says_so(edition: Edition) -> None:
    out = io.StringIO()
    call_command("read_plan", str(PLANS / "plan-07.pdf"), edition=edition.code, stdout=out)
    assert out.getvalue().startswith("The pages of this PDF are pictures")


def test_a_refusal_is_one_sentence_not_a_traceback(edition: Edition, tmp_path: Path) -> None:
    path = tmp_path / "plan.pdf"
    path.write_text("not a plan")
    with pytest.raises(CommandError, match="We can read PDF"):
        call_command("read_plan", str(path), edition=edition.code)


def test_an_unknown_edition(db: None) -> None:
    with pytest.raises(CommandError, match="There is no edition 1999"):
        call_command("read_plan", str(PLANS / "plan-02.pdf"), edition="1999")


def test_a_missing_file(edition: Edition, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Cannot open"):
        call_command("read_plan", str(tmp_path / "none.pdf"), edition=edition.code)
