"""What the report of a review says, from its frozen figures alone."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from reviews.charts import Chart
from reviews.models import ReviewReport
from reviews.sections import sections_of
from reviews.statistics import SYMBOLS, Cell, Table

STYLESHEET = Path(__file__).resolve().parent / "report.css"


@cache
def code_version() -> str:
    """The commit that the code was built from: the setting, or what git says."""
    if settings.CODE_VERSION:
        return str(settings.CODE_VERSION)[:60]
    try:
        found = subprocess.run(
            ["git", "rev-parse", "HEAD"],  # noqa: S607
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            check=True,
            timeout=5,
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return found.stdout.strip()[:60]


def report_context(
    *,
    report: ReviewReport,
    tables: Sequence[Table],
    charts: Sequence[Chart],
    words: Mapping[str, str],
    as_of: datetime,
) -> dict[str, Any]:
    """For the page and the document alike."""
    named = {table.name: table for table in tables}
    drawn: dict[str, list[Chart]] = {}
    for chart in charts:
        drawn.setdefault(chart.table.name, []).append(chart)
    return {
        "report": report,
        "as_of": as_of,
        "sections": sections_of(tables, words),
        "charts": drawn,
        "lead_sentence": lead_sentence(named["headline"]),
        "attention": points_of_attention(tables),
        "symbols": SYMBOLS.items(),
    }


def lead_sentence(headline: Table) -> str:
    """Take-up in one sentence, with its denominator and its uncertainty."""
    figure = {row[0].text: row[1] for row in headline.rows}
    members, rate = figure["Members"], figure["Take-up (%)"]
    if members.value is None:
        return "The number of members is too small to be shown."
    said = f"On the last day counted {members.text} companies were members"
    if rate.value is None:
        return f"{said}. There is no estimate of the sector to count them in."
    low, high = figure["Take-up, lower limit (%)"], figure["Take-up, upper limit (%)"]
    said += f": {rate.text}% of an estimated {figure['Companies in the sector'].text} in the sector"
    if low.value is None:
        return f"{said}. The estimate of the sector is lower than the number of members."
    return f"{said} (95% interval {low.text}% to {high.text}%)."


def _between(low: Cell, high: Cell) -> str:
    return "" if low.value is None else f" (95% interval {low.text}% to {high.text}%)"


def points_of_attention(tables: Sequence[Table]) -> list[tuple[str, str]]:
    """The three points that the fewest members meet, of those that may be shown, with the share in words."""
    found = [
        (share.value, point.text, f"{share.text}%{_between(low, high)}")
        for table in tables
        if table.name.startswith("estimates-")
        for point, share, low, high in zip(
            *(table.column(name) for name in ("point", "share", "low", "high")), strict=True
        )
        if isinstance(share.value, float) and share.value < 100
    ]
    return [(point, words) for _, point, words in sorted(found)[:3]]
