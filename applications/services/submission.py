"""The declaration, and what the company does with an application after it."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import queue_notification, record_event, require
from accounts.transitions import TransitionRefused, change_status
from applications.answers import missing_sections
from applications.models import (
    APPLICATION_TRANSITIONS,
    Application,
    ApplicationStatus,
    Declaration,
    DeclarationPurpose,
)
from applications.permissions import can_submit_application, can_withdraw_application
from applications.services.clock import CLOCK, end_clock, start_clock
from applications.services.contacts import ask_for_confirmation
from applications.services.declarations import SignedWords, check_seen, write_declaration
from applications.services.enrolled import follow_decision, settle_enrolled
from applications.services.locks import address_of, in_words, lock_application, tell_owners


@transaction.atomic
def submit_application(
    *,
    application: Application,
    edition_code: str,
    declaration_text: str,
    signatory_name: str,
    signatory_role: str,
    by: User,
    seen: str = "",
) -> Declaration:
    """Sign and send. Sent already (a double click, another tab, another owner), it returns that declaration.

    `seen` is `answers.digest_of` the answers that the signatory was shown. Raises AnswersChanged when they
    are not the ones to be signed now, and TransitionRefused when it is no draft or lacks an answer.
    """
    locked = lock_application(application)
    require(can_submit_application(by, locked), "Only an owner of the company can sign its declaration")
    if locked.status == ApplicationStatus.SUBMITTED and (signed := locked.declarations.first()):
        return signed
    # A page from before it was sent must not answer DfT's question, nor undo its decision.
    if locked.status != ApplicationStatus.DRAFT:
        raise TransitionRefused(
            f"This application cannot be sent again. It is now: {locked.get_status_display()}."
        )
    _check_answers(locked, seen)
    change_status(locked, ApplicationStatus.SUBMITTED, APPLICATION_TRANSITIONS)
    locked.submitted_by = by
    locked.submitted_at = timezone.now()
    start_clock(locked)
    locked.save(update_fields=["status", "submitted_by", "submitted_at", *CLOCK])
    declaration = write_declaration(
        application=locked,
        purpose=DeclarationPurpose.JOINING,
        words=SignedWords(edition_code, declaration_text, signatory_name, signatory_role),
        signed_at=locked.submitted_at,
        by=by,
    )
    _confirm_by_mail(declaration)
    for contact in locked.company.security_contacts.current():
        ask_for_confirmation(contact=contact, by=by)
    settle_enrolled(company=locked.company)
    data = {"edition": edition_code, "sha256": declaration.sha256}
    record_event(verb="application.submitted", target=locked, by=by, data=data)
    return declaration


def _check_answers(application: Application, seen: str) -> None:
    current = Application.objects.with_answers().get(pk=application.pk)
    if missing := missing_sections(current):
        titles = ", ".join(section.title.lower() for section in missing)
        raise TransitionRefused(f"These sections are not answered yet: {titles}.")
    check_seen(current, seen)


def _confirm_by_mail(declaration: Declaration) -> None:
    application = declaration.application
    signer = declaration.signed_by
    assert application.due_on is not None
    subject = f"We have the application {application.reference}"
    queue_notification(
        to=signer.email,
        subject=subject,
        user=signer,
        body=(
            f"{application.company.name} has applied to join the Rental Vehicle Security Scheme.\n\n"
            f"Reference: {application.reference}\n"
            f"Signed by: {declaration.signatory_name}, {declaration.signatory_role}\n"
            f"Code of the receipt: {declaration.code}\n"
            f"SHA-256 of what was signed: {declaration.sha256}\n\n"
            "The Department for Transport will look at it and may ask a question. It aims to decide by "
            f"{in_words(application.due_on)}. "
            f"Follow it here: {address_of(application)}\n"
        ),
    )


@transaction.atomic
def withdraw_application(*, application: Application, reason: str, by: User) -> None:
    locked = lock_application(application)
    require(can_withdraw_application(by, locked), "Only an owner of the company can withdraw its application")
    change_status(locked, ApplicationStatus.WITHDRAWN, APPLICATION_TRANSITIONS)
    locked.closed_by, locked.closed_at, locked.closing_reason = by, timezone.now(), reason
    end_clock(locked)
    locked.save(update_fields=["status", "closed_by", "closed_at", "closing_reason", *CLOCK])
    follow_decision(application=locked, by=by, reason=reason)
    tell_owners(
        locked.company,
        subject=f"{locked.reference}: your application is withdrawn",
        body=(
            f"{by} has withdrawn the application of {locked.company.name} to join the Rental Vehicle "
            f"Security Scheme.\n\nThe reason:\n\n{reason}\n\n"
            f"The company can apply again at any time: {address_of(locked)}\n"
        ),
    )
    if locked.assigned_to:
        queue_notification(
            to=locked.assigned_to.email,
            user=locked.assigned_to,
            subject=f"{locked.reference}: withdrawn by the company",
            body=(
                f"{locked.company.name} has withdrawn its application.\n\nThe reason:\n\n{reason}\n\n"
                f"{address_of(locked)}\n"
            ),
        )
    record_event(verb="application.withdrawn", target=locked, by=by, reason=reason)
