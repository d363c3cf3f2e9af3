"""What this room does by the clock."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from celery.contrib.django.task import DjangoTask
from django.utils import timezone

from accounts.transitions import TransitionRefused
from assurance.models import (
    TO_DO,
    CheckRequest,
    CheckStatus,
    CorrectiveAction,
    PlanCheck,
    ProposalStatus,
    SuspensionProposal,
)
from assurance.services import partner_lists
from assurance.services.actions import REMINDERS, remind_of_action
from assurance.services.asking import escalate_request, remind_of_request, take_plan
from assurance.services.suspensions import drop_proposal, members_to_propose, propose_suspension
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


@shared_task(base=DjangoTask)
def keep_actions() -> dict[str, int]:
    """Remind companies of actions, propose to suspend those long overdue, drop proposals that are answered.

    As with checks: one transaction each, harmless twice.
    """
    today = timezone.localdate()
    done = {"reminded": 0, "proposed": 0, "dropped": 0}
    soon = CorrectiveAction.objects.filter(
        status__in=TO_DO,
        target_on__lte=today + timedelta(days=REMINDERS[0]),
        check_of__status=CheckStatus.DECIDED,
    )
    for action in soon.exclude(reminded_days=REMINDERS[-1]).order_by("pk"):
        try:
            done["reminded"] += remind_of_action(action=action, today=today)
        except Exception:
            logger.exception("The company could not be reminded of action %s", action.pk)
    for proposal in SuspensionProposal.objects.filter(status=ProposalStatus.OPEN).order_by("pk"):
        try:
            done["dropped"] += drop_proposal(proposal=proposal)
        except Exception:
            logger.exception("Proposal %s could not be looked at", proposal.pk)
    for membership in members_to_propose(today):
        try:
            done["proposed"] += propose_suspension(membership=membership, today=today) is not None
        except Exception:
            logger.exception("The suspension of %s could not be proposed", membership.number)
    return done


@shared_task(base=DjangoTask)
def work_on_partner_list(list_id: int) -> None:
    """Take over a partner's list of results, chunk by chunk. Harmless when run twice or at once."""
    sent = partner_lists.claim_partner_list(list_id=list_id)
    if sent is None:
        return
    try:
        while partner_lists.import_partner_rows(list_id=list_id):
            pass
    except Exception as error:  # whatever it was, the row says so and it is tried again
        logger.exception("List of results %s broke off", list_id)
        partner_lists.note_list_error(sent=sent, error=type(error).__name__)


@shared_task(base=DjangoTask)
def sweep_partner_lists() -> int:
    """Start again what a crash left in the middle; returns how many."""
    ids = partner_lists.stuck_partner_lists()
    for list_id in ids:
        work_on_partner_list.delay(list_id)
    return len(ids)
