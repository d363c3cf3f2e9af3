"""Rounds of members drawn for checks."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import User
from assurance.allocation import Allocation
from assurance.draw import ALGORITHM, draw, strata_digest
from assurance.models import RoundStratum, Selection, SelectionRound
from rvss.seeding.record import Record
from rvss.seeding.shapes import Member
from rvss.seeding.staff import Staff

LARGEST = 200
# Days before the end of the seeded time, and who drew.
ROUNDS = ((300, "First round"), (150, "Second round"), (30, "Third round"))
# A plan has time to be written before its member can be drawn.
GRACE = timedelta(days=40)


@dataclass(slots=True)
class Drawn:
    selection: Selection
    member: Member
    at: datetime
    round_number: int


def draw_rounds(
    *, members: list[Member], end: datetime, seed: str, staff: Staff, record: Record
) -> list[Drawn]:
    drawn: list[Drawn] = []
    for number, (days, name) in enumerate(ROUNDS, start=1):
        at = end - timedelta(days=days)
        frame = {member.number: member for member in members if member.joined_at < at - GRACE}
        size = min(max(12, len(frame) // 25), LARGEST, len(frame))
        if not size:
            continue
        round_seed = hashlib.sha256(f"{seed}:{number}".encode()).hexdigest()[:32]
        order = draw(seed=round_seed, frame=frame, size=size)
        lead = staff.leads[number % len(staff.leads)]
        row, stratum = _store(f"{name}, {at:%B %Y}", frame, size, round_seed, at, lead)
        record.add(at=at, by=row.drawn_by_id, verb="round.drawn", target=row, members=size, of=len(frame))
        selections = [
            Selection(
                round=row,
                membership_id=frame[key].pk,
                position=position,
                stratum=stratum,
                inclusion_probability=size / len(frame),
            )
            for position, key in enumerate(order, start=1)
        ]
        Selection.objects.bulk_create(selections)
        drawn += [
            Drawn(selection, frame[key], at, number) for selection, key in zip(selections, order, strict=True)
        ]
    return drawn


def _store(
    name: str, frame: dict[str, Member], size: int, seed: str, at: datetime, lead: User
) -> tuple[SelectionRound, RoundStratum]:
    row = SelectionRound.objects.create(
        name=name,
        seed=seed,
        algorithm=ALGORITHM,
        frame=sorted(frame),
        frame_size=len(frame),
        frame_sha256=strata_digest({"": frame}),
        sample_size=size,
        allocation=Allocation.PROPORTIONAL,
        drawn_by=lead,
        drawn_at=at,
    )
    stratum = RoundStratum.objects.create(
        round=row,
        position=1,
        label="All members",
        members=sorted(frame),
        members_count=len(frame),
        checked_before=0,
        met_before=0,
        size=size,
    )
    return row, stratum
