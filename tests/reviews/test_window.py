"""When a review is due, and who is told of it."""

from __future__ import annotations

from datetime import date, timedelta

from django.test import Client

from accounts.models import Notification
from reviews import services
from reviews.models import ReviewReminder, ReviewReport
from reviews.window import months_after, window_after
from tests import factories
from tests.cast import Cast

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def test_window_of_the_launch() -> None:
    window = window_after(date(2018, 12, 6))
    assert (window.opens, window.closes) == (date(2019, 12, 6), date(2020, 6, 6))
    assert window.first_year_ends == date(2019, 12, 5)
    assert months_after(date(2019, 8, 31), 18) == date(2021, 2, 28)
    assert months_after(date(2019, 2, 28), 12) == date(2020, 2, 28)


def test_a_report_of_a_later_edition_has_its_own_window(cast: Cast, client: Client) -> None:
    later = factories.EditionFactory(
        code="later", title="A later edition", status="published", published_on=date(2020, 2, 29)
    )
    client.force_login(cast.lead, backend=BACKEND)
    page = client.get("/reports/new/").content.decode()
    assert "6 December 2019 to 6 June 2020" in page
    assert "28 February 2021 to 29 August 2021" in page
    assert "The publication of “A later edition”" in page
    typed = {
        "period_from_day": 1, "period_from_month": 3, "period_from_year": 2020,
        "period_to_day": 28, "period_to_month": 2, "period_to_year": 2021,
    }  # fmt: skip
    assert client.post("/reports/new/", {**typed, "of": str(later.pk)}).status_code == 302
    report = ReviewReport.objects.get()
    assert report.edition == later
    assert (report.window_opens, report.window_closes) == (date(2021, 2, 28), date(2021, 8, 29))
    assert client.post("/reports/new/", {**typed, "of": "nothing"}).status_code == 200
    assert ReviewReport.objects.count() == 1


def test_leads_are_reminded_once_of_each(cast: Cast) -> None:
    closing = date(2020, 4, 11)
    assert services.remind_of_windows(today=date(2019, 12, 5)) == 0
    # The run of 6 December was missed.
    assert services.remind_of_windows(today=date(2019, 12, 9)) == 1
    assert services.remind_of_windows(today=closing - timedelta(days=1)) == 0
    assert services.remind_of_windows(today=closing) == 1
    assert services.remind_of_windows(today=date(2020, 6, 6)) == 0
    assert services.remind_of_windows(today=date(2020, 6, 7)) == 0
    to = sorted(Notification.objects.values_list("to", flat=True))
    assert to == sorted([cast.lead.email, cast.other_lead.email] * 2)
    assert ReviewReminder.objects.count() == 2


def test_no_reminder_after_the_window(cast: Cast) -> None:
    assert services.remind_of_windows(today=date(2020, 6, 7)) == 0
