"""Questions on the answers of an application: DfT asks, the company answers in place and sends it back."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import queue_notification, record_event, require
from accounts.transitions import TransitionRefused, change_status
from applications.answers import SECTION_TITLES, changed_since_signed, missing_sections
from applications.models import (
    APPLICATION_TRANSITIONS,
    Application,
    ApplicationQuestion,
    ApplicationStatus,
    ContactStanding,
    Declaration,
    DeclarationPurpose,
)
from applications.permissions import can_answer_question, can_sign_for_company
from applications.services.casework import lock_for_dft
from applications.services.clock import CLOCK, start_clock, stop_clock
from applications.services.contacts import ask_for_confirmation
from applications.services.declarations import NOT_YOURS, SignedWords, check_seen, write_declaration
from applications.services.locks import address_of, lock_application, tell_those_who_edit

NOT_YOURS_TO_ANSWER = "Only an owner or editor of the company can answer for it"


@transaction.atomic
def ask_question(
    *,
    application: Application,
    section: str,
    question: str,
    answer_label: str = "",
    form_key: UUID | None = None,
    by: User,
) -> ApplicationQuestion:
    """Ask about a section or one answer of it; more can be asked until the company sends its replies.

    The same form sent twice (`form_key`) asks once.
    """
    locked = lock_for_dft(application, by)
    if form_key and (asked := locked.questions.filter(form_key=form_key).first()):
        return asked
    if locked.status != ApplicationStatus.QUESTION:
        change_status(locked, ApplicationStatus.QUESTION, APPLICATION_TRANSITIONS)
        stop_clock(locked)
    elif locked.questions.open().filter(section=section, answer_label=answer_label).exists():
        raise TransitionRefused(
            "There is a question on this answer already, which the company has not sent back."
        )
    if locked.assigned_to_id is None:
        locked.assigned_to = by
    locked.save(update_fields=["status", "assigned_to", *CLOCK])
    asked = ApplicationQuestion.objects.create(
        application=locked,
        section=section,
        answer_label=answer_label,
        question=question,
        form_key=form_key,
        asked_by=by,
        asked_at=timezone.now(),
    )
    _tell_of_question(asked)
    data = {"section": section, "answer": answer_label}
    record_event(verb="application.question_asked", target=locked, by=by, data=data)
    return asked


def _tell_of_question(asked: ApplicationQuestion) -> None:
    application = asked.application
    tell_those_who_edit(
        application.company,
        subject=f"{application.reference}: a question about your application",
        body=(
            "The Department for Transport has a question about your application to join the Rental "
            f"Vehicle Security Scheme.\n\nIt is about: {title_of(asked)}\n\n{asked.question}\n\n"
            "We wait for your reply before we go on. "
            f"Reply, or change your answer, here: {address_of(application)}\n"
        ),
    )


def title_of(question: ApplicationQuestion) -> str:
    """What a question is about: "Regions", or "The company: Address"."""
    title = SECTION_TITLES.get(question.section, question.section)
    return f"{title}: {question.answer_label}" if question.answer_label else title


@transaction.atomic
def answer_question(*, question: ApplicationQuestion, answer: str, by: User) -> None:
    """Keep the company's reply. DfT sees it when the replies are sent; until then it can be changed."""
    application = lock_application(question.application)
    require(can_answer_question(by, application), NOT_YOURS_TO_ANSWER)
    opened = application.questions.open().filter(pk=question.pk).first()
    if application.status != ApplicationStatus.QUESTION or opened is None:
        raise TransitionRefused("This question has been answered already, and the reply sent to DfT.")
    if opened.answer == answer and opened.answered_by_id == by.pk:
        return
    opened.answer = answer
    opened.answered_by = by
    opened.answered_at = timezone.now()
    opened.save(update_fields=["answer", "answered_by", "answered_at"])
    record_event(
        verb="application.question_answered",
        target=application,
        by=by,
        data={"section": opened.section, "answer": opened.answer_label},
    )


@transaction.atomic
def send_replies(*, application: Application, by: User) -> None:
    """Send the replies to DfT, whose clock goes on. Sent twice, it does nothing.

    Raises TransitionRefused when a question has no reply, or when an answer has changed: then an owner signs.
    """
    locked = lock_application(application)
    require(can_answer_question(by, locked), NOT_YOURS_TO_ANSWER)
    if _is_sent(locked):
        return
    _check_replied(locked)
    if changed_since_signed(Application.objects.with_answers().get(pk=locked.pk)):
        raise TransitionRefused(
            "Answers have changed since they were signed. An owner has to sign the declaration again."
        )
    _send_back(locked, by, signed=None)


@transaction.atomic
def sign_and_send_replies(
    *, application: Application, words: SignedWords, by: User, seen: str = ""
) -> Declaration:
    """Sign the changed answers and send the replies to DfT. Sent already, it returns that declaration.

    Raises AnswersChanged when the answers are not those that the signatory was shown.
    """
    locked = lock_application(application)
    require(can_sign_for_company(by, locked.company), NOT_YOURS)
    if _is_sent(locked) and (signed := locked.declarations.first()):
        return signed
    _check_replied(locked)
    current = Application.objects.with_answers().get(pk=locked.pk)
    asked = set(locked.questions.open().values_list("section", flat=True))
    if missing := [section for section in missing_sections(current) if section.key in asked]:
        titles = ", ".join(section.title.lower() for section in missing)
        raise TransitionRefused(f"These sections are not answered yet: {titles}.")
    check_seen(current, seen)
    declaration = write_declaration(
        application=locked,
        purpose=DeclarationPurpose.CORRECTION,
        words=words,
        signed_at=timezone.now(),
        by=by,
    )
    # Contacts that were named in place are asked as those of a first declaration are.
    for contact in locked.company.security_contacts.current().filter(standing=ContactStanding.UNASKED):
        ask_for_confirmation(contact=contact, by=by)
    _send_back(locked, by, signed=declaration)
    return declaration


def _is_sent(application: Application) -> bool:
    return application.status == ApplicationStatus.SUBMITTED and application.questions.exists()


def _check_replied(application: Application) -> None:
    """Only what DfT asked about goes back to it: a draft is sent by its declaration."""
    if application.status != ApplicationStatus.QUESTION:
        raise TransitionRefused(f"This application is now: {application.get_status_display()}.")
    if waiting := application.questions.open().filter(answered_at__isnull=True).count():
        raise TransitionRefused(
            "One question has no reply yet." if waiting == 1 else f"{waiting} questions have no reply yet."
        )


def _send_back(application: Application, by: User, *, signed: Declaration | None) -> None:
    change_status(application, ApplicationStatus.SUBMITTED, APPLICATION_TRANSITIONS)
    start_clock(application)
    application.save(update_fields=["status", *CLOCK])
    questions = application.questions.open()
    told = {question.asked_by for question in questions.select_related("asked_by")}
    if application.assigned_to:
        told = {application.assigned_to}
    questions.update(sent_at=timezone.now())
    for person in sorted(told, key=lambda user: user.pk):
        queue_notification(
            to=person.email,
            user=person,
            subject=f"{application.reference}: your questions are answered",
            body=(
                f"{application.company.name} has replied"
                f"{' and has changed answers' if signed else ''}.\n\n{address_of(application)}\n"
            ),
        )
    record_event(
        verb="application.replies_sent",
        target=application,
        by=by,
        data={"sha256": signed.sha256} if signed else {},
    )
