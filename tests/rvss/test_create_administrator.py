"""The first administrator comes from the command line, and gets in by mail."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import AuditEvent, Notification, Role, User

pytestmark = pytest.mark.django_db
ADDRESS = "Jo.Archer@example.com"


def make() -> str:
    said = StringIO()
    call_command("create_administrator", ADDRESS, "Jo Archer", stdout=said)
    return said.getvalue()


def test_an_administrator_is_made_and_recorded() -> None:
    assert "/accounts/password/reset/" in make()
    person = User.objects.get(email=ADDRESS.lower())
    assert (person.name, person.role, person.has_usable_password()) == (
        "Jo Archer",
        Role.ADMINISTRATOR,
        False,
    )
    event = AuditEvent.objects.get()
    assert (event.verb, event.target_id, event.by) == ("user.created", str(person.pk), None)


def test_the_administrator_chooses_a_password_by_mail(client: Client) -> None:
    make()
    client.post("/accounts/password/reset/", {"email": ADDRESS})
    link = re.search(r"/accounts/password/reset/key/\S+/", Notification.objects.get().body)
    assert link is not None
    page = client.get(link[0], follow=True)
    chosen = "a long enough pass phrase"
    client.post(page.request["PATH_INFO"], {"password1": chosen, "password2": chosen})
    assert User.objects.get().check_password(chosen)


def test_an_address_that_is_taken_is_refused() -> None:
    make()
    with pytest.raises(CommandError, match="already exists"):
        make()
    assert User.objects.count() == 1


@pytest.mark.parametrize("address", ["", "jo", "jo@"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(CommandError):
        call_command("create_administrator", address, "Jo Archer")
    assert not User.objects.exists()
