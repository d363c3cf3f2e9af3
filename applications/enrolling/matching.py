"""Which companies that are here already the rows of an enrolment are about.

A row and a company are the same by their Companies House number, or by name and postcode unless both have
numbers and these differ. What matches is proposed to the company as a link; nothing is merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Upper

from applications.duplicates import match_key
from applications.enrolling.rows import Facts
from applications.models import Company, CompanyPerson, EnrolledCompany, Membership


def key_of(facts: Facts) -> str:
    return match_key(name=facts.name, postcode=facts.postcode)


def differ(number: str, other: str) -> bool:
    return bool(number and other and number != other)


@dataclass
class Matches:
    """What was found for some rows, in two queries however many they are."""

    by_number: dict[str, Company] = field(default_factory=dict)
    by_key: dict[str, list[Company]] = field(default_factory=dict)
    enrolled: dict[int, EnrolledCompany] = field(default_factory=dict)  # of this partner, by company
    with_people: set[int] = field(default_factory=set)  # companies that somebody acts for

    def company_of(self, facts: Facts) -> Company | None:
        if facts.company_number in self.by_number:
            return self.by_number[facts.company_number]
        same = self.by_key.get(key_of(facts), [])
        return next((row for row in same if not differ(facts.company_number, row.company_number)), None)


def find_matches(*, body_id: int, rows: Sequence[Facts]) -> Matches:
    found = Matches()
    for company in _companies(
        {facts.company_number for facts in rows if facts.company_number}, {key_of(facts) for facts in rows}
    ):
        if company.has_people:  # type: ignore[attr-defined]
            found.with_people.add(company.pk)
        if company.company_number:
            found.by_number.setdefault(company.company_number, company)
        if company.match_key:
            found.by_key.setdefault(company.match_key, []).append(company)
    ids = {company.pk for company in found.by_number.values()}
    ids |= {company.pk for companies in found.by_key.values() for company in companies}
    ties = EnrolledCompany.objects.filter(body=body_id, company_id__in=ids)
    found.enrolled = {tie.company_id: tie for tie in ties}
    return found


def _companies(numbers: Iterable[str], keys: Iterable[str]) -> list[Company]:
    """Members first, then those that somebody acts for, then the oldest."""
    people = CompanyPerson.objects.filter(company=OuterRef("pk"))
    member = Membership.objects.filter(company=OuterRef("pk"), status__in=["active", "suspended", "lapsed"])
    rows = (
        # Upper, because that is what the index has.
        Company.objects.annotate(
            number=Upper("company_number"), has_people=Exists(people), is_member=Exists(member)
        )
        .filter(Q(number__in=list(numbers)) | Q(match_key__in=[*filter(None, keys)]))
        .only("pk", "public_id", "name", "company_number", "match_key")
    )
    return list(rows.order_by("-is_member", "-has_people", "pk"))
