"""Making requests, sending them, and holding each answer against the description."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance
]  # fmt: skip
BASE = "http://testserver"
# What parsers and databases stumble over.
SHARDS = [
    *(b"\x00", b"\\u0000", b"\xff\xfe", b"\\ud800", b"\xc3", b'"', b"{", b"]", b"[" * 2000, b"9" * 5000),
    *(b"1e999", b"NaN", b"\r\n", b"\xef\xbb\xbf", b",", b"-0", b"null", "ŷ\u202e".encode(), b"';--", b"%00"),
]
TYPES = ["application/json", "text/csv", "application/json; charset=utf-16", "text/html", "", "a/b/c"]
WIRE = ("method", "url", "headers", "params", "data", "json")
Tears = list[tuple[float, bytes | None]]
Send = Callable[[requests.PreparedRequest], Any]


@dataclass(frozen=True)
class Role:
    name: str
    headers: Mapping[str, str]


@dataclass
class Report:
    sent: Counter[tuple[str, str, int]] = field(default_factory=Counter)  # operation, role, status
    faults: dict[str, str] = field(default_factory=dict)  # what is wrong, and with which request first

    @property
    def total(self) -> int:
        return self.sent.total()


@dataclass
class Fuzzer:
    """Sends the same requests for the same `start`: `each` of a kind, by each role, to each operation.

    A third fits the description, a third does not on purpose, and a third is torn. Of the ids in addresses
    about half are those of rows that there are: `known` names them.
    """

    description: dict[str, Any]
    send: Send
    roles: Sequence[Role]
    known: Callable[[], Sequence[int]]
    start: int = 1
    each: int = 25
    report: Report = field(default_factory=Report)

    def run(self, most: int, say: Callable[[str], object] = lambda line: None) -> Report:
        """Some `most` requests. A wrong answer is noted, not raised."""
        load_all_checks()
        found = schemathesis.openapi.from_dict(self.description).get_all_operations()
        operations: list[Any] = [result.ok() for result in found]  # type: ignore[union-attr]
        kinds = [(role, mode) for role in self.roles for mode in ("fitting", "unfitting", "torn")]
        number = self.start
        while True:
            ids = list(self.known())
            for operation in operations:
                for role, mode in kinds:
                    if self.report.total >= most:
                        return self.report
                    number += 1
                    self._batch(operation, role, mode, ids, number)
            say(f"{self.report.total:,} requests, {len(self.report.faults)} kinds of fault")

    def _batch(self, operation: Any, role: Role, mode: str, ids: Sequence[int], number: int) -> None:
        generation = GenerationMode.NEGATIVE if mode == "unfitting" else GenerationMode.POSITIVE
        tears = st.lists(st.tuples(st.floats(0, 1), st.sampled_from([None, *SHARDS])), min_size=1, max_size=3)

        @seed(number)
        @settings(
            max_examples=self.each,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(
            case=operation.as_strategy(generation_mode=generation),
            row=st.one_of(st.none(), st.sampled_from(ids)) if ids else st.none(),
            torn=st.tuples(tears, st.sampled_from(TYPES)) if mode == "torn" else st.none(),
        )
        def one(case: Case, row: int | None, torn: tuple[Tears, str] | None) -> None:
            if row and "id" in (case.path_parameters or {}):
                case.path_parameters["id"] = row
            if row and case.query:
                case.query.pop("partner", None)  # what is made up names no partner, and goes no further
            request = _prepare(case, role, torn)
            if request is not None:
                _hold(case, self.send(request), role, self.report)

        with suppress(Unsatisfiable):  # when there is no way to send this operation something unfitting
            one()


def _prepare(case: Case, role: Role, torn: tuple[Tears, str] | None) -> requests.PreparedRequest | None:
    """None for what no client can put on the wire, like a line break in a header."""
    try:
        request = requests.Request(**_wire(case, role)).prepare()
    except (ValueError, UnicodeError, requests.RequestException):
        return None
    if torn is None:
        return request
    tears, kind = torn
    body = request.body or b""
    request.body = tear(body.encode() if isinstance(body, str) else bytes(body), tears)
    request.headers["Content-Length"] = str(len(request.body))
    if request.method == "POST":
        request.headers["Content-Type"] = kind
    else:
        request.url = str(request.url) + ("&" if "?" in str(request.url) else "?") + "cursor=" + _query(tears)
    return request


def _wire(case: Case, role: Role) -> dict[str, Any]:
    made = case.as_transport_kwargs(base_url=BASE)
    made["headers"] = {**dict(made.get("headers") or {}), **role.headers}
    return {
        key: made[key]
        for key in ("method", "url", "headers", "params", "data", "json")
        if made.get(key) is not None
    }


def tear(body: bytes, tears: Tears) -> bytes:
    """Something pushed in at each place, or, for None, the rest cut off."""
    for place, shard in tears:
        at = int(place * len(body))
        body = body[:at] if shard is None else body[:at] + shard + body[at:]
    return body


def _query(tears: Tears) -> str:
    return "".join(f"%{byte:02x}" for _, shard in tears for byte in (shard or b"")[:40])


def _hold(case: Case, response: Any, role: Role, report: Report) -> None:
    name = f"{case.operation.method.upper()} {case.operation.path}"
    report.sent[name, role.name, response.status_code] += 1
    try:
        case.validate_response(response, checks=CHECKS)
    except FailureGroup as group:
        for failure in group.exceptions:
            title = getattr(failure, "title", type(failure).__name__)
            what = f"{name} as {role.name}: {title}, {response.status_code}"
            report.faults.setdefault(what, re.sub(r"Bearer rvss_[\w-]+", "Bearer TOKEN", str(group))[:3000])
