from reviews.services.estimates import EstimateError, load_sector_estimates
from reviews.services.publication import (
    NotYet,
    StaleWords,
    answer_comment,
    comment_on_report,
    consult_panel,
    publish_report,
    reopen_report,
    sign_report,
    write_section,
)
from reviews.services.reminders import remind_of_windows
from reviews.services.reports import (
    ClaimLost,
    advance_report,
    claim_report,
    fail_report,
    finish_report,
    freeze_report,
    keep_tables,
    restart_stuck_reports,
    retry_report,
    start_report,
    stop_report,
)
from reviews.services.snapshots import take_snapshot

__all__ = [
    "ClaimLost",
    "EstimateError",
    "NotYet",
    "StaleWords",
    "advance_report",
    "answer_comment",
    "claim_report",
    "comment_on_report",
    "consult_panel",
    "fail_report",
    "finish_report",
    "freeze_report",
    "keep_tables",
    "load_sector_estimates",
    "publish_report",
    "remind_of_windows",
    "reopen_report",
    "restart_stuck_reports",
    "retry_report",
    "sign_report",
    "start_report",
    "stop_report",
    "take_snapshot",
    "write_section",
]
