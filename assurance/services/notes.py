"""What an assurer keeps about a check beside the findings, and findings that are being written."""

from __future__ import annotations

from datetime import date

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import record_event, require
from accounts.transitions import TransitionRefused
from assurance.models import CheckNote, FindingDraft, FindingResult, PlanCheck
from assurance.permissions import can_ask_company, can_work_on_check
from assurance.services.asking import NOT_YOURS
from assurance.services.locks import lock_check, lock_check_in_hand
from codeofpractice.files import EVIDENCE_KINDS, store_upload
from codeofpractice.models import Point


@transaction.atomic
def add_note(
    *,
    check: PlanCheck,
    kind: str,
    happened_on: date,
    text: str,
    with_whom: str = "",
    upload: UploadedFile[bytes] | None = None,
    by: User,
) -> CheckNote:
    """Keep a visit, a call or another note; the same one once. Notes can be added after the decision too.

    Raises FileRefused.
    """
    locked = lock_check(check)
    require(can_ask_company(by, locked), NOT_YOURS)
    said = {"kind": kind, "happened_on": happened_on, "with_whom": with_whom, "text": text}
    if locked.notes.filter(**said, by=by).exists():
        raise TransitionRefused("This note is kept already.")
    stored = (
        store_upload(
            upload=upload,
            company=locked.membership.company,
            kinds=EVIDENCE_KINDS,
            is_held_by_dft=True,
            by=by,
        )
        if upload
        else None
    )
    note = CheckNote.objects.create(check_of=locked, **said, file=stored, by=by)
    record_event(verb="check.noted", target=locked, by=by, data={"kind": kind, "note": note.pk})
    return note


@transaction.atomic
def save_finding_draft(
    *, check: PlanCheck, point: Point, result: str, note: str, revision: int, by: User
) -> FindingDraft:
    """Keep what is being written. Raises TransitionRefused when another window has saved since `revision`.

    `revision` is 0 for what has not been saved before. It is a convenience and is not put on record.
    """
    locked = lock_check_in_hand(check)
    require(can_work_on_check(by, locked), NOT_YOURS)
    now = timezone.now()
    result = result if result in FindingResult.values else ""
    draft = FindingDraft.objects.select_for_update().filter(check_of=locked, point=point, by=by).first()
    if draft is None:
        return FindingDraft.objects.create(
            check_of=locked, point=point, by=by, result=result, note=note, saved_at=now
        )
    if draft.revision != revision:
        raise TransitionRefused("You have written something else in another window")
    draft.result, draft.note, draft.saved_at = result, note, now
    draft.revision += 1
    draft.save(update_fields=["result", "note", "saved_at", "revision"])
    return draft
