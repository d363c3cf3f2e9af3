"""Levels, removal and leaving: a company keeps an owner whatever happens at once."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import AuditEvent, Notification, User
from accounts.transitions import TransitionRefused
from applications import services
from applications.models import Company, CompanyPerson, PersonLevel
from applications.permissions import can_invite_to
from tests import factories as make
from tests.applications.test_services_casework import race
from tests.cast import Cast


def person_of(company: Company, user: User) -> CompanyPerson:
    return company.people.get(user=user)


def level_of(company: Company, user: User) -> str | None:
    return company.people.filter(user=user).values_list("level", flat=True).first()


def test_a_level_is_changed_and_the_person_told(cast: Cast) -> None:
    services.change_level(person=person_of(cast.alpha, cast.viewer), level="editor", by=cast.owner)
    assert level_of(cast.alpha, cast.viewer) == "editor"
    assert level_of(cast.newco, cast.viewer) == "viewer", "another company is untouched"
    mail = Notification.objects.get()
    assert (mail.user, mail.to) == (cast.viewer, cast.viewer.email)
    assert mail.subject == "You are now an editor of Alpha Vehicle Hire Ltd"
    event = AuditEvent.objects.get()
    assert (event.verb, event.by, event.target_id) == (
        "company.level_changed",
        cast.owner,
        str(cast.alpha.pk),
    )
    assert event.data == {"person": cast.viewer.pk, "from": "viewer", "to": "editor"}


def test_the_same_level_again_changes_nothing(cast: Cast) -> None:
    services.change_level(person=person_of(cast.alpha, cast.viewer), level="viewer", by=cast.owner)
    assert not AuditEvent.objects.exists()
    assert not Notification.objects.exists()


def test_a_person_is_removed_with_a_reason(cast: Cast) -> None:
    services.remove_person(person=person_of(cast.alpha, cast.editor), reason="Left us.", by=cast.owner)
    assert level_of(cast.alpha, cast.editor) is None
    assert level_of(cast.newco, cast.editor) == "editor"
    mail = Notification.objects.get()
    assert mail.user == cast.editor
    assert "Left us." in mail.body
    event = AuditEvent.objects.get()
    assert (event.verb, event.reason) == ("company.person_removed", "Left us.")
    assert event.data == {"person": cast.editor.pk, "level": "editor"}


def test_removed_twice_is_refused(cast: Cast) -> None:
    person = person_of(cast.alpha, cast.editor)
    services.remove_person(person=person, reason="Left us.", by=cast.owner)
    with pytest.raises(TransitionRefused, match="not act for the company any more"):
        services.remove_person(person=person, reason="Left us.", by=cast.owner)


def test_leaving_tells_the_owners(cast: Cast) -> None:
    services.leave_company(person=person_of(cast.alpha, cast.viewer), by=cast.viewer)
    assert level_of(cast.alpha, cast.viewer) is None
    assert Notification.objects.get().user == cast.owner
    assert AuditEvent.objects.get().verb == "company.person_left"


def test_nobody_leaves_for_another(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        services.leave_company(person=person_of(cast.alpha, cast.viewer), by=cast.owner)


def test_nobody_removes_themselves(cast: Cast) -> None:
    CompanyPerson.objects.filter(company=cast.alpha, user=cast.editor).update(level="owner")
    with pytest.raises(PermissionDenied, match="leave the company instead"):
        services.remove_person(person=person_of(cast.alpha, cast.owner), reason="-", by=cast.owner)


@pytest.mark.parametrize("name", ["editor", "viewer", "other_owner", "assurer", "administrator", "partner"])
def test_only_its_owners_change_people(cast: Cast, name: str) -> None:
    by, person = getattr(cast, name), person_of(cast.alpha, cast.viewer)
    calls: list[Any] = [
        lambda: services.change_level(person=person, level="editor", by=by),
        lambda: services.remove_person(person=person, reason="-", by=by),
        lambda: services.invite_person(company=cast.alpha, email="a@example.com", level="viewer", by=by),
    ]
    for call in calls:
        with pytest.raises(PermissionDenied):
            call()
    assert not AuditEvent.objects.exists()


def test_the_last_owner_stays(cast: Cast) -> None:
    person = person_of(cast.alpha, cast.owner)
    with pytest.raises(TransitionRefused, match="keep an owner"):
        services.leave_company(person=person, by=cast.owner)
    with pytest.raises(TransitionRefused, match="keep an owner"):
        services.change_level(person=person, level="editor", by=cast.owner)
    assert level_of(cast.alpha, cast.owner) == "owner"


def test_an_owner_who_cannot_sign_in_is_none_to_count_on(cast: Cast) -> None:
    CompanyPerson.objects.filter(company=cast.alpha, user=cast.editor).update(level="owner")
    User.objects.filter(pk=cast.editor.pk).update(is_active=False)
    with pytest.raises(TransitionRefused, match="keep an owner"):
        services.leave_company(person=person_of(cast.alpha, cast.owner), by=cast.owner)
    services.remove_person(person=person_of(cast.alpha, cast.editor), reason="Gone.", by=cast.owner)


def test_a_second_owner_sets_the_first_free(cast: Cast) -> None:
    services.change_level(person=person_of(cast.alpha, cast.editor), level="owner", by=cast.owner)
    services.leave_company(person=person_of(cast.alpha, cast.owner), by=cast.owner)
    assert list(cast.alpha.people.filter(level="owner").values_list("user", flat=True)) == [cast.editor.pk]


def _company_of_owners(number: int) -> tuple[Company, list[CompanyPerson]]:
    company = make.CompanyFactory()
    people = [
        CompanyPerson.objects.create(company=company, user=make.UserFactory(), level=PersonLevel.OWNER)
        for _ in range(number)
    ]
    return company, people


@pytest.mark.django_db(transaction=True)
def test_twenty_owners_leave_at_once_and_one_stays() -> None:
    company, people = _company_of_owners(20)
    results = race(*(lambda p=person: services.leave_company(person=p, by=p.user) for person in people))
    assert results == ["done"] * 19 + ["refused"]
    assert company.people.filter(level="owner").count() == 1
    assert AuditEvent.objects.filter(verb="company.person_left").count() == 19


@pytest.mark.django_db(transaction=True)
def test_two_owners_lower_each_other_at_once_and_one_stays() -> None:
    for _ in range(5):
        company, (one, two) = _company_of_owners(2)
        results = race(
            lambda a=one, b=two: _try(lambda: services.change_level(person=a, level="viewer", by=b.user)),
            lambda a=one, b=two: _try(lambda: services.change_level(person=b, level="viewer", by=a.user)),
        )
        assert results == ["done", "refused"]
        assert company.people.filter(level="owner").count() == 1


def _try(call: Any) -> None:
    """Whoever has been lowered meanwhile is no owner any more: that counts as refused."""
    try:
        call()
    except PermissionDenied as error:
        raise TransitionRefused from error


def test_the_partner_that_enrolled_a_company_invites_its_first_owner_only(cast: Cast) -> None:
    company = make.CompanyFactory()
    other = make.UserFactory(role="partner")
    make.TradeBodyFactory(is_partner=True).people.add(other)
    make.MembershipFactory(company=company, origin="partner", partner=cast.trade_body)
    assert can_invite_to(cast.partner, company)
    assert not can_invite_to(other, company)
    assert not can_invite_to(cast.partner, make.CompanyFactory())
    invitation = services.invite_person(
        company=company, email="first.owner@example.com", level="owner", by=cast.partner
    )
    first = make.UserFactory(email="first.owner@example.com")
    services.accept_invitation(invitation=invitation, by=first)
    assert level_of(company, first) == "owner"
    assert not can_invite_to(cast.partner, company)
    assert can_invite_to(first, company)
