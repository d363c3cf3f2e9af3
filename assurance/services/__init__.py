"""Every change of state in this room."""

from assurance.services.actions import (
    answer_action,
    close_action,
    record_retest,
    remove_action,
    set_action,
)
from assurance.services.allocation import (
    SharedOut,
    allocate_check,
    allocate_round,
    end_override,
    override_bars,
)
from assurance.services.asking import (
    answer_request,
    ask_company,
    extend_request,
    take_plan,
    withdraw_request,
)
from assurance.services.checks import (
    decide_check,
    recommend_outcome,
    record_finding,
    send_back,
    why_not,
    why_not_decided,
)
from assurance.services.closing import look_again
from assurance.services.declaring import declare_conflict
from assurance.services.interests import end_interest, record_interest, set_skills
from assurance.services.notes import add_note, save_finding_draft
from assurance.services.partner_checks import ResultRefused, record_partner_check
from assurance.services.partner_lists import receive_partner_list, take_over_partner_list
from assurance.services.reading import record_reading
from assurance.services.readings import (
    give_reading,
    record_second_finding,
    settle_reading,
    submit_reading,
)
from assurance.services.rechecks import draw_rechecks
from assurance.services.reconsidering import answer_reconsideration, ask_to_reconsider
from assurance.services.rounds import draw_round
from assurance.services.suspensions import decide_suspension

__all__ = [
    "ResultRefused",
    "SharedOut",
    "add_note",
    "allocate_check",
    "allocate_round",
    "answer_action",
    "answer_reconsideration",
    "answer_request",
    "ask_company",
    "ask_to_reconsider",
    "close_action",
    "decide_check",
    "decide_suspension",
    "declare_conflict",
    "draw_rechecks",
    "draw_round",
    "end_interest",
    "end_override",
    "extend_request",
    "give_reading",
    "look_again",
    "override_bars",
    "receive_partner_list",
    "recommend_outcome",
    "record_finding",
    "record_interest",
    "record_partner_check",
    "record_reading",
    "record_retest",
    "record_second_finding",
    "remove_action",
    "save_finding_draft",
    "send_back",
    "set_action",
    "set_skills",
    "settle_reading",
    "submit_reading",
    "take_over_partner_list",
    "take_plan",
    "why_not",
    "why_not_decided",
    "withdraw_request",
]
