"""The log: one JSON object a line, with the id that the answer carries, and nobody's address in it."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from io import StringIO

import pytest
from django.conf import settings
from django.test import Client

from rvss.log import JsonLines, request_id
from tests.cast import Cast


@pytest.fixture
def log() -> Iterator[StringIO]:
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def lines(log: StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_a_request_is_one_line_with_the_id_of_the_answer(client: Client, db: None, log: StringIO) -> None:
    response = client.get("/health/")
    line = next(line for line in lines(log) if line["logger"] == "rvss.request")
    assert (line["method"], line["route"], line["status"]) == ("GET", "health/", 200)
    assert line["request"] == response.headers["X-Request-ID"]
    assert re.fullmatch(r"[0-9a-f]{32}", str(line["request"]))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", str(line["at"]))


def test_an_id_of_the_proxy_is_kept_and_any_other_is_not(client: Client, db: None, settings) -> None:
    given = {"X-Request-ID": "0123-abcd-4567"}
    assert client.get("/health/", headers=given).headers["X-Request-ID"] != "0123-abcd-4567"
    settings.TRUSTED_PROXY_COUNT = 1
    assert client.get("/health/", headers=given).headers["X-Request-ID"] == "0123-abcd-4567"
    forged = {"X-Request-ID": 'a"}\n{"level": "INFO'}
    assert re.fullmatch(r"[0-9a-f]{32}", client.get("/health/", headers=forged).headers["X-Request-ID"])


def test_keys_of_one_time_links_and_queries_stay_out(client: Client, db: None, log: StringIO) -> None:
    client.get("/accounts/password/reset/key/1-secretkey/?next=secretquery")
    client.get("/accounts/confirm-email/secretkey/")
    client.get("/nowhere/?q=secretquery")
    assert log.getvalue()
    assert "secret" not in log.getvalue()


def test_what_a_signed_in_person_does_names_nobody(client: Client, cast: Cast, log: StringIO) -> None:
    client.force_login(cast.owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    client.get("/")
    assert lines(log)
    assert cast.owner.email not in log.getvalue()
    assert cast.owner.name not in log.getvalue()


def test_an_error_is_one_line_without_the_address_it_quotes(log: StringIO) -> None:
    token = request_id.set("the-request")
    try:
        raise ValueError("Key (email)=(jo.o'archer+1@hire.example.co.uk) already exists.\nsecond line")
    except ValueError:
        logging.getLogger("anything").exception("failed for jo@example.com")
    finally:
        request_id.reset(token)
    (line,) = lines(log)
    assert (line["message"], line["level"], line["request"]) == ("failed for [email]", "ERROR", "the-request")
    assert "Key (email)=([email]) already exists.\nsecond line" in str(line["error"])
    assert "example" not in log.getvalue()


def test_a_style_that_is_none_is_refused() -> None:
    result = subprocess.run(
        [sys.executable, "-c", "import rvss.settings"],
        cwd=settings.BASE_DIR,
        env={**os.environ, "LOG_FORMAT": "yaml"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    assert "LOG_FORMAT" in result.stderr


def test_a_worker_writes_the_same_lines() -> None:
    """Celery would set up a log of its own."""
    words = [
        "celery",
        "--app",
        "rvss",
        "worker",
        "--pool",
        "solo",
        "--queues",
        "nothing",
        "--hostname",
        "log@test",
    ]
    worker = subprocess.Popen(
        [sys.executable, "-m", *words],
        cwd=settings.BASE_DIR,
        # It warns in plain words when it runs as root, as tests do and the image does not.
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "rvss.settings",
            "LOG_FORMAT": "json",
            "PYTHONWARNINGS": "ignore",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert worker.stderr is not None
    late = threading.Timer(60, worker.kill)
    late.start()
    try:
        seen = [{"message": "nothing"}]
        for text in worker.stderr:
            seen.append(json.loads(text))
            if "ready" in seen[-1]["message"]:
                break
        assert seen[-1]["message"].endswith("log@test ready.")
    finally:
        late.cancel()
        worker.terminate()
        worker.communicate(timeout=30)
