"""A mail server in a thread that speaks enough SMTP for the service, and refuses what it is told to."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class MailServer(socketserver.ThreadingTCPServer):
    """`refuses` maps a command (MAIL, RCPT, DATA; END for the answer after the text) to what it answers."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.refuses: dict[str, str] = {}
        self.taken: list[bytes] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Handler(socketserver.StreamRequestHandler):
    server: MailServer

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        self._say("220 mail.example.com")
        while line := self.rfile.readline():
            command = line.decode().split()[0].upper()
            if command == "QUIT":
                return self._say("221 bye")
            refusal = self.server.refuses.get(command)
            if refusal:
                self._say(refusal)
            elif command == "DATA":
                self._take()
            else:
                self._say("250 ok")
        return None

    def _take(self) -> None:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        if refusal := self.server.refuses.get("END"):
            return self._say(refusal)
        self.server.taken.append(b"".join(lines))
        return self._say("250 taken")


@contextmanager
def running_mail_server() -> Iterator[MailServer]:
    server = MailServer()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
