"""The check of one member's plan: findings, recommendation and decision."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
from accounts.transitions import Transitions, append_only, state_machine
from applications.models import Membership
from assurance.models.selection import Selection
from assurance.querysets import PlanCheckQuerySet
from codeofpractice.models import Passage, PlanVersion, Point


class CheckStatus(models.TextChoices):
    OPEN = "open", "To be checked"
    WAITING = "waiting", "Waiting for the company"
    RECOMMENDED = "recommended", "To be decided"
    DECIDED = "decided", "Decided"


CHECK_TRANSITIONS: Transitions = {
    CheckStatus.OPEN: {CheckStatus.WAITING, CheckStatus.RECOMMENDED},
    # To be recommended from here is to have had no response.
    CheckStatus.WAITING: {CheckStatus.OPEN, CheckStatus.RECOMMENDED},
    # A lead sends a check back with a reason; the recommendation before it stays on record.
    CheckStatus.RECOMMENDED: {CheckStatus.OPEN, CheckStatus.DECIDED},
    CheckStatus.DECIDED: set(),
}
# The assurer's: findings can be recorded, also at other points while the company answers at one.
IN_HAND = (CheckStatus.OPEN, CheckStatus.WAITING)


class CheckOutcome(models.TextChoices):
    MET = "met", "Met"
    MET_WITH_ACTIONS = "met_with_actions", "Met with actions"
    NOT_MET = "not_met", "Not met"
    NO_RESPONSE = "no_response", "No response"


class PlanCheck(models.Model):
    selection = models.OneToOneField(Selection, on_delete=models.PROTECT, related_name="check_opened")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="plan_checks")
    plan_version = models.ForeignKey(
        PlanVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="checks",
        help_text="the submitted version that is checked; none until there is one",
    )  # fmt: skip
    status = models.CharField(max_length=12, choices=CheckStatus.choices, default=CheckStatus.OPEN)
    assurer = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="plan_checks"
    )
    decision = models.ForeignKey(
        "assurance.Decision", null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        help_text="the one that holds: nothing has replaced it",
    )  # fmt: skip
    opened_at = models.DateTimeField(db_default=TransactionNow())
    due_on = models.DateField(
        null=True, blank=True, help_text="by when DfT is to recommend; none while the company has the ball"
    )
    working_days_left = models.SmallIntegerField(
        null=True, blank=True, help_text="what was left when the clock stopped; below 0 when it was late"
    )

    objects = PlanCheckQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        indexes = [
            models.Index(fields=["status", "due_on", "id"], name="check_queue"),
            models.Index(fields=["assurer", "status", "due_on"], name="check_by_assurer"),
        ]
        constraints = [
            models.CheckConstraint(
                name="check_clock_stands_still_while_waiting",
                condition=Q(status="waiting", due_on__isnull=True, working_days_left__isnull=False)
                | (~Q(status="waiting") & Q(due_on__isnull=False, working_days_left__isnull=True)),
            ),
            models.CheckConstraint(
                name="check_decided_with_its_decision",
                condition=Q(status="decided", decision__isnull=False)
                | (~Q(status="decided") & Q(decision__isnull=True)),
            ),
        ]
        triggers = [
            state_machine("status", CHECK_TRANSITIONS),
            pgtrigger.Trigger(
                name="decided_by_decision",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Q(new__status="decided"),
                func="""
                    IF NOT EXISTS (SELECT 1 FROM assurance_decision WHERE check_of_id = NEW.id) THEN
                        RAISE EXCEPTION 'a check is decided by a decision';
                    END IF;
                    RETURN NEW;
                """,
            ),
            # Of the bars in bars.py these two rest on rows of this moment that need no comparing of words.
            pgtrigger.Trigger(
                name="not_given_to_the_barred",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("assurer_id"),
                condition=pgtrigger.Q(new__assurer_id__isnull=False),
                func="""
                    IF EXISTS (
                        SELECT 1 FROM applications_membership own
                        JOIN applications_companyperson person ON person.company_id = own.company_id
                        WHERE own.id = NEW.membership_id AND person.user_id = NEW.assurer_id
                    ) THEN
                        RAISE EXCEPTION 'nobody checks the plan of a company for which they act';
                    END IF;
                    IF EXISTS (
                        SELECT 1 FROM assurance_conflictdeclaration declared
                        JOIN assurance_plancheck checked ON checked.id = declared.check_of_id
                        JOIN applications_membership theirs ON theirs.id = checked.membership_id
                        JOIN applications_membership own ON own.company_id = theirs.company_id
                        WHERE own.id = NEW.membership_id AND declared.user_id = NEW.assurer_id
                            AND declared.has_conflict
                    ) AND NOT EXISTS (
                        SELECT 1 FROM assurance_baroverride lifted
                        WHERE lifted.check_of_id = NEW.id AND lifted.user_id = NEW.assurer_id
                            AND lifted.ended_at IS NULL AND 'declared' = ANY(lifted.bars)
                    ) THEN
                        RAISE EXCEPTION 'a check is not given to somebody who has declared a conflict';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"Check of {self.membership.number}"

    @property
    def clock_in_words(self) -> str:
        """How much of DfT's time is left while the company has the ball; empty while DfT has it."""
        left = self.working_days_left
        if left is None:
            return ""
        days = "working day" if abs(left) == 1 else "working days"
        amount = f"{left} {days} left" if left >= 0 else f"{-left} {days} late"
        return f"The clock stands still while the company has the ball: {amount}"

    @property
    def is_overdue(self) -> bool:
        return (
            self.status != CheckStatus.DECIDED
            and self.due_on is not None
            and self.due_on < timezone.localdate()
        )


class FindingResult(models.TextChoices):
    MET = "met", "Met"
    PARTLY = "partly", "Partly met"
    NOT_MET = "not_met", "Not met"
    NOT_APPLICABLE = "not_applicable", "Not applicable"


class Finding(models.Model):
    check_of = models.ForeignKey(PlanCheck, on_delete=models.PROTECT, related_name="findings")
    point = models.ForeignKey(Point, on_delete=models.PROTECT, related_name="+")
    result = models.CharField(max_length=15, choices=FindingResult.choices)
    note = models.TextField()
    cited = models.ManyToManyField(Passage, blank=True, related_name="+")
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["point__number"]
        constraints = [
            models.UniqueConstraint(fields=["check_of", "point"], name="one_finding_per_point"),
            models.CheckConstraint(name="finding_has_note", condition=~Q(note="")),
        ]
        indexes = [models.Index(fields=["point", "result"], name="finding_by_point")]
        triggers = [
            # Once an outcome is recommended, what it rests on stays as it was.
            pgtrigger.Trigger(
                name="frozen_with_check",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF EXISTS (
                        SELECT 1 FROM assurance_plancheck checked
                        WHERE checked.id IN (OLD.check_of_id, NEW.check_of_id)
                            AND checked.status NOT IN ('open', 'waiting')
                    ) THEN
                        RAISE EXCEPTION 'the findings of a check that is no longer open do not change';
                    END IF;
                    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                    RETURN NEW;
                """,
            )
        ]

    def __str__(self) -> str:
        return f"{self.point}: {self.get_result_display()}"


class Recommendation(models.Model):
    """What the assurer recommends. A new one follows when a lead sends the check back; none is changed."""

    check_of = models.ForeignKey(PlanCheck, on_delete=models.PROTECT, related_name="recommendations")
    outcome = models.CharField(max_length=20, choices=CheckOutcome.choices)
    reason = models.TextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["check_of", "-at"]
        constraints = [
            models.CheckConstraint(name="recommendation_has_reason", condition=~Q(reason="")),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} recommended by {self.by}"


class Decision(models.Model):
    """The department's decision. `recommended_by` repeats the recommendation's author, so that the
    database itself can refuse a decision by the same person. A later one points to that which it replaces."""

    check_of = models.ForeignKey(PlanCheck, on_delete=models.PROTECT, related_name="decisions")
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    recommendation = models.ForeignKey(Recommendation, on_delete=models.PROTECT, related_name="decisions")
    recommended_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=20, choices=CheckOutcome.choices)
    reason = models.TextField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="decided_by_another_person", condition=~Q(decided_by=F("recommended_by"))
            ),
            models.CheckConstraint(name="decision_has_reason", condition=~Q(reason="")),
            models.UniqueConstraint(
                fields=["check_of"], condition=Q(replaces__isnull=True), name="one_first_decision_per_check"
            ),
        ]
        indexes = [models.Index(fields=["decided_at"], name="decision_by_time")]
        triggers = [
            *append_only(),
            # Who recommended cannot be made up: it is the author of the check's newest recommendation.
            pgtrigger.Trigger(
                name="rests_on_newest",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM assurance_recommendation newest
                        WHERE newest.id = NEW.recommendation_id
                            AND newest.by_id = NEW.recommended_by_id
                            AND newest.id = (
                                SELECT max(id) FROM assurance_recommendation
                                WHERE check_of_id = NEW.check_of_id
                            )
                    ) THEN
                        RAISE EXCEPTION 'a decision rests on the newest recommendation of its check';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="replaced_by_another_person",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__replaces_id__isnull=False),
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM assurance_decision earlier
                        WHERE earlier.id = NEW.replaces_id AND earlier.check_of_id = NEW.check_of_id
                            AND earlier.decided_by_id <> NEW.decided_by_id
                    ) THEN
                        RAISE EXCEPTION 'a decision is replaced by another person, about the same check';
                    END IF;
                    RETURN NEW;
                """,
            ),
            # A second reading that is due has come, and what it differs in is settled.
            pgtrigger.Trigger(
                name="waits_for_second_reading",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF EXISTS (
                        SELECT 1 FROM assurance_recommendationvoid
                        WHERE recommendation_id = NEW.recommendation_id
                    ) THEN
                        RAISE EXCEPTION 'a recommendation that is void is not decided on';
                    END IF;
                    IF EXISTS (
                        SELECT 1 FROM assurance_secondreading reading
                        WHERE reading.recommendation_id = NEW.recommendation_id AND (
                            reading.submitted_at IS NULL OR EXISTS (
                                SELECT 1 FROM assurance_secondfinding second
                                LEFT JOIN assurance_finding first
                                    ON first.check_of_id = reading.check_of_id
                                    AND first.point_id = second.point_id
                                LEFT JOIN assurance_settlement settled
                                    ON settled.reading_id = reading.id
                                    AND settled.point_id = second.point_id
                                WHERE second.reading_id = reading.id
                                    AND first.result IS DISTINCT FROM second.result
                                    AND settled.id IS NULL
                            )
                        )
                    ) THEN
                        RAISE EXCEPTION 'the second reading comes before the decision';
                    END IF;
                    IF NEW.outcome = 'not_met' AND NOT EXISTS (
                        SELECT 1 FROM assurance_secondreading
                        WHERE check_of_id = NEW.check_of_id AND submitted_at IS NOT NULL
                    ) THEN
                        RAISE EXCEPTION 'not met is decided when the plan was read a second time';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} decided by {self.decided_by}"
