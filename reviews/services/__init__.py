from reviews.services.estimates import EstimateError, load_sector_estimates
from reviews.services.reports import (
    ClaimLost,
    advance_report,
    claim_report,
    fail_report,
    finish_report,
    freeze_report,
    restart_stuck_reports,
    retry_report,
    start_report,
)
from reviews.services.snapshots import take_snapshot

__all__ = [
    "ClaimLost",
    "EstimateError",
    "advance_report",
    "claim_report",
    "fail_report",
    "finish_report",
    "freeze_report",
    "load_sector_estimates",
    "restart_stuck_reports",
    "retry_report",
    "start_report",
    "take_snapshot",
]
