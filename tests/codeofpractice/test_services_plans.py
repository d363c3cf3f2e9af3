"""Writing the plan: who may, what is saved, and that what was submitted never changes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.models import AuditEvent, Notification, User
from accounts.transitions import TransitionRefused
from applications.models import FleetCount, Membership
from codeofpractice import services
from codeofpractice.answers import answers_of, find_gaps
from codeofpractice.models import (
    Evidence,
    FileStatus,
    LinkDecision,
    Passage,
    PassageLink,
    PlanVersion,
    PointResponse,
)
from tests import factories as make
from tests.cast import Cast

IN_PLACE = services.Answer("in_place", "We do it at every branch.", "Operations manager")


@pytest.fixture
def member(db: None) -> Membership:
    make.EditionFactory()
    company = make.CompanyFactory(owner=make.UserFactory(name="Nia Prydderch"))
    make.SecurityContactFactory(company=company)
    return make.MembershipFactory(company=company)


@pytest.fixture
def owner(member: Membership) -> User:
    return member.company.people.get().user


def answer_all(version: PlanVersion, by: User) -> None:
    for response in version.responses.all():
        services.answer_point(response=response, revision=response.revision, answer=IN_PLACE, by=by)
    make.give_figures(version)


def test_a_new_plan_has_an_empty_answer_for_each_point(member: Membership, owner: User) -> None:
    version = services.start_version(membership=member, by=owner)
    assert version.number == 1
    assert [row.point.number for row in version.responses.all()] == list(range(1, 11))
    assert services.start_version(membership=member, by=owner) == version
    assert AuditEvent.objects.filter(verb="plan.version_started").count() == 1


@pytest.mark.parametrize("status", ["suspended", "lapsed"])
def test_only_a_member_starts_or_submits_a_plan(member: Membership, owner: User, status: str) -> None:
    version = services.start_version(membership=member, by=owner)
    answer_all(version, owner)
    Membership.objects.filter(pk=member.pk).update(status=status)
    with pytest.raises(TransitionRefused, match="This membership is now"):
        services.start_version(membership=member, by=owner)
    with pytest.raises(TransitionRefused, match="This membership is now"):
        services.submit_version(version=version, by=owner)


def test_an_answer_is_saved_with_who_and_when(member: Membership, owner: User) -> None:
    version = services.start_version(membership=member, by=owner)
    response = version.responses.get(point__number=2)
    saved = services.answer_point(response=response, revision=0, answer=IN_PLACE, by=owner)
    assert (saved.how_met, saved.changed_by, saved.revision) == ("We do it at every branch.", owner, 1)
    assert AuditEvent.objects.get(verb="plan.point_answered").data["point"] == 2


def test_a_stale_page_overwrites_nothing(member: Membership, owner: User) -> None:
    response = services.start_version(membership=member, by=owner).responses.get(point__number=2)
    services.answer_point(response=response, revision=0, answer=IN_PLACE, by=owner)
    with pytest.raises(services.StaleAnswer) as caught:
        services.answer_point(response=response, revision=0, answer=services.Answer("planned"), by=owner)
    assert caught.value.current.how_met == "We do it at every branch."


def test_only_what_the_position_asks_for_is_kept(member: Membership, owner: User) -> None:
    FleetCount.objects.exclude(vehicle_class="car").delete()
    response = services.start_version(membership=member, by=owner).responses.get(point__number=8)
    answer = services.Answer(
        "not_applicable", "words", "role", timezone.localdate(), "We hire out cars only."
    )
    saved = services.answer_point(response=response, revision=0, answer=answer, by=owner)
    assert (saved.how_met, saved.responsible_role, saved.planned_for) == ("", "", None)
    assert saved.not_applicable_reason == "We hire out cars only."


@pytest.mark.parametrize("point", [7, 8])
def test_a_point_that_applies_cannot_be_skipped(member: Membership, owner: User, point: int) -> None:
    """Point 7 applies to everybody; point 8 to this company, which hires out vans."""
    response = services.start_version(membership=member, by=owner).responses.get(point__number=point)
    answer = services.Answer("not_applicable", not_applicable_reason="We would rather not.")
    with pytest.raises(TransitionRefused, match="applies to your company"):
        services.answer_point(response=response, revision=0, answer=answer, by=owner)


def test_gaps_name_the_point_and_what_is_missing(member: Membership, owner: User) -> None:
    version = services.start_version(membership=member, by=owner)
    assert len(find_gaps(version)) == 10
    answer_all(version, owner)
    assert find_gaps(version) == []
    file = make.StoredFileFactory(company=member.company, status=FileStatus.WAITING)
    evidence = version.evidence.create(file=file, title="Training record", added_by=owner)
    evidence.responses.add(version.responses.get(point__number=4))
    [gap] = find_gaps(version)
    assert gap.point is not None
    assert (gap.point.number, "checked for viruses" in gap.words) == (4, True)


def test_a_confirmed_passage_is_an_answer(member: Membership, owner: User) -> None:
    version = services.start_version(membership=member, by=owner)
    answer_all(version, owner)
    response = version.responses.get(point__number=3)
    services.answer_point(
        response=response, revision=1, answer=services.Answer("in_place", "", "Counter staff"), by=owner
    )
    assert [gap.point.number for gap in find_gaps(version) if gap.point] == [3]
    passage = make.PlanDocumentFactory(version=version).passages.first()
    services.decide_passage(passage=passage, point=response.point, decision="confirmed", by=owner)
    assert find_gaps(version) == []
    services.decide_passage(passage=passage, point=response.point, decision=None, by=owner)
    assert not PassageLink.objects.exists()


def test_an_incomplete_plan_is_not_submitted(member: Membership, owner: User) -> None:
    version = services.start_version(membership=member, by=owner)
    with pytest.raises(TransitionRefused, match="missing"):
        services.submit_version(version=version, by=owner)
    version.refresh_from_db()
    assert version.status == "draft"


def test_submission_tells_the_owners_and_the_security_contact(member: Membership, owner: User) -> None:
    version = services.start_version(membership=member, by=owner)
    answer_all(version, owner)
    make.confirm(version)
    submitted = services.submit_version(version=version, by=owner)
    assert (submitted.status, submitted.submitted_by) == ("submitted", owner)
    assert set(Notification.objects.values_list("to", flat=True)) == {owner.email, "contact@example.co.uk"}
    with pytest.raises(TransitionRefused):
        services.submit_version(version=version, by=owner)


def test_the_next_version_begins_with_what_the_last_one_said(member: Membership, owner: User) -> None:
    version = services.start_version(membership=member, by=owner)
    answer_all(version, owner)
    file = make.StoredFileFactory(company=member.company)
    evidence = version.evidence.create(file=file, title="Training record", added_by=owner)
    evidence.responses.add(version.responses.get(point__number=4))
    passage = make.PlanDocumentFactory(version=version).passages.first()
    services.decide_passage(
        passage=passage, point=version.edition.points.get(number=1), decision="confirmed", by=owner
    )
    make.confirm(version)
    services.submit_version(version=version, by=owner)
    second = services.start_version(membership=member, by=owner)
    answers = answers_of(second)
    assert second.number == 2
    assert find_gaps(second) == []
    assert answers[0].response.how_met == "We do it at every branch.\n\nPassage 1."
    assert [row.title for row in answers[3].evidence] == ["Training record"]


def test_a_draft_that_was_given_up_stays_on_record(member: Membership, owner: User) -> None:
    version = services.start_version(membership=member, by=owner)
    services.withdraw_draft(version=version, reason="We start again.", by=owner)
    assert AuditEvent.objects.get(verb="plan.draft_withdrawn").reason == "We start again."
    assert services.start_version(membership=member, by=owner).number == 2


CHANGES: dict[str, Callable[[Cast], Any]] = {
    "answer": lambda cast: PointResponse.objects.filter(version=cast.submitted_version).update(how_met="x"),
    "answer gone": lambda cast: PointResponse.objects.filter(version=cast.submitted_version)._raw_delete(
        "default"
    ),
    "answer moved in": lambda cast: PointResponse.objects.filter(
        version=cast.draft_version, point__number=1
    ).update(version=cast.submitted_version),
    "evidence title": lambda cast: Evidence.objects.filter(version=cast.submitted_version).update(title="x"),
    "evidence gone": lambda cast: Evidence.objects.get(version=cast.submitted_version).delete(),
    "evidence untied": lambda cast: Evidence.objects.get(version=cast.submitted_version).responses.clear(),
    "evidence tied": lambda cast: Evidence.objects.get(version=cast.submitted_version).responses.add(
        cast.submitted_version.responses.get(point__number=9)
    ),
    "document added": lambda cast: make.PlanDocumentFactory(version=cast.submitted_version),
    "back to draft": lambda cast: PlanVersion.objects.filter(pk=cast.submitted_version.pk).update(
        status="draft", submitted_by=None, submitted_at=None
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_database_keeps_a_submitted_version_as_it_was(cast: Cast, name: str) -> None:
    def state() -> Any:
        return (
            list(PointResponse.objects.filter(version=cast.submitted_version).order_by("pk").values()),
            list(Evidence.objects.filter(version=cast.submitted_version).values()),
            list(Evidence.responses.through.objects.order_by("pk").values()),
            PlanVersion.objects.get(pk=cast.submitted_version.pk).status,
        )

    before = state()
    with pytest.raises(DatabaseError), transaction.atomic():
        CHANGES[name](cast)
    assert state() == before


def test_a_passage_of_a_submitted_version_cannot_be_decided(cast: Cast) -> None:
    cast.draft_version.responses.update(position="in_place", how_met="Yes.", responsible_role="Manager")
    cast.draft_version.evidence.all().delete()
    point = cast.edition.points.get(number=1)
    make.submit(cast.draft_version)
    with pytest.raises(TransitionRefused):
        services.decide_passage(passage=cast.passage, point=point, decision="confirmed", by=cast.owner)
    with pytest.raises(DatabaseError), transaction.atomic():
        PassageLink.objects.create(
            passage=Passage.objects.get(pk=cast.passage.pk),
            point=point,
            decision=LinkDecision.CONFIRMED,
            decided_by=cast.owner,
            decided_at=timezone.now(),
        )


@pytest.mark.parametrize("person", ["viewer", "other_owner", "assurer", "lead", "administrator"])
def test_others_change_nothing(cast: Cast, person: str) -> None:
    by = cast.person(person)
    assert by is not None
    draft = cast.draft_version
    attempts: list[Callable[[], object]] = [
        lambda: services.start_version(membership=cast.membership, by=by),
        lambda: services.answer_point(
            response=draft.responses.get(point__number=1), revision=0, answer=IN_PLACE, by=by
        ),
        lambda: services.remove_evidence(evidence=cast.draft_evidence, by=by),
        lambda: services.remove_document(document=cast.document, by=by),
        lambda: services.decide_passage(
            passage=cast.passage, point=cast.edition.points.get(number=1), decision="confirmed", by=by
        ),
        lambda: services.submit_version(version=draft, by=by),
        lambda: services.withdraw_draft(version=draft, reason="Mine.", by=by),
    ]
    for attempt in attempts:
        with pytest.raises(PermissionDenied):
            attempt()


def test_an_editor_writes_but_does_not_submit(cast: Cast) -> None:
    response = cast.draft_version.responses.get(point__number=1)
    services.answer_point(response=response, revision=0, answer=IN_PLACE, by=cast.editor)
    with pytest.raises(PermissionDenied):
        services.submit_version(version=cast.draft_version, by=cast.editor)


@pytest.mark.django_db(transaction=True)
def test_two_submissions_at_once_one_wins_and_the_other_is_told() -> None:
    make.EditionFactory()
    owner = make.UserFactory()
    company = make.CompanyFactory(owner=owner)
    make.SecurityContactFactory(company=company)
    version = services.start_version(membership=make.MembershipFactory(company=company), by=owner)
    answer_all(version, owner)
    make.confirm(version)
    barrier = threading.Barrier(5)
    outcomes: list[str] = []

    def submit() -> None:
        barrier.wait()
        try:
            services.submit_version(version=version, by=owner)
            outcomes.append("submitted")
        except TransitionRefused:
            outcomes.append("told")
        finally:
            connection.close()

    threads = [threading.Thread(target=submit) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["submitted"] + ["told"] * 4
    assert AuditEvent.objects.filter(verb="plan.submitted").count() == 1


def test_a_date_long_planned_is_no_obstacle_to_reading(member: Membership, owner: User) -> None:
    version = services.start_version(membership=member, by=owner)
    response = version.responses.get(point__number=7)
    past = services.Answer("planned", "Trackers.", "Fleet manager", timezone.localdate() - timedelta(days=1))
    saved = services.answer_point(response=response, revision=0, answer=past, by=owner)
    assert saved.planned_for == past.planned_for
