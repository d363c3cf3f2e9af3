"""Somebody with a session who opens pages and sends forms, and twenty of them at the same moment."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Barrier, Thread
from typing import Any
from urllib.parse import urlencode

from bs4 import BeautifulSoup, Tag
from django.test import Client

from accounts.models import User

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
FORM = "application/x-www-form-urlencoded"
WAIT = 60  # seconds for an answer


@dataclass(frozen=True)
class Post:
    """What is sent, by whom, and where to."""

    by: str
    to: str
    headers: Mapping[str, str]
    body: bytes
    said: Mapping[str, Any]  # what was filled in

    @property
    def all_headers(self) -> dict[str, str]:
        return {**self.headers, "Content-Length": str(len(self.body))}


@dataclass(frozen=True)
class Answer:
    """`status` is 0 when none came, because the connection was cut."""

    post: Post
    status: int = 0
    location: str = ""
    text: str = ""

    @property
    def words(self) -> str:
        """What a person reads of it, or the program."""
        if self.text.startswith("{"):
            return self.text
        main = BeautifulSoup(self.text, "html.parser").find("main")
        return " ".join(main.get_text(" ").split()) if main else ""


@dataclass
class Browser:
    port: int
    user: User
    cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        client = Client()
        client.force_login(self.user, backend=BACKEND)
        self.cookies["sessionid"] = client.cookies["sessionid"].value

    def form(self, page: str, to: str = "") -> dict[str, str]:
        """The hidden fields of the form on a page that is sent to `to`, or to the page itself."""
        return self._hidden_fields(page, to or page, *self._ask("GET", page))

    def next_form(self, page: str, **said: Any) -> dict[str, str]:
        """The hidden fields of the form with which a page answers what is said in its first one."""
        first = self.post(page, self.form(page), said)
        return self._hidden_fields(page, page, *self._ask("POST", page, first.body, first.all_headers))

    def _hidden_fields(self, page: str, to: str, status: int, text: str) -> dict[str, str]:
        for form in BeautifulSoup(text, "html.parser").find_all("form", method="post"):
            if (form.get("action") or page) == to:
                hidden = form.find_all("input", type="hidden")
                return {str(tag["name"]): str(tag.get("value", "")) for tag in hidden if isinstance(tag, Tag)}
        raise RuntimeError(f"{page} answers {status} to {self.user}, and shows no form for {to}")

    def post(self, to: str, shown: Mapping[str, str], said: Mapping[str, Any]) -> Post:
        """A form as it was `shown`, with what is said filled in."""
        body = urlencode({**shown, **said}, doseq=True).encode()
        headers = {"Cookie": self._cookies(), "Content-Type": FORM}
        return Post(str(self.user), to, headers, body, said)

    def _cookies(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def _ask(
        self, method: str, page: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT)
        connection.request(method, page, body, headers or {"Cookie": self._cookies()})
        response = connection.getresponse()
        text = response.read().decode()
        for header in response.headers.get_all("Set-Cookie") or []:
            name, _, value = header.partition(";")[0].partition("=")
            if name == "csrftoken":
                self.cookies[name] = value
        connection.close()
        return response.status, text


def program_post(by: str, to: str, secret: str, said: Mapping[str, Any]) -> Post:
    """What a program sends to the API."""
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    return Post(by, to, headers, json.dumps(said).encode(), said)


class Volley:
    """All posts at the same moment, each by a thread over a connection of its own."""

    def __init__(self, port: int, posts: Sequence[Post]) -> None:
        self.answers: list[Answer] = []
        self._lines = [http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT) for _ in posts]
        self._barrier = Barrier(len(posts))
        self._threads = [
            Thread(target=self._send, args=pair) for pair in zip(self._lines, posts, strict=True)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def _send(self, line: http.client.HTTPConnection, post: Post) -> None:
        line.connect()
        self._barrier.wait(WAIT)
        try:
            line.request("POST", post.to, post.body, post.all_headers)
            response = line.getresponse()
            text = response.read().decode()
        except (OSError, http.client.HTTPException):
            self.answers.append(Answer(post))
        else:
            location = response.headers.get("Location", "")
            self.answers.append(Answer(post, response.status, location, text))
        finally:
            line.close()

    def hang_up(self) -> None:
        for line in self._lines:
            try:
                if line.sock is not None:
                    line.sock.shutdown(socket.SHUT_RDWR)
            except OSError:  # its answer has come
                continue

    @property
    def is_under_way(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def wait(self) -> list[Answer]:
        for thread in self._threads:
            thread.join(2 * WAIT)
        return self.answers


def send_at_once(port: int, posts: Sequence[Post]) -> list[Answer]:
    volley = Volley(port, posts)
    volley.start()
    return volley.wait()
