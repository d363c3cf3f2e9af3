from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection
from django.utils import timezone

from accounts.models import AuditEvent, Notification, Role
from accounts.transitions import TransitionRefused
from applications import services
from applications.models import Application, CompanyPerson, Membership
from applications.services.memberships import a_year_after, next_number
from tests import factories as make
from tests.cast import Cast


def test_accepting_makes_a_membership(cast: Cast) -> None:
    membership = services.accept_application(application=cast.sent_application, by=cast.assurer)
    application = Application.objects.get(pk=cast.sent_application.pk)
    assert (application.status, application.decided_by) == ("accepted", cast.assurer)
    assert membership.company == cast.sent
    assert membership.number.startswith("RVSS-0")
    assert membership.is_listed is True
    assert membership.started_on == timezone.localdate()
    event = AuditEvent.objects.latest("pk")
    assert (event.verb, event.data) == ("application.accepted", {"membership": membership.number})
    assert membership.number in Notification.objects.get(user=cast.owner).subject


def test_numbers_follow_each_other_and_never_repeat(db: None) -> None:
    first = next_number()
    second = next_number()
    assert int(second[5:]) == int(first[5:]) + 1
    make.MembershipFactory(number=f"RVSS-{int(second[5:]) + 1:06d}")
    make.MembershipFactory(number="RVSS-990000")
    assert next_number() == "RVSS-990001"
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('applications_membership_number', 1, false)")


def test_a_year_after_a_leap_day() -> None:
    assert a_year_after(date(2028, 2, 29)) == date(2029, 3, 1)
    assert a_year_after(date(2026, 11, 23)) == date(2027, 11, 23)


def test_rejecting_gives_the_reason(cast: Cast) -> None:
    services.reject_application(
        application=cast.sent_application, reasons=["out_of_scope"], reason="Leasing only.", by=cast.lead
    )
    cast.sent_application.refresh_from_db()
    assert (cast.sent_application.status, cast.sent_application.decision_reason) == (
        "rejected",
        "Leasing only.",
    )
    assert "Leasing only." in Notification.objects.get(user=cast.owner).body
    assert not Membership.objects.filter(company=cast.sent).exists()


def test_the_database_refuses_a_rejection_without_a_reason(cast: Cast) -> None:
    with pytest.raises(IntegrityError, match="application_decided_with_who_when_why"):
        services.reject_application(
            application=cast.sent_application, reasons=["other"], reason="", by=cast.lead
        )


Verb = Callable[[Application, Cast, str], object]
VERBS: dict[str, Verb] = {
    "accept": lambda a, c, p: services.accept_application(application=a, by=getattr(c, p)),
    "reject": lambda a, c, p: services.reject_application(
        application=a, reasons=["other"], reason="No.", by=getattr(c, p)
    ),
    "ask": lambda a, c, p: services.ask_question(
        application=a, section="sites", question="Where?", by=getattr(c, p)
    ),
    "assign": lambda a, c, p: services.assign_application(application=a, to=getattr(c, p), by=getattr(c, p)),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("person", ["owner", "editor", "other_owner", "partner", "panel", "administrator"])
def test_only_assurers_and_leads_work_on_applications(cast: Cast, verb: str, person: str) -> None:
    with pytest.raises(PermissionDenied):
        VERBS[verb](cast.sent_application, cast, person)


@pytest.mark.parametrize("verb", VERBS)
def test_an_assurer_who_acts_for_the_company_does_not_decide(cast: Cast, verb: str) -> None:
    CompanyPerson.objects.create(company=cast.sent, user=cast.assurer, level="viewer")
    with pytest.raises(PermissionDenied):
        VERBS[verb](cast.sent_application, cast, "assurer")


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", ["draft_application", "decided"])
def test_drafts_and_decided_applications_are_left_alone(cast: Cast, verb: str, state: str) -> None:
    application = cast.membership.application if state == "decided" else cast.draft_application
    with pytest.raises(TransitionRefused):
        VERBS[verb](application, cast, "assurer")


@pytest.mark.parametrize("verb", ["accept", "reject"])
def test_an_open_question_is_waited_for(cast: Cast, verb: str) -> None:
    with pytest.raises(TransitionRefused, match="Question from DfT"):
        VERBS[verb](cast.asked_application, cast, "assurer")


def test_a_question_goes_to_the_owners(cast: Cast) -> None:
    asked = services.ask_question(
        application=cast.sent_application, section="company", question="Which name?", by=cast.assurer
    )
    cast.sent_application.refresh_from_db()
    assert cast.sent_application.status == "question"
    assert cast.sent_application.assigned_to == cast.assurer
    assert asked.asked_by == cast.assurer
    assert "Which name?" in Notification.objects.get(user=cast.owner).body


def test_assigning_twice_is_recorded_once(cast: Cast) -> None:
    for _ in range(2):
        services.assign_application(application=cast.sent_application, to=cast.lead, by=cast.assurer)
    assert AuditEvent.objects.filter(verb="application.assigned").count() == 1


def test_nobody_is_given_what_they_may_not_decide(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        services.assign_application(application=cast.sent_application, to=cast.panel, by=cast.lead)


def test_a_member_is_not_accepted_again(cast: Cast) -> None:
    again = make.ApplicationFactory(company=cast.alpha, started_by=cast.owner, status="submitted")
    with pytest.raises(TransitionRefused, match="member already"):
        services.accept_application(application=again, by=cast.assurer)
    again.refresh_from_db()
    assert again.status == "submitted"


def test_suspended_and_reinstated(cast: Cast) -> None:
    services.suspend_membership(membership=cast.membership, reason="No plan.", by=cast.lead)
    assert Membership.objects.get(pk=cast.membership.pk).status == "suspended"
    assert cast.membership not in Membership.objects.on_register()
    services.reinstate_membership(membership=cast.membership, reason="Plan came.", by=cast.other_lead)
    assert cast.membership in Membership.objects.on_register()
    with pytest.raises(TransitionRefused):
        services.reinstate_membership(membership=cast.membership, reason="Again.", by=cast.lead)
    reasons = AuditEvent.objects.filter(target_type="applications.membership").values_list(
        "reason", flat=True
    )
    assert list(reasons) == ["No plan.", "Plan came."]


@pytest.mark.parametrize("person", ["assurer", "administrator", "owner", "panel"])
def test_only_a_lead_suspends_or_reinstates(cast: Cast, person: str) -> None:
    for service in (services.suspend_membership, services.reinstate_membership):
        with pytest.raises(PermissionDenied):
            service(membership=cast.membership, reason="No.", by=getattr(cast, person))


def race(*calls: Callable[[], object]) -> list[str]:
    """Run the calls in threads at once; what each came to."""
    barrier = threading.Barrier(len(calls))
    results: list[str] = []

    def run(call: Callable[[], object]) -> None:
        barrier.wait()
        try:
            call()
            results.append("done")
        except TransitionRefused:
            results.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(results)


@pytest.mark.django_db(transaction=True)
def test_two_assurers_decide_at_once_and_one_wins() -> None:
    application = make.ApplicationFactory(status="submitted")
    one, two = make.UserFactory(role=Role.ASSURER), make.UserFactory(role=Role.LEAD)
    results = race(
        lambda: services.accept_application(application=application, by=one),
        lambda: services.reject_application(
            application=application, reasons=["other"], reason="Leasing.", by=two
        ),
        lambda: services.accept_application(application=application, by=two),
        lambda: services.reject_application(
            application=application, reasons=["other"], reason="Leasing.", by=one
        ),
    )
    assert results == ["done", "refused", "refused", "refused"]
    assert AuditEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_acceptances_at_once_get_different_numbers() -> None:
    applications = [make.ApplicationFactory(status="submitted") for _ in range(6)]
    lead = make.UserFactory(role=Role.LEAD)
    results = race(
        *[
            lambda application=application: services.accept_application(application=application, by=lead)
            for application in applications
        ]
    )
    assert results == ["done"] * 6
    assert len(set(Membership.objects.values_list("number", flat=True))) == 6


@pytest.mark.django_db(transaction=True)
def test_a_double_click_signs_once() -> None:
    owner = make.UserFactory()
    company = make.CompanyFactory(owner=owner)
    make.SecurityContactFactory(company=company)
    application = make.ApplicationFactory(company=company, started_by=owner)
    results = race(
        *[
            lambda: services.submit_application(
                application=application,
                edition_code="2018",
                declaration_text="Text.",
                signatory_name="Nia Prydderch",
                signatory_role="Director",
                by=owner,
            )
        ]
        * 5
    )
    assert results == ["done"] * 5
    assert application.declarations.count() == 1
    assert Notification.objects.count() == 2
