"""Every change of state in this room."""

from codeofpractice.answers import Answer, MeasureDetails, TrainingFigures
from codeofpractice.services.carrying import edition_for
from codeofpractice.services.confirming import (
    ConfirmationLinkInvalid,
    ask_plan_confirmation,
    confirm_and_submit,
    confirm_plan,
    contact_for,
    last_day_of,
    plan_confirmation_of,
    plan_token_of,
    refuse_plan,
)
from codeofpractice.services.documents import (
    add_document,
    decide_passage,
    remove_document,
    retry_document,
)
from codeofpractice.services.editions import (
    EditionRefused,
    check_edition,
    load_edition,
    publish_edition,
)
from codeofpractice.services.evidence import (
    EvidenceDetails,
    StaleEvidence,
    add_evidence,
    change_evidence,
    remove_evidence,
    replace_evidence,
    use_evidence,
)
from codeofpractice.services.files import scan_again
from codeofpractice.services.measures import (
    StaleMeasure,
    add_measure,
    change_measure,
    remove_measure,
)
from codeofpractice.services.moving_on import confirm_still_right, retry_moves
from codeofpractice.services.plans import (
    StaleAnswer,
    answer_point,
    latest_review,
    start_version,
    submit_version,
    withdraw_draft,
)
from codeofpractice.services.proformas import PointTaken, StaleProforma, save_proforma
from codeofpractice.services.reminders import remind_of_evidence, remind_of_review
from codeofpractice.services.training import (
    CourseTaken,
    StaleTraining,
    add_training,
    change_training,
    remove_training,
)

__all__ = [
    "Answer",
    "ConfirmationLinkInvalid",
    "CourseTaken",
    "EditionRefused",
    "EvidenceDetails",
    "MeasureDetails",
    "PointTaken",
    "StaleAnswer",
    "StaleEvidence",
    "StaleMeasure",
    "StaleProforma",
    "StaleTraining",
    "TrainingFigures",
    "add_document",
    "add_evidence",
    "add_measure",
    "add_training",
    "answer_point",
    "ask_plan_confirmation",
    "change_evidence",
    "change_measure",
    "change_training",
    "check_edition",
    "confirm_and_submit",
    "confirm_plan",
    "confirm_still_right",
    "contact_for",
    "decide_passage",
    "edition_for",
    "last_day_of",
    "latest_review",
    "load_edition",
    "plan_confirmation_of",
    "plan_token_of",
    "publish_edition",
    "refuse_plan",
    "remind_of_evidence",
    "remind_of_review",
    "remove_document",
    "remove_evidence",
    "remove_measure",
    "remove_training",
    "replace_evidence",
    "retry_document",
    "retry_moves",
    "save_proforma",
    "scan_again",
    "start_version",
    "submit_version",
    "use_evidence",
    "withdraw_draft",
]
