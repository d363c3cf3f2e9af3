"""Moving members' plans on to a new edition: one row an edition, one row a member."""

from __future__ import annotations

from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import Q

from accounts.transitions import Transitions, state_machine
from applications.models import Membership
from codeofpractice.models.edition import Edition
from codeofpractice.models.plan import PlanVersion


class EditionMove(models.Model):
    """That the members whom an edition concerns have been listed; it is finished when none of them waits."""

    edition = models.OneToOneField(Edition, on_delete=models.PROTECT, related_name="move")
    started_at = models.DateTimeField(db_default=TransactionNow())
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="edition_move_open", condition=Q(finished_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"Plans moved on to {self.edition}"


class MemberMoveStatus(models.TextChoices):
    PENDING = "pending", "Waiting"
    MOVED = "moved", "Moved on"
    SKIPPED = "skipped", "Nothing to move"
    FAILED = "failed", "Failed"


MEMBER_MOVE_TRANSITIONS: Transitions = {
    MemberMoveStatus.PENDING: {
        MemberMoveStatus.MOVED,
        MemberMoveStatus.SKIPPED,
        MemberMoveStatus.FAILED,
    },
    MemberMoveStatus.FAILED: {MemberMoveStatus.PENDING},
    MemberMoveStatus.MOVED: set(),
    MemberMoveStatus.SKIPPED: set(),
}


class MemberMove(models.Model):
    move = models.ForeignKey(EditionMove, on_delete=models.CASCADE, related_name="members")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    status = models.CharField(
        max_length=8, choices=MemberMoveStatus.choices, default=MemberMoveStatus.PENDING
    )
    version = models.OneToOneField(
        PlanVersion,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="the new draft",
    )
    reason = models.CharField(max_length=200, blank=True, help_text="why there was nothing to move")
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["move", "id"], name="member_move_pending", condition=Q(status="pending"))
        ]
        constraints = [
            models.UniqueConstraint(fields=["move", "membership"], name="member_moved_once"),
            models.CheckConstraint(
                name="moved_has_version",
                condition=Q(status="moved", version__isnull=False)
                | (~Q(status="moved") & Q(version__isnull=True)),
            ),
            models.CheckConstraint(name="skipped_has_reason", condition=~Q(status="skipped") | ~Q(reason="")),
        ]
        triggers = [state_machine("status", MEMBER_MOVE_TRANSITIONS)]

    def __str__(self) -> str:
        return f"{self.membership_id}: {self.get_status_display()}"
