"""What the approved partner found at its members, and the share of it that DfT checks again."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from django.utils import timezone

from applications.models import Membership, TradeBody
from assurance.draw import ALGORITHM, draw, strata_digest
from assurance.models import (
    FindingResult,
    PartnerCheck,
    PartnerCheckKind,
    PartnerCheckSource,
    PartnerFinding,
    PartnerOutcome,
    Recheck,
    RoundStratum,
    Selection,
    SelectionRound,
)
from assurance.partner_results import ResultFacts
from assurance.recheck_design import share_of
from codeofpractice.models import Edition
from rvss.seeding.draws import GRACE, Drawn
from rvss.seeding.record import Record
from rvss.seeding.shapes import Member
from rvss.seeding.staff import Staff

MOST_RESULTS = 300
# Days before the end of the seeded time.
INSPECTED_BEFORE, DRAWN_BEFORE = 80, 60
PERCENT = 50
ROUND_NUMBER = 4
OUTCOMES = {PartnerOutcome.MET: 25, PartnerOutcome.MET_WITH_ACTIONS: 65, PartnerOutcome.NOT_MET: 10}
SUMMARIES = {
    PartnerOutcome.MET: "Two branches were visited. Nothing was missing.",
    PartnerOutcome.MET_WITH_ACTIONS: "Sound on the whole; the training record is to be completed.",
    PartnerOutcome.NOT_MET: "No written plan could be shown, and staff knew of none.",
}
AT_POINT_4 = {PartnerOutcome.MET: FindingResult.MET, PartnerOutcome.MET_WITH_ACTIONS: FindingResult.PARTLY}


class Inspecting:
    def __init__(
        self, *, rng: Random, edition: Edition, body: TradeBody, staff: Staff, record: Record
    ) -> None:
        self.rng, self.edition, self.body, self.staff, self.record = rng, edition, body, staff, record
        self.points = list(edition.points.filter(number__in=(1, 4)))

    def run(self, *, members: list[Member], drawn: list[Drawn], end: datetime, seed: str) -> list[Drawn]:
        """Returns what was drawn of it to be checked again, of members that are in no other round."""
        before = end - timedelta(days=INSPECTED_BEFORE)
        results = self._inspect([row for row in self._own(members) if row.joined_at < before - GRACE], before)
        at = end - timedelta(days=DRAWN_BEFORE)
        others = {entry.member.pk for entry in drawn}
        by_key = {row.pk: row for row in members if row.pk not in others}
        frame = {by_key[row.membership_id].number: row for row in results if row.membership_id in by_key}
        return self._draw_again(frame, by_key, at, seed) if frame else []

    def _own(self, members: list[Member]) -> list[Member]:
        """Those that came through the partner; of many, an even spread."""
        through = Membership.objects.filter(partner=self.body).values_list("pk", flat=True)
        keys = set(through)
        own = [row for row in members if row.pk in keys]
        step = max(1, len(own) // MOST_RESULTS)
        return own[::step]

    def _inspect(self, members: list[Member], before: datetime) -> list[PartnerCheck]:
        """The results that hold. One in twelve corrects an earlier one."""
        wrong = self._send([self._facts(row, before) for row in members[::12]], members[::12])
        corrected = {row.membership_id: row for row in wrong}
        facts = [self._facts(row, before, corrected.get(row.pk)) for row in members]
        made = self._send(facts, members, corrected)
        PartnerFinding.objects.bulk_create(
            PartnerFinding(
                check_of=row,
                point=point,
                result=FindingResult.MET
                if point.number == 1
                else AT_POINT_4.get(PartnerOutcome(row.outcome), FindingResult.NOT_MET),
            )
            for row in made
            if row.edition_id
            for point in self.points
        )
        return made

    def _facts(self, member: Member, before: datetime, wrong: PartnerCheck | None = None) -> ResultFacts:
        outcome = self.rng.choices(list(OUTCOMES), list(OUTCOMES.values()))[0]
        inspected = member.joined_at + (before - member.joined_at) * self.rng.uniform(0.4, 1)
        with_points = wrong is None and self.rng.random() < 0.3
        at_4 = AT_POINT_4.get(outcome, FindingResult.NOT_MET)
        facts = ResultFacts(
            reference=f"INSP-{member.number[5:]}",
            membership=member.number,
            kind=self.rng.choice(PartnerCheckKind.values),
            inspected_on=timezone.localdate(inspected),
            inspected_by="Field team",
            outcome=outcome,
            summary=SUMMARIES[outcome],
            edition=self.edition.code if with_points else "",
            points={1: FindingResult.MET, 4: at_4} if with_points else {},
        )
        if wrong is None:
            return facts
        return replace(
            facts,
            reference=f"{facts.reference}-B",
            inspected_on=wrong.inspected_on,
            kind=wrong.kind,
            replaces=wrong.reference,
            correction_reason="The outcome of another branch was typed.",
        )

    def _send(
        self,
        facts: list[ResultFacts],
        members: list[Member],
        corrected: dict[int, PartnerCheck] | None = None,
    ) -> list[PartnerCheck]:
        rows = [
            self._result(fact, member, (corrected or {}).get(member.pk))
            for fact, member in zip(facts, members, strict=True)
        ]
        for row, member in zip(PartnerCheck.objects.bulk_create(rows), members, strict=True):
            data = {"membership": member.number, "outcome": row.outcome, "sha256": row.sha256}
            self.record.add(
                at=row.sent_at,
                by=self.staff.partner.pk,
                verb="partner_check.recorded",
                target=row,
                label=f"Result about {member.number}",
                reason=row.correction_reason,
                **data | ({"replaces": str(row.replaces_id)} if row.replaces_id else {}),
            )
        return rows

    def _result(self, fact: ResultFacts, member: Member, replaces: PartnerCheck | None) -> PartnerCheck:
        day = datetime.combine(fact.inspected_on, datetime.min.time(), tzinfo=member.joined_at.tzinfo)
        sent = day + timedelta(days=9 if replaces else 4, hours=10, minutes=self.rng.randrange(60))
        return PartnerCheck(
            body=self.body,
            membership_id=member.pk,
            reference=fact.reference,
            kind=fact.kind,
            inspected_on=fact.inspected_on,
            inspected_by=fact.inspected_by,
            outcome=fact.outcome,
            summary=fact.summary,
            edition=self.edition if fact.edition else None,
            points_count=len(fact.points),
            replaces=replaces,
            correction_reason=fact.correction_reason,
            sha256=fact.sha256,
            source=PartnerCheckSource.API if self.rng.random() < 0.5 else PartnerCheckSource.FORM,
            sent_by=self.staff.partner,
            sent_at=sent,
        )

    def _draw_again(
        self, frame: dict[str, PartnerCheck], members: dict[int, Member], at: datetime, seed: str
    ) -> list[Drawn]:
        stratum = self._make_round(frame, at, hashlib.sha256(f"{seed}:re-checks".encode()).hexdigest()[:32])
        order = draw(seed=stratum.round.seed, frame=frame, size=stratum.size)
        selections = Selection.objects.bulk_create(
            Selection(
                round=stratum.round,
                membership_id=frame[number].membership_id,
                position=position,
                stratum=stratum,
                inclusion_probability=stratum.inclusion_probability,
            )
            for position, number in enumerate(order, start=1)
        )
        Recheck.objects.bulk_create(
            Recheck(partner_check=frame[number], selection=selection)
            for number, selection in zip(order, selections, strict=True)
        )
        return [Drawn(row, members[row.membership_id], at, ROUND_NUMBER) for row in selections]

    def _make_round(self, frame: dict[str, PartnerCheck], at: datetime, seed: str) -> RoundStratum:
        """The round, by its one group."""
        size, key = share_of(len(frame), PERCENT), f"partner={self.body.pk}"
        entries = sorted(f"{number} {result.pk}" for number, result in frame.items())
        row = SelectionRound.objects.create(
            name=f"Re-checks, {at:%B %Y}",
            seed=seed,
            algorithm=ALGORITHM,
            frame=entries,
            frame_size=len(frame),
            frame_sha256=strata_digest({key: entries}),
            sample_size=size,
            results_from=timezone.localdate(min(result.sent_at for result in frame.values())),
            results_to=timezone.localdate(at) - timedelta(days=1),
            results_percent=PERCENT,
            drawn_by=self.staff.leads[0],
            drawn_at=at,
        )
        self.record.add(
            at=at, by=row.drawn_by_id, verb="rechecks.drawn", target=row, results=size, of=len(frame)
        )
        return RoundStratum.objects.create(
            round=row,
            position=1,
            key=key,
            label=self.body.name,
            members=entries,
            members_count=len(frame),
            checked_before=0,
            met_before=0,
            size=size,
        )
