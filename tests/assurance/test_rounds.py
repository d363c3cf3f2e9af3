"""Rounds with groups: what is frozen, what is refused, and what a lead sees before the draw."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Notification, Role, User
from accounts.transitions import TransitionRefused
from applications.models import Membership, MembershipEvent
from assurance import services
from assurance.allocation import Allocation
from assurance.design import MOST_STRATA, Named, RoundDesign, plan_round
from assurance.frame import describe_frame
from assurance.models import PlanCheck, RoundExclusion, Selection, SelectionKind, SelectionRound
from assurance.risk import RiskRule
from tests import factories as make
from tests.cast import Cast
from tests.signing_in import client_for

WHY = "Asked for by the police."


@pytest.fixture
def lead(db: None) -> User:
    return make.UserFactory(role=Role.LEAD)


@pytest.fixture
def members(db: None) -> list[Membership]:
    """Five micro fleets in London, three large ones in Wales, each with an owner."""
    make.EditionFactory()
    small = [make.CompanyFactory(owner=make.UserFactory(), cars=8, vans=0) for _ in range(5)]
    large = [
        make.CompanyFactory(owner=make.UserFactory(), cars=300, vans=40, home_region="TLL") for _ in range(3)
    ]
    return [make.MembershipFactory(company=company) for company in (*small, *large)]


def numbers(rows: list[Membership]) -> list[str]:
    return sorted(row.number for row in rows)


def test_a_round_with_groups_is_frozen_and_repeated(members: list[Membership], lead: User) -> None:
    design = RoundDesign(name="Spring", size=4, strata_by=("fleet", "region"), seed="public")
    round_ = services.draw_round(design=design, by=lead)
    strata = list(round_.strata.all())
    assert [(row.key, row.members_count, row.size) for row in strata] == [
        ("fleet=micro;region=TLI", 5, 2),
        ("fleet=large;region=TLL", 3, 2),
    ]
    assert strata[0].label == "1 to 10 vehicles, London"
    assert [row.members for row in strata] == [numbers(members[:5]), numbers(members[5:])]
    drawn = list(round_.selections.select_related("stratum"))
    assert {row.kind for row in drawn} == {SelectionKind.RANDOM}
    assert Counter(row.stratum_id for row in drawn) == {strata[0].pk: 2, strata[1].pk: 2}
    assert {row.inclusion_probability for row in drawn} == {0.4, 2 / 3}
    assert PlanCheck.objects.count() == Notification.objects.count() == 4
    out = StringIO()
    call_command("redraw_round", round_.pk, stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[-1] == "The same 4 members of 8, in the same order."
    assert [line.split()[1] for line in lines[:-1]] == [row.membership.number for row in drawn]


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("assurance_selectionround", "seed = 'another'"),
        ("assurance_selectionround", "frame = array_remove(frame, frame[1])"),
        ("assurance_roundstratum", "members = array_remove(members, members[1])"),
        ("assurance_roundstratum", "size = 3"),
        ("assurance_roundstratum", "key = key || 'x'"),
        ("assurance_selection", "inclusion_probability = 0.9"),
        ("assurance_selection", "position = position + 10"),
    ],
)
def test_a_changed_round_is_found_out(members: list[Membership], lead: User, table: str, change: str) -> None:
    """As somebody could who owns the tables; the service's own role is refused."""
    design = RoundDesign(name="Spring", size=4, strata_by=("fleet",))
    round_ = services.draw_round(design=design, by=lead)
    call_command("redraw_round", round_.pk, stdout=StringIO())
    with connection.cursor() as cursor:
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute(f"UPDATE {table} SET {change}")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(f"UPDATE {table} SET {change}")
        cursor.execute("SET LOCAL session_replication_role = origin")
    if change == "position = position + 10":  # the order is what it was
        return
    with pytest.raises(CommandError):
        call_command("redraw_round", round_.pk, stdout=StringIO())


def test_named_members_are_marked_as_such(members: list[Membership], lead: User) -> None:
    sure, aimed, out = numbers(members[:3])
    design = RoundDesign(
        name="Spring",
        size=1,
        certainty=(Named(sure, "The largest fleet."),),
        targeted=(Named(aimed, WHY),),
        excluded=(Named(out, "The company is being wound up."),),
        seed=_seed_that_misses(members, {aimed}),
    )
    round_ = services.draw_round(design=design, by=lead)
    kinds = {
        row.membership.number: (row.kind, row.inclusion_probability, row.reason)
        for row in round_.selections.select_related("membership")
    }
    assert kinds.pop(sure) == (SelectionKind.CERTAINTY, 1.0, "The largest fleet.")
    assert kinds.pop(aimed) == (SelectionKind.TARGETED, None, WHY)
    assert list(kinds.values()) == [(SelectionKind.RANDOM, 1 / 6, "")]
    assert out not in kinds
    assert sure not in round_.frame
    assert out not in round_.frame
    assert aimed in round_.frame
    assert RoundExclusion.objects.get().reason == "The company is being wound up."
    assert PlanCheck.objects.count() == 3
    data = AuditEvent.objects.get(verb="round.drawn").data
    assert (data["members"], data["named"], data["excluded"]) == (1, 2, 1)
    call_command("redraw_round", round_.pk, stdout=StringIO())


def _seed_that_misses(members: list[Membership], missed: set[str]) -> str:
    from assurance.draw import draw

    frame = [number for number in numbers(members) if number not in numbers(members[:3]) or number in missed]
    return next(
        seed for seed in map(str, range(100)) if not missed & set(draw(seed=seed, frame=frame, size=1))
    )


def test_a_targeted_member_that_is_drawn_counts_as_drawn(members: list[Membership], lead: User) -> None:
    """Taking it out would change what the sample stands for."""
    aimed = numbers(members)[0]
    design = RoundDesign(name="Everybody", size=8, targeted=(Named(aimed, WHY),))
    round_ = services.draw_round(design=design, by=lead)
    assert round_.selections.count() == 8
    found = round_.selections.get(membership__number=aimed)
    assert (found.kind, found.inclusion_probability, found.reason) == (SelectionKind.RANDOM, 1.0, "")


@pytest.mark.parametrize("kind", ["certainty", "targeted", "excluded"])
@pytest.mark.parametrize("named", [("RVSS-000000",), ("first", "first"), ("busy",)])
def test_who_cannot_be_named(
    members: list[Membership], lead: User, kind: str, named: tuple[str, ...]
) -> None:
    """Nobody, somebody twice, and a member with a check that goes on."""
    busy = make.PlanCheckFactory(membership=members[7]).membership.number
    words = {"first": members[0].number, "busy": busy}
    rows = tuple(Named(words.get(number, number), WHY) for number in named)
    with pytest.raises(TransitionRefused, match=r"cannot be named|more than once"):
        services.draw_round(design=RoundDesign(name="Round", size=1, **{kind: rows}), by=lead)
    assert not SelectionRound.objects.filter(name="Round").exists()


def test_every_round_draws_at_random(members: list[Membership], lead: User) -> None:
    for allocation in Allocation.values:
        design = RoundDesign(
            name="Aimed only", allocation=allocation, targeted=(Named(members[0].number, WHY),)
        )
        with pytest.raises(TransitionRefused):
            services.draw_round(design=design, by=lead)
    with pytest.raises(DatabaseError), transaction.atomic():
        make.SelectionRoundFactory(sample_size=0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "random", "inclusion_probability": None},
        {"kind": "random", "inclusion_probability": 0.5, "reason": WHY},
        {"kind": "certainty", "inclusion_probability": 0.5, "reason": WHY},
        {"kind": "certainty", "inclusion_probability": 1},
        {"kind": "targeted", "inclusion_probability": 1, "reason": WHY},
        {"kind": "targeted", "inclusion_probability": None},
    ],
)
def test_the_database_keeps_kind_chance_and_reason_together(db: None, wrong: dict[str, Any]) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        make.SelectionFactory(**wrong)


def test_what_is_on_record_gives_points(members: list[Membership]) -> None:
    company = members[7].company
    make.SecurityContactFactory(company=company, standing="confirmed", confirmed_at=timezone.now())
    make.SecurityContactFactory(company=company, kind="deputy")
    version = make.PlanVersionFactory(membership=members[7], started_by=make.UserFactory(), answered=True)
    make.submit(version)
    MembershipEvent.objects.create(
        membership=members[0],
        kind="suspended",
        day=timezone.localdate() - timedelta(days=30),
        by=make.UserFactory(role=Role.LEAD),
        reason="No answer.",
    )
    found = {row.pk: row for row in describe_frame()}
    assert found[members[7].pk].risk.rules == (
        RiskRule.COMMERCIAL,
        RiskRule.NEVER_CHECKED,
        RiskRule.LARGE,
    )
    assert found[members[0].pk].risk.rules == (
        RiskRule.NO_PLAN,
        RiskRule.CONTACT_UNCONFIRMED,
        RiskRule.NEVER_CHECKED,
        RiskRule.NO_DEPUTY,
        RiskRule.SUSPENDED_LATELY,
    )
    assert found[members[0].pk].values["risk"] == "high"
    assert found[members[7].pk].values["risk"] == "medium"


def test_earlier_checks_count_for_risk_and_for_neyman(cast: Cast) -> None:
    """The last decision was met with actions, and its action is overdue; Beta was never checked."""
    version = make.submit(
        make.PlanVersionFactory(membership=make.MembershipFactory(), started_by=cast.owner, answered=True)
    )
    check = make.PlanCheckFactory(membership=version.plan.membership, plan_version=version)
    make.record_findings(check, by=check.assurer)
    make.CorrectiveActionFactory(check_of=check, target_on=timezone.localdate() - timedelta(days=1))
    make.recommend(check, by=check.assurer, outcome="met_with_actions")
    make.decide(check, by=cast.lead)
    found = {row.pk: row for row in describe_frame()}
    checked, beta = found[check.membership_id], found[cast.other_membership.pk]
    assert checked.kept_code is True
    assert beta.kept_code is None
    assert RiskRule.ACTION_OVERDUE in checked.risk.rules
    assert RiskRule.NEVER_CHECKED not in checked.risk.rules
    assert RiskRule.NEVER_CHECKED in beta.risk.rules
    size = plan_round(RoundDesign(name="All", size=1)).strata[0].stratum.size
    assert (size.members, size.checked, size.met) == (2, 1, 1)


def test_the_frame_costs_seven_queries(members: list[Membership]) -> None:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        describe_frame()
    assert len(captured) == 7


def test_what_was_seen_is_what_is_drawn(members: list[Membership], lead: User) -> None:
    design = RoundDesign(name="Spring", size=2)
    seen = plan_round(design).token
    make.MembershipFactory()
    with pytest.raises(TransitionRefused, match="have changed since you looked"):
        services.draw_round(design=design, seen=seen, by=lead)
    assert not SelectionRound.objects.exists()
    services.draw_round(design=design, seen=plan_round(design).token, by=lead)


@pytest.mark.django_db(transaction=True)
def test_two_draws_at_once_draw_nobody_twice() -> None:
    """Two leads have looked at the same frame: the first draws, the second is told to look again."""
    make.EditionFactory()
    leads = [make.UserFactory(role=Role.LEAD) for _ in range(2)]
    for _ in range(6):
        make.MembershipFactory()
    design = RoundDesign(name="Spring", size=4)
    seen = plan_round(design).token
    barrier, said = threading.Barrier(2), []

    def draw(lead: User) -> None:
        try:
            barrier.wait()
            services.draw_round(design=design, seen=seen, by=lead)
            said.append("drawn")
        except TransitionRefused as refused:
            said.append(str(refused))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=draw, args=[lead]) for lead in leads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said)[1] == "drawn"
    assert len(said) == 2
    assert Selection.objects.count() == PlanCheck.objects.count() == 4


ADDRESS = "/rounds/new/"


def typed(**more: Any) -> dict[str, Any]:
    return {"name": "Spring", "allocation": "proportional", "size": "4", "step": "preview", **more}


def page_of(client: Client, **more: Any) -> BeautifulSoup:
    response = client.post(ADDRESS, typed(**more))
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def fields_of(page: BeautifulSoup) -> dict[str, Any]:
    """What the page's form sends, without the button."""
    found: dict[str, Any] = {}
    for tag in page.select("main form input"):
        if tag["name"] != "csrfmiddlewaretoken":
            found.setdefault(str(tag["name"]), []).append(tag.get("value", ""))
    return found


def test_a_lead_sees_what_would_be_drawn_then_draws_it(members: list[Membership], lead: User) -> None:
    client = client_for(lead)
    page = page_of(
        client,
        strata_by=["fleet", "region"],
        excluded=f"{members[0].number.lower()}: Being wound up",
        targeted=f"{members[1].number} – {WHY}",
        seed="public",
    )
    assert page.h1 is not None
    assert page.h1.text == "What would be drawn"
    rows = [[cell.text.strip() for cell in row.select("th, td")] for row in page.select("tbody tr")]
    assert rows == [
        ["1 to 10 vehicles, London", "4", "0", "0", "2", "50.0%"],
        ["251 to 1,000 vehicles, Wales", "3", "0", "0", "2", "66.7%"],
    ]
    assert "Being wound up" in page.text
    assert not SelectionRound.objects.exists()
    response = client.post(ADDRESS, fields_of(page) | {"step": "draw"})
    round_ = SelectionRound.objects.get()
    assert response.headers["Location"] == reverse("assurance:round", kwargs={"pk": round_.pk})
    assert (round_.sample_size, round_.frame_size, round_.seed) == (4, 7, "public")
    assert round_.strata_by == ["fleet", "region"]
    shown = client.get(response.headers["Location"]).content.decode()
    assert "251 to 1,000 vehicles, Wales" in shown
    assert "Being wound up" in shown
    assert "Hires out vans or goods vehicles: 2" in shown


def test_sizes_that_a_lead_sets(members: list[Membership], lead: User) -> None:
    client = client_for(lead)
    page = page_of(client, strata_by=["fleet"], allocation="fixed", size="")
    assert page.select(".govuk-error-summary") == []
    fields = fields_of(page)
    assert {"size-fleet-micro", "size-fleet-large"} < set(fields)
    wrong = client.post(
        ADDRESS, fields | {"size-fleet-micro": "9", "size-fleet-large": "", "step": "draw"}
    ).content.decode()
    assert "1 to 10 vehicles: there are only 5" in wrong
    assert "251 to 1,000 vehicles: enter how many should be drawn" in wrong
    assert not SelectionRound.objects.exists()
    good = fields | {"size-fleet-micro": "1", "size-fleet-large": "3"}
    seen = BeautifulSoup(client.post(ADDRESS, good | {"step": "preview"}).content, "html.parser")
    assert [cell.text.strip() for cell in seen.select("tbody td:last-child")] == ["20.0%", "100.0%"]
    client.post(ADDRESS, fields_of(seen) | {"step": "draw"})
    round_ = SelectionRound.objects.get()
    assert [row.size for row in round_.strata.all()] == [1, 3]
    call_command("redraw_round", round_.pk, stdout=StringIO())


def test_a_frame_that_changed_is_shown_again(members: list[Membership], lead: User) -> None:
    client = client_for(lead)
    page = page_of(client)
    make.MembershipFactory()
    answer = client.post(ADDRESS, fields_of(page) | {"step": "draw"}).content.decode()
    assert "have changed since you looked" in answer
    assert "of 9 members would be drawn" in answer
    assert not SelectionRound.objects.exists()


def test_changing_keeps_what_was_typed(members: list[Membership], lead: User) -> None:
    client = client_for(lead)
    page = page_of(client, strata_by=["fleet"], excluded=f"{members[0].number} Being wound up")
    again = BeautifulSoup(client.post(ADDRESS, fields_of(page) | {"step": "change"}).content, "html.parser")
    assert again.select(".govuk-error-summary") == []
    assert again.select_one("#id_name")["value"] == "Spring"  # type: ignore[index]
    assert again.select_one("#id_excluded").text.strip() == f"{members[0].number} Being wound up"  # type: ignore[union-attr]
    assert [box["value"] for box in again.select("input[name=strata_by][checked]")] == ["fleet"]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", "", "Enter a name for the round"),
        ("size", "", "Enter how many members should be drawn"),
        ("size", "many", "Enter a whole number, like 40"),
        ("size", "0", "Draw at least 1 member"),
        ("size", "9", "8 members can be drawn now, so 9 cannot be."),
        ("allocation", "", "Say how many should come from each group"),
        ("excluded", "Harbour Hire", "Start with a membership number, like RVSS-000123: “Harbour Hire”"),
        ("targeted", "RVSS-000123", "Give the reason after RVSS-000123"),
        ("certainty", "RVSS-1 One\nrvss 000001 Two", "Name RVSS-000001 only once"),
        ("excluded", "RVSS-000123 Closed", "RVSS-000123 cannot be drawn now, so it cannot be named."),
    ],
)
def test_what_cannot_be_is_said_at_the_field(
    members: list[Membership], lead: User, field: str, value: str, message: str
) -> None:
    page = page_of(client_for(lead), **{field: value})
    assert message in page.select_one(".govuk-error-summary").text  # type: ignore[union-attr]
    if value:
        kept = page.select_one(f"#id_{field}")
        assert kept is not None
        assert value in (kept.get("value"), kept.text.strip("\n"))


def test_too_few_for_the_groups(members: list[Membership], lead: User) -> None:
    page = page_of(client_for(lead), size="1", strata_by=["fleet"])
    assert "There are 2 groups. Draw at least 2 members" in page.text


def test_too_many_groups(lead: User) -> None:
    regions = ["TLC", "TLD", "TLE", "TLF", "TLG", "TLH", "TLI", "TLJ", "TLK", "TLL", "TLM", "TLN"]
    for region in regions:
        for cars in (8, 30, 100, 300, 2000, 20):
            company = make.CompanyFactory(cars=cars, vans=0, home_region=region, fleet_rows={"car": 1})
            make.MembershipFactory(company=company)
    planned = plan_round(RoundDesign(name="Fine", size=60, strata_by=("fleet", "region")))
    assert len(planned.strata) == 60 == MOST_STRATA
    assert planned.obstacle == ""
    make.MembershipFactory(company=make.CompanyFactory(home_region=""))
    planned = plan_round(RoundDesign(name="Fine", size=61, strata_by=("fleet", "region")))
    assert "make 61 groups, and at most 60" in planned.obstacle
