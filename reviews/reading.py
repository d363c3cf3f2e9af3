"""A report as it is read: its frozen tables with the newest words, the same for page, downloads and API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.utils import timezone

from reviews.charts import Chart, charts_of
from reviews.models import ReviewReport
from reviews.report import report_context
from reviews.sections import Section, newest_words, sections_of, tables_of
from reviews.statistics import Table

A_DAY = 24 * 60 * 60


@dataclass(frozen=True)
class Reading:
    report: ReviewReport
    tables: tuple[Table, ...]
    words: dict[str, str]

    @property
    def as_of(self) -> datetime:
        """The moment for which was counted."""
        frozen = self.report.figures or {}
        return timezone.localtime(datetime.fromisoformat(frozen["as_of"]))

    @property
    def charts(self) -> list[Chart]:
        return charts_of(self.tables)

    @property
    def sections(self) -> list[Section]:
        return sections_of(self.tables, self.words)

    def table(self, name: str) -> Table | None:
        return next((table for table in self.tables if table.name == name), None)

    def svg(self, name: str) -> bytes | None:
        """Drawn once for each set of tables; None when there is no such chart."""
        chart = next((chart for chart in self.charts if chart.name == name), None)
        if chart is None:
            return None
        return cache.get_or_set(f"report-chart:{self.report.tables_sha256}:{name}", chart.svg, A_DAY)

    @property
    def context(self) -> dict[str, Any]:
        return report_context(
            report=self.report,
            tables=self.tables,
            charts=self.charts,
            words=self.words,
            as_of=self.as_of,
        )


def read_report(report: ReviewReport) -> Reading:
    """The report must have tables."""
    words = {key: text.words for key, text in newest_words(report).items()}
    return Reading(report, tables_of(report), words)
