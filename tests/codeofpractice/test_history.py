"""Who wrote what and when, and what differs between two versions or two revisions."""

from __future__ import annotations

import time
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from codeofpractice import services
from codeofpractice.differences import GONE, NEW, SAME, Segment, compare_versions, shorten, word_differences
from codeofpractice.models import PointResponse, PointRevision
from tests import factories as make
from tests.cast import Cast

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def owner(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.owner, backend=BACKEND)
    return client


def address(cast: Cast, name: str, **more: Any) -> str:
    return reverse(f"codeofpractice:{name}", kwargs={"number": cast.membership.number, **more})


def response_of(cast: Cast, point: int = 2) -> PointResponse:
    return cast.draft_version.responses.get(point__number=point)


def write(response: PointResponse, words: str, by: User, **more: Any) -> PointResponse:
    answer = services.Answer("in_place", words, "Operations manager", **more)
    return services.answer_point(response=response, revision=response.revision, answer=answer, by=by)


def later(response: PointResponse, minutes: int) -> PointResponse:
    """The same row, had it been written so many minutes ago."""
    long_ago = timezone.now() - timedelta(minutes=minutes)
    PointResponse.objects.filter(pk=response.pk).update(sitting_since=long_ago, changed_at=long_ago)
    return PointResponse.objects.get(pk=response.pk)


# --- Revisions ---


def test_saves_of_one_sitting_are_one_revision(cast: Cast) -> None:
    response = response_of(cast)
    for words in ("Cards.", "Cards only.", "Cards only, at every branch."):
        response = write(response, words, cast.owner)
    assert not response.revisions.exists()
    response = write(later(response, 9), "Cards and transfers.", cast.owner)
    assert not response.revisions.exists()


def test_another_sitting_and_another_person_keep_what_was_there(cast: Cast) -> None:
    response = write(response_of(cast), "Cards.", cast.owner)
    response = write(later(response, 10), "Cards only.", cast.owner)
    response = write(response, "Cards only, ysbïo.", cast.editor)
    kept = list(response.revisions.order_by("number").values_list("number", "how_met", "written_by"))
    assert kept == [(1, "Cards.", cast.owner.pk), (2, "Cards only.", cast.owner.pk)]
    assert (response.revision, response.how_met) == (3, "Cards only, ysbïo.")


def test_a_long_sitting_is_kept_every_ten_minutes(cast: Cast) -> None:
    response = write(response_of(cast), "One.", cast.owner)
    for words in ("Two.", "Three."):
        PointResponse.objects.filter(pk=response.pk).update(
            sitting_since=timezone.now() - timedelta(minutes=11)
        )
        response = write(PointResponse.objects.get(pk=response.pk), words, cast.owner)
    assert list(response.revisions.values_list("how_met", flat=True)) == ["Two.", "One."]


def test_a_stale_save_keeps_no_revision(cast: Cast) -> None:
    response = response_of(cast)
    write(response, "Cards.", cast.owner)
    with pytest.raises(services.StaleAnswer):
        services.answer_point(
            response=response, revision=0, answer=services.Answer("planned"), by=cast.editor
        )
    assert not PointRevision.objects.exists()


def test_what_was_carried_over_is_kept_when_it_is_changed(cast: Cast) -> None:
    old = cast.submitted_version.responses.get(point__number=2)
    services.withdraw_draft(version=cast.draft_version, reason="Afresh.", by=cast.owner)
    response = services.start_version(membership=cast.membership, by=cast.owner).responses.get(
        point__number=2
    )
    PointResponse.objects.filter(pk=response.pk).update(
        changed_by=cast.editor, changed_at=timezone.now() - timedelta(days=90)
    )
    response.refresh_from_db()
    write(response, "Changed.", cast.owner)
    assert response.revisions.get().number == 0
    assert response.revisions.get().how_met == old.how_met


CHANGES = {
    "changed": lambda rows: rows.update(how_met="x"),
    "deleted": lambda rows: rows._raw_delete("default"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_database_keeps_revisions_as_they_were(cast: Cast, name: str) -> None:
    write(write(response_of(cast), "Cards.", cast.owner), "Cards only.", cast.editor)
    with pytest.raises(DatabaseError), transaction.atomic():
        CHANGES[name](PointRevision.objects.all())
    assert PointRevision.objects.get().how_met == "Cards."


def test_a_revision_has_its_number_once(cast: Cast) -> None:
    response = write(write(response_of(cast), "Cards.", cast.owner), "Cards only.", cast.editor)
    with pytest.raises(IntegrityError), transaction.atomic():
        PointRevision.objects.create(
            response=response, number=1, written_by=cast.owner, written_at=timezone.now()
        )


# --- Word by word ---


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", "", []),
        ("", "New words", [Segment(NEW, "New words")]),
        ("Old words", "", [Segment(GONE, "Old words")]),
        ("The same", "The same", [Segment(SAME, "The same")]),
        (
            "We take cards only",
            "We take cards and transfers only",
            [Segment(SAME, "We take cards "), Segment(NEW, "and transfers "), Segment(SAME, "only")],
        ),
        (
            "Ysbïo ddwywaith",
            "Ysbio ddwywaith",
            [Segment(GONE, "Ysbïo "), Segment(NEW, "Ysbio "), Segment(SAME, "ddwywaith")],
        ),
    ],
)
def test_words_are_compared(before: str, after: str, expected: list[Segment]) -> None:
    assert word_differences(before, after) == expected


@pytest.mark.parametrize("before", ["a " * 10_000, "a b " * 5_000, " ".join(map(str, range(3_500)))])
def test_the_longest_texts_are_compared_in_time(before: str) -> None:
    started = time.monotonic()
    after = f"x {before[:9_000]} y {before[9_000:]}"
    segments = word_differences(before, after)
    assert time.monotonic() - started < 2
    assert "".join(part.text for part in segments if part.kind != GONE) == after
    assert "".join(part.text for part in segments if part.kind != NEW).split() == before.split()


def test_a_long_stretch_without_a_change_is_cut() -> None:
    same = " ".join(["word"] * 400)
    parts = shorten([Segment(NEW, "x "), Segment(SAME, same), Segment(GONE, "y")])
    assert len(parts[1].text) < 400
    assert " … " in parts[1].text
    assert parts[0].text + parts[2].text == "x y"


# --- Two versions ---


def test_two_versions_are_compared_point_by_point(cast: Cast) -> None:
    old, new = cast.submitted_version, cast.draft_version
    for row in old.responses.all():
        new.responses.filter(point=row.point).update(
            position=row.position, how_met=row.how_met, responsible_role=row.responsible_role
        )
    make.give_figures(new)
    write(response_of(cast, 5), "Something else at every branch.", cast.owner)
    found = {row.point.number: row for row in compare_versions(old, new)}
    assert list(found) == [5]
    assert [row.label for row in found[5].fields] == ["How it is met"]
    assert "".join(s.text for s in found[5].fields[0].segments if s.kind != GONE) == (
        "Something else at every branch."
    )


def test_a_file_or_a_date_that_differs_is_said(cast: Cast) -> None:
    new = cast.draft_version
    row = new.evidence.get()
    row.effective_on = date(2019, 3, 27)
    row.save()
    [evidence] = [
        field
        for point in compare_versions(cast.submitted_version, new)
        if point.point.number == 3
        for field in point.fields
        if field.label == "Evidence"
    ]
    assert evidence.segments[-1] == Segment(
        NEW, f"{row.title}, {row.file.original_name}, holds from 27 March 2019"
    )


def test_points_of_another_edition_are_new_or_gone(cast: Cast) -> None:
    edition = make.EditionFactory(code="clubs", status="draft", published_on=None)
    edition.points.filter(number=10).update(key="keys_and_doors", title="Keys and doors")
    gone = cast.edition.points.get(number=10).key
    other = make.PlanVersionFactory(membership=make.MembershipFactory(), edition=edition)
    states = {row.point.key: row.state for row in compare_versions(cast.submitted_version, other)}
    assert states["keys_and_doors"] == "new"
    assert [key for key, state in states.items() if state == "gone"] == [gone]


# --- Pages ---


def test_the_newest_two_versions_are_compared_without_a_choice(owner: Client, cast: Cast) -> None:
    page = owner.get(address(cast, "differences")).content.decode()
    assert "From version 1 to version 2" in page
    assert '<span class="govuk-visually-hidden">removed: </span>' in page
    swapped = owner.get(address(cast, "differences") + "?before=2&after=1").content.decode()
    assert "From version 2 to version 1" in swapped
    assert '<span class="govuk-visually-hidden">added: </span>' in swapped


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("before=1&after=1", "Choose another version than the first"),
        ("before=99&after=1", "Choose a version that is on the list"),
        ("before=x&after=1", "Choose a version that is on the list"),
        ("before=&after=1", "Choose what to compare"),
    ],
)
def test_a_wrong_choice_is_explained(owner: Client, cast: Cast, query: str, words: str) -> None:
    response = owner.get(f"{address(cast, 'differences')}?{query}")
    page = response.content.decode()
    assert response.status_code == 200
    assert words in page
    assert "From version" not in page


def test_one_version_has_nothing_to_be_compared_with(cast: Cast) -> None:
    company = make.CompanyFactory(owner=make.UserFactory())
    membership = make.MembershipFactory(company=company)
    make.PlanVersionFactory(membership=membership, edition=cast.edition)
    client = Client()
    client.force_login(company.people.get().user, backend=BACKEND)
    page = client.get(reverse("codeofpractice:differences", kwargs={"number": membership.number}))
    assert "nothing to compare" in page.content.decode()


def test_the_history_shows_each_state_against_the_one_before(owner: Client, cast: Cast) -> None:
    place = address(cast, "point_history", version=2, point=2)
    assert "Nobody has answered this point yet" in owner.get(place).content.decode()
    write(write(response_of(cast), "Cards at the desk.", cast.owner), "Cards at the counter.", cast.editor)
    page = owner.get(place).content.decode()
    assert page.index("Revision 2") < page.index("Revision 1")
    assert f"by {cast.editor.name}" in page
    assert "desk." in page
    chosen = owner.get(f"{place}?before=1&after=2").content.decode()
    assert "From revision 1 to revision 2" in chosen
    assert "Choose another revision" in owner.get(f"{place}?before=1&after=1").content.decode()
    assert "that is on the list" in owner.get(f"{place}?before=7&after=1").content.decode()


def test_the_history_of_another_company_is_not_there(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.other_owner, backend=BACKEND)
    assert client.get(address(cast, "point_history", version=2, point=2)).status_code == 404
    assert client.get(address(cast, "differences")).status_code == 404


def test_pages_lead_to_histories_and_differences(owner: Client, cast: Cast) -> None:
    write(response_of(cast), "Cards.", cast.owner)
    assert address(cast, "differences") in owner.get(address(cast, "plan")).content.decode()
    history = address(cast, "point_history", version=2, point=2)
    assert history in owner.get(address(cast, "point", point=2)).content.decode()
    assert history in owner.get(address(cast, "version", version=2)).content.decode()


@pytest.mark.parametrize("name", ["differences", "point_history"])
def test_a_page_costs_the_same_whatever_it_shows(
    owner: Client, cast: Cast, name: str, django_assert_max_num_queries: Any
) -> None:
    place = address(cast, name, **({"version": 2, "point": 2} if name == "point_history" else {}))
    people = [cast.owner, cast.editor]
    response = write(write(response_of(cast), "0.", people[0]), "1.", people[1])

    def cost() -> int:
        with django_assert_max_num_queries(15) as captured:
            assert owner.get(place).status_code == 200
        return len(captured)

    cost()
    before = cost()
    for turn in range(4):
        response = write(response, f"Turn {turn}.", people[turn % 2])
        file = make.StoredFileFactory(company=cast.alpha)
        row = cast.draft_version.evidence.create(file=file, title=f"File {turn}", added_by=cast.owner)
        row.responses.add(response)
    assert response.revisions.count() > 2
    assert cost() == before


def test_a_long_history_goes_on_to_a_second_page(owner: Client, cast: Cast) -> None:
    response = response_of(cast)
    for turn in range(30):
        response = write(response, f"Turn {turn}.", [cast.owner, cast.editor][turn % 2])
    place = address(cast, "point_history", version=2, point=2)
    assert ">Revision 5<" in owner.get(place).content.decode()
    second = owner.get(f"{place}?page=2").content.decode()
    assert '<h3 class="moj-timeline__title">Revision 4</h3>' in second
    assert '<h3 class="moj-timeline__title">Revision 5</h3>' not in second
