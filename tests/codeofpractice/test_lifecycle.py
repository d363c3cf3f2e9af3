"""The plan and the checks of a company that has left the scheme, or is suspended for now."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.transitions import TransitionRefused
from applications.models import Membership
from codeofpractice import services
from tests.applications.test_views_apply import client_of, soup
from tests.cast import Cast


def put(cast: Cast, status: str) -> str:
    ended = timezone.localdate() if status in {"removed", "resigned"} else None
    Membership.objects.filter(pk=cast.membership.pk).update(status=status, ended_on=ended)
    return f"/plans/{cast.membership.number}/"


@pytest.mark.parametrize("status", ["removed", "resigned"])
def test_the_plan_of_who_has_left_is_read_only(cast: Cast, status: str) -> None:
    client, plan = client_of(cast.owner), put(cast, status)
    page = soup(client.get(plan))
    assert "This membership is now" in page.get_text()
    assert page.select("main form") == []
    assert page.select_one(".govuk-button") is None
    assert client.get(f"{plan}points/3/").status_code == 409
    response = cast.draft_version.responses.get(point__number=3)
    with pytest.raises(TransitionRefused, match="not changed"):
        services.answer_point(
            response=response,
            answer=services.Answer("in_place", "Changed."),
            revision=response.revision,
            by=cast.owner,
        )
    with pytest.raises(TransitionRefused):
        services.submit_version(version=cast.draft_version, by=cast.owner)


@pytest.mark.parametrize("status", ["suspended", "lapsed"])
def test_a_draft_can_be_worked_on_while_things_are_put_right(cast: Cast, status: str) -> None:
    client, plan = client_of(cast.owner), put(cast, status)
    assert "only while the company is a member" in soup(client.get(plan)).get_text()
    assert client.get(f"{plan}points/3/").status_code == 200
    with pytest.raises(TransitionRefused):
        services.submit_version(version=cast.draft_version, by=cast.owner)


def test_an_assurer_is_told_that_the_company_has_left(cast: Cast) -> None:
    put(cast, "resigned")
    page = soup(client_of(cast.assurer).get(f"/checks/{cast.open_check.pk}/"))
    assert "This membership is now: Resigned" in page.get_text()
