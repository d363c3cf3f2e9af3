from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from accounts.transitions import append_only
from applications.models import Membership
from assurance.allocation import Allocation
from assurance.querysets import SelectionRoundQuerySet
from assurance.risk import Risk, RiskRule


class StratifyBy(models.TextChoices):
    FLEET = "fleet", "Size of fleet"
    MODEL = "model", "Rental model"
    REGION = "region", "Region of the main office"
    ORIGIN = "origin", "Joined through DfT or a partner"
    RISK = "risk", "Risk band"


class SelectionRound(models.Model):
    """A random draw of members for checks. What is needed to repeat it is stored; it never changes.

    Rounds drawn before there were strata have none; all their members had the same chance. A round of
    re-checks is drawn from results that partners sent: in its frame and strata the key of the result stands
    after the number of each member.
    """

    name = models.CharField(max_length=120)
    seed = models.CharField(max_length=64)
    algorithm = models.CharField(max_length=40, help_text="name and version of the draw")
    frame = ArrayField(
        models.CharField(max_length=20), default=list,
        help_text="numbers of the members who could be drawn at random; of re-checks, with the result",
    )  # fmt: skip
    frame_size = models.PositiveIntegerField(help_text="members who could have been drawn at random")
    frame_sha256 = models.CharField(max_length=64, help_text="over their numbers and strata in order")
    sample_size = models.PositiveIntegerField(help_text="members drawn at random")
    strata_by = ArrayField(
        models.CharField(max_length=10, choices=StratifyBy.choices), default=list, blank=True
    )
    allocation = models.CharField(max_length=12, choices=Allocation.choices, blank=True)
    risk_rules = models.CharField(max_length=20, blank=True, help_text="version of the rules for risk points")
    results_from = models.DateField(
        null=True, blank=True, help_text="of re-checks: the first day on which the results came in"
    )
    results_to = models.DateField(null=True, blank=True, help_text="the last day, which counts")
    results_percent = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="how many of each partner's results are drawn, rounded up"
    )
    drawn_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField()

    objects = SelectionRoundQuerySet.as_manager()

    class Meta:
        ordering = ["-drawn_at"]
        constraints = [
            models.CheckConstraint(name="sample_within_frame", condition=Q(sample_size__lte=F("frame_size"))),
            models.CheckConstraint(name="round_draws_at_random", condition=Q(sample_size__gte=1)),
            models.CheckConstraint(
                name="rechecks_with_period_and_share",
                condition=Q(results_from__isnull=True, results_to__isnull=True, results_percent__isnull=True)
                | Q(
                    results_from__isnull=False,
                    results_to__isnull=False,
                    results_to__gte=F("results_from"),
                    results_percent__isnull=False,
                    results_percent__gte=1,
                    results_percent__lte=100,
                ),
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return self.name

    @property
    def is_of_rechecks(self) -> bool:
        return self.results_from is not None

    @property
    def strata_in_words(self) -> str:
        return ", ".join(StratifyBy(by).label.lower() for by in self.strata_by)


class RoundStratum(models.Model):
    """A group of the frame from which members are drawn alike."""

    round = models.ForeignKey(SelectionRound, on_delete=models.PROTECT, related_name="strata")
    position = models.PositiveIntegerField()
    key = models.CharField(max_length=120, help_text="as it stands in the digest of the frame; empty for all")
    label = models.CharField(max_length=300)
    members = ArrayField(models.CharField(max_length=20), help_text="their numbers in order")
    members_count = models.PositiveIntegerField()
    checked_before = models.PositiveIntegerField(help_text="members with a decided check before the draw")
    met_before = models.PositiveIntegerField(help_text="of these, how many met the code")
    size = models.PositiveIntegerField(help_text="members drawn")

    class Meta:
        ordering = ["round", "position"]
        constraints = [
            models.UniqueConstraint(fields=["round", "key"], name="stratum_once_in_round"),
            models.UniqueConstraint(fields=["round", "position"], name="stratum_position_once_in_round"),
            models.CheckConstraint(
                name="stratum_drawn_within_members",
                condition=Q(size__lte=F("members_count"), members_count__gte=1),
            ),
            models.CheckConstraint(
                name="stratum_met_within_checked",
                condition=Q(met_before__lte=F("checked_before"), checked_before__lte=F("members_count")),
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.label} in {self.round}"

    @property
    def inclusion_probability(self) -> float:
        return self.size / self.members_count

    @property
    def numbers(self) -> list[str]:
        """Of the members alone, without the results of re-checks."""
        return [entry.split()[0] for entry in self.members]


class RoundExclusion(models.Model):
    """A member that was taken out of the frame before the draw, and why."""

    round = models.ForeignKey(SelectionRound, on_delete=models.PROTECT, related_name="exclusions")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()

    class Meta:
        ordering = ["round", "membership__number"]
        constraints = [
            models.UniqueConstraint(fields=["round", "membership"], name="excluded_once_from_round"),
            models.CheckConstraint(name="exclusion_has_reason", condition=~Q(reason="")),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.membership} left out of {self.round}"


class SelectionKind(models.TextChoices):
    RANDOM = "random", "Drawn at random"
    CERTAINTY = "certainty", "Taken with certainty"
    TARGETED = "targeted", "Targeted"


class Selection(models.Model):
    """A member that is checked in a round.

    One that is taken with certainty speaks for itself alone in figures: its chance is 1. One that was
    chosen because of what is known about it has no chance to speak of, and figures leave it out.
    """

    round = models.ForeignKey(SelectionRound, on_delete=models.PROTECT, related_name="selections")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="selections")
    position = models.PositiveIntegerField(help_text="order in which it was drawn, from 1")
    kind = models.CharField(max_length=10, choices=SelectionKind.choices, default=SelectionKind.RANDOM)
    stratum = models.ForeignKey(
        RoundStratum, null=True, blank=True, on_delete=models.PROTECT, related_name="selections"
    )
    inclusion_probability = models.FloatField(null=True, help_text="none for a targeted member")
    reason = models.TextField(blank=True, help_text="why it was taken, unless drawn at random")
    risk_rules_met = ArrayField(
        models.CharField(max_length=20, choices=RiskRule.choices), default=list, blank=True,
        help_text="the rules for risk points that applied at the draw",
    )  # fmt: skip

    class Meta:
        ordering = ["round", "position"]
        constraints = [
            models.UniqueConstraint(fields=["round", "membership"], name="member_once_in_round"),
            models.UniqueConstraint(fields=["round", "position"], name="position_once_in_round"),
            models.CheckConstraint(
                name="selection_kind_with_probability",
                condition=Q(
                    kind="random",
                    inclusion_probability__isnull=False,
                    inclusion_probability__gt=0,
                    inclusion_probability__lte=1,
                    reason="",
                )
                | (
                    Q(
                        kind="certainty",
                        inclusion_probability__isnull=False,
                        inclusion_probability=1,
                        stratum=None,
                    )
                    & ~Q(reason="")
                )
                | (Q(kind="targeted", inclusion_probability__isnull=True, stratum=None) & ~Q(reason="")),
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.membership} in {self.round}"

    @property
    def risk(self) -> Risk:
        return Risk.of(self.risk_rules_met)
