"""A change that the database did not finish: the answer says whether it was saved, or that nobody knows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import AnonymousUser
from django.db import Error, IntegrityError, connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import reverse

from accounts.services import AUDIT_LOCK
from assurance.models import PartnerCheck
from assurance.services.locks import ALLOCATION_LOCK
from rvss.middleware import LostConnections
from tests.applications.test_api_enrolments import Program
from tests.assurance.partners import facts, join
from tests.browser.conftest import database_url
from tests.cast import Cast
from tests.signing_in import client_for


@contextmanager
def held_elsewhere(lock: int) -> Iterator[None]:
    """Another connection has the lock, and this one waits for a moment only."""
    other = psycopg2.connect(database_url())
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [lock])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '50ms'")
    yield
    other.close()


def words(response: HttpResponse) -> str:
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text().split())


def test_a_change_that_waited_too_long_is_not_saved_and_says_so(cast: Cast) -> None:
    client = client_for(cast.lead)
    address = reverse("assurance:allocate", kwargs={"pk": cast.open_check.pk})
    to = {"to": cast.other_assurer.pk, "reason": "On leave."}
    with held_elsewhere(ALLOCATION_LOCK):
        answer = client.post(address, to)
    assert answer.status_code == 503
    assert "Your change was not saved" in words(answer)
    assert "Many people change the same thing at the moment." in words(answer)
    cast.open_check.refresh_from_db()
    assert cast.open_check.assurer == cast.assurer
    assert client.post(address, to).status_code == 302


def test_a_program_hears_it_too(cast: Cast) -> None:
    join(cast.trade_body, cast.membership)
    result = facts(cast.membership)
    said = {
        "reference": result.reference,
        "membership": result.membership,
        "kind": result.kind,
        "inspected_on": result.inspected_on.isoformat(),
        "inspected_by": result.inspected_by,
        "outcome": result.outcome,
    }
    program, address = Program(cast.partner), reverse("assurance:partner_checks_api")
    with held_elsewhere(AUDIT_LOCK):
        answer = program.post(address, said)
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert "Nothing was saved. Send the request again in a minute." in answer.json()["detail"]
    assert not PartnerCheck.objects.exists()
    assert program.post(address, said).status_code == 201


def lost() -> Error:
    """What a request meets whose connection the database has ended."""
    own = connection.copy()
    with pytest.raises(Error) as caught, own.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    own.close()
    return caught.value


def answer_to(error: Exception, method: str = "POST", path: str = "/checks/1/decide/") -> HttpResponse | None:
    request: HttpRequest = RequestFactory().generic(method, path)
    request.user = AnonymousUser()
    return LostConnections(lambda _: HttpResponse()).process_exception(request, error)


@pytest.mark.django_db
def test_of_a_lost_connection_it_says_that_nobody_knows() -> None:
    page = answer_to(lost())
    assert page is not None
    assert page.status_code == 503
    assert "We cannot tell whether your change was saved" in words(page)
    assert "Open the page again to see how things stand" in words(page)
    for_program = answer_to(lost(), path="/api/v1/partner-checks/")
    assert for_program is not None
    assert "Look before you send the request again" in json.loads(for_program.content)["detail"]


@pytest.mark.django_db
def test_whoever_only_reads_and_our_own_mistakes_are_errors_as_ever() -> None:
    assert answer_to(lost(), "GET") is None
    assert answer_to(IntegrityError("no such row")) is None
    assert answer_to(ValueError("no number")) is None
