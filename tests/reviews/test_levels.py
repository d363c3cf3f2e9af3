"""Members by how they are assured: counted, withheld, kept, and shown in every medium."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from io import BytesIO

import odfdo
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications.models import Membership
from assurance.models import CheckOutcome, PlanCheck
from assurance.services import draw_rechecks
from reviews import statistics
from reviews.models import Snapshot
from reviews.report import report_context
from reviews.services import take_snapshot
from reviews.statistics import WITHHELD, Figures, Table, build_report_tables, build_tables, collect
from reviews.statistics.figures import Levels
from reviews.statistics.suppression import is_small, is_step_too_small, is_without_levels
from tests import factories as make
from tests.assurance.rechecks import decide, design
from tests.cast import Cast
from tests.reviews.make import check_member, make_ready_report
from tests.signing_in import client_for

DAY = date(2026, 6, 30)


def count(day: date | None = None) -> Figures:
    now = timezone.now()
    return collect(
        period_from=date(2018, 12, 6), period_to=day or timezone.localdate(), as_of=now, checks_as_of=now
    )


def counts_of(figures: Figures) -> tuple[int, int, int]:
    assert figures.levels is not None
    return figures.levels.counts


def table_of(*counts: int) -> Table:
    figures = statistics.from_json(statistics.to_json(count()))
    changed = Figures(**{**figures.__dict__, "levels": Levels(DAY, *counts)})
    return next(table for table in build_tables(changed) if table.name == "assurance")


def members(number: int) -> list[Membership]:
    return [make.MembershipFactory() for _ in range(number)]


def assured_by_partner(number: int) -> None:
    for member in members(number):
        make.PartnerCheckFactory(membership=member)


# --- Counting -----------------------------------------------------------------------------------


def test_each_member_counts_under_one_level(cast: Cast) -> None:
    Membership.objects.update(status="removed", ended_on=date(2020, 1, 1), started_on=date(2019, 1, 1))
    assured_by_partner(6)
    for member in members(5):
        check_member(cast, member, met=True)
        make.PartnerCheckFactory(membership=member, outcome="not_met")
    members(7)
    make.MembershipFactory(status="suspended")
    gone = make.MembershipFactory(status="lapsed", started_on=date(2019, 1, 1), renewal_due_on=DAY)
    make.PartnerCheckFactory(membership=gone)
    figures = count()
    assert counts_of(figures) == (5, 6, 8)
    assert sum(counts_of(figures)) == figures.members


def test_a_period_in_the_past_counts_what_was_known_at_its_end(cast: Cast) -> None:
    day = timezone.localdate() - timedelta(days=20)
    Membership.objects.update(started_on=day - timedelta(days=30))
    midnight = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
    for place, moment in enumerate((midnight - timedelta(minutes=1), midnight + timedelta(minutes=1))):
        member = make.MembershipFactory(started_on=day - timedelta(days=30 + place))
        make.PartnerCheckFactory(membership=member, sent_at=moment)
    assert counts_of(count(day))[1] == 1
    assert counts_of(count())[1] == 2


def test_a_re_check_counts_for_the_level_and_in_no_estimate(cast: Cast) -> None:
    before = count().compliance
    member = make.MembershipFactory()
    make.PartnerCheckFactory(membership=member)
    draw_rechecks(design=design(percent=100), by=cast.lead)
    check = PlanCheck.objects.get(membership=member)
    dft = counts_of(count())[0]
    decide(check.selection.recheck, CheckOutcome.MET, cast.lead)
    after = count()
    assert counts_of(after)[0] == dft + 1
    assert (after.compliance.met, after.compliance.editions) == (before.met, before.editions)


# --- What is withheld ---------------------------------------------------------------------------


def splits(total: int) -> Iterator[tuple[int, int, int]]:
    for dft in range(total + 1):
        for partner in range(total - dft + 1):
            yield dft, partner, total - dft - partner


@pytest.mark.parametrize("total", [*range(5, 16), 40])
def test_no_small_count_follows_from_the_total_nor_from_another_table(total: int) -> None:
    """DfT's count may be known from the decisions: even then each of the others could be several."""
    hidden = [counts for counts in splits(total) if is_without_levels(Levels(DAY, *counts))]
    for counts in hidden:
        alike = [other for other in hidden if other[0] == counts[0]]
        for position in (1, 2):
            if is_small(counts[position]):
                assert len({other[position] for other in alike}) > 1
    for counts in set(splits(total)) - set(hidden):
        assert not any(map(is_small, counts))


def test_the_table_shows_all_or_none(cast: Cast) -> None:
    shown = table_of(10, 0, 30)
    assert [[cell.text for cell in row] for row in shown.rows] == [
        ["DfT-assured", "10", "25.0"],
        ["Partner-assured", "0", "0.0"],
        ["Self-declared", "30", "75.0"],
        ["All members", "40", "100.0"],
    ]
    assert "on 30 June 2026" in shown.note
    few = table_of(10, 4, 30)
    assert [cell.text for row in few.rows[:3] for cell in row[1:]] == [WITHHELD] * 6
    assert [cell.text for cell in few.rows[3]] == ["All members", "44", "100.0"]
    assert [cell.text for row in table_of(1, 1, 1).rows for cell in row[1:]] == [WITHHELD] * 8
    assert [row[2].text for row in table_of(0, 0, 0).rows] == ["[x]"] * 4


@pytest.mark.parametrize(
    ("new", "is_held"),
    [
        ((10, 20, 30), False),
        ((15, 20, 30), False),
        ((11, 20, 35), True),
        ((10, 16, 40), True),
        ((10, 20, 26), True),
        ((15, 15, 30), False),
    ],
)
def test_a_step_of_a_few_is_too_small(new: tuple[int, int, int], is_held: bool) -> None:
    assert is_step_too_small(Levels(DAY, *new), Levels(DAY, 10, 20, 30)) is is_held


# --- Snapshots ----------------------------------------------------------------------------------


def snapshot() -> Figures:
    return statistics.from_json(take_snapshot(even_if_fresh=True).figures)


def test_levels_wait_until_5_or_more_have_moved(cast: Cast) -> None:
    """Else two readings of the public table would tell about whom a partner had sent a result."""
    waiting = members(9)
    first = snapshot()
    for place, member in enumerate(waiting, start=1):
        make.PartnerCheckFactory(membership=member)
        later = snapshot()
        moved = counts_of(later)[1] - counts_of(first)[1]
        assert moved == (0 if place < 5 else 5)
    assert first.levels is not None
    assert counts_of(snapshot()) != first.levels.counts


def test_levels_that_wait_keep_their_day(cast: Cast) -> None:
    make.PartnerCheckFactory(membership=cast.other_membership)
    old = statistics.to_json(count())
    old["levels"] = {"day": "2026-05-01", "dft": 1, "partner": 0, "self_declared": 1}
    Snapshot.objects.create(taken_at=timezone.now(), figures=old, sha256="0" * 64)
    levels = snapshot().levels
    assert levels == Levels(date(2026, 5, 1), 1, 0, 1)


def test_an_old_snapshot_is_read_without_levels(cast: Cast) -> None:
    old = statistics.to_json(count())
    del old["levels"]
    Snapshot.objects.create(taken_at=timezone.now(), figures=old, sha256="0" * 64)
    figures = statistics.from_json(old)
    assert figures.levels is None
    assert "assurance" not in [table.name for table in build_tables(figures)]
    for person, address in ((cast.lead, "reviews:take_up"), (None, "reviews:summary")):
        client = client_for(person) if person else Client()
        answer = client.get(reverse(address))
        assert answer.status_code == 200
        assert "how they are assured" not in answer.content.decode()
    assert snapshot().levels is not None


# --- Everywhere the figures are shown -----------------------------------------------------------


@pytest.fixture
def published(cast: Cast) -> None:
    for member in members(6):
        check_member(cast, member, met=True)
    assured_by_partner(7)
    members(8)
    take_snapshot()


def test_pages_and_files_show_the_levels(cast: Cast, published: None) -> None:
    dft, partner, own = counts_of(count())
    expected = [("DfT-assured", dft), ("Partner-assured", partner), ("Self-declared", own)]
    assert min(dft, partner, own) >= 5
    for client, show, download in (
        (client_for(cast.panel), "reviews:take_up", "reviews:table"),
        (Client(), "reviews:summary", "reviews:summary_table"),
    ):
        assert "Members by how they are assured" in client.get(reverse(show)).content.decode()
        csv = b"".join(client.get(reverse(download, args=["assurance"])).streaming_content)
        for label, number in expected:
            assert f"{label},{number}," in csv.decode()


def test_the_api_and_the_spreadsheet_have_the_levels(cast: Cast, published: None) -> None:
    tables = Client().get(reverse("reviews:take_up_api")).json()["tables"]
    found = next(table for table in tables if table["name"] == "assurance")
    assert [row[1]["value"] for row in found["rows"][:3]] == list(counts_of(count()))
    ods = Client().get(reverse("reviews:summary_spreadsheet")).content
    assert "assurance" in [sheet.name for sheet in odfdo.Document(BytesIO(ods)).body.tables]


def test_the_report_has_the_levels(cast: Cast, published: None) -> None:
    figures = count()
    tables = build_report_tables(figures)
    context = report_context(
        report=make_ready_report(cast), tables=tables, charts=[], words={}, as_of=figures.as_of
    )
    shown = [table.name for section in context["sections"] for table in section.tables]
    assert "assurance" in shown
