"""Work that goes through every room: copies of personal data, erasures, and retention."""

from __future__ import annotations

import hashlib
import logging
import secrets
import time

from celery import shared_task
from celery.contrib.django.task import DjangoTask
from celery.exceptions import SoftTimeLimitExceeded
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.models import DataExport, ErasureRequest
from rvss.copying import collect, make_zip
from rvss.personal_data import HOLDINGS
from rvss.services import erasures, exports, retention

logger = logging.getLogger("rvss.tasks")

SECONDS_A_TASK = 300


# --- Copies -------------------------------------------------------------------------------------


@shared_task(base=DjangoTask, soft_time_limit=270, time_limit=300)
def make_export(export_id: int) -> None:
    """Make one copy. Harmless when run twice: only the claim that stands may finish."""
    export = exports.claim_export(export_id=export_id)
    if export is None:
        return
    try:
        _make(export)
    except exports.ClaimLost:
        logger.warning("Copy %s was taken over, or removed", export_id)
    except Exception as error:  # whatever it was, the row says so and the person can ask again
        logger.exception("Copy %s could not be made", export_id)
        try:
            exports.fail_export(export=export, reason=_in_words(error))
        except exports.ClaimLost:
            logger.warning("Copy %s was taken over, or removed", export_id)


def _make(export: DataExport) -> None:
    subject = exports.subject_of(export)
    packed = make_zip(subject, collect(subject, HOLDINGS), timezone.now())
    name = default_storage.save(f"copies/{secrets.token_hex(16)}", ContentFile(packed))
    try:
        exports.finish_export(
            export=export, storage_name=name, sha256=hashlib.sha256(packed).hexdigest(), size=len(packed)
        )
    except BaseException:
        default_storage.delete(name)  # no row tells of it
        raise


def _in_words(error: Exception) -> str:
    if isinstance(error, SoftTimeLimitExceeded):
        return "It took too long."
    if isinstance(error, OSError):
        return "The place where files are kept could not be reached."
    return f"The service met an error that it does not know ({type(error).__name__})."


@shared_task(base=DjangoTask)
def sweep_exports() -> dict[str, int]:
    """Start again what a crash left, and remove copies whose days are over."""
    now = timezone.now()
    return {
        "restarted": exports.restart_exports(now=now),
        "removed": exports.remove_old_exports(now=now),
    }


# --- Erasures -----------------------------------------------------------------------------------


@shared_task(base=DjangoTask)
def carry_out_erasures() -> int:
    """Do what is due; returns how many. One that fails is noted, tried again, and stops no other."""
    now = timezone.now()
    due = ErasureRequest.objects.waiting().filter(due_at__lte=now).order_by("attempts", "due_at", "pk")
    done = 0
    for request_id in list(due.values_list("pk", flat=True)[:200]):
        try:
            done += erasures.erase_person(request_id=request_id, now=now)
        except Exception as error:
            logger.exception("Erasure %s could not be done", request_id)
            erasures.note_error(request_id=request_id, error=type(error).__name__)
    return done


# --- Retention ----------------------------------------------------------------------------------


@shared_task(base=DjangoTask)
def start_retention() -> int:
    """By the calendar: a report each month. It removes nothing."""
    return retention.start_run(by=None).pk


@shared_task(base=DjangoTask)
def report_retention(run_id: int) -> None:
    try:
        retention.report_run(run_id=run_id, now=timezone.now())
    except Exception as error:
        logger.exception("Retention report %s could not be made", run_id)
        retention.note_attempt(run_id=run_id, error=_in_words(error))


@shared_task(base=DjangoTask)
def carry_out_retention(run_id: int) -> None:
    """Remove what was approved, a batch at a time. Harmless when run twice or cut off anywhere."""
    if not retention.claim_run(run_id=run_id, now=timezone.now()):
        return
    began = time.monotonic()
    try:
        for batch_id in retention.batches_to_do(run_id):
            if time.monotonic() - began > SECONDS_A_TASK:
                retention.release_run(run_id=run_id)
                return
            retention.remove_batch(batch_id=batch_id)
        retention.finish_run(run_id=run_id)
    except Exception as error:
        logger.exception("Retention report %s could not be carried out", run_id)
        retention.note_attempt(run_id=run_id, error=_in_words(error))


@shared_task(base=DjangoTask)
def sweep_retention() -> int:
    return retention.sweep_runs(now=timezone.now())
