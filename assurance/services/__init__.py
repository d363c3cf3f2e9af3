"""Every change of state in this room."""

from assurance.services.actions import (
    answer_action,
    close_action,
    record_retest,
    remove_action,
    set_action,
)
from assurance.services.asking import (
    answer_request,
    ask_company,
    extend_request,
    take_plan,
    withdraw_request,
)
from assurance.services.checks import (
    allocate_check,
    decide_check,
    recommend_outcome,
    record_finding,
    send_back,
    why_not,
)
from assurance.services.notes import add_note, save_finding_draft
from assurance.services.reading import record_reading
from assurance.services.rounds import allocate_round, draw_round
from assurance.services.suspensions import decide_suspension

__all__ = [
    "add_note",
    "allocate_check",
    "allocate_round",
    "answer_action",
    "answer_request",
    "ask_company",
    "close_action",
    "decide_check",
    "decide_suspension",
    "draw_round",
    "extend_request",
    "recommend_outcome",
    "record_finding",
    "record_reading",
    "record_retest",
    "remove_action",
    "save_finding_draft",
    "send_back",
    "set_action",
    "take_plan",
    "why_not",
    "withdraw_request",
]
