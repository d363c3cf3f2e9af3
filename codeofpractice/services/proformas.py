"""A pro-forma that was uploaded: what it says goes into the draft when somebody has seen and confirmed it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import record_event, require
from accounts.transitions import TransitionRefused, change_status
from codeofpractice.answers import Answer, MeasureDetails
from codeofpractice.models import (
    DOCUMENT_TRANSITIONS,
    DocumentKind,
    PlanDocument,
    PlanVersion,
    PointResponse,
    Position,
    ProformaAnswer,
    ProformaMeasure,
    ReadingStatus,
)
from codeofpractice.permissions import can_edit_plan
from codeofpractice.proforma.content import FORM, PointText, Proforma, Reference
from codeofpractice.proforma.filling import details_of, digest_of_response, own_lines
from codeofpractice.services.documents import lock_claim, refuse_document
from codeofpractice.services.locks import lock_draft
from codeofpractice.services.measures import add_measure, change_measure, remove_measure
from codeofpractice.services.plans import NOT_YOURS, write_answer

SHOWN_STRAYS = 1000  # characters


class StaleProforma(Exception):
    """Answers were changed while somebody looked at what came back; `points` are their numbers."""

    def __init__(self, points: Sequence[int]) -> None:
        super().__init__("Somebody else has changed answers since you opened the page.")
        self.points = points


@dataclass(frozen=True)
class PointTaken:
    """A point to be saved, and the digest of the state of it that was on the page. None stays as it is."""

    response: PointResponse
    seen: str
    answer: Answer | None = None
    measures: tuple[MeasureDetails, ...] | None = None


@transaction.atomic
def finish_proforma(*, document: PlanDocument, found: Proforma) -> None:
    """Keep what was read, all or nothing; or refuse one that was made for another plan, in words."""
    locked = lock_claim(document)
    if locked is None:
        return
    version = document.version
    if why := _not_for(version, found.reference):
        refuse_document(document=locked, reason=why)
        return
    points = {point.number: point for point in version.edition.points.all()}
    for text in found.points:
        if text.number in points:
            answer = ProformaAnswer.objects.create(
                document=locked, point=points[text.number], **_fields_of(text)
            )
            ProformaMeasure.objects.bulk_create(
                ProformaMeasure(
                    answer=answer, what=row.what, state=row.state, day=row.day, owner_role=row.owner_role
                )
                for row in text.measures
            )
    change_status(locked, ReadingStatus.READ, DOCUMENT_TRANSITIONS)
    locked.read_at = timezone.now()
    locked.reason = _remarks(version, found)
    locked.last_error = ""
    locked.save(update_fields=["status", "read_at", "reason", "last_error"])
    record_event(verb="plan.proforma_read", target=version, by=None, data={"points": len(found.points)})


def _fields_of(text: PointText) -> dict[str, object]:
    return {
        "position": text.position,
        "how_met": text.how_met,
        "responsible_role": text.responsible_role,
        "planned_for": text.planned_for,
        "not_applicable_reason": text.not_applicable_reason,
        "base": text.base,
        "missing": list(text.missing),
    }


def _not_for(version: PlanVersion, reference: Reference) -> str:
    """Why it cannot be read into this draft; empty when it can."""
    membership = version.plan.membership.number
    again = "Download a new one here, and copy your answers into it."
    if reference.membership != membership:
        return (
            f"This pro-forma was made for the membership {reference.membership}, and this plan is that of "
            f"{membership}. Upload it at the plan of that membership, or download one here."
        )
    if reference.form != FORM:
        return f"This pro-forma was made for another state of this service. {again}"
    if reference.edition != version.edition.code:
        return (
            f"This pro-forma is for another edition of the Code of Practice ({reference.edition}). Your "
            f"draft is under the {version.edition.title}, whose points are others. {again}"
        )
    return ""


def _remarks(version: PlanVersion, found: Proforma) -> str:
    """What the person should know before confirming: an older version, and lines that stand in no field."""
    remarks = []
    if found.reference.version != version.number:
        remarks.append(
            f"This pro-forma was made from version {found.reference.version} of your plan; the draft is "
            f"version {version.number}. Look at each change before you save it."
        )
    ours = own_lines(version)
    if strays := [line for line in found.strays if line not in ours]:
        words = " / ".join(strays)
        cut = words if len(words) <= SHOWN_STRAYS else f"{words[:SHOWN_STRAYS]}…"
        remarks.append(f"This text stands in no field, so it is not taken: “{cut}”")
    if found.leaves_out:
        remarks.append(
            "Pictures, text boxes and footnotes are not taken. Add pictures as evidence, and write the "
            "others into your answers."
        )
    return "\n\n".join(remarks)


@transaction.atomic
def take_as_proforma(*, document: PlanDocument) -> None:
    """A document that was uploaded as an existing plan, and is a pro-forma. It is still being read."""
    locked = lock_claim(document)
    if locked is None:
        return
    locked.kind = DocumentKind.PROFORMA
    locked.save(update_fields=["kind"])
    record_event(verb="plan.proforma_recognised", target=document.version, by=None)


@transaction.atomic
def save_proforma(*, document: PlanDocument, points: Sequence[PointTaken], by: User) -> PlanDocument:
    """Save the points that were chosen, all or nothing; a second click changes nothing.

    Raises StaleProforma when one of them has changed since it was shown.
    """
    draft = lock_draft(document.version)
    require(can_edit_plan(by, draft.plan.membership), NOT_YOURS)
    locked = PlanDocument.objects.select_for_update(of=("self",)).filter(pk=document.pk).first()
    if locked is None:
        raise TransitionRefused("Somebody has removed this document from the draft meanwhile.")
    if locked.kind != DocumentKind.PROFORMA or locked.status != ReadingStatus.READ:
        raise TransitionRefused(f"This document is now: {locked.get_status_display()}.")
    if locked.confirmed_at is not None:
        return locked
    rows = draft.responses.select_for_update(of=("self",)).select_related("point").order_by("pk")
    chosen = {taken.response.pk: taken for taken in points}
    responses = {row.pk: row for row in rows.filter(pk__in=chosen).prefetch_related("measures")}
    changed = [
        row.point.number
        for pk, row in responses.items()
        if digest_of_response(row, list(row.measures.all())) != chosen[pk].seen
    ]
    if changed:
        raise StaleProforma(sorted(changed))
    for pk, response in responses.items():
        _save_point(draft, response, chosen[pk], by)
    locked.confirmed_by, locked.confirmed_at = by, timezone.now()
    locked.save(update_fields=["confirmed_by", "confirmed_at"])
    numbers = sorted(row.point.number for row in responses.values())
    record_event(
        verb="plan.proforma_saved", target=draft, by=by, data={"file": locked.file_id, "points": numbers}
    )
    return locked


def _save_point(draft: PlanVersion, response: PointResponse, taken: PointTaken, by: User) -> None:
    """Measures go before an answer that does not apply, and come after one that does."""
    response.version = draft
    skips = taken.answer is not None and taken.answer.position == Position.NOT_APPLICABLE
    if taken.measures is not None and skips:
        _save_measures(response, taken.measures, by)
    if taken.answer is not None:
        write_answer(draft=draft, locked=response, answer=taken.answer, by=by)
    if taken.measures is not None and not skips:
        _save_measures(response, taken.measures, by)


def _save_measures(response: PointResponse, wanted: tuple[MeasureDetails, ...], by: User) -> None:
    """Those that stay as they are keep their rows, and so do changed ones, in order."""
    left = list(wanted)
    others = []
    for row in response.measures.select_for_update():
        if (details := details_of(row)) in left:
            left.remove(details)
        else:
            others.append(row)
    for row, details in zip(others, left, strict=False):
        row.response = response
        change_measure(measure=row, revision=row.revision, details=details, by=by)
    for row in others[len(left) :]:
        row.response = response
        remove_measure(measure=row, by=by)
    for details in left[len(others) :]:
        add_measure(response=response, details=details, by=by)
