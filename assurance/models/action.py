"""What a company is to put right, what it says to it, what was found when it was looked at again."""

from __future__ import annotations

from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from accounts.transitions import Transitions, append_only, state_machine
from applications.models import Membership
from assurance.models.check import FindingResult, PlanCheck
from assurance.querysets import CorrectiveActionQuerySet, SuspensionProposalQuerySet
from codeofpractice.models import Point, StoredFile


class ActionStatus(models.TextChoices):
    OPEN = "open", "To do"
    PLANNED = "planned", "Planned"
    NOT_PLANNED = "not_planned", "Not planned"
    DONE = "done", "Reported as done"
    PUT_RIGHT = "put_right", "Put right"
    CLOSED = "closed", "Closed"


ACTION_TRANSITIONS: Transitions = {
    ActionStatus.OPEN: {
        ActionStatus.PLANNED,
        ActionStatus.NOT_PLANNED,
        ActionStatus.DONE,
        ActionStatus.CLOSED,
    },
    ActionStatus.PLANNED: {ActionStatus.NOT_PLANNED, ActionStatus.DONE, ActionStatus.CLOSED},
    ActionStatus.NOT_PLANNED: {ActionStatus.PLANNED, ActionStatus.DONE, ActionStatus.CLOSED},
    # Looked at again: put right, or there is more to do.
    ActionStatus.DONE: {ActionStatus.OPEN, ActionStatus.PUT_RIGHT, ActionStatus.CLOSED},
    ActionStatus.PUT_RIGHT: set(),
    ActionStatus.CLOSED: set(),
}
# The company's to do.
TO_DO = (ActionStatus.OPEN, ActionStatus.PLANNED, ActionStatus.NOT_PLANNED)


class CorrectiveAction(models.Model):
    check_of = models.ForeignKey(PlanCheck, on_delete=models.PROTECT, related_name="actions")
    point = models.ForeignKey(Point, on_delete=models.PROTECT, related_name="+")
    description = models.TextField()
    owner_role = models.CharField(max_length=120, help_text="who at the company is to see to it, by role")
    target_on = models.DateField(null=True, blank=True)
    no_target_reason = models.TextField(blank=True, help_text="why there is no date")
    status = models.CharField(max_length=12, choices=ActionStatus.choices, default=ActionStatus.OPEN)
    closed_reason = models.TextField(blank=True)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField(db_default=TransactionNow())
    reminded_days = models.SmallIntegerField(
        null=True, blank=True, help_text="the last reminder: so many days before the target date"
    )

    objects = CorrectiveActionQuerySet.as_manager()

    class Meta:
        ordering = ["check_of", "point__number", "pk"]
        indexes = [models.Index(fields=["status", "target_on"], name="action_by_target")]
        constraints = [
            models.CheckConstraint(
                name="action_closed_with_reason", condition=~Q(status="closed") | ~Q(closed_reason="")
            ),
            models.CheckConstraint(
                name="action_has_target_or_reason",
                condition=Q(target_on__isnull=False, no_target_reason="")
                | (Q(target_on__isnull=True) & ~Q(no_target_reason="")),
            ),
        ]
        triggers = [state_machine("status", ACTION_TRANSITIONS)]

    def __str__(self) -> str:
        return f"Action on point {self.point.number} for {self.check_of.membership.number}"

    @property
    def is_to_do(self) -> bool:
        return self.status in TO_DO

    @property
    def is_overdue(self) -> bool:
        return self.is_to_do and self.target_on is not None and self.target_on < timezone.localdate()


class AnswerKind(models.TextChoices):
    PLANNED = "planned", "We will do it"
    NOT_PLANNED = "not_planned", "We will not do it"
    DONE = "done", "We have done it"


class ActionAnswer(models.Model):
    """What the company says to an action. Each answer stays; the newest is how it stands."""

    action = models.ForeignKey(CorrectiveAction, on_delete=models.PROTECT, related_name="answers")
    kind = models.CharField(max_length=12, choices=AnswerKind.choices)
    note = models.TextField()
    planned_for = models.DateField(null=True, blank=True)
    file = models.OneToOneField(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="action_answer"
    )
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=TransactionNow())

    class Meta:
        ordering = ["action", "-pk"]
        constraints = [
            models.CheckConstraint(name="answer_has_note", condition=~Q(note="")),
            models.CheckConstraint(
                name="answer_planned_with_day",
                condition=Q(kind="planned", planned_for__isnull=False)
                | (~Q(kind="planned") & Q(planned_for__isnull=True)),
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.action}"


class Retest(models.Model):
    """What was found at the point when what the company did was looked at. The first finding stays."""

    action = models.ForeignKey(CorrectiveAction, on_delete=models.PROTECT, related_name="retests")
    result = models.CharField(
        max_length=15,
        choices=[
            (value, label) for value, label in FindingResult.choices if value != FindingResult.NOT_APPLICABLE
        ],
    )
    note = models.TextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=TransactionNow())

    class Meta:
        ordering = ["action", "-pk"]
        constraints = [
            models.CheckConstraint(name="retest_has_note", condition=~Q(note="")),
            models.CheckConstraint(
                name="retest_result_known", condition=Q(result__in=["met", "partly", "not_met"])
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.get_result_display()}: {self.action}"


class ProposalStatus(models.TextChoices):
    OPEN = "open", "To be decided"
    SUSPENDED = "suspended", "Suspended"
    DECLINED = "declined", "Not suspended"
    MOOT = "moot", "No longer needed"


PROPOSAL_TRANSITIONS: Transitions = {
    ProposalStatus.OPEN: {ProposalStatus.SUSPENDED, ProposalStatus.DECLINED, ProposalStatus.MOOT},
    ProposalStatus.SUSPENDED: set(),
    ProposalStatus.DECLINED: set(),
    ProposalStatus.MOOT: set(),
}


class SuspensionProposal(models.Model):
    """The service proposes to suspend a member whose actions are long overdue. A lead decides."""

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="suspension_proposals")
    actions = models.ManyToManyField(CorrectiveAction, related_name="suspension_proposals")
    status = models.CharField(max_length=10, choices=ProposalStatus.choices, default=ProposalStatus.OPEN)
    proposed_at = models.DateTimeField(db_default=TransactionNow())
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)

    objects = SuspensionProposalQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["membership"], condition=Q(status="open"), name="one_open_proposal_per_member"
            ),
            models.CheckConstraint(
                name="proposal_decided_with_who_when_why",
                condition=Q(status="open", decided_by__isnull=True, decided_at__isnull=True, reason="")
                | (Q(status="moot", decided_by__isnull=True, decided_at__isnull=False) & ~Q(reason=""))
                | (
                    Q(
                        status__in=["suspended", "declined"],
                        decided_by__isnull=False,
                        decided_at__isnull=False,
                    )
                    & ~Q(reason="")
                ),
            ),
        ]
        triggers = [state_machine("status", PROPOSAL_TRANSITIONS)]

    def __str__(self) -> str:
        return f"Proposal to suspend {self.membership}"
