"""An enrolled company until it is a member, or is not; and companies that were here before."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import AuditEvent, Notification, User
from accounts.transitions import TransitionRefused
from applications import services
from applications.models import (
    Application,
    Company,
    ContactConfirmation,
    EnrolledCompany,
    Membership,
)
from applications.permissions import can_invite_to
from applications.services.enrolled import enrolled_to_remind
from applications.tasks import keep_enrolled
from tests import factories as make
from tests.applications.enrolments import enrol, enrolled, row
from tests.cast import Cast

INVITED = "mared.wynne@example.com"


def comes(tie: EnrolledCompany) -> User:
    """The invited person has an account and accepts the invitation."""
    user: User = make.UserFactory(email=tie.email, name="Mared Wynne")
    services.accept_invitation(invitation=tie.company.invitations.get(status="open"), by=user)
    return user


def completes(tie: EnrolledCompany, owner: User) -> Application:
    """What the partner did not know: trading names, sites, deputy, listing."""
    application: Application = tie.company.applications.get(status="draft")
    services.set_trading_names(application=application, names=["Llŷn Vans"], by=owner)
    services.set_sites(application=application, sites=[("Quay Road", "ZE1 0AA")], by=owner)
    services.set_no_deputy(application=application, reason="Two people work here.", by=owner)
    services.set_listing(application=application, agrees=True, by=owner)
    return application


def signs(tie: EnrolledCompany, owner: User) -> Application:
    application = completes(tie, owner)
    services.submit_application(
        application=application,
        edition_code="2018",
        declaration_text="We will keep a plan.",
        signatory_name="Mared Wynne",
        signatory_role="Director",
        by=owner,
    )
    application.refresh_from_db()
    return application


def contact_confirms(tie: EnrolledCompany) -> None:
    asked = ContactConfirmation.objects.get(contact__company=tie.company, status="waiting")
    services.confirm_contact(confirmation=asked)


@pytest.fixture
def tie(cast: Cast) -> EnrolledCompany:
    return enrolled(cast.trade_body, cast.partner, owner_email=INVITED)


def states(tie: EnrolledCompany) -> tuple[str, str]:
    tie.refresh_from_db()
    return tie.status, tie.company.applications.latest("pk").status


# --- Confirming ---


def test_a_member_only_with_the_declaration_and_the_contact(cast: Cast, tie: EnrolledCompany) -> None:
    owner = comes(tie)
    assert states(tie) == ("unconfirmed", "draft")
    application = signs(tie, owner)
    assert states(tie) == ("unconfirmed", "submitted")
    assert not Membership.objects.filter(company=tie.company).exists()
    contact_confirms(tie)
    assert states(tie) == ("member", "accepted")
    membership = Membership.objects.get(company=tie.company)
    assert (membership.origin, membership.partner, membership.application) == (
        "partner",
        cast.trade_body,
        application,
    )
    assert (membership.status, membership.is_listed) == ("active", True)
    application.refresh_from_db()
    assert (application.decided_by, application.decided_at is None) == (None, False)
    assert "Association of Vehicle Hirers, an approved partner" in application.decision_reason
    started = membership.events.get()
    assert (started.kind, started.by) == ("started", None)
    assert membership.number in Notification.objects.filter(user=owner).latest("pk").subject
    event = AuditEvent.objects.get(verb="application.accepted")
    assert (event.by, event.data) == (None, {"membership": membership.number})


def test_a_second_click_of_the_contact_changes_nothing(tie: EnrolledCompany) -> None:
    signs(tie, comes(tie))
    contact_confirms(tie)
    services.confirm_contact(confirmation=ContactConfirmation.objects.get(contact__company=tie.company))
    assert Membership.objects.filter(company=tie.company).count() == 1


def test_the_draft_asks_for_what_the_partner_did_not_know(tie: EnrolledCompany) -> None:
    owner = comes(tie)
    application = tie.company.applications.get()
    with pytest.raises(TransitionRefused, match="not answered yet: trading names, sites, deputy"):
        services.submit_application(
            application=application,
            edition_code="2018",
            declaration_text="x",
            signatory_name="x",
            signatory_role="x",
            by=owner,
        )


def test_a_likely_duplicate_is_for_dft_to_decide(cast: Cast, tie: EnrolledCompany) -> None:
    # The owner corrects the number to one that another company has.
    owner = comes(tie)
    application = completes(tie, owner)
    Company.objects.filter(pk=tie.company_id).update(company_number=cast.alpha.company_number)
    services.submit_application(
        application=application,
        edition_code="2018",
        declaration_text="x",
        signatory_name="x",
        signatory_role="x",
        by=owner,
    )
    with pytest.raises(TransitionRefused, match="security contact has not confirmed"):
        services.accept_application(application=application, by=cast.assurer)
    contact_confirms(tie)
    assert states(tie) == ("with_dft", "submitted")
    assert application in Application.objects.visible_to(cast.assurer).waiting_for_dft()
    membership = services.accept_application(application=application, by=cast.assurer)
    assert (membership.origin, membership.partner) == ("partner", cast.trade_body)
    assert states(tie) == ("member", "accepted")


def test_dft_may_take_it_in_hand(cast: Cast, tie: EnrolledCompany) -> None:
    application = signs(tie, comes(tie))
    assert application not in Application.objects.visible_to(cast.assurer).waiting_for_dft()
    services.assign_application(application=application, to=cast.assurer, by=cast.assurer)
    contact_confirms(tie)
    assert states(tie) == ("with_dft", "submitted")
    services.reject_application(
        application=application, reasons=["out_of_scope"], reason="Leasing only.", by=cast.assurer
    )
    assert states(tie) == ("refused", "rejected")
    assert (tie.reason, tie.settled_by) == ("Leasing only.", cast.assurer)


def test_a_question_keeps_it_with_dft(cast: Cast, tie: EnrolledCompany) -> None:
    owner = comes(tie)
    application = signs(tie, owner)
    question = services.ask_question(
        application=application, section="sites", question="Where?", by=cast.assurer
    )
    contact_confirms(tie)
    assert states(tie) == ("with_dft", "question")
    services.answer_question(question=question, answer="There.", by=owner)
    services.send_replies(application=application, by=owner)
    assert states(tie) == ("with_dft", "submitted")


def test_the_company_may_withdraw(tie: EnrolledCompany) -> None:
    owner = comes(tie)
    application = tie.company.applications.get()
    services.withdraw_application(application=application, reason="Not for us.", by=owner)
    assert states(tie) == ("declined", "withdrawn")
    assert (tie.reason, tie.settled_by) == ("Not for us.", owner)
    again = services.apply_again(company=tie.company, by=owner)
    assert (again.origin, again.partner) == ("dft", None)


def test_an_application_of_its_own_is_not_accepted_by_itself(cast: Cast) -> None:
    contact = cast.sent.security_contacts.get()
    asked = services.ask_for_confirmation(contact=contact, by=None)
    services.confirm_contact(confirmation=asked)
    cast.sent_application.refresh_from_db()
    assert cast.sent_application.status == "submitted"


# --- Taking back, inviting again ---


def test_a_company_that_nobody_came_for_ends_and_can_be_enrolled_again(
    cast: Cast, tie: EnrolledCompany
) -> None:
    services.withdraw_enrolled(tie=tie, reason="Wrong address.", by=cast.partner)
    services.withdraw_enrolled(tie=tie, reason="Wrong address.", by=cast.partner)
    assert states(tie) == ("withdrawn", "withdrawn")
    invitation = tie.company.invitations.get()
    assert (invitation.status, invitation.reason) == ("withdrawn", "Wrong address.")
    assert "no longer enrols" in Notification.objects.filter(to=INVITED).latest("pk").subject
    assert not tie.company.trade_bodies.exists()

    cells = row(1, owner_email="right@example.com", town="Porthennis", car="5", contact_name="Brân ap Huw")
    again = enrol(cast.trade_body, cast.partner, [(2, cells)])
    assert list(again.rows.values_list("outcome", flat=True)) == ["new"]
    tie.refresh_from_db()
    assert states(tie) == ("unconfirmed", "draft")
    assert (tie.email, tie.enrolment, tie.reason, tie.settled_at) == ("right@example.com", again, "", None)
    company = Company.objects.get(pk=tie.company_id)
    assert (company.town, company.fleet_size) == ("Porthennis", 6)
    assert company.security_contacts.get().name == "Brân ap Huw"
    assert list(company.trade_bodies.all()) == [cast.trade_body]
    signs(tie, comes(tie))
    contact_confirms(tie)
    assert states(tie) == ("member", "accepted")


def test_a_company_that_somebody_acts_for_goes_on_by_itself(cast: Cast, tie: EnrolledCompany) -> None:
    owner = comes(tie)
    services.withdraw_enrolled(tie=tie, reason="Left us.", by=cast.partner)
    application = tie.company.applications.get()
    assert (application.status, application.origin, application.partner) == ("draft", "dft", None)
    assert "Left us." in Notification.objects.filter(user=owner).latest("pk").body
    tie.company.trade_bodies.add(cast.trade_body)
    signs(tie, owner)
    contact_confirms(tie)
    assert states(tie) == ("withdrawn", "submitted")
    again = enrol(cast.trade_body, cast.partner, [(2, row(1)), (3, row(8))])
    assert list(again.rows.values_list("outcome", flat=True)) == ["asked", "new"]
    tie.refresh_from_db()
    assert (tie.kind, tie.status) == ("link", "asked")


def test_a_question_is_taken_back(cast: Cast) -> None:
    tie = enrolled(cast.trade_body, cast.partner, company_number=cast.alpha.company_number)
    services.withdraw_enrolled(tie=tie, reason="A mistake.", by=cast.partner)
    with pytest.raises(TransitionRefused):
        services.answer_partner(tie=tie, is_member=True, by=cast.owner)
    assert cast.alpha.applications.get().status == "accepted"


def test_a_member_is_not_taken_back(cast: Cast, tie: EnrolledCompany) -> None:
    signs(tie, comes(tie))
    contact_confirms(tie)
    with pytest.raises(TransitionRefused):
        services.withdraw_enrolled(tie=tie, reason="No more.", by=cast.partner)


def test_inviting_again_to_a_better_address(cast: Cast, tie: EnrolledCompany) -> None:
    services.invite_enrolled_again(tie=tie, email=" Right@Example.com ", by=cast.partner)
    assert [(row.email, row.status) for row in tie.company.invitations.order_by("pk")] == [
        (INVITED, "replaced"),
        ("right@example.com", "open"),
    ]
    assert can_invite_to(cast.partner, tie.company)
    tie.refresh_from_db()
    comes(tie)
    with pytest.raises(TransitionRefused, match="Somebody acts for this company already"):
        services.invite_enrolled_again(tie=tie, email="x@example.com", by=cast.partner)
    assert not can_invite_to(cast.partner, tie.company)


@pytest.mark.parametrize("person", ["owner", "assurer", "lead", "panel", "administrator"])
def test_only_the_partner_takes_back_and_invites(cast: Cast, tie: EnrolledCompany, person: str) -> None:
    by = getattr(cast, person)
    with pytest.raises(PermissionDenied):
        services.withdraw_enrolled(tie=tie, reason="No.", by=by)
    with pytest.raises(PermissionDenied):
        services.invite_enrolled_again(tie=tie, email="x@example.com", by=by)


# --- Reminders ---


def age(tie: EnrolledCompany, days: int) -> None:
    EnrolledCompany.objects.filter(pk=tie.pk).update(enrolled_at=timezone.now() - timedelta(days=days))


def test_reminded_after_14_and_30_days_and_not_more(tie: EnrolledCompany) -> None:
    age(tie, 13)
    assert keep_enrolled() == 0
    for days, place in ((14, 1), (29, 1), (30, 2), (90, 2)):
        age(tie, days)
        keep_enrolled()
        assert keep_enrolled() == 0
        tie.refresh_from_db()
        assert tie.reminders == place
    mails = Notification.objects.filter(to=INVITED, subject__startswith="Reminder: Association")
    assert mails.count() == 2
    assert [row.status for row in tie.company.invitations.order_by("pk")] == ["replaced", "replaced", "open"]


def test_after_a_missed_run_only_the_latest_reminder(tie: EnrolledCompany) -> None:
    age(tie, 31)
    assert keep_enrolled() == 1
    tie.refresh_from_db()
    assert tie.reminders == 2
    assert enrolled_to_remind(timezone.now()) == []


def test_owners_are_reminded_of_what_is_missing(tie: EnrolledCompany) -> None:
    owner = comes(tie)
    age(tie, 14)
    keep_enrolled()
    assert "when an owner has signed" in Notification.objects.filter(user=owner).latest("pk").body
    signs(tie, owner)
    age(tie, 30)
    keep_enrolled()
    assert (
        "when its security contact has confirmed" in Notification.objects.filter(user=owner).latest("pk").body
    )


def test_owners_of_a_company_that_was_here_are_reminded(cast: Cast) -> None:
    tie = enrolled(cast.trade_body, cast.partner, company_number=cast.alpha.company_number)
    age(tie, 14)
    assert keep_enrolled() == 1
    assert Notification.objects.filter(user=cast.owner, subject__startswith="Reminder: Is Alpha").count() == 1


def test_nobody_who_has_settled_is_reminded(cast: Cast, tie: EnrolledCompany) -> None:
    services.withdraw_enrolled(tie=tie, reason="No.", by=cast.partner)
    age(tie, 60)
    assert keep_enrolled() == 0


# --- What happens to the application is what happens to the partner's row ---


def test_a_draft_that_nobody_confirms_goes_and_can_be_sent_again(cast: Cast, tie: EnrolledCompany) -> None:
    application = tie.company.applications.get()
    now = timezone.now()
    Application.objects.filter(pk=application.pk).update(
        last_changed_at=now - timedelta(days=400), warned=7, warned_at=now - timedelta(days=8)
    )
    assert services.expire_draft(application=application, now=now)
    assert states(tie) == ("expired", "expired")
    assert tie.reason == "No answer was saved for 12 months."
    assert tie.settled_by is None
    again = enrolled(cast.trade_body, cast.partner, owner_email=INVITED, town="Kirkmere")
    assert (again.pk != tie.pk, again.kind, again.status) == (True, "new", "unconfirmed")


def test_a_rejection_set_aside_is_with_dft_for_the_partner_too(cast: Cast, tie: EnrolledCompany) -> None:
    owner = comes(tie)
    application = signs(tie, owner)
    services.reject_application(
        application=application, reasons=["incomplete"], reason="No fleet.", by=cast.assurer
    )
    assert states(tie) == ("refused", "rejected")
    asked = services.ask_to_reconsider(application=application, grounds="Look again.", by=owner)
    services.answer_reconsideration(
        reconsideration=asked, is_set_aside=True, answer="There is a fleet.", by=cast.lead
    )
    assert states(tie) == ("with_dft", "submitted")
    assert (tie.settled_at, tie.reason) == (None, "")
    contact_confirms(tie)
    application.refresh_from_db()
    services.accept_application(application=application, by=cast.lead)
    assert states(tie) == ("member", "accepted")
