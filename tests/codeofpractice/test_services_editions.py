"""Editions are data: checked, loaded once, and never changed when published."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import CommandError, call_command

from accounts.models import AuditEvent
from codeofpractice.models import Edition
from codeofpractice.services import EditionRefused, load_edition

pytestmark = pytest.mark.django_db
EDITION_2018 = Path(settings.BASE_DIR) / "codeofpractice" / "editions" / "2018.yaml"


def changed(**changes: object) -> bytes:
    content = yaml.safe_load(EDITION_2018.read_bytes())
    return yaml.safe_dump(content | changes, allow_unicode=True).encode()


def test_the_2018_edition_has_ten_points_and_one_that_may_not_apply() -> None:
    edition, loaded = load_edition(source=EDITION_2018.read_bytes())
    assert loaded
    assert [point.number for point in edition.points.all()] == list(range(1, 11))
    assert [point.key for point in edition.points.all() if point.may_be_not_applicable] == [
        "commercial_vehicles"
    ]
    assert "\n" not in edition.points.get(number=1).requirement
    assert edition.declaration.count("\n\n") == 2
    assert AuditEvent.objects.filter(verb="edition.loaded").count() == 1


def test_loading_again_changes_nothing() -> None:
    first, _ = load_edition(source=EDITION_2018.read_bytes())
    keys = set(first.points.values_list("pk", flat=True))
    second, loaded = load_edition(source=EDITION_2018.read_bytes())
    assert not loaded
    assert set(second.points.values_list("pk", flat=True)) == keys
    assert AuditEvent.objects.filter(verb="edition.loaded").count() == 1


def test_a_published_edition_does_not_change() -> None:
    load_edition(source=EDITION_2018.read_bytes())
    with pytest.raises(EditionRefused, match="published and cannot change"):
        load_edition(source=changed(title="Another title"))
    assert Edition.objects.get().title == "Code of Practice, 2018 edition"


def test_a_draft_edition_changes_and_need_not_have_ten_points() -> None:
    draft = yaml.safe_load(changed(code="draft", rental_models=["car_club"]))
    del draft["published_on"]
    load_edition(source=yaml.safe_dump(draft).encode())
    draft["points"] = draft["points"][:3]
    edition, loaded = load_edition(source=yaml.safe_dump(draft).encode())
    assert loaded
    assert edition.points.count() == 3
    assert Edition.objects.published().count() == 0


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"code": "Not a code"}, "code:"),
        ({"rental_models": ["submarine"]}, "rental_models.0:"),
        ({"points": []}, "points:"),
        ({"surprise": 1}, "surprise"),
        ({"published_on": "yesterday"}, "published_on:"),
    ],
)
def test_what_is_wrong_is_named_by_its_key(changes: dict[str, object], fault: str) -> None:
    with pytest.raises(EditionRefused, match=fault):
        load_edition(source=changed(**changes))
    assert not Edition.objects.exists()


def test_a_point_that_is_there_twice_is_refused() -> None:
    points = yaml.safe_load(EDITION_2018.read_bytes())["points"]
    with pytest.raises(EditionRefused, match=r"points\.1\.number: 1 is there twice"):
        load_edition(source=changed(points=[points[0], points[1] | {"number": 1}]))


def test_the_command_says_in_a_sentence_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_edition", tmp_path / "missing.yaml")
    broken = tmp_path / "broken.yaml"
    broken.write_text("a: [")
    with pytest.raises(CommandError, match="not YAML"):
        call_command("load_edition", broken)
