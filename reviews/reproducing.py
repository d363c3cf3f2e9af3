"""The same figures again, years later, from what a report has frozen."""

from __future__ import annotations

from dataclasses import dataclass

from reviews import statistics
from reviews.models import ReviewReport
from reviews.report import code_version


@dataclass(frozen=True)
class Reproduced:
    """`differences` are in words, cell by cell."""

    is_data_whole: bool
    figures_sha256: str
    is_same_tables: bool
    tables_sha256: str
    differences: tuple[str, ...]
    made_by: str
    now_by: str

    @property
    def is_same(self) -> bool:
        return self.is_data_whole and self.is_same_tables


def reproduce(report: ReviewReport) -> Reproduced:
    """Tables made anew by the code as it is now, against those that were kept.

    Raises ValueError for a report that has none.
    """
    if report.figures is None or report.tables is None:
        raise ValueError("This report has no frozen figures")
    made = statistics.build_report_tables(statistics.from_json(report.figures))
    kept = statistics.tables_from_json(report.tables)
    figures_sha256 = statistics.digest(report.figures)
    tables_sha256 = statistics.digest(statistics.tables_to_json(made))
    is_kept_whole = statistics.digest(report.tables) == report.tables_sha256
    return Reproduced(
        is_data_whole=figures_sha256 == report.figures_sha256 and is_kept_whole,
        figures_sha256=figures_sha256,
        is_same_tables=tables_sha256 == report.tables_sha256,
        tables_sha256=tables_sha256,
        differences=tuple(statistics.compare_tables(kept, made)),
        made_by=report.code_version,
        now_by=code_version(),
    )
