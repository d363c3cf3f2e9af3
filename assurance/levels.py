"""How far a member is assured: by DfT, by an approved partner, or by its own word alone. Defined here only.

DfT's word about a member is its latest decision, a partner's is the newest inspection whose result holds. A
decision of DfT comes before any result of a partner, whichever is the newer: a member about whom DfT has
decided "not met" is not assured by a partner that says "met".
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Case, CharField, OuterRef, QuerySet, Subquery, TextChoices, Value, When
from django.utils import timezone

from assurance.frame import KEPT_CODE
from assurance.models import Decision, PartnerCheck, PartnerOutcome


class AssuranceLevel(TextChoices):
    DFT = "dft", "DfT-assured"
    PARTNER = "partner", "Partner-assured"
    SELF = "self", "Self-declared"


KEPT_FOR_PARTNER = (PartnerOutcome.MET, PartnerOutcome.MET_WITH_ACTIONS)


def decisions_by(at: datetime) -> QuerySet[Decision]:
    """Latest first. One that replaces another is later than it, so the first of a member always holds."""
    return Decision.objects.filter(decided_at__lte=at).order_by("-decided_at", "-pk")


def results_by(at: datetime) -> QuerySet[PartnerCheck]:
    """Those that held at the moment, newest inspection first."""
    return PartnerCheck.objects.holding(at).order_by("-inspected_on", "-pk")


def with_assurance_level(members: QuerySet[Any, Any], at: datetime | None = None) -> QuerySet[Any, Any]:
    """Memberships with `assurance_level`, by what was known at the moment; without one, now."""
    at = at or timezone.now()
    dft = decisions_by(at).filter(check_of__membership=OuterRef("pk")).values("outcome")[:1]
    partner = results_by(at).filter(membership=OuterRef("pk")).values("outcome")[:1]
    return members.alias(of_dft=Subquery(dft), of_partner=Subquery(partner)).annotate(
        assurance_level=Case(
            When(of_dft__in=KEPT_CODE, then=Value(AssuranceLevel.DFT)),
            When(of_dft=None, of_partner__in=KEPT_FOR_PARTNER, then=Value(AssuranceLevel.PARTNER)),
            default=Value(AssuranceLevel.SELF),
            output_field=CharField(),
        )
    )
