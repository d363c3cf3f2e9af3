"""What a partner found beside what DfT found at the same members, drawn at random."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import F, QuerySet

from accounts.models import User
from assurance.agreement import FEWEST_PAIRS
from assurance.frame import DID_NOT, KEPT_CODE
from assurance.models import CheckOutcome, CheckStatus, PlanCheck, Recheck


@dataclass(slots=True)
class Compared:
    """Counts of re-checks of one partner's results. A member that did not respond compares with nothing."""

    name: str
    drawn: int = 0
    decided: int = 0
    no_response: int = 0
    pairs: list[tuple[str, str]] = field(default_factory=list)  # the partner's outcome, and DfT's

    def take(self, said: str, status: str, outcome: str | None) -> None:
        self.drawn += 1
        if status != CheckStatus.DECIDED or outcome is None:
            return
        self.decided += 1
        if outcome == CheckOutcome.NO_RESPONSE:
            self.no_response += 1
        else:
            self.pairs.append((said, outcome))

    @property
    def compared(self) -> int:
        return len(self.pairs)

    @property
    def is_enough(self) -> bool:
        return self.compared >= FEWEST_PAIRS

    @property
    def agreed(self) -> int:
        return sum(said == found for said, found in self.pairs)

    @property
    def rate(self) -> float:
        """Only where there are pairs: see is_enough."""
        return self.agreed / self.compared

    @property
    def overstated(self) -> int:
        """Met for the partner, with or without actions, and not met for DfT."""
        return sum(said in KEPT_CODE and found in DID_NOT for said, found in self.pairs)


def compare_partners() -> tuple[list[Compared], Compared]:
    """Each partner by name, and all together; in one query. DfT's outcome is the one that holds now."""
    rows = Recheck.objects.order_by("partner_check__body__name", "partner_check__body_id").values_list(
        "partner_check__body_id",
        "partner_check__body__name",
        "partner_check__outcome",
        "selection__check_opened__status",
        "selection__check_opened__decision__outcome",
    )
    by_body: dict[int, Compared] = {}
    overall = Compared("All partners")
    for body, name, *found in rows:
        by_body.setdefault(body, Compared(name)).take(*found)
        overall.take(*found)
    return list(by_body.values()), overall


def differing(user: User) -> QuerySet[Recheck]:
    """Re-checks in which DfT came to another outcome, of the checks that the person sees; newest first."""
    checks = PlanCheck.objects.visible_to(user).filter(status=CheckStatus.DECIDED)
    return (
        Recheck.objects.filter(selection__check_opened__in=checks)
        .exclude(selection__check_opened__decision__outcome=F("partner_check__outcome"))
        .exclude(selection__check_opened__decision__outcome=CheckOutcome.NO_RESPONSE)
        .select_related(
            "partner_check__body",
            "partner_check__replaced_by",
            "partner_check__membership__company",
            "selection__check_opened__decision",
        )
        .defer("partner_check__membership__company__search")
        .order_by("-selection__check_opened__decision__decided_at", "-pk")
    )
