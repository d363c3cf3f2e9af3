"""GOV.UK Notify as far as the service knows it, over real HTTP: checks the token, keeps what it is given."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from notifications_python_client.authentication import decode_jwt_token, get_token_issuer
from notifications_python_client.errors import TokenError

SERVICE = "5f1c6f2a-7a40-4d0b-9c67-0c6b6e0d4a11"
SECRET = "0b7f3f4e-2f52-4d6e-8a3c-9d2e6b1c7f55"
KEY = f"rvss_tests-{SERVICE}-{SECRET}"
TEMPLATE = "c2b1a1f0-6a0e-4a54-8f6a-3a7d5c9e0b21"
BAD_ADDRESS = {
    "status_code": 400,
    "errors": [{"error": "ValidationError", "message": "email_address Not a valid email address"}],
}


class FakeNotify(ThreadingHTTPServer):
    """`answers` are given one for one; when there are none it takes the message.

    An answer is (status, body), or "drop": the message is kept, and the line goes dead before the answer.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.taken: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.answers: list[tuple[int, dict[str, Any]] | str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: FakeNotify

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _is_known(self) -> bool:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        try:
            return get_token_issuer(token) == SERVICE and bool(decode_jwt_token(token, SECRET))
        except TokenError:
            return False

    def _refuse(self) -> None:
        self._answer(403, {"errors": [{"error": "AuthError", "message": "Invalid token: API key not found"}]})

    def do_GET(self) -> None:
        if not self._is_known():
            return self._refuse()
        reference = parse_qs(urlsplit(self.path).query)["reference"][0]
        self.server.asked.append(reference)
        found = [message for message in self.server.taken if message["reference"] == reference]
        return self._answer(200, {"notifications": found, "links": {}})

    def do_POST(self) -> None:
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self._is_known():
            return self._refuse()
        answer = self.server.answers.pop(0) if self.server.answers else (201, {})
        if isinstance(answer, tuple) and answer[0] != 201:
            return self._answer(*answer)
        assert self.path == "/v2/notifications/email"
        message = {"id": str(uuid.uuid4()), **given}
        self.server.taken.append(message)
        if answer == "drop":
            self.close_connection = True
            return None
        return self._answer(201, message)


@contextmanager
def running_notify() -> Iterator[FakeNotify]:
    server = FakeNotify()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
