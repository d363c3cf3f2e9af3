"""The pages of a report: asking for it, following it, trying again, taking it away."""

from __future__ import annotations

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone

from reviews.models import ReportStatus, ReviewReport
from reviews.services import claim_report
from tests.cast import Cast
from tests.reviews.make import make_failed_report, make_ready_report

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
BOXES = ("day", "month", "year")


@pytest.fixture
def lead(client: Client, cast: Cast) -> Client:
    client.force_login(cast.lead, backend=BACKEND)
    return client


def typed(first: tuple[object, ...], last: tuple[object, ...]) -> dict[str, str]:
    boxes = {}
    for name, parts in (("period_from", first), ("period_to", last)):
        boxes |= {f"{name}_{box}": str(part) for box, part in zip(BOXES, parts, strict=True)}
    return boxes


def errors(html: bytes) -> list[str]:
    summary = BeautifulSoup(html, "html.parser").select_one(".govuk-error-summary__list")
    return [item.get_text(strip=True) for item in summary.find_all("li")] if summary else []


def test_ask_for_a_report(lead: Client) -> None:
    response = lead.post("/reports/new/", typed((6, 12, 2018), (5, 12, 2019)))
    report = ReviewReport.objects.get()
    assert response.headers["Location"] == f"/reports/{report.pk}/"
    assert report.status == ReportStatus.PENDING
    page = lead.get(f"/reports/{report.pk}/").content.decode()
    assert "Waiting to start" in page
    assert "Check again" in page


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (
            ("", "", ""),
            ("", "", ""),
            ["Enter the first day of the period", "Enter the last day of the period"],
        ),
        ((5, 12, 2018), (5, 12, 2019), ["The first day must not be before the scheme was launched"]),
        ((6, 12, 2019), (5, 12, 2019), ["The last day must be the same as or after the first day"]),
        ((30, 2, 2019), (5, 12, 2019), ["Enter a real date, like 6 12 2018"]),
    ],
)
def test_bad_periods_are_refused_and_kept(
    lead: Client, first: tuple[object, ...], last: tuple[object, ...], expected: list[str]
) -> None:
    response = lead.post("/reports/new/", typed(first, last))
    assert errors(response.content) == expected
    soup = BeautifulSoup(response.content, "html.parser")
    assert soup.find("input", {"name": "period_to_year"}).get("value", "") == str(last[2])
    assert not ReviewReport.objects.exists()


def test_the_period_ends_by_today(lead: Client) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    response = lead.post("/reports/new/", typed((6, 12, 2018), (tomorrow.day, tomorrow.month, tomorrow.year)))
    assert errors(response.content) == ["The last day must be today or in the past"]


def test_stages_as_words(lead: Client) -> None:
    lead.post("/reports/new/", typed((6, 12, 2018), (5, 12, 2019)))
    report = claim_report(report_id=ReviewReport.objects.get().pk)
    assert report is not None
    soup = BeautifulSoup(lead.get(f"/reports/{report.pk}/").content, "html.parser")
    assert [item.get_text(" ", strip=True) for item in soup.select(".rvss-stages li")] == [
        "Waiting for a worker Done",
        "Freezing the figures Now",
        "Working out the tables To come",
        "Drawing the charts To come",
        "Writing the document To come",
        "Storing the document To come",
    ]


def test_failed_says_why_and_can_be_tried_again(lead: Client, cast: Cast) -> None:
    report = make_failed_report(cast)
    page = lead.get(f"/reports/{report.pk}/").content.decode()
    assert "It took too long." in page
    assert "Writing the document Stopped" in BeautifulSoup(page, "html.parser").get_text(" ", strip=True)
    lead.post(f"/reports/{report.pk}/retry/")
    report.refresh_from_db()
    assert (report.status, report.attempts, report.last_error) == (ReportStatus.PENDING, 0, "")
    assert lead.post(f"/reports/{report.pk}/retry/").status_code == 409


def test_download(client: Client, cast: Cast) -> None:
    report = make_ready_report(cast)
    for person in (cast.panel, cast.assurer, cast.administrator, cast.lead):
        client.force_login(person, backend=BACKEND)
        response = client.get(f"/reports/{report.pk}/download/")
        assert response.getvalue() == b"%PDF-1.7 test"
        assert response.headers["Content-Disposition"] == (
            'attachment; filename="rvss-review-2018-12-06-to-2019-12-05.pdf"'
        )
        assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Cache-Control"] == "private, no-store"


def test_only_leads_see_what_is_not_ready(client: Client, cast: Cast) -> None:
    report = make_failed_report(cast)
    client.force_login(cast.panel, backend=BACKEND)
    assert client.get(f"/reports/{report.pk}/").status_code == 404
    assert b"No reports found." in client.get("/reports/").content
    client.force_login(cast.lead, backend=BACKEND)
    assert client.get(f"/reports/{report.pk}/download/").status_code == 404
