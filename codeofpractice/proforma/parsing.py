"""Texts of a document as the answers that they mean, however positions and dates are written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from accounts.dates import read_day, words_of_day
from accounts.words import one_line, several_lines
from codeofpractice.answers import Answer, MeasureDetails
from codeofpractice.models import MeasureState, Position, ProformaAnswer, ProformaMeasure

# Capitals and punctuation do not count.
POSITIONS = {
    "in place": Position.IN_PLACE,
    "planned": Position.PLANNED,
    "not applicable": Position.NOT_APPLICABLE,
    "n a": Position.NOT_APPLICABLE,
}
STATES = {"in place": MeasureState.IN_PLACE, "planned": MeasureState.PLANNED}
SHOWN = 60  # characters of what cannot be understood


@dataclass
class Parsed:
    """`faults` say what could not be understood, `notes` what is left out."""

    answer: Answer
    measures: list[MeasureDetails] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def parse(row: ProformaAnswer) -> Parsed:
    faults: list[str] = []
    position = _choice(row.position, POSITIONS)
    if position is None:
        faults.append(f"{_quoted(row.position)} is not a position. Write In place, Planned or Not applicable")
    day, is_date = _day(row.planned_for)
    notes = []
    if position in {Position.IN_PLACE, Position.NOT_APPLICABLE} and (day or not is_date):
        notes.append("The date is left out: only a planned point has one")
    elif not is_date:
        faults.append(f"{_quoted(row.planned_for)} is not a date. Write it like 6 December 2030")
    if position == Position.NOT_APPLICABLE and (row.how_met or row.responsible_role):
        notes.append("How you meet the point, and who is responsible, are left out: the point does not apply")
    answer = Answer(
        position=position or "",
        how_met=several_lines(row.how_met),
        responsible_role=one_line(row.responsible_role),
        planned_for=day,
        not_applicable_reason=several_lines(row.not_applicable_reason),
    )
    parsed = Parsed(answer, faults=faults, notes=notes)
    for number, measure in enumerate(row.measures.all(), start=1):
        _parse_measure(measure, number, parsed)
    return parsed


def _parse_measure(row: ProformaMeasure, number: int, parsed: Parsed) -> None:
    state = _choice(row.state, STATES)
    day, is_date = _day(row.day)
    if state is None:
        parsed.faults.append(f"Measure {number}: {_quoted(row.state)} is neither In place nor Planned")
    if not is_date:
        parsed.faults.append(
            f"Measure {number}: {_quoted(row.day)} is not a date. Write it like 6 December 2030"
        )
    parsed.measures.append(
        MeasureDetails(several_lines(row.what), state or "", one_line(row.owner_role), day)
    )


def settled(answer: Answer) -> Answer:
    """As it is saved: without what its position has no use for. One without a position stays as it is."""
    if answer.position == Position.NOT_APPLICABLE:
        return Answer(answer.position, not_applicable_reason=answer.not_applicable_reason)
    if not answer.position:
        return answer
    planned_for = answer.planned_for if answer.position == Position.PLANNED else None
    return Answer(answer.position, answer.how_met, answer.responsible_role, planned_for)


def _choice(text: str, choices: Mapping[str, str]) -> str | None:
    """The value for what somebody wrote, empty for nothing, None for what is no choice."""
    words = " ".join(re.split(r"[\W_]+", one_line(text).lower())).strip()
    return choices.get(words) if one_line(text) else ""


def _day(text: str) -> tuple[date | None, bool]:
    """The date, and whether it could be understood; nothing is understood as no date."""
    if not one_line(text):
        return None, True
    try:
        return read_day(words_of_day(text)), True
    except ValueError:
        return None, False


def _quoted(text: str) -> str:
    words = one_line(text)
    return f"“{words[:SHOWN]}{'…' if len(words) > SHOWN else ''}”"
