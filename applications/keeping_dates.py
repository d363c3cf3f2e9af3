"""How long a draft is kept, and when its company is warned before it goes.

A draft goes when no answer of it was saved for 12 months: what people left behind is not to be kept for ever
(UK GDPR, article 5(1)(e)). They are warned 30 and 7 days before. All days are days in London.
"""

from __future__ import annotations

from datetime import date, timedelta

from applications.renewal_dates import a_year_after

# Days before a draft goes on which those who can act for the company are told.
WARNINGS = (30, 7)
# Nothing goes whose company was not told so long before: it matters after a failure of the service.
NOTICE = timedelta(days=WARNINGS[-1])


def kept_until(last_changed_on: date) -> date:
    """The day on which a draft goes that was last changed on a day."""
    return a_year_after(last_changed_on)


def last_changed_before(day: date) -> date:
    """Drafts that were last changed on this day or before it go on `day` or have gone."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February
        return date(day.year - 1, 2, 28)


def warning_for(kept_until: date, today: date) -> int | None:
    """Which warning should have gone out by today; None when it is too early for the first."""
    left = (kept_until - today).days
    return min((days for days in WARNINGS if left <= days), default=None)
