"""Nothing of a plan is opened before its reader has declared in this case; a conflict ends all access."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Notification, User
from accounts.transitions import TransitionRefused
from assurance import services
from assurance.bars import bars_between
from assurance.models import BarKind, BarOverride, ConflictDeclaration, PlanCheck
from tests import factories as make
from tests.cast import Cast
from tests.signing_in import client_for

SOON = timezone.localdate() + timedelta(days=30)


@pytest.fixture
def fresh(cast: Cast) -> Cast:
    """The open check is with the other assurer, and nobody but the leads of the cast has declared in it."""
    services.allocate_check(check=cast.open_check, to=cast.other_assurer, reason="Leave.", by=cast.lead)
    cast.open_check.refresh_from_db()
    return cast


def pages(cast: Cast) -> dict[str, str]:
    check = {"pk": cast.open_check.pk}
    named = {
        "plan": check,
        "plan_pdf": check,
        "plan_json": check,
        "point": check | {"point": 3},
        "request_add": check | {"point": 3},
        "note_add": check,
        "file": check | {"file": cast.stored_file().pk},
        "recommend": check,
    }
    return {name: reverse(f"assurance:{name}", kwargs=kwargs) for name, kwargs in named.items()}


def test_every_page_of_the_plan_asks_first_and_then_goes_on(fresh: Cast) -> None:
    client = client_for(fresh.other_assurer)
    declare = reverse("assurance:declare", kwargs={"pk": fresh.open_check.pk})
    for name, address in pages(fresh).items():
        answer = client.get(address)
        assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, declare), name
    form = client.get(f"{pages(fresh)['plan']}?q=branch", follow=True).content.decode()
    assert 'value="/checks/' in form
    onward = f"{pages(fresh)['plan']}?q=branch"
    answer = client.post(declare, {"conflict": "no", "details": "", "next": onward})
    assert answer.headers["Location"] == onward
    for name, address in pages(fresh).items():
        assert client.get(address).status_code == 200, name
    assert AuditEvent.objects.filter(verb="check.no_conflict_declared", by=fresh.other_assurer).count() == 1


def test_a_form_that_was_sent_is_not_taken_before(fresh: Cast) -> None:
    client = client_for(fresh.other_assurer)
    answer = client.post(pages(fresh)["point"], {"result": "met", "note": "Seen."})
    assert answer.headers["Location"] == reverse("assurance:declare", kwargs={"pk": fresh.open_check.pk})
    assert not fresh.open_check.findings.exists()
    ConflictDeclaration.objects.all()
    take = reverse("assurance:take_plan", kwargs={"pk": fresh.open_check.pk})
    assert client.post(take).status_code == 302


def test_a_lead_declares_before_reading_or_deciding(cast: Cast) -> None:
    lead = make.UserFactory(role="lead")
    client, check = client_for(lead), cast.recommended_check
    shown = client.get(reverse("assurance:check", kwargs={"pk": check.pk})).content.decode()
    assert "You have not declared yet" in shown
    assert "The evidence is sound." not in shown
    for name in ("plan", "decide", "send_back"):
        answer = client.get(reverse(f"assurance:{name}", kwargs={"pk": check.pk}))
        assert "/declare/" in answer.headers["Location"]
    with pytest.raises(PermissionDenied):
        services.decide_check(check=check, outcome="met", reason="So.", by=lead)
    with pytest.raises(PermissionDenied):
        services.send_back(check=check, reason="So.", by=lead)
    services.declare_conflict(check=check, has_conflict=False, by=lead)
    shown = client.get(reverse("assurance:check", kwargs={"pk": check.pk})).content.decode()
    assert "The evidence is sound." in shown
    services.decide_check(check=check, outcome="met", reason="So.", by=lead)


def test_actions_are_of_the_plan_too(cast: Cast) -> None:
    lead = make.UserFactory(role="lead")
    for name in ("action", "action_close", "action_retest"):
        answer = client_for(lead).get(reverse(f"assurance:{name}", kwargs={"pk": cast.action.pk}))
        assert "/declare/" in answer.headers["Location"]
    with pytest.raises(PermissionDenied):
        services.close_action(action=cast.action, code="not_needed", reason="Seen.", by=lead)
    company = reverse("assurance:action", kwargs={"pk": cast.action.pk})
    assert client_for(cast.owner).get(company).status_code == 200


def test_the_services_refuse_as_well(fresh: Cast) -> None:
    check, by = fresh.open_check, fresh.other_assurer
    point = fresh.edition.points.get(number=1)
    attempts: list[Callable[[], object]] = [
        lambda: services.record_finding(check=check, point=point, result="met", note="x", by=by),
        lambda: services.recommend_outcome(check=check, outcome="met", reason="x", by=by),
        lambda: services.set_action(
            check=check, point=point, description="x", owner_role="Manager", target_on=SOON, by=by
        ),
        lambda: services.ask_company(check=check, point=point, question="x", by=by),
        lambda: services.take_plan(check=check, by=by),
        lambda: services.add_note(check=check, kind="call", happened_on=SOON, text="x", by=by),
        lambda: services.record_reading(check=check, how="page", by=by),
    ]
    for attempt in attempts:
        with pytest.raises(PermissionDenied):
            attempt()


def test_bad_input_is_explained_and_kept(fresh: Cast) -> None:
    client = client_for(fresh.other_assurer)
    declare = reverse("assurance:declare", kwargs={"pk": fresh.open_check.pk})
    page = client.post(declare, {"details": "My sister", "next": "/checks/"}).content.decode()
    assert "Say whether you have a conflict of interest" in page
    assert "My sister" in page
    assert 'name="next" value="/checks/"' in page
    page = client.post(declare, {"conflict": "yes", "details": " "}).content.decode()
    assert "Say what the conflict of interest is" in page
    assert not ConflictDeclaration.objects.filter(user=fresh.other_assurer).exists()
    with pytest.raises(TransitionRefused):
        services.declare_conflict(
            check=fresh.open_check, has_conflict=True, details=" ", by=fresh.other_assurer
        )


@pytest.mark.parametrize("onward", ["https://example.org/", "//example.org/", "/\\example.org", "about:x"])
def test_nobody_is_led_out_of_the_service(fresh: Cast, onward: str) -> None:
    declare = reverse("assurance:declare", kwargs={"pk": fresh.open_check.pk})
    answer = client_for(fresh.other_assurer).post(declare, {"conflict": "no", "next": onward})
    assert answer.headers["Location"] == reverse("assurance:check", kwargs={"pk": fresh.open_check.pk})


# --- A conflict ---


def declare(cast: Cast, by: User, check: PlanCheck | None = None) -> None:
    services.declare_conflict(
        check=check or cast.open_check, has_conflict=True, details="My sister works there.", by=by
    )


def test_a_conflict_takes_the_checks_off_at_once_and_tells_the_leads(fresh: Cast) -> None:
    client = client_for(fresh.assurer)  # who has the recommended check and the decided one
    place = reverse("assurance:declare", kwargs={"pk": fresh.recommended_check.pk})
    answer = client.post(place, {"conflict": "yes", "details": "My sister works there."}, follow=True)
    assert "you no longer see this check" in answer.content.decode()
    fresh.recommended_check.refresh_from_db()
    assert fresh.recommended_check.assurer is None
    for name in ("check", "plan", "plan_pdf", "plan_json", "declare"):
        address = reverse(f"assurance:{name}", kwargs={"pk": fresh.recommended_check.pk})
        assert client.get(address).status_code == 404
    again = client.post(place, {"conflict": "yes", "details": "My sister works there."})
    assert again.status_code == 409
    assert "You have declared a conflict of interest in this case." in again.content.decode()
    told = Notification.objects.filter(subject__contains="a conflict of interest")
    assert [message.to for message in told.order_by("pk")] == ["lead@example.com", "other-lead@example.com"]
    assert "My sister" not in told[0].body
    event = AuditEvent.objects.get(verb="check.conflict_declared")
    assert (event.by, event.reason, event.data) == (fresh.assurer, "", {})
    assert [bar.kind for bar in bars_between(fresh.assurer, fresh.alpha)] == [BarKind.DECLARED]
    with pytest.raises(PermissionDenied, match="declared a conflict"):
        services.allocate_check(check=fresh.open_check, to=fresh.assurer, reason="x", by=fresh.lead)


def test_a_lead_with_a_conflict_is_out_as_well(cast: Cast) -> None:
    declare(cast, cast.lead)
    assert not PlanCheck.objects.visible_to(cast.lead).exists()
    told = Notification.objects.filter(subject__contains="a conflict of interest").get()
    assert told.user == cast.other_lead
    assert "Nobody has the check" not in told.body
    cast.open_check.refresh_from_db()
    assert cast.open_check.assurer == cast.assurer


def test_after_a_conflict_only_a_lead_lets_the_person_in_again(cast: Cast) -> None:
    declare(cast, cast.assurer)
    with pytest.raises(PermissionDenied):  # one does not take it back oneself
        services.declare_conflict(check=cast.open_check, has_conflict=False, by=cast.assurer)
    with pytest.raises(TransitionRefused, match="You have declared a conflict of interest"):
        declare(cast, cast.assurer)
    services.override_bars(check=cast.open_check, of=cast.assurer, reason="She has left.", by=cast.lead)
    services.allocate_check(check=cast.open_check, to=cast.assurer, by=cast.lead)
    address = reverse("assurance:plan", kwargs={"pk": cast.open_check.pk})
    asked = client_for(cast.assurer).get(address, follow=True).content.decode()
    assert "Lead has overridden what bars you from this check (declared conflict)" in asked
    services.declare_conflict(check=cast.open_check, has_conflict=False, by=cast.assurer)
    assert client_for(cast.assurer).get(address).status_code == 200
    declare(cast, cast.assurer)  # again: the override does not cover what came after it
    assert not BarOverride.objects.standing().exists()
    assert client_for(cast.assurer).get(address).status_code == 404


@pytest.mark.parametrize("person", ["other_assurer", "administrator", "owner", "partner", "panel"])
def test_who_does_not_work_on_it_declares_nothing(cast: Cast, person: str) -> None:
    by = cast.person(person)
    assert by is not None
    with pytest.raises(PermissionDenied):
        services.declare_conflict(check=cast.open_check, has_conflict=False, by=by)


def test_declarations_are_written_once(cast: Cast) -> None:
    rows: Any = ConflictDeclaration.objects.all()
    for attempt in (
        lambda: rows.update(has_conflict=True, details="x"),
        lambda: rows._raw_delete("default"),
        lambda: make.declare(cast.open_check, by=cast.lead, conflict="x").delete(),
        lambda: ConflictDeclaration.objects.create(
            check_of=cast.open_check, user=cast.lead, has_conflict=True
        ),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()
