"""A copy of what is held about a person: asked for as a row, made by a task, kept for seven days."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from accounts.erasing import remove_export
from accounts.holding import Subject
from accounts.models import EXPORT_TRANSITIONS, DataExport, ExportStatus, User
from accounts.permissions import can_copy_for_others
from accounts.services import queue_notification, record_event, require
from accounts.transitions import TransitionRefused, change_status

logger = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=7)
MAX_ATTEMPTS = 3
MOST_A_DAY = 5  # of one person: a copy costs a worker some seconds
# Longer than the task's own time limit, so that a worker which still runs is never doubled.
STUCK_AFTER = timedelta(seconds=330)
ADMINISTRATORS_ONLY = "Only an administrator makes a copy for somebody else"


class ClaimLost(Exception):
    """Another worker has it, or an erasure has removed it: whoever meets this stops and keeps nothing."""


@transaction.atomic
def ask_export(*, by: User) -> DataExport:
    """A copy of one's own data. Asked for again while one is being made, it returns that one."""
    person = User.objects.select_for_update().get(pk=by.pk)
    require(person.is_active)
    under_way = DataExport.objects.under_way().filter(person=person, requested_by=person).first()
    if under_way:
        return under_way
    since = timezone.now() - timedelta(days=1)
    mine = DataExport.objects.filter(person=person, requested_by=person, requested_at__gt=since)
    if mine.count() >= MOST_A_DAY:
        raise TransitionRefused(
            f"You have asked for {MOST_A_DAY} copies within a day. Download one of these, or ask tomorrow."
        )
    return _start(DataExport(person=person, requested_by=person), by)


@transaction.atomic
def ask_export_for(*, email: str, reason: str, by: User) -> DataExport:
    """For who cannot ask by themselves: an address without an account, or whose account is closed.

    Raises TransitionRefused when whoever has the address can sign in.
    """
    require(can_copy_for_others(by), ADMINISTRATORS_ONLY)
    email = email.strip().lower()
    person = account_of(email)
    if person and person.is_active:
        raise TransitionRefused(CAN_ASK)
    mine = Q(person=person) if person else Q(person=None, email=email)
    under_way = DataExport.objects.under_way().filter(mine, requested_by=by).first()
    if under_way:
        return under_way
    about = {"person": person} if person else {"email": email}
    return _start(DataExport(**about, reason=reason, requested_by=by), by)


CAN_ASK = "Whoever has this address has an account, and asks for the copy after signing in"


def account_of(email: str) -> User | None:
    confirmed = Q(emailaddress__email__iexact=email, emailaddress__verified=True)
    return User.objects.filter(Q(email__iexact=email) | confirmed).order_by("pk").first()


def _start(export: DataExport, by: User) -> DataExport:
    export.requested_at = timezone.now()
    export.save()
    _send_to_worker(export.pk)
    record_event(verb="copy.asked_for", target=export, by=by, reason=export.reason, data=_about(export))
    return export


def _about(export: DataExport) -> dict[str, int | None]:
    """By number: an address would stay in the record when it is gone from everywhere else."""
    return {"person": export.person_id}


def _send_to_worker(export_id: int) -> None:
    from rvss.tasks import make_export

    make_export.delay_on_commit(export_id)


def subject_of(export: DataExport) -> Subject:
    return Subject.of_person(export.person) if export.person else Subject.of_address(export.email)


@transaction.atomic
def claim_export(*, export_id: int) -> DataExport | None:
    """Take a waiting one, or None: somebody else has it, or it is done."""
    export = (
        DataExport.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("person")
        .filter(pk=export_id, status=ExportStatus.PENDING)
        .first()
    )
    if export is None:
        return None
    change_status(export, ExportStatus.RUNNING, EXPORT_TRANSITIONS)
    export.attempts += 1
    export.claimed_at = timezone.now()
    export.save()
    return export


def _lock_claimed(export: DataExport) -> DataExport:
    locked = DataExport.objects.select_for_update().get(pk=export.pk)
    if locked.status != ExportStatus.RUNNING or locked.claimed_at != export.claimed_at:
        raise ClaimLost(export.pk)
    return locked


@transaction.atomic
def finish_export(*, export: DataExport, storage_name: str, sha256: str, size: int) -> None:
    locked = _lock_claimed(export)
    change_status(locked, ExportStatus.READY, EXPORT_TRANSITIONS)
    now = timezone.now()
    locked.storage_name, locked.sha256, locked.size = storage_name, sha256, size
    locked.finished_at, locked.expires_at, locked.last_error = now, now + KEPT_FOR, ""
    locked.save()
    asked = locked.requested_by
    page = "data:yours" if locked.person_id == asked.pk else "data:requests"
    until = timezone.localtime(locked.expires_at)
    queue_notification(
        to=asked.email,
        user=asked,
        subject="The copy of personal data is ready",
        body=(
            "The copy that you asked for of what the Rental Vehicle Security Scheme holds is ready. Download "
            f"it until {until.day} {until:%B %Y}:\n\n{settings.BASE_URL}{reverse(page)}\n\n"
            "You will be asked for your password again. After that day the copy is removed.\n"
        ),
    )
    record_event(verb="copy.made", target=locked, by=None, data={"sha256": sha256, **_about(locked)})


@transaction.atomic
def fail_export(*, export: DataExport, reason: str) -> None:
    """An attempt ended badly: wait for the next one, or fail after the last."""
    _end_attempt(_lock_claimed(export), reason)


def _end_attempt(locked: DataExport, reason: str) -> None:
    is_last = locked.attempts >= MAX_ATTEMPTS
    change_status(locked, ExportStatus.FAILED if is_last else ExportStatus.PENDING, EXPORT_TRANSITIONS)
    locked.last_error = reason[:2000]
    locked.finished_at = timezone.now() if is_last else None
    locked.save()
    if is_last:
        record_event(verb="copy.failed", target=locked, by=None, data=_about(locked))
    else:
        _send_to_worker(locked.pk)


@transaction.atomic
def record_download(*, export: DataExport, by: User) -> None:
    """Raises TransitionRefused when the copy is not there, or not any more."""
    locked = DataExport.objects.select_for_update().get(pk=export.pk)
    require(locked.requested_by_id == by.pk)
    if locked.status != ExportStatus.READY or not locked.expires_at or locked.expires_at <= timezone.now():
        raise TransitionRefused("This copy is not there, or not any more. Ask for a new one.")
    record_event(verb="copy.downloaded", target=locked, by=by, data=_about(locked))


# --- By the clock -------------------------------------------------------------------------------


def restart_exports(*, now: datetime) -> int:
    """Those whose worker died, and those that never reached one; returns how many were sent again."""
    stuck = DataExport.objects.filter(status=ExportStatus.RUNNING, claimed_at__lt=now - STUCK_AFTER)
    restarted = sum(_take_from_worker(pk, now) for pk in list(stuck.values_list("pk", flat=True)[:100]))
    waiting = DataExport.objects.filter(
        status=ExportStatus.PENDING, requested_at__lt=Now() - timedelta(minutes=1)
    )
    ids = list(waiting.values_list("pk", flat=True)[:100])
    for export_id in ids:
        _send_to_worker(export_id)
    return restarted + len(ids)


@transaction.atomic
def _take_from_worker(export_id: int, now: datetime) -> bool:
    locked = (
        DataExport.objects.select_for_update(skip_locked=True)
        .filter(pk=export_id, status=ExportStatus.RUNNING, claimed_at__lt=now - STUCK_AFTER)
        .first()
    )
    if locked is None:
        return False
    logger.warning("Copy %s was left by its worker", export_id)
    _end_attempt(locked, "The worker that was making it stopped.")
    return True


def remove_old_exports(*, now: datetime) -> int:
    """The file of each goes after its row says so; a crash in between leaves the file to the next run."""
    ids = list(DataExport.objects.to_remove(now).order_by("pk").values_list("pk", flat=True)[:500])
    return sum(_remove(pk, now) for pk in ids)


def _remove(export_id: int, now: datetime) -> bool:
    with transaction.atomic():
        locked = DataExport.objects.select_for_update().get(pk=export_id)
        if locked.status == ExportStatus.READY:
            remove_export(locked, now)
            record_event(verb="copy.removed", target=locked, by=None, data=_about(locked))
    if locked.storage_name:
        default_storage.delete(locked.storage_name)
        DataExport.objects.filter(pk=export_id).update(storage_name="")
    return True
