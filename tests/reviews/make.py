"""Rows that the tests of this room need."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from applications.models import Membership
from assurance.models import SelectionRound
from reviews import statistics
from reviews.models import (
    Publication,
    ReportComment,
    ReportStage,
    ReportStatus,
    ReviewReport,
    SectorEstimate,
)
from tests import factories
from tests.cast import Cast
from tests.factories import CompanyFactory, MembershipFactory

PERIOD = {"period_from": date(2018, 12, 6), "period_to": date(2019, 12, 5)}


def make_ready_report(cast: Cast, **values: Any) -> ReviewReport:
    """With the panel, and with figures of what is there now."""
    name = default_storage.save("reports/test.pdf", ContentFile(b"%PDF-1.7 test"))
    now = timezone.now()
    figures = statistics.collect(
        period_from=PERIOD["period_from"], period_to=timezone.localdate(now), as_of=now, checks_as_of=now
    )
    tables = statistics.tables_to_json(statistics.build_report_tables(figures))
    data = statistics.to_json(figures)
    return ReviewReport.objects.create(
        **{
            **PERIOD,
            "requested_by": cast.lead,
            "status": ReportStatus.READY,
            "stage": ReportStage.DONE,
            "publication": Publication.CONSULTATION,
            "attempts": 1,
            "claimed_at": now,
            "finished_at": now,
            "figures": data,
            "figures_sha256": statistics.digest(data),
            "tables": tables,
            "tables_sha256": statistics.digest(tables),
            "storage_name": name,
            "pdf_sha256": "0" * 64,
            **values,
        }
    )


def make_consulted_report(cast: Cast) -> ReviewReport:
    """Of enough members that a chart has something to show, with a comment."""
    factories.MembershipFactory.create_batch(8)
    report = make_ready_report(cast)
    ReportComment.objects.create(report=report, words="More on costs, please.", by=cast.panel)
    return report


def make_draft_report(cast: Cast) -> ReviewReport:
    return make_ready_report(cast, publication=Publication.DRAFT)


def make_published_report(cast: Cast) -> ReviewReport:
    factories.MembershipFactory.create_batch(8)
    return make_ready_report(cast, publication=Publication.PUBLISHED, published_at=timezone.now())


def make_failed_report(cast: Cast) -> ReviewReport:
    return ReviewReport.objects.create(
        **PERIOD,
        requested_by=cast.lead,
        status=ReportStatus.FAILED,
        stage=ReportStage.WRITING,
        attempts=3,
        last_error="It stopped at “Writing the document”. It took too long.",
        finished_at=timezone.now(),
    )


def seed_scheme(cast: Cast) -> None:
    """42 members over three regions, checks of 14 of them, and estimates of the sector."""
    companies = [
        *CompanyFactory.create_batch(20, home_region="TLI"),
        *CompanyFactory.create_batch(17, home_region="TLD", rental_models=["delivery", "counter"], cars=70),
        *CompanyFactory.create_batch(3, home_region="TLM"),
    ]
    drawn = factories.SelectionRoundFactory(drawn_by=cast.lead, frame_size=28, sample_size=14)
    for position, company in enumerate(companies):
        membership = MembershipFactory(
            company=company, started_on=timezone.localdate() - timedelta(days=20 * position)
        )
        if position < 14:
            check_member(cast, membership, met=position not in {0, 1, 2, 3, 4, 5}, round_=drawn)
    estimates = ((400, ""), (60, "TLI"), (120, "TLD"), (50, "TLM"))
    for count, region in estimates:
        SectorEstimate.objects.create(
            year=2018,
            region=region,
            companies=count,
            companies_low=count * 9 // 10,
            companies_high=count * 12 // 10,
            source="Fictional Hire Census",
            source_date=date(2018, 9, 1),
        )


def check_member(
    cast: Cast, membership: Membership, *, met: bool, round_: SelectionRound | None = None
) -> None:
    """A decided check; when not all is met, point 4 is not."""
    version = factories.submit(
        factories.PlanVersionFactory(membership=membership, edition=cast.edition, answered=True)
    )
    check = factories.PlanCheckFactory(
        membership=membership,
        selection=factories.SelectionFactory(
            membership=membership, round=round_ or factories.SelectionRoundFactory(drawn_by=cast.lead)
        ),
        plan_version=version,
        assurer=cast.assurer,
    )
    factories.record_findings(check, by=cast.assurer)
    if not met:
        check.findings.filter(point__number=4).update(result="not_met")
    factories.recommend(check, by=cast.assurer, outcome="met" if met else "met_with_actions")
    factories.decide(check, by=cast.lead)
