"""The report of a review: from the row to the tagged document, and through everything that can go wrong."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pikepdf
import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEvent, Notification
from accounts.transitions import TransitionRefused
from applications import pdf
from reviews import services
from reviews.models import ReportStage, ReportStatus, ReviewReport, SectorEstimate
from reviews.tasks import make_report
from tests import factories
from tests.cast import Cast
from tests.reviews.make import make_failed_report, seed_scheme


@pytest.fixture
def waiting(cast: Cast) -> ReviewReport:
    seed_scheme(cast)
    return services.start_report(period_from=date(2018, 12, 6), period_to=timezone.localdate(), by=cast.lead)


def made(report: ReviewReport) -> ReviewReport:
    make_report(report.pk)
    report.refresh_from_db()
    assert report.status == ReportStatus.READY, report.last_error
    return report


def document_of(report: ReviewReport) -> pikepdf.Pdf:
    with default_storage.open(report.storage_name) as stored:
        return pikepdf.open(io.BytesIO(stored.read()))


def tags(document: pikepdf.Pdf) -> dict[str, list[pikepdf.Dictionary]]:
    found: dict[str, list[pikepdf.Dictionary]] = {}

    def walk(node: object) -> None:
        if isinstance(node, pikepdf.Array):
            for child in node:
                walk(child)
        elif isinstance(node, pikepdf.Dictionary):
            if "/S" in node:
                found.setdefault(str(node.S), []).append(node)
            walk(node.get("/K"))

    walk(document.Root.StructTreeRoot.K)
    return found


def test_made_whole(waiting: ReviewReport, cast: Cast) -> None:
    report = made(waiting)
    assert (report.stage, report.attempts, report.last_error) == (ReportStage.DONE, 1, "")
    assert report.figures["members"] == 42
    assert len(report.figures_sha256) == len(report.pdf_sha256) == 64
    verbs = list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs[-2:] == ["report.started", "report.finished"]
    assert "is ready" in Notification.objects.get(to=cast.lead.email).subject


def test_document_is_tagged(waiting: ReviewReport) -> None:
    document = document_of(made(waiting))
    assert document.Root.MarkInfo.Marked
    assert str(document.Root.Lang) == "en-GB"
    with document.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"
        assert metadata["dc:title"].startswith(
            "Review of the Rental Vehicle Security Scheme, 6 December 2018"
        )
    found = tags(document)
    assert len(found["/H1"]) == 1
    assert len(found["/H2"]) >= 5
    assert len(found["/Table"]) >= 8
    assert len(found["/Caption"]) >= 8
    assert {"/TH", "/TD", "/TR"} <= set(found)
    figures = found["/Figure"]
    assert len(figures) >= 6
    assert all(len(str(figure.get("/Alt", ""))) > 40 for figure in figures)


def test_run_twice_makes_one_document(waiting: ReviewReport) -> None:
    first = made(waiting)
    stored = default_storage.listdir("reports")[1]
    make_report(waiting.pk)
    again = ReviewReport.objects.get(pk=waiting.pk)
    assert (again.storage_name, again.attempts) == (first.storage_name, 1)
    assert default_storage.listdir("reports")[1] == stored


def test_a_failure_is_told_and_tried_three_times_and_again_by_hand(
    waiting: ReviewReport, cast: Cast, settings: pytest.FixtureRequest, tmp_path: object
) -> None:
    kept = settings.STORAGES
    blocked = tmp_path / "a-file"
    blocked.write_text("in the way")
    options = {**kept["default"], "OPTIONS": {"location": str(blocked), "base_url": None}}
    settings.STORAGES = {**kept, "default": options}
    for attempt in (1, 2, 3):
        assert waiting.status == ReportStatus.PENDING
        make_report(waiting.pk)
        waiting.refresh_from_db()
        assert waiting.attempts == attempt
    assert waiting.status == ReportStatus.FAILED
    assert waiting.last_error == (
        "It stopped at “Storing the document”. The place where documents are kept could not be reached."
    )
    frozen = waiting.figures_sha256
    factories.MembershipFactory.create_batch(5)
    settings.STORAGES = kept
    services.retry_report(report=waiting, by=cast.lead)
    report = made(waiting)
    assert (report.attempts, report.figures_sha256, report.figures["members"]) == (1, frozen, 42)


def test_the_worker_that_died_is_replaced(waiting: ReviewReport) -> None:
    dead = services.claim_report(report_id=waiting.pk)
    assert services.claim_report(report_id=waiting.pk) is None
    assert services.restart_stuck_reports() == 0
    ReviewReport.objects.filter(pk=waiting.pk).update(claimed_at=timezone.now() - timedelta(minutes=5))
    assert services.restart_stuck_reports() == 1
    report = made(waiting)
    assert report.attempts == 2
    with pytest.raises(services.ClaimLost):
        services.finish_report(report=dead, storage_name="reports/other.pdf", pdf_sha256="1" * 64)
    with pytest.raises(services.ClaimLost):
        services.fail_report(report=dead, reason="It took too long.")


def test_a_worker_that_was_replaced_changes_nothing(waiting: ReviewReport) -> None:
    slow = services.claim_report(report_id=waiting.pk)
    ReviewReport.objects.filter(pk=waiting.pk).update(claimed_at=timezone.now() - timedelta(minutes=5))
    services.restart_stuck_reports()
    second = services.claim_report(report_id=waiting.pk)
    for act in (
        lambda: services.freeze_report(report=slow, code_version="x"),
        lambda: services.advance_report(report=slow, stage=ReportStage.STORING),
        lambda: services.finish_report(report=slow, storage_name="reports/x.pdf", pdf_sha256="1" * 64),
        lambda: services.fail_report(report=slow, reason="It took too long."),
    ):
        with pytest.raises(services.ClaimLost):
            act()
    report = ReviewReport.objects.get(pk=waiting.pk)
    assert (report.status, report.claimed_at) == (ReportStatus.RUNNING, second.claimed_at)
    assert (report.figures, report.stage) == (None, ReportStage.FREEZING)


def test_three_dead_workers_are_enough(waiting: ReviewReport) -> None:
    for _ in range(3):
        assert services.claim_report(report_id=waiting.pk)
        ReviewReport.objects.filter(pk=waiting.pk).update(claimed_at=timezone.now() - timedelta(minutes=5))
        services.restart_stuck_reports()
    waiting.refresh_from_db()
    assert waiting.status == ReportStatus.FAILED
    assert "The worker that was making it stopped." in waiting.last_error
    assert services.claim_report(report_id=waiting.pk) is None


def test_a_lost_message_is_sent_again(waiting: ReviewReport, django_capture_on_commit_callbacks) -> None:
    ReviewReport.objects.filter(pk=waiting.pk).update(requested_at=timezone.now() - timedelta(minutes=2))
    with django_capture_on_commit_callbacks() as callbacks:
        assert services.restart_stuck_reports() == 1
    assert len(callbacks) == 1


def test_only_a_lead_makes_and_retries(cast: Cast) -> None:
    failed = make_failed_report(cast)
    for person in (cast.assurer, cast.panel, cast.administrator, cast.owner):
        with pytest.raises(PermissionDenied):
            services.start_report(period_from=date(2019, 1, 1), period_to=date(2019, 12, 31), by=person)
        with pytest.raises(PermissionDenied):
            services.retry_report(report=failed, by=person)
    services.retry_report(report=failed, by=cast.other_lead)
    with pytest.raises(TransitionRefused, match="Waiting to start"):
        services.retry_report(report=failed, by=cast.other_lead)


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/hostname",
        "http://127.0.0.1:9/x.png",
        "https://example.com/x.png",
        "data:image/svg+xml,<svg/>",
        "chart:other",
        "ftp://127.0.0.1/x",
    ],
)
def test_the_document_reaches_nothing_outside_itself(address: str) -> None:
    with pytest.raises(pdf.NotAllowed):
        pdf.HandedOnly({"members": b"<svg/>"}).fetch(address)


def test_writing_the_document_asks_no_database(waiting: ReviewReport) -> None:
    from reviews import statistics
    from reviews.charts import charts_of
    from reviews.report import STYLESHEET, report_context

    report = made(waiting)
    figures = statistics.from_json(report.figures)
    tables = statistics.build_report_tables(figures)
    charts = charts_of(tables)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        context = report_context(report=report, tables=tables, charts=charts, words={}, as_of=figures.as_of)
        document = pdf.render_pdf(
            template="reviews/report.html",
            context=context,
            stylesheet=STYLESHEET,
            pictures={chart.name: chart.svg() for chart in charts},
        )
    assert document.startswith(b"%PDF")
    assert len(queries) == 0


def test_take_up_in_one_sentence(waiting: ReviewReport) -> None:
    assert SectorEstimate.objects.count() == 4
    from reviews import statistics
    from reviews.report import lead_sentence

    tables = statistics.build_tables(statistics.from_json(made(waiting).figures))
    assert lead_sentence(tables[0]) == (
        "On the last day counted 42 companies were members: 10.5% of an estimated 400 in the sector "
        "(95% interval 7.9% to 13.9%)."
    )
