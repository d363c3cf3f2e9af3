"""A partner's results: kept once with where they came from, corrected by new rows, seen by few."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.models import AuditEvent, Notification, Role
from applications.models import Membership, TradeBody
from assurance.models import PartnerCheck, PartnerFinding
from assurance.partner_results import NOT_A_MEMBER, REFERENCE_TAKEN, members_of
from assurance.services import ResultRefused, record_partner_check
from tests import factories as make
from tests.assurance.partners import facts, join, own_member, send
from tests.cast import PEOPLE, Cast, build_cast

POINTS = {1: "met", 4: "partly", 8: "not_applicable"}


@pytest.fixture
def member(cast: Cast) -> Membership:
    return join(cast.trade_body, cast.membership)


def refused(cast: Cast, membership: Membership, **changes: Any) -> dict[str, str]:
    before = PartnerCheck.objects.count()
    with pytest.raises(ResultRefused) as caught:
        send(cast, membership, **changes)
    assert PartnerCheck.objects.count() == before
    return caught.value.faults


def test_a_result_is_kept_with_where_it_came_from(cast: Cast, member: Membership) -> None:
    made = send(
        cast, member, outcome="met_with_actions", edition="2018", points=POINTS, summary="Tidy branch."
    )
    assert (made.body, made.membership, made.source, made.sent_by) == (
        cast.trade_body,
        member,
        "form",
        cast.partner,
    )
    assert (made.edition, made.points_count, len(made.sha256)) == (cast.edition, 3, 64)
    assert {row.point.number: row.result for row in made.findings.select_related("point")} == POINTS
    event = AuditEvent.objects.latest("pk")
    assert (event.verb, event.by, event.target_id) == ("partner_check.recorded", cast.partner, str(made.pk))
    assert event.data == {"membership": member.number, "outcome": made.outcome, "sha256": made.sha256}
    told = Notification.objects.latest("pk")
    assert told.user == cast.owner
    assert "met with actions" in told.body


def test_the_same_again_makes_nothing(cast: Cast, member: Membership) -> None:
    made = send(cast, member, edition="2018", points={2: "met", 1: "met"})
    events = AuditEvent.objects.count()
    again, is_new = record_partner_check(
        body=cast.trade_body,
        facts=facts(member, edition="2018", points={1: "met", 2: "met"}),
        source="api",
        by=cast.partner,
    )
    assert (again, is_new) == (made, False)
    assert (PartnerCheck.objects.count(), AuditEvent.objects.count()) == (1, events)


def test_other_content_under_the_same_reference_is_refused(cast: Cast, member: Membership) -> None:
    send(cast, member)
    assert refused(cast, member, outcome="not_met") == {"reference": REFERENCE_TAKEN}


def test_a_reference_is_a_partners_own(cast: Cast, member: Membership) -> None:
    other = make.PartnerCheckFactory(reference="INSP-1")
    assert send(cast, member).reference == other.reference


def test_a_correction_is_a_row_of_its_own(cast: Cast, member: Membership) -> None:
    first = send(cast, member)
    second = send(
        cast, member, reference="INSP-1a", outcome="not_met", replaces="INSP-1", correction_reason="Typed."
    )
    assert (second.replaces, first.replaced_by) == (first, second)
    assert list(PartnerCheck.objects.current()) == [second]
    event = AuditEvent.objects.latest("pk")
    assert (event.reason, event.data["replaces"]) == ("Typed.", str(first.pk))
    again = {"reference": "INSP-1b", "replaces": "INSP-1", "correction_reason": "Again."}
    words = "This result was corrected before, by INSP-1a. Correct that one"
    assert refused(cast, member, **again) == {"replaces": words}


def test_a_result_about_the_wrong_member_is_put_right(cast: Cast, member: Membership) -> None:
    wrong = join(cast.trade_body, cast.other_membership)
    send(cast, wrong)
    Notification.objects.all().delete()
    made = send(cast, member, reference="INSP-2", replaces="INSP-1", correction_reason="Wrong number.")
    assert list(PartnerCheck.objects.current()) == [made]
    told = {row.user: row.body for row in Notification.objects.all()}
    assert set(told) == {cast.owner, cast.other_owner}
    assert "no longer counts" in told[cast.other_owner]
    assert cast.alpha.name not in told[cast.other_owner]


def test_a_result_about_who_has_left_can_be_corrected_and_no_more(cast: Cast, member: Membership) -> None:
    send(cast, member)
    member.company.trade_bodies.clear()
    assert refused(cast, member, reference="INSP-2") == {"membership": NOT_A_MEMBER}
    send(cast, member, reference="INSP-2", replaces="INSP-1", correction_reason="Typed.")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"replaces": "INSP-9", "correction_reason": "So."}, ("replaces", "You have sent no result")),
        ({"correction_reason": "So."}, ("replaces", "Give the reference")),
        ({"edition": "1999", "points": {1: "met"}}, ("edition", "There is no such edition")),
        ({"points": {1: "met"}}, ("edition", "Say of which edition")),
        ({"edition": "2018"}, ("edition", "Give a result for at least one point")),
        ({"edition": "2018", "points": {11: "met"}}, ("point_11", "This edition has no point 11")),
        ({"edition": "2018", "points": {1: "not_applicable"}}, ("point_1", "Point 1 applies to every")),
        ({"edition": "2018", "points": {4: "not_met", 3: "partly"}}, ("outcome", "The outcome cannot be")),
        ({"inspected_on": timezone.localdate() + timedelta(days=1)}, ("inspected_on", "The inspection must")),
        ({"inspected_on": timezone.localdate() - timedelta(days=9000)}, ("inspected_on", "The scheme began")),
    ],
)
def test_what_is_wrong_is_said_at_the_field(
    cast: Cast, member: Membership, changes: dict[str, Any], fault: tuple[str, str]
) -> None:
    field, words = fault
    found = refused(cast, member, **changes)
    assert list(found) == [field]
    assert found[field].startswith(words)


def test_a_correction_needs_a_reason(cast: Cast, member: Membership) -> None:
    send(cast, member)
    found = refused(cast, member, reference="INSP-2", replaces="INSP-1")
    assert found == {"correction_reason": "Say why the earlier result is corrected"}


def test_a_partner_finds_its_own_members_only(cast: Cast, member: Membership) -> None:
    body = cast.trade_body
    others = own_member(make.TradeBodyFactory(is_partner=True))
    # It says so itself, and nobody has asked the partner.
    says_so = make.MembershipFactory()
    says_so.company.trade_bodies.add(body)
    asked, linked = make.MembershipFactory(), make.MembershipFactory()
    for one, status in ((asked, "asked"), (linked, "linked")):
        one.company.trade_bodies.add(body)
        settled = {"settled_at": timezone.now()} if status == "linked" else {}
        make.EnrolledCompanyFactory(body=body, company=one.company, kind="link", status=status, **settled)
    gone = own_member(body)
    gone.status, gone.ended_on = "resigned", timezone.localdate()
    gone.save()
    assert set(members_of(body)) == {member, linked}
    nobody = make.MembershipFactory.build(number="RVSS-999999")
    for one in (others, says_so, asked, gone, nobody):
        assert refused(cast, one) == {"membership": NOT_A_MEMBER}


@pytest.mark.parametrize("name", sorted(set(PEOPLE) - {"anonymous", "partner"}))
def test_only_the_people_of_the_partner_send(cast: Cast, member: Membership, name: str) -> None:
    with pytest.raises(PermissionDenied):
        record_partner_check(body=cast.trade_body, facts=facts(member), source="form", by=getattr(cast, name))
    TradeBody.objects.filter(pk=cast.trade_body.pk).update(is_partner=False)
    with pytest.raises(PermissionDenied):
        send(cast, member)


def test_who_sees_a_result(cast: Cast, member: Membership) -> None:
    made = send(cast, member)
    stranger = make.UserFactory(role=Role.PARTNER)
    make.TradeBodyFactory(is_partner=True).people.add(stranger)
    barred = make.UserFactory(role=Role.LEAD)
    cast.alpha.people.create(user=barred, level="viewer")
    people = {name: cast.person(name) for name in PEOPLE} | {"stranger": stranger, "barred": barred}
    sees = {
        name for name, who in people.items() if who and PartnerCheck.objects.visible_to(who).contains(made)
    }
    company, staff = {"owner", "editor", "viewer"}, {"assurer", "other_assurer", "lead", "other_lead"}
    assert sees == {"partner"} | company | staff


# --- What the database refuses --------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"reference": ""},
        {"inspected_by": ""},
        {"correction_reason": "So."},
        {"source": "file"},
        {"points_count": 1},
        {"inspected_on": timezone.localdate() + timedelta(days=2)},
    ],
)
def test_the_database_refuses_a_result_that_is_not_whole(cast: Cast, wrong: dict[str, Any]) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        make.PartnerCheckFactory(body=cast.trade_body, membership=cast.membership, **wrong)


def test_the_database_refuses_others(cast: Cast, member: Membership) -> None:
    made = send(cast, member)
    wrong: list[dict[str, Any]] = [
        {"body": make.TradeBodyFactory(is_partner=False)},
        {"reference": made.reference},
        {"replaces": make.PartnerCheckFactory()},
        {"replaces": made, "correction_reason": ""},
    ]
    for changes in wrong:
        with pytest.raises(DatabaseError), transaction.atomic():
            make.PartnerCheckFactory(**{"body": cast.trade_body, "membership": member} | changes)
    make.PartnerCheckFactory(body=cast.trade_body, membership=member, replaces=made)
    with pytest.raises(DatabaseError), transaction.atomic():
        make.PartnerCheckFactory(body=cast.trade_body, membership=member, replaces=made)


def test_nothing_of_a_result_changes(cast: Cast, member: Membership) -> None:
    made = send(cast, member, edition="2018", points={1: "met"})
    finding = made.findings.get()
    other = make.EditionFactory(code="2026")
    attempts = [
        lambda: PartnerCheck.objects.update(outcome="not_met"),
        lambda: PartnerFinding.objects.update(result="not_met"),
        lambda: finding.delete(),
        lambda: PartnerCheck.objects.filter(pk=made.pk)._raw_delete("default"),
        lambda: made.findings.create(point=cast.edition.points.get(number=2), result="met"),
        lambda: make.PartnerCheckFactory(edition=cast.edition, points_count=1).findings.create(
            point=other.points.get(number=1), result="met"
        ),
    ]
    for attempt in attempts:
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()
    assert PartnerCheck.objects.get(pk=made.pk).outcome == "met"
    assert made.findings.get().result == "met"


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_are_one_result() -> None:
    cast = build_cast()
    member = join(cast.trade_body, cast.membership)
    start, came = threading.Barrier(20), []

    def one(place: int) -> None:
        try:
            start.wait()
            outcome = "met" if place % 2 else "not_met"
            given = facts(member, outcome=outcome)
            _, is_new = record_partner_check(body=cast.trade_body, facts=given, source="api", by=cast.partner)
            came.append((outcome, "new" if is_new else "known"))
        except ResultRefused as error:
            came.append((outcome, "taken" if error.is_conflict else "refused"))
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(place,)) for place in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = PartnerCheck.objects.get()
    first, other = kept.outcome, ({"met", "not_met"} - {kept.outcome}).pop()
    assert sorted(came) == sorted([(first, "new")] + [(first, "known")] * 9 + [(other, "taken")] * 10)
