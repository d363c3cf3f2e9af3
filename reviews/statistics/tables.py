"""The tables that pages, CSV, ODS, API, charts and PDF all show: suppressed here, once, and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from assurance.levels import AssuranceLevel
from reviews.statistics.cells import Cell, Column, Table, count, in_words, interval, percent, text
from reviews.statistics.estimation import estimate_share
from reviews.statistics.figures import (
    Compliance,
    EditionCounts,
    Estimate,
    Figures,
    Group,
    Levels,
    PointCounts,
)
from reviews.statistics.intervals import share
from reviews.statistics.suppression import (
    RESULTS,
    hide,
    hide_months,
    hide_outcomes,
    hide_overlapping,
    hide_results,
    is_small,
    is_without_levels,
    shown_editions,
)


def build_tables(figures: Figures) -> tuple[Table, ...]:
    """Every table of the figures, suppressed."""
    return (
        _headline(figures),
        _months(figures),
        *(_group(group, figures) for group in figures.groups),
        *((_levels(figures.levels),) if figures.levels else ()),
        _outcomes(figures.compliance, figures),
        *(
            table
            for edition in shown_editions(figures.compliance.editions)
            for table in (_points(edition, figures), _estimates(edition, figures))
        ),
    )


def _denominator(figures: Figures) -> str:
    sector = figures.sector
    if sector is None:
        return "There is no estimate of the sector for this period, so there is no take-up rate."
    return (
        f"Take-up is members as a percentage of the companies estimated to be in the sector in {sector.year} "
        f"({sector.source}, {in_words(sector.source_date)}). Limits are those of the 95% Wilson interval; "
        "they do not allow for error in the estimate itself."
    )


HEADLINE = (
    Column("measure", "Measure", "text"),
    Column("value", "Figure"),
    Column("how", "How it is counted", "text"),
)


def _headline(figures: Figures) -> Table:
    day = in_words(figures.last_day)
    sector = figures.sector
    estimate = sector.estimate if sector else None
    companies = estimate.companies if estimate else None
    hidden = is_small(figures.members)
    rate, low, high = interval(share(figures.members, companies), hidden=hidden)
    rows = [
        (text("Applications received"), count(figures.applications, hidden=is_small(figures.applications)),
         text("Sent to DfT in the period, whatever came of them")),
        (text("Companies that joined"), count(figures.joined, hidden=is_small(figures.joined)),
         text("Memberships that began in the period")),
        (text("Members"), count(figures.members, hidden=hidden),
         text(f"On {day}, suspended members included")),
        (text("Companies in the sector"), count(companies), text(_source(figures))),
        (text("Take-up (%)"), rate, text("Members as a percentage of companies in the sector")),
        (text("Take-up, lower limit (%)"), low, text("95% Wilson interval")),
        (text("Take-up, upper limit (%)"), high, text("95% Wilson interval")),
        *_range_rows(figures.members, estimate, hidden),
    ]  # fmt: skip
    return Table("headline", "Take-up in brief", _denominator(figures), HEADLINE, tuple(rows))


def _source(figures: Figures) -> str:
    sector = figures.sector
    return f"Estimate for {sector.year}: {sector.source}" if sector else "No estimate has been loaded"


def _range_rows(members: int, estimate: Estimate | None, hidden: bool) -> list[tuple[Cell, Cell, Cell]]:
    if estimate is None:
        return []
    return [
        (text("Take-up if the sector is at its largest (%)"), _rate(members, estimate.high, hidden),
         text(f"Of {estimate.high:,} companies, the top of the source’s range")),
        (text("Take-up if the sector is at its smallest (%)"), _rate(members, estimate.low, hidden),
         text(f"Of {estimate.low:,} companies, the bottom of the source’s range")),
    ]  # fmt: skip


def _rate(members: int, companies: int, hidden: bool) -> Cell:
    return percent(members / companies if companies else None, hidden=hidden)


MONTHS = (
    Column("month", "Month", "text"),
    Column("applications", "Applications received"),
    Column("joined", "Companies that joined"),
    Column("members", "Members at the end"),
)


def _months(figures: Figures) -> Table:
    hidden = hide_months(figures.months)
    rows = tuple(
        (
            text(_month_label(month.start, figures)),
            count(month.applications, hidden=position in hidden.applications),
            count(month.joined, hidden=position in hidden.joined),
            count(month.members, hidden=position in hidden.members),
        )
        for position, month in enumerate(figures.months)
    )
    note = (
        "Applications by the day they were sent; members by the day they joined and left. Members at the end "
        "of a month are withheld where the change since the month before would tell a number fewer than 5."
    )
    return Table("months", "Applications and members by month", note, MONTHS, rows)


def _month_label(start: date, figures: Figures) -> str:
    """December 2018; with its days when the period does not hold the whole month."""
    label = f"{start:%B %Y}"
    last = figures.last_day
    is_cut = (last.year, last.month) == (start.year, start.month) and _next_day(last).month == last.month
    if figures.period_from > start:
        return f"{label} (from {figures.period_from.day} {start:%B})"
    return f"{label} (to {last.day} {start:%B})" if is_cut else label


def _next_day(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)


GROUPS = (
    Column("applications", "Applications received"),
    Column("members", "Members"),
)
RATES = (
    Column("sector", "Companies in the sector"),
    Column("take_up", "Take-up (%)", "percent"),
    Column("low", "Lower limit (%)", "percent"),
    Column("high", "Upper limit (%)", "percent"),
)
ROW_LABELS = {
    "region": "Region",
    "fleet-band": "Size of fleet",
    "rental-model": "Rental model",
    "trade-body": "Trade body",
}


def _hidden(group: Group, counts: list[int], total: int) -> frozenset[int]:
    return hide_overlapping(counts, total) if group.overlaps else hide(counts)


def _group(group: Group, figures: Figures) -> Table:
    hidden_applications = _hidden(group, [row.applications for row in group.rows], figures.applications)
    hidden_members = _hidden(group, [row.members for row in group.rows], figures.members)
    has_rates = any(row.sector for row in group.rows)
    rows = []
    for position, row in enumerate(group.rows):
        hidden = position in hidden_members
        cells = [
            text(row.label),
            count(row.applications, hidden=position in hidden_applications),
            count(row.members, hidden=hidden),
        ]
        if has_rates:
            companies = row.sector.companies if row.sector else None
            is_hidden = hidden and companies is not None
            cells += [count(companies), *interval(share(row.members, companies), hidden=is_hidden)]
        rows.append(tuple(cells))
    rows.append(_total(figures, has_rates))
    columns = (Column(group.name, ROW_LABELS[group.name], "text"), *GROUPS, *(RATES if has_rates else ()))
    note = f"Members on {in_words(figures.last_day)}. "
    if group.overlaps:
        note += "A company may be in several rows, so they do not add up to the total. "
    return Table(
        group.name, group.title, note + (_denominator(figures) if has_rates else ""), columns, tuple(rows)
    )


def _total(figures: Figures, has_rates: bool) -> tuple[Cell, ...]:
    hidden = is_small(figures.members)
    cells = [
        text("All companies"),
        count(figures.applications, hidden=is_small(figures.applications)),
        count(figures.members, hidden=hidden),
    ]
    if has_rates:
        estimate = figures.sector.estimate if figures.sector else None
        companies = estimate.companies if estimate else None
        is_hidden = hidden and companies is not None
        cells += [count(companies), *interval(share(figures.members, companies), hidden=is_hidden)]
    return tuple(cells)


LEVELS = (
    Column("level", "Assurance", "text"),
    Column("members", "Members"),
    Column("share", "Share (%)", "percent"),
)


def _levels(levels: Levels) -> Table:
    hidden, total = is_without_levels(levels), sum(levels.counts)
    rows = [
        (text(label), count(n, hidden=hidden), percent(n / total if total else None, hidden=hidden))
        for label, n in zip(AssuranceLevel.labels, levels.counts, strict=True)
    ]
    is_few = is_small(total)
    rows.append(
        (text("All members"), count(total, hidden=is_few), percent(1 if total else None, hidden=is_few))
    )
    note = (
        f"Members on {in_words(levels.day)}, suspended members included. DfT-assured: DfT’s latest decision "
        "is that the code is met, with or without actions. Partner-assured: DfT has not decided, and the "
        "newest inspection by an approved partner found the same. Self-declared: all others, who have "
        "declared that they keep the code."
    )
    return Table("assurance", "Members by how they are assured", note, LEVELS, tuple(rows))


OUTCOMES = (
    ("met", "Met"),
    ("met_with_actions", "Met with actions"),
    ("not_met", "Not met"),
    ("no_response", "No response"),
)


def _checked(figures: Figures) -> str:
    first, last = in_words(figures.period_from), in_words(figures.last_day)
    return (
        f"The latest check of each member that was decided from {first} to {last}; of what was decided by "
        f"{in_words(figures.compliance.as_of.date())}."
    )


def _outcomes(compliance: Compliance, figures: Figures) -> Table:
    hidden, without_total = hide_outcomes(compliance)
    rows = [
        (text(label), count(getattr(compliance, name), hidden=name in hidden)) for name, label in OUTCOMES
    ]
    total = compliance.assessed + compliance.no_response
    rows.append((text("All checks decided"), count(total, hidden=without_total)))
    columns = (Column("outcome", "Decision", "text"), Column("checks", "Members checked"))
    return Table("outcomes", "Decisions on checks", _checked(figures), columns, tuple(rows), is_public=False)


POINTS = (
    Column("point", "Point of the code", "text"),
    Column("met", "Met"),
    Column("partly", "Partly met"),
    Column("not_met", "Not met"),
    Column("not_applicable", "Not applicable"),
    Column("share_met", "Share met (%)", "percent"),
    Column("low", "Lower limit (%)", "percent"),
    Column("high", "Upper limit (%)", "percent"),
)


def _points(edition: EditionCounts, figures: Figures) -> Table:
    note = (
        "Share met is findings of “met” as a percentage of the members checked to which the point applies. "
        f"Limits are those of the 95% Wilson interval. {_checked(figures)}"
    )
    return Table(
        f"points-{edition.code}",
        f"Findings by point: {edition.title}",
        note,
        POINTS,
        tuple(_point(point) for point in edition.points),
        is_public=False,
    )


def _applies(point: PointCounts) -> int:
    return point.met + point.partly + point.not_met


def _is_without_share(point: PointCounts) -> bool:
    return bool(hide_results(point) & {"met", "not_applicable"}) or is_small(_applies(point))


def _point(point: PointCounts) -> tuple[Cell, ...]:
    hidden = hide_results(point)
    return (
        text(f"{point.number}. {point.title}"),
        *(count(getattr(point, name), hidden=name in hidden) for name in RESULTS),
        *interval(share(point.met, _applies(point)), hidden=_is_without_share(point)),
    )


ESTIMATES = (POINTS[0], Column("share", "Meet it (%)", "percent"), *POINTS[-2:])


def _estimates(edition: EditionCounts, figures: Figures) -> Table:
    note = (
        "Members are drawn for checks at random, so those checked stand for all. Each check is weighted by "
        "the members behind it in its round. Limits are those of a 95% interval that allows for the draw, "
        f"without replacement, and not for members that did not respond. {_checked(figures)}"
    )
    rows = tuple(
        (
            text(f"{point.number}. {point.title}"),
            *interval(estimate_share(point.strata), hidden=_is_without_share(point)),
        )
        for point in edition.points
    )
    return Table(
        f"estimates-{edition.code}",
        f"Estimates for all members: {edition.title}",
        note,
        ESTIMATES,
        rows,
        is_public=False,
    )


def public(tables: Sequence[Table]) -> tuple[Table, ...]:
    return tuple(table for table in tables if table.is_public)
