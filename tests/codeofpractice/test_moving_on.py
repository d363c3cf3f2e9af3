"""An edition comes into force: plans move on, nothing that was written is lost, nothing submitted changes."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import AuditEvent, Notification, User
from accounts.transitions import TransitionRefused
from applications.models import Membership
from assurance.models import PlanCheck
from codeofpractice import services
from codeofpractice.answers import find_gaps
from codeofpractice.models import (
    Edition,
    Evidence,
    MemberMove,
    PlanVersion,
    PointResponse,
)
from codeofpractice.services import moving_on
from codeofpractice.tasks import move_members, sweep_moves
from tests import factories as make
from tests.codeofpractice import made_up

EDITION_2018 = Path(settings.BASE_DIR) / "codeofpractice" / "editions" / "2018.yaml"
IN_PLACE = services.Answer("in_place", "We do it.", "Operations manager")


@pytest.fixture
def old(db: None) -> Edition:
    return services.load_edition(source=EDITION_2018.read_bytes())[0]


def platform(models: tuple[str, ...] = ("peer_to_peer",), **company: Any) -> Membership:
    made = make.CompanyFactory(owner=make.UserFactory(), rental_models=list(models), **company)
    make.SecurityContactFactory(company=made, email=f"rsc{made.pk}@example.com")
    return make.MembershipFactory(company=made)


def owner_of(membership: Membership) -> User:
    return membership.company.people.get().user


def say(version: PlanVersion, number: int, answer: services.Answer, by: User) -> PointResponse:
    response = version.responses.get(point__number=number)
    return services.answer_point(response=response, revision=response.revision, answer=answer, by=by)


def submitted(membership: Membership) -> PlanVersion:
    """Version 1 under the 2018 edition, with words that name each point."""
    by = owner_of(membership)
    version = services.start_version(membership=membership, by=by)
    for number in range(1, 11):
        say(version, number, services.Answer("in_place", f"Words on point {number}.", f"Role {number}"), by)
    make.give_figures(version)
    say(version, 6, services.Answer("planned", "Words on point 6.", "Role 6", date(2030, 1, 2)), by)
    file = make.StoredFileFactory(company=membership.company)
    evidence = Evidence.objects.create(version=version, file=file, title="Handbook", added_by=by)
    evidence.responses.set(version.responses.filter(point__number__in=[1, 4, 10]))
    make.confirm(version)
    return services.submit_version(version=version, by=by)


def as_rows(version: PlanVersion) -> list[dict[str, Any]]:
    return list(version.responses.order_by("pk").values())


def run() -> None:
    sweep_moves()
    for _ in range(5):
        for move in moving_on.open_moves():
            move_members(move)


# Which edition --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("models", "code"),
    [
        (["counter"], "2018"),
        (["peer_to_peer"], "made-up-platforms"),
        (["counter", "peer_to_peer"], "2018"),
        ([], "2018"),
    ],
)
def test_the_edition_is_that_which_speaks_to_most_of_the_company(
    old: Edition, models: list[str], code: str
) -> None:
    made_up.load_made_up()
    found = Edition.objects.for_models(models)
    assert found is not None
    assert found.code == code


def test_of_two_that_speak_to_as_much_the_newest_is_taken(old: Edition) -> None:
    made_up.load_made_up(rental_models=["counter", "peer_to_peer"])
    found = Edition.objects.for_models(["peer_to_peer", "counter"])
    assert found is not None
    assert found.code == "made-up-platforms"


@pytest.mark.django_db
def test_without_an_edition_that_speaks_to_it_a_company_cannot_start() -> None:
    points = [{k: v for k, v in row.items() if k != "corresponds"} for row in made_up.content()["points"]]
    made_up.load_made_up(points=points, gone=[])
    member = platform(("counter",))
    with pytest.raises(TransitionRefused, match="speaks to how your company rents"):
        services.start_version(membership=member, by=owner_of(member))


def test_an_edition_that_is_published_for_a_later_day_is_not_in_force(old: Edition) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    made_up.load_made_up(published_on=tomorrow.isoformat())
    found = Edition.objects.for_models(["peer_to_peer"])
    assert found == old
    assert moving_on.start_moves() == 1  # that of the 2018 edition, with nobody in it
    assert not MemberMove.objects.exists()


def test_a_first_plan_of_a_platform_has_the_seven_points(old: Edition) -> None:
    made_up.load_made_up()
    member = platform()
    by = owner_of(member)
    version = services.start_version(membership=member, by=by)
    assert [row.point.number for row in version.responses.all()] == made_up.NUMBERS
    assert {row.mark for row in version.responses.all()} == {""}
    for number in made_up.NUMBERS:
        say(version, number, IN_PLACE, by)
    make.confirm(version)
    assert services.submit_version(version=version, by=by).status == "submitted"


def test_a_point_that_the_rule_leaves_out_may_be_skipped_and_no_other(old: Edition) -> None:
    made_up.load_made_up()
    skip = services.Answer("not_applicable", not_applicable_reason="We have none.")
    cars = platform(fleet_rows={"car": 20}, cars=20, vans=0)
    version = services.start_version(membership=cars, by=owner_of(cars))
    for number in (31, 47):
        assert say(version, number, skip, owner_of(cars)).position == "not_applicable"
    large = platform(fleet_rows={"car": 50}, cars=50, vans=0)
    version = services.start_version(membership=large, by=owner_of(large))
    assert say(version, 47, skip, owner_of(large)).position == "not_applicable"
    for number in (31, 11):
        with pytest.raises(TransitionRefused, match="applies to your company"):
            say(version, number, skip, owner_of(large))


# Moving on ------------------------------------------------------------------------------------------------


def test_a_submitted_plan_moves_on_with_its_text_its_evidence_and_a_mark_on_each_point(old: Edition) -> None:
    member = platform()
    version = submitted(member)
    before = as_rows(version)
    edition = made_up.load_made_up()
    Notification.objects.all().delete()
    run()
    draft = PlanVersion.objects.get(plan=version.plan, status="draft")
    assert (draft.number, draft.edition, draft.started_by, draft.moved_from) == (2, edition, None, version)
    assert {r.point.number: (r.mark, r.position, r.how_met) for r in draft.responses.all()} == {
        11: ("needs_look", "in_place", "Words on point 1."),
        12: ("unchanged", "in_place", "Words on point 2."),
        20: ("needs_look", "in_place", "Words on point 3."),
        25: ("new", "", ""),
        31: ("needs_look", "in_place", "Words on point 7."),
        47: ("unchanged", "in_place", "Words on point 8."),
        52: ("needs_look", "planned", "Words on point 6.\n\nWords on point 10."),
    }
    joined = draft.responses.get(point__number=52)
    assert (joined.responsible_role, joined.planned_for) == ("Role 6, Role 10", date(2030, 1, 2))
    evidence = draft.evidence.get()
    assert (evidence.title, evidence.added_by) == ("Handbook", owner_of(member))
    assert sorted(evidence.responses.values_list("point__number", flat=True)) == [11, 52]
    # What was submitted is as it was.
    version.refresh_from_db()
    assert version.status == "submitted"
    assert as_rows(version) == before
    # People are told, once each.
    assert sorted(Notification.objects.values_list("to", flat=True)) == sorted(
        [owner_of(member).email, f"rsc{member.company.pk}@example.com"]
    )
    assert "- 2 unchanged\n- 4 to look at again\n- 1 new" in Notification.objects.all()[0].body
    assert AuditEvent.objects.get(verb="plan.moved_on").data["from"] == 1
    move = edition.move
    assert move.finished_at is not None
    assert (move.members.get().status, move.members.get().version) == ("moved", draft)


def test_running_again_moves_nobody_twice(old: Edition) -> None:
    version = submitted(platform())
    edition = made_up.load_made_up()
    run()
    run()
    moving_on.move_chunk(move_id=edition.move.pk)
    assert PlanVersion.objects.filter(plan=version.plan).count() == 2
    assert AuditEvent.objects.filter(verb="edition.move_finished", target_id=str(edition.pk)).count() == 1


def test_an_open_draft_moves_on_and_stays_on_record(old: Edition) -> None:
    member = platform()
    by = owner_of(member)
    submitted(member)
    draft = services.start_version(membership=member, by=by)
    say(draft, 2, services.Answer("in_place", "Newer words.", "Role 2"), by)
    say(draft, 9, services.Answer("in_place", "Only in the draft.", "Role 9"), by)
    before = as_rows(draft)
    made_up.load_made_up()
    run()
    draft.refresh_from_db()
    assert draft.status == "withdrawn"
    assert as_rows(draft) == before
    moved = PlanVersion.objects.get(plan=draft.plan, status="draft")
    assert (moved.number, moved.moved_from) == (3, draft)
    assert moved.responses.get(point__number=12).how_met == "Newer words."


def test_members_whom_the_edition_does_not_concern_keep_what_they_have(old: Edition) -> None:
    counter = submitted(platform(("counter",)))
    both = submitted(platform(("counter", "peer_to_peer")))
    gone = submitted(platform())
    Membership.objects.filter(plan=gone.plan).update(status="resigned", ended_on=timezone.localdate())
    without_plan = platform()
    edition = made_up.load_made_up()
    run()
    assert PlanVersion.objects.filter(edition=edition).count() == 0
    assert {row.membership_id: row.status for row in edition.move.members.all()} == {
        both.plan.membership_id: "skipped"
    }
    assert edition.move.members.get().reason == "Another edition speaks to more of how the company rents."
    assert not PlanVersion.objects.filter(plan__membership=without_plan).exists()
    assert counter.plan.versions.count() == 1


def test_a_draft_waits_while_its_upload_is_being_read(old: Edition) -> None:
    member = platform()
    draft = services.start_version(membership=member, by=owner_of(member))
    document = make.PlanDocumentFactory(version=draft, status="pending")
    edition = made_up.load_made_up()
    run()
    assert edition.move.members.get().status == "pending"
    type(document).objects.filter(pk=document.pk).update(status="unreadable")
    run()
    assert edition.move.members.get().status == "moved"


def test_one_members_trouble_holds_up_nobody_and_can_be_tried_again(old: Edition) -> None:
    first, second = submitted(platform()), submitted(platform())
    edition = made_up.load_made_up()
    moving_on.start_moves()
    # A row that the database refuses: the number is taken by a version that is out of order.
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION break_it() RETURNS TRIGGER AS $$ BEGIN IF NEW.plan_id = %s THEN "
            "RAISE EXCEPTION 'broken'; END IF; RETURN NEW; END $$ LANGUAGE plpgsql; CREATE TRIGGER "
            "break_it BEFORE INSERT ON codeofpractice_planversion FOR EACH ROW EXECUTE FUNCTION break_it()",
            [first.plan_id],
        )
    for _ in range(4):
        moving_on.move_chunk(move_id=edition.move.pk)
    status = {row.membership_id: row for row in edition.move.members.all()}
    assert status[second.plan.membership_id].status == "moved"
    failed = status[first.plan.membership_id]
    assert (failed.status, failed.attempts) == ("failed", 3)
    assert "broken" in failed.last_error
    assert first.plan.versions.count() == 1
    edition.move.refresh_from_db()
    assert edition.move.finished_at is None
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION break_it() CASCADE")
    with pytest.raises(PermissionDenied):
        services.retry_moves(edition=edition, by=make.UserFactory(role="lead"))
    assert services.retry_moves(edition=edition, by=make.UserFactory(role="administrator")) == 1
    run()
    assert first.plan.versions.count() == 2


def test_a_point_that_was_skipped_and_now_applies_is_open_again(old: Edition) -> None:
    member = platform(fleet_rows={"car": 20}, cars=20, vans=0)
    by = owner_of(member)
    draft = services.start_version(membership=member, by=by)
    say(draft, 8, services.Answer("not_applicable", not_applicable_reason="Cars only."), by)
    points = made_up.content()["points"]
    del points[5]["applies_when"]
    made_up.load_made_up(points=points)
    run()
    response = PointResponse.objects.get(version__status="draft", point__number=47)
    assert (response.mark, response.position, response.not_applicable_reason) == (
        "needs_look",
        "",
        "Cars only.",
    )


def test_a_check_in_flight_stays_with_its_version(old: Edition) -> None:
    version = submitted(platform())
    check = make.PlanCheckFactory(membership=version.plan.membership, plan_version=version)
    made_up.load_made_up()
    run()
    assert PlanCheck.objects.get(pk=check.pk).plan_version == version


def test_without_correspondences_points_with_the_same_key_are_carried_over(old: Edition) -> None:
    version = submitted(platform())
    points = [{k: v for k, v in row.items() if k != "corresponds"} for row in made_up.content()["points"]]
    made_up.load_made_up(points=points, gone=[])
    run()
    draft = PlanVersion.objects.get(plan=version.plan, status="draft")
    assert {r.point.number: r.mark for r in draft.responses.all()} == {
        11: "new",
        12: "needs_look",
        20: "new",
        25: "new",
        31: "new",
        47: "needs_look",
        52: "new",
    }


# Marks ----------------------------------------------------------------------------------------------------


@pytest.fixture
def moved(old: Edition) -> PlanVersion:
    version = submitted(platform())
    made_up.load_made_up()
    run()
    return PlanVersion.objects.get(plan=version.plan, status="draft")


def test_a_plan_is_not_submitted_while_a_mark_is_open(moved: PlanVersion) -> None:
    by = owner_of(moved.plan.membership)
    assert {gap.point.number for gap in find_gaps(moved) if gap.point} == {11, 20, 25, 31, 52}
    for number in (11, 20, 31):
        response = moved.responses.get(point__number=number)
        services.confirm_still_right(response=response, revision=response.revision, by=by)
    say(moved, 25, IN_PLACE, by)
    with pytest.raises(TransitionRefused, match="Something is missing"):
        services.submit_version(version=moved, by=by)
    say(moved, 52, IN_PLACE, by)
    response = moved.responses.get(point__number=11)
    assert (response.mark, response.looked_by, response.revision) == ("needs_look", by, 0)
    make.confirm(moved)
    assert services.submit_version(version=moved, by=by).status == "submitted"
    assert AuditEvent.objects.filter(verb="plan.point_still_right").count() == 3


def test_what_cannot_be_confirmed(moved: PlanVersion) -> None:
    by = owner_of(moved.plan.membership)
    new = moved.responses.get(point__number=25)
    with pytest.raises(TransitionRefused, match="nothing to confirm"):
        services.confirm_still_right(response=new, revision=0, by=by)
    look = moved.responses.get(point__number=11)
    with pytest.raises(TransitionRefused, match="Somebody saved this answer"):
        services.confirm_still_right(response=look, revision=7, by=by)
    with pytest.raises(PermissionDenied):
        services.confirm_still_right(response=look, revision=0, by=make.UserFactory())
    services.confirm_still_right(response=look, revision=0, by=by)
    services.confirm_still_right(response=look, revision=0, by=by)
    assert AuditEvent.objects.filter(verb="plan.point_still_right").count() == 1


def test_a_draft_after_one_that_was_given_up_is_marked_again(moved: PlanVersion) -> None:
    by = owner_of(moved.plan.membership)
    services.withdraw_draft(version=moved, reason="Begun too early.", by=by)
    again = services.start_version(membership=moved.plan.membership, by=by)
    assert (again.started_by, again.moved_from) == (by, None)
    assert {r.point.number: r.mark for r in again.responses.all()} == {
        r.point.number: r.mark for r in moved.responses.all()
    }


@pytest.mark.parametrize("wrong", ["mark = ''", "looked_by_id = NULL"])
def test_the_database_keeps_a_look_whole(moved: PlanVersion, wrong: str) -> None:
    by = owner_of(moved.plan.membership)
    say(moved, 11, IN_PLACE, by)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE codeofpractice_pointresponse SET {wrong} WHERE looked_by_id IS NOT NULL")


def test_the_database_wants_to_know_who_started_a_version(moved: PlanVersion) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanVersion.objects.filter(pk=moved.pk).update(moved_from=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        MemberMove.objects.update(version=None)


@pytest.mark.django_db(transaction=True)
def test_workers_side_by_side_move_each_member_once() -> None:
    services.load_edition(source=EDITION_2018.read_bytes())
    plans = [submitted(platform()).plan_id for _ in range(4)]
    edition = made_up.load_made_up()

    def work() -> None:
        try:
            moving_on.start_moves()
            for _ in range(3):
                moving_on.move_chunk(move_id=edition.move.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert PlanVersion.objects.filter(plan__in=plans, edition=edition).count() == 4
    assert MemberMove.objects.filter(status="moved").count() == 4
    assert AuditEvent.objects.filter(verb="plan.moved_on").count() == 4
