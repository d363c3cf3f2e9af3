"""Measures of a point: rows of their own, with dates and whoever sees to them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from accounts.transitions import TransitionRefused
from codeofpractice import services
from codeofpractice.answers import answers_of, find_gaps
from codeofpractice.differences import NEW, Segment, compare_versions
from codeofpractice.models import Measure, PointResponse
from tests import factories as make
from tests.cast import Cast

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
CASH = services.MeasureDetails("Mae’r ddesg yn gwrthod arian parod.", "in_place", "Branch manager")


def planned(days: int) -> services.MeasureDetails:
    return services.MeasureDetails(
        "Trackers are fitted.", "planned", "Fleet manager", timezone.localdate() + timedelta(days=days)
    )


@pytest.fixture
def owner(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.owner, backend=BACKEND)
    return client


def address(cast: Cast, name: str, **more: Any) -> str:
    return reverse(f"codeofpractice:{name}", kwargs={"number": cast.membership.number, **more})


def response_of(cast: Cast, point: int = 2) -> PointResponse:
    return cast.draft_version.responses.get(point__number=point)


def add(cast: Cast, details: services.MeasureDetails = CASH, point: int = 2) -> Measure:
    return services.add_measure(response=response_of(cast, point), details=details, by=cast.owner)


def words_of_gaps(cast: Cast, point: int) -> list[str]:
    return [gap.words for gap in find_gaps(cast.draft_version) if gap.point and gap.point.number == point]


# --- Services ---


def test_a_point_has_several_measures(cast: Cast) -> None:
    first, second = add(cast), add(cast, planned(30))
    answer = answers_of(cast.draft_version)[1]
    assert answer.measures == [first, second]
    assert (first.written_by, first.day, second.day) == (cast.owner, None, planned(30).day)
    assert AuditEvent.objects.filter(verb="plan.measure_added").count() == 2


def test_measures_are_an_answer(cast: Cast) -> None:
    PointResponse.objects.filter(pk=response_of(cast).pk).update(
        position="in_place", responsible_role="Manager"
    )
    assert words_of_gaps(cast, 2) != []
    add(cast)
    assert words_of_gaps(cast, 2) == []
    add(cast, planned(30))
    assert words_of_gaps(cast, 2) == [
        "Choose Planned, or say since when each measure is in place: one is only planned"
    ]


def test_a_point_that_does_not_apply_has_no_measures(cast: Cast) -> None:
    add(cast, point=8)
    PointResponse.objects.filter(pk=response_of(cast, 8).pk).update(
        position="not_applicable", not_applicable_reason="Cars only."
    )
    assert words_of_gaps(cast, 8) == ["Remove its measures, as the point does not apply"]
    with pytest.raises(TransitionRefused, match="does not apply"):
        add(cast, point=8)


def test_there_is_an_end_to_measures(cast: Cast) -> None:
    response = response_of(cast)
    Measure.objects.bulk_create(
        Measure(
            response=response,
            what=f"Measure {number}",
            state="in_place",
            owner_role="Manager",
            written_by=cast.owner,
            written_at=timezone.now(),
        )
        for number in range(50)
    )
    with pytest.raises(TransitionRefused, match="50 measures at most"):
        add(cast)


def test_a_stale_page_changes_nothing(cast: Cast) -> None:
    measure = add(cast)
    services.change_measure(measure=measure, revision=0, details=planned(9), by=cast.editor)
    with pytest.raises(services.StaleMeasure) as caught:
        services.change_measure(measure=measure, revision=0, details=CASH, by=cast.owner)
    assert (caught.value.current.what, caught.value.current.written_by) == (
        "Trackers are fitted.",
        cast.editor,
    )


def test_what_was_removed_meanwhile_is_not_changed(cast: Cast) -> None:
    measure = add(cast)
    services.remove_measure(measure=Measure.objects.get(pk=measure.pk), by=cast.editor)
    for attempt in (
        lambda: services.change_measure(measure=measure, revision=0, details=CASH, by=cast.owner),
        lambda: services.remove_measure(measure=measure, by=cast.owner),
    ):
        with pytest.raises(TransitionRefused, match="removed this measure"):
            attempt()


@pytest.mark.parametrize("person", ["viewer", "other_owner", "assurer", "lead", "administrator"])
def test_others_change_nothing(cast: Cast, person: str) -> None:
    by = cast.person(person)
    assert by is not None
    measure = add(cast)
    for attempt in (
        lambda: services.add_measure(response=response_of(cast), details=CASH, by=by),
        lambda: services.change_measure(measure=measure, revision=0, details=CASH, by=by),
        lambda: services.remove_measure(measure=measure, by=by),
    ):
        with pytest.raises(PermissionDenied):
            attempt()


def test_a_new_version_takes_them_over(cast: Cast) -> None:
    add(cast, planned(30))
    make.submit(cast.draft_version)
    version = services.start_version(membership=cast.membership, by=cast.editor)
    [measure] = answers_of(version)[1].measures
    assert (measure.what, measure.day, measure.written_by) == (
        "Trackers are fitted.",
        planned(30).day,
        cast.owner,
    )
    assert compare_versions(cast.draft_version, version) == []


def test_versions_differ_by_measures(cast: Cast) -> None:
    add(cast, services.MeasureDetails("Cash is refused.", "in_place", "Manager", date(2019, 3, 27)))
    [point] = [
        row for row in compare_versions(cast.submitted_version, cast.draft_version) if row.point.number == 2
    ]
    [found] = [row for row in point.fields if row.label == "Measures"]
    assert found.segments == [Segment(NEW, "Cash is refused. (in place since 27 March 2019, Manager)")]


CHANGES = {
    "changed": lambda rows: rows.update(what="x"),
    "gone": lambda rows: rows._raw_delete("default"),
    "planned without a day": lambda rows: rows.update(state="planned", day=None),
    "without words": lambda rows: rows.update(what=""),
    "without a role": lambda rows: rows.update(owner_role=""),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_database_keeps_measures_whole(cast: Cast, name: str) -> None:
    measure = add(cast)
    if name in {"changed", "gone"}:
        make.submit(cast.draft_version)
    expected = DatabaseError if name in {"changed", "gone"} else IntegrityError
    with pytest.raises(expected), transaction.atomic():
        CHANGES[name](Measure.objects.filter(pk=measure.pk))
    assert Measure.objects.get(pk=measure.pk).what == CASH.what


@pytest.mark.parametrize(
    ("state", "days", "is_overdue"),
    [("planned", -1, True), ("planned", 0, False), ("in_place", -1, False)],
)
def test_a_planned_measure_is_overdue_after_its_day(state: str, days: int, is_overdue: bool) -> None:
    day = timezone.localdate() + timedelta(days=days)
    assert Measure(state=state, day=day).is_overdue is is_overdue


# --- Pages ---


def fields(**more: str) -> dict[str, str]:
    return {"what": "Tŷ: the desk refuses cash.", "state": "in_place", "owner_role": "Manager"} | more


def test_a_measure_is_added_changed_and_removed(owner: Client, cast: Cast) -> None:
    assert owner.post(address(cast, "measure_add", point=2), fields()).status_code == 302
    measure = Measure.objects.get()
    assert "the desk refuses cash" in owner.get(address(cast, "point", point=2)).content.decode()
    assert "the desk refuses cash" in owner.get(address(cast, "version", version=2)).content.decode()
    place = address(cast, "measure", pk=measure.pk)
    assert owner.post(place, fields(what="New words", revision="0")).status_code == 302
    measure.refresh_from_db()
    assert (measure.what, measure.revision) == ("New words", 1)
    assert owner.post(address(cast, "measure_remove", pk=measure.pk)).status_code == 302
    assert not Measure.objects.exists()
    assert owner.get(place).status_code == 404


def test_the_second_of_two_people_sees_both(owner: Client, cast: Cast) -> None:
    place = address(cast, "measure", pk=add(cast).pk)
    assert owner.post(place, fields(what="First words", revision="0")).status_code == 302
    response = owner.post(place, fields(what="Second words", revision="0"))
    page = response.content.decode()
    assert response.status_code == 409
    assert "First words" in page
    assert "Second words" in page
    assert owner.post(place, fields(what="Second words", revision="1")).status_code == 302


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"what": ""}, "Enter what is done, or will be"),
        ({"state": ""}, "Say whether it is in place or planned"),
        ({"owner_role": ""}, "Enter who sees to it"),
        ({"state": "planned"}, "Enter the date by which it will be in place"),
        (
            {"state": "planned", "day_day": "1", "day_month": "1", "day_year": "2020"},
            "must be today or later",
        ),
        ({"day_day": "1", "day_month": "1", "day_year": "2099"}, "must be today or earlier"),
    ],
)
def test_what_is_wrong_is_explained_and_kept(
    owner: Client, cast: Cast, more: dict[str, str], words: str
) -> None:
    page = owner.post(address(cast, "measure_add", point=2), fields(**more)).content.decode()
    assert words in page
    if "what" not in more:
        assert "Tŷ: the desk refuses cash." in page
    assert not Measure.objects.exists()


def test_the_plan_says_what_is_overdue(owner: Client, cast: Cast) -> None:
    add(cast, planned(-1))
    assert "1 planned measure is overdue" in owner.get(address(cast, "plan")).content.decode()
    assert "Say what became of overdue measures" in owner.get("/").content.decode()
    assert "Overdue" in owner.get(address(cast, "point", point=2)).content.decode()


def test_measures_cannot_be_written_without_a_draft(owner: Client, cast: Cast) -> None:
    services.withdraw_draft(version=cast.draft_version, reason="Afresh.", by=cast.owner)
    assert owner.get(address(cast, "measure_add", point=2)).status_code == 409


@pytest.mark.parametrize("name", ["plan", "point", "version"])
def test_a_page_costs_the_same_whatever_it_shows(
    owner: Client, cast: Cast, name: str, django_assert_max_num_queries: Any
) -> None:
    place = address(cast, name, **{"point": {"point": 2}, "version": {"version": 2}}.get(name, {}))

    def cost() -> int:
        with django_assert_max_num_queries(20) as captured:
            assert owner.get(place).status_code == 200
        return len(captured)

    add(cast)
    cost()
    before = cost()
    add(cast, planned(3))
    add(cast, planned(4), point=5)
    assert cost() == before
