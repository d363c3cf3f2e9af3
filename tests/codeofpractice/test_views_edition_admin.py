"""An administrator loads a draft, sees it as it will look, and publishes it on a day and for a reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEvent, User
from accounts.transitions import TransitionRefused
from codeofpractice import services
from codeofpractice.models import Edition
from tests import factories as make
from tests.codeofpractice import made_up
from tests.codeofpractice.test_moving_on import old, platform, run, submitted

__all__ = ["old"]
MANAGE = "/manage-editions/"
PREVIEW = f"{MANAGE}made-up-platforms/"
PUBLISH = f"{PREVIEW}publish/"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def administrator(db: None) -> User:
    return make.UserFactory(role="administrator")


@pytest.fixture
def client(administrator: User) -> Client:
    client = Client()
    client.force_login(administrator, backend=BACKEND)
    return client


def send(client: Client, content: bytes) -> HttpResponse:
    return client.post(MANAGE, {"file": SimpleUploadedFile("edition.yaml", content)})


def words(response: HttpResponse) -> str:
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split())


def publication(edition: Edition, **changes: Any) -> dict[str, Any]:
    day = timezone.localdate() + timedelta(days=changes.pop("in_days", 0))
    return {
        "on_day": day.day,
        "on_month": day.month,
        "on_year": day.year,
        "reason": "Agreed by the minister, y Gweinidog.",
        "is_final": "on",
        "digest": edition.source_sha256,
    } | changes


def test_a_file_is_loaded_as_a_draft_though_it_has_a_date(old: Edition, client: Client) -> None:
    response = send(client, made_up.FILE.read_bytes())
    assert response["Location"] == PREVIEW
    edition = Edition.objects.get(code="made-up-platforms")
    assert (edition.status, edition.published_on.isoformat()) == ("draft", "2026-03-02")
    event = AuditEvent.objects.filter(verb="edition.loaded").latest("pk")
    assert (event.target_id, event.by.role) == (str(edition.pk), "administrator")
    assert client.get("/editions/made-up-platforms/").status_code == 404
    assert "made-up" not in client.get("/editions/").content.decode()


def test_the_preview_shows_text_rules_and_what_is_new(old: Edition, client: Client) -> None:
    send(client, made_up.FILE.read_bytes())
    page = words(client.get(PREVIEW))
    assert "This is a draft. Only administrators see it." in page
    assert "Only for companies that run a peer-to-peer platform." in page
    assert (
        "Only for companies that either have 50 vehicles or more or hire out goods vehicles over 3.5 tonnes"
        in page
    )
    assert (
        "What is new against the Code of Practice, 2018 edition Points that ask the same as before: 2."
        in page
    )
    assert "11. A person who can be reached Asks more It was: 1. Recognised security contact" in page
    assert "25. Owners of vehicles New" in page
    assert "4. Staff training Gone A platform has no counter staff." in page


def test_the_faults_are_said_key_by_key_and_nothing_is_kept(old: Edition, client: Client) -> None:
    points = made_up.content()["points"]
    points[0]["applies_when"] = {"hires_any_of": ["submarine"]}
    points[1]["number"] = 0
    response = send(client, made_up.source(points=points))
    page = words(response)
    assert response.status_code == 200
    assert "Error: The file is not an edition" in page
    assert "points.0.applies_when.hires_any_of.0: 'submarine' is not one of" in page
    assert "points.1.number: 0 is less than the minimum of 1" in page
    assert Edition.objects.count() == 1


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"a: [", b"%PDF-1.7", b"x" * (1024 * 1024 + 1)])
def test_what_is_no_edition_gets_a_sentence(old: Edition, client: Client, content: bytes) -> None:
    response = send(client, content)
    assert response.status_code == 200
    assert "There is a problem" in words(response)
    assert Edition.objects.count() == 1


def test_a_published_edition_cannot_be_loaded_over(old: Edition, client: Client) -> None:
    made_up.load_made_up()
    page = words(send(client, made_up.source(title="Another")))
    assert "is published and cannot change" in page


def test_publishing_takes_a_day_a_reason_and_a_confirmation(old: Edition, client: Client) -> None:
    send(client, made_up.FILE.read_bytes())
    edition = Edition.objects.get(code="made-up-platforms")
    faults = {
        "The day must be today or later": publication(edition, in_days=-1),
        "Enter the reason": publication(edition, reason=" "),
        "Confirm that you have read the preview": publication(edition, is_final=""),
    }
    for fault, data in faults.items():
        assert fault in words(client.post(PUBLISH, data))
    page = client.post(PUBLISH, publication(edition, is_final="")).content.decode()
    assert "y Gweinidog" in page
    edition.refresh_from_db()
    assert edition.status == "draft"
    assert client.post(PUBLISH, publication(edition)).status_code == 302
    edition.refresh_from_db()
    assert (edition.status, edition.published_on) == ("published", timezone.localdate())
    event = AuditEvent.objects.get(verb="edition.published")
    assert event.reason == "Agreed by the minister, y Gweinidog."
    assert "What is new against" in words(Client().get("/editions/made-up-platforms/"))
    assert client.post(PUBLISH, publication(edition)).status_code == 409
    assert client.get(PUBLISH).status_code == 409


def test_a_later_day_keeps_it_from_the_public_until_then(old: Edition, client: Client) -> None:
    send(client, made_up.FILE.read_bytes())
    edition = Edition.objects.get(code="made-up-platforms")
    client.post(PUBLISH, publication(edition, in_days=1))
    assert Client().get("/editions/made-up-platforms/").status_code == 404
    assert "Published, for" in words(client.get(PREVIEW))


def test_nobody_publishes_what_the_page_did_not_show(
    old: Edition, administrator: User, client: Client
) -> None:
    send(client, made_up.FILE.read_bytes())
    edition = Edition.objects.get(code="made-up-platforms")
    seen = publication(edition)
    send(client, made_up.source(title="Changed meanwhile"))
    assert client.post(PUBLISH, seen).status_code == 409
    edition.refresh_from_db()
    assert edition.status == "draft"
    day = timezone.localdate() - timedelta(days=1)
    with pytest.raises(TransitionRefused, match="not in the past"):
        services.publish_edition(
            edition=edition, on=day, reason="-", digest=edition.source_sha256, by=administrator
        )


def test_the_services_refuse_whoever_is_no_administrator(old: Edition) -> None:
    lead = make.UserFactory(role="lead")
    with pytest.raises(PermissionDenied):
        services.load_edition(source=made_up.FILE.read_bytes(), by=lead)
    draft = made_up.load_made_up(published_on=None)
    with pytest.raises(PermissionDenied):
        services.publish_edition(
            edition=draft, on=timezone.localdate(), reason="-", digest=draft.source_sha256, by=lead
        )


def test_the_progress_of_moving_on_is_shown(old: Edition, client: Client) -> None:
    submitted(platform())
    made_up.load_made_up()
    run()
    page = words(client.get(PREVIEW))
    assert "All members have been seen to. Waiting 0 Moved on 1 Nothing to move 0 Failed 0" in page
    assert "Try again where it failed" not in page
    assert client.post(f"{PREVIEW}retry/").status_code == 302


def test_the_list_costs_the_same_for_one_edition_and_for_three(old: Edition, client: Client) -> None:
    client.get(MANAGE)
    with CaptureQueriesContext(connection) as one:
        client.get(MANAGE)
    for code in ("second", "third"):
        make.EditionFactory(code=code, title=f"{code} edition", status="draft")
    with CaptureQueriesContext(connection) as three:
        assert "third edition" in words(client.get(MANAGE))
    assert len(one) == len(three)
