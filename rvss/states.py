"""The state machines of every room, as one page of diagrams (docs/states.md)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import TextChoices

from accounts.models import NOTIFICATION_TRANSITIONS, NotificationStatus
from accounts.transitions import Transitions
from applications.models import (
    APPLICATION_TRANSITIONS,
    MEMBERSHIP_TRANSITIONS,
    ApplicationStatus,
    MembershipStatus,
)
from assurance.models import ACTION_TRANSITIONS, CHECK_TRANSITIONS, ActionStatus, CheckStatus
from codeofpractice.models import (
    DOCUMENT_TRANSITIONS,
    FILE_TRANSITIONS,
    PLAN_VERSION_TRANSITIONS,
    FileStatus,
    PlanVersionStatus,
    ReadingStatus,
)
from reviews.models import REPORT_TRANSITIONS, ReportStatus


@dataclass(frozen=True)
class Machine:
    title: str
    states: type[TextChoices]
    transitions: Transitions


MACHINES = (
    Machine("Application", ApplicationStatus, APPLICATION_TRANSITIONS),
    Machine("Membership", MembershipStatus, MEMBERSHIP_TRANSITIONS),
    Machine("Version of a plan", PlanVersionStatus, PLAN_VERSION_TRANSITIONS),
    Machine("Uploaded file", FileStatus, FILE_TRANSITIONS),
    Machine("Uploaded plan being read", ReadingStatus, DOCUMENT_TRANSITIONS),
    Machine("Assurance check", CheckStatus, CHECK_TRANSITIONS),
    Machine("Action", ActionStatus, ACTION_TRANSITIONS),
    Machine("Review report", ReportStatus, REPORT_TRANSITIONS),
    Machine("Message", NotificationStatus, NOTIFICATION_TRANSITIONS),
)

INTRODUCTION = """# States

What may follow what. Made from the `TRANSITIONS` tables by `manage.py draw_states`; the database
refuses anything else.
"""


def draw(machine: Machine) -> str:
    """One Mermaid state diagram; the first state of the enumeration is where a row starts."""
    lines = [f"## {machine.title}", "", "```mermaid", "stateDiagram-v2"]
    lines += [f'    state "{label}" as {value}' for value, label in machine.states.choices]
    lines.append(f"    [*] --> {machine.states.values[0]}")
    for value in machine.states.values:
        followers = sorted(str(to) for to in machine.transitions[value])
        lines += [f"    {value} --> {to}" for to in followers] or [f"    {value} --> [*]"]
    return "\n".join([*lines, "```", ""])


def draw_all() -> str:
    return "\n".join([INTRODUCTION, *map(draw, MACHINES)])
