"""When a membership is to be renewed, when its company is reminded, and when it lapses.

A membership is renewed every year. Its company is reminded 60, 30 and 7 days before the day on which that
is due and told on that day; 30 days later the membership lapses. All days are days in London.
"""

from __future__ import annotations

from datetime import date, timedelta

# Days before the due date on which a reminder goes out; the last one is the word on the day itself.
REMINDERS = (60, 30, 7, 0)
OPENS_BEFORE = timedelta(days=REMINDERS[0])
GRACE = timedelta(days=30)
# Nobody lapses who was not told so long before: it matters after a failure of the service.
NOTICE = timedelta(days=7)


def a_year_after(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:  # 29 February
        return date(day.year + 1, 3, 1)


def opens_on(due_on: date) -> date:
    return due_on - OPENS_BEFORE


def lapses_on(due_on: date) -> date:
    """The first day on which a membership that was not renewed is lapsed."""
    return due_on + GRACE


def reminder_for(due_on: date, today: date) -> int | None:
    """Which reminder should have gone out by today; None when it is too early for the first.

    20 days before the due date it is the one of 30 days: one that was missed is not sent after the next.
    """
    left = (due_on - today).days
    return min((days for days in REMINDERS if left <= days), default=None)


def next_due(due_on: date, today: date, *, has_lapsed: bool) -> date:
    """The next due date of a membership that is renewed today.

    Whoever renews early or late keeps its day of the year. A lapsed member starts a new year today: it
    was no member in between, and would else be due again at once.
    """
    if has_lapsed:
        return a_year_after(today)
    following = a_year_after(due_on)
    while following <= today:
        following = a_year_after(following)
    return following
