"""Pages and API of reports: who sees what, and with how many queries."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reviews.models import Publication, ReportAnswer, ReportComment, ReportText
from reviews.statistics import intervals, strength
from tests.cast import Cast
from tests.reviews.make import make_draft_report, make_published_report, make_ready_report

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
SECTIONS = ("summary", "impact", "burden")


def queries_of(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_words_and_comments_cost_no_more_queries(cast: Cast, client: Client) -> None:
    report = make_ready_report(cast)
    client.force_login(cast.lead, backend=BACKEND)
    addresses = [f"/reports/{report.pk}/{page}" for page in ("", "read/", "words/", "comments/")]
    counted = []
    for number in (1, 2, 3):
        comment = ReportComment.objects.create(report=report, words=f"Number {number}", by=cast.panel)
        ReportAnswer.objects.create(comment=comment, words="Yes", by=cast.lead)
        ReportText.objects.create(
            report=report,
            section=["summary", "impact", "burden"][number - 1],
            version=1,
            words="A",
            by=cast.lead,
        )
        if number != 2:
            counted.append([queries_of(client, address) for address in addresses])
    assert counted[0] == counted[1]


def test_published_reviews_cost_the_same_by_the_api(cast: Cast) -> None:
    first = make_published_report(cast)
    client = Client()
    one = queries_of(client, "/api/v1/reviews/"), queries_of(client, f"/api/v1/reviews/{first.pk}/")
    for _ in range(2):
        make_ready_report(
            cast, publication=Publication.REPLACED, replaced_by=first, published_at=timezone.now()
        )
    assert (queries_of(client, "/api/v1/reviews/"), queries_of(client, f"/api/v1/reviews/{first.pk}/")) == one
    assert len(client.get("/api/v1/reviews/").json()) == 3
    assert one == (1, 2)


def test_the_panel_sees_no_draft(cast: Cast, client: Client) -> None:
    report = make_draft_report(cast)
    pages = ["", "read/", "comments/", "tables.ods", "tables/headline.csv", "download/"]
    client.force_login(cast.panel, backend=BACKEND)
    assert {client.get(f"/reports/{report.pk}/{page}").status_code for page in pages} == {404}
    assert b"No reports found." in client.get("/reports/").content
    client.force_login(cast.assurer, backend=BACKEND)
    assert {client.get(f"/reports/{report.pk}/{page}").status_code for page in pages} == {200}


def test_nobody_without_a_reason(cast: Cast, client: Client) -> None:
    report = make_draft_report(cast)
    client.force_login(cast.lead, backend=BACKEND)
    address = f"/reports/{report.pk}/steps/consult/"
    assert b"Enter the reason" in client.post(address, {"reason": " "}).content
    assert client.post(address, {"reason": "It is whole"}).status_code == 302
    assert client.post(address, {"reason": "It is whole"}).status_code == 409
    assert client.post(f"/reports/{report.pk}/steps/nothing/", {"reason": "No"}).status_code == 404
    assert report.steps.get().reason == "It is whole"


@pytest.mark.parametrize(
    ("low", "high", "checks", "response", "expected"),
    [
        (0.80, 0.90, 100, 0.8, "Strong"),
        (0.80, 0.901, 100, 0.8, "Moderate"),
        (0.80, 0.90, 99, 0.8, "Moderate"),
        (0.80, 0.90, 100, 0.79, "Moderate"),
        (0.70, 0.90, 30, 0.6, "Moderate"),
        (0.70, 0.901, 30, 0.6, "Weak"),
        (0.70, 0.90, 29, 0.6, "Weak"),
        (0.70, 0.90, 30, 0.59, "Weak"),
        (None, None, 1000, 1.0, "Weak"),
        (0.80, 0.90, 100, None, "Weak"),
    ],
)
def test_strength_by_its_thresholds(
    low: float | None, high: float | None, checks: int, response: float | None, expected: str
) -> None:
    share = intervals.Share(0.85, low, high)
    assert strength.strength_of(adherence=share, checks=checks, response=response) == expected
