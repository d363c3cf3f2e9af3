"""The working-day clock of a check: it stands still while the company has the ball. Saves nothing."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from applications.working_days import days_left, due_from
from assurance.models import PlanCheck

# The scheme publishes no figures; these are ours. All in working days.
DAYS_TO_CHECK = 20
DAYS_TO_SEND_PLAN = 20
DAYS_TO_ANSWER = 10
CLOCK = ("due_on", "working_days_left")


def start_clock(check: PlanCheck) -> None:
    """DfT has it: with the whole target, or with what was left when the company was asked."""
    left = check.working_days_left
    region = check.membership.company.home_region
    check.due_on = due_from(timezone.localdate(), region, DAYS_TO_CHECK if left is None else left)
    check.working_days_left = None


def stop_clock(check: PlanCheck) -> None:
    """The company has it."""
    if check.due_on is not None:
        region = check.membership.company.home_region
        check.working_days_left = days_left(timezone.localdate(), check.due_on, region)
    elif check.working_days_left is None:
        check.working_days_left = DAYS_TO_CHECK
    check.due_on = None


def due_for_company(check: PlanCheck, working_days: int) -> date:
    return due_from(timezone.localdate(), check.membership.company.home_region, working_days)
