"""What differs between two versions of a plan, or two revisions of an answer: by point, word by word."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from difflib import SequenceMatcher
from typing import Protocol

from applications.services.locks import in_words
from codeofpractice.answers import PointAnswer, answers_of_all
from codeofpractice.models import (
    Evidence,
    FileStatus,
    Measure,
    MeasureState,
    PlanVersion,
    Point,
    PointResponse,
    PointRevision,
    Training,
)

SAME, GONE, NEW = "same", "gone", "new"
WORDS = re.compile(r"\s+|[^\s]+\s*")
# Of a long stretch without a change, so much is shown on either side of the changes.
AROUND = 160


class Words(Protocol):
    """An answer's words: a response or an earlier revision of one."""

    how_met: str
    responsible_role: str
    planned_for: date | None
    not_applicable_reason: str

    def get_position_display(self) -> str: ...


@dataclass(frozen=True)
class Segment:
    kind: str
    text: str


@dataclass(frozen=True)
class FieldDifference:
    label: str
    segments: list[Segment]


@dataclass(frozen=True)
class PointDifference:
    """`state` is changed, new or gone; `fields` has only what differs."""

    point: Point
    state: str
    fields: list[FieldDifference] = field(default_factory=list)


def word_differences(before: str, after: str) -> list[Segment]:
    """The words of both texts in order, each kept, taken out or put in.

    Words that are very common in a long text anchor no match, so that the time stays bounded whatever is
    typed; the result is right all the same, at worst longer than it need be.
    """
    old, new = WORDS.findall(before), WORDS.findall(after)
    matcher = SequenceMatcher(None, [word.strip() for word in old], [word.strip() for word in new])
    segments: list[Segment] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            segments.append(Segment(SAME, "".join(new[j1:j2])))
            continue
        if i1 < i2:
            segments.append(Segment(GONE, "".join(old[i1:i2])))
        if j1 < j2:
            segments.append(Segment(NEW, "".join(new[j1:j2])))
    return segments


def shorten(segments: list[Segment]) -> list[Segment]:
    """Long stretches that did not change are cut to what stands beside a change."""
    last = len(segments) - 1
    short = []
    for place, segment in enumerate(segments):
        text = segment.text
        if segment.kind == SAME and len(text) > 3 * AROUND:
            head = text[:AROUND].rsplit(" ", 1)[0] if place > 0 else ""
            tail = text[-AROUND:].split(" ", 1)[-1] if place < last else ""
            text = f"{head} … {tail}"
        short.append(Segment(segment.kind, text))
    return short


def compare_answers(before: Words | None, after: Words | None) -> list[FieldDifference]:
    """What differs between two answers; None is one that was not there."""
    old, new = words_of(before), words_of(after)
    return [
        FieldDifference(label, shorten(word_differences(old[label], new[label])))
        for label in old
        if old[label] != new[label]
    ]


def words_of(answer: Words | None) -> dict[str, str]:
    day = answer.planned_for if answer else None
    return {
        "Where the company stands": answer.get_position_display() if answer else "",
        "Planned for": in_words(day) if day else "",
        "Why it does not apply": answer.not_applicable_reason if answer else "",
        "How it is met": answer.how_met if answer else "",
        "Responsible": answer.responsible_role if answer else "",
    }


def compare_versions(before: PlanVersion, after: PlanVersion) -> list[PointDifference]:
    """Every point of either version that differs, by the newer edition's numbers; points are told by key.

    The number of queries does not depend on what the versions hold.
    """
    both = answers_of_all([before, after])
    old, new = ({answer.point.key: answer for answer in answers} for answers in both)
    found = []
    for key in [*new, *(key for key in old if key not in new)]:
        earlier, later = old.get(key), new.get(key)
        fields = compare_answers(earlier.response if earlier else None, later.response if later else None)
        fields += _list_differences(earlier, later)
        standing = later or earlier
        assert standing is not None
        state = "changed" if earlier and later else ("new" if later else "gone")
        if fields or state != "changed":
            found.append(PointDifference(standing.point, state, fields))
    return found


def _list_differences(earlier: PointAnswer | None, later: PointAnswer | None) -> list[FieldDifference]:
    def lines(answer: PointAnswer | None, name: str) -> list[tuple[object, str]]:
        if answer is None:
            return []
        if name == "Evidence":
            return [(row.file_id, describe_evidence(row)) for row in answer.evidence]
        if name == "Measures":
            return [(None, describe_measure(row)) for row in answer.measures]
        if name == "Training figures":
            return [(None, describe_training(row)) for row in answer.trainings]
        return [(None, link.passage.text) for link in answer.passages]

    found = []
    for name in ("Measures", "Training figures", "Evidence", "Confirmed passages"):
        old, new = lines(earlier, name), lines(later, name)
        changes = [Segment(GONE, text) for key, text in old if (key, text) not in new]
        changes += [Segment(NEW, text) for key, text in new if (key, text) not in old]
        if changes:
            found.append(FieldDifference(name, changes))
    return found


def describe_evidence(row: Evidence) -> str:
    """A piece of evidence in a line: its title, its file and its dates."""
    if row.file.status != FileStatus.CLEAN:
        return row.file.name_for(None)
    parts = [row.title]
    if row.file.original_name != row.title:
        parts.append(row.file.original_name)
    if row.effective_on:
        parts.append(f"holds from {in_words(row.effective_on)}")
    if row.expires_on:
        parts.append(f"until {in_words(row.expires_on)}")
    return ", ".join(parts)


def describe_measure(row: Measure) -> str:
    """A measure in a line: what, in which state, since or by when, and who sees to it."""
    word = "since" if row.state == MeasureState.IN_PLACE else "by"
    day = f" {word} {in_words(row.day)}" if row.day else ""
    return f"{row.what} ({row.get_state_display().lower()}{day}, {row.owner_role})"


def describe_training(row: Training) -> str:
    """The figures of a course in a line."""
    day = f", the last on {in_words(row.trained_on)}" if row.trained_on else ""
    return f"{row.course}: {row.trained:,} of {row.staff:,} staff trained{day}"


@dataclass(frozen=True)
class Writing:
    """One state of an answer: what it said, who wrote it and when, and what that changed."""

    number: int
    said: PointResponse | PointRevision
    who: str
    at: object
    changes: list[FieldDifference]
    is_first: bool


def writings(states: list[PointResponse | PointRevision], before: PointRevision | None) -> list[Writing]:
    """The states, newest first, each against the one before it; `before` is the one before the last."""
    if not states:
        return []
    earlier: list[PointResponse | PointRevision | None] = [*states[1:], before]
    return [
        Writing(
            number=number_of(state),
            said=state,
            who=who_wrote(state),
            at=state.changed_at if isinstance(state, PointResponse) else state.written_at,
            changes=compare_answers(previous, state),
            is_first=previous is None,
        )
        for state, previous in zip(states, earlier, strict=True)
    ]


def number_of(state: PointResponse | PointRevision) -> int:
    return state.revision if isinstance(state, PointResponse) else state.number


def who_wrote(state: PointResponse | PointRevision) -> str:
    person = state.changed_by if isinstance(state, PointResponse) else state.written_by
    return person.name if person else ""
