"""Counting. Every count is made by the database, in 19 queries whatever the size of the scheme."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from django.db.models import Case, Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce, TruncDate, TruncMonth
from django.utils import timezone

from applications.choices import FleetBand, Region, RentalModel
from applications.models import Application, Membership, MembershipStatus, Renewal, TradeBody
from assurance.levels import AssuranceLevel, with_assurance_level
from assurance.models import CheckOutcome, Finding, FindingResult, PlanCheck, Selection, SelectionKind
from reviews.models import SectorEstimate
from reviews.statistics.estimation import Stratum
from reviews.statistics.figures import (
    Compliance,
    EditionCounts,
    Estimate,
    Figures,
    Fleet,
    Group,
    GroupRow,
    Levels,
    Month,
    PointCounts,
    Sector,
)

Counts = Counter[str]


def collect(*, period_from: date, period_to: date, as_of: datetime, checks_as_of: datetime) -> Figures:
    """The figures of a period by what was known at one moment. Checks have a moment of their own.

    An application counts in the month in which it was sent, whatever came of it. A company is a member
    from the day it joined until the day it left; a lapsed one left on the day its renewal was due, and
    came back on the day on which it was renewed after all.
    Region, fleet, rental models and trade bodies are those on the company's record now.
    """
    last_day = min(period_to, timezone.localtime(as_of).date())
    applications = applications_in(period_from, period_to, as_of)
    members = members_on(last_day)
    months = _months(period_from, last_day, applications)
    estimates = _estimates(period_to.year)
    groups = _groups(applications, members, estimates)
    return Figures(
        period_from=period_from,
        period_to=period_to,
        as_of=as_of,
        last_day=last_day,
        applications=sum(month.applications for month in months),
        joined=sum(month.joined for month in months),
        members=sum(row.members for row in groups[0].rows),
        months=months,
        groups=groups,
        sector=_sector(estimates),
        compliance=collect_compliance(period_from=period_from, period_to=period_to, as_of=checks_as_of),
        levels=collect_levels(last_day, members, as_of),
        fleet=_fleet(members),
    )


def _fleet(members: QuerySet[Any]) -> Fleet:
    size = "company__fleet_size"
    return Fleet(**members.aggregate(vehicles=Coalesce(Sum(size), 0), largest=Coalesce(Max(size), 0)))


def collect_levels(day: date, members: QuerySet[Any], as_of: datetime) -> Levels:
    """Of the members on the day, by what was known at its end."""
    _, after = moments(day, day)
    rows = with_assurance_level(members, min(as_of, after)).values("assurance_level")
    found = Counts({row["assurance_level"]: row["n"] for row in rows.annotate(n=Count("pk"))})
    return Levels(
        day=day,
        dft=found[AssuranceLevel.DFT],
        partner=found[AssuranceLevel.PARTNER],
        self_declared=found[AssuranceLevel.SELF],
    )


def moments(period_from: date, period_to: date) -> tuple[datetime, datetime]:
    """From the first moment of the first day to the first moment after the last, in London."""
    first = timezone.make_aware(datetime.combine(period_from, time.min))
    after = timezone.make_aware(datetime.combine(period_to + timedelta(days=1), time.min))
    return first, after


def applications_in(period_from: date, period_to: date, as_of: datetime) -> QuerySet[Application]:
    first, after = moments(period_from, period_to)
    return Application.objects.filter(
        submitted_at__gte=first, submitted_at__lt=after, submitted_at__lte=as_of
    ).order_by()


def _with_leaving() -> QuerySet[Any]:
    """One that lapsed and was then removed, or resigned, left when it lapsed."""
    lapsed = When(status=MembershipStatus.LAPSED, then=F("renewal_due_on"))
    not_renewed = Renewal.objects.open().filter(membership=OuterRef("pk"), lapsed_on__isnull=False)
    left_on = Coalesce(Subquery(not_renewed.values("due_on")[:1]), Case(lapsed, default=F("ended_on")))
    return Membership.objects.annotate(left_on=left_on).order_by()


def _away() -> QuerySet[Any]:
    """Times between a lapse and the renewal that ended it, from `due_on` to the day before `back_on`."""
    return Renewal.objects.after_a_lapse().annotate(back_on=TruncDate("completed_at")).order_by()


def members_on(day: date) -> QuerySet[Any]:
    away = _away().filter(membership=OuterRef("pk"), due_on__lte=day, back_on__gt=day)
    return _with_leaving().filter(
        ~Exists(away), Q(left_on__isnull=True) | Q(left_on__gt=day), started_on__lte=day
    )


def _months(period_from: date, last_day: date, applications: QuerySet[Application]) -> tuple[Month, ...]:
    sent = {
        row["month"].date(): row["n"]
        for row in applications.annotate(month=TruncMonth("submitted_at"))
        .values("month")
        .annotate(n=Count("pk"))
    }
    # A company that joined and left before the month began counts in both, so the two cancel out.
    came = _by_month(_with_leaving().filter(started_on__lte=last_day), "started_on")
    left = _by_month(_with_leaving().filter(started_on__lte=last_day, left_on__lte=last_day), "left_on")
    # Who was away at the end counts as gone; who was back by then has gone and come.
    back = Counter(_by_month(_away().filter(back_on__lte=last_day), "back_on"))
    left = Counter(left) + Counter(_by_month(_away().filter(due_on__lte=last_day), "due_on"))
    # Of the first month only the days inside the period count as joining.
    early = _with_leaving().filter(started_on__gte=period_from.replace(day=1), started_on__lt=period_from)
    before_in_month = early.count()
    made = []
    first = period_from.replace(day=1)
    members = sum(n for month, n in came.items() if month < first)
    members += sum(n for month, n in back.items() if month < first)
    members -= sum(n for month, n in left.items() if month < first)
    for start in _starts(first, last_day):
        joined = came.get(start, 0)
        members += joined + back[start] - left[start]
        if start == first:
            joined -= before_in_month
        made.append(Month(start=start, applications=sent.get(start, 0), joined=joined, members=members))
    return tuple(made)


def _by_month(memberships: QuerySet[Any], field: str) -> dict[date, int]:
    rows = memberships.annotate(month=TruncMonth(field)).values("month").annotate(n=Count("pk"))
    return {row["month"]: row["n"] for row in rows}


def _starts(first: date, last_day: date) -> Iterator[date]:
    start = first
    while start <= last_day:
        yield start
        start = (start + timedelta(days=31)).replace(day=1)


Estimates = list[SectorEstimate]


def _estimates(year: int) -> Estimates:
    """Those of the newest year that is not after the period's end."""
    newest = SectorEstimate.objects.filter(year__lte=year).order_by("-year").values("year")[:1]
    return list(SectorEstimate.objects.filter(year=newest))


def _estimate_of(estimates: Estimates, **cell: str) -> Estimate | None:
    wanted = {"region": "", "fleet_band": "", "rental_model": "", **cell}
    for row in estimates:
        if all(getattr(row, name) == value for name, value in wanted.items()):
            return Estimate(companies=row.companies, low=row.companies_low, high=row.companies_high)
    return None


def _sector(estimates: Estimates) -> Sector | None:
    if not estimates:
        return None
    overall = next(
        (row for row in estimates if not (row.region or row.fleet_band or row.rental_model)), estimates[0]
    )
    return Sector(
        year=overall.year,
        source=overall.source,
        source_date=overall.source_date,
        estimate=_estimate_of(estimates),
    )


def _groups(
    applications: QuerySet[Application], members: QuerySet[Any], estimates: Estimates
) -> tuple[Group, ...]:
    counted = [_by_place_and_size(applications), _by_place_and_size(members)]
    models = [_by_rental_model(applications), _by_rental_model(members)]
    bodies = [_by_trade_body(applications), _by_trade_body(members)]
    names = {str(pk): name for pk, name in TradeBody.objects.order_by("name").values_list("pk", "name")}
    regions = [region for region, band in counted]
    bands = [band for region, band in counted]
    return (
        _group("region", "By region of the main office", Region.choices, regions, estimates, "region"),
        _group("fleet-band", "By size of fleet", FleetBand.choices, bands, estimates, "fleet_band"),
        _group(
            "rental-model", "By rental model", RentalModel.choices, models, estimates, "rental_model",
            overlaps=True,
        ),
        _group(
            "trade-body", "By trade body", [*names.items(), ("none", "No trade body")], bodies, [], "",
            overlaps=True,
        ),
    )  # fmt: skip


def _group(
    name: str,
    title: str,
    choices: list[tuple[str, str]],
    counts: list[Counts],
    estimates: Estimates,
    dimension: str,
    *,
    overlaps: bool = False,
) -> Group:
    applications, members = counts
    rows = [
        GroupRow(
            key=key,
            label=label,
            applications=applications[key],
            members=members[key],
            sector=_estimate_of(estimates, **{dimension: key}) if dimension else None,
        )
        for key, label in choices
    ]
    if applications[""] or members[""]:
        rows.append(GroupRow("", "Not stated", applications[""], members[""], None))
    return Group(name=name, title=title, overlaps=overlaps, rows=tuple(rows))


def _by_place_and_size(rows: QuerySet[Any]) -> tuple[Counts, Counts]:
    regions, bands = Counts(), Counts()
    for row in rows.values("company__home_region", "company__fleet_band").annotate(n=Count("pk")):
        regions[row["company__home_region"]] += row["n"]
        bands[row["company__fleet_band"]] += row["n"]
    return regions, bands


def _by_rental_model(rows: QuerySet[Any]) -> Counts:
    wanted = {
        model: Count("pk", filter=Q(company__rental_models__contains=[model])) for model in RentalModel.values
    }
    counted = rows.aggregate(**wanted, none=Count("pk", filter=Q(company__rental_models=[])))
    counted[""] = counted.pop("none")
    return Counts(counted)


def _by_trade_body(rows: QuerySet[Any]) -> Counts:
    counted = rows.values("company__trade_bodies").annotate(n=Count("pk"))
    return Counts({str(row["company__trade_bodies"] or "none"): row["n"] for row in counted})


def latest_checks(period_from: date, period_to: date, as_of: datetime) -> QuerySet[PlanCheck]:
    """The latest decided check of each member: one that was checked twice counts once.

    Targeted checks are left out: who is checked because of what is known stands for nobody else. So are
    re-checks: they are drawn from results of partners, and stand for these.
    """
    first, after = moments(period_from, period_to)
    drawn = PlanCheck.objects.filter(selection__round__results_from=None)
    decided = drawn.exclude(selection__kind=SelectionKind.TARGETED).filter(
        decision__decided_at__gte=first, decision__decided_at__lt=after, decision__decided_at__lte=as_of
    )
    return decided.order_by("membership_id", "-decision__decided_at", "-pk").distinct("membership_id")


# A round, its group if it has groups, and the chance that members had of being drawn: what was drawn alike.
Drawn = tuple[int, int | None, float]
STRATUM = ("selection__round_id", "selection__stratum_id", "selection__inclusion_probability")


def collect_compliance(*, period_from: date, period_to: date, as_of: datetime) -> Compliance:
    checks = latest_checks(period_from, period_to, as_of).values("pk")
    decided = PlanCheck.objects.filter(pk__in=checks).order_by()
    edition = ("plan_version__edition__code", "plan_version__edition__title")
    outcomes: Counts = Counts()
    assessed: Counts = Counts()
    checked: Counter[Drawn] = Counter()
    titles: dict[str, str] = {}
    rows = decided.values("decision__outcome", *edition, *STRATUM).annotate(n=Count("pk"))
    for outcome, code, title, *stratum, n in rows.values_list("decision__outcome", *edition, *STRATUM, "n"):
        outcomes[outcome] += n
        if outcome != CheckOutcome.NO_RESPONSE and code:
            assessed[code] += n
            checked[stratum[0], stratum[1], stratum[2]] += n
            titles[code] = title
    points = _points(checks, checked, _populations(decided))
    return Compliance(
        as_of=as_of,
        met=outcomes[CheckOutcome.MET],
        met_with_actions=outcomes[CheckOutcome.MET_WITH_ACTIONS],
        not_met=outcomes[CheckOutcome.NOT_MET],
        no_response=outcomes[CheckOutcome.NO_RESPONSE],
        editions=tuple(
            EditionCounts(code, titles[code], assessed[code], tuple(points.get(code, ())))
            for code in sorted(assessed)
        ),
    )


def _populations(decided: QuerySet[PlanCheck]) -> dict[Drawn, float]:
    """How many members each stratum was drawn from: those drawn, over the chance of being drawn."""
    rounds = decided.values("selection__round_id")
    drawn = Selection.objects.filter(round__in=rounds).exclude(kind=SelectionKind.TARGETED).order_by()
    rows = drawn.values_list("round_id", "stratum_id", "inclusion_probability").annotate(n=Count("pk"))
    return {(round_, stratum, chance): n / chance for round_, stratum, chance, n in rows}


def _points(
    checks: QuerySet[Any, Any], checked: Counter[Drawn], populations: dict[Drawn, float]
) -> dict[str, list[PointCounts]]:
    rows: Any = (
        Finding.objects.filter(check_of__in=checks)
        .exclude(check_of__decision__outcome=CheckOutcome.NO_RESPONSE)
        .order_by("point__edition__code", "point__number")
        .values("point__edition__code", "point__number", "point__title", *(f"check_of__{x}" for x in STRATUM))
        .annotate(**{result: Count("pk", filter=Q(result=result)) for result in FindingResult.values})
    )
    made: dict[str, list[PointCounts]] = {}
    for (code, number, title), alike in groupby(rows, key=_point_of):
        counts: Counts = Counter()
        strata = []
        for row in alike:
            found = {result: row[result] for result in FindingResult.values}
            counts.update(found)
            stratum = tuple(row[f"check_of__{name}"] for name in STRATUM)
            strata.append(
                Stratum(
                    population=max(populations[stratum], checked[stratum]),
                    checked=checked[stratum],
                    applies=sum(found.values()) - found[FindingResult.NOT_APPLICABLE],
                    met=found[FindingResult.MET],
                )
            )
        totals = {result: counts[result] for result in FindingResult.values}
        point = PointCounts(number=number, title=title, strata=tuple(strata), **totals)
        made.setdefault(code, []).append(point)
    return made


def _point_of(row: dict[str, Any]) -> tuple[str, int, str]:
    return row["point__edition__code"], row["point__number"], row["point__title"]
