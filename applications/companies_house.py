"""What Companies House says about a company number. An outage there never becomes an error here.

API: GET /company/{number}, the key as the user of basic authentication. `look_up` answers within
BUDGET_SECONDS whatever the other side does, and after FAILURES_TO_OPEN failures does not ask for a while.
"""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import quote

import requests
from django.conf import settings
from django.core.cache import cache

from applications.choices import LegalForm
from applications.fields import normalise_postcode, squeeze

CONNECT_SECONDS, READ_SECONDS, BUDGET_SECONDS = 1.0, 2.0, 3.0
LARGEST_BODY = 64 * 1024
FOUND_FOR, NOT_FOUND_FOR, FAILED_FOR = 24 * 3600, 3600, 30
FAILURES_TO_OPEN, OPEN_FOR, REFUSED_FOR = 3, 60, 300
BREAKER, FAILURES = "companies-house:open", "companies-house:failures"

logger = logging.getLogger("rvss.companies_house")


class Outcome(StrEnum):
    FOUND = "found"
    NOT_FOUND = "not_found"
    DOWN = "down"
    OFF = "off"  # no key is set


@dataclass(frozen=True)
class RegisteredCompany:
    """As registered. Status and kind are Companies House's own words: "active", "ltd"."""

    number: str
    name: str
    status: str
    kind: str
    address_line_1: str
    address_line_2: str
    town: str
    postcode: str

    @property
    def status_words(self) -> str:
        return self.status.replace("-", " ").capitalize() or "Not given"

    @property
    def is_active(self) -> bool:
        """Whether nothing about its status asks for a question. "Open" is an overseas company's active."""
        return self.status in {"active", "open", "registered"}

    @property
    def legal_form(self) -> str:
        """The answer on our form that fits; empty when none surely does."""
        if self.kind == "llp":
            return LegalForm.LLP
        if self.kind in {"limited-partnership", "scottish-partnership"}:
            return LegalForm.PARTNERSHIP
        is_limited = self.kind in {"ltd", "plc"} or self.kind.startswith("private-limited")
        return LegalForm.LIMITED_COMPANY if is_limited else ""

    @property
    def address(self) -> list[str]:
        lines = (self.address_line_1, self.address_line_2, self.town, self.postcode)
        return [line for line in lines if line]


@dataclass(frozen=True)
class Lookup:
    outcome: Outcome
    company: RegisteredCompany | None = None


class _Failed(Exception):
    """Companies House gave no answer that can be used. `pause`: seconds for which not to ask again."""

    def __init__(self, why: str, pause: int = 0) -> None:
        super().__init__(why)
        self.pause = pause


def look_up(number: str) -> Lookup:
    """`number` as applications.fields.normalise_company_number gives it."""
    if not (settings.COMPANIES_HOUSE_URL and settings.COMPANIES_HOUSE_KEY):
        return Lookup(Outcome.OFF)
    key = f"companies-house:1:{number}"
    remembered = cache.get(key)
    if remembered is not None:
        return _from_cache(remembered)
    if cache.get(BREAKER):
        return Lookup(Outcome.DOWN)
    try:
        company = _ask_within_budget(number)
    except _Failed as failure:
        logger.warning("Companies House: %s", failure)
        _count_failure(failure.pause)
        cache.set(key, {"outcome": Outcome.DOWN}, FAILED_FOR)
        return Lookup(Outcome.DOWN)
    cache.delete(FAILURES)
    if company is None:
        cache.set(key, {"outcome": Outcome.NOT_FOUND}, NOT_FOUND_FOR)
        return Lookup(Outcome.NOT_FOUND)
    cache.set(key, {"outcome": Outcome.FOUND, "company": asdict(company)}, FOUND_FOR)
    return Lookup(Outcome.FOUND, company)


def _from_cache(remembered: dict[str, Any]) -> Lookup:
    company = remembered.get("company")
    return Lookup(Outcome(remembered["outcome"]), RegisteredCompany(**company) if company else None)


def _count_failure(pause: int) -> None:
    """Three in a minute open the breaker: then nobody waits for Companies House until it closes again."""
    cache.add(FAILURES, 0, OPEN_FOR)
    try:
        failures = cache.incr(FAILURES)
    except ValueError:  # it ran out between the two
        failures = 1
    if pause or failures >= FAILURES_TO_OPEN:
        cache.set(BREAKER, 1, pause or OPEN_FOR)


def _ask_within_budget(number: str) -> RegisteredCompany | None:
    """A thread, because a server that sends a byte a second passes every timeout of a socket."""
    answer: list[RegisteredCompany | _Failed | None] = []

    def work() -> None:
        try:
            answer.append(_ask(number))
        except _Failed as failure:
            answer.append(failure)
        except Exception as error:  # whatever it is, it must not end in this thread unseen
            answer.append(_Failed(type(error).__name__))

    thread = threading.Thread(target=work, daemon=True, name="companies-house")
    thread.start()
    thread.join(BUDGET_SECONDS)
    if not answer:
        raise _Failed("no answer in time")
    if isinstance(answer[0], _Failed):
        raise answer[0]
    return answer[0]


def _ask(number: str) -> RegisteredCompany | None:
    deadline = time.monotonic() + BUDGET_SECONDS
    address = f"{settings.COMPANIES_HOUSE_URL.rstrip('/')}/company/{quote(number, safe='')}"
    try:
        with requests.get(
            address,
            auth=(settings.COMPANIES_HOUSE_KEY, ""),
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,  # the key goes nowhere else
            stream=True,
        ) as response:
            if response.status_code == 404:
                return None
            _refuse_other_statuses(response)
            body = _read(response, deadline)
    except (requests.RequestException, OSError) as error:
        raise _Failed(type(error).__name__) from None
    return _parse(body, number)


def _refuse_other_statuses(response: requests.Response) -> None:
    status = response.status_code
    if status in {401, 403}:
        raise _Failed(f"refuses our key ({status})", pause=REFUSED_FOR)
    if status == 429:
        wanted = response.headers.get("Retry-After", "")
        seconds = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 6 else OPEN_FOR
        raise _Failed("asks for fewer requests (429)", pause=max(1, min(seconds, REFUSED_FOR)))
    if status != 200:
        raise _Failed(f"answered {status}")


def _read(response: requests.Response, deadline: float) -> bytes:
    body = b""
    # Not decoded: we asked for plain text, and a packed body may unfold to any size.
    for piece in response.raw.stream(8192, decode_content=False):
        body += piece
        if len(body) > LARGEST_BODY:
            raise _Failed("sent more than can be its answer")
        if time.monotonic() > deadline:
            raise _Failed("no answer in time")
    return body


def _parse(body: bytes, number: str) -> RegisteredCompany:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise _Failed("sent no JSON") from None
    if not isinstance(data, dict):
        raise _Failed("sent unexpected JSON")
    found = data.get("registered_office_address")
    address: dict[str, Any] = found if isinstance(found, dict) else {}
    company = RegisteredCompany(
        number=_text(data, "company_number", 8),
        name=_text(data, "company_name", 200),
        status=_text(data, "company_status", 60),
        kind=_text(data, "type", 60),
        address_line_1=" ".join(
            filter(None, (_text(address, "premises", 40), _text(address, "address_line_1", 79)))
        ),
        address_line_2=_text(address, "address_line_2", 120),
        town=_text(address, "locality", 80),
        postcode=_postcode(_text(address, "postal_code", 20)),
    )
    if not company.name or company.number != number:
        raise _Failed("sent another company, or one without a name")
    return company


def _text(data: dict[str, Any], name: str, longest: int) -> str:
    """One printable line; empty when there is something else than text."""
    value = data.get(name)
    if not isinstance(value, str):
        return ""
    return squeeze(re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", " ", value))[:longest].strip()


def _postcode(text: str) -> str:
    try:
        return normalise_postcode(text)
    except ValueError:
        return ""
