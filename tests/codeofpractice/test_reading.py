"""The labelled plans, read as a company's uploads would be."""

from pathlib import Path

import pytest

from codeofpractice.reading.bench import POINTS_2018, Tally, measure, measure_examples
from codeofpractice.reading.extract import PDF, read_document
from codeofpractice.reading.likeness import example_plans, model
from codeofpractice.reading.rank import PointSpec, as_json, suggest

PLANS = Path(__file__).resolve().parents[1] / "plans"


@pytest.fixture(scope="module")
def tally() -> Tally:
    return measure(PLANS)


@pytest.fixture(scope="module")
def made_up() -> Tally:
    return measure_examples()


def test_every_labelled_passage_is_extracted(tally: Tally) -> None:
    assert len(tally.extraction) == 7
    assert {plan: found for plan, (found, _) in tally.extraction.items()} == {
        plan: labelled for plan, (_, labelled) in tally.extraction.items()
    }


def test_a_right_passage_is_among_the_first_three(tally: Tally, made_up: Tally) -> None:
    assert tally.hit_at_3 == 1.0
    assert made_up.hit_at_3 >= 0.99


def test_labels_are_as_good_as_reported(tally: Tally, made_up: Tally) -> None:
    assert tally.micro_f1 >= 0.965
    assert made_up.micro_f1 >= 0.96


def test_coverage_is_judged_as_labelled(tally: Tally, made_up: Tally) -> None:
    assert tally.coverage["wrong"] <= 2
    assert made_up.coverage["wrong"] <= 9


def test_a_plan_is_not_measured_by_what_was_learned_from_it() -> None:
    text = "Trackers are tested on the first Monday of the month."
    key = "vehicle_security_equipment"
    assert model().likeness(key, text)[0] > model(without="plan-01").likeness(key, text)[0]


def test_examples_name_known_points_only() -> None:
    known = {point.key for point in POINTS_2018}
    named = {key for plan in example_plans().values() for example in plan for key in example.points}
    assert named == known


def test_the_same_plan_reads_the_same_twice() -> None:
    document = read_document((PLANS / "plan-08.pdf").read_bytes(), PDF)
    assert as_json(suggest(document, POINTS_2018)) == as_json(suggest(document, POINTS_2018[::-1])) | {
        "points": as_json(suggest(document, POINTS_2018))["points"]
    }


def test_a_scan_is_recognised_and_says_what_to_do() -> None:
    document = read_document((PLANS / "plan-07.pdf").read_bytes(), PDF)
    assert not document.extractable
    assert document.passages == ()
    assert "pictures" in document.reason
    assert "text recognition" in document.reason


def test_the_json_shape() -> None:
    document = read_document((PLANS / "plan-02.pdf").read_bytes(), PDF)
    answer = as_json(suggest(document, POINTS_2018))
    assert sorted(answer) == ["extractable", "passages", "points", "reason"]
    first = answer["passages"][4]
    assert first["n"] == 5
    assert first["page"] == 1
    assert first["heading"] == "Who is driving away?"
    assert [score["point"] for score in first["points"]] == [3]
    assert first["points"][0]["words"]
    assert answer["points"][2]["coverage"] == "evidenced"
    assert 5 in answer["points"][2]["suggested"]


def test_a_point_of_another_edition_is_read_by_its_own_words() -> None:
    document = read_document((PLANS / "plan-05.pdf").read_bytes(), PDF)
    point = PointSpec(
        3, "tachograph_downloads", "Tachograph downloads", "Vehicle units are downloaded regularly."
    )
    reading = suggest(document, [point])
    texts = {passage.n: passage.text for passage in reading.passages}
    assert any("downloaded every 56 days" in texts[n] for n in reading.points[0].suggested[:3])
