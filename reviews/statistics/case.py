"""The case for mandatory footing, point by point: what members do now, and who would fall short.

Adherence is the weighted estimate for all members (estimation.py), the gap what is missing to 100%. The
members that would fall short are the gap as a share of the members to whom the point applies: members on the
last day, times the weighted share of checks in which it applies. Vehicles are the same share of all vehicles
of members, as if fleets of members that fall short were like those of all. Limits are those of adherence;
they do not allow for the share to whom the point applies, nor for how fleets differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reviews.statistics.cells import Cell, Column, Table, count, in_words, percent, text
from reviews.statistics.estimation import Stratum, estimate_share
from reviews.statistics.figures import Compliance, EditionCounts, Figures, Group, PointCounts
from reviews.statistics.intervals import Share
from reviews.statistics.strength import Strength, strength_of
from reviews.statistics.strength import in_words as thresholds_in_words
from reviews.statistics.suppression import (
    THRESHOLD,
    hide,
    hide_outcomes,
    hide_results,
    is_dominated,
    is_small,
    shown_editions,
)

SMALL_OPERATORS = ("micro", "small")  # up to 50 vehicles


@dataclass(frozen=True)
class Estimated:
    """A number that was reckoned from a share, with its limits if the share has them."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class PointCase:
    """`checks` are those in which the point applies. What is None must not be shown, or is not known."""

    number: int
    title: str
    checks: int | None
    adherence: Share | None
    is_withheld: bool
    short: Estimated | None
    vehicles: Estimated | None
    strength: Strength


def point_case(point: PointCounts, figures: Figures, response: float | None) -> PointCase:
    applies = point.met + point.partly + point.not_met
    is_withheld = bool(hide_results(point) & {"met", "not_applicable"}) or is_small(applies)
    adherence = None if is_withheld else estimate_share(point.strata)
    with_point = share_applying(point.strata)
    members = None if is_small(figures.members) else figures.members
    fleet = None if is_without_vehicles(figures) or not figures.fleet else figures.fleet.vehicles
    return PointCase(
        number=point.number,
        title=point.title,
        checks=None if is_withheld else applies,
        adherence=adherence,
        is_withheld=is_withheld,
        short=_short(adherence, with_point, members),
        vehicles=_short(adherence, with_point, fleet),
        strength=strength_of(adherence=adherence, checks=applies, response=response),
    )


def is_without_vehicles(figures: Figures) -> bool:
    """Whether vehicles are withheld: of few members, or where most are one company's."""
    fleet = figures.fleet
    return is_small(figures.members) or bool(fleet and is_dominated(fleet.vehicles, fleet.largest))


def share_applying(strata: Sequence[Stratum]) -> float | None:
    """The weighted share of members to whom the point applies."""
    checked = sum(row.weight * row.checked for row in strata)
    return sum(row.weight * row.applies for row in strata) / checked if checked else None


def _short(adherence: Share | None, with_point: float | None, of: int | None) -> Estimated | None:
    """An estimate that would round to 1 to 4 is withheld as a count would be: in a round that checked
    everybody it is one."""
    if adherence is None or with_point is None or of is None:
        return None
    base = with_point * of
    low = None if adherence.high is None else (1 - adherence.high) * base
    high = None if adherence.low is None else (1 - adherence.low) * base
    made = Estimated((1 - adherence.value) * base, low, high)
    return None if is_small(round(made.value)) else made


def response_of(compliance: Compliance) -> float | None:
    """The share of decided checks with a plan to read, or the least that it can be where that is withheld."""
    hidden, without_total = hide_outcomes(compliance)
    if not compliance.assessed:
        return None
    without = compliance.no_response
    if without_total or "no_response" in hidden:
        without = max(THRESHOLD - 1, without)
    return compliance.assessed / (compliance.assessed + without)


CASE = (
    Column("point", "Point of the code", "text"),
    Column("checks", "Checks to which it applies"),
    Column("share", "Meet it (%)", "percent"),
    Column("low", "Lower limit (%)", "percent"),
    Column("high", "Upper limit (%)", "percent"),
    Column("gap", "Do not meet it in full (%)", "percent"),
    Column("strength", "Strength of evidence", "text"),
)
MANDATE = (
    Column("point", "Point of the code", "text"),
    Column("members", "Members that would fall short"),
    Column("members_low", "Members, lower limit"),
    Column("members_high", "Members, upper limit"),
    Column("vehicles", "Vehicles of these members"),
    Column("vehicles_low", "Vehicles, lower limit"),
    Column("vehicles_high", "Vehicles, upper limit"),
)


def case_tables(figures: Figures) -> tuple[Table, ...]:
    """Two tables for each edition that may be shown, and one on who would come under a mandate."""
    response = response_of(figures.compliance)
    made = []
    for edition in shown_editions(figures.compliance.editions):
        cases = [point_case(point, figures, response) for point in edition.points]
        made += [_case(edition, cases, figures), _mandate(edition, cases, figures)]
    return (*made, _operators(figures))


def _case(edition: EditionCounts, cases: Sequence[PointCase], figures: Figures) -> Table:
    note = (
        "Members that meet each point now, estimated for all members from checks decided from "
        f"{in_words(figures.period_from)} to {in_words(figures.last_day)}, with a 95% interval. "
        f"{thresholds_in_words()}"
    )
    rows = tuple(
        (
            text(f"{case.number}. {case.title}"),
            count(case.checks, hidden=case.is_withheld),
            *_limits(case),
            percent(1 - case.adherence.value if case.adherence else None, hidden=case.is_withheld),
            text(case.strength),
        )
        for case in cases
    )
    return Table(f"case-{edition.code}", f"Adherence now: {edition.title}", note, CASE, rows, is_public=False)


def _limits(case: PointCase) -> tuple[Cell, Cell, Cell]:
    found = case.adherence or Share(0, None, None)
    value = case.adherence.value if case.adherence else None
    return tuple(percent(part, hidden=case.is_withheld) for part in (value, found.low, found.high))  # type: ignore[return-value]


def _mandate(edition: EditionCounts, cases: Sequence[PointCase], figures: Figures) -> Table:
    fleet, without = figures.fleet, is_without_vehicles(figures)
    vehicles = (
        f"Vehicles are the same share of the {fleet.vehicles:,} vehicles of members, as if fleets of members "
        "that fall short were like those of all."
        if fleet and not without
        else "There is no figure for the vehicles of members, or it is withheld, so there is no estimate."
    )
    note = (
        "If the point became mandatory and nobody changed: members on "
        f"{in_words(figures.last_day)} to whom it applies, times the share that does not meet it in full. "
        f"Limits are those of that share. {vehicles} Companies outside the scheme are not in it."
    )
    rows = tuple(
        (
            text(f"{case.number}. {case.title}"),
            *_estimated(case, case.short),
            *_estimated(case, case.vehicles, hidden=without),
        )
        for case in cases
    )
    title = f"If a point became mandatory: {edition.title}"
    return Table(f"mandate-{edition.code}", title, note, MANDATE, rows, is_public=False)


def _estimated(case: PointCase, found: Estimated | None, *, hidden: bool = False) -> tuple[Cell, Cell, Cell]:
    """Without an estimate all three are withheld, or not available where adherence itself is not."""
    if found is None:
        hidden = hidden or case.is_withheld or (case.adherence is not None and case.short is None)
        return count(None, hidden=hidden), count(None, hidden=hidden), count(None, hidden=hidden)
    parts = (found.value, found.low, found.high)
    return tuple(count(None if part is None else round(part)) for part in parts)  # type: ignore[return-value]


OPERATORS = (
    Column("measure", "Measure", "text"),
    Column("value", "Figure"),
    Column("how", "How it is counted", "text"),
)


def _operators(figures: Figures) -> Table:
    sector = figures.sector.estimate if figures.sector else None
    hidden = is_small(figures.members)
    outside = max(0, sector.companies - figures.members) if sector else None
    small, share_small = _small_operators(figures)
    vehicles = figures.fleet.vehicles if figures.fleet else None
    rows: tuple[Any, ...] = (
        (text("Companies outside the scheme"), count(outside, hidden=hidden and outside is not None),
         text("Companies estimated to be in the sector, less members. What they do is not known")),
        (text("Vehicles of members"), count(vehicles, hidden=is_without_vehicles(figures)),
         text(f"On the record of members on {in_words(figures.last_day)}")),
        (text("Members with up to 50 vehicles"), small, text("The two smallest sizes of fleet")),
        (text("Members with up to 50 vehicles (%)"), share_small, text("Of all members")),
        (text("Response to checks, at least (%)"), percent(response_of(figures.compliance)),
         text("Decided checks in which the member sent a plan; the least it can be if a count is withheld")),
    )  # fmt: skip
    note = "Who would come under a mandate, and how far the checks speak for them."
    return Table("operators", "Who a mandate would reach", note, OPERATORS, rows, is_public=False)


def _small_operators(figures: Figures) -> tuple[Cell, Cell]:
    """Withheld when either of the two sizes is: their sum would give the one from the other."""
    bands: Group | None = next((group for group in figures.groups if group.name == "fleet-band"), None)
    if bands is None or not figures.members:
        return count(None), percent(None)
    hidden = hide([row.members for row in bands.rows])
    chosen = [(at, row.members) for at, row in enumerate(bands.rows) if row.key in SMALL_OPERATORS]
    total = sum(members for _, members in chosen)
    is_hidden = any(at in hidden for at, _ in chosen) or is_small(total) or is_small(figures.members)
    return count(total, hidden=is_hidden), percent(total / figures.members, hidden=is_hidden)
