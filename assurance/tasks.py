"""What this room does by the clock."""

from __future__ import annotations

import logging

from celery import shared_task
from celery.contrib.django.task import DjangoTask
from django.utils import timezone

from accounts.transitions import TransitionRefused
from assurance.models import CheckRequest, CheckStatus, PlanCheck
from assurance.services.asking import escalate_request, remind_of_request, take_plan
from codeofpractice.models import PlanVersionStatus

logger = logging.getLogger("rvss.tasks")


@shared_task(base=DjangoTask)
def keep_checks() -> dict[str, int]:
    """Take in plans that were waited for, remind companies, and tell leads who has not answered.

    One transaction a check: one that fails is logged, tried again at the next run, and stops no other.
    Harmless twice; what a missed run left is made good.
    """
    today = timezone.localdate()
    done = {"taken": 0, "reminded": 0, "escalated": 0}
    sent = PlanCheck.objects.filter(
        status=CheckStatus.WAITING,
        plan_version__isnull=True,
        membership__plan__versions__status=PlanVersionStatus.SUBMITTED,
    ).distinct()
    for check in sent.order_by("pk"):
        try:
            take_plan(check=check, by=None)
            done["taken"] += 1
        except TransitionRefused:  # somebody was faster
            continue
        except Exception:
            logger.exception("The plan of check %s could not be taken in", check.pk)
    for request in CheckRequest.objects.open().filter(check_of__status=CheckStatus.WAITING).order_by("pk"):
        try:
            done["reminded"] += remind_of_request(request=request, today=today)
            done["escalated"] += escalate_request(request=request, today=today)
        except Exception:
            logger.exception("Request %s could not be chased", request.pk)
    return done
