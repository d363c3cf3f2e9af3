"""What becomes of applications before and beside a membership: drafts left, questions, rejections, ends."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from django.utils import timezone

from accounts.models import User
from applications.keeping_dates import WARNINGS, kept_until, warning_for
from applications.models import (
    RECONSIDER_WITHIN,
    Application,
    ApplicationQuestion,
    ApplicationStatus,
    Company,
    Reconsideration,
    ReconsiderationStatus,
    RejectionReason,
)
from applications.services.keeping import WHY
from applications.working_days import days_left, due_from
from rvss.seeding.companies import Firm
from rvss.seeding.shapes import Batch

REJECTIONS = (
    (
        [RejectionReason.OUT_OF_SCOPE],
        "The company only leases vehicles for more than 3 months, which is out of scope.",
    ),
    (
        [RejectionReason.OUT_OF_SCOPE],
        "The company hires to businesses on contract only. It may apply again when it hires to consumers.",
    ),
    (
        [RejectionReason.OUT_OF_SCOPE, RejectionReason.INCORRECT],
        "The vehicles are chauffeur-driven, so no vehicle is rented out, though the form says so.",
    ),
)
WITHDRAWALS = (
    "We have sold the hire business.",
    "We applied twice by mistake.",
    "We no longer hire by the day.",
)
QUESTIONS = (
    (
        "company",
        "Name",
        "Which of the two names is the registered one?",
        "The one on the form; the other is a brand.",
    ),
    ("rentals", "Vehicles it hires out", "How many of the vans are over 3.5 tonnes?", "None of them."),
    ("sites", "", "Is the site at the second address open to hirers?", "Yes, on weekdays."),
)
GROUNDS = "We have hired to consumers by the day since last spring, as our price list shows."
STANDS = "The price list shows contract hire only. The company can apply again when that changes."
LEFT_FOR = timedelta(days=345)  # an older draft, whose company has been warned once


def leave_draft(application: Application, rng: Random, end: datetime, begin: datetime) -> None:
    """A draft: most were begun lately, some are close to the end of their year."""
    application.agrees_to_listing = None
    if rng.random() < 0.3 and end - LEFT_FOR > begin:
        application.started_at = application.company.created_at = end - LEFT_FOR
    application.last_changed_at = application.started_at
    until = kept_until(timezone.localdate(application.last_changed_at))
    application.warned = warning_for(until, timezone.localdate(end))
    if application.warned is not None:
        application.warned_at = end


def expire(application: Application, firm: Firm) -> None:
    """A draft whose year is over: the company had nothing else, so nothing of it is left."""
    blank = Company(
        public_id=firm.company.public_id,
        created_at=firm.company.created_at,
        name=f"Removed with {application.reference}",
    )
    firm.company = application.company = blank
    firm.trading_names, firm.fleet, firm.sites, firm.contacts, firm.bodies = [], [], [], [], []
    firm.is_forgotten = True
    application.agrees_to_listing = None
    application.last_changed_at = application.started_at
    application.closed_at = application.started_at + timedelta(days=367)
    application.closing_reason = WHY
    application.warned = WARNINGS[-1]
    application.warned_at = application.closed_at - timedelta(days=WARNINGS[-1])


def withdraw(application: Application, owner: User, rng: Random) -> None:
    assert application.submitted_at is not None
    application.closed_by = owner
    application.closed_at = application.submitted_at + timedelta(minutes=47)
    application.closing_reason = rng.choice(WITHDRAWALS)


def reject(batch: Batch, application: Application, lead: User, rng: Random, end: datetime) -> None:
    """With reasons; some companies ask for it to be looked at again, and the newest of these wait."""
    reasons, application.decision_reason = rng.choice(REJECTIONS)
    application.rejection_reasons = [str(code) for code in reasons]
    decided = application.decided_at
    assert decided is not None
    assert application.decided_by is not None
    is_new = end - decided < RECONSIDER_WITHIN / 2
    if rng.random() > (0.6 if is_new else 0.2):
        return
    asked = Reconsideration(
        application=application,
        rejected_by=application.decided_by,
        rejected_at=decided,
        rejection_reasons=application.rejection_reasons,
        rejection_words=application.decision_reason,
        grounds=GROUNDS,
        asked_by=application.started_by,
        asked_at=decided + (min(end, decided + timedelta(days=6)) - decided) * 0.5,
    )
    if not is_new:
        asked.status = ReconsiderationStatus.UPHELD
        asked.answer, asked.answered_by = STANDS, lead
        asked.answered_at = asked.asked_at + timedelta(days=4)
    batch.reconsiderations.append(asked)


def ask_questions(batch: Batch, application: Application, assurer: User, rng: Random, end: datetime) -> None:
    """Some were asked and have replied; those with the status have one or two questions open."""
    is_open = application.status == ApplicationStatus.QUESTION
    if not is_open and rng.random() > 0.1:
        _set_clock(application, None)
        return
    sent = application.submitted_at
    assert sent is not None
    time = (application.decided_at or application.closed_at or end) - sent
    how_many = 2 if is_open and len(batch.applications) % 4 < 2 else 1
    for section, label, question, answer in rng.sample(QUESTIONS, how_many):
        row = ApplicationQuestion(
            application=application,
            section=section,
            answer_label=label,
            question=question,
            asked_by=assurer,
            asked_at=sent + time * 0.3,
        )
        if not is_open:
            row.answer, row.answered_by = answer, application.submitted_by
            row.answered_at = row.sent_at = sent + time * 0.6
        batch.questions.append(row)
    _set_clock(application, row)


def _set_clock(application: Application, question: ApplicationQuestion | None) -> None:
    """As the services move it: from sending, standing still from a question to its reply."""
    region = application.company.home_region
    assert application.submitted_at is not None
    due_on = due_from(timezone.localdate(application.submitted_at), region)
    left = days_left(timezone.localdate(question.asked_at), due_on, region) if question else 0
    if question and question.sent_at:
        due_on = due_from(timezone.localdate(question.sent_at), region, left)
    if application.status == ApplicationStatus.SUBMITTED:
        application.due_on = due_on
    elif application.status == ApplicationStatus.QUESTION:
        application.working_days_left = left
