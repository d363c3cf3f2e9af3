"""What a partner says of one inspection, whichever way it comes, and what is wrong with it by what is known.

Faults are by field: the names are those of the form, of the columns of a file, and of the API.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from applications.models import EnrolledCompany, EnrolledStatus, Membership, MembershipStatus, TradeBody
from applications.services.locks import in_words
from assurance.models import FindingResult, PartnerCheck, PartnerOutcome
from codeofpractice.models import Edition, Point

ENDED = (MembershipStatus.REMOVED, MembershipStatus.RESIGNED)
SHORTFALLS = frozenset({FindingResult.PARTLY, FindingResult.NOT_MET})
NOT_A_MEMBER = "None of your members has this number"
REFERENCE_TAKEN = (
    "You have sent another result with this reference, and what was sent does not change. To correct it, "
    "send a result with a new reference that names this one as the result that it replaces"
)
NO_SUCH_RESULT = "You have sent no result with this reference"
NO_SUCH_EDITION = "There is no such edition of the Code of Practice"

Faults = dict[str, str]  # a sentence without its full stop, by field


@dataclass(frozen=True)
class ResultFacts:
    """Text is tidy, and choices are known ones: the form, the columns and the API have seen to that."""

    reference: str
    membership: str  # its number
    kind: str
    inspected_on: date
    inspected_by: str
    outcome: str
    summary: str = ""
    edition: str = ""  # its code
    points: Mapping[int, str] = field(default_factory=dict)
    replaces: str = ""  # the reference of an earlier result
    correction_reason: str = ""

    @property
    def sha256(self) -> str:
        """Over the content in one form of writing: sent twice, by whichever way, it is the same."""
        content = {
            "reference": self.reference,
            "membership": self.membership,
            "kind": self.kind,
            "inspected_on": self.inspected_on.isoformat(),
            "inspected_by": self.inspected_by,
            "outcome": self.outcome,
            "summary": self.summary,
            "edition": self.edition,
            "points": {str(number): result for number, result in self.points.items()},
            "replaces": self.replaces,
            "correction_reason": self.correction_reason,
        }
        text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def members_of(body: TradeBody) -> QuerySet[Membership]:
    """Members that came through the partner, or have confirmed to us that they belong to it, and still do.

    What a company alone says about its trade bodies is not enough: the partner would learn who is a member.
    """
    confirmed = EnrolledCompany.objects.filter(
        body=body,
        company=OuterRef("company"),
        status__in=[EnrolledStatus.MEMBER, EnrolledStatus.LINKED],
    )
    own = Membership.objects.filter(Q(partner=body) | Exists(confirmed), company__trade_bodies=body)
    return own.exclude(status__in=ENDED)


@dataclass(frozen=True)
class Known:
    """What the service has about the members, editions and earlier results that some facts name."""

    members: Mapping[str, Membership]
    results: Mapping[str, PartnerCheck]
    editions: Mapping[str, tuple[Edition, Mapping[int, Point]]]

    @classmethod
    def about(cls, body: TradeBody, facts: Collection[ResultFacts]) -> Known:
        """In 4 queries, however many there are."""
        numbers = {row.membership for row in facts}
        references = {row.reference for row in facts} | {row.replaces for row in facts if row.replaces}
        results = (
            PartnerCheck.objects.filter(body=body, reference__in=references)
            .select_related("membership", "replaced_by", "sent_by")
            .order_by()
        )
        members = members_of(body).select_related("company").defer("company__search")
        codes = {row.edition for row in facts if row.edition}
        editions = Edition.objects.published().filter(code__in=codes)
        return cls(
            members={row.number: row for row in members.filter(number__in=numbers)},
            results={row.reference: row for row in results},
            editions={
                edition.code: (edition, {point.number: point for point in edition.points.all()})
                for edition in editions.prefetch_related("points")
            },
        )

    def member(self, facts: ResultFacts) -> Membership | None:
        """Whom it is about. A correction may be about a company that has left the partner since."""
        replaced = self.results.get(facts.replaces) if facts.replaces else None
        if replaced is not None and replaced.membership.number == facts.membership:
            return replaced.membership
        return self.members.get(facts.membership)

    def same(self, facts: ResultFacts) -> PartnerCheck | None:
        """The result that these very words have made before."""
        earlier = self.results.get(facts.reference)
        return earlier if earlier is not None and earlier.sha256 == facts.sha256 else None

    def points(self, facts: ResultFacts) -> Mapping[int, Point]:
        return self.editions[facts.edition][1] if facts.edition in self.editions else {}


def faults_of(facts: ResultFacts, known: Known, today: date) -> Faults:
    """Everything that stands in the way of recording it; nothing when it was recorded before."""
    if known.same(facts):
        return {}
    if facts.reference in known.results:
        return {"reference": REFERENCE_TAKEN}
    found: Faults = {}
    if known.member(facts) is None:
        found["membership"] = NOT_A_MEMBER
    if facts.inspected_on > today:
        found["inspected_on"] = "The inspection must be today or in the past"
    elif facts.inspected_on < settings.SCHEME_LAUNCHED_ON:
        found["inspected_on"] = f"The scheme began on {in_words(settings.SCHEME_LAUNCHED_ON)}. Check the date"
    found |= _faults_of_points(facts, known)
    if fault := _fault_of_replaced(facts, known):
        found["replaces"] = fault
    elif facts.replaces and not facts.correction_reason:
        found["correction_reason"] = "Say why the earlier result is corrected"
    elif facts.correction_reason and not facts.replaces:
        found["replaces"] = "Give the reference of the result that is corrected, or leave the reason out"
    return found


def _fault_of_replaced(facts: ResultFacts, known: Known) -> str:
    if not facts.replaces:
        return ""
    replaced = known.results.get(facts.replaces)
    if replaced is None:
        return NO_SUCH_RESULT
    by = getattr(replaced, "replaced_by", None)
    return f"This result was corrected before, by {by.reference}. Correct that one" if by else ""


def _faults_of_points(facts: ResultFacts, known: Known) -> Faults:
    found: Faults = {}
    if facts.edition and facts.edition not in known.editions:
        return {"edition": NO_SUCH_EDITION}
    if facts.points and not facts.edition:
        return {"edition": "Say of which edition of the Code of Practice the points are"}
    if facts.edition and not facts.points:
        return {"edition": "Give a result for at least one point of this edition, or leave the edition out"}
    points = known.points(facts)
    for number, result in facts.points.items():
        if number not in points:
            found[f"point_{number}"] = f"This edition has no point {number}"
        elif result == FindingResult.NOT_APPLICABLE and not points[number].may_be_not_applicable:
            found[f"point_{number}"] = f"Point {number} applies to every company"
    short = _short(facts.points)
    if facts.outcome == PartnerOutcome.MET and short:
        found["outcome"] = f"The outcome cannot be “Met” while point {short[0]} is not met in full"
    return found


def _short(points: Mapping[int, str]) -> Sequence[int]:
    return sorted(number for number, result in points.items() if result in SHORTFALLS)
