"""The yearly renewal: reminders, renewing, lapsing; missed days, double clicks and two at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.db.models import F
from django.utils import timezone

from accounts.models import AuditEvent, Notification, Role, User
from accounts.transitions import TransitionRefused
from applications import services
from applications.models import Membership, Renewal
from applications.renewal_dates import next_due, reminder_for
from applications.services.declarations import SignedWords
from applications.tasks import keep_memberships
from tests import factories as make
from tests.applications.test_memberships import at_once, status_of

DUE = date(2027, 6, 30)
WORDS = SignedWords("2018", "We will keep a security plan.", "Nia Prydderch", "Director")


@pytest.fixture
def owner(db: None) -> User:
    return make.UserFactory()


def member_due_in(owner: User, days: int, **fields: Any) -> Membership:
    today = timezone.localdate()
    due = today + timedelta(days=days)
    company = make.CompanyFactory(owner=owner)
    make.SecurityContactFactory(company=company)
    return make.MembershipFactory(
        company=company, renewal_due_on=due, started_on=due - timedelta(days=365), **fields
    )


def days_pass(days: int) -> None:
    """As if everything had happened so many days earlier."""
    earlier = timedelta(days=days)
    Membership.objects.update(renewal_due_on=F("renewal_due_on") - earlier)
    Renewal.objects.update(due_on=F("due_on") - earlier, reminded_at=F("reminded_at") - earlier)


def subjects() -> list[str]:
    return list(Notification.objects.order_by("pk").values_list("subject", flat=True))


def renew(member: Membership, by: User) -> Renewal:
    due = Membership.objects.get(pk=member.pk).renewal_due_on
    return services.renew_membership(membership=member, due_on=due, words=WORDS, by=by)


# --- Days ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "reminder"),
    [(61, None), (60, 60), (31, 60), (30, 30), (20, 30), (8, 30), (7, 7), (1, 7), (0, 0), (-40, 0)],
)
def test_the_reminder_of_the_day(left: int, reminder: int | None) -> None:
    assert reminder_for(DUE, DUE - timedelta(days=left)) == reminder


@pytest.mark.parametrize(
    ("due", "today", "has_lapsed", "following"),
    [
        (DUE, date(2027, 5, 2), False, date(2028, 6, 30)),
        (DUE, date(2027, 7, 20), False, date(2028, 6, 30)),
        (date(2028, 2, 29), date(2028, 2, 1), False, date(2029, 3, 1)),
        (DUE, date(2027, 9, 3), True, date(2028, 9, 3)),
        (date(2027, 12, 1), date(2028, 2, 29), True, date(2029, 3, 1)),
        # A suspended member does not lapse, so it may be years late.
        (DUE, date(2029, 7, 1), False, date(2030, 6, 30)),
    ],
)
def test_the_next_due_date(due: date, today: date, has_lapsed: bool, following: date) -> None:
    assert next_due(due, today, has_lapsed=has_lapsed) == following


# --- Reminders -----------------------------------------------------------------------------------


def test_nobody_is_reminded_too_early(owner: User) -> None:
    member_due_in(owner, 61)
    assert keep_memberships() == {"lapsed": 0, "reminded": 0}
    assert not Renewal.objects.exists()


def test_each_reminder_goes_out_once(owner: User) -> None:
    member = member_due_in(owner, 60)
    sent = []
    for left in range(60, -4, -1):
        keep_memberships()
        keep_memberships()
        if len(subjects()) > len(sent):
            sent.append(left)
        days_pass(1)
    assert sent == [60, 30, 7, 0]
    assert subjects()[0].startswith(f"Renew membership {member.number}")
    assert "was due" in subjects()[-1]
    assert AuditEvent.objects.filter(verb="membership.renewal_reminded").count() == 4


def test_missed_days_are_made_good_with_one_message(owner: User) -> None:
    member_due_in(owner, 20)
    for _ in range(3):
        keep_memberships()
    assert len(subjects()) == 1
    assert not Membership.objects.to_remind(timezone.localdate()).exists()
    assert "20 days are left" in Notification.objects.get().body
    assert Renewal.objects.get().reminded == 30


def test_a_suspended_member_is_reminded_and_told_that_it_stays_so(owner: User) -> None:
    member_due_in(owner, 5, status="suspended")
    keep_memberships()
    assert "stays suspended" in Notification.objects.get().body


@pytest.mark.parametrize("status", ["lapsed", "removed", "resigned"])
def test_who_is_not_in_the_scheme_is_not_reminded(owner: User, status: str) -> None:
    ended = None if status == "lapsed" else timezone.localdate()
    member_due_in(owner, 5, status=status, ended_on=ended)
    keep_memberships()
    assert subjects() == []


def test_one_that_fails_stops_no_other(owner: User) -> None:
    broken, sound = member_due_in(owner, 5), member_due_in(owner, 5)
    # What the service would never write: its renewal is open under another day.
    Renewal.objects.create(membership=broken, due_on=date(2020, 1, 1))
    assert keep_memberships() == {"lapsed": 0, "reminded": 1}
    assert sound.renewals.get().reminded == 7


# --- Renewing ------------------------------------------------------------------------------------


@pytest.mark.parametrize("left", [60, 1, 0, -29])
def test_renewing_keeps_the_day_of_the_year(owner: User, left: int) -> None:
    member = member_due_in(owner, left)
    due = member.renewal_due_on
    renewal = renew(member, owner)
    member.refresh_from_db()
    assert member.status == "active"
    assert member.renewal_due_on == next_due(due, due, has_lapsed=False)
    assert (renewal.due_on, renewal.next_due_on) == (due, member.renewal_due_on)
    assert renewal.completed_by == owner
    assert (renewal.declaration.purpose, renewal.declaration.signatory_name) == ("renewal", "Nia Prydderch")
    assert [row.kind for row in member.events.all()] == ["renewed"]


def test_it_is_too_early_before_the_renewal_opens(owner: User) -> None:
    with pytest.raises(TransitionRefused, match="opens on"):
        renew(member_due_in(owner, 61), owner)


def test_a_lapsed_member_starts_a_new_year_today(owner: User) -> None:
    member = member_due_in(owner, -200, status="lapsed")
    renew(member, owner)
    member.refresh_from_db()
    assert member.status == "active"
    assert member.renewal_due_on == next_due(DUE, timezone.localdate(), has_lapsed=True)
    assert "a member again" in Notification.objects.get().body


def test_a_suspended_member_renews_and_stays_suspended(owner: User) -> None:
    member = member_due_in(owner, 10, status="suspended")
    renew(member, owner)
    assert status_of(member) == "suspended"
    assert "still suspended" in Notification.objects.get().body


@pytest.mark.parametrize("status", ["removed", "resigned"])
def test_an_ended_membership_is_not_renewed(owner: User, status: str) -> None:
    member = member_due_in(owner, 10, status=status, ended_on=timezone.localdate())
    with pytest.raises(TransitionRefused, match="apply again"):
        renew(member, owner)


def test_a_double_click_renews_one_year(owner: User) -> None:
    member = member_due_in(owner, 10)
    due = member.renewal_due_on
    first, second = (
        services.renew_membership(membership=member, due_on=due, words=WORDS, by=owner) for _ in range(2)
    )
    assert first == second
    assert member.events.count() == 1
    assert len(subjects()) == 1


def test_a_page_of_another_year_renews_nothing(owner: User) -> None:
    member = member_due_in(owner, 10)
    with pytest.raises(TransitionRefused, match="another year"):
        services.renew_membership(
            membership=member, due_on=member.renewal_due_on - timedelta(days=365), words=WORDS, by=owner
        )


def test_nothing_is_renewed_while_an_answer_is_missing(owner: User) -> None:
    member = member_due_in(owner, 10)
    member.company.security_contacts.all().delete()
    with pytest.raises(TransitionRefused, match="security contact"):
        renew(member, owner)
    assert Membership.objects.get(pk=member.pk).renewal_due_on == member.renewal_due_on


@pytest.mark.parametrize("level", ["editor", "viewer"])
def test_only_an_owner_renews(owner: User, level: str) -> None:
    member = member_due_in(owner, 10)
    person = make.UserFactory()
    member.company.people.create(user=person, level=level)
    with pytest.raises(PermissionDenied):
        renew(member, person)


# --- Lapsing -------------------------------------------------------------------------------------


def test_a_member_lapses_30_days_after_the_due_date(owner: User) -> None:
    member = member_due_in(owner, 0)
    keep_memberships()
    days_pass(29)
    keep_memberships()
    assert status_of(member) == "active"
    days_pass(1)
    for _ in range(2):
        keep_memberships()
    assert status_of(member) == "lapsed"
    event = member.events.get()
    assert (event.kind, event.by) == ("lapsed", None)
    assert "30 days" in event.reason
    assert member.renewals.get().lapsed_on == timezone.localdate()
    assert [subject for subject in subjects() if "has lapsed" in subject] == [
        f"Membership {member.number} has lapsed"
    ]
    assert not Membership.objects.on_register().exists()


def test_nobody_lapses_without_having_been_told_a_week_before(owner: User) -> None:
    """As after a long failure of the service."""
    member = member_due_in(owner, -90)
    keep_memberships()
    assert status_of(member) == "active"
    days_pass(6)
    keep_memberships()
    assert status_of(member) == "active"
    days_pass(1)
    keep_memberships()
    assert status_of(member) == "lapsed"


def test_the_word_on_the_due_date_names_the_day_of_the_lapse(owner: User) -> None:
    member = member_due_in(owner, 0)
    keep_memberships()
    lapse = member.renewal_due_on + timedelta(days=30)
    assert f"it lapses on {lapse.day} {lapse:%B %Y}" in Notification.objects.get().body


def test_a_reinstated_member_has_its_time_to_renew(owner: User) -> None:
    member = member_due_in(owner, -60, status="suspended")
    keep_memberships()
    days_pass(10)
    lead = make.UserFactory(role=Role.LEAD)
    services.reinstate_membership(membership=member, reason="The plan has come.", by=lead)
    keep_memberships()
    assert status_of(member) == "active"
    assert "or the membership lapses" in Notification.objects.latest("pk").body


def test_a_renewed_member_does_not_lapse(owner: User) -> None:
    member = member_due_in(owner, -29)
    keep_memberships()
    renew(member, owner)
    assert services.lapse_membership(membership=member) is False
    assert status_of(member) == "active"


# --- What the database keeps ---------------------------------------------------------------------

NOW = datetime(2027, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"reminded": 30}, "renewal_reminded_with_when"),
        ({"reminded": 31, "reminded_at": NOW}, "renewal_reminded_with_when"),
        ({"reminded_at": NOW}, "renewal_reminded_with_when"),
        ({"lapsed_on": DUE}, "renewal_lapses_after_due_date"),
        ({"completed_at": NOW}, "renewal_completed_with_who_when_what"),
        ({"next_due_on": date(2028, 6, 30)}, "renewal_completed_with_who_when_what"),
    ],
)
def test_a_renewal_has_its_who_and_when(owner: User, fields: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        Renewal.objects.create(membership=member_due_in(owner, 5), due_on=DUE, **fields)


@pytest.mark.parametrize("next_due_on", [DUE, None])
def test_the_next_year_is_after_this_one(owner: User, next_due_on: date | None) -> None:
    with pytest.raises(IntegrityError, match="renewal_completed_with_who_when_what"):
        Renewal.objects.create(
            membership=member_due_in(owner, 5),
            due_on=DUE,
            completed_at=NOW,
            completed_by=owner,
            next_due_on=next_due_on,
            declaration=make.DeclarationFactory(),
        )


@pytest.mark.parametrize(("due_on", "constraint"), [(DUE, "one_renewal_a_year"), (NOW, "one_open_renewal")])
def test_one_renewal_a_year_and_one_open(owner: User, due_on: date, constraint: str) -> None:
    member = member_due_in(owner, 5)
    done = {
        "completed_at": NOW,
        "completed_by": owner,
        "next_due_on": date(2028, 6, 30),
        "declaration": make.DeclarationFactory(application=member.application),
    }
    Renewal.objects.create(membership=member, due_on=DUE, **(done if due_on == DUE else {}))
    with pytest.raises(IntegrityError, match=constraint):
        Renewal.objects.create(membership=member, due_on=due_on)


# --- Two at once ---------------------------------------------------------------------------------


def ready_to_lapse(owner: User) -> Membership:
    member = member_due_in(owner, -23)
    keep_memberships()
    days_pass(7)
    return Membership.objects.get(pk=member.pk)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(5))
def test_renewal_and_lapse_at_once(_round: int) -> None:
    """Either order leaves an active member, renewed once."""
    owner = make.UserFactory()
    member = ready_to_lapse(owner)
    outcomes = at_once(
        lambda: services.renew_membership(
            membership=member, due_on=member.renewal_due_on, words=WORDS, by=owner
        ),
        lambda: services.lapse_membership(membership=member),
    )
    kinds = list(member.events.values_list("kind", flat=True))
    assert outcomes == ["done", "done"]
    assert status_of(member) == "active"
    assert kinds in (["renewed"], ["lapsed", "renewed"])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "call",
    [
        lambda member, owner: services.renew_membership(
            membership=member, due_on=member.renewal_due_on, words=WORDS, by=owner
        ),
        lambda member, owner: services.remind_of_renewal(membership=member),
        lambda member, owner: services.lapse_membership(membership=member),
    ],
)
def test_many_at_once_are_one(call: Callable[[Membership, User], Any]) -> None:
    owner = make.UserFactory()
    member = ready_to_lapse(owner)
    Renewal.objects.update(reminded=0)
    before = len(subjects())
    assert at_once(*[lambda: call(member, owner)] * 6) == ["done"] * 6
    assert len(subjects()) - before <= 1
    assert member.events.count() <= 1
