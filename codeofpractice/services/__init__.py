"""Every change of state in this room."""

from codeofpractice.services.documents import (
    add_document,
    decide_passage,
    remove_document,
    retry_document,
)
from codeofpractice.services.editions import EditionRefused, load_edition
from codeofpractice.services.plans import (
    Answer,
    StaleAnswer,
    add_evidence,
    answer_point,
    remove_evidence,
    start_version,
    submit_version,
    withdraw_draft,
)

__all__ = [
    "Answer",
    "EditionRefused",
    "StaleAnswer",
    "add_document",
    "add_evidence",
    "answer_point",
    "decide_passage",
    "load_edition",
    "remove_document",
    "remove_evidence",
    "retry_document",
    "start_version",
    "submit_version",
    "withdraw_draft",
]
