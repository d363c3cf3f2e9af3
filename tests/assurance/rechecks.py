"""Re-checks as a lead would ask for them, and as DfT would decide on them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Role, User
from assurance.models import CheckStatus, PlanCheck, Recheck
from assurance.recheck_design import RecheckDesign
from tests import factories as make


def design(**changes: Any) -> RecheckDesign:
    today = timezone.localdate()
    given: dict[str, Any] = {
        "name": "Re-checks",
        "received_from": today - timedelta(days=30),
        "received_to": today,
        "percent": 25,
        "seed": "public",
    }
    return RecheckDesign(**(given | changes))


def decide(recheck: Recheck, outcome: str, by: User) -> PlanCheck:
    """The check as if its plan had come; nobody is told “not met” on one reader's word."""
    check = PlanCheck.objects.get(selection=recheck.selection)
    check.status, check.due_on, check.working_days_left = CheckStatus.OPEN, timezone.localdate(), None
    check.save()
    recommendation = make.recommend(check, by=make.UserFactory(role=Role.ASSURER), outcome=outcome)
    if outcome == "not_met":
        make.read_again(recommendation, by=make.UserFactory(role=Role.ASSURER))
    make.decide(check, by=by)
    return check
