from __future__ import annotations

import hashlib
import logging
import secrets

from celery import shared_task
from celery.contrib.django.task import DjangoTask
from celery.exceptions import SoftTimeLimitExceeded
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from applications.pdf import NotAllowed, render_pdf
from reviews import services, statistics
from reviews.charts import charts_of
from reviews.models import ReportStage, ReviewReport
from reviews.report import STYLESHEET, code_version, report_context
from reviews.sections import newest_words

logger = logging.getLogger(__name__)


@shared_task(base=DjangoTask, soft_time_limit=60, time_limit=75)
def make_report(report_id: int) -> None:
    """Make the document of one report. Harmless when run twice: only the claim that stands may finish."""
    report = services.claim_report(report_id=report_id)
    if report is None:
        return
    try:
        _make(report)
    except services.ClaimLost:
        logger.warning("Report %s was taken over by another worker", report_id)
    except Exception as error:  # whatever it was, the row says so and the person can try again
        logger.exception("Report %s could not be made", report_id)
        try:
            services.fail_report(report=report, reason=_in_words(error))
        except services.ClaimLost:
            logger.warning("Report %s was taken over by another worker", report_id)


def _make(report: ReviewReport) -> None:
    data = services.freeze_report(report=report, code_version=code_version())
    figures = statistics.from_json(data)
    services.advance_report(report=report, stage=ReportStage.COUNTING)
    tables = services.keep_tables(report=report, tables=statistics.build_report_tables(figures))
    words = {key: text.words for key, text in newest_words(report).items()}
    services.advance_report(report=report, stage=ReportStage.DRAWING)
    charts = charts_of(tables)
    pictures = {chart.name: chart.svg() for chart in charts}
    services.advance_report(report=report, stage=ReportStage.WRITING)
    context = report_context(report=report, tables=tables, charts=charts, words=words, as_of=figures.as_of)
    document = render_pdf(
        template="reviews/report.html", context=context, stylesheet=STYLESHEET, pictures=pictures
    )
    services.advance_report(report=report, stage=ReportStage.STORING)
    name = default_storage.save(f"reports/{secrets.token_hex(16)}.pdf", ContentFile(document))
    try:
        services.finish_report(
            report=report, storage_name=name, pdf_sha256=hashlib.sha256(document).hexdigest()
        )
    except BaseException:
        default_storage.delete(name)  # no row tells of it
        raise


def _in_words(error: Exception) -> str:
    if isinstance(error, SoftTimeLimitExceeded):
        return "It took too long."
    if isinstance(error, OSError):
        return "The place where documents are kept could not be reached."
    if isinstance(error, NotAllowed):
        return "The document referred to something outside itself, which is not allowed."
    return f"The service met an error that it does not know ({type(error).__name__})."


@shared_task(base=DjangoTask)
def sweep_reports() -> int:
    return services.restart_stuck_reports()


@shared_task(base=DjangoTask)
def take_snapshot() -> str:
    return services.take_snapshot().sha256


@shared_task(base=DjangoTask)
def remind_of_windows() -> int:
    return services.remind_of_windows()
