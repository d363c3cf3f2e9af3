"""Which results of partners DfT would check again. It changes nothing.

The frame is the results that hold, came in within a period and are about members who can be drawn now; the
newest inspection of each member, so that nobody is drawn twice. The groups are the partners. The place of a
result in the draw hangs on the number of its member: a partner can send a result anew, under another key and
another reference, and would choose its place if it hung on these.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef

from assurance.draw import strata_digest
from assurance.frame import eligible_members
from assurance.models import PartnerCheck


@dataclass(frozen=True, slots=True)
class RecheckDesign:
    """Both days count. `percent` of each partner's results are drawn, rounded up."""

    name: str
    received_from: date
    received_to: date
    percent: int
    seed: str = ""


@dataclass(frozen=True, slots=True)
class PlannedPartner:
    body_id: int
    name: str
    results: Mapping[str, int]  # the key of the result by the number of its member, in their order
    size: int

    @property
    def key(self) -> str:
        return f"partner={self.body_id}"

    @property
    def entries(self) -> list[str]:
        """As they are kept: the number, a blank and the key of the result."""
        return [f"{number} {result}" for number, result in self.results.items()]

    @property
    def inclusion_probability(self) -> float:
        return self.size / len(self.results)


@dataclass(frozen=True, slots=True)
class PlannedRechecks:
    """`left_out` counts the results of the period that hold and are not in the frame, by why."""

    design: RecheckDesign
    partners: tuple[PlannedPartner, ...]
    left_out: tuple[tuple[str, int], ...]

    @property
    def frame(self) -> list[str]:
        return sorted(entry for row in self.partners for entry in row.entries)

    @property
    def size(self) -> int:
        return sum(row.size for row in self.partners)

    @property
    def digest(self) -> str:
        return strata_digest({row.key: row.entries for row in self.partners})

    @property
    def obstacle(self) -> str:
        return "" if self.partners else "No result that came in within this period can be checked again now."

    @property
    def token(self) -> str:
        """What a lead saw before the draw: the frame and how many come from each partner."""
        sizes = ",".join(str(row.size) for row in self.partners)
        return f"{self.digest}:{sizes}"


def share_of(results: int, percent: int) -> int:
    """Rounded up, so that one is drawn of however few."""
    return -(-results * percent // 100)


def plan_rechecks(design: RecheckDesign) -> PlannedRechecks:
    left_out: Counter[str] = Counter()
    names: dict[int, str] = {}
    found: dict[int, dict[str, int]] = {}
    done, members = inspections_checked_again(), set[str]()
    for pk, body, name, number, is_eligible in _received(design):
        why = _why_left_out(pk in done, is_eligible, number in members)
        if why:
            left_out[why] += 1
            continue
        members.add(number)
        names[body] = name
        found.setdefault(body, {})[number] = pk
    partners = tuple(
        PlannedPartner(body, names[body], dict(sorted(keys.items())), share_of(len(keys), design.percent))
        for body, keys in sorted(found.items(), key=lambda row: (names[row[0]], row[0]))
    )
    return PlannedRechecks(design, partners, tuple((why, left_out[why]) for why in WHYS if left_out[why]))


CHECKED_AGAIN = "DfT has drawn this inspection before"
CANNOT_BE_DRAWN = "the membership is not active, or a check of the member is still going on"
NOT_THE_NEWEST = "there is a newer inspection of the same member"
WHYS = (CHECKED_AGAIN, CANNOT_BE_DRAWN, NOT_THE_NEWEST)


def _why_left_out(is_done: bool, is_eligible: bool, is_of_known_member: bool) -> str:
    if is_done:
        return CHECKED_AGAIN
    if not is_eligible:
        return CANNOT_BE_DRAWN
    return NOT_THE_NEWEST if is_of_known_member else ""


def _received(design: RecheckDesign) -> Any:
    """Newest inspection first. By the day on which a result came in: that day no partner can choose."""
    can_be_drawn = Exists(eligible_members().filter(pk=OuterRef("membership_id")))
    return (
        PartnerCheck.objects.current()
        .filter(sent_at__date__range=(design.received_from, design.received_to))
        .order_by("-inspected_on", "-pk")
        .values_list("pk", "body_id", "body__name", "membership__number", can_be_drawn)
    )


def inspections_checked_again() -> set[int]:
    """The keys of the results that were drawn before, and of what has corrected them since."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE drawn(id) AS (
                SELECT partner_check_id FROM assurance_recheck
                UNION SELECT sent.id FROM assurance_partnercheck sent
                JOIN drawn ON sent.replaces_id = drawn.id
            )
            SELECT id FROM drawn
            """
        )
        return {pk for (pk,) in cursor.fetchall()}
