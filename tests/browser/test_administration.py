"""Home pages, people, messages and the record in a browser: an administrator at work, the others at home."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from accounts.models import AuditEvent, Notification, NotificationStatus, User
from accounts.services import record_event
from tests.browser.conftest import Person
from tests.cast import Cast, build_cast
from tests.factories import UserFactory


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    made = build_cast()
    record_event(verb="application.question_asked", target=made.asked_application, by=made.assurer)
    for status in (NotificationStatus.FAILED, NotificationStatus.PENDING):
        Notification.objects.create(
            user=made.administrator,
            to=made.administrator.email,
            subject="We have the application RVSS-BCDF-GHJK",
            body="It is with DfT.\n\nNothing more to do.",
            status=status,
            last_error="SMTPServerDisconnected()" if status == NotificationStatus.FAILED else "",
        )
    return made


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_an_administrator_at_work(someone: Callable[..., Person], cast: Cast, phone: bool) -> None:
    UserFactory.create_batch(26)
    administrator = someone(phone=phone)
    administrator.sign_in("administrator@example.com")
    page = administrator.open("/people/?q=viewer")
    administrator.click("Viewer", role="link")
    administrator.click("Change role", role="link")
    page.get_by_label("Advisory Panel member").check()
    administrator.click("Change the role")
    assert "Enter the reason" in page.inner_text("main")
    assert page.get_by_label("Advisory Panel member").is_checked()
    page.get_by_label("Reason").fill("Named by the chair.")
    administrator.click("Change the role")
    expect(page.get_by_text("The role of Viewer is changed.")).to_be_visible()
    assert User.objects.get(pk=cast.viewer.pk).role == "panel"
    administrator.click("Stop access", role="link")
    page.get_by_label("Reason").fill("Left.")
    administrator.click("Stop access")
    expect(page.get_by_text("Viewer can no longer sign in.")).to_be_visible()
    administrator.open("/people/")
    page.get_by_role("link", name="Older accounts").click()
    page.wait_for_url("**before=*")
    administrator.check()
    administrator.open("/messages/failed/")
    page.get_by_role("button", name="Send again").first.click()
    expect(page.get_by_text("is being sent again")).to_be_visible()
    administrator.check()
    administrator.open("/messages/")
    page.get_by_role("link", name="We have the application").first.click()
    expect(page.get_by_text("Nothing more to do.")).to_be_visible()
    administrator.check()
    administrator.open("/record/?until_day=x")
    expect(page.get_by_text("There is a problem")).to_be_visible()
    administrator.open("/record/?verb=user+role")
    assert "Reason: Named by the chair." in page.inner_text("main")
    assert AuditEvent.objects.filter(verb="notification.retried").exists()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize(
    "name", ["owner", "newcomer", "partner", "assurer", "lead", "panel", "administrator"]
)
def test_everybody_at_home(someone: Callable[..., Person], cast: Cast, name: str) -> None:
    UserFactory(email="newcomer@example.com")
    for phone in (False, True):
        person = someone(phone=phone)
        page = person.sign_in(f"{name}@example.com")
        person.open("/")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
