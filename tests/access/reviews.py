"""Who reads figures and reports, and who makes a report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from reviews.models import ReportComment, ReviewReport
from reviews.services import take_snapshot
from tests import factories
from tests.access.expectation import ASSURERS, DFT, EVERYBODY, LEADS, Leaf, form, get, post
from tests.cast import Cast
from tests.reviews.make import (
    make_consulted_report,
    make_draft_report,
    make_failed_report,
    make_published_report,
    make_ready_report,
)

READERS = f"{DFT} panel"
WRITERS = f"{ASSURERS} {LEADS}"
NOT_LEADS = f"{ASSURERS} administrator panel"


def counted(**kwargs: Any) -> Callable[[Cast], dict[str, Any]]:
    """Figures of enough members that a chart has something to show."""

    def made(cast: Cast) -> dict[str, Any]:
        if "members" not in cast.more:
            cast.more["members"] = factories.MembershipFactory.create_batch(8)
            take_snapshot()
        return kwargs

    return made


def report(make: Callable[[Cast], ReviewReport], **more: str) -> Callable[[Cast], dict[str, Any]]:
    def made(cast: Cast) -> dict[str, Any]:
        if make.__name__ not in cast.more:
            cast.more[make.__name__] = make(cast)
        return {"pk": cast.more[make.__name__].pk, **more}

    return made


def a_comment(cast: Cast) -> dict[str, Any]:
    kwargs = report(make_consulted_report)(cast)
    return {**kwargs, "comment": ReportComment.objects.get(report=kwargs["pk"]).pk}


PUBLIC: dict[str, dict[str, str]] = {
    "read": {},
    "download": {},
    "spreadsheet": {},
    "chart": {"slug": "members"},
    "table": {"slug": "outcomes"},
    "table_about": {"slug": "outcomes"},
}


def period() -> dict[str, str]:
    today = timezone.localdate()
    return {
        "period_from_day": "6",
        "period_from_month": "12",
        "period_from_year": "2018",
        "period_to_day": str(today.day),
        "period_to_month": str(today.month),
        "period_to_year": str(today.year),
    }


EXPECTATIONS: dict[str, Leaf | list[Leaf]] = {
    "reviews:take_up": Leaf(get(READERS, otherwise=403)),
    "reviews:chart": Leaf(get(READERS, otherwise=403), counted(slug="members")),
    "reviews:table": Leaf(get(READERS, otherwise=403), counted(slug="outcomes")),
    "reviews:spreadsheet": Leaf(get(READERS, otherwise=403), counted()),
    "reviews:methodology": Leaf(get(EVERYBODY), public=True),
    "reviews:summary": Leaf(get(EVERYBODY), public=True),
    "reviews:summary_chart": Leaf(get(EVERYBODY), counted(slug="members"), public=True),
    "reviews:summary_table": Leaf(get(EVERYBODY), counted(slug="region"), public=True),
    "reviews:summary_spreadsheet": Leaf(get(EVERYBODY), counted(), public=True),
    "reviews:reports": Leaf(get(READERS, otherwise=403)),
    "reviews:report_start": Leaf(
        get(LEADS, otherwise=403) | post(LEADS, otherwise=403, data=lambda cast: period())
    ),
    "reviews:report": [
        Leaf(get(READERS), report(make_ready_report), note="ready"),
        Leaf(get(LEADS), report(make_failed_report), note="failed"),
    ],
    "reviews:report_retry": [
        Leaf(post(LEADS, forbidden=NOT_LEADS), report(make_ready_report), note="ready"),
        Leaf(post(LEADS), report(make_failed_report), note="failed"),
    ],
    "reviews:report_download": [
        Leaf(get(READERS), report(make_ready_report), note="ready"),
        Leaf(get(""), report(make_failed_report), note="failed"),
    ],
    "reviews:report_step": Leaf(
        form(LEADS, forbidden=NOT_LEADS), report(make_consulted_report, step="sign"), note="with the panel"
    ),
    "reviews:report_reproduce": Leaf(post(LEADS, forbidden=NOT_LEADS), report(make_consulted_report)),
    "reviews:words": Leaf(get(WRITERS, otherwise=403), report(make_consulted_report)),
    "reviews:words_edit": Leaf(form(WRITERS, otherwise=403), report(make_consulted_report, key="summary")),
    "reviews:report_comments": [
        Leaf(
            get(READERS) | post("panel", forbidden=DFT), report(make_consulted_report), note="with the panel"
        ),
        Leaf(get(DFT) | post("", forbidden=DFT), report(make_draft_report), note="draft"),
    ],
    "reviews:comment_answer": Leaf(form(WRITERS, forbidden="administrator panel"), a_comment),
    "reviews:report_read": [
        Leaf(get(READERS), report(make_consulted_report), note="with the panel"),
        Leaf(get(DFT), report(make_draft_report), note="draft"),
    ],
    "reviews:report_chart": [
        Leaf(get(READERS), report(make_consulted_report, slug="members"), note="with the panel"),
    ],
    "reviews:report_table": [
        Leaf(get(READERS), report(make_consulted_report, slug="outcomes"), note="with the panel"),
        Leaf(get(DFT), report(make_draft_report, slug="outcomes"), note="draft"),
    ],
    "reviews:report_table_about": [
        Leaf(get(READERS), report(make_consulted_report, slug="outcomes"), note="with the panel"),
        Leaf(get(DFT), report(make_draft_report, slug="outcomes"), note="draft"),
    ],
    "reviews:report_spreadsheet": [
        Leaf(get(READERS), report(make_consulted_report), note="with the panel"),
        Leaf(get(DFT), report(make_draft_report), note="draft"),
    ],
    "reviews:published": Leaf(get(EVERYBODY), public=True),
    **{
        f"reviews:public_{name}": Leaf(
            get(EVERYBODY), report(make_published_report, **more), public=True, note="published"
        )
        for name, more in PUBLIC.items()
    },
    "reviews:reviews_api": Leaf(get(EVERYBODY), public=True, api=True),
    "reviews:review_api": Leaf(get(EVERYBODY), report(make_published_report), public=True, api=True),
    "reviews:take_up_api": Leaf(get(EVERYBODY), public=True, api=True),
}
