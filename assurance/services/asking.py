"""Asking the company for its plan or about a point, and going on when it has answered."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from accounts.models import Role, User
from accounts.services import queue_notification, record_event, require
from accounts.transitions import TransitionRefused, change_status
from applications.services.locks import in_words, tell_those_who_edit
from applications.working_days import days_left
from assurance.models import (
    CHECK_TRANSITIONS,
    CheckRequest,
    CheckStatus,
    PlanCheck,
    RequestKind,
)
from assurance.permissions import can_answer_request, can_ask_company, can_work_on_check
from assurance.services.clock import CLOCK, DAYS_TO_ANSWER, due_for_company, start_clock, stop_clock
from assurance.services.closing import keep_closure
from assurance.services.locks import lock_check, lock_check_in_hand
from codeofpractice.files import EVIDENCE_KINDS, store_upload
from codeofpractice.models import PlanVersion, PlanVersionStatus, Point

NOT_YOURS = (
    "Only the assurer to whom the check is allocated, and who has declared no conflict of interest, "
    "can work on it"
)
# Working days before the due day on which the company is reminded; the last one is the day itself.
REMINDERS = (5, 1, 0)
LONGEST_EXTENSION = timedelta(days=60)


@transaction.atomic
def ask_company(*, check: PlanCheck, point: Point, question: str, by: User) -> CheckRequest:
    """Ask about one point. The clock stands still until everything that is asked is answered."""
    locked = lock_check_in_hand(check)
    require(can_work_on_check(by, locked), NOT_YOURS)
    if locked.plan_version is None or point.edition_id != locked.plan_version.edition_id:
        raise TransitionRefused("This point is not part of the plan that is checked.")
    if locked.requests.open().filter(point=point).exists():
        raise TransitionRefused("The company has not answered your last question on this point yet.")
    request = CheckRequest.objects.create(
        check_of=locked,
        kind=RequestKind.INFORMATION,
        point=point,
        question=question,
        asked_by=by,
        due_on=due_for_company(locked, DAYS_TO_ANSWER),
    )
    _hand_over(locked)
    tell_those_who_edit(
        locked.membership.company,
        subject=f"{locked.membership.number}: a question about your security plan",
        body=(
            f"The Department for Transport checks the security plan of {locked.membership.company.name} and "
            f"has a question about point {point.number}. Sign in to read and answer it by "
            f"{in_words(request.due_on)}.\n"
        ),
    )
    record_event(verb="check.asked", target=locked, by=by, reason=question, data={"point": point.number})
    return request


def _hand_over(check: PlanCheck) -> None:
    """The company has the ball from now on, if it has not had it already."""
    if check.status != CheckStatus.WAITING:
        change_status(check, CheckStatus.WAITING, CHECK_TRANSITIONS)
        stop_clock(check)
        check.save(update_fields=["status", *CLOCK])


def take_back(check: PlanCheck) -> None:
    """DfT has the ball once nothing is asked any more; the clock goes on where it stopped."""
    if check.status == CheckStatus.WAITING and not check.requests.open().exists():
        change_status(check, CheckStatus.OPEN, CHECK_TRANSITIONS)
        start_clock(check)
        check.save(update_fields=["status", *CLOCK])


def refuse_unless_open(request: CheckRequest) -> None:
    if not request.is_open:
        raise TransitionRefused(
            "This has been answered already." if request.answered_at else "DfT no longer asks for this."
        )


def _lock_open_request(request: CheckRequest) -> tuple[PlanCheck, CheckRequest]:
    check = lock_check(PlanCheck(pk=request.check_of_id))
    locked = CheckRequest.objects.select_for_update(of=("self",)).select_related("point").get(pk=request.pk)
    refuse_unless_open(locked)
    locked.check_of = check
    return check, locked


@transaction.atomic
def answer_request(
    *, request: CheckRequest, answer: str, uploads: Iterable[UploadedFile[bytes]] = (), by: User
) -> None:
    """The company's answer to a question, with files if there are any. Raises FileRefused."""
    check, locked = _lock_open_request(request)
    require(can_answer_request(by, locked), "Only an owner or editor of the company can answer")
    if locked.kind != RequestKind.INFORMATION:
        raise TransitionRefused("Submit your plan to answer this.")
    locked.answer = answer
    locked.answered_by = by
    locked.answered_at = timezone.now()
    locked.save(update_fields=["answer", "answered_by", "answered_at"])
    for upload in uploads:
        locked.files.add(
            store_upload(upload=upload, company=check.membership.company, kinds=EVIDENCE_KINDS, by=by)
        )
    take_back(check)
    if check.assurer is not None:
        queue_notification(
            to=check.assurer.email,
            user=check.assurer,
            subject=f"{check.membership.number}: your question is answered",
            body=f"{check.membership.company.name} has answered your question. Sign in to read it.\n",
        )
    record_event(
        verb="check.answered",
        target=check,
        by=by,
        reason=answer,
        data={"point": locked.point.number if locked.point else None},
    )


@transaction.atomic
def withdraw_request(*, request: CheckRequest, code: str, reason: str, by: User) -> None:
    """Ask no longer: it is not needed, or the company has not answered in time."""
    check, locked = _lock_open_request(request)
    require(can_ask_company(by, check), NOT_YOURS)
    if locked.kind == RequestKind.PLAN:
        raise TransitionRefused("Without its plan the company can only be found not to have responded.")
    withdraw(locked, reason=reason, by=by)
    keep_closure(request=locked, code=code, reason=reason, by=by)
    take_back(check)
    tell_those_who_edit(
        check.membership.company,
        subject=f"{check.membership.number}: a question is taken back",
        body=f"You need not answer the question about point {locked.point and locked.point.number} any "
        f"more.\n\nThe reason:\n\n{reason}\n",
    )
    record_event(verb="check.request_withdrawn", target=check, by=by, reason=reason, data={"code": code})


def withdraw(request: CheckRequest, *, reason: str, by: User) -> None:
    request.withdrawn_by = by
    request.withdrawn_at = timezone.now()
    request.withdrawn_reason = reason
    request.save(update_fields=["withdrawn_by", "withdrawn_at", "withdrawn_reason"])


@transaction.atomic
def extend_request(*, request: CheckRequest, due_on: date, reason: str, by: User) -> None:
    """Give the company more time. Reminders and the word to the leads begin anew."""
    check, locked = _lock_open_request(request)
    require(can_ask_company(by, check), NOT_YOURS)
    today = timezone.localdate()
    if not max(locked.due_on, today) < due_on <= today + LONGEST_EXTENSION:
        raise TransitionRefused(
            f"Choose a day after {in_words(max(locked.due_on, today))} and at most "
            f"{LONGEST_EXTENSION.days} days from now."
        )
    earlier = locked.due_on
    locked.due_on = due_on
    locked.reminded_on = locked.reminded_days = locked.escalated_at = None
    locked.save(update_fields=["due_on", "reminded_on", "reminded_days", "escalated_at"])
    tell_those_who_edit(
        check.membership.company,
        subject=f"{check.membership.number}: you have more time",
        body=f"You now have until {in_words(due_on)} to send {_what(locked)}.\n",
    )
    record_event(
        verb="check.request_extended",
        target=check,
        by=by,
        reason=reason,
        data={"from": earlier.isoformat(), "to": due_on.isoformat()},
    )


def _what(request: CheckRequest) -> str:
    if request.kind == RequestKind.PLAN:
        return "your security plan"
    return f"your answer about point {request.point.number if request.point else ''}"


def newest_submitted(check: PlanCheck) -> PlanVersion | None:
    """Of the member: what it would be checked by if it were drawn now."""
    submitted = PlanVersion.objects.filter(
        plan__membership=check.membership_id, status=PlanVersionStatus.SUBMITTED
    )
    return submitted.order_by("-number").first()


@transaction.atomic
def take_plan(*, check: PlanCheck, by: User | None) -> PlanVersion:
    """Check the newest submitted version, for a member that had none when it was drawn.

    `by` is None when the service finds it by itself. Raises TransitionRefused when there is none.
    """
    locked = lock_check_in_hand(check)
    if by is not None:
        require(can_work_on_check(by, locked), NOT_YOURS)
    if locked.plan_version is not None:
        return locked.plan_version
    version = newest_submitted(locked)
    if version is None:
        raise TransitionRefused("The company has not submitted a plan yet.")
    locked.plan_version = version
    locked.save(update_fields=["plan_version"])
    locked.requests.open().filter(kind=RequestKind.PLAN).update(answered_at=timezone.now())
    take_back(locked)
    record_event(verb="check.plan_taken", target=locked, by=by, data={"version": version.number})
    return version


def remind_of_request(*, request: CheckRequest, today: date) -> bool:
    """Send the reminder that is due, once each; one that was missed is not sent after the next."""
    with transaction.atomic():
        try:
            check, locked = _lock_open_request(request)
        except TransitionRefused:
            return False
        left = days_left(today, locked.due_on, check.membership.company.home_region)
        due = min((days for days in REMINDERS if 0 <= left <= days), default=None)
        sent = locked.reminded_days if locked.reminded_on == locked.due_on else None
        if due is None or today > locked.due_on or (sent is not None and sent <= due):
            return False
        locked.reminded_on, locked.reminded_days = locked.due_on, due
        locked.save(update_fields=["reminded_on", "reminded_days"])
        tell_those_who_edit(
            check.membership.company,
            subject=f"{check.membership.number}: DfT waits for {_what(locked)}",
            body=f"Send {_what(locked)} by {in_words(locked.due_on)}. "
            "If DfT hears nothing by then, it may decide that there was no response.\n",
        )
        return True


def escalate_request(*, request: CheckRequest, today: date) -> bool:
    """Tell the leads that the day has passed, once. Harmless twice."""
    with transaction.atomic():
        try:
            check, locked = _lock_open_request(request)
        except TransitionRefused:
            return False
        if locked.escalated_at is not None or locked.due_on >= today:
            return False
        locked.escalated_at = timezone.now()
        locked.save(update_fields=["escalated_at"])
        for lead in User.objects.filter(role=Role.LEAD, is_active=True).order_by("pk"):
            queue_notification(
                to=lead.email,
                user=lead,
                subject=f"{check.membership.number}: the company has not answered",
                body=f"{check.membership.company.name} was to send {_what(locked)} by "
                f"{in_words(locked.due_on)}, and has not. Give it more time, or let the assurer go on.\n",
            )
        record_event(verb="check.not_answered", target=check, by=None, data={"request": locked.pk})
        return True
