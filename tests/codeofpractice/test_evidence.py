"""Evidence with its dates: described, replaced, used for several points."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from accounts.transitions import TransitionRefused
from codeofpractice import services
from codeofpractice.answers import answers_of, find_gaps
from codeofpractice.models import Evidence
from tests import factories as make
from tests.cast import Cast
from tests.codeofpractice.uploads import PDF, upload

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
DETAILS = services.EvidenceDetails("Cofnodion hyfforddi", [4, 5], date(2019, 3, 27), date(2099, 3, 26))


@pytest.fixture
def owner(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.owner, backend=BACKEND)
    return client


def address(cast: Cast, name: str, **more: Any) -> str:
    return reverse(f"codeofpractice:{name}", kwargs={"number": cast.membership.number, **more})


def boxes(name: str, day: date) -> dict[str, str]:
    return {f"{name}_day": str(day.day), f"{name}_month": str(day.month), f"{name}_year": str(day.year)}


def points_of(evidence: Evidence) -> list[int]:
    return list(evidence.responses.order_by("point__number").values_list("point__number", flat=True))


# --- Services ---


def test_a_file_is_described_anew(cast: Cast) -> None:
    row = services.change_evidence(evidence=cast.draft_evidence, revision=0, details=DETAILS, by=cast.editor)
    row.refresh_from_db()
    assert (row.title, row.effective_on, row.expires_on) == (
        "Cofnodion hyfforddi",
        date(2019, 3, 27),
        date(2099, 3, 26),
    )
    assert (points_of(row), row.revision) == ([4, 5], 1)
    assert AuditEvent.objects.get(verb="plan.evidence_changed").data["points"] == [4, 5]


def test_a_stale_page_describes_nothing(cast: Cast) -> None:
    services.change_evidence(evidence=cast.draft_evidence, revision=0, details=DETAILS, by=cast.editor)
    with pytest.raises(services.StaleEvidence) as caught:
        services.change_evidence(
            evidence=cast.draft_evidence,
            revision=0,
            details=services.EvidenceDetails("Mine", [1]),
            by=cast.owner,
        )
    assert caught.value.current.title == "Cofnodion hyfforddi"
    assert points_of(cast.draft_evidence) == [4, 5]


def test_a_newer_file_takes_the_points_and_the_older_stays(cast: Cast) -> None:
    newer = services.replace_evidence(
        evidence=cast.draft_evidence, upload=upload(PDF), expires_on=date(2099, 1, 1), by=cast.owner
    )
    assert (newer.title, points_of(newer)) == ("Handover procedure", [3])
    cast.draft_evidence.refresh_from_db()
    assert cast.draft_evidence.replaced_by == newer
    assert cast.draft_evidence.file == cast.file
    shown = [row.pk for answer in answers_of(cast.draft_version) for row in answer.evidence]
    assert shown == [newer.pk]
    with pytest.raises(TransitionRefused, match="replaced"):
        services.replace_evidence(evidence=cast.draft_evidence, upload=upload(PDF), by=cast.owner)
    with pytest.raises(TransitionRefused, match="replaced"):
        services.change_evidence(evidence=cast.draft_evidence, revision=0, details=DETAILS, by=cast.owner)


def test_a_file_serves_one_more_point(cast: Cast) -> None:
    services.use_evidence(
        version=cast.draft_version, point=9, evidence=[cast.draft_evidence.pk], by=cast.editor
    )
    assert points_of(cast.draft_evidence) == [3, 9]


def test_a_file_of_another_version_is_not_used(cast: Cast) -> None:
    other = cast.submitted_version.evidence.get()
    services.use_evidence(version=cast.draft_version, point=9, evidence=[other.pk], by=cast.owner)
    assert not cast.draft_version.responses.get(point__number=9).evidence.exists()


def test_what_was_removed_meanwhile_is_not_described(cast: Cast) -> None:
    row = Evidence.objects.get(pk=cast.draft_evidence.pk)
    services.remove_evidence(evidence=cast.draft_evidence, by=cast.owner)
    with pytest.raises(TransitionRefused, match="removed"):
        services.change_evidence(evidence=row, revision=0, details=DETAILS, by=cast.owner)


@pytest.mark.parametrize("person", ["viewer", "other_owner", "assurer", "lead", "administrator"])
def test_others_change_nothing(cast: Cast, person: str) -> None:
    by = cast.person(person)
    assert by is not None
    row = cast.draft_evidence
    attempts = [
        lambda: services.change_evidence(evidence=row, revision=0, details=DETAILS, by=by),
        lambda: services.replace_evidence(evidence=row, upload=upload(PDF), by=by),
        lambda: services.use_evidence(version=cast.draft_version, point=9, evidence=[row.pk], by=by),
    ]
    for attempt in attempts:
        with pytest.raises(PermissionDenied):
            attempt()


def test_expired_evidence_stands_between_draft_and_submission(cast: Cast) -> None:
    today = timezone.localdate()
    Evidence.objects.filter(pk=cast.draft_evidence.pk).update(expires_on=today)
    assert not [gap for gap in find_gaps(cast.draft_version) if "expired" in gap.words]
    Evidence.objects.filter(pk=cast.draft_evidence.pk).update(expires_on=today - timedelta(days=1))
    [gap] = [gap for gap in find_gaps(cast.draft_version) if "expired" in gap.words]
    assert gap.point is not None
    assert gap.point.number == 3


def test_the_next_version_has_the_newer_file_with_its_dates(cast: Cast) -> None:
    services.replace_evidence(
        evidence=cast.draft_evidence, upload=upload(PDF), expires_on=date(2099, 1, 1), by=cast.owner
    )
    newer = Evidence.objects.latest("pk")
    make.submit(cast.draft_version)
    copy = services.start_version(membership=cast.membership, by=cast.owner).evidence.get()
    assert (copy.file, copy.expires_on) == (newer.file, date(2099, 1, 1))


def test_evidence_does_not_end_before_it_begins(cast: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Evidence.objects.filter(pk=cast.draft_evidence.pk).update(
            effective_on=date(2020, 1, 2), expires_on=date(2020, 1, 1)
        )


def test_the_database_keeps_the_dates_of_submitted_evidence(cast: Cast) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Evidence.objects.filter(version=cast.submitted_version).update(expires_on=date(2099, 1, 1))


@pytest.mark.django_db(transaction=True)
def test_two_who_replace_a_file_at_once_replace_it_once() -> None:
    owner = make.UserFactory()
    membership = make.MembershipFactory(company=make.CompanyFactory(owner=owner))
    version = make.PlanVersionFactory(membership=membership, edition=make.EditionFactory())
    file = make.StoredFileFactory(company=membership.company)
    row = version.evidence.create(file=file, title="Procedure", added_by=owner)
    barrier = threading.Barrier(4)
    outcomes: list[str] = []

    def replace() -> None:
        barrier.wait()
        try:
            services.replace_evidence(evidence=row, upload=upload(PDF), by=owner)
            outcomes.append("replaced")
        except TransitionRefused:
            outcomes.append("told")
        finally:
            connection.close()

    threads = [threading.Thread(target=replace) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["replaced"] + ["told"] * 3
    assert version.evidence.current().count() == 1


# --- Pages ---


def test_the_second_of_two_people_sees_both(owner: Client, cast: Cast) -> None:
    place = address(cast, "evidence_change", pk=cast.draft_evidence.pk)
    first = {"title": "First words", "points": ["3"], "revision": "0"}
    assert owner.post(place, first).status_code == 302
    response = owner.post(place, first | {"title": "Second words"})
    page = response.content.decode()
    assert response.status_code == 409
    assert "First words" in page
    assert "Second words" in page
    assert owner.post(place, first | {"title": "Second words", "revision": "1"}).status_code == 302
    cast.draft_evidence.refresh_from_db()
    assert cast.draft_evidence.title == "Second words"


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (date(2098, 1, 2), date(2098, 1, 1), "must not be before the first"),
        (date(2019, 1, 1), date(2020, 1, 1), "must be today or later"),
    ],
)
def test_dates_that_cannot_be_are_explained(
    owner: Client, cast: Cast, start: date, end: date, words: str
) -> None:
    place = address(cast, "evidence_change", pk=cast.draft_evidence.pk)
    dates = boxes("effective_on", start) | boxes("expires_on", end)
    page = owner.post(place, {"title": "Tŷ", "points": ["3"], "revision": "0"} | dates).content.decode()
    assert words in page
    assert "Tŷ" in page
    cast.draft_evidence.refresh_from_db()
    assert cast.draft_evidence.revision == 0


def test_a_file_is_added_with_its_dates(owner: Client, cast: Cast) -> None:
    dates = boxes("effective_on", date(2019, 3, 27)) | boxes("expires_on", date(2099, 3, 26))
    data = {"file": upload(PDF), "title": "", "points": ["3"]} | dates
    assert owner.post(address(cast, "evidence"), data).status_code == 302
    assert Evidence.objects.latest("pk").expires_on == date(2099, 3, 26)
    assert "Holds until 26 March 2099" in owner.get(address(cast, "plan")).content.decode()


def test_a_file_is_replaced_on_its_page(owner: Client, cast: Cast) -> None:
    place = address(cast, "evidence_replace", pk=cast.draft_evidence.pk)
    assert "Choose a file" in owner.post(place, {}).content.decode()
    wrong = owner.post(place, {"file": upload(b"<html><script>x</script>")}).content.decode()
    assert "whatever its name says" in wrong
    assert owner.post(place, {"file": upload(PDF)}).status_code == 302
    assert owner.post(place, {"file": upload(PDF)}).status_code == 404
    newer = Evidence.objects.latest("pk")
    page = owner.get(address(cast, "evidence_change", pk=newer.pk)).content.decode()
    assert "Earlier files" in page
    assert cast.file.original_name in page


def test_a_file_of_the_plan_is_chosen_for_another_point(owner: Client, cast: Cast) -> None:
    place = address(cast, "evidence_use", point=9)
    assert place in owner.get(address(cast, "point", point=9)).content.decode()
    assert "Handover procedure" in owner.get(place).content.decode()
    assert "Choose at least one file" in owner.post(place, {}).content.decode()
    assert "that is on the list" in owner.post(place, {"evidence": ["999999"]}).content.decode()
    assert owner.post(place, {"evidence": [str(cast.draft_evidence.pk)]}).status_code == 302
    assert points_of(cast.draft_evidence) == [3, 9]
    assert "Every file of the plan" in owner.get(place).content.decode()


@pytest.mark.parametrize("name", ["evidence_change", "evidence_use"])
def test_evidence_of_no_draft_is_not_there(owner: Client, cast: Cast, name: str) -> None:
    services.withdraw_draft(version=cast.draft_version, reason="Afresh.", by=cast.owner)
    more = {"point": 9} if name == "evidence_use" else {"pk": cast.draft_evidence.pk}
    assert owner.get(address(cast, name, **more)).status_code == 409


@pytest.mark.parametrize("name", ["evidence_change", "evidence_use", "plan"])
def test_a_page_costs_the_same_whatever_it_shows(
    owner: Client, cast: Cast, name: str, django_assert_max_num_queries: Any
) -> None:
    more = {"evidence_change": {"pk": cast.draft_evidence.pk}, "evidence_use": {"point": 9}}.get(name, {})
    place = address(cast, name, **more)

    def cost() -> int:
        with django_assert_max_num_queries(20) as captured:
            assert owner.get(place).status_code == 200
        return len(captured)

    cost()
    before = cost()
    for number in range(3):
        file = make.StoredFileFactory(company=cast.alpha)
        row = cast.draft_version.evidence.create(
            file=file,
            title=f"Earlier {number}",
            added_by=cast.owner,
            replaced_by=cast.draft_evidence if number == 0 else None,
        )
        row.responses.add(cast.draft_version.responses.get(point__number=3))
    assert cost() == before
