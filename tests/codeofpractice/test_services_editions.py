"""Editions are data: checked, loaded once, and never changed when published."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import IntegrityError, InternalError, connection, transaction

from accounts.models import AuditEvent
from codeofpractice.models import Correspondence, Edition, Point, Relation
from codeofpractice.services import EditionRefused, load_edition
from tests.codeofpractice import made_up

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
        ({"gone": [{"edition": "2018"}]}, r"gone\.0:"),
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


def with_rule(rule: object) -> bytes:
    points = yaml.safe_load(EDITION_2018.read_bytes())["points"]
    return changed(points=[points[0] | {"applies_when": rule}, *points[1:]])


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"wishes": True},
        {"hires_any_of": ["submarine"]},
        {"hires_any_of": []},
        {"fleet_at_least": 0},
        {"has_sites": "yes"},
        {"any": []},
        {"all": [{}]},
        {"not": []},
        "all",
    ],
)
def test_a_rule_that_is_none_is_named_by_its_key(rule: object) -> None:
    with pytest.raises(EditionRefused, match=r"points\.0\.applies_when"):
        load_edition(source=with_rule(rule))


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        (b"a: &a [x]\nb: [*a, *a]", "references"),
        (b"x: " + b"[" * 5000, "nested too deep|not YAML"),
        (b"# " + b"x" * 1024 * 1024, "larger than 1 MB"),
        (b"\xff\xff\x00\x01", "not YAML"),
        (b"published_on: 2018-13-45", "not YAML|the file"),
        (b"", "the file"),
        (b"[]", "the file"),
        (b"1: 2", "the file"),
    ],
)
def test_a_hostile_file_gets_a_sentence(source: bytes, fault: str) -> None:
    with pytest.raises(EditionRefused, match=fault):
        load_edition(source=source)


def test_a_rule_nested_without_end_gets_a_sentence() -> None:
    rule: dict[str, object] = {"fleet_at_least": 1}
    for _ in range(150):
        rule = {"not": rule}
    with pytest.raises(EditionRefused, match="nested too deep"):
        load_edition(source=with_rule(rule))


def test_the_same_text_in_another_form_changes_nothing() -> None:
    load_edition(source=EDITION_2018.read_bytes())
    edition, loaded = load_edition(source=changed())
    assert not loaded
    del_date = yaml.safe_load(changed())
    del del_date["published_on"]
    assert load_edition(source=yaml.safe_dump(del_date).encode()) == (edition, False)


def test_a_check_leaves_nothing_behind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_edition", EDITION_2018, "--check")
    assert "would be loaded" in capsys.readouterr().out
    assert not Edition.objects.exists()
    assert not AuditEvent.objects.exists()
    load_edition(source=EDITION_2018.read_bytes())
    call_command("load_edition", EDITION_2018, "--check")
    assert "nothing has changed" in capsys.readouterr().out
    broken = tmp_path / "other.yaml"
    broken.write_bytes(changed(title="Another title"))
    with pytest.raises(CommandError, match="published and cannot change"):
        call_command("load_edition", broken, "--check")


def test_correspondences_are_loaded_by_key_or_number() -> None:
    load_edition(source=EDITION_2018.read_bytes())
    edition = made_up.load_made_up()
    assert [point.number for point in edition.points.all()] == made_up.NUMBERS
    found = {
        (row.point.number if row.point else None, row.earlier_point.number if row.earlier_point else None): (
            row.relation
        )
        for row in edition.correspondences.select_related("point", "earlier_point")
    }
    assert found == {
        (11, 1): "wider",
        (12, 2): "same",
        (20, 3): "wider",
        (25, None): "new",
        (31, 7): "narrower",
        (47, 8): "same",
        (52, 6): "same",
        (52, 10): "wider",
        (None, 4): "gone",
        (None, 5): "gone",
        (None, 9): "gone",
    }
    assert load_edition(source=made_up.FILE.read_bytes()) == (edition, False)
    assert edition.audience == "Only for companies that run a peer-to-peer platform"


def corresponding(place: int, *entries: dict[str, object]) -> dict[str, object]:
    points = made_up.content()["points"]
    points[place]["corresponds"] = [{"edition": "2018", **entry} for entry in entries]
    return {"points": points}


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        (
            corresponding(0, {"key": "nothing", "relation": "same"}),
            r"points\.0\.corresponds\.0\.key: .*nothing",
        ),
        (corresponding(0, {"number": 99, "relation": "same"}), r"points\.0\.corresponds\.0\.number: .*99"),
        (corresponding(0, {"number": 1, "relation": "like"}), r"points\.0\.corresponds\.0\.relation"),
        (corresponding(0, {"number": 1, "key": "data", "relation": "same"}), r"points\.0\.corresponds\.0"),
        (corresponding(0, {"number": 1, "relation": "new"}), r"points\.0\.corresponds\.0"),
        (corresponding(0, {"relation": "same"}), r"points\.0\.corresponds\.0"),
        (
            corresponding(0, {"number": 1, "relation": "same"}, {"number": 1, "relation": "wider"}),
            "recognised_security_contact of the edition 2018 is there twice",
        ),
        (
            corresponding(0, {"number": 1, "relation": "same"}, {"relation": "new"}),
            "reachable_person: it cannot be new and correspond",
        ),
        (
            corresponding(0, {"relation": "new"}),
            "gone: recognised_security_contact of the edition 2018 has no point",
        ),
        (
            {"gone": [{"edition": "2018", "number": n} for n in (2, 4, 5, 9)]},
            "gone: electronic_payment has a point",
        ),
        ({"gone": [{"edition": "2018", "number": n} for n in (4, 5)]}, "gone: vehicle_liveries"),
        ({"gone": [{"edition": "1066", "number": 1}]}, r"gone\.0\.edition: no edition 1066 is published"),
        ({"gone": [{"edition": "made-up-platforms", "number": 11}]}, "does not correspond to itself"),
    ],
)
def test_a_fault_in_the_correspondences_is_named(changes: dict[str, object], fault: str) -> None:
    load_edition(source=EDITION_2018.read_bytes())
    with pytest.raises(EditionRefused, match=fault):
        load_edition(source=made_up.source(**changes))
    assert not Correspondence.objects.exists()


def test_a_point_that_says_nothing_about_a_named_edition_is_refused() -> None:
    load_edition(source=EDITION_2018.read_bytes())
    points = made_up.content()["points"]
    del points[3]["corresponds"]
    with pytest.raises(EditionRefused, match=r"points\.3\.corresponds: say what it is against"):
        load_edition(source=made_up.source(points=points))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE codeofpractice_edition SET title = 'Other'",
        "UPDATE codeofpractice_edition SET status = 'draft'",
        "DELETE FROM codeofpractice_edition WHERE code = 'made-up-platforms'",
        "UPDATE codeofpractice_point SET requirement = 'Nothing'",
        "UPDATE codeofpractice_point SET applies_when = '{}'",
        "DELETE FROM codeofpractice_point WHERE number = 25",
        "INSERT INTO codeofpractice_point (edition_id, number, key, title, requirement, good_evidence,"
        " applies_when) SELECT id, 99, 'more', 'More', 'More', 'More', '{}' FROM codeofpractice_edition",
        "UPDATE codeofpractice_correspondence SET relation = 'wider' WHERE relation = 'same'",
        "DELETE FROM codeofpractice_correspondence",
    ],
)
def test_the_database_refuses_to_change_a_published_edition(statement: str) -> None:
    load_edition(source=EDITION_2018.read_bytes())
    made_up.load_made_up()
    with (
        pytest.raises(InternalError, match=r"published edition|transition"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.parametrize(
    "wrong",
    [
        {"relation": Relation.GONE},
        {"relation": Relation.NEW, "earlier_point": 1},
        {"relation": Relation.SAME},
        {"relation": Relation.GONE, "point": None, "earlier_point": 4},  # there already
        {"relation": Relation.SAME, "earlier_point": 1},  # there already
    ],
)
def test_the_database_keeps_correspondences_whole(wrong: dict[str, object]) -> None:
    old, _ = load_edition(source=EDITION_2018.read_bytes())
    draft = made_up.load_made_up(published_on=None)
    values = {"point": 11, "earlier_point": None} | wrong
    with pytest.raises(IntegrityError), transaction.atomic():
        Correspondence.objects.create(
            edition=draft,
            earlier_edition=old,
            relation=values["relation"],
            point=Point.objects.filter(edition=draft, number=values["point"]).first(),
            earlier_point=Point.objects.filter(edition=old, number=values["earlier_point"]).first(),
        )
