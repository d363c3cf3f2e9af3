"""A partner with a member of its own, and results as it would send them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from applications.models import Membership, TradeBody
from assurance.models import PartnerCheck
from assurance.partner_results import ResultFacts
from assurance.services import record_partner_check
from tests.cast import Cast
from tests.factories import MembershipFactory


def join(body: TradeBody, membership: Membership) -> Membership:
    """The member came through the partner, and says that it belongs to it."""
    membership.company.trade_bodies.add(body)
    membership.origin, membership.partner = "partner", body
    membership.save()
    return membership


def own_member(body: TradeBody) -> Membership:
    return join(body, MembershipFactory())


def facts(membership: Membership, **changes: Any) -> ResultFacts:
    given: dict[str, Any] = {
        "reference": "INSP-1",
        "membership": membership.number,
        "kind": "on_site",
        "inspected_on": timezone.localdate() - timedelta(days=10),
        "inspected_by": "Field team",
        "outcome": "met",
    }
    return ResultFacts(**(given | changes))


def send(cast: Cast, membership: Membership, **changes: Any) -> PartnerCheck:
    made, _ = record_partner_check(
        body=cast.trade_body, facts=facts(membership, **changes), source="form", by=cast.partner
    )
    return made
