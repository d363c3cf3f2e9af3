"""Why something was closed, by a code that can be counted and in words; and a second look at some of it."""

from __future__ import annotations

from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from accounts.transitions import append_only
from applications.models import Company
from assurance.models.action import CorrectiveAction, SuspensionProposal
from assurance.models.asking import CheckRequest
from assurance.models.check import PlanCheck
from assurance.querysets import ClosureQuerySet


class ClosureCode(models.TextChoices):
    NOT_NEEDED = "not_needed", "No longer needed"
    DONE_OTHERWISE = "done_otherwise", "Done or answered in another way"
    MISTAKE = "mistake", "Set or asked by mistake"
    NO_ANSWER = "no_answer", "Not answered in time"
    NOT_POSSIBLE = "not_possible", "The company cannot do it"
    CHANGED = "changed", "The company, its fleet or a branch has changed"
    OTHER = "other", "Another reason"


class Closure(models.Model):
    """An action closed, a question taken back, or a proposal to suspend that was declined."""

    action = models.OneToOneField(
        CorrectiveAction, null=True, blank=True, on_delete=models.PROTECT, related_name="closure"
    )
    request = models.OneToOneField(
        CheckRequest, null=True, blank=True, on_delete=models.PROTECT, related_name="closure"
    )
    proposal = models.OneToOneField(
        SuspensionProposal, null=True, blank=True, on_delete=models.PROTECT, related_name="closure"
    )
    code = models.CharField(max_length=16, choices=ClosureCode.choices)
    reason = models.TextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=TransactionNow())
    is_sampled = models.BooleanField(help_text="somebody else is to look at it")

    objects = ClosureQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["code", "by"], name="closure_by_code_and_person"),
            models.Index(fields=["id"], name="closure_sampled", condition=Q(is_sampled=True)),
        ]
        constraints = [
            models.CheckConstraint(name="closure_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="closure_of_one_thing",
                condition=Q(action__isnull=False, request__isnull=True, proposal__isnull=True)
                | Q(action__isnull=True, request__isnull=False, proposal__isnull=True)
                | Q(action__isnull=True, request__isnull=True, proposal__isnull=False),
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.kind}: {self.get_code_display()}"

    @property
    def kind(self) -> str:
        if self.action_id:
            return "Action"
        return "Question" if self.request_id else "Proposal to suspend"

    @property
    def check_of(self) -> PlanCheck | None:
        """The check in which it was closed; a proposal is about a member, not about one check."""
        about = self.action or self.request
        return about.check_of if about else None

    @property
    def company(self) -> Company:
        if self.proposal is not None:
            return self.proposal.membership.company
        assert self.check_of is not None  # a constraint says that it is of one thing
        return self.check_of.membership.company

    @property
    def what(self) -> str:
        """In the words of whoever set or asked it."""
        if self.action is not None:
            return f"{self.action.point}: {self.action.description}"
        if self.request is not None:
            return f"{self.request.point}: {self.request.question}"
        return "To suspend the member, because actions are long overdue"


class LookResult(models.TextChoices):
    RIGHT = "right", "It was right to close it"
    NOT_RIGHT = "not_right", "It should not have been closed"


class SecondLook(models.Model):
    """What somebody else says of a closure in the sample. It reopens nothing."""

    closure = models.OneToOneField(Closure, on_delete=models.PROTECT, related_name="second_look")
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    result = models.CharField(max_length=10, choices=LookResult.choices)
    note = models.TextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=TransactionNow())

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(name="second_look_has_note", condition=~Q(note="")),
            models.CheckConstraint(name="second_look_by_another_person", condition=~Q(by=F("closed_by"))),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.get_result_display()}: {self.closure}"
