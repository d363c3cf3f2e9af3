"""Suspension, removal and resignation: who, why, what is kept of it, and two at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, close_old_connections, connection, transaction
from django.utils import timezone

from accounts.models import AuditEvent, Notification, Role, User
from accounts.transitions import TransitionRefused
from applications import services
from applications.models import CompanyPerson, Membership, MembershipEvent
from tests import factories as make
from tests.cast import Cast

REASON = "The plan was asked for three times."


def suspend(cast: Cast, by: User, reason: str = REASON) -> None:
    services.suspend_membership(membership=cast.membership, reason=reason, by=by)


def remove(cast: Cast, by: User, reason: str = REASON) -> None:
    services.remove_membership(membership=cast.membership, reason=reason, by=by)


def resign(cast: Cast, by: User, code: str = "sold", reason: str = "") -> None:
    services.resign_membership(membership=cast.membership, reason_code=code, reason=reason, by=by)


def reinstate(cast: Cast, by: User, reason: str = REASON) -> None:
    services.reinstate_membership(membership=cast.membership, reason=reason, by=by)


def status_of(membership: Membership) -> str:
    return Membership.objects.get(pk=membership.pk).status


def test_acceptance_starts_the_history(cast: Cast) -> None:
    membership = services.accept_application(application=cast.sent_application, by=cast.assurer)
    event = membership.events.get()
    assert (event.kind, event.day, event.by) == ("started", timezone.localdate(), cast.assurer)


@pytest.mark.parametrize(
    ("verb", "status", "kind"), [(suspend, "suspended", "suspended"), (remove, "removed", "removed")]
)
def test_a_lead_acts_and_the_owners_are_told_how_to_ask_again(
    cast: Cast, verb: Callable[..., None], status: str, kind: str
) -> None:
    verb(cast, cast.lead)
    assert status_of(cast.membership) == status
    event = cast.membership.events.get()
    assert (event.kind, event.by, event.reason) == (kind, cast.lead, REASON)
    message = Notification.objects.get(user=cast.owner)
    assert REASON in message.body
    assert "looked at again" in message.body
    assert AuditEvent.objects.get(verb=f"membership.{kind}").reason == REASON
    assert not Membership.objects.on_register().filter(pk=cast.membership.pk).exists()


def test_a_suspended_member_is_reinstated(cast: Cast) -> None:
    suspend(cast, cast.lead)
    reinstate(cast, cast.other_lead, "The plan has come.")
    assert status_of(cast.membership) == "active"
    assert [row.kind for row in cast.membership.events.all()] == ["suspended", "reinstated"]


@pytest.mark.parametrize("verb", [suspend, reinstate, remove])
@pytest.mark.parametrize("name", ["owner", "assurer", "administrator", "panel", "partner"])
def test_only_a_lead_acts(cast: Cast, verb: Callable[..., None], name: str) -> None:
    with pytest.raises(PermissionDenied):
        verb(cast, cast.person(name))
    assert status_of(cast.membership) == "active"


@pytest.mark.parametrize("verb", [suspend, remove])
def test_a_lead_who_acts_for_the_company_does_not_decide_on_it(cast: Cast, verb: Callable[..., None]) -> None:
    CompanyPerson.objects.create(company=cast.alpha, user=cast.lead, level="viewer")
    with pytest.raises(PermissionDenied):
        verb(cast, cast.lead)


@pytest.mark.parametrize("verb", [suspend, remove])
def test_nothing_happens_without_a_reason(cast: Cast, verb: Callable[..., None]) -> None:
    with pytest.raises(TransitionRefused, match="reason"):
        verb(cast, cast.lead, "  ")
    assert status_of(cast.membership) == "active"


@pytest.mark.parametrize("verb", [suspend, remove])
def test_an_ended_membership_stays_ended(cast: Cast, verb: Callable[..., None]) -> None:
    resign(cast, cast.owner)
    with pytest.raises(TransitionRefused, match="Resigned"):
        verb(cast, cast.lead)


def test_an_owner_resigns(cast: Cast) -> None:
    resign(cast, cast.owner)
    membership = Membership.objects.get(pk=cast.membership.pk)
    assert (membership.status, membership.ended_on) == ("resigned", timezone.localdate())
    event = membership.events.get()
    assert (event.kind, event.reason_code, event.by) == ("resigned", "sold", cast.owner)
    assert "apply again" in Notification.objects.get(user=cast.owner).body


def test_resigning_twice_is_recorded_once(cast: Cast) -> None:
    resign(cast, cast.owner)
    resign(cast, cast.owner)
    assert cast.membership.events.count() == 1
    assert AuditEvent.objects.filter(verb="membership.resigned").count() == 1


@pytest.mark.parametrize("name", ["editor", "viewer", "other_owner", "lead"])
def test_only_an_owner_resigns(cast: Cast, name: str) -> None:
    with pytest.raises(PermissionDenied):
        resign(cast, cast.person(name))


def test_another_reason_is_given_in_words(cast: Cast) -> None:
    with pytest.raises(TransitionRefused, match="reason"):
        resign(cast, cast.owner, "other")
    resign(cast, cast.owner, "other", "The depot has burnt down.")
    assert cast.membership.events.get().reason == "The depot has burnt down."


# --- What the database keeps ---------------------------------------------------------------------


def event(membership: Membership, **fields: Any) -> MembershipEvent:
    made = {"kind": "suspended", "day": date(2026, 3, 1), "reason": "Why."} | fields
    return MembershipEvent.objects.create(membership=membership, **made)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({}, "membership_event_has_who"),
        ({"kind": "resigned", "reason_code": "sold"}, "membership_event_has_who"),
        ({"kind": "removed", "reason": "", "with_who": True}, "membership_event_has_why"),
        ({"kind": "lapsed", "reason": ""}, "membership_event_has_why"),
        ({"kind": "removed", "reason_code": "sold", "with_who": True}, "reason_code_of_resignation_only"),
    ],
)
def test_an_event_has_who_and_why(cast: Cast, fields: dict[str, Any], constraint: str) -> None:
    by = {"by": cast.lead} if fields.pop("with_who", False) else {}
    with pytest.raises(IntegrityError, match=constraint):
        event(cast.membership, **fields, **by)


def test_a_membership_starts_once(cast: Cast) -> None:
    event(cast.membership, kind="started")
    with pytest.raises(IntegrityError, match="membership_starts_once"):
        event(cast.membership, kind="started")


@pytest.mark.parametrize("change", [lambda row: row.save(), lambda row: row.delete()])
def test_history_is_not_rewritten(cast: Cast, change: Callable[[MembershipEvent], Any]) -> None:
    row = event(cast.membership, by=cast.lead)
    row.reason = "Another."
    with pytest.raises(DatabaseError, match="append_only"), transaction.atomic():
        change(row)
    assert MembershipEvent.objects.get().reason == "Why."


def test_a_suspended_membership_cannot_lapse(cast: Cast) -> None:
    """Renewing after the lapse would undo the suspension."""
    suspend(cast, cast.lead)
    with pytest.raises(DatabaseError, match="transition"), transaction.atomic():
        Membership.objects.filter(pk=cast.membership.pk).update(status="lapsed")


# --- Two at once ---------------------------------------------------------------------------------


def at_once(*calls: Callable[[], Any]) -> list[str]:
    """Run the calls on connections of their own, all starting together; what became of each."""
    start = threading.Barrier(len(calls))
    outcomes = [""] * len(calls)

    def run(place: int, call: Callable[[], Any]) -> None:
        start.wait()
        try:
            call()
            outcomes[place] = "done"
        except TransitionRefused:
            outcomes[place] = "refused"
        finally:
            close_old_connections()
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(5))
def test_resignation_and_suspension_at_once(_round: int) -> None:
    owner, lead = make.UserFactory(), make.UserFactory(role=Role.LEAD)
    member = make.MembershipFactory(company=make.CompanyFactory(owner=owner))
    outcomes = at_once(
        lambda: services.resign_membership(membership=member, reason_code="sold", by=owner),
        lambda: services.suspend_membership(membership=member, reason=REASON, by=lead),
    )
    kinds = list(member.events.values_list("kind", flat=True))
    # A suspended member may resign, one that has resigned is not suspended.
    assert outcomes[0] == "done"
    assert status_of(member) == "resigned"
    assert kinds == (["suspended", "resigned"] if outcomes[1] == "done" else ["resigned"])


@pytest.mark.django_db(transaction=True)
def test_one_of_many_resignations_counts() -> None:
    owner = make.UserFactory()
    member = make.MembershipFactory(company=make.CompanyFactory(owner=owner))
    call = lambda: services.resign_membership(membership=member, reason_code="sold", by=owner)  # noqa: E731
    assert at_once(*[call] * 6) == ["done"] * 6
    assert member.events.count() == 1
    assert AuditEvent.objects.filter(verb="membership.resigned").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_company_that_applies_many_times_at_once_has_one_application() -> None:
    owner = make.UserFactory()
    company = make.CompanyFactory(owner=owner)
    call = lambda: services.apply_again(company=company, by=owner)  # noqa: E731
    assert at_once(*[call] * 6) == ["done"] * 6
    assert company.applications.count() == 1
