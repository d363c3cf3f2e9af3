"""Counting, and suppression that nobody can undo."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reviews import statistics
from reviews.models import SectorEstimate
from reviews.statistics import WITHHELD, Figures, Table, build_tables, collect
from reviews.statistics.estimation import Stratum
from reviews.statistics.figures import Compliance, EditionCounts, Group, GroupRow, Levels, Month, PointCounts
from reviews.statistics.suppression import hide, is_small
from tests import factories
from tests.cast import Cast
from tests.reviews.make import check_member, seed_scheme

# --- Suppression of a list whose total is known -------------------------------------------------


def splits(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    if parts == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in splits(total - first, parts - 1):
            yield (first, *rest)


def alike(counts: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Every list that would be shown as this one is: the same total, figures shown and places withheld."""
    hidden = sorted(hide(counts))
    if not hidden:
        yield tuple(counts)
        return
    for guess in splits(sum(counts[position] for position in hidden), len(hidden)):
        candidate = list(counts)
        for position, value in zip(hidden, guess, strict=True):
            candidate[position] = value
        if hide(candidate) == frozenset(hidden):
            yield tuple(candidate)


@given(st.lists(st.integers(0, 9), min_size=2, max_size=4))
@settings(max_examples=300, deadline=None)
def test_no_small_count_follows_even_for_who_knows_the_rule(counts: list[int]) -> None:
    """By brute force: for each small count another value fits all that is shown."""
    total_is_shown = not is_small(sum(counts))
    if not total_is_shown:
        assert hide(counts) == frozenset(range(len(counts)))
        return
    possible = list(alike(counts))
    assert tuple(counts) in possible
    for position, count in enumerate(counts):
        if is_small(count):
            assert len({candidate[position] for candidate in possible}) > 1


@given(st.lists(st.integers(0, 300), max_size=14))
def test_hidden_counts_come_in_twos_and_could_be_large(counts: list[int]) -> None:
    hidden = hide(counts)
    assert {position for position, count in enumerate(counts) if is_small(count)} <= hidden
    if hidden and len(hidden) < len(counts):
        assert len(hidden) >= 2
        assert sum(counts[position] for position in hidden) - (len(hidden) - 1) >= 5
    if not any(is_small(count) for count in counts):
        assert not hidden


# --- Suppression of whole tables ----------------------------------------------------------------

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
small_or_not = st.one_of(st.integers(0, 8), st.integers(0, 60))


def figures_of(
    joined: list[int],
    members: list[int],
    points: list[tuple[int, int, int, int]],
    outcomes: list[int],
    levels: list[int] | None = None,
) -> Figures:
    months, total = [], 0
    for position, count in enumerate(joined):
        total += count
        year, month = divmod(position, 12)
        months.append(Month(date(2024 + year, month + 1, 1), count, count, total))
    rows = tuple(GroupRow(str(n), f"Row {n}", count, count, None) for n, count in enumerate(members))
    return Figures(
        period_from=date(2024, 1, 1),
        period_to=date(2026, 6, 30),
        as_of=NOW,
        last_day=date(2026, 6, 30),
        applications=sum(joined),
        joined=sum(joined),
        members=sum(members),
        months=tuple(months),
        groups=(Group("region", "By region", False, rows),),
        sector=None,
        compliance=Compliance(
            NOW,
            *outcomes,
            (
                EditionCounts(
                    "2018",
                    "2018 edition",
                    sum(outcomes[:3]),
                    tuple(PointCounts(n, f"Point {n}", *counts) for n, counts in enumerate(points, start=1)),
                ),
            ),
        ),
        levels=Levels(date(2026, 6, 30), *levels) if levels else None,
    )


whole = st.builds(
    figures_of,
    st.lists(small_or_not, min_size=1, max_size=20),
    st.lists(small_or_not, min_size=2, max_size=12),
    st.lists(st.tuples(small_or_not, small_or_not, small_or_not, small_or_not), max_size=4),
    st.lists(small_or_not, min_size=4, max_size=4),
    st.none() | st.lists(small_or_not, min_size=3, max_size=3),
)


@given(whole)
def test_no_table_shows_a_small_count(figures: Figures) -> None:
    for table in build_tables(figures):
        for row in table.rows:
            for column, cell in zip(table.columns, row, strict=True):
                if column.kind == "count":
                    assert not (isinstance(cell.value, int) and is_small(cell.value)), (table.name, row)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=6), st.integers(0, 8))
@example([42, 12], 1)
def test_a_row_of_nearly_all_does_not_tell_how_few_are_outside(counts: list[int], outside: int) -> None:
    """A company may be in several rows: the total less a row is how many are not in it."""
    total = max(counts) + outside
    rows = tuple(GroupRow(str(n), f"Row {n}", count, count, None) for n, count in enumerate(counts))
    group = Group("rental-model", "By rental model", True, rows)
    figures = replace(figures_of([total], [total], [], [0, 0, 0, 0]), groups=(group,))
    (table,) = (table for table in build_tables(figures) if table.name == "rental-model")
    for column in ("applications", "members"):
        for shown in known(table, column)[:-1]:
            assert shown is None or not 0 < total - shown < 5


def known(table: Table, column: str) -> list[int | None]:
    return [cell.value if isinstance(cell.value, int) else None for cell in table.column(column)]


@given(whole)
def test_one_blank_never_follows_from_a_total(figures: Figures) -> None:
    """No line of a table has one figure withheld beside a total that is shown."""
    tables = {table.name: table for table in build_tables(figures)}
    for column in ("applications", "members"):
        *parts, total = known(tables["region"], column)
        assert total is None or parts.count(None) != 1
    headline = known(tables["headline"], "value")
    for column, total in (("applications", headline[0]), ("joined", headline[1])):
        assert total is None or known(tables["months"], column).count(None) != 1
    for table in tables.values():
        if table.name.startswith("points-"):
            for row in table.rows:
                assert [cell.text for cell in row[1:5]].count(WITHHELD) != 1
    *decided, no_response, all_checks = known(tables["outcomes"], "checks")
    assert decided.count(None) != 1
    assert no_response is not None or all_checks is None
    if no_response is not None and all_checks is not None:
        assert not is_small(all_checks - no_response)


@given(st.lists(small_or_not, min_size=1, max_size=24))
def test_month_ends_do_not_tell_how_many_joined(joined: list[int]) -> None:
    """Between two month-ends that are shown, those who joined are all shown or at least two are not."""
    months = {table.name: table for table in build_tables(figures_of(joined, [60, 60], [], [0] * 4))}[
        "months"
    ]
    counts, ends = known(months, "joined"), known(months, "members")
    since: list[int | None] = []
    before: int | None = 0
    for count, end in zip(counts, ends, strict=True):
        since.append(count)
        if end is not None:
            assert before is not None
            assert not is_small(end - before) or ends[-1] == end
            assert since.count(None) != 1 or is_small(sum(joined))
            before, since = end, []


@given(whole)
def test_a_rate_of_a_withheld_count_is_withheld(figures: Figures) -> None:
    for table in build_tables(figures):
        if table.name.startswith("points-"):
            for row in table.rows:
                if row[1].text == WITHHELD:
                    assert [cell.text for cell in row[5:]] == [WITHHELD] * 3


def test_an_edition_with_few_checks_has_no_table_nor_one_that_tells_how_few() -> None:
    point = (PointCounts(1, "Point", 3, 0, 0, 0),)
    many = replace(figures_of([9], [9, 9], [], [30, 0, 0, 0]).compliance, editions=())
    editions = tuple(
        EditionCounts(code, code, checks, point) for code, checks in (("a", 3), ("b", 7), ("c", 20))
    )
    figures = replace(figures_of([9], [9, 9], [], [30, 0, 0, 0]), compliance=replace(many, editions=editions))
    assert [table.name for table in build_tables(figures) if table.name.startswith("points")] == ["points-c"]


@given(whole)
def test_json_keeps_everything(figures: Figures) -> None:
    data = statistics.to_json(figures)
    assert statistics.from_json(data) == figures
    assert statistics.digest(data) == statistics.digest(statistics.to_json(statistics.from_json(data)))


# --- Counting -----------------------------------------------------------------------------------


def count_now(**more: date) -> Figures:
    now = timezone.now()
    period = {"period_from": date(2018, 12, 6), "period_to": timezone.localdate(), **more}
    return collect(**period, as_of=now, checks_as_of=now)


def test_members_join_leave_lapse(cast: Cast) -> None:
    today = timezone.localdate()
    past = {"started_on": date(2019, 3, 10), "renewal_due_on": date(2020, 3, 10)}
    factories.MembershipFactory.create_batch(6, **past)
    factories.MembershipFactory.create_batch(2, status="lapsed", **past)
    factories.MembershipFactory(status="resigned", ended_on=date(2019, 5, 1), **past)
    factories.MembershipFactory(status="suspended", **past)
    first = count_now(period_from=date(2019, 3, 11), period_to=date(2019, 6, 30))
    assert [(month.joined, month.members) for month in first.months] == [(0, 10), (0, 10), (0, 9), (0, 9)]
    assert (first.members, first.joined) == (9, 0)
    assert count_now(period_to=date(2019, 3, 31)).joined == 10
    for last_day, members in ((date(2019, 4, 30), 10), (date(2019, 5, 1), 9)):
        figures = count_now(period_to=last_day)
        assert figures.members == figures.months[-1].members == members
    assert count_now().members == 7 + 2
    assert count_now().months[-1].members == 9
    assert count_now().last_day == today


def test_who_lapses_is_away_until_it_renews(cast: Cast) -> None:
    """Lapsed in March 2020; one renewed on 20 May, one was removed in August, one is lapsed still."""
    past = {"started_on": date(2019, 3, 10), "renewal_due_on": date(2020, 3, 10)}
    lapse = {"due_on": date(2020, 3, 10), "lapsed_on": date(2020, 4, 9)}
    back = factories.MembershipFactory(**past)
    back.renewals.create(
        **lapse,
        completed_at=datetime(2020, 5, 20, 12, tzinfo=UTC),
        completed_by=cast.owner,
        next_due_on=date(2021, 5, 20),
        declaration=factories.DeclarationFactory(application=back.application),
    )
    removed = factories.MembershipFactory(status="removed", ended_on=date(2020, 8, 1), **past)
    removed.renewals.create(**lapse)
    factories.MembershipFactory(status="lapsed", **past).renewals.create(**lapse)
    figures = count_now(period_from=date(2020, 1, 1), period_to=date(2020, 9, 30))
    assert [month.members for month in figures.months] == [3, 3, 0, 0, 1, 1, 1, 1, 1]
    assert figures.joined == 0
    for last_day, members in (
        (date(2020, 3, 9), 3),
        (date(2020, 3, 10), 0),
        (date(2020, 5, 19), 0),
        (date(2020, 5, 20), 1),
    ):
        figures = count_now(period_to=last_day)
        assert figures.members == figures.months[-1].members == members


def test_only_what_was_sent_by_then_counts(cast: Cast) -> None:
    figures = count_now()
    assert figures.applications == figures.months[-1].applications == 4
    later = collect(
        period_from=date(2018, 12, 6),
        period_to=timezone.localdate() + timedelta(days=400),
        as_of=timezone.now() - timedelta(days=1),
        checks_as_of=timezone.now(),
    )
    assert later.applications == 0
    assert later.last_day == timezone.localdate() - timedelta(days=1)


def test_a_day_ends_at_midnight_in_london(cast: Cast) -> None:
    late = datetime(2019, 6, 30, 22, 59, tzinfo=UTC)  # 11:59pm on 30 June
    for sent in (late, late + timedelta(minutes=2)):
        factories.ApplicationFactory(status="submitted", submitted_at=sent)
    june = count_now(period_from=date(2019, 6, 1), period_to=date(2019, 6, 30))
    assert june.applications == 1
    assert [m.applications for m in count_now(period_to=date(2019, 7, 31)).months[-2:]] == [1, 1]


def test_groups_add_up(cast: Cast) -> None:
    seed_scheme(cast)
    figures = count_now()
    region, fleet, model, body = figures.groups
    for group in (region, fleet):
        assert sum(row.members for row in group.rows) == figures.members == 42
        assert sum(row.applications for row in group.rows) == figures.applications == 44
    assert {row.label: row.members for row in model.rows if row.members} == {
        "From a counter or depot": 42,
        "Delivered to the hirer": 17,
    }
    assert [(row.label, row.members) for row in body.rows] == [
        ("Association of Vehicle Hirers", 0),
        ("No trade body", 42),
    ]


def test_a_member_checked_twice_counts_once_with_the_latest(cast: Cast) -> None:
    for met in (False, True):
        check_member(cast, cast.other_membership, met=met)
    compliance = count_now().compliance
    assert (compliance.met, compliance.met_with_actions) == (1, 1)
    point = next(point for point in compliance.editions[0].points if point.number == 4)
    assert (point.met, point.not_met) == (2, 0)


def test_strata_are_the_rounds(cast: Cast) -> None:
    seed_scheme(cast)
    point = count_now().compliance.editions[0].points[3]
    assert sorted(point.strata, key=lambda stratum: stratum.checked) == [
        Stratum(population=2.0, checked=1, applies=1, met=1),
        Stratum(population=28.0, checked=14, applies=14, met=8),
    ]


def test_estimate_of_the_newest_year_before_the_end(cast: Cast) -> None:
    for year, companies in ((2017, 100), (2018, 200), (2019, 300)):
        SectorEstimate.objects.create(
            year=year, companies=companies, companies_low=companies, companies_high=companies,
            source="Fictional Hire Census", source_date=date(year, 9, 1),
        )  # fmt: skip
    for last_day, companies in ((date(2018, 12, 31), 200), (date(2019, 1, 1), 300)):
        sector = count_now(period_to=last_day).sector
        assert sector is not None
        assert sector.estimate is not None
        assert sector.estimate.companies == companies


def test_the_number_of_queries_is_fixed(cast: Cast) -> None:
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            count_now()
        assert len(queries) == 19
        if not SectorEstimate.objects.exists():
            seed_scheme(cast)
