"""What becomes of a company that a partner has enrolled, or says is its member.

A company counts as a member when it has signed the declaration and its security contact has confirmed. Then
the service accepts it, because the partner is approved; where another company is likely to be the same one,
or DfT has begun to look at the application, DfT decides.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import queue_notification, queue_notifications, record_event, require
from accounts.transitions import TransitionRefused, change_status
from applications.duplicates import duplicates_of
from applications.models import (
    APPLICATION_TRANSITIONS,
    ENROLLED_TRANSITIONS,
    INVITATION_TRANSITIONS,
    OPEN_APPLICATION_STATUSES,
    UNSETTLED,
    Application,
    ApplicationStatus,
    Company,
    ContactStanding,
    EnrolledCompany,
    EnrolledKind,
    EnrolledStatus,
    InvitationStatus,
    Membership,
    MembershipOrigin,
    SecurityContactKind,
)
from applications.permissions import can_answer_partner, can_enrol
from applications.services.clock import CLOCK, end_clock
from applications.services.enrolled_companies import invite, lock_tie
from applications.services.enrolled_words import tell_asked
from applications.services.enrolments import NOT_YOURS
from applications.services.locks import address_of, tell_owners
from applications.services.memberships import make_membership

REMIND_AFTER = (timedelta(days=14), timedelta(days=30))
DOUBLE_CLICK = timedelta(minutes=1)
NOT_OWNER = "Only an owner of the company can say whether it belongs to a partner"


# --- The company confirms -----------------------------------------------------------------------


def contact_has_confirmed(company: Company) -> bool:
    return company.security_contacts.filter(
        kind=SecurityContactKind.CONTACT, until__isnull=True, standing=ContactStanding.CONFIRMED
    ).exists()


def _tie_of_application(application: Application) -> EnrolledCompany | None:
    """The partner's row of an application that came through it, locked. The caller has the company."""
    if application.origin != MembershipOrigin.PARTNER:
        return None
    ties = EnrolledCompany.objects.select_for_update(of=("self",)).select_related("body")
    return ties.filter(company=application.company_id, kind=EnrolledKind.NEW, status__in=UNSETTLED).first()


def settle_enrolled(*, company: Company) -> Membership | None:
    """Make the member, once the declaration is signed and the contact has confirmed; None until then.

    Called by the services of both steps, in their transactions with the company locked.
    """
    sent = [ApplicationStatus.SUBMITTED, ApplicationStatus.QUESTION]
    application = (
        company.applications.select_for_update()
        .filter(origin=MembershipOrigin.PARTNER, status__in=sent)
        .first()
    )
    if application is None or not contact_has_confirmed(company):
        return None
    application.company = company
    tie = _tie_of_application(application)
    if tie is None or tie.status != EnrolledStatus.UNCONFIRMED:
        return None
    is_dfts = application.assigned_to_id is not None or application.questions.exists()
    if is_dfts or duplicates_of(company):
        change_status(tie, EnrolledStatus.WITH_DFT, ENROLLED_TRANSITIONS)
        tie.save(update_fields=["status"])
        record_event(verb="company.enrolled_to_decide", target=tie, by=None)
        return None
    return _accept(application, tie)


def _accept(application: Application, tie: EnrolledCompany) -> Membership:
    change_status(application, ApplicationStatus.ACCEPTED, APPLICATION_TRANSITIONS)
    application.decided_at = timezone.now()
    application.decision_reason = (
        f"Enrolled by {tie.body.name}, an approved partner; the declaration is signed, and the security "
        "contact has confirmed."
    )
    end_clock(application)
    application.save(update_fields=["status", "decided_at", "decision_reason", *CLOCK])
    membership = make_membership(application=application)
    company = application.company
    tell_owners(
        company,
        subject=f"{company.name} is a member: {membership.number}",
        body=(
            f"{company.name} has joined the Rental Vehicle Security Scheme through {tie.body.name}.\n\n"
            f"Membership number: {membership.number}\n\n"
            "Write your security plan next. It shows how you meet every point of the Code of Practice, "
            f"and we may ask for it.\n\n{address_of(application)}\n"
        ),
    )
    _settle(tie, EnrolledStatus.MEMBER, None)
    record_event(
        verb="application.accepted",
        target=application,
        by=None,
        reason=application.decision_reason,
        data={"membership": membership.number},
    )
    return membership


def _settle(tie: EnrolledCompany, status: str, by: User | None, reason: str = "") -> None:
    change_status(tie, status, ENROLLED_TRANSITIONS)
    tie.settled_by, tie.settled_at, tie.reason = by, timezone.now(), reason
    tie.save(update_fields=["status", "settled_by", "settled_at", "reason"])


# --- What others decide about the application ---------------------------------------------------


def refuse_without_contact(application: Application) -> None:
    """A company that a partner enrolled counts only when its contact has confirmed, whoever accepts it."""
    if application.origin == MembershipOrigin.PARTNER and not contact_has_confirmed(application.company):
        raise TransitionRefused(
            "A partner enrolled this company, and its security contact has not confirmed yet. "
            "It can be accepted as soon as they do."
        )


def follow_decision(*, application: Application, by: User, reason: str = "") -> None:
    """Tell the partner's row what became of the application, in the transaction that decided."""
    outcomes = {
        ApplicationStatus.ACCEPTED: EnrolledStatus.MEMBER,
        ApplicationStatus.REJECTED: EnrolledStatus.REFUSED,
        ApplicationStatus.WITHDRAWN: EnrolledStatus.DECLINED,
    }
    tie = _tie_of_application(application)
    if tie is not None:
        _settle(tie, outcomes[ApplicationStatus(application.status)], by, reason)


def follow_expiry(*, application: Application, reason: str) -> None:
    """The draft of an enrolled company went, because nobody confirmed it."""
    tie = _tie_of_application(application)
    if tie is not None:
        _settle(tie, EnrolledStatus.EXPIRED, None, reason)


def follow_return(*, application: Application) -> None:
    """The rejection is set aside: the company is with DfT again, for the partner too."""
    tie = application.company.enrolled.select_for_update().filter(status=EnrolledStatus.REFUSED).first()
    if tie is None or application.origin != MembershipOrigin.PARTNER:
        return
    change_status(tie, EnrolledStatus.WITH_DFT, ENROLLED_TRANSITIONS)
    tie.settled_by, tie.settled_at, tie.reason = None, None, ""
    tie.save(update_fields=["status", "settled_by", "settled_at", "reason"])


# --- A company that was here before -------------------------------------------------------------


@transaction.atomic
def answer_partner(*, tie: EnrolledCompany, is_member: bool, reason: str = "", by: User) -> EnrolledCompany:
    """Its owner says whether the company belongs to the partner. Said twice the same, it is said once.

    The partner comes to see that it is so and nothing else; the company's membership keeps its origin.
    """
    locked = lock_tie(tie)
    require(can_answer_partner(by, locked.company), NOT_OWNER)
    to = EnrolledStatus.LINKED if is_member else EnrolledStatus.DECLINED
    if locked.status == to:
        return locked
    if not is_member and not reason.strip():
        raise TransitionRefused("Give the reason.")
    _settle(locked, to, by, reason)
    company = locked.company
    if is_member:
        company.trade_bodies.add(locked.body)
        company.no_trade_body = False
        company.save(update_fields=["no_trade_body"])
    queue_notification(
        to=locked.enrolled_by.email,
        user=locked.enrolled_by,
        subject=f"{locked.name} {'is' if is_member else 'says it is not'} your member",
        body=(
            f"You told us that {locked.name} is a member of {locked.body.name}. "
            + ("It has confirmed that." if is_member else f"It says that it is not:\n\n{reason}")
            + "\n"
        ),
    )
    record_event(verb=f"company.link_{to.value}", target=locked, by=by, reason=reason)
    return locked


# --- The partner --------------------------------------------------------------------------------


@transaction.atomic
def withdraw_enrolled(*, tie: EnrolledCompany, reason: str, by: User) -> EnrolledCompany:
    """Take back a company that has not confirmed yet.

    Where nobody has come for it, its draft and its invitation end. Where it has people, its application goes
    on as one of its own, which DfT decides.
    """
    locked = lock_tie(tie)
    require(can_enrol(by, locked.body), NOT_YOURS)
    if locked.status == EnrolledStatus.WITHDRAWN and locked.settled_by_id == by.pk:
        return locked
    _settle(locked, EnrolledStatus.WITHDRAWN, by, reason)
    if locked.kind == EnrolledKind.NEW:
        _let_go(locked, reason, by)
    record_event(verb="company.enrolment_withdrawn", target=locked, by=by, reason=reason)
    return locked


def _let_go(tie: EnrolledCompany, reason: str, by: User) -> None:
    company = tie.company
    company.trade_bodies.remove(tie.body)
    application = (
        company.applications.select_for_update()
        .filter(origin=MembershipOrigin.PARTNER, status__in=OPEN_APPLICATION_STATUSES)
        .first()
    )
    if company.people.exists():
        if application:
            application.origin, application.partner = MembershipOrigin.DFT, None
            application.save(update_fields=["origin", "partner"])
        tell_owners(
            company,
            subject=f"{tie.body.name} no longer enrols {company.name}",
            body=(
                f"{tie.body.name} has taken {company.name} out of the list of its members:\n\n{reason}\n\n"
                "The company can go on and apply by itself. What it has entered is kept.\n"
            ),
        )
        return
    for invitation in company.invitations.open().select_for_update():
        change_status(invitation, InvitationStatus.WITHDRAWN, INVITATION_TRANSITIONS)
        invitation.closed_by, invitation.closed_at, invitation.reason = by, timezone.now(), reason
        invitation.save()
    if application:
        change_status(application, ApplicationStatus.WITHDRAWN, APPLICATION_TRANSITIONS)
        application.closed_by, application.closed_at = by, timezone.now()
        application.closing_reason = f"{tie.body.name} no longer enrols the company: {reason}"
        application.save(update_fields=["status", "closed_by", "closed_at", "closing_reason"])
    queue_notification(
        to=tie.email,
        subject=f"{tie.body.name} no longer enrols {tie.name}",
        body=(
            f"{tie.body.name} has taken {tie.name} out of the list of its members. The invitation that you "
            "had works no longer. You need do nothing.\n"
        ),
    )


@transaction.atomic
def invite_enrolled_again(*, tie: EnrolledCompany, email: str, by: User) -> EnrolledCompany:
    """A new link, to the same address or to a better one, while nobody has come for the company.

    A double click sends one.
    """
    locked = lock_tie(tie)
    require(can_enrol(by, locked.body), NOT_YOURS)
    if locked.kind != EnrolledKind.NEW or locked.status != EnrolledStatus.UNCONFIRMED:
        raise TransitionRefused(f"This company is now: {locked.get_status_display()}.")
    if locked.company.people.exists():
        raise TransitionRefused("Somebody acts for this company already, so nobody else is invited to it.")
    locked.email = email.strip().lower()
    just_now = timezone.now() - DOUBLE_CLICK
    if locked.company.invitations.open().filter(email=locked.email, invited_at__gt=just_now).exists():
        return locked
    locked.save(update_fields=["email"])
    _send_invitation(locked, by, is_reminder=False)
    record_event(verb="company.invited_again", target=locked, by=by)
    return locked


def _send_invitation(tie: EnrolledCompany, by: User, *, is_reminder: bool) -> None:
    for earlier in tie.company.invitations.open().select_for_update():
        change_status(earlier, InvitationStatus.REPLACED, INVITATION_TRANSITIONS)
        earlier.closed_by, earlier.closed_at = by, timezone.now()
        earlier.save()
    made = invite(company=tie.company, email=tie.email, body=tie.body, by=by, is_reminder=is_reminder)
    made.invitation.save()
    queue_notifications([made.message])


# --- By the clock -------------------------------------------------------------------------------


@transaction.atomic
def remind_enrolled(*, tie: EnrolledCompany, now: datetime) -> bool:
    """The reminder that is due after 14 or 30 days, if any; after a missed run only the latest."""
    locked = lock_tie(tie)
    due = sum(now - locked.enrolled_at >= after for after in REMIND_AFTER)
    if locked.status not in {EnrolledStatus.UNCONFIRMED, EnrolledStatus.ASKED} or due <= locked.reminders:
        return False
    locked.reminders, locked.reminded_at = due, now
    locked.save(update_fields=["reminders", "reminded_at"])
    if locked.status == EnrolledStatus.ASKED:
        tell_asked([locked], is_reminder=True)
    elif locked.company.people.exists():
        _remind_owners(locked)
    else:
        _send_invitation(locked, locked.enrolled_by, is_reminder=True)
    record_event(verb="company.enrolled_reminded", target=locked, by=None, data={"reminder": due})
    return True


def _remind_owners(tie: EnrolledCompany) -> None:
    application = tie.company.applications.filter(status__in=OPEN_APPLICATION_STATUSES).first()
    if application is None:
        return
    is_signed = application.status != ApplicationStatus.DRAFT
    missing = "its security contact has confirmed" if is_signed else "an owner has signed its declaration"
    tell_owners(
        tie.company,
        subject=f"Reminder: {tie.company.name} is not a member yet",
        body=(
            f"{tie.body.name} has enrolled {tie.company.name}. It becomes a member when {missing}.\n\n"
            f"{address_of(application)}\n"
        ),
    )


def enrolled_to_remind(now: datetime) -> list[EnrolledCompany]:
    due = [
        EnrolledCompany.objects.unsettled().filter(reminders__lt=place, enrolled_at__lte=now - after)
        for place, after in enumerate(REMIND_AFTER, start=1)
    ]
    return list((due[0] | due[1]).order_by("enrolled_at", "pk")[:1000])
