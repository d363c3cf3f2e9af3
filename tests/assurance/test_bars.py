"""What bars a person from a company's check: the list and the query of a list say the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEvent, Notification, Role, User
from accounts.transitions import TransitionRefused
from applications.models import Company, TradeBody
from assurance import services
from assurance.bars import (
    bars_among,
    bars_between,
    own_domain,
    shared_domains,
    standing_between,
    ties_function,
)
from assurance.models import (
    BarKind,
    BarOverride,
    CorrectiveAction,
    PlanCheck,
    StaffInterest,
    SuspensionProposal,
)
from assurance.permissions import (
    can_be_allocated,
    can_decide_check,
    can_decide_suspension,
    can_work_on_check,
)
from assurance.services.interests import Tie
from tests import factories as make
from tests.cast import Cast

Bind = Callable[[User, Company], Any]


def at_work(address: str) -> Bind:
    """The person and somebody of the company have such an address."""

    def bind(user: User, company: Company) -> None:
        user.email = f"staff{user.pk}@{address}"
        User.objects.filter(pk=user.pk).update(email=user.email)
        person = company.people.select_related("user").first()
        assert person is not None
        User.objects.filter(pk=person.user_id).update(email=f"owner@{address}".upper())

    return bind


def contact_at_work(user: User, company: Company) -> None:
    user.email = f"staff{user.pk}@harbour-hire.co.uk"
    User.objects.filter(pk=user.pk).update(email=user.email)
    company.security_contacts.update(email="contact@Harbour-Hire.co.uk")


def of_trade_body(user: User, company: Company) -> None:
    body, _ = TradeBody.objects.get_or_create(name="Guild of Hirers")
    company.trade_bodies.add(body)
    make.StaffInterestFactory(user=user, trade_body=body)


def acts_for_trade_body(user: User, company: Company) -> None:
    body, _ = TradeBody.objects.get_or_create(name="Guild of Hirers")
    company.trade_bodies.add(body)
    body.people.add(user)


def interest(**more: Any) -> Bind:
    def bind(user: User, company: Company) -> None:
        given = {key: company if value == "it" else value for key, value in more.items()}
        make.StaffInterestFactory(user=user, **given)

    return bind


TIES: dict[str, tuple[Bind, BarKind, str]] = {
    "acts": (
        lambda user, company: company.people.create(user=user, level="viewer"),
        BarKind.ONESELF,
        "Acts for the company in the service",
    ),
    "started its application": (
        lambda user, company: company.applications.update(started_by=user),
        BarKind.ONESELF,
        "Acted for the company in the service before",
    ),
    "was invited": (
        lambda user, company: make.InvitationFactory(
            company=company,
            invited_by=company.people.first().user,  # type: ignore[union-attr]
            status="accepted",
            closed_by=user,
            closed_at=timezone.now(),
        ),
        BarKind.ONESELF,
        "Acted for the company in the service before",
    ),
    "employer": (
        interest(company="it", since=date(2015, 1, 1)),
        BarKind.EMPLOYER,
        "Works or worked for Alpha Vehicle Hire Ltd from January 2015",
    ),
    "employer by name": (
        interest(name="The ALPHA Vehicle-Hire Limited", until=date(2019, 6, 30)),
        BarKind.EMPLOYER,
        "Worked for The ALPHA Vehicle-Hire Limited until June 2019",
    ),
    "adviser": (
        interest(kind="adviser", company="it", since=date(2018, 2, 1), until=date(2020, 3, 1)),
        BarKind.ADVISER,
        "Advised Alpha Vehicle Hire Ltd from February 2018 until March 2020",
    ),
    "adviser by name": (
        interest(kind="adviser", name="Alpha vehicle hire"),
        BarKind.ADVISER,
        "Advised Alpha vehicle hire",
    ),
    "trade body": (
        of_trade_body,
        BarKind.TRADE_BODY,
        "Has a tie to a trade body of the company: Guild of Hirers",
    ),
    "acts for its trade body": (
        acts_for_trade_body,
        BarKind.TRADE_BODY,
        "Has a tie to a trade body of the company: Guild of Hirers",
    ),
    "mail": (
        at_work("harbour-hire.co.uk"),
        BarKind.MAIL_DOMAIN,
        "Has an email address at harbour-hire.co.uk, as people of the company have",
    ),
    "mail of its contact": (
        contact_at_work,
        BarKind.MAIL_DOMAIN,
        "Has an email address at harbour-hire.co.uk, as people of the company have",
    ),
}


@pytest.mark.parametrize("name", TIES)
def test_a_tie_bars_wherever_it_is_asked(cast: Cast, name: str) -> None:
    bind, kind, reason = TIES[name]
    for user in (cast.assurer, cast.other_assurer, cast.lead):
        assert bars_between(user, cast.alpha) == []
    assert cast.open_check in PlanCheck.objects.visible_to(cast.assurer)
    bind(cast.assurer, cast.alpha)
    (bar,) = bars_between(cast.assurer, cast.alpha)
    assert (bar.kind, bar.reason) == (kind, reason)
    assert bars_between(cast.other_assurer, cast.alpha) == bars_between(cast.assurer, cast.beta) == []
    assert not PlanCheck.objects.visible_to(cast.assurer).exists()
    assert not CorrectiveAction.objects.visible_to(cast.assurer).exists()
    assert not can_be_allocated(cast.assurer, cast.open_check)
    assert not can_work_on_check(cast.assurer, cast.open_check)
    assert standing_between([cast.assurer], [cast.open_check]).left(cast.assurer, cast.open_check) == [bar]


def test_the_database_knows_every_tie(cast: Cast) -> None:
    """When it fails: TIES changed, and a migration must make the function anew."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'assurance_ties'")
        ((kept,),) = cursor.fetchall()
    assert kept == ties_function().split("$ties$")[1]


@pytest.mark.parametrize("name", TIES)
def test_a_lead_who_is_tied_neither_sees_nor_decides(cast: Cast, name: str) -> None:
    TIES[name][0](cast.lead, cast.alpha)
    assert not PlanCheck.objects.visible_to(cast.lead).exists()
    assert not can_decide_check(cast.lead, cast.recommended_check)
    assert can_decide_check(cast.other_lead, cast.recommended_check)
    with pytest.raises(PermissionDenied):
        services.decide_check(check=cast.recommended_check, outcome="met", reason="So.", by=cast.lead)
    with pytest.raises(PermissionDenied):
        services.allocate_check(check=cast.open_check, to=cast.other_assurer, reason="x", by=cast.lead)


@pytest.mark.parametrize("name", TIES)
def test_a_lead_who_is_tied_suspends_nobody(cast: Cast, name: str) -> None:
    """An override is for a check: it opens no proposal to suspend."""
    proposal = SuspensionProposal.objects.create(membership=cast.membership)
    assert can_decide_suspension(cast.lead, proposal)
    TIES[name][0](cast.lead, cast.alpha)
    every = [kind for kind in BarKind if kind != BarKind.ONESELF]
    cast.open_check.overrides.create(user=cast.lead, bars=every, reason="So.", by=cast.other_lead)
    assert not SuspensionProposal.objects.visible_to(cast.lead).exists()
    assert not can_decide_suspension(cast.lead, proposal)


def test_an_address_that_everybody_can_have_is_no_tie(cast: Cast) -> None:
    for domain in ("gmail.com", "GMX.co.uk", "example.com"):
        assert own_domain(f"somebody@{domain}") == ""
        at_work(domain)(cast.assurer, cast.alpha)
        assert bars_between(cast.assurer, cast.alpha) == []
        assert cast.open_check in PlanCheck.objects.visible_to(cast.assurer)
    assert all(domain == domain.lower() and "." in domain for domain in shared_domains())


def test_a_contact_that_was_is_no_tie(cast: Cast) -> None:
    contact_at_work(cast.assurer, cast.alpha)
    cast.alpha.security_contacts.update(until=timezone.localdate())
    assert bars_between(cast.assurer, cast.alpha) == []


def test_a_company_that_joins_later_is_known_by_its_name(cast: Cast) -> None:
    make.StaffInterestFactory(user=cast.assurer, name="Newcomer Rentals Ltd")
    company = make.CompanyFactory(name="Newcomer Rentals Limited")
    assert [bar.kind for bar in bars_between(cast.assurer, company)] == [BarKind.EMPLOYER]


def test_an_interest_that_was_ended_bars_no_more(cast: Cast) -> None:
    row = make.StaffInterestFactory(user=cast.assurer, company=cast.alpha)
    services.end_interest(interest=row, reason="Another person of that name.", by=cast.lead)
    assert bars_between(cast.assurer, cast.alpha) == []
    assert AuditEvent.objects.get(verb="interest.ended").reason == "Another person of that name."
    with pytest.raises(TransitionRefused, match="ended already"):
        services.end_interest(interest=row, reason="Again.", by=cast.lead)


def test_many_people_and_companies_cost_the_same_as_few(cast: Cast) -> None:
    def cost(companies: int) -> int:
        users = list(User.objects.filter(role=Role.ASSURER))
        keys = list(Company.objects.order_by("pk").values_list("pk", flat=True)[:companies])
        with CaptureQueriesContext(connection) as queries:
            found = bars_among(users, keys)
        assert found
        return len(queries)

    def tie_somebody() -> None:
        for bind, _, _ in TIES.values():
            bind(make.UserFactory(role=Role.ASSURER), cast.alpha)

    tie_somebody()
    before = cost(1)
    tie_somebody()
    tie_somebody()
    assert cost(3) == before <= 15


# --- What the services do about them ---


def test_a_new_interest_takes_the_checks_away_and_tells_the_leads(cast: Cast) -> None:
    services.record_interest(of=cast.assurer, tie=Tie("employer", name="Alpha Vehicle Hire"), by=cast.assurer)
    for check in (cast.open_check, cast.recommended_check, cast.decided_check):
        check.refresh_from_db()
    assert cast.open_check.assurer is cast.recommended_check.assurer is None
    assert cast.decided_check.assurer == cast.assurer
    told = Notification.objects.filter(subject__contains="a conflict of interest")
    assert set(told.values_list("user__name", flat=True)) == {"Lead", "Other lead"}
    assert AuditEvent.objects.filter(verb="check.taken_off").count() == 2


@pytest.mark.parametrize("person", ["other_assurer", "owner", "panel", "partner"])
def test_nobody_but_leads_and_administrators_keeps_the_interests_of_others(cast: Cast, person: str) -> None:
    by = cast.person(person)
    assert by is not None
    row = make.StaffInterestFactory(user=cast.assurer)
    with pytest.raises(PermissionDenied):
        services.record_interest(of=cast.assurer, tie=Tie("employer", name="Elsewhere"), reason="x", by=by)
    with pytest.raises(PermissionDenied):
        services.end_interest(interest=row, reason="x", by=by)


@pytest.mark.parametrize("person", ["lead", "administrator"])
def test_for_somebody_else_a_reason_is_needed(cast: Cast, person: str) -> None:
    by = cast.person(person)
    assert by is not None
    tie = Tie("employer", name="Elsewhere Hire")
    with pytest.raises(TransitionRefused, match="reason"):
        services.record_interest(of=cast.assurer, tie=tie, by=by)
    row = services.record_interest(of=cast.assurer, tie=tie, reason="Said so by telephone.", by=by)
    assert (row.recorded_by, row.reason, row.name_key) == (by, "Said so by telephone.", "elsewherehire")
    with pytest.raises(TransitionRefused, match="recorded already"):
        services.record_interest(
            of=cast.assurer, tie=Tie("employer", name="ELSEWHERE hire"), reason="x", by=by
        )
    with pytest.raises(TransitionRefused, match="reason"):
        services.end_interest(interest=row, reason=" ", by=by)


def test_only_assurers_and_leads_have_interests(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        services.record_interest(of=cast.owner, tie=Tie("employer", name="Elsewhere"), by=cast.owner)


# --- Overriding ---


def override(cast: Cast, by: User | None = None, reason: str = "Twenty years ago.") -> BarOverride:
    return services.override_bars(
        check=cast.open_check, of=cast.other_assurer, reason=reason, by=by or cast.lead
    )


def test_a_lead_overrides_a_bar_for_one_check(cast: Cast) -> None:
    make.StaffInterestFactory(user=cast.other_assurer, company=cast.alpha)
    with pytest.raises(PermissionDenied, match="Works or worked for Alpha"):
        services.allocate_check(check=cast.open_check, to=cast.other_assurer, reason="x", by=cast.lead)
    row = override(cast)
    assert row.bars == ["employer"]
    event = AuditEvent.objects.get(verb="check.bars_overridden")
    assert (event.reason, event.data) == (
        "Twenty years ago.",
        {"person": cast.other_assurer.pk, "bars": ["employer"]},
    )
    services.allocate_check(check=cast.open_check, to=cast.other_assurer, reason="Knows vans.", by=cast.lead)
    assert list(PlanCheck.objects.visible_to(cast.other_assurer)) == [cast.open_check]
    assert not can_be_allocated(cast.other_assurer, cast.recommended_check)
    standing = standing_between([cast.other_assurer], [cast.open_check, cast.recommended_check])
    assert standing.left(cast.other_assurer, cast.open_check) == []
    assert len(standing.left(cast.other_assurer, cast.recommended_check)) == 1


def test_another_bar_bars_again(cast: Cast) -> None:
    make.StaffInterestFactory(user=cast.other_assurer, company=cast.alpha)
    override(cast)
    assert can_be_allocated(cast.other_assurer, cast.open_check)
    of_trade_body(cast.other_assurer, cast.alpha)
    assert not can_be_allocated(cast.other_assurer, cast.open_check)
    override(cast)
    assert can_be_allocated(cast.other_assurer, cast.open_check)
    assert BarOverride.objects.count() == 2
    assert BarOverride.objects.standing().get().bars == ["employer", "trade_body"]


def test_an_override_is_ended_and_the_check_taken_off(cast: Cast) -> None:
    make.StaffInterestFactory(user=cast.other_assurer, company=cast.alpha)
    row = override(cast)
    services.allocate_check(check=cast.open_check, to=cast.other_assurer, reason="Vans.", by=cast.lead)
    services.end_override(override=row, reason="It was last year.", by=cast.other_lead)
    cast.open_check.refresh_from_db()
    assert cast.open_check.assurer is None
    assert not can_be_allocated(cast.other_assurer, cast.open_check)
    with pytest.raises(TransitionRefused, match="ended already"):
        services.end_override(override=row, reason="Again.", by=cast.lead)


def test_who_cannot_override(cast: Cast) -> None:
    make.StaffInterestFactory(user=cast.other_assurer, company=cast.alpha)
    for by in (cast.assurer, cast.other_assurer, cast.administrator, cast.owner):
        with pytest.raises(PermissionDenied):
            override(cast, by)
    make.StaffInterestFactory(user=cast.lead, company=cast.alpha)
    with pytest.raises(PermissionDenied):  # barred as well
        override(cast)
    with pytest.raises(PermissionDenied):  # for oneself
        services.override_bars(check=cast.open_check, of=cast.lead, reason="Fine.", by=cast.lead)
    services.override_bars(check=cast.open_check, of=cast.lead, reason="Long ago.", by=cast.other_lead)
    assert cast.open_check in PlanCheck.objects.visible_to(cast.lead)
    with pytest.raises(PermissionDenied):  # nor end one's own
        services.end_override(override=BarOverride.objects.get(), reason="x", by=cast.lead)


def test_what_cannot_be_overridden(cast: Cast) -> None:
    with pytest.raises(TransitionRefused, match="Nothing bars"):
        override(cast)
    make.StaffInterestFactory(user=cast.other_assurer, company=cast.alpha)
    with pytest.raises(TransitionRefused, match="reason"):
        override(cast, reason=" ")
    cast.alpha.people.create(user=cast.other_assurer, level="viewer")
    with pytest.raises(TransitionRefused, match="nobody can override"):
        override(cast)


# --- What the database refuses ---


@pytest.mark.parametrize(
    "wrong",
    [
        {"company": None, "name": "", "name_key": ""},
        {"name": "Elsewhere"},
        {"name": "Elsewhere", "name_key": "elsewhere"},  # and a company
        {"kind": "trade_body"},
        {"since": date(2020, 1, 1), "until": date(2019, 1, 1)},
        {"ended_reason": "Why?"},
        {"ended_at": timezone.now()},
    ],
)
def test_an_interest_that_cannot_be(cast: Cast, wrong: dict[str, Any]) -> None:
    good = {"user": cast.assurer, "kind": "employer", "company": cast.alpha, "recorded_by": cast.assurer}
    with pytest.raises(DatabaseError), transaction.atomic():
        StaffInterest.objects.create(**(good | wrong))
    with pytest.raises(DatabaseError), transaction.atomic():  # of another, without a reason
        StaffInterest.objects.create(**(good | {"recorded_by": cast.lead}))
    StaffInterest.objects.create(**good)


def test_interests_and_overrides_are_ended_and_not_changed(cast: Cast) -> None:
    make.StaffInterestFactory(user=cast.other_assurer, company=cast.alpha)
    override(cast)
    for rows in (StaffInterest.objects.all(), BarOverride.objects.all()):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(reason="Another.")
        with pytest.raises(DatabaseError), transaction.atomic():
            rows._raw_delete("default")
        ending = {"ended_by": cast.other_lead, "ended_at": timezone.now(), "ended_reason": "Over."}
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(user=cast.assurer, **ending)
        rows.update(**ending)
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(ended_at=None, ended_by=None, ended_reason="")


@pytest.mark.parametrize(
    "wrong", [{"by": "other_assurer"}, {"reason": ""}, {"bars": []}, {"bars": ["oneself", "employer"]}]
)
def test_an_override_that_cannot_be(cast: Cast, wrong: dict[str, Any]) -> None:
    good = {"check_of": cast.open_check, "user": cast.other_assurer, "bars": ["employer"], "reason": "So."}
    who = getattr(cast, wrong.pop("by", "lead"))
    with pytest.raises(DatabaseError), transaction.atomic():
        BarOverride.objects.create(**(good | {"by": who} | wrong))
    BarOverride.objects.create(**good, by=cast.lead)
    with pytest.raises(DatabaseError), transaction.atomic():
        BarOverride.objects.create(**good, by=cast.other_lead)


def test_the_database_gives_no_check_to_who_acts_or_has_declared(cast: Cast) -> None:
    check = PlanCheck.objects.filter(pk=cast.open_check.pk)
    make.declare(cast.recommended_check, by=cast.other_assurer, conflict="My brother works there.")
    with pytest.raises(DatabaseError), transaction.atomic():
        check.update(assurer=cast.other_assurer)
    BarOverride.objects.create(
        check_of=cast.open_check, user=cast.other_assurer, bars=["declared"], reason="So.", by=cast.lead
    )
    check.update(assurer=cast.other_assurer)
    cast.alpha.people.create(user=cast.assurer, level="viewer")
    with pytest.raises(DatabaseError), transaction.atomic():
        check.update(assurer=cast.assurer)
