"""What a point asks for besides words: training figures, and the security contact of the company record."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from accounts.transitions import TransitionRefused
from codeofpractice import services
from codeofpractice.answers import answers_of, find_gaps
from codeofpractice.differences import GONE, NEW, Segment, compare_versions
from codeofpractice.models import Point, PointResponse, Training
from tests import factories as make
from tests.access.assurance import of
from tests.cast import Cast
from tests.signing_in import client_for

ACT = services.TrainingFigures("ACT Awareness", 40, 34, date(2018, 11, 12))
MISSING = "Add the training figures: how many staff there are, and how many were trained"


def address(cast: Cast, name: str, **more: Any) -> str:
    return reverse(f"codeofpractice:{name}", kwargs={"number": cast.membership.number, **more})


def response_of(cast: Cast, point: int = 4) -> PointResponse:
    found: PointResponse = cast.draft_version.responses.get(point__number=point)
    return found


def add(cast: Cast, figures: services.TrainingFigures = ACT) -> Training:
    return services.add_training(response=response_of(cast), figures=figures, by=cast.owner)


def words_of_gaps(cast: Cast, point: int) -> list[str]:
    return [gap.words for gap in find_gaps(cast.draft_version) if gap.point and gap.point.number == point]


def answer(cast: Cast, point: int = 4, **values: Any) -> None:
    said = {"position": "in_place", "how_met": "Everyone takes it.", "responsible_role": "Trainer"} | values
    services.answer_point(
        response=response_of(cast, point), revision=0, answer=services.Answer(**said), by=cast.owner
    )


# --- Services ---


def test_what_is_in_place_needs_its_figures(cast: Cast) -> None:
    answer(cast)
    assert words_of_gaps(cast, 4) == [MISSING]
    add(cast)
    assert words_of_gaps(cast, 4) == []
    assert AuditEvent.objects.filter(verb="plan.training_added").count() == 1


def test_what_is_planned_needs_none(cast: Cast) -> None:
    answer(cast, position="planned", planned_for=timezone.localdate() + timedelta(days=30))
    assert words_of_gaps(cast, 4) == []


def test_only_a_point_that_asks_has_figures(cast: Cast) -> None:
    with pytest.raises(TransitionRefused, match="does not ask"):
        services.add_training(response=response_of(cast, 2), figures=ACT, by=cast.owner)
    assert client_for(cast.owner).get(address(cast, "training_add", point=2)).status_code == 404


def test_a_course_is_there_once(cast: Cast) -> None:
    add(cast)
    with pytest.raises(services.CourseTaken):
        add(cast, services.TrainingFigures("act awareness", 3, 1, date(2018, 11, 12)))
    other = add(cast, services.TrainingFigures("Our own", 3, 0))
    with pytest.raises(services.CourseTaken):
        services.change_training(training=other, revision=0, figures=ACT, by=cast.owner)


def test_the_second_of_two_people_changes_nothing(cast: Cast) -> None:
    training = add(cast)
    more = services.TrainingFigures("ACT Awareness", 40, 40, date(2018, 12, 6))
    services.change_training(training=training, revision=0, figures=more, by=cast.editor)
    with pytest.raises(services.StaleTraining) as caught:
        services.change_training(training=training, revision=0, figures=ACT, by=cast.owner)
    assert (caught.value.current.trained, caught.value.current.share) == (40, 100)


@pytest.mark.parametrize("person", ["viewer", "other_owner", "assurer", "lead"])
def test_nobody_else_writes_them(cast: Cast, person: str) -> None:
    training, by = add(cast), cast.person(person)
    assert by is not None
    for attempt in (
        lambda: add_as(cast, by),
        lambda: services.change_training(training=training, revision=0, figures=ACT, by=by),
        lambda: services.remove_training(training=training, by=by),
    ):
        with pytest.raises(PermissionDenied):
            attempt()


def add_as(cast: Cast, by: Any) -> Training:
    return services.add_training(response=response_of(cast), figures=ACT, by=by)


@pytest.mark.parametrize(
    "values",
    [{"trained": 41}, {"staff": 0, "trained": 0, "trained_on": None}, {"trained": 0}, {"course": ""}],
)
def test_the_database_refuses_figures_that_cannot_be(cast: Cast, values: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make.TrainingFactory(response=response_of(cast), written_by=cast.owner, **values)


def test_a_submitted_version_keeps_its_figures(cast: Cast) -> None:
    training = Training.objects.get(response__version=cast.submitted_version)
    with pytest.raises(DatabaseError, match="does not change"), transaction.atomic():
        Training.objects.filter(pk=training.pk).update(trained=1)
    with pytest.raises(TransitionRefused):
        services.remove_training(training=training, by=cast.owner)


def test_a_new_version_starts_with_them_and_the_comparison_shows_what_changed(cast: Cast) -> None:
    services.withdraw_draft(version=cast.draft_version, reason="Start again.", by=cast.owner)
    draft = services.start_version(membership=cast.membership, by=cast.owner)
    training = Training.objects.get(response__version=draft)
    assert (training.staff, training.trained) == (40, 34)
    services.change_training(
        training=training,
        revision=0,
        figures=services.TrainingFigures(training.course, 40, 40, date(2018, 12, 6)),
        by=cast.owner,
    )
    found = {row.point.number: row for row in compare_versions(cast.submitted_version, draft)}
    shown = found[4].fields[-1]
    assert shown.label == "Training figures"
    assert [segment.kind for segment in shown.segments] == [GONE, NEW]
    words = "ACT Awareness e-learning: 40 of 40 staff trained, the last on 6 December 2018"
    assert shown.segments[1] == Segment(NEW, words)


# --- The edition's data ---


def test_the_2018_edition_says_which_points_ask(db: None) -> None:
    source = Path("codeofpractice/editions/2018.yaml").read_bytes()
    edition, changed = services.load_edition(source=source)
    assert changed
    asking = {point.key: point.asks_for for point in edition.points.all() if point.asks_for}
    assert asking == {
        "recognised_security_contact": ["security_contact"],
        "staff_training": ["training_figures"],
    }
    assert services.load_edition(source=source) == (edition, False)


def test_an_edition_cannot_ask_for_what_nobody_knows(db: None) -> None:
    source = Path("codeofpractice/editions/2018.yaml").read_text()
    wrong = source.replace("[training_figures]", "[horoscopes]").replace('code: "2018"', 'code: "2031"')
    with pytest.raises(services.EditionRefused, match=r"points\.3\.asks_for\.0"):
        services.load_edition(source=wrong.encode())


# --- The security contact ---


def test_the_point_shows_the_contact_of_the_company_record(cast: Cast) -> None:
    contact = cast.alpha.security_contacts.get()
    page = client_for(cast.editor).get(address(cast, "point", point=1)).content.decode()
    assert contact.name in page
    assert reverse("applications:contacts", kwargs={"public_id": cast.alpha.public_id}) in page
    assert contact.name not in client_for(cast.editor).get(address(cast, "point", point=2)).content.decode()


@pytest.mark.parametrize(
    ("standing", "gap"),
    [
        ("unasked", ""),
        ("refused", "See to the recognised security contact"),
        ("missed", "See to the recognised security contact"),
        (None, "Name the recognised security contact"),
    ],
)
def test_a_contact_who_is_not_there_is_missing(cast: Cast, standing: str | None, gap: str) -> None:
    answer(cast, point=1)
    contacts = cast.alpha.security_contacts.all()
    contacts.update(standing=standing) if standing else contacts.delete()
    assert [words[: len(gap)] for words in words_of_gaps(cast, 1)] == ([gap] if gap else [])


def test_a_submitted_version_has_the_contact_of_its_day(cast: Cast) -> None:
    earlier = cast.alpha.security_contacts.get()
    tomorrow = timezone.localdate() + timedelta(days=1)
    cast.alpha.security_contacts.update(until=tomorrow)
    make.SecurityContactFactory(company=cast.alpha, name="Carys Penhallow", since=tomorrow)
    shown = [row.contacts for row in answers_of(cast.submitted_version) if row.point.asks_contact]
    assert [[contact.name for contact in contacts] for contacts in shown] == [[earlier.name]]


# --- Pages ---

TYPED = {
    "course": "ACT Awareness",
    "staff": "1,040",
    "trained": "34",
    "trained_on_day": "12",
    "trained_on_month": "Tachwedd",
    "trained_on_year": "2018",
    "revision": "0",
}


def test_figures_are_added_changed_and_removed_on_their_pages(cast: Cast) -> None:
    client = client_for(cast.editor)
    back = address(cast, "point", point=4)
    assert client.post(address(cast, "training_add", point=4), TYPED)["Location"] == back
    training = Training.objects.get(response__version=cast.draft_version)
    assert (training.staff, training.trained, training.trained_on) == (1040, 34, date(2018, 11, 12))
    page = client.get(back).content.decode()
    assert "34 of 1,040 staff trained (3%), the last on 12 November 2018" in page
    change = address(cast, "training", pk=training.pk)
    assert client.post(change, TYPED | {"trained": "1040"})["Location"] == back
    stale = client.post(change, TYPED)
    assert stale.status_code == 409
    assert "1,040 of 1,040 staff trained" in stale.content.decode()
    assert client.post(address(cast, "training_remove", pk=training.pk))["Location"] == back
    assert not Training.objects.filter(response__version=cast.draft_version).exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"course": " "}, "Enter the course"),
        ({"staff": ""}, "Enter how many staff deal with hirers: 1 or more"),
        ({"staff": "many"}, "must be a whole number"),
        ({"trained": ""}, "Enter how many have taken the course, or 0 if nobody has yet"),
        ({"trained": "1041"}, "Enter 1,040 or fewer"),
        ({"trained_on_year": ""}, "Enter a day, a month and a year"),
        ({"trained_on_year": "2999"}, "The date must be today or earlier"),
        ({"trained": "0"}, "Leave the date empty"),
        (
            {"trained_on_day": "", "trained_on_month": "", "trained_on_year": ""},
            "Enter the date on which the last",
        ),
    ],
)
def test_bad_input_is_explained_and_kept(cast: Cast, changes: dict[str, str], words: str) -> None:
    page = client_for(cast.owner).post(address(cast, "training_add", point=4), TYPED | changes)
    text = page.content.decode()
    assert words in text
    assert "govuk-error-summary" in text
    assert 'value="12"' in text or not (TYPED | changes)["trained_on_day"]
    assert not Training.objects.filter(response__version=cast.draft_version).exists()


def test_the_page_costs_the_same_for_any_number_of_courses(cast: Cast) -> None:
    client = client_for(cast.owner)
    counts = []
    for number in range(3):
        make.TrainingFactory(response=response_of(cast), course=f"Course {number}", written_by=cast.owner)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(address(cast, "point", point=4))
        counts.append(len(queries))
    assert counts[0] == counts[1] == counts[2] <= 15


def test_assurers_read_them_in_the_check(cast: Cast) -> None:
    page = client_for(cast.assurer).get(reverse("assurance:point", kwargs=of("open_check", point=4)(cast)))
    assert "34 of 40 staff trained" in page.content.decode()
    assert Point.objects.filter(asks_for__contains=["training_figures"]).exists()
