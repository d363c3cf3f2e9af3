"""The state machines of every room, as one page of diagrams (docs/states.md)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import TextChoices

from accounts.models import (
    ERASURE_TRANSITIONS,
    EXPORT_TRANSITIONS,
    NOTIFICATION_TRANSITIONS,
    RETENTION_TRANSITIONS,
    ErasureStatus,
    ExportStatus,
    NotificationStatus,
    RetentionStatus,
)
from accounts.transitions import Transitions
from applications.models import (
    APPLICATION_TRANSITIONS,
    CONFIRMATION_TRANSITIONS,
    ENROLLED_TRANSITIONS,
    ENROLMENT_TRANSITIONS,
    INVITATION_TRANSITIONS,
    JOIN_REQUEST_TRANSITIONS,
    MEMBERSHIP_TRANSITIONS,
    RECONSIDERATION_TRANSITIONS,
    ApplicationStatus,
    ConfirmationStatus,
    EnrolledStatus,
    EnrolmentStatus,
    InvitationStatus,
    JoinRequestStatus,
    MembershipStatus,
    ReconsiderationStatus,
)
from assurance.models import (
    ACTION_TRANSITIONS,
    CHECK_TRANSITIONS,
    PARTNER_LIST_TRANSITIONS,
    PROPOSAL_TRANSITIONS,
    ActionStatus,
    CheckStatus,
    PartnerListStatus,
    ProposalStatus,
)
from codeofpractice.models import (
    DOCUMENT_TRANSITIONS,
    EDITION_TRANSITIONS,
    FILE_TRANSITIONS,
    MEMBER_MOVE_TRANSITIONS,
    PLAN_CONFIRMATION_TRANSITIONS,
    PLAN_VERSION_TRANSITIONS,
    EditionStatus,
    FileStatus,
    MemberMoveStatus,
    PlanConfirmationStatus,
    PlanVersionStatus,
    ReadingStatus,
)
from reviews.models import PUBLICATION_TRANSITIONS, REPORT_TRANSITIONS, Publication, ReportStatus


@dataclass(frozen=True)
class Machine:
    title: str
    states: type[TextChoices]
    transitions: Transitions


MACHINES = (
    Machine("Application", ApplicationStatus, APPLICATION_TRANSITIONS),
    Machine("Request to look at a rejection again", ReconsiderationStatus, RECONSIDERATION_TRANSITIONS),
    Machine("Membership", MembershipStatus, MEMBERSHIP_TRANSITIONS),
    Machine("Invitation to act for a company", InvitationStatus, INVITATION_TRANSITIONS),
    Machine("Request to join a company", JoinRequestStatus, JOIN_REQUEST_TRANSITIONS),
    Machine("Confirmation by a security contact", ConfirmationStatus, CONFIRMATION_TRANSITIONS),
    Machine("List of companies from a partner", EnrolmentStatus, ENROLMENT_TRANSITIONS),
    Machine("Company enrolled by a partner", EnrolledStatus, ENROLLED_TRANSITIONS),
    Machine("Edition of the Code of Practice", EditionStatus, EDITION_TRANSITIONS),
    Machine("Plan being moved on to a new edition", MemberMoveStatus, MEMBER_MOVE_TRANSITIONS),
    Machine("Version of a plan", PlanVersionStatus, PLAN_VERSION_TRANSITIONS),
    Machine("Confirmation of a plan", PlanConfirmationStatus, PLAN_CONFIRMATION_TRANSITIONS),
    Machine("Uploaded file", FileStatus, FILE_TRANSITIONS),
    Machine("Uploaded plan being read", ReadingStatus, DOCUMENT_TRANSITIONS),
    Machine("Assurance check", CheckStatus, CHECK_TRANSITIONS),
    Machine("Action", ActionStatus, ACTION_TRANSITIONS),
    Machine("Proposal to suspend", ProposalStatus, PROPOSAL_TRANSITIONS),
    Machine("List of results from a partner", PartnerListStatus, PARTNER_LIST_TRANSITIONS),
    Machine("Review report", ReportStatus, REPORT_TRANSITIONS),
    Machine("Publication of a review report", Publication, PUBLICATION_TRANSITIONS),
    Machine("Message", NotificationStatus, NOTIFICATION_TRANSITIONS),
    Machine("Copy of personal data", ExportStatus, EXPORT_TRANSITIONS),
    Machine("Erasure of personal data", ErasureStatus, ERASURE_TRANSITIONS),
    Machine("Retention report", RetentionStatus, RETENTION_TRANSITIONS),
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
