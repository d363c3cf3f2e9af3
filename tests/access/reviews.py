"""Who reads figures and reports, and who makes a report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from reviews.models import ReviewReport
from reviews.services import take_snapshot
from tests import factories
from tests.access.expectation import ASSURERS, DFT, EVERYBODY, LEADS, Leaf, get, post
from tests.cast import Cast
from tests.reviews.make import make_failed_report, make_ready_report

READERS = f"{DFT} panel"
NOT_LEADS = f"{ASSURERS} administrator panel"


def counted(**kwargs: Any) -> Callable[[Cast], dict[str, Any]]:
    """Figures of enough members that a chart has something to show."""

    def made(cast: Cast) -> dict[str, Any]:
        if "members" not in cast.more:
            cast.more["members"] = factories.MembershipFactory.create_batch(8)
            take_snapshot()
        return kwargs

    return made


def report(make: Callable[[Cast], ReviewReport]) -> Callable[[Cast], dict[str, Any]]:
    def made(cast: Cast) -> dict[str, Any]:
        if make.__name__ not in cast.more:
            cast.more[make.__name__] = make(cast)
        return {"pk": cast.more[make.__name__].pk}

    return made


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
    "reviews:take_up_api": Leaf(get(EVERYBODY), public=True, api=True),
}
