"""Nothing is closed without a code and a reason; some of it is looked at again by somebody else."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.models import User
from accounts.transitions import TransitionRefused
from assurance import services
from assurance.models import (
    Closure,
    ClosureCode,
    ConflictDeclaration,
    CorrectiveAction,
    SecondLook,
    SuspensionProposal,
)
from assurance.services.closing import keep_closure
from assurance.tasks import keep_actions
from tests import factories as make
from tests.cast import Cast
from tests.signing_in import client_for


@pytest.fixture
def sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chance draws every closure."""
    monkeypatch.setattr(secrets, "randbelow", lambda below: 0)


def close(cast: Cast, code: str = "not_needed", by: User | None = None) -> Closure:
    services.close_action(
        action=cast.action, code=code, reason="The branch has closed.", by=by or cast.assurer
    )
    return Closure.objects.get(action=cast.action)


def words(user: User, address: str) -> str:
    answer = client_for(user).get(address)
    assert answer.status_code == 200
    return BeautifulSoup(answer.content, "html.parser").get_text(" ", strip=True)


def test_each_kind_of_closing_is_kept(cast: Cast) -> None:
    question = cast.question()
    services.withdraw_request(
        request=question, code="done_otherwise", reason="In the annex.", by=cast.assurer
    )
    day = timezone.localdate() - timedelta(days=40)
    CorrectiveAction.objects.filter(pk=cast.action.pk).update(target_on=day)
    keep_actions()
    proposal = SuspensionProposal.objects.get()
    services.decide_suspension(proposal=proposal, suspend=False, code="changed", reason="Sold.", by=cast.lead)
    close(cast)
    kept = {row.kind: (row.code, row.reason, row.by) for row in Closure.objects.all()}
    assert kept == {
        "Question": ("done_otherwise", "In the annex.", cast.assurer),
        "Proposal to suspend": ("changed", "Sold.", cast.lead),
        "Action": ("not_needed", "The branch has closed.", cast.assurer),
    }


@pytest.mark.parametrize(("code", "reason"), [("", "So."), ("because", "So."), ("other", " ")])
def test_nothing_is_closed_without_a_code_and_a_reason(cast: Cast, code: str, reason: str) -> None:
    with pytest.raises(TransitionRefused, match="Choose why it is closed"):
        services.close_action(action=cast.action, code=code, reason=reason, by=cast.assurer)
    cast.action.refresh_from_db()
    assert cast.action.status == "open"
    assert not Closure.objects.exists()


def test_suspending_closes_nothing(cast: Cast) -> None:
    proposal = cast.proposal()
    services.decide_suspension(proposal=proposal, suspend=True, reason="No answer.", by=cast.lead)
    assert not Closure.objects.exists()


@pytest.mark.parametrize("wrong", [{"reason": ""}, {"action": None}, {"proposal": True}])
def test_the_database_keeps_a_closure_to_one_thing_with_a_reason(cast: Cast, wrong: dict[str, Any]) -> None:
    if "proposal" in wrong:
        wrong = {"proposal": cast.proposal()}
    values = {
        "action": cast.action, "code": "other", "reason": "So.", "by": cast.lead, "is_sampled": False
    }  # fmt: skip
    with pytest.raises(DatabaseError), transaction.atomic():
        Closure.objects.create(**values | wrong)


def test_about_one_in_ten_is_drawn_as_it_is_closed(cast: Cast) -> None:
    """Of 200, a binomial with a tenth: 5 standard deviations are 21."""
    for _ in range(200):
        action = make.CorrectiveActionFactory(check_of=cast.decided_check)
        keep_closure(code="other", reason="So.", by=cast.assurer, action=action)
    assert 1 <= Closure.objects.filter(is_sampled=True).count() <= 41


@pytest.mark.usefixtures("sampled")
def test_another_lead_looks_again_once(cast: Cast) -> None:
    closure = close(cast, by=cast.lead)
    look: dict[str, Any] = {"closure": closure, "result": "not_right", "note": "The branch is open."}
    for person in (cast.lead, cast.assurer, cast.administrator):
        with pytest.raises(PermissionDenied):
            services.look_again(**look, by=person)
    services.look_again(**look, by=cast.other_lead)
    third = make.UserFactory(role="lead")
    ConflictDeclaration.objects.create(check_of=cast.decided_check, user=third, has_conflict=False)
    with pytest.raises(TransitionRefused, match="looked at this already"):
        services.look_again(**look, by=third)
    with pytest.raises(DatabaseError), transaction.atomic():
        SecondLook.objects.update(result="right")
    with pytest.raises(DatabaseError), transaction.atomic():
        Closure.objects.update(reason="Another.")


def test_only_what_is_drawn_is_looked_at(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "randbelow", lambda below: 1)
    closure = close(cast)
    with pytest.raises(PermissionDenied):
        services.look_again(closure=closure, result="right", note="Yes.", by=cast.lead)
    assert client_for(cast.lead).get(f"/closed/{closure.pk}/").status_code == 404


@pytest.mark.usefixtures("sampled")
def test_a_lead_who_is_barred_does_not_see_it(cast: Cast) -> None:
    closure = close(cast)
    assert Closure.objects.to_look_at(cast.other_lead).get() == closure
    cast.alpha.people.create(user=cast.other_lead, level="viewer")
    assert not Closure.objects.to_look_at(cast.other_lead).exists()


@pytest.mark.usefixtures("sampled")
def test_a_lead_declares_before_looking(cast: Cast) -> None:
    closure = close(cast)
    lead = make.UserFactory(role="lead")
    address = f"/closed/{closure.pk}/"
    assert "/declare/" in client_for(lead).get(address).headers["Location"]
    assert client_for(lead).post(address, {"result": "right", "note": "Yes."}).status_code == 403
    with pytest.raises(PermissionDenied):
        services.look_again(closure=closure, result="right", note="Yes.", by=lead)


@pytest.mark.usefixtures("sampled")
def test_the_page_counts_by_reason_and_by_person(cast: Cast) -> None:
    assert "Nothing has been closed yet." in words(cast.lead, "/closed/")
    closure = close(cast)
    services.withdraw_request(request=cast.question(), code="not_needed", reason="Seen.", by=cast.assurer)
    page = words(cast.lead, "/closed/")
    assert "No longer needed 1 1 0 2" in page
    assert "Assurer 2 0 0" in page
    lead = client_for(cast.lead)
    address = f"/closed/{closure.pk}/"
    shown = words(cast.lead, address)
    assert "The branch has closed." in shown
    assert cast.action.description in shown
    assert "Say whether it was right" in lead.post(address, {"note": "Yes."}).content.decode()
    lead.post(address, {"result": "right", "note": "It has."})
    assert "Assurer 2 1 0" in words(cast.lead, "/closed/")
    late = lead.post(address, {"result": "not_right", "note": "It has not."})
    assert late.status_code == 409
    assert "Somebody has looked at this already." in late.content.decode()
    assert words(cast.lead, "/closed/").count("Assurer 2 1 0") == 1


def test_the_pages_ask_for_the_code(cast: Cast) -> None:
    client = client_for(cast.assurer)
    address = f"/actions/{cast.action.pk}/close/"
    page = client.post(address, {"reason": "The branch has closed."}).content.decode()
    assert "Choose why it is closed" in page
    assert "The branch has closed." in page
    client.post(address, {"code": "changed", "reason": "The branch has closed."})
    assert Closure.objects.get().get_code_display() == ClosureCode.CHANGED.label
    proposal = cast.proposal()
    declined = client_for(cast.lead).post(
        f"/suspensions/{proposal.pk}/", {"suspend": "no", "reason": "Sold."}
    )
    assert "Choose why it should not be suspended" in declined.content.decode()


@pytest.mark.usefixtures("sampled")
def test_the_page_costs_the_same_at_any_length(cast: Cast, django_assert_max_num_queries: Any) -> None:
    client = client_for(cast.lead)

    def cost() -> int:
        with django_assert_max_num_queries(9) as captured:
            assert client.get("/closed/").status_code == 200
        return len(captured)

    close(cast)
    before = cost()
    for _ in range(3):
        action = make.CorrectiveActionFactory(check_of=cast.decided_check)
        services.close_action(action=action, code="other", reason="So.", by=cast.assurer)
    assert cost() == before
