"""Roles and access: what an administrator does, and what nobody can do."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, Notification, Role, User
from accounts.people import change_role, deactivate_person, reactivate_person
from accounts.transitions import TransitionRefused
from tests.cast import Cast
from tests.factories import UserFactory

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def administrator(cast: Cast, client: Client) -> Client:
    client.force_login(cast.administrator, backend=BACKEND)
    return client


def test_a_role_is_changed_recorded_and_told(cast: Cast, administrator: Client) -> None:
    answer = administrator.post(
        reverse("accounts:role", kwargs={"pk": cast.viewer.pk}),
        {"role": "panel", "reason": "Named by the panel's chair."},
    )
    assert answer["Location"] == reverse("accounts:person", kwargs={"pk": cast.viewer.pk})
    cast.viewer.refresh_from_db()
    assert cast.viewer.role == Role.PANEL
    event = AuditEvent.objects.latest("pk")
    assert (event.verb, event.by, event.reason) == (
        "user.role_changed",
        cast.administrator,
        "Named by the panel's chair.",
    )
    assert event.data == {"from": "company", "to": "panel"}
    assert Notification.objects.get(user=cast.viewer).subject == "Your role is now: Advisory Panel member"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"role": "panel", "reason": " "}, "Enter the reason"),
        ({"reason": "Because"}, "Choose the new role"),
        ({"role": "king", "reason": "Because"}, "Choose one of the roles"),
    ],
)
def test_a_change_needs_a_role_and_a_reason(
    cast: Cast, administrator: Client, data: dict[str, str], message: str
) -> None:
    answer = administrator.post(reverse("accounts:role", kwargs={"pk": cast.viewer.pk}), data)
    assert answer.status_code == 200
    assert message in answer.content.decode()
    assert data.get("reason", "").strip() in answer.content.decode()
    cast.viewer.refresh_from_db()
    assert cast.viewer.role == Role.COMPANY


def test_the_same_role_again_is_refused(cast: Cast, administrator: Client) -> None:
    address = reverse("accounts:role", kwargs={"pk": cast.viewer.pk})
    assert administrator.post(address, {"role": "company", "reason": "Again"}).status_code == 409


def test_nobody_changes_their_own_account(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        change_role(person=cast.administrator, role=Role.LEAD, reason="-", by=cast.administrator)
    with pytest.raises(PermissionDenied):
        deactivate_person(person=cast.administrator, reason="-", by=cast.administrator)
    cast.administrator.refresh_from_db()
    assert (cast.administrator.role, cast.administrator.is_active) == (Role.ADMINISTRATOR, True)


@pytest.mark.parametrize("name", ["owner", "partner", "assurer", "lead", "panel"])
def test_no_other_role_changes_one(cast: Cast, name: str) -> None:
    with pytest.raises(PermissionDenied):
        change_role(person=cast.viewer, role=Role.ADMINISTRATOR, reason="-", by=getattr(cast, name))
    assert not AuditEvent.objects.filter(verb="user.role_changed").exists()


def test_an_administrator_who_was_stopped_a_moment_ago_does_nothing(cast: Cast) -> None:
    other = UserFactory(role=Role.ADMINISTRATOR)
    deactivate_person(person=other, reason="Left.", by=cast.administrator)
    assert other.is_active  # what the request of a moment ago still holds
    with pytest.raises(PermissionDenied):
        change_role(person=cast.viewer, role=Role.LEAD, reason="-", by=other)


@pytest.mark.django_db(transaction=True)
def test_two_administrators_cannot_take_each_other_away() -> None:
    one, two = UserFactory(role=Role.ADMINISTRATOR), UserFactory(role=Role.ADMINISTRATOR)
    start = threading.Barrier(2)
    refused: list[Exception] = []

    def run(person: User, by: User) -> None:
        start.wait()
        try:
            change_role(person=person, role=Role.PANEL, reason="-", by=by)
        except (PermissionDenied, TransitionRefused) as error:
            refused.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in ((one, two), (two, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert User.objects.filter(role=Role.ADMINISTRATOR).count() == 1


def test_who_is_stopped_is_signed_out_at_once(cast: Cast, administrator: Client) -> None:
    theirs = Client()
    theirs.force_login(cast.viewer, backend=BACKEND)
    assert theirs.get(reverse("accounts:messages")).status_code == 200
    address = reverse("accounts:deactivate", kwargs={"pk": cast.viewer.pk})
    assert administrator.post(address, {"reason": "Left the company."}).status_code == 302
    assert theirs.get(reverse("accounts:messages"))["Location"].startswith(reverse("account_login"))
    assert administrator.post(address, {"reason": "Again."}).status_code == 409
    back = reverse("accounts:reactivate", kwargs={"pk": cast.viewer.pk})
    assert administrator.post(back, {"reason": "Came back."}).status_code == 302
    assert theirs.get(reverse("accounts:messages")).status_code == 200
    verbs = list(AuditEvent.objects.order_by("pk").values_list("verb", "reason"))[-2:]
    assert verbs == [("user.deactivated", "Left the company."), ("user.reactivated", "Came back.")]


def test_reactivating_who_can_sign_in_is_refused(cast: Cast) -> None:
    with pytest.raises(TransitionRefused, match="can sign in already"):
        reactivate_person(person=cast.viewer, reason="-", by=cast.administrator)


def rows_of(answer: Any) -> list[tuple[int, str]]:
    found = re.findall(r'href="/people/([0-9]+)/">([^<]+)<', answer.content.decode())
    return [(int(key), name) for key, name in found]


def older(answer: Any) -> str | None:
    found = re.search(r"before=([0-9]+)", answer.content.decode())
    return found and found[1]


def names(answer: Any) -> list[str]:
    return [name for _, name in rows_of(answer)]


def test_people_are_found_by_word_role_and_access(cast: Cast, administrator: Client) -> None:
    User.objects.filter(pk=cast.editor.pk).update(name="Gwenllïan Kettlewick", is_active=False)
    address = reverse("accounts:people")
    assert names(administrator.get(address, {"q": "kettle gwen"})) == ["Gwenllïan Kettlewick"]
    assert names(administrator.get(address, {"q": "EDITOR@example"})) == ["Gwenllïan Kettlewick"]
    assert names(administrator.get(address, {"access": "no"})) == ["Gwenllïan Kettlewick"]
    assert names(administrator.get(address, {"role": "lead"})) == ["Other lead", "Lead"]
    assert names(administrator.get(address, {"q": "nobody at all"})) == []


def test_pages_of_people_follow_each_other(cast: Cast, administrator: Client) -> None:
    UserFactory.create_batch(30)
    address = reverse("accounts:people")
    first = administrator.get(address)
    second = administrator.get(address, {"before": older(first)})
    keys = [key for page in (first, second) for key, _ in rows_of(page)]
    assert keys == sorted(User.objects.values_list("pk", flat=True), reverse=True)
    assert older(second) is None
    for odd in ("-1", "x", "9" * 19, "9" * 40, ""):
        assert administrator.get(address, {"before": odd}).status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_any_number(
    cast: Cast, administrator: Client, rows: int, django_assert_num_queries: Any
) -> None:
    UserFactory.create_batch(rows, name="Wren")
    administrator.get(reverse("accounts:people"))
    with django_assert_num_queries(2):
        answer = administrator.get(reverse("accounts:people"), {"q": "Wren"})
    assert names(answer) == ["Wren"] * rows
