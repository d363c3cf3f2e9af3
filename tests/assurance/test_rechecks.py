"""Partners' results that DfT checks again: what can be drawn, what is frozen, what came of it."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, OperationalError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEvent, Notification, Role, User
from accounts.transitions import TransitionRefused
from applications.models import Membership, TradeBody
from assurance.design import RoundDesign
from assurance.models import (
    CheckStatus,
    PartnerCheck,
    PlanCheck,
    Recheck,
    Selection,
    SelectionRound,
)
from assurance.recheck_design import (
    CANNOT_BE_DRAWN,
    CHECKED_AGAIN,
    NOT_THE_NEWEST,
    plan_rechecks,
    share_of,
)
from assurance.services import draw_rechecks, draw_round, record_partner_check
from assurance.services.rechecks import CHANGED
from tests import factories as make
from tests.assurance.partners import facts, own_member
from tests.assurance.rechecks import decide, design
from tests.cast import Cast


@pytest.fixture
def lead(db: None) -> User:
    return make.UserFactory(role=Role.LEAD)


@pytest.fixture
def bodies(db: None) -> list[TradeBody]:
    make.EditionFactory()
    return [make.TradeBodyFactory(name=name, is_partner=True) for name in ("Association", "Guild")]


@pytest.fixture
def results(bodies: list[TradeBody]) -> list[PartnerCheck]:
    """Eleven of the association and three of the guild, of a member each."""
    return [make.PartnerCheckFactory(body=body) for body in [bodies[0]] * 11 + [bodies[1]] * 3]


def keys(rows: list[PartnerCheck]) -> list[str]:
    return sorted(f"{row.membership.number} {row.pk}" for row in rows)


# --- What can be drawn --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("results", "percent", "size"), [(1, 1, 1), (11, 25, 3), (12, 25, 3), (13, 25, 4), (7, 100, 7)]
)
def test_a_share_is_rounded_up(results: int, percent: int, size: int) -> None:
    assert share_of(results, percent) == size


def test_the_frame_is_the_results_that_hold_of_members_who_can_be_drawn(
    results: list[PartnerCheck], lead: User
) -> None:
    corrected, busy, away, again, *rest = results
    correction = make.PartnerCheckFactory(
        body=corrected.body, membership=corrected.membership, replaces=corrected
    )
    make.PlanCheckFactory(membership=busy.membership)
    Membership.objects.filter(pk=away.membership_id).update(status="suspended")
    newer = make.PartnerCheckFactory(
        body=results[-1].body, membership=again.membership, inspected_on=timezone.localdate()
    )
    planned = plan_rechecks(design())
    assert planned.frame == keys([correction, newer, *rest])
    assert [(row.name, row.size) for row in planned.partners] == [("Association", 2), ("Guild", 1)]
    assert planned.left_out == ((CANNOT_BE_DRAWN, 2), (NOT_THE_NEWEST, 1))


def test_the_day_that_counts_is_the_one_on_which_it_came_in(results: list[PartnerCheck]) -> None:
    today = timezone.localdate()
    assert len(plan_rechecks(design(received_from=today)).frame) == 14
    assert all(row.inspected_on < today for row in results)
    before = plan_rechecks(design(received_to=today - timedelta(days=1)))
    assert before.frame == []
    assert "can be checked again" in before.obstacle


def test_planning_costs_the_same_for_one_and_for_many(results: list[PartnerCheck]) -> None:
    with CaptureQueriesContext(connection) as queries:
        plan_rechecks(design())
    assert len(queries) == 2


# --- The draw -----------------------------------------------------------------------------------


def test_a_draw_is_frozen_and_opens_ordinary_checks(results: list[PartnerCheck], lead: User) -> None:
    planned = plan_rechecks(design())
    round_ = draw_rechecks(design=design(), seen=planned.token, by=lead)
    assert (round_.frame, round_.frame_size, round_.sample_size) == (keys(results), 14, 4)
    assert (round_.seed, round_.frame_sha256) == ("public", planned.digest)
    assert (round_.results_percent, round_.results_to) == (25, timezone.localdate())
    assert [(row.label, row.members_count, row.size) for row in round_.strata.all()] == [
        ("Association", 11, 3),
        ("Guild", 3, 1),
    ]
    rechecks = Recheck.objects.select_related("partner_check", "selection__stratum")
    assert {row.selection.inclusion_probability for row in rechecks} == {3 / 11, 1 / 3}
    for row in rechecks:
        assert row.selection.membership_id == row.partner_check.membership_id
        assert row.selection.stratum.label == row.partner_check.body.name
        check = PlanCheck.objects.get(selection=row.selection)
        assert (check.status, check.membership_id) == (
            CheckStatus.WAITING,
            row.partner_check.membership_id,
        )
        assert check.requests.filter(kind="plan").count() == 1
    event = AuditEvent.objects.latest("pk")
    assert (event.verb, event.by, event.data["results"], event.data["of"]) == ("rechecks.drawn", lead, 4, 14)
    told = Notification.objects.filter(subject__contains="your security plan will be checked")
    assert told.count() == 0  # these companies have no owners


def test_only_owners_of_the_company_are_told(bodies: list[TradeBody], lead: User) -> None:
    owner, partner = make.UserFactory(), make.UserFactory(role=Role.PARTNER)
    bodies[0].people.add(partner)
    member = make.MembershipFactory(company=make.CompanyFactory(owner=owner))
    make.PartnerCheckFactory(body=bodies[0], membership=member)
    draw_rechecks(design=design(), by=lead)
    assert [row.user for row in Notification.objects.all()] == [owner]


def test_a_draw_can_be_repeated_from_what_is_stored(results: list[PartnerCheck], lead: User) -> None:
    round_ = draw_rechecks(design=design(), by=lead)
    out = StringIO()
    call_command("redraw_round", round_.pk, stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[-1] == "The same 4 members of 14, in the same order."
    drawn = round_.selections.order_by("position").values_list("membership__number", flat=True)
    assert [line.split()[1] for line in lines[:-1]] == list(drawn)


def test_a_partner_cannot_choose_the_place_of_a_result(results: list[PartnerCheck], lead: User) -> None:
    """Whoever knows the seed could else send a result anew until it is not drawn."""
    drawn = []
    for _ in range(2):
        with transaction.atomic():
            round_ = draw_rechecks(design=design(), by=lead)
            drawn.append(list(round_.selections.values_list("position", "membership__number")))
            transaction.set_rollback(True)
        for row in PartnerCheck.objects.current():
            make.PartnerCheckFactory(body=row.body, membership=row.membership, replaces=row)
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("UPDATE assurance_selectionround SET results_percent = 90", "not the share"),
        ("UPDATE assurance_selectionround SET seed = 'another'", "other members"),
        (
            "UPDATE assurance_recheck SET partner_check_id = (SELECT max(id) FROM assurance_partnercheck"
            " WHERE id NOT IN (SELECT partner_check_id FROM assurance_recheck))"
            " WHERE id = (SELECT min(id) FROM assurance_recheck)",
            "not those that were drawn",
        ),
        ("UPDATE assurance_selectionround SET frame_sha256 = repeat('0', 64)", "not the one"),
    ],
)
def test_a_draw_that_was_meddled_with_is_not_repeated(
    results: list[PartnerCheck], lead: User, change: str, message: str
) -> None:
    round_ = draw_rechecks(design=design(), by=lead)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(change)
    with pytest.raises(CommandError, match=message):
        call_command("redraw_round", round_.pk, stdout=StringIO())


def test_nothing_is_drawn_when_the_frame_changed_since(results: list[PartnerCheck], lead: User) -> None:
    seen = plan_rechecks(design()).token
    make.PartnerCheckFactory(body=results[0].body)
    with pytest.raises(TransitionRefused, match="have changed") as caught:
        draw_rechecks(design=design(), seen=seen, by=lead)
    assert str(caught.value) == CHANGED
    assert not SelectionRound.objects.exists()


def test_an_inspection_is_drawn_once_also_when_it_was_corrected(
    results: list[PartnerCheck], lead: User
) -> None:
    draw_rechecks(design=design(percent=100), by=lead)
    for recheck in Recheck.objects.all():
        decide(recheck, "met", lead)
    first = results[0]
    for _ in range(2):
        first = make.PartnerCheckFactory(body=first.body, membership=first.membership, replaces=first)
    planned = plan_rechecks(design())
    assert planned.frame == []
    assert planned.left_out == ((CHECKED_AGAIN, 14),)
    with pytest.raises(TransitionRefused, match="can be checked again"):
        draw_rechecks(design=design(), by=lead)


def test_only_leads_draw(results: list[PartnerCheck]) -> None:
    for role in (Role.ASSURER, Role.PARTNER, Role.PANEL, Role.ADMINISTRATOR):
        with pytest.raises(PermissionDenied):
            draw_rechecks(design=design(), by=make.UserFactory(role=role))


def test_a_round_and_re_checks_draw_nobody_twice(results: list[PartnerCheck], lead: User) -> None:
    draw_rechecks(design=design(percent=100), by=lead)
    with pytest.raises(TransitionRefused):
        draw_round(design=RoundDesign(name="Spring", size=1), by=lead)
    assert PlanCheck.objects.count() == 14


# --- What the database refuses ------------------------------------------------------------------


@pytest.fixture
def drawn(results: list[PartnerCheck], lead: User) -> SelectionRound:
    return draw_rechecks(design=design(), by=lead)


def insert(result: int, selection: int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO assurance_recheck (partner_check_id, selection_id) VALUES (%s, %s)",
            [result, selection],
        )


def spare(round_: SelectionRound, result: PartnerCheck, **changes: Any) -> Selection:
    return make.SelectionFactory(
        round=round_, membership=result.membership, position=90, **{"inclusion_probability": 0.5} | changes
    )


def free(results: list[PartnerCheck]) -> PartnerCheck:
    return next(row for row in results if not Recheck.objects.filter(partner_check=row).exists())


def test_a_result_is_checked_again_once(drawn: SelectionRound, results: list[PartnerCheck]) -> None:
    result = Recheck.objects.select_related("partner_check").first().partner_check
    other = make.SelectionRoundFactory(
        results_from=date(2020, 1, 1), results_to=date(2020, 2, 1), results_percent=10
    )
    with pytest.raises(IntegrityError, match="partner_check_id"):
        insert(result.pk, spare(other, result).pk)


def test_a_re_check_stands_in_a_random_draw_of_re_checks(
    drawn: SelectionRound, results: list[PartnerCheck]
) -> None:
    result = free(results)
    ordinary = spare(make.SelectionRoundFactory(), result)
    named = spare(drawn, result, kind="targeted", inclusion_probability=None, reason="Asked for.")
    for selection in (ordinary, named):
        with pytest.raises(DatabaseError, match="drawn at random in a round of re-checks"):
            insert(result.pk, selection.pk)
    with pytest.raises(DatabaseError, match="of the member that the partner has checked"):
        insert(result.pk, Selection.objects.filter(recheck__isnull=False).first().pk)


def test_a_corrected_result_is_not_checked_again(drawn: SelectionRound, results: list[PartnerCheck]) -> None:
    result = free(results)
    make.PartnerCheckFactory(body=result.body, membership=result.membership, replaces=result)
    with pytest.raises(DatabaseError, match="a result that was corrected is not checked again"):
        insert(result.pk, spare(drawn, result).pk)


def test_nor_is_the_correction_of_one_that_was(drawn: SelectionRound) -> None:
    result = Recheck.objects.select_related("partner_check__membership").first().partner_check
    for _ in range(2):
        result = make.PartnerCheckFactory(body=result.body, membership=result.membership, replaces=result)
    other = make.SelectionRoundFactory(
        results_from=date(2020, 1, 1), results_to=date(2020, 2, 1), results_percent=10
    )
    with pytest.raises(DatabaseError, match="checked again before it was corrected"):
        insert(result.pk, spare(other, result).pk)


@pytest.mark.parametrize("change", ["UPDATE assurance_recheck SET id = id", "DELETE FROM assurance_recheck"])
def test_a_re_check_never_changes(drawn: SelectionRound, change: str) -> None:
    with pytest.raises(DatabaseError, match="append_only"), transaction.atomic():
        connection.cursor().execute(change)


@pytest.mark.parametrize(
    ("first", "last", "percent"),
    [
        ("2020-01-02", "2020-01-01", 10),
        ("2020-01-01", None, 10),
        (None, "2020-01-01", 10),
        ("2020-01-01", "2020-01-01", None),
        ("2020-01-01", "2020-01-01", 0),
        ("2020-01-01", "2020-01-01", 101),
        (None, None, 10),
    ],
)
def test_a_period_and_a_share_go_together(
    db: None, first: str | None, last: str | None, percent: int | None
) -> None:
    with pytest.raises(IntegrityError, match="rechecks_with_period_and_share"), transaction.atomic():
        make.SelectionRoundFactory(results_from=first, results_to=last, results_percent=percent)


@pytest.mark.django_db(transaction=True)
def test_two_draws_at_once_draw_each_result_once() -> None:
    lead = make.UserFactory(role=Role.LEAD)
    body = make.TradeBodyFactory(is_partner=True)
    for _ in range(4):
        make.PartnerCheckFactory(body=body)
    refused: list[str] = []

    def draw() -> None:
        try:
            draw_rechecks(design=design(percent=100, seed=""), by=lead)
        except TransitionRefused as error:
            refused.append(str(error))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=draw) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 2
    assert (Recheck.objects.count(), PlanCheck.objects.count()) == (4, 4)


@pytest.mark.django_db(transaction=True)
def test_a_round_waits_for_a_draw_of_re_checks() -> None:
    """Else both would take the same members."""
    lead, member = make.UserFactory(role=Role.LEAD), make.MembershipFactory()
    make.PartnerCheckFactory(membership=member)
    refused: list[str] = []

    def draw() -> None:
        try:
            draw_round(design=RoundDesign(name="Spring", size=1), by=lead)
        except TransitionRefused as error:
            refused.append(str(error))
        finally:
            connections.close_all()

    thread = threading.Thread(target=draw)
    with transaction.atomic():
        draw_rechecks(design=design(), by=lead)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
    thread.join()
    assert refused == ["Nobody can be drawn now."]
    assert PlanCheck.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_no_result_is_sent_or_corrected_during_the_draw(cast: Cast) -> None:
    """Else the draw could take a result that is replaced before it is kept."""
    member = own_member(cast.trade_body)
    record_partner_check(body=cast.trade_body, facts=facts(member), source="form", by=cast.partner)
    met: list[str] = []

    def lock() -> None:
        """As whoever sends a result does first."""
        try:
            with transaction.atomic():
                TradeBody.objects.select_for_update(nowait=True).get(pk=cast.trade_body.pk)
        except OperationalError as error:
            met.append(str(error))
        finally:
            connections.close_all()

    thread = threading.Thread(target=lock)
    with transaction.atomic():
        draw_rechecks(design=design(), by=cast.lead)
        thread.start()
        thread.join()
    assert len(met) == 1
    assert "could not obtain lock" in met[0]
