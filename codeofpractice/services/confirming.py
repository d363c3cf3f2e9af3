"""The recognised security contact confirms a plan before it is submitted, by their own click."""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services import queue_notification, record_event, require
from accounts.transitions import TransitionRefused, change_status
from applications.models import SecurityContact, SecurityContactKind
from applications.services.locks import in_words
from codeofpractice.fingerprint import fingerprint_of
from codeofpractice.models import (
    CONFIRM_WITHIN,
    PLAN_CONFIRMATION_TRANSITIONS,
    PlanConfirmation,
    PlanConfirmationStatus,
    PlanVersion,
    PlanVersionStatus,
)
from codeofpractice.permissions import can_submit_plan, is_plan_contact
from codeofpractice.services.locks import lock_version
from codeofpractice.services.plans import check_can_be_submitted, submit_version

ASK_AGAIN_AFTER = timedelta(hours=24)
SALT = "codeofpractice.plan-confirmation"
NOT_YOURS = "Only an owner of the company can submit its plan"
NOT_AN_OWNER = "Whoever asked you is no owner of the company any more. An owner has to ask you again."
CHANGED = "The plan was changed after you were asked. The company has to ask you again."


class ConfirmationLinkInvalid(Exception):
    """The link is cut short, made up, older than 28 days, or signed with a key no longer in use."""


def plan_token_of(confirmation: PlanConfirmation) -> str:
    """The secret of the link: signed, so that nothing worth stealing is stored."""
    return signing.dumps(confirmation.pk, salt=SALT)


def plan_confirmation_of(token: str) -> PlanConfirmation:
    """Raises ConfirmationLinkInvalid."""
    try:
        pk = signing.loads(token, salt=SALT, max_age=CONFIRM_WITHIN)
    except signing.BadSignature as error:
        raise ConfirmationLinkInvalid from error
    rows = PlanConfirmation.objects.select_related(
        "contact", "asked_by", "version__edition", "version__plan__membership__company"
    ).defer("version__plan__membership__company__search")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise ConfirmationLinkInvalid
    return found


@transaction.atomic
def ask_plan_confirmation(*, version: PlanVersion, review_on: date, by: User) -> PlanConfirmation:
    """Ask the contact by e-mail. An earlier question about this version is taken back; asked the same within
    a day, that question stands.

    Raises TransitionRefused when the plan cannot be submitted, or nobody is named as the contact.
    """
    locked = lock_version(version)
    asked = waiting_for(locked)
    same = asked and (asked.sha256, asked.review_on) == (fingerprint_of(locked), review_on)
    if asked and same and asked.asked_at > timezone.now() - ASK_AGAIN_AFTER:
        require(can_submit_plan(by, locked.plan.membership), NOT_YOURS)
        return asked
    confirmation = _open(locked, review_on, by)
    contact, company = confirmation.contact, locked.plan.membership.company
    address = settings.BASE_URL + reverse(
        "codeofpractice:confirm_plan", kwargs={"token": plan_token_of(confirmation)}
    )
    queue_notification(
        to=contact.email,
        holds_key=True,
        subject=f"Confirm the security plan of {company.name}",
        body=(
            f"{by.name} wants to submit version {locked.number} of the security plan of {company.name} "
            f"under the {locked.edition.title}. You are its recognised security contact, so the plan needs "
            "your word that it says what the company does.\n\n"
            "Read the plan with a colleague, or in the service if you have an account. Then confirm it, or "
            f"say what is not right. You need no account for that:\n\n{address}\n\n"
            f"The link works until {in_words(last_day_of(confirmation))}. If the plan is changed meanwhile, "
            "you are asked again.\n"
        ),
    )
    record_event(verb="plan.confirmation_asked", target=locked, by=by, data={"sha256": confirmation.sha256})
    return confirmation


def waiting_for(version: PlanVersion) -> PlanConfirmation | None:
    """The question to the contact that is open."""
    found: PlanConfirmation | None = (
        version.confirmations.filter(status=PlanConfirmationStatus.WAITING).select_related("contact").first()
    )
    return found


def last_day_of(confirmation: PlanConfirmation) -> date:
    return timezone.localdate(confirmation.asked_at + CONFIRM_WITHIN)


@transaction.atomic
def confirm_and_submit(*, version: PlanVersion, review_on: date, by: User) -> PlanVersion:
    """In one step, by an owner who is the contact: signed in under the contact's address."""
    locked = lock_version(version)
    require(is_plan_contact(by, contact_for(locked)), "Only the recognised security contact can confirm")
    return _confirm(locked, _open(locked, review_on, by))


@transaction.atomic
def confirm_plan(*, confirmation: PlanConfirmation) -> PlanVersion:
    """The contact's own click, which submits the version. Clicked again, it changes nothing."""
    locked = lock_version(confirmation.version)
    row = PlanConfirmation.objects.select_related("contact", "asked_by").get(pk=confirmation.pk)
    if row.status == PlanConfirmationStatus.CONFIRMED:
        return locked
    _check_still_asked(locked, row)
    return _confirm(locked, row)


@transaction.atomic
def refuse_plan(*, confirmation: PlanConfirmation, reason: str) -> None:
    """The plan stays a draft; whoever asked is told why."""
    locked = lock_version(confirmation.version)
    row = PlanConfirmation.objects.select_related("contact", "asked_by").get(pk=confirmation.pk)
    if row.status == PlanConfirmationStatus.REFUSED:
        return
    _check_still_asked(locked, row)
    change_status(row, PlanConfirmationStatus.REFUSED, PLAN_CONFIRMATION_TRANSITIONS)
    row.answered_at, row.reason = timezone.now(), reason
    row.save(update_fields=["status", "answered_at", "reason"])
    queue_notification(
        to=row.asked_by.email,
        user=row.asked_by,
        subject="Your security contact says that the plan is not right yet",
        body=(
            f"{row.contact.name} does not confirm version {locked.number} of the security plan of "
            f"{locked.plan.membership.company.name}. The reason given:\n\n{reason}\n\n"
            "Change the plan, and ask again.\n"
        ),
    )
    record_event(verb="plan.confirmation_refused", target=locked, by=None, data={"confirmation": row.pk})


def contact_for(version: PlanVersion) -> SecurityContact | None:
    """Who is the company's recognised security contact now."""
    company = version.plan.membership.company
    found: SecurityContact | None = (
        company.security_contacts.current().filter(kind=SecurityContactKind.CONTACT).first()
    )
    return found


def _open(locked: PlanVersion, review_on: date, by: User) -> PlanConfirmation:
    require(can_submit_plan(by, locked.plan.membership), NOT_YOURS)
    check_can_be_submitted(locked, review_on)
    contact = contact_for(locked)
    if contact is None:
        raise TransitionRefused("Name a recognised security contact in the company record first.")
    for earlier in locked.confirmations.filter(status=PlanConfirmationStatus.WAITING):
        change_status(earlier, PlanConfirmationStatus.SUPERSEDED, PLAN_CONFIRMATION_TRANSITIONS)
        earlier.save(update_fields=["status"])
    return PlanConfirmation.objects.create(
        version=locked,
        contact=contact,
        sha256=fingerprint_of(locked),
        review_on=review_on,
        asked_by=by,
        asked_at=timezone.now(),
    )


def _check_still_asked(locked: PlanVersion, row: PlanConfirmation) -> None:
    if row.status != PlanConfirmationStatus.WAITING:
        raise TransitionRefused("This question has been answered, or you were asked again since.")
    if row.contact.until is not None:
        raise TransitionRefused("You are not named as the security contact of this company any more.")
    if locked.status != PlanVersionStatus.DRAFT:
        raise TransitionRefused(f"This version is now: {locked.get_status_display()}.")
    if row.sha256 != fingerprint_of(locked):
        raise TransitionRefused(CHANGED)
    if not can_submit_plan(row.asked_by, locked.plan.membership):
        raise TransitionRefused(NOT_AN_OWNER)


def _confirm(locked: PlanVersion, row: PlanConfirmation) -> PlanVersion:
    change_status(row, PlanConfirmationStatus.CONFIRMED, PLAN_CONFIRMATION_TRANSITIONS)
    row.answered_at = timezone.now()
    row.save(update_fields=["status", "answered_at"])
    return submit_version(version=locked, review_on=row.review_on, by=row.asked_by)
