"""A name survives everywhere: forms, search, mail, CSV, API, register, receipt and certificate."""

from __future__ import annotations

import email
import importlib
import unicodedata
from email.policy import default
from io import BytesIO
from typing import Any

import pikepdf
import pytest
from bs4 import BeautifulSoup
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from accounts.models import Notification, Role
from accounts.tasks import send_notification
from applications import services
from applications.models import Application, Membership
from tests import factories as make
from tests.accounts.mail_server import running_mail_server
from tests.applications.test_views_apply import ANSWERS, SIGNATURE, client_of, page, section

pytestmark = pytest.mark.django_db

# The name, and words by which somebody with another keyboard looks for it.
NAMES = [
    ("Tŷ Ŵyn âêîôû Siân Cyf", "ty wyn aeiou"),
    ("Wypożyczalnia Łódź Gęślą-Jaźń", "lodz gesla"),
    ("Nguyễn Thị Ánh Tuyết", "nguyen tuyet"),
    ("شركة تأجير السيارات", "شركة"),
    ("汽車租賃有限公司", "汽車"),
    ("O’Dálaigh & Ó Súilleabháin", "O'Dalaigh Suilleabhain"),
    ("Ó", "o"),
    ("Cholmondeley-Featherstonehaugh-" * 4 + "Llanfairpwllgwyngyll", "featherstonehaugh"),
    ("किराया 🚐 Vans", "vans"),
]


def joins(name: str) -> Membership:
    """Applies through the pages with the name in every box, typed with combining marks; DfT accepts."""
    typed = unicodedata.normalize("NFD", name)
    person = {"name": typed, "job_title": typed[:100]}
    answers: dict[str, dict[str, Any]] = {
        **ANSWERS,
        "company": ANSWERS["company"] | {"name": typed, "address_line_1": typed[:100], "town": typed[:40]},
        "contact": ANSWERS["contact"] | person,
        "deputy": {"has_deputy": "no", "reason": typed},
    }
    owner = make.UserFactory(name=name)
    application = services.start_application(company_name="Draft", by=owner)
    client = client_of(owner)
    for key, data in answers.items():
        assert client.post(section(application, key), data).status_code == 302, key
    client.post(page("applications:trading_names", application), {"name": typed})
    client.post(page("applications:sites", application), {"name": typed[:100], "postcode": "ze1 0aa"})
    signing = page("declaration", application)
    digest = BeautifulSoup(client.get(signing).content, "html.parser").find(attrs={"name": "text_sha256"})
    signature = SIGNATURE | {"signatory_name": typed, "text_sha256": digest["value"]}  # type: ignore[index]
    assert client.post(signing, signature).status_code == 302
    assurer = make.UserFactory(role=Role.ASSURER)
    return services.accept_application(
        application=Application.objects.get(pk=application.pk), reason="", by=assurer
    )


def words_of(document: bytes) -> str:
    text = " ".join(sheet.extract_text() for sheet in PdfReader(BytesIO(document)).pages)
    return unicodedata.normalize("NFC", "".join(text.split()))


def refuse_boxes(document: bytes) -> None:
    """Glyph 0 is the box that a font shows for a letter that it does not have."""
    with pikepdf.open(BytesIO(document)) as pdf:
        for sheet in pdf.pages:
            fonts = {str(font.BaseFont) for font in sheet.resources.Font.values()}
            for operands, operator in pikepdf.parse_content_stream(sheet):
                if str(operator) in {"Tj", "TJ"}:
                    parts = operands[0] if isinstance(operands[0], pikepdf.Array) else [operands[0]]
                    codes = b"".join(bytes(p) for p in parts if isinstance(p, pikepdf.String))
                    glyphs = [codes[place : place + 2] for place in range(0, len(codes), 2)]
                    assert b"\x00\x00" not in glyphs, f"no font of {fonts} has the letter"


@pytest.mark.parametrize(("name", "look_for"), NAMES)
def test_a_name_survives_everywhere(name: str, look_for: str, settings: Any) -> None:
    make.EditionFactory()
    membership = joins(name)
    company, application = membership.company, membership.application
    declaration = application.declarations.get()
    assert company.name == company.trading_names.get().name == declaration.signatory_name == name
    assert company.security_contacts.get().name == name

    dft, public = client_of(make.UserFactory(role=Role.ASSURER)), Client()
    escaped = name.replace("&", "&amp;")
    owner = client_of(application.started_by)
    for client, address in (
        (owner, reverse("applications:company", args=[company.public_id])),
        (owner, page("applications:facts", application)),
        (owner, reverse("applications:contacts", args=[company.public_id])),
        (dft, page("applications:application", application)),
        (public, reverse("applications:member", args=[membership.number])),
        (public, f"{reverse('applications:verify_member')}?number={membership.number}"),
        (public, f"{reverse('applications:verify_declaration')}?code={declaration.code}"),
    ):
        assert escaped in client.get(address).content.decode(), address

    for words in (unicodedata.normalize("NFD", name), name.upper(), look_for):
        for client, address, also in (
            (dft, "applications:queue", {"status": "every"}),
            (dft, "applications:memberships", {}),
            (public, "applications:register", {}),
            (public, "applications:register_csv", {}),
            (public, "applications:register_api", {}),
        ):
            answer = client.get(reverse(address), {"q": words, **also})
            content = b"".join(answer) if answer.streaming else answer.content  # type: ignore[arg-type]
            assert name in content.decode().replace("&amp;", "&"), f"{address} by {words!r}"

    for address in (
        reverse("applications:receipt", args=[declaration.code]),
        reverse("applications:certificate", args=[membership.number]),
    ):
        document = owner.get(address).content
        assert "".join(name.split()) in words_of(document)
        refuse_boxes(document)

    with running_mail_server() as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", server.port, False
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        message = Notification.objects.filter(subject__contains=membership.number).latest("pk")
        send_notification(message.pk)
    sent = email.message_from_bytes(server.taken[0], policy=default)
    assert sent["Subject"].strip() == message.subject
    assert name in message.subject
    assert name in sent.get_content()


def test_names_from_before_are_found_without_their_strokes(db: None) -> None:
    company = make.CompanyFactory(name="Łódź", search_terms="łódź łodz 12345678 ze10aa")
    migration = importlib.import_module("applications.migrations.0018_search_words_without_strokes")
    with connection.schema_editor() as editor:
        migration.add_plain_words(apps, editor)
        migration.add_plain_words(apps, editor)
    company.refresh_from_db()
    assert company.search_terms.split() == ["łódź", "lodz", "łodz", "12345678", "ze10aa"]
