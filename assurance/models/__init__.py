from assurance.models.check import (
    ACTION_TRANSITIONS,
    CHECK_TRANSITIONS,
    ActionStatus,
    CheckOutcome,
    CheckStatus,
    CorrectiveAction,
    Decision,
    Finding,
    FindingResult,
    PlanCheck,
    Recommendation,
)
from assurance.models.selection import Selection, SelectionRound

__all__ = [
    "ACTION_TRANSITIONS",
    "CHECK_TRANSITIONS",
    "ActionStatus",
    "CheckOutcome",
    "CheckStatus",
    "CorrectiveAction",
    "Decision",
    "Finding",
    "FindingResult",
    "PlanCheck",
    "Recommendation",
    "Selection",
    "SelectionRound",
]
