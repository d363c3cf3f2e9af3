"""Accounts for trying the service out."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import validate_totp_code
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, Role, User
from applications.models import CompanyPerson, EnrolledCompany, Enrolment, Membership
from rvss.seeding.sign_ins import COLLEAGUE, LEVELS, NEWCOMER, OWNER, PASSWORD, make_sign_ins
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_refused_where_real_people_sign_in(settings: Any) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="public"):
        call_command("demo_sign_ins")
    assert not User.objects.exists()


def test_one_account_for_each_role_and_twice_is_harmless(settings: Any) -> None:
    settings.DEBUG = True
    first, second = StringIO(), StringIO()
    call_command("demo_sign_ins", stdout=first)
    events = AuditEvent.objects.count()
    call_command("demo_sign_ins", stdout=second)
    assert set(User.objects.values_list("role", flat=True)) == set(Role.values)
    assert User.objects.count() == 9
    assert AuditEvent.objects.count() == events == 9
    assert PASSWORD in first.getvalue()
    for user in User.objects.all():
        assert user.email in first.getvalue()


def test_the_owner_has_a_member_with_a_draft_and_the_newcomer_nothing(cast: Cast) -> None:
    # The cast has people of these addresses, with companies.
    for email in LEVELS:
        User.objects.filter(email=email).update(email=f"former.{email}")
        EmailAddress.objects.filter(email=email).delete()
    found = {entry.user.email: entry for entry in make_sign_ins()}
    membership = Membership.objects.get(number__in=found[OWNER].note.strip(")").split("("))
    assert membership.plan.versions.filter(status="draft").exists()
    for email, level in LEVELS.items():
        assert membership.company.people.get(user=found[email].user).level == level
    assert not CompanyPerson.objects.filter(user=found[NEWCOMER].user).exists()
    make_sign_ins()
    assert dict(Enrolment.objects.values_list("file_name", "status")) == {
        "new-members.csv": "done",
        "spring-intake.csv": "faulty",
    }
    assert Enrolment.objects.get(status="faulty").faulty_count == 7
    ties = EnrolledCompany.objects.values_list("status", flat=True)
    assert sorted(set(ties)) == ["asked", "unconfirmed", "withdrawn"]
    assert membership.company.enrolled.get().status == "asked", "the owner has something to answer"
    assert membership.company.invitations.open().get().email == COLLEAGUE
    assert membership.company.join_requests.open().get().user == found[NEWCOMER].user


def test_the_password_and_the_code_open_the_door(client: Client) -> None:
    found = {entry.user.email: entry for entry in make_sign_ins()}
    lead = found["lead@example.com"]
    assert validate_totp_code(lead.secret, lead.code)
    answer = client.post(reverse("account_login"), {"login": "lead@example.com", "password": PASSWORD})
    assert answer["Location"] == reverse("mfa_authenticate")
    answer = client.post(reverse("mfa_authenticate"), {"code": lead.code})
    assert answer["Location"] == reverse("home")
    assert client.get(reverse("home")).wsgi_request.user == lead.user


def test_a_company_needs_the_password_only(client: Client) -> None:
    make_sign_ins()
    answer = client.post(reverse("account_login"), {"login": NEWCOMER, "password": PASSWORD})
    assert answer["Location"] == reverse("home")
