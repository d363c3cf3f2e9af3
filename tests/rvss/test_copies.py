"""A copy of somebody's data: all about them, nothing about others, for them alone, and for seven days."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.holding import Subject
from accounts.models import AuditEvent, DataExport, ExportStatus, Notification, SavedView, User
from accounts.services import queue_notification, record_event
from accounts.transitions import TransitionRefused
from applications.models import SecurityContact
from applications.services import ask_for_confirmation
from rvss import services
from rvss.copying import collect
from rvss.personal_data import HOLDINGS
from rvss.services import exports
from rvss.tasks import make_export, sweep_exports
from tests import factories as make
from tests.cast import Cast
from tests.rvss.personal import opened, rows_of, signed_in

NAME = "Siân Llŷr-Ó’Máille <b>"


def ready_copy(person: User, client: Client) -> tuple[dict[str, Any], str]:
    export = services.ask_export(by=person)
    make_export(export.pk)
    return opened(client.get(reverse("data:copy", kwargs={"pk": export.pk})))


@pytest.fixture
def rich(cast: Cast) -> Cast:
    """The owner has something of every kind; each secret and each word about others is marked."""
    owner = cast.owner
    owner.name = NAME
    owner.save()
    queue_notification(to=owner.email, user=owner, subject="Hello", body="For you")
    queue_notification(to="OWNER@example.com", subject="Before the account", body="Also for you")
    queue_notification(to=owner.email, subject="With a key", body="https://KEY-TO-OWNER", holds_key=True)
    queue_notification(to=cast.other_owner.email, user=cast.other_owner, subject="OTHERS-MAIL", body="x")
    make.SecurityContactFactory(company=cast.beta, kind="deputy", email="Owner@example.com", name=NAME)
    SecurityContact.objects.filter(company=cast.alpha).update(
        name="OTHERS-NAME", email="others@example.com", telephone="OTHERS-TELEPHONE"
    )
    make.InvitationFactory(company=cast.beta, email="owner@example.com", invited_by=cast.other_owner)
    make.InvitationFactory(company=cast.alpha, email="others-invited@example.com", invited_by=owner)
    make.JoinRequestFactory(user=owner, company=cast.beta, message="Let me in, please")
    make.JoinRequestFactory(user=cast.viewer, company=cast.alpha, message="OTHERS-WORDS")
    make.DeclarationFactory(
        application=cast.draft_application,
        signed_by=owner,
        signatory_name=NAME,
        answers='{"contact": {"email": "others@example.com", "name": "OTHERS-NAME"}}',
    )
    record_event(verb="company.person_removed", target=cast.alpha, by=owner, reason="OTHERS-REASON",
                 data={"person": cast.viewer.pk})  # fmt: skip
    record_event(verb="application.withdrawn", target=cast.sent_application, by=owner, reason="We sold it")
    record_event(verb="user.role_changed", target=owner, by=cast.administrator, reason="About you")
    return cast


def test_a_copy_has_everything_about_the_person_and_nothing_about_others(rich: Cast) -> None:
    client = signed_in("owner@example.com")
    TOTP.activate(rich.owner, "SECRETSECRETSECRETSECRET")
    data, page = ready_copy(rich.owner, client)
    assert rows_of(data, "account")[0]["name"] == NAME
    assert rows_of(data, "sign_in")[0]["second_factor"] == "TOTP Authenticator"
    assert any("session_ends" in row for row in rows_of(data, "sign_in"))
    messages = {row["subject"]: row["text"] for row in rows_of(data, "messages")}
    assert messages["Hello"] == "For you"
    assert messages["Before the account"] == "Also for you"
    assert messages["With a key"] == "Left out: it had a link that works like a key"
    companies = [(row["company"], row["level"]) for row in rows_of(data, "companies")]
    assert companies == [
        (f"{name} Vehicle Hire Ltd", "Owner") for name in ("Alpha", "Asked", "Newco", "Sent")
    ]
    assert [row["what"] for row in rows_of(data, "invitations")] == [
        "You were invited",
        "You invited somebody",
    ]
    assert [(row["message"], row["status"]) for row in rows_of(data, "join_requests")] == [
        ("Let me in, please", "Sent")
    ]
    (contact,) = rows_of(data, "contacts")
    assert (contact["company"], contact["kind"], contact["telephone"]) == (
        "Beta Rentals Ltd", "Deputy", "01632 960123",
    )  # fmt: skip
    signed = rows_of(data, "declarations")
    assert [(row["what"], row["signed_as"]) for row in signed if row["signed_as"] == NAME] == [
        ("You signed it", NAME)
    ]
    record = {row["what"]: row for row in rows_of(data, "record")}
    assert record["Application withdrawn"]["reason"] == "We sold it"
    assert record["User role changed"]["reason"] == "About you"
    assert record["User role changed"]["done_by"] == "somebody else"
    assert "reason" not in record["Company person removed"]
    assert {row["what"] for row in rows_of(data, "plans")} >= {"Version of a plan started", "File uploaded"}
    for text in (str(data), page):
        secrets = ("KEY-TO-OWNER", "SECRETSECRET", rich.owner.password)
        for marked in (*secrets, "OTHERS", "others@", "others-invited", "editor@"):
            assert marked not in text, marked
        assert "We do what point" not in text, "a plan is the company's"
    secret = Authenticator.objects.get(user=rich.owner, type="totp").data["secret"]
    assert secret not in str(data)
    assert "Siân Llŷr-Ó’Máille &lt;b&gt;" in page
    assert "Let me in, please" in page


def test_what_a_sole_trader_says_of_the_company_is_about_them(cast: Cast) -> None:
    facts_of_own = {"name": "Bet Rhys Hire", "legal_form": "sole_trader", "postcode": "CF10 1AA"}
    own = make.CompanyFactory(owner=cast.viewer, **facts_of_own)
    make.CompanyFactory(owner=cast.viewer)
    make.CompanyFactory(legal_form="sole_trader")
    data, page = ready_copy(cast.viewer, signed_in("viewer@example.com"))
    (facts,) = rows_of(data, "company_facts")
    assert facts == {
        "name": own.name,
        "legal_form": "Sole trader",
        "address": "1 Quay Road, Ottersby, CF10 1AA",
    }
    assert "Bet Rhys Hire" in page
    assert "font-family: Arial, Liberation Sans" in page, "the stylesheet as it is, without escapes"


def test_a_partner_gets_their_tokens_and_lists_without_the_companies_in_them(cast: Cast) -> None:
    make.ApiTokenFactory(user=cast.partner, name="Our members' database")
    sent = make.EnrolmentFactory(body=cast.trade_body, sent_by=cast.partner)
    make.EnrolledCompanyFactory(enrolment=sent, body=cast.trade_body, name="OTHERS-COMPANY")
    make.EnrolledCompanyFactory(
        enrolment=sent, body=cast.trade_body, name="Their own", email="partner@example.com"
    )
    data, page = ready_copy(cast.partner, signed_in("partner@example.com"))
    (token,) = rows_of(data, "tokens")
    assert token["name"] == "Our members' database"
    assert [row.get("company") for row in rows_of(data, "enrolments")] == [None, "Their own"]
    assert "OTHERS-COMPANY" not in page


def test_an_assurer_gets_the_views_that_they_keep(cast: Cast) -> None:
    SavedView.objects.create(owner=cast.assurer, page="applications:queue", name="Mine", query="q=Rhys")
    data, _ = ready_copy(cast.assurer, signed_in("assurer@example.com"))
    assert rows_of(data, "saved_views") == [
        {"list": "applications:queue", "name": "Mine", "filters": "q=Rhys"}
    ]


def test_the_page_leaves_a_very_long_list_to_the_json(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rvss.copying.MOST_TO_READ", 2)
    for number in range(5):
        queue_notification(to=cast.owner.email, user=cast.owner, subject=f"Number {number}", body="-")
    data, page = ready_copy(cast.owner, signed_in("owner@example.com"))
    assert len(rows_of(data, "messages")) == 5
    assert "Number 1" in page
    assert "Number 2" not in page
    assert "3 more are in data.json" in page


def test_a_copy_takes_as_many_queries_for_three_companies_as_for_one(
    cast: Cast,
) -> None:
    one = make.UserFactory(email="one@example.com")
    three = make.UserFactory(email="three@example.com")
    for person, number in ((one, 1), (three, 3)):
        for _ in range(number):
            company = make.CompanyFactory(owner=person)
            make.SecurityContactFactory(company=company, email=person.email)
            make.InvitationFactory(company=company, email=person.email)
            make.DeclarationFactory(application__company=company, application__started_by=person)
            queue_notification(to=person.email, user=person, subject="-", body="-")
    counted = []
    for person in (one, three):
        with CaptureQueriesContext(connection) as queries:
            collect(Subject.of_person(person), HOLDINGS)
        counted.append(len(queries))
    assert counted[0] == counted[1]


# --- Who gets it ---


def test_it_is_asked_for_and_fetched_on_the_page(cast: Cast) -> None:
    client = signed_in("viewer@example.com")
    assert client.post(reverse("data:copy_ask"))["Location"] == reverse("data:yours")
    export = DataExport.objects.get()
    assert (export.person, export.requested_by, export.status) == (cast.viewer, cast.viewer, "pending")
    assert "Check again" in client.get(reverse("data:yours")).content.decode()
    make_export(export.pk)
    make_export(export.pk)  # a second delivery of the task changes nothing
    export.refresh_from_db()
    assert (export.status, export.attempts) == ("ready", 1)
    assert Notification.objects.get(user=cast.viewer).subject == "The copy of personal data is ready"
    address = reverse("data:copy", kwargs={"pk": export.pk})
    assert address in client.get(reverse("data:yours")).content.decode()
    answer = client.get(address)
    assert answer["Content-Disposition"].startswith('attachment; filename="rvss-personal-data-')
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    opened(answer)
    verbs = list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs[-3:] == ["copy.asked_for", "copy.made", "copy.downloaded"]


@pytest.mark.parametrize("name", ["owner", "administrator", "lead"])
def test_nobody_else_gets_it(cast: Cast, name: str) -> None:
    export = services.ask_export(by=cast.viewer)
    make_export(export.pk)
    client = signed_in(getattr(cast, name).email)
    assert client.get(reverse("data:copy", kwargs={"pk": export.pk})).status_code == 404


def test_the_password_is_asked_for_again(cast: Cast, client: Client) -> None:
    export = services.ask_export(by=cast.viewer)
    make_export(export.pk)
    client.force_login(cast.viewer, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.get(reverse("data:copy", kwargs={"pk": export.pk}))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert not AuditEvent.objects.filter(verb="copy.downloaded").exists()


def test_one_at_a_time_and_five_a_day(cast: Cast) -> None:
    first = services.ask_export(by=cast.viewer)
    assert services.ask_export(by=cast.viewer) == first
    for _ in range(4):
        make_export(DataExport.objects.latest("pk").pk)
        services.ask_export(by=cast.viewer)
    make_export(DataExport.objects.latest("pk").pk)
    with pytest.raises(TransitionRefused, match="5 copies within a day"):
        services.ask_export(by=cast.viewer)
    client = signed_in("viewer@example.com")
    assert client.post(reverse("data:copy_ask")).status_code == 409


def test_it_is_removed_after_seven_days(cast: Cast) -> None:
    export = services.ask_export(by=cast.viewer)
    make_export(export.pk)
    export.refresh_from_db()
    name = export.storage_name
    assert export.expires_at - export.finished_at == timedelta(days=7)
    assert sweep_exports() == {"restarted": 0, "removed": 0}
    assert default_storage.exists(name)
    DataExport.objects.update(expires_at=timezone.now())
    client = signed_in("viewer@example.com")
    assert client.get(reverse("data:copy", kwargs={"pk": export.pk})).status_code == 409, "over, though there"
    assert sweep_exports() == {"restarted": 0, "removed": 1}
    assert sweep_exports() == {"restarted": 0, "removed": 0}
    export.refresh_from_db()
    assert (export.status, export.storage_name) == ("removed", "")
    assert not default_storage.exists(name)
    assert client.get(reverse("data:copy", kwargs={"pk": export.pk})).status_code == 409


def test_a_crash_before_the_file_is_deleted_is_made_good(cast: Cast) -> None:
    export = services.ask_export(by=cast.viewer)
    make_export(export.pk)
    DataExport.objects.update(status=ExportStatus.REMOVED, removed_at=timezone.now())
    export.refresh_from_db()
    assert sweep_exports()["removed"] == 1
    assert not default_storage.exists(export.storage_name)
    assert sweep_exports()["removed"] == 0


# --- What goes wrong ---


def test_a_store_that_is_away_is_tried_again_and_then_said(cast: Cast, settings: Any, tmp_path: Any) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder")
    settings.STORAGES = {**settings.STORAGES, "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(in_the_way / "below")},
    }}  # fmt: skip
    export = services.ask_export(by=cast.viewer)
    for attempt in (1, 2, 3):
        make_export(export.pk)
        export.refresh_from_db()
        assert export.attempts == attempt
        assert export.last_error == "The place where files are kept could not be reached."
    assert export.status == "failed"
    text = signed_in("viewer@example.com").get(reverse("data:yours")).content.decode()
    assert "could not be reached. Ask again." in text
    assert services.ask_export(by=cast.viewer) != export


def test_a_worker_that_died_is_replaced_and_comes_too_late(cast: Cast) -> None:
    services.ask_export(by=cast.viewer)
    claimed = exports.claim_export(export_id=DataExport.objects.get().pk)
    assert exports.claim_export(export_id=claimed.pk) is None
    long_ago = timezone.now() - exports.STUCK_AFTER - timedelta(seconds=1)
    DataExport.objects.update(claimed_at=long_ago, requested_at=long_ago)
    sweep_exports()
    assert DataExport.objects.get().status == "pending"
    make_export(claimed.pk)
    with pytest.raises(exports.ClaimLost):
        exports.finish_export(export=claimed, storage_name="copies/late", sha256="0" * 64, size=1)
    assert DataExport.objects.get().storage_name != "copies/late"


# --- For who has no account ---


def test_an_administrator_makes_one_for_a_security_contact(cast: Cast) -> None:
    contact = SecurityContact.objects.get(company=cast.alpha)
    ask_for_confirmation(contact=contact, by=cast.owner)
    make.DeclarationFactory(
        application=cast.draft_application,
        company=cast.alpha,
        answers='{"contact":{"email":"contact@example.co.uk"}}',
    )
    client = signed_in("administrator@example.com")
    data = {"email": " Contact@Example.co.uk ", "reason": "Letter of 3 May; answered from that address."}
    assert client.post(reverse("data:copy_for"), data)["Location"] == reverse("data:requests")
    export = DataExport.objects.get()
    assert (export.person, export.email, export.reason) == (None, "contact@example.co.uk", data["reason"])
    event = AuditEvent.objects.latest("pk")
    assert (event.verb, event.by, event.reason) == ("copy.asked_for", cast.administrator, data["reason"])
    assert "contact@" not in f"{event.target_label} {event.data}"
    make_export(export.pk)
    assert "contact@example.co.uk" in client.get(reverse("data:requests")).content.decode()
    copied, page = opened(client.get(reverse("data:copy", kwargs={"pk": export.pk})))
    assert {row["company"] for row in rows_of(copied, "contacts") if "company" in row} >= {cast.alpha.name}
    assert len(rows_of(copied, "messages")) == 1
    assert rows_of(copied, "record") == []
    assert [row["what"] for row in rows_of(copied, "declarations")] == [
        "It names you as security contact or deputy"
    ]
    assert "Nothing is held about you." in page
    other = make.UserFactory(email="administrator2@example.com", role="administrator")
    assert signed_in(other.email).get(reverse("data:copy", kwargs={"pk": export.pk})).status_code == 404


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"email": "", "reason": "Letter"}, "Enter the email address"),
        (
            {"email": "nobody", "reason": "Letter"},
            "Enter an email address in the right form, like name@example.com",
        ),
        ({"email": "x@example.com", "reason": " "}, "Enter the reason"),
        ({"email": "VIEWER@example.com", "reason": "Letter"}, "Whoever has this address has an account"),
    ],
)
def test_a_request_for_another_needs_an_address_and_a_reason(
    cast: Cast, data: dict[str, str], message: str
) -> None:
    answer = signed_in("administrator@example.com").post(reverse("data:copy_for"), data)
    assert message in answer.content.decode()
    assert data["email"] in answer.content.decode()
    assert not DataExport.objects.exists()


def test_who_cannot_sign_in_gets_one_from_an_administrator(cast: Cast) -> None:
    cast.viewer.is_active = False
    cast.viewer.save()
    export = services.ask_export_for(
        email="viewer@example.com", reason="Asked by post", by=cast.administrator
    )
    assert (export.person, export.requested_by) == (cast.viewer, cast.administrator)
    make_export(export.pk)
    data, _ = opened(
        signed_in("administrator@example.com").get(reverse("data:copy", kwargs={"pk": export.pk}))
    )
    assert rows_of(data, "account")[0]["name"] == "Viewer"


@pytest.mark.parametrize("rows", [1, 3])
def test_the_administrators_list_costs_the_same(
    cast: Cast, rows: int, django_assert_num_queries: Any
) -> None:
    for number in range(rows):
        person = make.UserFactory(is_active=False)
        services.ask_export_for(email=person.email, reason="Asked", by=cast.administrator)
        services.ask_erasure(person=person, reason="Left", by=cast.administrator)
        services.ask_export_for(email=f"{number}@example.net", reason="Asked", by=cast.administrator)
    client = signed_in("administrator@example.com")
    client.get(reverse("data:requests"))
    with django_assert_num_queries(3):
        assert client.get(reverse("data:requests")).content.decode().count("Cancel<") == rows


# --- What the database refuses ---


@pytest.mark.parametrize(
    "wrong",
    [
        {"person": None, "email": ""},
        {"email": "both@example.com"},
        {"status": "ready"},
        {"status": "removed"},
        {"removed_at": timezone.now()},
        {"person": None, "email": "x@example.com", "reason": ""},
        {"requested_by": "administrator", "reason": ""},
    ],
)
def test_rows_that_make_no_sense(cast: Cast, wrong: dict[str, Any]) -> None:
    fields: dict[str, Any] = {"person": cast.viewer, "requested_by": cast.viewer, **wrong}
    if fields["requested_by"] == "administrator":
        fields["requested_by"] = cast.administrator
    with pytest.raises(IntegrityError), transaction.atomic():
        DataExport.objects.create(**fields)


@pytest.mark.django_db(transaction=True)
def test_a_double_click_makes_one_copy() -> None:
    person = make.UserFactory()
    made: list[int] = []
    start = threading.Barrier(8)

    def ask() -> None:
        start.wait()
        try:
            made.append(services.ask_export(by=person).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len(set(made)) == 1
    assert DataExport.objects.count() == 1


def test_an_old_file_is_not_served_when_the_store_has_lost_it(cast: Cast) -> None:
    export = services.ask_export(by=cast.viewer)
    make_export(export.pk)
    export.refresh_from_db()
    default_storage.delete(export.storage_name)
    client = signed_in("viewer@example.com")
    assert client.get(reverse("data:copy", kwargs={"pk": export.pk})).status_code == 404
    default_storage.save(export.storage_name, ContentFile(b"PK"))
