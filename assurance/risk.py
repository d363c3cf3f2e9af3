"""Points for what is on record about a member. The more points, the sooner a check is worth its time.

The points order members for strata and for the eye; they are no finding. Each rule is shown with its points
wherever the sum is. A change of a rule, a bound or a number of points is a new version of the rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import models

VERSION = "risk-1"


class RiskRule(models.TextChoices):
    NO_PLAN = "no_plan", "No plan submitted"
    LAST_NOT_MET = "last_not_met", "The last check came out as not met or no response"
    ACTION_OVERDUE = "action_overdue", "An action is overdue"
    CONTACT_UNCONFIRMED = "contact_unconfirmed", "The security contact has not confirmed"
    COMMERCIAL = "commercial", "Hires out vans or goods vehicles"
    NEVER_CHECKED = "never_checked", "Never checked by DfT"
    NOT_IN_PERSON = "not_in_person", "Hires out without meeting the hirer"
    LARGE = "large", "Over 250 vehicles"
    NO_DEPUTY = "no_deputy", "The security contact has no deputy"
    SUSPENDED_LATELY = "suspended_lately", "Suspended in the last 2 years"


POINTS: dict[str, int] = {
    RiskRule.NO_PLAN: 3,
    RiskRule.LAST_NOT_MET: 3,
    RiskRule.ACTION_OVERDUE: 2,
    RiskRule.CONTACT_UNCONFIRMED: 2,
    RiskRule.COMMERCIAL: 2,
    RiskRule.NEVER_CHECKED: 1,
    RiskRule.NOT_IN_PERSON: 1,
    RiskRule.LARGE: 1,
    RiskRule.NO_DEPUTY: 1,
    RiskRule.SUSPENDED_LATELY: 1,
}


class RiskBand(models.TextChoices):
    LOW = "low", "Low (0 to 3 points)"
    MEDIUM = "medium", "Medium (4 to 7 points)"
    HIGH = "high", "High (8 points or more)"


LOWEST = ((8, RiskBand.HIGH), (4, RiskBand.MEDIUM), (0, RiskBand.LOW))


@dataclass(frozen=True, slots=True)
class Risk:
    """The rules that apply to a member, in the order of the list above."""

    rules: tuple[str, ...] = ()

    @classmethod
    def of(cls, rules: Iterable[str]) -> Risk:
        applying = set(rules)
        return cls(tuple(rule for rule in POINTS if rule in applying))

    @property
    def points(self) -> int:
        return sum(POINTS[rule] for rule in self.rules)

    @property
    def band(self) -> RiskBand:
        return next(band for lowest, band in LOWEST if self.points >= lowest)

    @property
    def shown(self) -> list[tuple[str, int]]:
        """Each rule that applies in words, with its points."""
        return [(RiskRule(rule).label, POINTS[rule]) for rule in self.rules]
