"""What every answer carries, and what is refused before a view sees it."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.cast import Cast


@pytest.fixture
def home(client: Client, db: None):
    return client.get("/")


def test_content_policy_has_no_unsafe_source(home) -> None:
    policy = home.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy


def test_scripts_of_the_page_carry_the_nonce_of_its_policy(home) -> None:
    from bs4 import BeautifulSoup

    policy = home.headers["Content-Security-Policy"]
    scripts = BeautifulSoup(home.content, "html.parser").find_all("script")
    assert scripts
    for script in scripts:
        assert script.get("src") or f"'nonce-{script['nonce']}'" in policy


def test_nothing_inline_in_the_page(home) -> None:
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(home.content, "html.parser")
    assert soup.find_all("style") == []
    assert [tag.name for tag in soup.find_all(style=True)] == []
    assert [tag for tag in soup.find_all() if any(name.startswith("on") for name in tag.attrs)] == []


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-Frame-Options", "DENY"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    ],
)
def test_security_headers(home, header: str, value: str) -> None:
    assert home.headers[header] == value


def test_pages_of_a_signed_in_person_are_not_cached(client: Client, cast: Cast) -> None:
    client.force_login(cast.owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get("/").headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("address", ["/?q=%00", "/register/?q=a%00b", "/%00"])
def test_a_nul_byte_in_the_address_is_refused(client: Client, db: None, address: str) -> None:
    assert client.get(address).status_code == 400


def test_health_names_no_version_and_needs_no_sign_in(client: Client, db: None) -> None:
    response = client.get("/health/")
    assert response.json() == {"status": "ok"}
