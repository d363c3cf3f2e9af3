"""Checks shared out and given by hand: what the pages show, and two people at once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Notification, Role, User
from accounts.transitions import TransitionRefused
from assurance import services
from assurance.models import AssurerSkills, ConflictDeclaration, PlanCheck, SelectionRound
from assurance.workload import candidates_for
from tests import factories as make
from tests.cast import Cast
from tests.page_forms import forms_in
from tests.signing_in import client_for

MODELS, CLASSES = ["counter"], ["car", "van"]


def skill(user: User, by: User, capacity: int | None = None, **more: Any) -> AssurerSkills:
    given: dict[str, Any] = {"rental_models": MODELS, "vehicle_classes": CLASSES, "editions": []} | more
    return services.set_skills(of=user, capacity=capacity, by=by, **given)


def unallocated(round_: SelectionRound, count: int) -> list[PlanCheck]:
    return [
        make.PlanCheckFactory(
            membership=membership,
            selection=make.SelectionFactory(round=round_, membership=membership),
            assurer=None,
        )
        for membership in make.MembershipFactory.create_batch(count)
    ]


def allocate_page(cast: Cast) -> str:
    return reverse("assurance:allocate", kwargs={"pk": cast.open_check.pk})


def share_page(cast: Cast) -> str:
    return reverse("assurance:round_allocate", kwargs={"pk": cast.round.pk})


def test_the_skilled_come_first_and_loads_are_even(cast: Cast) -> None:
    skill(cast.other_assurer, cast.lead)
    skill(third := make.UserFactory(role=Role.ASSURER), cast.lead)
    unallocated(cast.round, 5)
    shared = services.allocate_round(round_=cast.round, by=cast.lead)
    assert (len(shared.given), shared.unskilled, shared.left) == (5, [], [])
    told = Notification.objects.filter(subject__endswith="are yours").values_list("to", "body")
    assert {to for to, _ in told} == {check.assurer.email for check in shared.given if check.assurer}
    assert all(any(check.membership.number in body for _, body in told) for check in shared.given)
    assert not any(check.membership.company.name in body for check in shared.given for _, body in told)
    loads = Counter(check.assurer for check in shared.given)
    assert sorted(loads.values()) == [2, 3]
    assert set(loads) == {cast.other_assurer, third}
    assert AuditEvent.objects.filter(verb="check.allocated").count() == 5


def test_what_needs_a_look_is_said_on_the_page(cast: Cast) -> None:
    skill(cast.other_assurer, cast.lead, capacity=1, rental_models=["car_club"])
    first, second = unallocated(cast.round, 2)
    User.objects.filter(role=Role.ASSURER).exclude(email__contains="assurer").update(is_active=False)
    make.StaffInterestFactory(user=cast.assurer, company=second.membership.company)
    make.StaffInterestFactory(user=cast.assurer, company=first.membership.company)
    page = client_for(cast.lead).post(share_page(cast)).content.decode()
    assert "Checks shared out: 1." in page
    assert "Checks that found nobody: 1." in page
    assert "Each assurer who is not barred has as many checks as they can take." in page
    assert f"Assurer: works or worked for {second.membership.company.name}" in page
    assert "Given to Other assurer, who is not recorded as able to check: From a counter or depot." in page
    second.refresh_from_db()
    assert second.assurer is None


def test_when_all_is_well_the_round_says_so(cast: Cast) -> None:
    skill(cast.other_assurer, cast.lead)
    unallocated(cast.round, 1)
    page = client_for(cast.lead).post(share_page(cast), follow=True).content.decode()
    assert "Checks shared out: 1." in page


def test_sharing_costs_the_same_in_reading_for_one_and_three(cast: Cast) -> None:
    """Each check that is given adds its own saving and its line in the record."""

    def reads(count: int) -> int:
        unallocated(cast.round, count)
        with CaptureQueriesContext(connection) as queries:
            services.allocate_round(round_=cast.round, by=cast.lead)
        written = ("UPDATE", "INSERT", "SAVEPOINT", "RELEASE")
        record = ("accounts_auditevent", "pg_advisory_xact_lock")
        return len(
            [
                query
                for query in queries.captured_queries
                if not query["sql"].startswith(written) and not any(name in query["sql"] for name in record)
            ]
        )

    assert reads(1) == reads(3)


def test_the_form_shows_load_skill_and_why_somebody_is_barred(cast: Cast) -> None:
    skill(cast.assurer, cast.lead, capacity=9, editions=[cast.edition])
    skill(cast.other_assurer, cast.lead, vehicle_classes=["car"], editions=[cast.edition])
    PlanCheck.objects.filter(pk=cast.open_check.pk).update(due_on=timezone.localdate())
    barred = make.UserFactory(role=Role.ASSURER, name="Morwenna Tregear")
    make.StaffInterestFactory(user=barred, company=cast.alpha)
    make.StaffInterestFactory(user=cast.other_lead, kind="adviser", company=cast.alpha)
    page = client_for(cast.lead).get(allocate_page(cast)).content.decode()
    assert "Has 1 open check and can take 9. 1 due soon or overdue. Has the skills" in page
    assert "Has 0 open checks. Not recorded as able to check: Vans and pick-ups up to 3.5 tonnes" in page
    assert f'value="{barred.pk}"' not in page
    assert "Assurers who are barred" in page
    assert "Works or worked for Alpha Vehicle Hire Ltd" in page
    assert "Leads who are barred" in page
    assert "Advised Alpha Vehicle Hire Ltd" in page
    for person in (barred, cast.other_lead):
        kwargs = {"pk": cast.open_check.pk, "of": person.pk}
        assert reverse("assurance:bars_override", kwargs=kwargs) in page
    assert candidates_for(cast.open_check)[0].user == cast.assurer


def test_the_form_costs_the_same_with_one_and_three_assurers(cast: Cast) -> None:
    client = client_for(cast.lead)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(allocate_page(cast)).status_code == 200
        return len(queries)

    for company in (cast.alpha, cast.beta):  # so that every question is asked
        make.StaffInterestFactory(user=cast.other_assurer, company=company)
        make.StaffInterestFactory(user=cast.other_assurer, name="Elsewhere")
    cost()
    before = cost()
    for user in make.UserFactory.create_batch(3, role=Role.ASSURER):
        make.StaffInterestFactory(user=user, company=cast.alpha)
    assert cost() == before


def test_taking_a_check_from_somebody_needs_a_reason_and_keeps_what_was_chosen(cast: Cast) -> None:
    client = client_for(cast.lead)
    page = client.post(allocate_page(cast), {"to": cast.other_assurer.pk, "reason": " "}).content.decode()
    assert "Enter the reason" in page
    assert f'value="{cast.other_assurer.pk}" checked' in page
    answer = client.post(allocate_page(cast), {"to": cast.other_assurer.pk, "reason": "On leave."})
    assert answer.status_code == 302
    cast.open_check.refresh_from_db()
    assert cast.open_check.assurer == cast.other_assurer


def test_nobody_takes_a_check_from_somebody_whom_the_page_did_not_show(cast: Cast) -> None:
    third = make.UserFactory(role=Role.ASSURER)
    client = client_for(cast.lead)
    shown = {form.action: form for form in forms_in(client.get(allocate_page(cast)).content)}[""]
    assert shown.controls["seen"].value == str(cast.assurer.pk)
    typed = {"reason": "On leave.", "seen": cast.assurer.pk}
    assert client.post(allocate_page(cast), typed | {"to": cast.other_assurer.pk}).status_code == 302
    late = client.post(allocate_page(cast), typed | {"to": third.pk})
    assert late.status_code == 409
    assert "Somebody was faster than you: Other assurer has this check now." in late.content.decode()
    with pytest.raises(TransitionRefused, match="Other assurer has this check now"):
        services.allocate_check(
            check=cast.open_check, to=third, reason="On leave.", seen=str(cast.assurer.pk), by=cast.lead
        )
    cast.open_check.refresh_from_db()
    assert cast.open_check.assurer == cast.other_assurer


def test_a_check_that_nobody_had_on_the_page_is_not_taken_from_who_has_it(cast: Cast) -> None:
    late = client_for(cast.lead).post(allocate_page(cast), {"to": cast.other_assurer.pk, "seen": "nobody"})
    assert "Somebody was faster than you: Assurer has this check now." in late.content.decode()


def test_somebody_barred_is_no_answer_even_when_sent(cast: Cast) -> None:
    make.StaffInterestFactory(user=cast.other_assurer, company=cast.alpha)
    client = client_for(cast.lead)
    page = client.post(allocate_page(cast), {"to": cast.other_assurer.pk, "reason": "x"})
    assert page.status_code == 200
    assert "This assurer cannot be given the check now. Choose another" in page.content.decode()
    cast.open_check.refresh_from_db()
    assert cast.open_check.assurer == cast.assurer


def test_a_bar_is_overridden_on_its_page_and_the_override_ended(cast: Cast) -> None:
    make.StaffInterestFactory(user=cast.other_assurer, company=cast.alpha)
    client = client_for(cast.lead)
    of = {"pk": cast.open_check.pk, "of": cast.other_assurer.pk}
    page = client.post(reverse("assurance:bars_override", kwargs=of), {"reason": " "}).content.decode()
    assert "Enter the reason" in page
    page = client.post(
        reverse("assurance:bars_override", kwargs=of), {"reason": "A summer job."}, follow=True
    ).content.decode()
    assert "What barred Other assurer is overridden: they can be given the check." in page
    assert "Same employer overridden by Lead" in page
    override = cast.open_check.overrides.get()
    end = reverse("assurance:override_end", kwargs={"pk": cast.open_check.pk, "of": override.pk})
    page = client_for(cast.other_lead).post(end, {"reason": "It was longer."}, follow=True).content.decode()
    assert "Other assurer is barred again" in page
    assert client.get(end).status_code == 404
    again = client.post(reverse("assurance:bars_override", kwargs=of | {"of": cast.lead.pk}), {"reason": "x"})
    assert again.status_code == 403


def test_an_override_of_nothing_is_explained(cast: Cast) -> None:
    of = {"pk": cast.open_check.pk, "of": cast.other_assurer.pk}
    page = client_for(cast.lead).post(reverse("assurance:bars_override", kwargs=of), {"reason": "x"})
    assert "Nothing bars Other assurer from this check." in page.content.decode()


def test_who_sets_skills(cast: Cast) -> None:
    for by in (cast.assurer, cast.administrator, cast.owner):
        with pytest.raises(PermissionDenied):
            skill(cast.assurer, by)
    with pytest.raises(PermissionDenied):
        skill(cast.other_lead, cast.lead)
    skill(cast.assurer, cast.lead, capacity=3)
    skill(cast.assurer, cast.other_lead, capacity=5, editions=[cast.edition])
    row = AssurerSkills.objects.get()
    assert (row.capacity, list(row.editions.all())) == (5, [cast.edition])
    assert [event.data["capacity"] for event in AuditEvent.objects.filter(verb="skills.set")] == [3, 5]


# --- Two at once ---


def at_once(*attempts: Callable[[], object]) -> list[Exception]:
    barrier, refused = threading.Barrier(len(attempts)), []

    def run(attempt: Callable[[], object]) -> None:
        barrier.wait()
        try:
            attempt()
        except (TransitionRefused, PermissionDenied) as refusal:
            refused.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[attempt]) for attempt in attempts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(5))
def test_two_leads_share_the_same_round_out_once(turn: int) -> None:
    round_ = make.SelectionRoundFactory()
    unallocated(round_, 6)
    User.objects.filter(role=Role.ASSURER).update(is_active=False)
    make.UserFactory.create_batch(3, role=Role.ASSURER)
    leads = make.UserFactory.create_batch(4, role=Role.LEAD)
    at_once(*(lambda lead=lead: services.allocate_round(round_=round_, by=lead) for lead in leads))
    loads = Counter(PlanCheck.objects.values_list("assurer", flat=True))
    assert sorted(loads.values()) == [2, 2, 2]
    assert AuditEvent.objects.filter(verb="check.allocated").count() == 6


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(10))
def test_nobody_is_given_a_check_while_they_declare_a_conflict(turn: int) -> None:
    """Of two checks of a company: the conflict is declared in one, the other is allocated meanwhile."""
    assurer, lead = make.UserFactory(role=Role.ASSURER), make.UserFactory(role=Role.LEAD)
    membership = make.MembershipFactory()
    held = make.PlanCheckFactory(membership=membership, assurer=assurer)
    free = make.PlanCheckFactory(membership=membership, assurer=None)
    refused = at_once(
        lambda: services.declare_conflict(check=held, has_conflict=True, details="My sister.", by=assurer),
        lambda: services.allocate_check(check=free, to=assurer, by=lead),
    )
    assert ConflictDeclaration.objects.filter(has_conflict=True).count() == 1
    assert not PlanCheck.objects.filter(assurer=assurer).exists()
    taken_off = AuditEvent.objects.filter(verb="check.taken_off").count()
    assert taken_off == 2 - len(refused)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(5))
def test_two_leads_give_one_check_to_two_people_with_reasons(turn: int) -> None:
    """Neither has seen the other's choice: the second is asked for a reason."""
    check = make.PlanCheckFactory(assurer=None, due_on=timezone.localdate() + timedelta(days=9))
    leads = make.UserFactory.create_batch(2, role=Role.LEAD)
    people = make.UserFactory.create_batch(2, role=Role.ASSURER)
    refused = at_once(
        *(
            lambda lead=lead, to=to: services.allocate_check(check=check, to=to, by=lead)
            for lead, to in zip(leads, people, strict=True)
        )
    )
    assert [type(refusal) for refusal in refused] == [TransitionRefused]
    assert AuditEvent.objects.filter(verb="check.allocated").count() == 1


def test_a_check_that_waits_for_the_company_can_be_shared_out_too(cast: Cast) -> None:
    membership = make.MembershipFactory()
    make.PlanCheckFactory(
        membership=membership,
        selection=make.SelectionFactory(round=cast.round, membership=membership),
        assurer=None,
        status="waiting",
        due_on=None,
        working_days_left=20,
    )
    page = client_for(cast.lead).get(reverse("assurance:round", kwargs={"pk": cast.round.pk}))
    assert "1 check has no assurer yet." in page.content.decode()
    assert len(services.allocate_round(round_=cast.round, by=cast.lead).given) == 1
