"""The declaration, and what the company does with an application after it."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import queue_notification, record_event, require
from accounts.transitions import TransitionRefused, change_status
from applications.answers import canonical_json, missing_sections, snapshot
from applications.models import (
    APPLICATION_TRANSITIONS,
    Application,
    ApplicationQuestion,
    ApplicationStatus,
    Declaration,
    SecurityContactKind,
)
from applications.permissions import can_answer_question, can_submit_application, can_withdraw_application
from applications.services.locks import address_of, lock_application


def digest_declaration(
    *,
    reference: str,
    edition_code: str,
    text: str,
    answers: str,
    signatory_name: str,
    signatory_role: str,
    signed_at: datetime,
) -> str:
    """SHA-256, in hexadecimal, over what was signed.

    The input is the UTF-8 of a JSON object with exactly these seven keys, sorted, without blanks and
    with characters as they are. `answers` is the canonical JSON as a string, `signed_at` is ISO 8601
    in UTC with microseconds. Anyone with the row can work it out again.
    """
    fields = {
        "answers": answers,
        "edition_code": edition_code,
        "reference": reference,
        "signatory_name": signatory_name,
        "signatory_role": signatory_role,
        "signed_at": signed_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "text": text,
    }
    canonical = json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def verify_declaration(declaration: Declaration) -> bool:
    """Whether the row still is what was signed."""
    return declaration.sha256 == digest_declaration(
        reference=declaration.application.reference,
        edition_code=declaration.edition_code,
        text=declaration.text,
        answers=declaration.answers,
        signatory_name=declaration.signatory_name,
        signatory_role=declaration.signatory_role,
        signed_at=declaration.signed_at,
    )


@transaction.atomic
def submit_application(
    *,
    application: Application,
    edition_code: str,
    declaration_text: str,
    signatory_name: str,
    signatory_role: str,
    by: User,
) -> Declaration:
    """Sign and send. Sent twice by the same person (a double click), it returns the first declaration.

    Raises TransitionRefused when it is no draft, or a section is not answered.
    """
    locked = lock_application(application)
    require(can_submit_application(by, locked), "Only an owner of the company can sign its declaration")
    if locked.status == ApplicationStatus.SUBMITTED and (
        signed := locked.declarations.filter(signed_by=by, edition_code=edition_code).first()
    ):
        return signed
    missing = missing_sections(Application.objects.with_answers().get(pk=locked.pk))
    if locked.status == ApplicationStatus.DRAFT and missing:
        titles = ", ".join(section.title.lower() for section in missing)
        raise TransitionRefused(f"These sections are not answered yet: {titles}.")
    change_status(locked, ApplicationStatus.SUBMITTED, APPLICATION_TRANSITIONS)
    locked.submitted_by = by
    locked.submitted_at = timezone.now()
    locked.save(update_fields=["status", "submitted_by", "submitted_at"])
    declaration = _sign(locked, edition_code, declaration_text, signatory_name, signatory_role, by)
    _confirm_by_mail(declaration)
    record_event(
        verb="application.submitted",
        target=locked,
        by=by,
        data={"edition": edition_code, "sha256": declaration.sha256},
    )
    return declaration


def _sign(
    application: Application, edition_code: str, text: str, name: str, role: str, by: User
) -> Declaration:
    signed_at = application.submitted_at
    assert signed_at is not None
    answers = canonical_json(snapshot(Application.objects.with_answers().get(pk=application.pk)))
    return Declaration.objects.create(
        application=application,
        company=application.company,
        edition_code=edition_code,
        text=text,
        answers=answers,
        sha256=digest_declaration(
            reference=application.reference,
            edition_code=edition_code,
            text=text,
            answers=answers,
            signatory_name=name,
            signatory_role=role,
            signed_at=signed_at,
        ),
        signatory_name=name,
        signatory_role=role,
        signed_by=by,
        signed_at=signed_at,
    )


def _confirm_by_mail(declaration: Declaration) -> None:
    application = declaration.application
    signer = declaration.signed_by
    subject = f"We have the application {application.reference}"
    queue_notification(
        to=signer.email,
        subject=subject,
        user=signer,
        body=(
            f"{application.company.name} has applied to join the Rental Vehicle Security Scheme.\n\n"
            f"Reference: {application.reference}\n"
            f"Signed by: {declaration.signatory_name}, {declaration.signatory_role}\n"
            f"Check code of what was signed (SHA-256): {declaration.sha256}\n\n"
            "The Department for Transport will look at it and may ask a question. "
            f"Follow it here: {address_of(application)}\n"
        ),
    )
    contact = application.company.security_contacts.filter(
        kind=SecurityContactKind.CONTACT, until__isnull=True
    ).first()
    if contact and contact.email.lower() != signer.email.lower():
        queue_notification(
            to=contact.email,
            subject=f"You are the security contact of {application.company.name}",
            body=(
                f"{application.company.name} has applied to join the Rental Vehicle Security Scheme and "
                "named you as its recognised security contact.\n\n"
                f"Reference: {application.reference}\n\n"
                f"If that is wrong, tell {signer.name} ({signer.email}), who signed the declaration.\n"
            ),
        )


@transaction.atomic
def answer_question(*, question: ApplicationQuestion, answer: str, by: User) -> None:
    """Answer DfT's open question; the application is with DfT again."""
    application = lock_application(question.application)
    require(can_answer_question(by, application), "Only an owner or editor of the company can answer for it")
    change_status(application, ApplicationStatus.SUBMITTED, APPLICATION_TRANSITIONS)
    # The one that is open now: a page left open from an earlier question answers nothing.
    opened = ApplicationQuestion.objects.filter(pk=question.pk, answered_at__isnull=True).first()
    if opened is None:
        raise TransitionRefused("This question has been answered already.")
    opened.answer = answer
    opened.answered_by = by
    opened.answered_at = timezone.now()
    opened.save(update_fields=["answer", "answered_by", "answered_at"])
    application.save(update_fields=["status"])
    if application.assigned_to:
        queue_notification(
            to=application.assigned_to.email,
            user=application.assigned_to,
            subject=f"{application.reference}: your question is answered",
            body=f"{application.company.name} has answered.\n\n{address_of(application)}\n",
        )
    record_event(
        verb="application.question_answered", target=application, by=by, data={"section": opened.section}
    )


@transaction.atomic
def withdraw_application(*, application: Application, reason: str, by: User) -> None:
    locked = lock_application(application)
    require(can_withdraw_application(by, locked), "Only an owner of the company can withdraw its application")
    change_status(locked, ApplicationStatus.WITHDRAWN, APPLICATION_TRANSITIONS)
    locked.save(update_fields=["status"])
    if locked.assigned_to:
        queue_notification(
            to=locked.assigned_to.email,
            user=locked.assigned_to,
            subject=f"{locked.reference}: withdrawn by the company",
            body=f"{locked.company.name} has withdrawn its application.\n\n{address_of(locked)}\n",
        )
    record_event(verb="application.withdrawn", target=locked, by=by, reason=reason)
