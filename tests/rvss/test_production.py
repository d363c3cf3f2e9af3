"""The service as production runs it: gunicorn with DEBUG off, hashed static files, a proxy in front."""

from __future__ import annotations

import http.client
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup
from django.conf import settings

from rvss.local.redis import free_port

ROOT = Path(settings.BASE_DIR)
HOST = "rvss.example.com"
# One worker of a parallel run collects the static files and starts the server.
pytestmark = pytest.mark.xdist_group("production")


def environment_of(service: str) -> dict[str, str]:
    """What compose gives the service, with .env filled in as .env.example asks."""
    answers = {
        name: value or secrets.token_urlsafe(50)
        for name, value in re.findall(
            r"^([A-Z0-9_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE
        )
    }

    def answer(found: re.Match[str]) -> str:
        return answers.get(found[1]) or found[2] or ""

    named = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"][service]["environment"]
    # A name without a value is passed on where .env has it.
    return {
        name: answers[name] if value is None else re.sub(r"\$\{(\w+)(?::[-?]([^}]*))?\}", answer, value)
        for name, value in named.items()
        if value is not None or name in answers
    }


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    services = ("DATABASE_URL", "REDIS_URL", "CACHE_URL", "CLAMD_SOCKET", "FILES_DIR")
    return {
        "PATH": os.environ["PATH"],
        **environment_of("web"),
        **{name: os.environ[name] for name in services},
    }


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("web") / "log"


@pytest.fixture(scope="module")
def port(environment: dict[str, str], log: Path) -> Iterator[int]:
    collect = [sys.executable, ROOT / "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    subprocess.run(collect, env=environment, check=True)
    number = free_port()
    command = [Path(sys.executable).parent / "gunicorn", "--config", "rvss/gunicorn.py"]
    with log.open("w") as output:
        web = subprocess.Popen(
            [*command, "--bind", f"127.0.0.1:{number}"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
        )
    try:
        deadline = time.monotonic() + 40
        while "Booting worker" not in log.read_text():
            assert web.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield number
    finally:
        web.send_signal(signal.SIGTERM)
        assert web.wait(40) == 0, log.read_text()


def get(port: int, path: str, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    sent = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("GET", path, headers=sent)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


def test_checks_for_production_find_nothing(environment: dict[str, str]) -> None:
    result = subprocess.run(
        [sys.executable, ROOT / "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr


def test_the_page_answers_with_every_header(port: int) -> None:
    response, _ = get(port, "/")
    assert response.status == 200
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert "unsafe" not in response.headers["Content-Security-Policy"]


def test_the_server_logs_json_lines_only(port: int, log: Path) -> None:
    response, _ = get(port, "/", X_Request_ID="0123-abcd-4567")
    assert response.headers["X-Request-ID"] == "0123-abcd-4567"
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    mine = next(line for line in lines if line.get("request") == "0123-abcd-4567")
    assert (mine["method"], mine["route"], mine["status"]) == ("GET", "", 200)
    assert "gunicorn.error" in {line["logger"] for line in lines}


def test_nothing_tells_what_the_service_is_made_of(port: int) -> None:
    response, _ = get(port, "/")
    assert response.headers["Server"] == "gunicorn"
    assert not {"X-Powered-By", "Via"} & set(response.headers)


def test_each_file_that_the_page_asks_for_is_there(port: int) -> None:
    _, body = get(port, "/")
    page = BeautifulSoup(body, "html.parser")
    addresses = {tag.get("href") or tag.get("src") or "" for tag in page.find_all(["link", "script", "img"])}
    assets = {address for address in addresses if address.startswith("/assets/")}
    assert {".css", ".js", ".svg"} <= {Path(address).suffix for address in assets}
    for address in assets:
        response, _ = get(port, address)
        assert response.status == 200, address
        if address.endswith((".css", ".js")):
            assert re.search(r"\.[0-9a-f]{12}\.\w+$", address), address
            assert response.headers["Cache-Control"] == "max-age=315360000, public, immutable"


def test_static_files_are_sent_compressed(port: int) -> None:
    _, body = get(port, "/")
    style = re.search(rb"/assets/govuk-frontend\.min\.[0-9a-f]+\.css", body)
    assert style is not None
    plain, _ = get(port, style[0].decode())
    packed, content = get(port, style[0].decode(), Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(content) < int(plain.headers["Content-Length"]) / 3


def test_plain_http_is_sent_to_https(port: int) -> None:
    response, _ = get(port, "/", X_Forwarded_Proto="http")
    assert response.status == 301
    assert response.headers["Location"] == f"https://{HOST}/"


def test_cookies_stay_on_https(port: int) -> None:
    response, _ = get(port, "/accounts/sign-in/")
    assert response.status == 200
    cookies = response.headers.get_all("Set-Cookie", [])
    assert cookies
    for cookie in cookies:
        assert "Secure" in cookie
        assert "HttpOnly" in cookie


def test_another_name_is_refused(port: int) -> None:
    response, body = get(port, "/", Host="elsewhere.example.com")
    assert response.status == 400
    assert b"Traceback" not in body


def test_a_page_that_is_not_there_says_nothing_of_the_inside(port: int) -> None:
    response, body = get(port, "/not/there/")
    assert response.status in (302, 404)
    assert b"URLconf" not in body


def test_health_answers_without_https(port: int) -> None:
    response, body = get(port, "/health/", X_Forwarded_Proto="http")
    assert (response.status, body) == (200, b'{"status": "ok"}')


def test_the_health_check_of_the_container(port: int, environment: dict[str, str]) -> None:
    def outcome(number: int) -> int:
        command = [sys.executable, ROOT / "deploy" / "healthcheck.py"]
        given = {**environment, "PORT": str(number)}
        return subprocess.run(command, env=given, capture_output=True, check=False).returncode

    assert outcome(port) == 0
    assert outcome(free_port()) == 1
