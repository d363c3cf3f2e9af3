"""The newest snapshot as every page shows it: suppressed, and cut to what the reader may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.core.cache import cache
from django.utils import timezone

from reviews import statistics
from reviews.charts import Chart, charts_of
from reviews.models import Snapshot
from reviews.statistics import Table

A_DAY = 24 * 60 * 60


@dataclass(frozen=True)
class Published:
    taken_at: datetime
    sha256: str
    tables: tuple[Table, ...]

    @property
    def charts(self) -> list[Chart]:
        return charts_of(self.tables)

    def table(self, name: str) -> Table | None:
        return next((table for table in self.tables if table.name == name), None)

    def svg(self, name: str) -> bytes | None:
        """The chart's bytes, drawn once for each snapshot; None when there is no such chart."""
        chart = next((chart for chart in self.charts if chart.name == name), None)
        if chart is None:
            return None
        key = f"chart:{self.sha256}:{name}:{len(chart.table.rows)}"
        return cache.get_or_set(key, chart.svg, A_DAY)


def read_published(*, for_public: bool, months: int | None = None) -> Published | None:
    """None until the first snapshot is taken. `months` leaves all but the last rows out by month."""
    snapshot = Snapshot.objects.first()
    if snapshot is None:
        return None
    tables: Sequence[Table] = statistics.build_tables(statistics.from_json(snapshot.figures))
    if for_public:
        tables = statistics.public(tables)
    if months is not None:
        tables = [
            replace(table, rows=table.rows[-months:]) if table.name == "months" else table for table in tables
        ]
    return Published(timezone.localtime(snapshot.taken_at), snapshot.sha256, tuple(tables))
