"""How long an application has been waiting, and what is left of the working days to decide it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from applications.models import Application
from applications.working_days import days_left


@dataclass(frozen=True)
class Clock:
    age: int  # days since it was sent, weekends and all
    due_on: date | None  # None while the clock stands still
    left: int  # working days; below 0 when overdue
    is_overdue: bool

    @property
    def is_stopped(self) -> bool:
        return self.due_on is None

    @property
    def overdue_by(self) -> int:
        return max(0, -self.left)


def clock_of(application: Application) -> Clock | None:
    """None for what DfT does not have to decide: a draft, or an application that has ended."""
    today = timezone.localdate()
    if application.submitted_at is None:
        return None
    age = (today - timezone.localdate(application.submitted_at)).days
    if application.due_on is not None:
        left = days_left(today, application.due_on, application.company.home_region)
        return Clock(age, application.due_on, left, today > application.due_on)
    if application.working_days_left is not None:
        return Clock(age, None, application.working_days_left, application.working_days_left < 0)
    return None
