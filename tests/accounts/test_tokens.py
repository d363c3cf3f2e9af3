"""API tokens: made once, warned about, revoked for good; and gone with the role or the account."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, InternalError, connection, transaction
from django.utils import timezone

from accounts import tokens
from accounts.models import ApiToken, AuditEvent, Notification, Role, User
from accounts.people import change_role, deactivate_person
from accounts.tasks import keep_tokens
from accounts.transitions import TransitionRefused
from tests.factories import ApiTokenFactory, UserFactory, secret_of

pytestmark = pytest.mark.django_db


def make(by: User, **changes: Any) -> tuple[ApiToken, str]:
    fields: dict[str, Any] = {
        "name": "Nightly upload, Llŷn office",
        "scopes": ["enrolments:read"],
        "days": 90,
        "request_key": uuid.uuid4(),
    }
    return tokens.create_token(by=by, **(fields | changes))


@pytest.fixture
def partner() -> User:
    return UserFactory(role=Role.PARTNER, email="partner@example.com", name="Partner")


@pytest.fixture
def administrator() -> User:
    return UserFactory(role=Role.ADMINISTRATOR)


def test_a_token_is_made_recorded_and_told(partner: User) -> None:
    token, secret = make(partner)
    assert tokens.SECRET.fullmatch(secret)
    assert tokens.find_token(secret) == token
    assert token.prefix == secret[:13]
    assert secret not in str(ApiToken.objects.filter(pk=token.pk).values())
    event = AuditEvent.objects.latest("pk")
    assert (event.verb, event.by) == ("api_token.created", partner)
    assert event.data == {"scopes": ["enrolments:read"], "expires_at": token.expires_at.isoformat()}
    told = Notification.objects.get(user=partner)
    assert told.subject == "A new API token for your account"
    assert "See enrolments" in told.body
    assert secret[13:] not in told.body + str(event.data) + event.target_label


def test_sent_twice_it_makes_one(partner: User) -> None:
    key = uuid.uuid4()
    make(partner, request_key=key)
    with pytest.raises(TransitionRefused, match="made already"):
        make(partner, request_key=key)
    assert ApiToken.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one() -> None:
    partner = UserFactory(role=Role.PARTNER)
    key, refused = uuid.uuid4(), []
    barrier = threading.Barrier(4)

    def run() -> None:
        barrier.wait()
        try:
            make(partner, request_key=key)
        except TransitionRefused as error:
            refused.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (ApiToken.objects.count(), len(refused)) == (1, 3)


def test_not_more_than_twenty_that_work(partner: User) -> None:
    ApiTokenFactory.create_batch(20, user=partner)
    with pytest.raises(TransitionRefused, match="20 tokens"):
        make(partner)
    tokens.revoke_token(token=partner.api_tokens.first(), reason="Not used", by=partner)
    make(partner)


@pytest.mark.parametrize("role", [role for role in Role if role != Role.PARTNER])
def test_other_roles_have_none(role: Role) -> None:
    with pytest.raises(PermissionDenied):
        make(UserFactory(role=role))


def test_scopes_are_those_of_the_role(partner: User) -> None:
    with pytest.raises(PermissionDenied):
        make(partner, scopes=["enrolments:read", "plans:read"])


def test_a_revoked_token_stays_revoked(partner: User) -> None:
    token = ApiTokenFactory(user=partner)
    tokens.revoke_token(token=token, reason="The laptop is lost.", by=partner)
    token.refresh_from_db()
    assert (token.revoked_by, token.revoke_reason) == (partner, "The laptop is lost.")
    assert tokens.why_refused(token, timezone.now()) == "This token was revoked."
    event = AuditEvent.objects.latest("pk")
    assert (event.verb, event.reason) == ("api_token.revoked", "The laptop is lost.")
    told = Notification.objects.get(user=partner)
    assert told.subject == "An API token of yours was revoked"
    assert told.body.startswith("You have revoked")
    with pytest.raises(TransitionRefused):
        tokens.revoke_token(token=token, reason="Again", by=partner)
    with pytest.raises(InternalError), transaction.atomic():
        ApiToken.objects.filter(pk=token.pk).update(revoked_at=None, revoked_by=None, revoke_reason="")


def test_an_administrator_revokes_and_others_cannot(partner: User, administrator: User) -> None:
    token = ApiTokenFactory(user=partner)
    with pytest.raises(PermissionDenied):
        tokens.revoke_token(token=token, reason="-", by=UserFactory(role=Role.PARTNER))
    tokens.revoke_token(token=token, reason="It was found in a public place.", by=administrator)
    assert Notification.objects.get(user=partner).body.startswith("An administrator has revoked")


def test_the_tokens_go_with_the_role(partner: User, administrator: User) -> None:
    works, expired = ApiTokenFactory(user=partner), ApiTokenFactory(user=partner, long_ago=True)
    other = ApiTokenFactory()
    change_role(person=partner, role=Role.PANEL, reason="Joined the panel.", by=administrator)
    for token in (works, expired, other):
        token.refresh_from_db()
    assert works.revoke_reason == "The role of its owner has changed. Joined the panel."
    assert (expired.revoked_at, other.revoked_at) == (None, None)
    assert AuditEvent.objects.latest("pk").verb == "user.role_changed"


def test_the_tokens_go_with_the_account(partner: User, administrator: User) -> None:
    token = ApiTokenFactory(user=partner)
    deactivate_person(person=partner, reason="Left.", by=administrator)
    token.refresh_from_db()
    assert token.revoke_reason == "The account of its owner was stopped. Left."


def test_an_account_stopped_behind_the_services_kills_it_too(partner: User) -> None:
    token = ApiTokenFactory(user=partner)
    User.objects.filter(pk=partner.pk).update(is_active=False)
    found = ApiToken.objects.select_related("user").get(pk=token.pk)
    assert tokens.why_refused(found, timezone.now()) == "The account of this token's owner has been stopped."


def test_a_role_changed_behind_the_services_kills_it_too(partner: User) -> None:
    token = ApiTokenFactory(user=partner)
    User.objects.filter(pk=partner.pk).update(role=Role.COMPANY)
    found = ApiToken.objects.select_related("user").get(pk=token.pk)
    assert tokens.why_refused(found, timezone.now()) != ""
    assert tokens.allowed_scopes(found) == set()


def test_owners_are_warned_once_two_weeks_before(partner: User) -> None:
    now = timezone.now()
    for name, days in (("soon", 13), ("later", 15), ("gone", -1)):
        made = now - timedelta(days=40)
        ApiTokenFactory(user=partner, name=name, created_at=made, expires_at=now + timedelta(days=days))
    stopped = UserFactory(role=Role.PARTNER, is_active=False)
    ApiTokenFactory(user=stopped, expires_at=now + timedelta(days=3))
    assert keep_tokens() == {"warned": 1, "forgotten": 0}
    assert keep_tokens() == {"warned": 0, "forgotten": 0}
    told = Notification.objects.get()
    day = timezone.localtime(now + timedelta(days=13))
    assert told.subject == f"An API token of yours expires on {day.day} {day:%B %Y}"
    assert "“soon”" in told.body


def test_use_is_written_once_a_day(partner: User, django_assert_num_queries: Any) -> None:
    token = ApiTokenFactory(user=partner)
    with django_assert_num_queries(1):
        tokens.note_use(token)
    with django_assert_num_queries(0):
        tokens.note_use(token)
    token.refresh_from_db()
    assert token.last_used_on == timezone.localdate()
    with django_assert_num_queries(0):
        tokens.note_use(token)


def test_a_secret_of_the_wrong_form_asks_the_database_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        for secret in ("", "rvss_short", secret_of(1) + "x", "x" * 5000, "rvss_" + "ŷ" * 43):
            assert tokens.find_token(secret) is None


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("api_token_revoked_by_at_and_why", {"revoked_at": timezone.now()}),
        ("api_token_revoked_by_at_and_why", {"revoke_reason": "Lost"}),
        ("api_token_has_scopes", {"scopes": []}),
        ("api_token_expires_within_12_months", {"expires_at": timezone.now() + timedelta(days=370)}),
        ("api_token_expires_within_12_months", {"expires_at": timezone.now() - timedelta(days=2)}),
        ("api_token_secret_is_hashed", {"digest": secret_of(7)}),
    ],
)
def test_the_database_refuses(name: str, changes: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        ApiTokenFactory(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"scopes": ["everything"]},
        {"expires_at": timezone.now() + timedelta(days=100)},
        {"digest": "0" * 64},
    ],
)
def test_what_a_token_is_for_does_not_change(changes: dict[str, Any]) -> None:
    token = ApiTokenFactory()
    with pytest.raises(InternalError), transaction.atomic():
        ApiToken.objects.filter(pk=token.pk).update(**changes)
