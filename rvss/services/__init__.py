"""Changes of state that go through every room: copies of personal data, erasures, and retention."""

from rvss.services.erasures import ask_erasure, cancel_erasure, erase_person
from rvss.services.exports import ask_export, ask_export_for, record_download
from rvss.services.retention import approve_run, dismiss_run, retry_run, start_run

__all__ = [
    "approve_run",
    "ask_erasure",
    "ask_export",
    "ask_export_for",
    "cancel_erasure",
    "dismiss_run",
    "erase_person",
    "record_download",
    "retry_run",
    "start_run",
]
