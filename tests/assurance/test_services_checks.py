"""Findings, recommendation, decision: who may, in which order, and what the database refuses."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.models import AuditEvent, Notification, Role, User
from accounts.transitions import TransitionRefused
from assurance import services
from assurance.models import Decision, Finding, PlanCheck, Recommendation
from tests import factories as make
from tests.cast import Cast

SOON = timezone.localdate() + timedelta(days=30)


def find_all(cast: Cast, result: str = "met") -> None:
    assert cast.open_check.plan_version is not None
    for point in cast.open_check.plan_version.edition.points.all():
        services.record_finding(
            check=cast.open_check, point=point, result=result, note="Seen.", by=cast.assurer
        )


def test_a_finding_can_be_changed_until_the_outcome_is_recommended(cast: Cast) -> None:
    find_all(cast)
    point = cast.edition.points.get(number=3)
    services.record_finding(
        check=cast.open_check, point=point, result="partly", note="Not at night.", by=cast.assurer
    )
    assert Finding.objects.get(check_of=cast.open_check, point=point).result == "partly"
    services.set_action(
        check=cast.open_check,
        point=point,
        description="At night too.",
        target_on=SOON,
        owner_role="Manager",
        by=cast.assurer,
    )
    services.recommend_outcome(
        check=cast.open_check, outcome="met_with_actions", reason="Nearly.", by=cast.assurer
    )
    with pytest.raises(TransitionRefused, match="can no longer be changed"):
        services.record_finding(check=cast.open_check, point=point, result="met", note="x", by=cast.assurer)
    for attempt in (
        lambda: Finding.objects.filter(check_of=cast.open_check).update(result="met"),
        lambda: Finding.objects.filter(check_of=cast.open_check)._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()


@pytest.mark.parametrize(
    ("result", "outcome", "obstacle"),
    [
        ("partly", "met", "Not every point is met"),
        ("partly", "not_met", "Set an action at points"),
        ("not_met", "met_with_actions", "Set an action at points 1, 2, 3, 4, 5, 6, 7, 8, 9 and 10"),
        ("met", "not_met", "can only be"),
        ("met", "no_response", "has responded"),
    ],
)
def test_an_outcome_that_the_findings_do_not_bear(
    cast: Cast, result: str, outcome: str, obstacle: str
) -> None:
    find_all(cast, result)
    with pytest.raises(TransitionRefused, match=obstacle):
        services.recommend_outcome(check=cast.open_check, outcome=outcome, reason="So.", by=cast.assurer)
    cast.open_check.refresh_from_db()
    assert cast.open_check.status == "open"


def test_every_point_needs_a_finding(cast: Cast) -> None:
    point = cast.edition.points.get(number=1)
    services.record_finding(check=cast.open_check, point=point, result="met", note="Seen.", by=cast.assurer)
    with pytest.raises(TransitionRefused, match="9 points have no finding yet"):
        services.recommend_outcome(check=cast.open_check, outcome="met", reason="So.", by=cast.assurer)


def test_without_a_plan_only_no_response_or_waiting(cast: Cast) -> None:
    PlanCheck.objects.filter(pk=cast.open_check.pk).update(plan_version=None)
    with pytest.raises(TransitionRefused, match="no plan to judge"):
        services.recommend_outcome(check=cast.open_check, outcome="not_met", reason="So.", by=cast.assurer)
    version = services.take_plan(check=cast.open_check, by=cast.assurer)
    assert version == cast.submitted_version
    silent = make.PlanCheckFactory(membership=cast.other_membership, plan_version=None, assurer=cast.assurer)
    services.recommend_outcome(check=silent, outcome="no_response", reason="So.", by=cast.assurer)


def test_who_has_sent_a_plan_has_responded(cast: Cast) -> None:
    """Also before the check has taken it, and after “No response” was recommended."""
    silent = make.PlanCheckFactory(membership=cast.other_membership, plan_version=None, assurer=cast.assurer)
    make.declare(silent, by=cast.lead)
    services.recommend_outcome(check=silent, outcome="no_response", reason="So.", by=cast.assurer)
    make.submit(make.PlanVersionFactory(membership=cast.other_membership, edition=cast.edition))
    with pytest.raises(TransitionRefused, match="it has responded"):
        services.decide_check(check=silent, outcome="no_response", reason="So.", by=cast.lead)
    services.send_back(check=silent, reason="The plan has come.", by=cast.lead)
    with pytest.raises(TransitionRefused, match="it has responded"):
        services.recommend_outcome(check=silent, outcome="no_response", reason="So.", by=cast.assurer)


def test_an_action_stands_only_where_something_is_to_be_put_right(cast: Cast) -> None:
    find_all(cast)
    action = make.CorrectiveActionFactory(check_of=cast.open_check)
    with pytest.raises(TransitionRefused, match="Remove the action at point 4"):
        services.recommend_outcome(check=cast.open_check, outcome="met", reason="So.", by=cast.assurer)
    services.remove_action(action=action, by=cast.assurer)
    services.recommend_outcome(check=cast.open_check, outcome="met", reason="So.", by=cast.assurer)


def test_points_without_an_action_are_named_in_their_order_and_once(cast: Cast) -> None:
    find_all(cast, "partly")
    for number in (2, 3, 4, 5, 6, 7, 9):
        for _ in range(2):
            make.CorrectiveActionFactory(
                check_of=cast.open_check, point=cast.edition.points.get(number=number)
            )
    with pytest.raises(TransitionRefused, match="Set an action at points 1, 8 and 10: "):
        services.recommend_outcome(
            check=cast.open_check, outcome="met_with_actions", reason="So.", by=cast.assurer
        )
    for finding in cast.open_check.findings.all():
        services.record_finding(
            check=cast.open_check, point=finding.point, result="met", note="Seen.", by=cast.assurer
        )
    with pytest.raises(TransitionRefused, match="Remove the action at points 2, 3, 4, 5, 6, 7 and 9: "):
        services.recommend_outcome(check=cast.open_check, outcome="met", reason="So.", by=cast.assurer)


def test_one_reader_alone_is_not_enough_for_not_met(cast: Cast) -> None:
    """Nor by a lead who decides another outcome than the one recommended, nor for the database."""
    find_all(cast, "partly")
    for point in cast.edition.points.all():
        make.CorrectiveActionFactory(check_of=cast.open_check, point=point)
    recommendation = services.recommend_outcome(
        check=cast.open_check, outcome="met_with_actions", reason="So.", by=cast.assurer
    )
    with pytest.raises(TransitionRefused, match="read a second time"):
        services.decide_check(check=cast.open_check, outcome="not_met", reason="So.", by=cast.lead)
    with pytest.raises(DatabaseError, match="read a second time"), transaction.atomic():
        Decision.objects.create(
            check_of=cast.open_check, recommendation=recommendation, recommended_by=cast.assurer,
            outcome="not_met", reason="So.", decided_by=cast.lead, decided_at=timezone.now(),
        )  # fmt: skip
    services.decide_check(check=cast.open_check, outcome="met_with_actions", reason="So.", by=cast.lead)


def test_an_action_needs_a_shortfall(cast: Cast) -> None:
    find_all(cast)
    with pytest.raises(TransitionRefused, match="partly met or not met"):
        services.set_action(
            check=cast.open_check,
            point=cast.edition.points.get(number=3),
            description="More.",
            target_on=SOON,
            owner_role="Manager",
            by=cast.assurer,
        )


@pytest.mark.parametrize("person", ["other_assurer", "lead", "owner", "panel", "administrator"])
def test_only_its_assurer_works_on_a_check(cast: Cast, person: str) -> None:
    by = cast.person(person)
    assert by is not None
    point = cast.edition.points.get(number=1)
    attempts: list[Callable[[], object]] = [
        lambda: services.record_finding(check=cast.open_check, point=point, result="met", note="x", by=by),
        lambda: services.recommend_outcome(check=cast.open_check, outcome="met", reason="x", by=by),
        lambda: services.set_action(
            check=cast.open_check, point=point, description="x", target_on=SOON, owner_role="Manager", by=by
        ),
        lambda: services.take_plan(check=cast.open_check, by=by),
    ]
    for attempt in attempts:
        with pytest.raises(PermissionDenied):
            attempt()


@pytest.mark.parametrize("person", ["assurer", "other_assurer", "owner", "panel", "administrator"])
def test_only_a_lead_decides(cast: Cast, person: str) -> None:
    by = cast.person(person)
    assert by is not None
    with pytest.raises(PermissionDenied):
        services.decide_check(check=cast.recommended_check, outcome="met", reason="So.", by=by)
    with pytest.raises(PermissionDenied):
        services.send_back(check=cast.recommended_check, reason="So.", by=by)


def test_whoever_acts_for_the_company_stays_out(cast: Cast) -> None:
    cast.alpha.people.create(user=cast.lead, level="viewer")
    cast.alpha.people.create(user=cast.assurer, level="viewer")
    point = cast.edition.points.get(number=1)
    with pytest.raises(PermissionDenied):
        services.decide_check(check=cast.recommended_check, outcome="met", reason="So.", by=cast.lead)
    with pytest.raises(PermissionDenied):
        services.record_finding(check=cast.open_check, point=point, result="met", note="x", by=cast.assurer)
    assert not PlanCheck.objects.visible_to(cast.lead).exists()
    cast.alpha.people.create(user=cast.other_assurer, level="viewer")
    with pytest.raises(PermissionDenied):
        services.allocate_check(check=cast.open_check, to=cast.other_assurer, reason="x", by=cast.other_lead)


def test_the_decision_is_told_and_on_record(cast: Cast) -> None:
    decision = services.decide_check(
        check=cast.recommended_check, outcome="met", reason="It bears out.", by=cast.lead
    )
    assert (decision.recommended_by, decision.decided_by) == (cast.assurer, cast.lead)
    assert "It bears out." in Notification.objects.get(to=cast.owner.email).body
    assert AuditEvent.objects.get(verb="check.decided").by == cast.lead
    with pytest.raises(TransitionRefused, match="Nothing was decided twice"):
        services.decide_check(check=cast.recommended_check, outcome="not_met", reason="x", by=cast.other_lead)


def test_a_check_that_was_sent_back_is_decided_on_the_newest_recommendation(cast: Cast) -> None:
    check = cast.recommended_check
    first = check.recommendations.get()
    services.send_back(check=check, reason="Look at point 4 again.", by=cast.lead)
    services.recommend_outcome(check=check, outcome="met", reason="Looked again.", by=cast.assurer)
    with pytest.raises(TransitionRefused, match="newer recommendation"):
        services.decide_check(check=check, outcome="met", reason="So.", recommendation=first.pk, by=cast.lead)
    decision = services.decide_check(check=check, outcome="met", reason="So.", by=cast.lead)
    assert decision.recommendation.reason == "Looked again."


def test_who_recommended_once_never_decides_even_as_a_lead(cast: Cast) -> None:
    User.objects.filter(pk=cast.assurer.pk).update(role=Role.LEAD)
    cast.assurer.refresh_from_db()
    with pytest.raises(PermissionDenied):
        services.decide_check(check=cast.recommended_check, outcome="met", reason="So.", by=cast.assurer)


def insert_decision(check: PlanCheck, recommendation: Recommendation, recommended_by: User, by: User) -> None:
    Decision.objects.create(
        check_of=check,
        recommendation=recommendation,
        recommended_by=recommended_by,
        outcome="met",
        reason="So.",
        decided_by=by,
        decided_at=timezone.now(),
    )


def test_the_database_refuses_a_decision_by_the_same_person(cast: Cast) -> None:
    check = cast.recommended_check
    newest = check.recommendations.get()
    other = Recommendation.objects.create(
        check_of=cast.open_check, outcome="met", reason="x", by=cast.lead, at=timezone.now()
    )
    for recommendation, recommended_by, by in (
        (newest, cast.assurer, cast.assurer),  # the same person
        (newest, cast.other_assurer, cast.assurer),  # with a made-up author beside it
        (other, cast.lead, cast.assurer),  # on the recommendation of another check
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            insert_decision(check, recommendation, recommended_by, by)
    decided = cast.decided_check.decision
    with pytest.raises(DatabaseError), transaction.atomic():
        Decision.objects.filter(pk=decided.pk).update(decided_by=cast.assurer)
    with pytest.raises(DatabaseError), transaction.atomic():
        PlanCheck.objects.filter(pk=cast.decided_check.pk).update(status="open")


def test_allocation_is_on_record_with_its_reason(cast: Cast) -> None:
    with pytest.raises(TransitionRefused, match="reason"):
        services.allocate_check(check=cast.open_check, to=cast.other_assurer, by=cast.lead)
    services.allocate_check(check=cast.open_check, to=cast.other_assurer, reason="On leave.", by=cast.lead)
    assert AuditEvent.objects.get(verb="check.allocated").reason == "On leave."
    with pytest.raises(PermissionDenied):
        services.allocate_check(check=cast.open_check, to=cast.owner, reason="x", by=cast.lead)


def test_an_action_of_a_check_that_is_not_decided_is_nobodys_yet(cast: Cast) -> None:
    action = cast.open_action()
    with pytest.raises(TransitionRefused, match="not decided yet"):
        services.answer_action(action=action, kind="done", note="Done.", by=cast.owner)
    services.remove_action(action=action, by=cast.assurer)
    assert not cast.open_check.actions.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(3))
def test_twenty_decisions_at_once_are_one(round_: int) -> None:
    make.EditionFactory()
    assurer = make.UserFactory(role=Role.ASSURER)
    leads = [make.UserFactory(role=Role.LEAD) for _ in range(20)]
    company = make.CompanyFactory(owner=make.UserFactory())
    membership = make.MembershipFactory(company=company)
    version = make.submit(make.PlanVersionFactory(membership=membership, started_by=assurer, answered=True))
    check = make.PlanCheckFactory(
        membership=membership,
        selection=make.SelectionFactory(membership=membership),
        plan_version=version,
        assurer=assurer,
    )
    for lead in leads:
        make.declare(check, by=lead)
    make.record_findings(check, by=assurer)
    make.recommend(check, by=assurer)
    barrier = threading.Barrier(20)
    told: list[str] = []

    def decide(lead: User) -> None:
        barrier.wait()
        try:
            services.decide_check(check=check, outcome="met", reason="So.", by=lead)
        except TransitionRefused as refused:
            told.append(str(refused))
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=[lead]) for lead in leads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Decision.objects.count() == 1
    assert len(told) == 19
    assert AuditEvent.objects.filter(verb="check.decided").count() == 1


def test_a_company_reads_nothing_before_the_decision(cast: Cast) -> None:
    seen: Any = PlanCheck.objects.decided_for(cast.owner)
    assert list(seen) == [cast.decided_check]
    assert not PlanCheck.objects.decided_for(cast.other_owner).exists()
