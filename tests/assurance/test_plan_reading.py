"""The plan that is checked, from beginning to end, and who has read it."""

from __future__ import annotations

from datetime import timedelta
from unittest import mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from tests.cast import Cast
from tests.signing_in import client_for


def read(cast: Cast, name: str = "plan", person: str = "assurer", **query: str) -> str:
    by = cast.person(person)
    answer = client_for(by).get(reverse(f"assurance:{name}", kwargs={"pk": cast.open_check.pk}), query)
    assert answer.status_code == 200
    return answer.content.decode("latin-1")


def readings() -> list[tuple[str, str]]:
    found = AuditEvent.objects.filter(verb="plan.read").select_related("by")
    return [(event.by.name, event.data["how"]) for event in found if event.by]


def test_an_assurer_reads_and_searches_the_whole_plan(cast: Cast) -> None:
    page = read(cast, q="branch")
    assert "10 places have" in page
    file = reverse("assurance:file", kwargs={"pk": cast.open_check.pk, "file": cast.file.pk})
    assert f'href="{file}"' in page
    assert "34 of 40 staff trained" in page


def test_each_way_of_reading_is_on_record_once_an_hour(cast: Cast) -> None:
    for _ in range(2):
        for name in ("plan", "plan_pdf", "plan_json"):
            read(cast, name)
    read(cast, person="lead")
    assert readings() == [("Assurer", "page"), ("Assurer", "pdf"), ("Assurer", "json"), ("Lead", "page")]
    later = timezone.now() + timedelta(minutes=61)
    with mock.patch("assurance.services.reading.timezone.now", return_value=later):
        read(cast)
    assert readings().count(("Assurer", "page")) == 2


def test_a_point_and_a_file_are_on_record_too(cast: Cast) -> None:
    cast.stored_file()
    client, check = client_for(cast.assurer), cast.open_check.pk
    client.get(reverse("assurance:point", kwargs={"pk": check, "point": 2}))
    client.get(reverse("assurance:file", kwargs={"pk": check, "file": cast.file.pk}))
    assert readings() == [("Assurer", "point"), ("Assurer", "file")]


def test_a_company_reading_its_own_plan_is_nobodys_business(cast: Cast) -> None:
    place = reverse("codeofpractice:version", kwargs={"number": cast.membership.number, "version": 1})
    assert client_for(cast.owner).get(place).status_code == 200
    assert readings() == []


@pytest.mark.parametrize("name", ["plan", "plan_pdf", "plan_json"])
def test_who_may_not_see_the_check_leaves_no_trace(cast: Cast, name: str) -> None:
    place = reverse(f"assurance:{name}", kwargs={"pk": cast.open_check.pk})
    assert client_for(cast.other_assurer).get(place).status_code == 404
    assert readings() == []


def test_a_check_without_a_plan_has_none_to_read(cast: Cast) -> None:
    type(cast.open_check).objects.filter(pk=cast.open_check.pk).update(plan_version=None)
    place = reverse("assurance:plan", kwargs={"pk": cast.open_check.pk})
    assert client_for(cast.assurer).get(place).status_code == 404


def test_the_page_is_no_dearer_than_it_should_be(cast: Cast) -> None:
    client, place = client_for(cast.assurer), reverse("assurance:plan", kwargs={"pk": cast.open_check.pk})
    client.get(place)
    with CaptureQueriesContext(connection) as queries:
        client.get(place, {"q": "branch"})
    assert len(queries) <= 15
