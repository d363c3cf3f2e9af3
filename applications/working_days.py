"""Working days of the nations, and by which of them DfT is to decide an application.

A working day is any day but Saturday, Sunday and the bank holidays of a nation, which the Banking and
Financial Dealings Act 1971 and the proclamations under it set apart for England and Wales, Scotland and
Northern Ireland. The nation is that of the company's main office. Days are counted as section 10 of the
Freedom of Information Act 2000 counts its twenty: the day on which something arrives is day 0. All days are
days in London.

The clock of an application runs while DfT has it and stands still while the company has a question to answer.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from functools import cache

import holidays

from applications.choices import Region

# The one place that says how long DfT gives itself to decide. The scheme publishes no figure; 20 is ours.
WORKING_DAYS_TO_DECIDE = 20

ONE_DAY = timedelta(days=1)
SATURDAY = 5


class Nation(StrEnum):
    """A part of the United Kingdom with bank holidays of its own; the value is the library's code."""

    ENGLAND_AND_WALES = "ENG"
    SCOTLAND = "SCT"
    NORTHERN_IRELAND = "NIR"


NATION_OF_REGION: dict[str, Nation] = {
    Region.SCOTLAND: Nation.SCOTLAND,
    Region.NORTHERN_IRELAND: Nation.NORTHERN_IRELAND,
}


def nation_of(home_region: str) -> Nation:
    """England and Wales where no region is known: DfT itself works by their holidays."""
    return NATION_OF_REGION.get(home_region, Nation.ENGLAND_AND_WALES)


@cache
def bank_holidays(nation: Nation, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("GB", subdiv=nation.value, years=year))


def is_working_day(day: date, nation: Nation) -> bool:
    return day.weekday() < SATURDAY and day not in bank_holidays(nation, day.year)


def _nearest_working_day(day: date, step: timedelta, nation: Nation) -> date:
    while not is_working_day(day, nation):
        day += step
    return day


def working_day_after(day: date, count: int, nation: Nation) -> date:
    """The working day that is `count` working days after a day, which itself counts as 0.

    A negative count goes back; 0 is the day itself, or the next working day when it is none.
    """
    step = ONE_DAY if count >= 0 else -ONE_DAY
    if count <= 0:
        day = _nearest_working_day(day, step, nation)
    for _ in range(abs(count)):
        day = _nearest_working_day(day + step, step, nation)
    return day


def working_days_between(today: date, due_on: date, nation: Nation) -> int:
    """Working days from the day after `today` up to `due_on`; below 0 by as many as it is overdue."""
    first, last, sign = (today, due_on, 1) if due_on >= today else (due_on, today, -1)
    days = (first + ONE_DAY * number for number in range(1, (last - first).days + 1))
    return sign * sum(is_working_day(day, nation) for day in days)


def due_from(day: date, home_region: str, working_days: int = WORKING_DAYS_TO_DECIDE) -> date:
    """By when DfT is to decide what it has from this day on, with so many working days left."""
    return working_day_after(day, working_days, nation_of(home_region))


def days_left(today: date, due_on: date, home_region: str) -> int:
    """What is left of the target today; below 0 when it is missed. `due_from` takes it back."""
    return working_days_between(today, due_on, nation_of(home_region))
