"""Every change of state in this room."""

from assurance.services.actions import (
    answer_action,
    close_action,
    remove_action,
    reopen_action,
    set_action,
)
from assurance.services.checks import (
    allocate_check,
    decide_check,
    recommend_outcome,
    record_finding,
    send_back,
    take_plan,
    why_not,
)
from assurance.services.reading import record_reading
from assurance.services.rounds import allocate_round, draw_round

__all__ = [
    "allocate_check",
    "allocate_round",
    "answer_action",
    "close_action",
    "decide_check",
    "draw_round",
    "recommend_outcome",
    "record_finding",
    "record_reading",
    "remove_action",
    "reopen_action",
    "send_back",
    "set_action",
    "take_plan",
    "why_not",
]
