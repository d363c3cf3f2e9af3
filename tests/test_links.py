"""Links and codes that are used, replaced, too old, cut short or made up: a page that says so, each time."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Notification
from applications import services
from applications.models import ContactConfirmation
from applications.services.contacts import token_of
from tests import factories as make
from tests.cast import Cast

PASSWORDS = {"password1": "violet anchor teapot", "password2": "violet anchor teapot"}


def heading(response: Any) -> tuple[int, str]:
    found = BeautifulSoup(response.content, "html.parser").find("h1")
    return response.status_code, " ".join(found.get_text(" ").split()) if found else ""


def confirmation(cast: Cast) -> str:
    address, _ = EmailAddress.objects.get_or_create(user=cast.owner, email="owner-new@example.com")
    return reverse("account_confirm_email", args=[EmailConfirmationHMAC(address).key])


def used_confirmation(cast: Cast) -> str:
    link = confirmation(cast)
    Client().post(link)
    return link


def old_confirmation(cast: Cast) -> str:
    with mock.patch("django.core.signing.time.time", return_value=1_700_000_000):
        return confirmation(cast)


def reset(cast: Cast) -> str:
    Client().post(reverse("account_reset_password"), {"email": cast.owner.email})
    body = Notification.objects.filter(to=cast.owner.email).latest("pk").body
    found = re.search(r"https?://[^/]+(/accounts/password/reset/key/\S+)", body)
    assert found, body
    return found[1]


def used_reset(cast: Cast) -> str:
    link, client = reset(cast), Client()
    client.post(client.get(link)["Location"], PASSWORDS)
    return link


def old_reset(cast: Cast) -> str:
    """Signing in since makes the link worthless, as time does."""
    link = reset(cast)
    cast.owner.last_login = timezone.now()
    cast.owner.save()
    return link


def invitation(cast: Cast, **values: Any) -> str:
    made = make.InvitationFactory(company=cast.alpha, invited_by=cast.owner, token="token", **values)
    return reverse("applications:invitation", args=["token"]) if made.pk else ""


def withdrawn_invitation(cast: Cast) -> str:
    link = invitation(cast)
    services.withdraw_invitation(invitation=cast.alpha.invitations.get(), reason="Wrong.", by=cast.owner)
    return link


def replaced_invitation(cast: Cast) -> str:
    link = invitation(cast)
    services.resend_invitation(invitation=cast.alpha.invitations.get(), by=cast.owner)
    return link


def used_invitation(cast: Cast) -> str:
    link = invitation(cast, email=cast.other_owner.email)
    services.accept_invitation(invitation=cast.alpha.invitations.get(), by=cast.other_owner)
    return link


def old_invitation(cast: Cast) -> str:
    past = timezone.now() - timedelta(days=20)
    return invitation(cast, invited_at=past, expires_at=past + timedelta(days=14))


def contact(cast: Cast, *, again: bool = False) -> str:
    person = cast.alpha.security_contacts.get()
    asked = services.ask_for_confirmation(contact=person, by=cast.owner)
    if again:
        services.ask_for_confirmation(contact=person, by=cast.owner)
    return reverse("applications:contact_confirm", args=[token_of(asked)])


def guessed_contact(cast: Cast) -> str:
    """By the number of the row, which anybody can count up."""
    contact(cast)
    return reverse("applications:contact_confirm", args=[ContactConfirmation.objects.latest("pk").pk])


def cut(link: Callable[[Cast], str]) -> Callable[[Cast], str]:
    return lambda cast: link(cast)[:-5] + "/"


DOES_NOT_WORK = "This link does not work"
CASES: dict[str, tuple[Callable[[Cast], str], int, str]] = {
    "confirmation, used": (used_confirmation, 410, DOES_NOT_WORK),
    "confirmation, old": (old_confirmation, 410, DOES_NOT_WORK),
    "confirmation, cut": (cut(confirmation), 410, DOES_NOT_WORK),
    "confirmation, odd": (lambda cast: "/accounts/confirm-email/é.…/", 410, DOES_NOT_WORK),
    "reset, used": (used_reset, 410, DOES_NOT_WORK),
    "reset, old": (old_reset, 410, DOES_NOT_WORK),
    "reset, cut": (cut(reset), 410, DOES_NOT_WORK),
    "invitation, used": (used_invitation, 410, "This invitation has been used"),
    "invitation, old": (old_invitation, 410, "This invitation has expired"),
    "invitation, withdrawn": (withdrawn_invitation, 410, "This invitation has been withdrawn"),
    "invitation, replaced": (replaced_invitation, 410, "There is a newer invitation"),
    "invitation, cut": (cut(invitation), 404, DOES_NOT_WORK),
    "contact, replaced": (lambda cast: contact(cast, again=True), 200, "This link has been replaced"),
    "contact, guessed": (guessed_contact, 404, DOES_NOT_WORK),
    "contact, cut": (cut(contact), 404, DOES_NOT_WORK),
    "receipt, unknown": (lambda cast: "/declarations/0000-0000-0000-0000/receipt.pdf", 404, "Page not found"),
    "member, unknown": (lambda cast: "/register/RVSS-999999/", 404, "Page not found"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_link_that_leads_nowhere_says_so(cast: Cast, case: str) -> None:
    make_link, status, words = CASES[case]
    link = make_link(cast)
    client = Client()
    if case.startswith("receipt"):
        client.force_login(cast.owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    opened = client.get(link, follow=True)
    assert heading(opened) == (status, words)
    before = AuditEvent.objects.count()
    sent = client.post(link, {**PASSWORDS, "action": "confirm"})
    assert sent.status_code in {status, 302, 404, 405, 409}, "sent from a page that was open since"
    assert AuditEvent.objects.count() == before, "nothing comes of it"


def test_clicking_twice_on_confirm_is_no_dead_end(cast: Cast) -> None:
    link = confirmation(cast)
    assert Client().post(link).status_code == 302
    assert heading(Client().post(link)) == (410, DOES_NOT_WORK)


def test_a_contact_who_clicks_again_is_thanked_again(cast: Cast) -> None:
    link = contact(cast)
    for _ in range(2):
        assert "Thank you" in heading(Client().post(link, follow=True))[1]
    assert AuditEvent.objects.filter(verb="contact.confirmed").count() == 1


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/declarations/verify/?code=", "Enter the code of the receipt"),
        ("/declarations/verify/?code=0000-0000-0000-0000", "We hold no declaration with this code"),
        ("/declarations/verify/?code=%00", "could not be read"),
        ("/register/verify/?number=", "Enter a membership number"),
        ("/register/verify/?number=RVSS-999999", "No member has the number RVSS-999999"),
        ("/register/verify/?number=1&postcode=x", "Enter a full UK postcode"),
    ],
)
def test_codes_that_belong_to_nothing(client: Client, db: None, address: str, words: str) -> None:
    assert words in client.get(address).content.decode()


@pytest.mark.parametrize("dress", [str.lower, lambda c: c.replace("-", " – "), lambda c: c.replace("-", "")])
def test_a_receipts_code_is_known_in_any_dress(client: Client, cast: Cast, dress: Any) -> None:
    declaration = cast.sent_application.declarations.get()
    typed = dress(declaration.code).translate(str.maketrans("0123456789", "０１２３４５６７８９"))  # noqa: RUF001
    answer = client.get(reverse("applications:verify_declaration"), {"code": typed})
    assert declaration.sha256 in answer.content.decode()
