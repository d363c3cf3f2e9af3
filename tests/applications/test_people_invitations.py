"""Invitations: one address, one use, 14 days."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import ProtectedError
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, Notification, Role, User
from accounts.transitions import TransitionRefused
from applications import services
from applications.models import Invitation
from applications.services.invitations import MOST_INVITATIONS_A_DAY
from applications.views.invitations import masked
from tests import factories as make
from tests.applications.test_people import level_of
from tests.applications.test_services_casework import race
from tests.applications.test_views_apply import client_of, soup
from tests.cast import Cast

ADDRESS = "mared.wynne@example.com"


def invite(cast: Cast, email: str = ADDRESS, level: str = "editor") -> Invitation:
    return services.invite_person(company=cast.alpha, email=email, level=level, by=cast.owner)


def words(response: Any) -> str:
    return " ".join(soup(response).get_text(" ").split())


def link_in_mail(to: str = ADDRESS) -> str:
    found = re.search(r"(/invitations/\S+/)", Notification.objects.filter(to=to).latest("pk").body)
    assert found
    return found[1]


@pytest.fixture
def invited(cast: Cast) -> User:
    return make.UserFactory(email=ADDRESS, name="Mared Wynne")


def test_the_token_is_in_the_mail_and_its_hash_in_the_row(cast: Cast) -> None:
    invitation = invite(cast, email=f"  {ADDRESS.upper()} ")
    mail = Notification.objects.get()
    assert (mail.to, mail.user) == (ADDRESS, None), "a key is in no list of messages"
    token = link_in_mail().split("/")[2]
    assert len(token) >= 43
    assert invitation.token_hash == hashlib.sha256(token.encode()).hexdigest()
    row = Invitation.objects.values().get()
    assert token not in str(row)
    assert timedelta(days=13, hours=23) < invitation.expires_at - timezone.now() <= timedelta(days=14)
    event = AuditEvent.objects.get()
    assert (event.verb, event.by) == ("invitation.sent", cast.owner)
    assert event.data == {"company": cast.alpha.pk, "level": "editor"}
    assert ADDRESS not in event.target_label, "the record cannot forget"


def test_invited_twice_sends_one_mail(cast: Cast) -> None:
    assert invite(cast) == invite(cast)
    assert Notification.objects.count() == 1
    replaced = invite(cast, level="viewer")
    assert replaced.level == "viewer"
    assert [row.status for row in Invitation.objects.order_by("pk")] == ["replaced", "open"]


def test_an_expired_one_is_replaced_when_invited_again(cast: Cast) -> None:
    first = invite(cast)
    expire(first)
    second = invite(cast)
    assert second != first
    assert list(cast.alpha.invitations.open()) == [second]


def test_one_that_expires_while_its_page_is_open_is_refused(cast: Cast, invited: User) -> None:
    invitation = invite(cast)
    expire(invitation)
    with pytest.raises(TransitionRefused, match="has expired"):
        services.accept_invitation(invitation=invitation, by=invited)
    assert not cast.alpha.people.filter(user=invited).exists()


def expire(invitation: Invitation) -> None:
    Invitation.objects.filter(pk=invitation.pk).update(
        invited_at=timezone.now() - timedelta(days=15), expires_at=timezone.now() - timedelta(seconds=1)
    )


def test_who_acts_already_is_not_invited(cast: Cast) -> None:
    with pytest.raises(TransitionRefused, match="acts for the company already"):
        invite(cast, email=cast.viewer.email.upper())
    assert not Invitation.objects.exists()


def test_there_is_an_end_to_a_days_invitations(cast: Cast) -> None:
    make.InvitationFactory.create_batch(MOST_INVITATIONS_A_DAY - 1, company=cast.alpha)
    make.InvitationFactory.create_batch(2, company=cast.beta)
    invite(cast)
    with pytest.raises(TransitionRefused, match="within a day"):
        invite(cast, email="one.more@example.com")


def test_accepting_once_and_again(cast: Cast, invited: User) -> None:
    invitation = invite(cast)
    person = services.accept_invitation(invitation=invitation, by=invited)
    assert (person.company, person.level) == (cast.alpha, "editor")
    assert services.accept_invitation(invitation=invitation, by=invited) == person
    invitation.refresh_from_db()
    assert (invitation.status, invitation.closed_by) == ("accepted", invited)
    assert "Mared Wynne now acts" in Notification.objects.get(user=cast.owner).subject
    assert AuditEvent.objects.filter(verb="invitation.accepted").count() == 1
    assert level_of(cast.beta, invited) is None


def test_a_level_that_was_given_meanwhile_is_kept(cast: Cast, invited: User) -> None:
    invitation = invite(cast, level="owner")
    cast.alpha.people.create(user=invited, level="viewer")
    assert services.accept_invitation(invitation=invitation, by=invited).level == "viewer"


@pytest.mark.parametrize("address", ["mared.wynne2@example.com", "ared.wynne@example.com"])
def test_another_address_cannot_use_it(cast: Cast, address: str) -> None:
    with pytest.raises(PermissionDenied, match="another email address"):
        services.accept_invitation(invitation=invite(cast), by=make.UserFactory(email=address))


def test_the_address_must_be_confirmed(cast: Cast) -> None:
    claims = make.UserFactory(email="someone@example.com")
    address = claims.emailaddress_set.create(email=ADDRESS, verified=False)
    invitation = invite(cast)
    with pytest.raises(PermissionDenied):
        services.accept_invitation(invitation=invitation, by=claims)
    address.verified = True
    address.save()
    assert services.accept_invitation(invitation=invitation, by=claims).user == claims


def test_any_case_of_the_address_is_the_same(cast: Cast) -> None:
    user = make.UserFactory(email="Mared.Wynne@Example.com")
    assert services.accept_invitation(invitation=invite(cast), by=user).user == user


@pytest.mark.parametrize("role", [role for role in Role.values if role != Role.COMPANY])
def test_an_account_of_another_role_cannot_act_for_a_company(cast: Cast, role: str) -> None:
    user = make.UserFactory(email=ADDRESS, role=role)
    with pytest.raises(PermissionDenied, match="account of a hire company"):
        services.accept_invitation(invitation=invite(cast), by=user)


def test_sent_again_the_old_link_is_dead(cast: Cast, invited: User) -> None:
    first = invite(cast)
    old = link_in_mail()
    second = services.resend_invitation(invitation=first, by=cast.owner)
    assert link_in_mail() != old
    with pytest.raises(TransitionRefused):
        services.accept_invitation(invitation=first, by=invited)
    with pytest.raises(TransitionRefused):
        services.resend_invitation(invitation=first, by=cast.owner)
    assert services.accept_invitation(invitation=second, by=invited).user == invited


def test_withdrawn_with_a_reason(cast: Cast, invited: User) -> None:
    invitation = invite(cast)
    services.withdraw_invitation(invitation=invitation, reason="Wrong address.", by=cast.owner)
    event = AuditEvent.objects.latest("pk")
    assert (event.verb, event.reason) == ("invitation.withdrawn", "Wrong address.")
    with pytest.raises(TransitionRefused):
        services.accept_invitation(invitation=invitation, by=invited)
    with pytest.raises(TransitionRefused):
        services.withdraw_invitation(invitation=invitation, reason="Again.", by=cast.owner)


@pytest.mark.django_db(transaction=True)
def test_accepted_and_withdrawn_at_once_one_wins() -> None:
    owner, user = make.UserFactory(), make.UserFactory(email=ADDRESS)
    company = make.CompanyFactory(owner=owner)
    invitation = services.invite_person(company=company, email=ADDRESS, level="viewer", by=owner)
    results = race(
        lambda: services.accept_invitation(invitation=invitation, by=user),
        lambda: services.accept_invitation(invitation=invitation, by=user),
        lambda: services.withdraw_invitation(invitation=invitation, reason="No.", by=owner),
    )
    invitation.refresh_from_db()
    acts = company.people.filter(user=user).count()
    assert (results, invitation.status, acts) in [
        (["done", "done", "refused"], "accepted", 1),
        (["done", "refused", "refused"], "withdrawn", 0),
    ]


@pytest.mark.django_db(transaction=True)
def test_invited_ten_times_at_once_is_one_invitation() -> None:
    owner = make.UserFactory()
    company = make.CompanyFactory(owner=owner)
    race(*[lambda: services.invite_person(company=company, email=ADDRESS, level="viewer", by=owner)] * 10)
    assert Invitation.objects.count() == Notification.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "Upper@example.com"},
        {"level": "king"},
        {"expires_at": timezone.now() - timedelta(days=1)},
        {"status": "accepted"},
        {"closed_at": timezone.now()},
        {"status": "withdrawn", "closed_at": timezone.now(), "reason": ""},
    ],
)
def test_the_database_refuses_what_makes_no_sense(cast: Cast, wrong: dict[str, Any]) -> None:
    if wrong.get("status") == "withdrawn":
        wrong = {**wrong, "closed_by": cast.owner}
    with pytest.raises(IntegrityError), transaction.atomic():
        make.InvitationFactory(company=cast.alpha, **wrong)


def test_the_database_refuses_a_second_open_one_and_a_step_back(cast: Cast) -> None:
    invitation = make.InvitationFactory(company=cast.alpha, email=ADDRESS)
    with pytest.raises(IntegrityError), transaction.atomic():
        make.InvitationFactory(company=cast.alpha, email=ADDRESS)
    make.InvitationFactory(company=cast.beta, email=ADDRESS)
    services.withdraw_invitation(invitation=invitation, reason="No.", by=cast.owner)
    with pytest.raises(DatabaseError), transaction.atomic():
        Invitation.objects.filter(pk=invitation.pk).update(status="open", closed_by=None, closed_at=None)
    with pytest.raises(ProtectedError):
        cast.alpha.delete()


# --- The link ---


@pytest.mark.parametrize(
    ("email", "shown"),
    [
        (ADDRESS, "m***@example.com"),
        ("a@example.com", "***@example.com"),
        ("é.b@example.com", "é***@example.com"),
    ],
)
def test_an_address_is_not_shown_whole(email: str, shown: str) -> None:
    assert masked(email) == shown


def test_a_visitor_is_led_to_an_account(cast: Cast, client: Client) -> None:
    invite(cast)
    link = link_in_mail()
    text = words(client.get(link))
    assert "You are invited to act for Alpha Vehicle Hire Ltd" in text
    assert ADDRESS not in client.get(link).content.decode()
    assert client.get(link)["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    answer = client.post(link)
    assert answer["Location"] == f"/accounts/sign-in/?next={link}"
    form = client.get(f"/accounts/sign-up/?next={link}").content.decode()
    assert f'value="{ADDRESS}"' in form
    assert ADDRESS not in client.get("/accounts/sign-up/").content.decode()
    assert ADDRESS not in Client().get(f"/accounts/sign-up/?next={link}").content.decode()


def test_the_invited_person_accepts(cast: Cast, invited: User) -> None:
    invite(cast)
    link, client = link_in_mail(), client_of(invited)
    text = words(client.get(link))
    assert "Accept the invitation" in text
    assert "Works on the application" in text
    answer = client.post(link)
    assert answer["Location"] == f"/companies/{cast.alpha.public_id}/"
    assert "You now act for Alpha Vehicle Hire Ltd" in words(client.get(answer["Location"]))
    again = client.get(link)
    assert (again.status_code, "You have accepted this invitation" in words(again)) == (200, True)
    assert client.post(link).status_code == 200
    assert level_of(cast.alpha, invited) == "editor"


def test_somebody_else_is_told_so(cast: Cast) -> None:
    invite(cast)
    link, client = link_in_mail(), client_of(cast.other_owner)
    for answer in (client.get(link), client.post(link)):
        assert answer.status_code == 403
        text = answer.content.decode()
        assert "m***@example.com" in text
        assert ADDRESS not in text
        assert cast.other_owner.email in text
        assert "Alpha" not in text
    assert level_of(cast.alpha, cast.other_owner) is None


def test_each_dead_link_says_why(cast: Cast, invited: User, client: Client) -> None:
    signed_in = client_of(invited)
    seen = {}
    for name in ("withdrawn", "replaced", "expired", "accepted"):
        invitation = invite(cast)
        link = link_in_mail()
        if name == "withdrawn":
            services.withdraw_invitation(invitation=invitation, reason="No.", by=cast.owner)
        elif name == "replaced":
            services.resend_invitation(invitation=invitation, by=cast.owner)
        elif name == "expired":
            expire(invitation)
        else:
            services.accept_invitation(invitation=invitation, by=invited)
            cast.alpha.people.filter(user=invited).delete()
        for visitor in (client, signed_in):
            answer = visitor.get(link)
            assert answer.status_code == 410
            seen[name] = re.findall(r"<h1[^>]*>([^<]+)<", answer.content.decode())[0]
        refused = signed_in.post(link)
        assert refused.status_code == 410
        assert level_of(cast.alpha, invited) is None
    assert seen == {
        "withdrawn": "This invitation has been withdrawn",
        "replaced": "There is a newer invitation",
        "expired": "This invitation has expired",
        "accepted": "This invitation has been used",
    }


@pytest.mark.parametrize("token", ["x", "a" * 3000, "%F0%9F%9A%90", "..%2f"])
def test_a_link_that_never_was(cast: Cast, token: str) -> None:
    for visitor in (Client(), client_of(cast.viewer)):
        assert visitor.get(f"/invitations/{token}/").status_code == 404


def test_a_dft_account_is_told_to_use_another(cast: Cast) -> None:
    invite(cast, email=cast.assurer.email)
    answer = client_of(cast.assurer).get(link_in_mail(cast.assurer.email))
    assert answer.status_code == 403
    assert "DfT assurer" in answer.content.decode()


def test_through_sign_up_and_confirmation_to_the_invitation(cast: Cast, client: Client) -> None:
    invite(cast)
    link = link_in_mail()
    client.post(
        "/accounts/sign-up/",
        {"name": "Mared Wynne", "email": ADDRESS, "password1": "violet anchor teapot", "next": link},
    )
    confirm = re.search(r"(/accounts/confirm-email/\S+)", Notification.objects.latest("pk").body)
    assert confirm
    other = Client()  # the mail may be read in another browser
    form = other.get(confirm[1])
    assert "sign-in" in form.content.decode()
    path, _, query = confirm[1].partition("?")
    onward = other.post(path, {"next": re.search(r'name="next" value="([^"]+)"', form.content.decode())[1]})  # type: ignore[index]
    assert query
    assert onward["Location"].startswith("/accounts/sign-in/?next=")
    signed_in = other.post(
        onward["Location"], {"login": ADDRESS, "password": "violet anchor teapot", "next": link}
    )
    assert signed_in["Location"] == link
    assert "Accept the invitation" in words(other.get(link))


@pytest.mark.parametrize(
    "onward", ["https://evil.example.net/", "//evil.example.net/", "javascript:alert(1)"]
)
def test_a_confirmation_never_leads_away(db: None, client: Client, onward: str) -> None:
    client.post(
        "/accounts/sign-up/",
        {"name": "Mared Wynne", "email": ADDRESS, "password1": "violet anchor teapot", "next": onward},
    )
    body = Notification.objects.latest("pk").body
    assert "evil" not in body
    assert "javascript" not in body
