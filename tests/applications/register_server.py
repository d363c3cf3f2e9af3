"""Companies House as tests need it: a real server that answers, or misbehaves, as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from rvss.local.companies_house import profile

Behaviour = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Register:
    address: str = ""
    behave: Behaviour | None = None  # None: the made-up register of a developer's machine
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes = b"{}", **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    if "Content_Length" not in headers:
        handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def answering(status: int, body: Any = None, **headers: str) -> Behaviour:
    raw = body if isinstance(body, bytes) else json.dumps(body if body is not None else {}).encode()
    return lambda handler: send(handler, status, raw, **headers)


@contextmanager
def serving() -> Iterator[Register]:
    register = Register()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            register.asked.append(self.path)
            register.headers.append(dict(self.headers))
            try:
                if register.behave:
                    register.behave(self)
                else:
                    self._look()
            except OSError:
                pass  # the asker has gone: what a slow answer meets

        def _look(self) -> None:
            try:
                found = profile(self.path.rpartition("/")[2])
            except KeyError:
                send(self, 404)
            else:
                send(self, 200, json.dumps(found).encode())

        def log_message(self, *args: object) -> None:
            """Nothing: a test says what it has to say."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    register.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield register
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
