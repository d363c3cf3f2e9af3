"""Who of the department has read a plan, which tells an attacker where a company is weak."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import AuditEvent, User
from accounts.services import record_event, require
from assurance.models import PlanCheck
from assurance.permissions import can_open_plan, reads_again

ONCE_IN = timedelta(hours=1)


def record_reading(*, check: PlanCheck, how: str, by: User) -> None:
    """On record once an hour for each person, version and way of reading: page, point, pdf, json, file."""
    require(
        can_open_plan(by, check) or reads_again(by, check),
        "Declare first whether you have a conflict of interest in this case",
    )
    version = check.plan_version
    read = version or check  # a check without a plan may have files of answers and notes
    lately = AuditEvent.objects.filter(
        target_type=read._meta.label_lower,
        target_id=str(read.pk),
        by=by,
        verb="plan.read",
        at__gt=timezone.now() - ONCE_IN,
        data__how=how,
    )
    if not lately.exists():
        with transaction.atomic():
            record_event(verb="plan.read", target=read, by=by, data={"how": how, "check": check.pk})
