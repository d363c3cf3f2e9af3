"""Settings that would fail late are refused before the start."""

from __future__ import annotations

import pytest
from django.core.checks import run_checks


@pytest.fixture(autouse=True)
def _with_a_mail_server(settings) -> None:
    settings.EMAIL_HOST = "mail.example.com"


def found() -> list[str | None]:
    return [message.id for message in run_checks() if (message.id or "").startswith("rvss.")]


def test_nothing_is_wrong_with_a_scanner_and_https(settings) -> None:
    settings.SECURE, settings.BASE_URL = True, "https://rvss.example.com"
    assert found() == []


@pytest.mark.parametrize(("debug", "expected"), [(False, ["rvss.E001"]), (True, [])])
def test_a_scanner_is_needed_outside_development(settings, debug: bool, expected: list[str]) -> None:
    settings.DEBUG, settings.CLAMD_SOCKET = debug, ""
    assert found() == expected


@pytest.mark.parametrize(("secure", "expected"), [(True, ["rvss.E002"]), (False, [])])
def test_links_in_messages_are_https(settings, secure: bool, expected: list[str]) -> None:
    settings.SECURE, settings.BASE_URL = secure, "http://rvss.example.com"
    assert found() == expected


@pytest.mark.parametrize(
    ("via", "host", "expected"),
    [
        ("smtp", "", ["rvss.E003"]),
        ("smtp", "mail.example.com", []),
        ("notify", "", []),
    ],
)
def test_a_mail_server_is_named_where_one_is_used(settings, via: str, host: str, expected: list[str]) -> None:
    settings.MESSAGES_VIA, settings.EMAIL_HOST = via, host
    assert found() == expected
