"""The round that has just been drawn, from groups and with members that a lead named, and shared out."""

from __future__ import annotations

from accounts.models import Role, User
from assurance.allocation import Allocation
from assurance.design import Named, RoundDesign, plan_round
from assurance.models import SelectionRound
from assurance.models.selection import StratifyBy
from assurance.services import allocate_round, draw_round

NAME = "Fourth round, by fleet and risk"
CERTAIN = "No member has more risk points."
TARGETED = "The police have asked about two of its rentals."
EXCLUDED = "Its only site is flooded, and shut until the spring."
GROUPS = (StratifyBy.FLEET, StratifyBy.RISK)
FEWEST, MOST = 30, 200  # drawn at random


def draw_current_round(*, seed: str) -> SelectionRound | None:
    """As a lead does, by the services. None when there are too few members for it."""
    lead = User.objects.filter(role=Role.LEAD).order_by("pk").last()
    everybody = plan_round(RoundDesign(name=NAME, size=1))
    if lead is None or len(everybody.candidates) < 2 * FEWEST:
        return None
    riskiest = sorted(everybody.candidates.values(), key=lambda row: (-row.risk.points, row.number))
    first, second, third = (row.number for row in riskiest[:3])
    design = RoundDesign(
        name=NAME,
        size=min(max(FEWEST, len(riskiest) // 25), MOST),
        strata_by=GROUPS,
        allocation=Allocation.NEYMAN,
        certainty=(Named(first, CERTAIN),),
        targeted=(Named(second, TARGETED),),
        excluded=(Named(third, EXCLUDED),),
        seed=seed,
    )
    round_ = draw_round(design=design, by=lead)
    allocate_round(round_=round_, by=lead)
    return round_
