"""What each rule of retention finds, to the day, and what it leaves."""

from __future__ import annotations

from datetime import date
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import (
    DataExport,
    Notification,
    User,
)
from accounts.services import record_event
from applications.models import (
    Application,
    Enrolment,
    EnrolmentRow,
    Invitation,
    JoinRequest,
    SecurityContact,
)
from rvss.personal_data import RULES
from tests import factories as make
from tests.cast import Cast
from tests.rvss.outlived import ago, day_ago, ended_application, unconfirmed


def due(rule: str) -> set[Any]:
    return set(RULES[rule].due(timezone.now()))


def test_accounts_that_were_never_confirmed(db: None) -> None:
    gone = unconfirmed(31)
    unconfirmed(29)
    confirmed = unconfirmed(400)
    EmailAddress.objects.filter(user=confirmed).update(verified=True)
    unconfirmed(400, role="panel")
    signed_in_once = unconfirmed(400)
    User.objects.filter(pk=signed_in_once.pk).update(last_login=ago(300))
    make.CompanyFactory(owner=unconfirmed(400))  # acts for a company
    make.ApplicationFactory(started_by=unconfirmed(400))  # the database would not let go of it
    acted = unconfirmed(400)
    record_event(verb="test.done", target=acted, by=acted)
    in_body = unconfirmed(400)
    make.TradeBodyFactory().people.add(in_body)
    Notification.objects.create(user=gone, to=gone.email, subject="-", body="-")  # its own
    assert due("unconfirmed_accounts") == {gone}


def test_words_of_old_messages(cast: Cast) -> None:
    def message(days: int, **more: Any) -> Notification:
        made = Notification.objects.create(to="a@example.com", subject="-", body="-", **more)
        Notification.objects.filter(pk=made.pk).update(created_at=ago(days))
        return made

    gone = {message(731, status="failed"), message(731, status="sent", sent_at=ago(731))}
    message(729, status="failed")
    message(731)  # still waits to be sent
    assert due("messages") == gone


def test_ended_sessions_and_old_requests_for_copies(cast: Cast) -> None:
    ended = Session.objects.create(session_key="a" * 32, session_data="x", expire_date=ago(1))
    Session.objects.create(session_key="b" * 32, session_data="x", expire_date=ago(-1))
    assert due("sessions") == {ended}
    asked = {"person": cast.viewer, "requested_by": cast.viewer}
    removed = {"status": "removed", "removed_at": ago(1)}
    gone = DataExport.objects.create(**asked, **removed, requested_at=ago(366))
    DataExport.objects.create(**asked, **removed, requested_at=ago(364))
    DataExport.objects.create(**asked, **removed, requested_at=ago(366), storage_name="copies/there")
    assert due("copies") == {gone}


def test_past_security_contacts(db: None) -> None:
    def contact(until: date | None) -> SecurityContact:
        return make.SecurityContactFactory(since=date(2010, 1, 5), until=until)

    gone = contact(day_ago(6 * 365 + 2))
    contact(day_ago(6 * 365))
    contact(None)
    assert due("past_contacts") == {gone}


def test_contacts_of_companies_that_were_not_accepted(db: None) -> None:
    def contact(application: Application) -> SecurityContact:
        return make.SecurityContactFactory(company=application.company)

    gone = {contact(ended_application(731)), contact(ended_application(731, "rejected"))}
    contact(ended_application(729))
    contact(ended_application(729, "rejected"))
    again = ended_application(900, "rejected")
    contact(again)
    make.ApplicationFactory(company=again.company)  # applies again
    twice = ended_application(900, "rejected")
    ended_application(100, "rejected", company=twice.company)
    contact(twice)
    member = ended_application(900, "rejected")
    make.MembershipFactory(company=member.company)
    contact(member)
    assert due("contacts_not_accepted") == gone


def test_what_partners_sent(db: None) -> None:
    def enrolment(**fields: Any) -> Enrolment:
        made = make.EnrolmentFactory(**fields)
        EnrolmentRow.objects.create(enrolment=made, number=2, cells={"owner_email": "a@example.com"})
        return made

    by = make.UserFactory(role="partner")
    done = {"status": "done", "import_by": by, "import_at": ago(400)}
    gone = {
        enrolment(**done, done_at=ago(366)),
        enrolment(status="withdrawn", withdrawn_by=by, withdrawn_at=ago(366), reason="-"),
    }
    young = enrolment(**done, done_at=ago(364))
    make.EnrolmentFactory(**done, done_at=ago(366))  # has no rows any more
    lying = {enrolment(status=status, worked_at=ago(366)) for status in ("ready", "faulty", "failed")}
    enrolment(status="checking", worked_at=ago(366))
    enrolment(status="ready", worked_at=ago(364))
    assert due("rows_of_lists") == gone
    assert due("lists_never_enrolled") == lying
    settled = {"enrolment": young, "status": "member"}
    old = make.EnrolledCompanyFactory(**settled, settled_at=ago(366))
    make.EnrolledCompanyFactory(**settled, settled_at=ago(364))
    make.EnrolledCompanyFactory(enrolment=young)
    make.EnrolledCompanyFactory(**settled, settled_at=ago(366), email="enrolled-1@erased.invalid")
    assert due("enrolled_addresses") == {old}


def test_companies_that_never_sent_anything(db: None) -> None:
    gone = ended_application(366, sent=False).company
    ended_application(364, sent=False)
    ended_application(900, "rejected")
    make.ApplicationFactory()
    signed = ended_application(366, sent=False)
    make.DeclarationFactory(application=signed)
    assert due("companies_never_sent") == {gone}


def test_ended_invitations_and_requests(db: None) -> None:
    person = make.UserFactory()

    def invitation(**fields: Any) -> Invitation:
        made = make.InvitationFactory()
        Invitation.objects.filter(pk=made.pk).update(
            invited_at=ago(500), **{"expires_at": ago(480), **fields}
        )
        return made

    gone = {
        invitation(status="accepted", closed_by=person, closed_at=ago(366)),
        invitation(expires_at=ago(366)),
    }
    invitation(status="accepted", closed_by=person, closed_at=ago(364))
    invitation(expires_at=ago(364))
    assert due("invitations") == gone

    def asked(**fields: Any) -> JoinRequest:
        return make.JoinRequestFactory(asked_at=ago(500), **fields)

    answered = {"status": "accepted", "level": "viewer", "decided_by": person}
    left = {asked(status="unmatched", company=None, number="1"), asked(**answered, decided_at=ago(366))}
    asked(**answered, decided_at=ago(364))
    asked()
    assert due("join_requests") == left
