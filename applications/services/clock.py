"""The working-day clock of an application: each service that changes its status moves it. Saves nothing."""

from __future__ import annotations

from django.utils import timezone

from applications.models import Application
from applications.working_days import WORKING_DAYS_TO_DECIDE, days_left, due_from

CLOCK = ("due_on", "working_days_left")


def start_clock(application: Application) -> None:
    """DfT has it: with the whole target, or with what was left when a question stopped the clock."""
    left = application.working_days_left
    application.due_on = due_from(
        timezone.localdate(),
        application.company.home_region,
        WORKING_DAYS_TO_DECIDE if left is None else left,
    )
    application.working_days_left = None


def stop_clock(application: Application) -> None:
    """The company has it."""
    if application.due_on is not None:
        today = timezone.localdate()
        application.working_days_left = days_left(today, application.due_on, application.company.home_region)
    application.due_on = None


def end_clock(application: Application) -> None:
    application.due_on = None
    application.working_days_left = None
