"""A fixed slice of `make fuzz-api`: requests that nobody would send never make the API fail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from werkzeug.test import Client

from applications.models import Enrolment
from rvss.fuzz.requests import Fuzzer, Role, tear
from rvss.wsgi import application
from tests.applications.enrolments import row
from tests.applications.test_api_enrolments import LIST, Program
from tests.cast import Cast
from tests.factories import secret_of


@contextmanager
def one_connection() -> Iterator[None]:
    """The test's own transaction: a request that closes its connection would not see its rows.

    Django's test client does the same around each of its requests, and undoes it.
    """
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def send(request: requests.PreparedRequest) -> Any:
    return Client(application).open(
        str(request.path_url),
        base_url="http://testserver",
        method=request.method,
        headers=dict(request.headers),
        data=request.body,
    )


def test_a_few_strange_requests(cast: Cast) -> None:
    program = Program(cast.partner)
    Program(cast.partner, 2, scopes=["enrolments:read", "results:read"])
    program.post(LIST, {"rows": [row(1), row(2, postcode="")]})
    ids = list(Enrolment.objects.values_list("pk", flat=True))
    roles = [
        Role("nobody", {}),
        Role("reads", {"Authorization": f"Bearer {secret_of(2)}"}),
        Role("writes", {"Authorization": f"Bearer {secret_of(1)}"}),
    ]
    description = SchemaGenerator().get_schema(public=True)
    with one_connection():
        report = Fuzzer(description, send, roles, known=lambda: ids, each=2).run(230)
    assert "\n".join(report.faults.values()) == ""
    answers = {status for _, _, status in report.sent}
    assert {200, 202, 400, 401, 403, 404} <= answers
    operations = sum(len(methods) for methods in description["paths"].values())
    assert len({operation for operation, _, _ in report.sent}) == operations


def test_what_is_torn() -> None:
    assert tear(b"abcd", [(0.5, b"-"), (0.0, b"!")]) == b"!ab-cd"
    assert tear(b"abcd", [(0.25, None), (1.0, b".")]) == b"a."
