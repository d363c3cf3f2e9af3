"""Signing: what is bound to a signature, and when a new one is asked for."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services import record_event, require
from accounts.transitions import TransitionRefused
from applications.answers import FORM_VERSION, Answers, canonical_json, digest_of, missing_sections, snapshot
from applications.material import material_changes
from applications.models import (
    Application,
    Declaration,
    DeclarationPurpose,
    DeclarationRequest,
    Membership,
)
from applications.permissions import can_sign_for_company
from applications.services.locks import lock_application, tell_owners

DAYS_TO_SIGN = 28
DAYS_BEFORE_REMINDER = 14
NOT_YOURS = "Only an owner of the company can sign its declaration"


class AnswersChanged(TransitionRefused):
    """The answers are not those that the person was shown: somebody has saved one since."""


def check_seen(application: Application, seen: str) -> None:
    """Nobody signs what they did not read. Raises AnswersChanged. Fetch the application `with_answers()`."""
    if seen and seen != digest_of(snapshot(application)):
        raise AnswersChanged(
            "An answer has changed since you opened this page. Go back and check the answers."
        )


@dataclass(frozen=True)
class SignedWords:
    edition_code: str
    text: str
    signatory_name: str
    signatory_role: str


def digest_declaration(
    *,
    reference: str,
    purpose: str,
    words: SignedWords,
    answers: str,
    signed_at: datetime,
) -> str:
    """SHA-256, in hexadecimal, over what was signed.

    The input is the UTF-8 of a JSON object with exactly these keys, sorted, without blanks and with
    characters as they are: answers, edition_code, reference, signatory_name, signatory_role, signed_at, text
    and, unless it is "joining", purpose. `answers` is the canonical JSON as a string, `signed_at` is ISO 8601
    in UTC with microseconds. Anyone with the row can work it out again.
    """
    fields = {
        "answers": answers,
        "edition_code": words.edition_code,
        "reference": reference,
        "signatory_name": words.signatory_name,
        "signatory_role": words.signatory_role,
        "signed_at": signed_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "text": words.text,
    }
    if purpose != DeclarationPurpose.JOINING:
        fields["purpose"] = purpose
    canonical = json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def verify_declaration(declaration: Declaration) -> bool:
    """Whether the row still is what was signed."""
    return declaration.sha256 == digest_declaration(
        reference=declaration.application.reference,
        purpose=declaration.purpose,
        words=SignedWords(
            declaration.edition_code,
            declaration.text,
            declaration.signatory_name,
            declaration.signatory_role,
        ),
        answers=declaration.answers,
        signed_at=declaration.signed_at,
    )


def write_declaration(
    *, application: Application, purpose: str, words: SignedWords, signed_at: datetime, by: User
) -> Declaration:
    """The row. The caller has locked the application, and asked whether `by` may sign."""
    answers = canonical_json(snapshot(Application.objects.with_answers().get(pk=application.pk)))
    return Declaration.objects.create(
        application=application,
        company=application.company,
        purpose=purpose,
        edition_code=words.edition_code,
        text=words.text,
        answers=answers,
        sha256=digest_declaration(
            reference=application.reference,
            purpose=purpose,
            words=words,
            answers=answers,
            signed_at=signed_at,
        ),
        signatory_name=words.signatory_name,
        signatory_role=words.signatory_role,
        signed_by=by,
        signed_at=signed_at,
    )


@transaction.atomic
def sign_declaration(
    *,
    application: Application,
    purpose: str,
    edition_code: str,
    declaration_text: str,
    signatory_name: str,
    signatory_role: str,
    by: User,
) -> Declaration:
    """Sign again, after joining: for changed facts, for corrected answers or for a renewal.

    It covers the answers as they stand, and so closes an open request for a signature. Signed twice with
    nothing changed in between (a double click), it returns the first declaration. Raises TransitionRefused
    when an answer is missing.
    """
    locked = lock_application(application)
    require(can_sign_for_company(by, locked.company), NOT_YOURS)
    current = Application.objects.with_answers().get(pk=locked.pk)
    if missing := missing_sections(current):
        titles = ", ".join(section.title.lower() for section in missing)
        raise TransitionRefused(f"These sections are not answered yet: {titles}.")
    words = SignedWords(edition_code, declaration_text, signatory_name, signatory_role)
    last = locked.declarations.first()
    if last and _is_same(last, purpose, words, canonical_json(snapshot(current)), by):
        return last
    declaration = write_declaration(
        application=locked, purpose=purpose, words=words, signed_at=timezone.now(), by=by
    )
    _close_request(locked, declaration)
    record_event(
        verb="declaration.signed",
        target=locked,
        by=by,
        data={"purpose": purpose, "edition": edition_code, "sha256": declaration.sha256},
    )
    return declaration


def _is_same(last: Declaration, purpose: str, words: SignedWords, answers: str, by: User) -> bool:
    return (
        last.purpose == purpose
        and last.signed_by_id == by.pk
        and last.answers == answers
        and SignedWords(last.edition_code, last.text, last.signatory_name, last.signatory_role) == words
        and last.signed_at > timezone.now() - timedelta(minutes=10)
    )


def _close_request(application: Application, declaration: Declaration | None) -> None:
    request = DeclarationRequest.objects.open().filter(membership__application=application).first()
    if request:
        request.closed_at = timezone.now()
        request.declaration = declaration
        request.save(update_fields=["closed_at", "declaration"])


def last_signed(application: Application) -> Answers | None:
    """The answers of the last declaration; None when nothing was signed on the form in use now."""
    declaration = application.declarations.first()
    signed: Answers = json.loads(declaration.answers) if declaration else {}
    return signed if signed.get("form") == FORM_VERSION else None


def ask_to_sign_again(*, membership: Membership, by: User) -> DeclarationRequest | None:
    """Compare the facts with what was signed, and ask for a signature, change the request or take it back.

    Called by services that have changed a member's facts, inside their transaction with the company locked.
    """
    application = Application.objects.with_answers().get(pk=membership.application_id)
    signed = last_signed(application)
    changes = material_changes(signed, snapshot(application)) if signed else []
    request = DeclarationRequest.objects.open().filter(membership=membership).first()
    if not changes:
        _close_request(application, None)
        return None
    if request:
        request.changes = changes
        request.save(update_fields=["changes"])
        return request
    request = DeclarationRequest.objects.create(
        membership=membership, changes=changes, asked_by=by, due_on=_due_on(timezone.localdate())
    )
    _tell(request, "asks for a new declaration")
    record_event(verb="declaration.asked_for", target=membership, by=by, data={"changes": changes})
    return request


def _due_on(today: date) -> date:
    return today + timedelta(days=DAYS_TO_SIGN)


def _tell(request: DeclarationRequest, what: str) -> None:
    company = request.membership.company
    reference = request.membership.application.reference
    address = settings.BASE_URL + reverse("applications:facts", kwargs={"reference": reference})
    changes = "\n".join(f"- {change}" for change in request.changes)
    tell_owners(
        company,
        subject=f"A change at {company.name} {what}",
        body=(
            f"These facts of {company.name} are not the ones that its declaration covers:\n\n{changes}\n\n"
            f"An owner must sign the declaration again by "
            f"{request.due_on.day} {request.due_on:%B %Y}.\n\n{address}\n"
        ),
    )


@transaction.atomic
def remind_to_sign(*, request: DeclarationRequest) -> bool:
    """One reminder, half-way to the due date. False when there is nothing left to remind of."""
    locked = DeclarationRequest.objects.select_for_update().get(pk=request.pk)
    if locked.closed_at or locked.reminded_at:
        return False
    locked.reminded_at = timezone.now()
    locked.save(update_fields=["reminded_at"])
    _tell(locked, "still asks for a new declaration")
    record_event(verb="declaration.reminded", target=locked.membership, by=None)
    return True


def requests_to_remind() -> list[DeclarationRequest]:
    """Those within two weeks of their date, or past it, that had no reminder yet."""
    until = timezone.localdate() + timedelta(days=DAYS_BEFORE_REMINDER)
    waiting = DeclarationRequest.objects.open().filter(due_on__lte=until, reminded_at__isnull=True)
    return list(waiting.order_by("due_on", "pk")[:500])
