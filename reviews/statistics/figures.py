"""What is counted, before suppression: typed, frozen, and the same after a trip through JSON."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from reviews.statistics.estimation import Stratum


@dataclass(frozen=True)
class Month:
    """`members` is the number on the month's last day, or on the last day counted."""

    start: date
    applications: int
    joined: int
    members: int


@dataclass(frozen=True)
class Estimate:
    """How many companies there are to join, and the range within which the source puts them."""

    companies: int
    low: int
    high: int


@dataclass(frozen=True)
class GroupRow:
    key: str
    label: str
    applications: int
    members: int
    sector: Estimate | None


@dataclass(frozen=True)
class Group:
    """One way of dividing companies. When it `overlaps` a company may be in several rows."""

    name: str
    title: str
    overlaps: bool
    rows: tuple[GroupRow, ...]


@dataclass(frozen=True)
class Sector:
    """The denominator of take-up: which year's estimate, from where."""

    year: int
    source: str
    source_date: date
    estimate: Estimate | None


@dataclass(frozen=True)
class PointCounts:
    number: int
    title: str
    met: int
    partly: int
    not_met: int
    not_applicable: int
    strata: tuple[Stratum, ...] = ()


@dataclass(frozen=True)
class EditionCounts:
    """Checks whose plan was assessed against one edition, and what was found point by point."""

    code: str
    title: str
    checks: int
    points: tuple[PointCounts, ...]


@dataclass(frozen=True)
class Compliance:
    """From the latest check of each member that was decided in the period, up to `as_of`."""

    as_of: datetime
    met: int
    met_with_actions: int
    not_met: int
    no_response: int
    editions: tuple[EditionCounts, ...]

    @property
    def assessed(self) -> int:
        return self.met + self.met_with_actions + self.not_met


@dataclass(frozen=True)
class Levels:
    """Members on `day` by how they are assured, as it was known at that day's end or at the count before."""

    day: date
    dft: int
    partner: int
    self_declared: int

    @property
    def counts(self) -> tuple[int, int, int]:
        return self.dft, self.partner, self.self_declared


@dataclass(frozen=True)
class Fleet:
    """Vehicles of the members on the last day, as the companies' records have them, and of the largest one.

    `largest` is never shown: it tells whether the total would show about how many that company has.
    """

    vehicles: int
    largest: int


@dataclass(frozen=True)
class Figures:
    """Counts for `period_from` to `period_to` (both days count), of what was known at `as_of`.

    Figures that were kept before levels of assurance were counted have no `levels`.
    """

    period_from: date
    period_to: date
    as_of: datetime
    last_day: date
    applications: int
    joined: int
    members: int
    months: tuple[Month, ...]
    groups: tuple[Group, ...]
    sector: Sector | None
    compliance: Compliance
    levels: Levels | None = None
    fleet: Fleet | None = None


def to_json(figures: Figures) -> dict[str, Any]:
    """Plain JSON: dates and times in ISO 8601."""
    made: dict[str, Any] = json.loads(json.dumps(asdict(figures), default=_iso))
    return made


def digest(data: dict[str, Any] | list[dict[str, Any]]) -> str:
    """SHA-256 over the canonical JSON: sorted keys, no blanks, UTF-8."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def from_json(data: dict[str, Any]) -> Figures:
    """The inverse of to_json."""
    plain = {name: data[name] for name in ("applications", "joined", "members")}
    return Figures(
        period_from=date.fromisoformat(data["period_from"]),
        period_to=date.fromisoformat(data["period_to"]),
        as_of=datetime.fromisoformat(data["as_of"]),
        last_day=date.fromisoformat(data["last_day"]),
        months=tuple(Month(**{**row, "start": date.fromisoformat(row["start"])}) for row in data["months"]),
        groups=tuple(_group(row) for row in data["groups"]),
        sector=_sector(data["sector"]),
        compliance=_compliance(data["compliance"]),
        levels=_levels(data.get("levels")),
        fleet=Fleet(**data["fleet"]) if data.get("fleet") else None,
        **plain,
    )


def _iso(value: date) -> str:
    return value.isoformat()


def _estimate(data: dict[str, Any] | None) -> Estimate | None:
    return Estimate(**data) if data else None


def _group(data: dict[str, Any]) -> Group:
    rows = tuple(GroupRow(**{**row, "sector": _estimate(row["sector"])}) for row in data["rows"])
    return Group(**{**data, "rows": rows})


def _sector(data: dict[str, Any] | None) -> Sector | None:
    if data is None:
        return None
    return Sector(
        year=data["year"],
        source=data["source"],
        source_date=date.fromisoformat(data["source_date"]),
        estimate=_estimate(data["estimate"]),
    )


def _levels(data: dict[str, Any] | None) -> Levels | None:
    return Levels(**{**data, "day": date.fromisoformat(data["day"])}) if data else None


def _point(data: dict[str, Any]) -> PointCounts:
    return PointCounts(**{**data, "strata": tuple(Stratum(**row) for row in data["strata"])})


def _compliance(data: dict[str, Any]) -> Compliance:
    editions = tuple(
        EditionCounts(**{**row, "points": tuple(_point(point) for point in row["points"])})
        for row in data["editions"]
    )
    return Compliance(**{**data, "as_of": datetime.fromisoformat(data["as_of"]), "editions": editions})
