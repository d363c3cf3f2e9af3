"""Companies that are likely to be the same one: shown to DfT and to approved partners, never merged.

Two rows are likely duplicates when they have the same Companies House number, or the same name and
postcode. Names are compared by `name_key`, because nobody writes a company's name the same way twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Prefetch, Q

from accounts.words import without_marks
from applications.fields import normalise_company_number, normalise_postcode
from applications.models import Application, Company, Membership

MOST_SHOWN = 20
LONGEST_NAME_KEY = 200

# What may stand at the end of a company's name, in English and in Welsh, and says only what it is in law.
ENDINGS = (
    ("public", "limited", "company"),
    ("limited", "liability", "partnership"),
    ("cwmni", "cyfyngedig", "cyhoeddus"),
    ("partneriaeth", "atebolrwydd", "cyfyngedig"),
    *((word,) for word in ["limited", "ltd", "llp", "plc", "lp", "cyfyngedig", "cyf", "ccc", "pac", "cic"]),
)
# The full stop too: "L.L.P." and "O’Dàl’s" are one word each. Any other sign parts two words.
APOSTROPHES = ".'’`\u2018\u00b4"
SAME_WORDS = {"co": "company", "bros": "brothers", "st": "saint"}
DROPPED_WORDS = {"and", "a"}  # "a" is "and" in Welsh


def _words(name: str) -> list[str]:
    bare = "".join(c for c in without_marks(name) if c not in APOSTROPHES)
    return re.findall(r"[^\W_]+", bare)


def name_key(name: str) -> str:
    """The same text for "The Quay & Harbour Hire Co. Ltd" and "QUAY AND HARBOUR HIRE COMPANY LIMITED"."""
    words = _words(name)
    kept = words[1:] if words[:1] == ["the"] else words
    while ending := next((end for end in ENDINGS if tuple(kept[-len(end) :]) == end), None):
        kept = kept[: -len(ending)]
    kept = [SAME_WORDS.get(word, word) for word in kept if word not in DROPPED_WORDS]
    return "".join(kept or words)[:LONGEST_NAME_KEY]


def match_key(*, name: str, postcode: str) -> str:
    """What is stored with a company to find its likes by; empty when it has no name or postcode yet."""
    name_part, postcode_part = name_key(name), re.sub(r"\s", "", postcode).upper()
    return f"{name_part} {postcode_part}" if name_part and postcode_part else ""


@dataclass(frozen=True)
class LikelyDuplicate:
    company: Company
    same_number: bool
    same_name_and_postcode: bool

    @property
    def reasons(self) -> list[str]:
        """What matched, in words."""
        return [
            words
            for words, matched in (
                ("Same Companies House number", self.same_number),
                ("Same name and postcode", self.same_name_and_postcode),
            )
            if matched
        ]


def likely_duplicates(
    *, company_number: str, name: str, postcode: str, excluding: Company | None = None
) -> list[LikelyDuplicate]:
    """Companies already in the service, those with the same number first; at most MOST_SHOWN of them.

    Three queries, however many are found: each company comes with its sent applications and memberships.
    What is given may be in any way of writing; a number or postcode that cannot be one matches nothing.
    """
    number = _normalised(normalise_company_number, company_number)
    key = match_key(name=name, postcode=_normalised(normalise_postcode, postcode))
    same = Q(company_number__iexact=number) if number else Q()
    same |= Q(match_key=key) if key else Q()
    if not same:
        return []
    found = Company.objects.filter(same)
    if excluding is not None:
        found = found.exclude(pk=excluding.pk)
    sent = Application.objects.filter(submitted_at__isnull=False).order_by("-submitted_at")
    rows = found.defer("search", "search_terms").prefetch_related(
        Prefetch("applications", sent, to_attr="sent_applications"),
        Prefetch("memberships", Membership.objects.order_by("-pk"), to_attr="all_memberships"),
    )
    matches = [
        LikelyDuplicate(
            company=company,
            same_number=bool(number) and company.company_number == number,
            same_name_and_postcode=bool(key) and company.match_key == key,
        )
        for company in rows.order_by("pk")[:MOST_SHOWN]
    ]
    return sorted(matches, key=lambda match: (not match.same_number, match.company.pk))


def duplicates_of(company: Company) -> list[LikelyDuplicate]:
    """For DfT: only companies that have sent an application, because a draft is nobody else's business."""
    found = likely_duplicates(
        company_number=company.company_number,
        name=company.name,
        postcode=company.postcode,
        excluding=company,
    )
    return [match for match in found if match.company.sent_applications]  # type: ignore[attr-defined]


def _normalised(normalise: Callable[[str], str], text: str) -> str:
    try:
        return normalise(text)
    except ValueError:
        return ""
