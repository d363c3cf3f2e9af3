"""The virus scanner: clamd's INSTREAM over its socket."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from django.conf import settings

SECONDS = 120


class Finding(StrEnum):
    CLEAN = "clean"
    INFECTED = "infected"
    ENCRYPTED = "encrypted"
    UNSCANNABLE = "unscannable"


class Verdict(NamedTuple):
    finding: Finding
    detail: str


class ScannerDown(Exception):
    """Nothing was learned about the file: it goes on waiting."""


def scan(chunks: Iterable[bytes]) -> Verdict:
    """Raises ScannerDown when clamd is missing, does not answer, or answers what we do not know."""
    if not settings.CLAMD_SOCKET:
        raise ScannerDown("CLAMD_SOCKET is not set")
    try:
        with _connect(settings.CLAMD_SOCKET) as connection:
            return read_reply(_ask(connection, chunks))
    except OSError as error:
        raise ScannerDown(f"clamd: {error}") from error


def _connect(address: str) -> socket.socket:
    """A path is a Unix socket; anything else is host:port."""
    if "/" in address:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(SECONDS)
        try:
            connection.connect(address)
        except OSError:
            connection.close()
            raise
        return connection
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=SECONDS)


def _ask(connection: socket.socket, chunks: Iterable[bytes]) -> str:
    connection.sendall(b"zINSTREAM\0")
    try:
        for chunk in chunks:
            if chunk:
                connection.sendall(struct.pack("!L", len(chunk)) + chunk)
        connection.sendall(struct.pack("!L", 0))
    except (BrokenPipeError, ConnectionResetError):
        pass  # clamd says why and hangs up before everything is sent: read what it said
    reply = b""
    while part := connection.recv(4096):
        reply += part
        if b"\0" in part:
            break
    return reply.rstrip(b"\0\n").decode("utf-8", "replace")


def read_reply(reply: str) -> Verdict:
    """What clamd's line means: "stream: OK", "stream: NAME FOUND" or "... ERROR"."""
    said = reply.removeprefix("stream: ")
    if said == "OK":
        return Verdict(Finding.CLEAN, "")
    if said.endswith(" FOUND"):
        name = said.removesuffix(" FOUND")
        if name.startswith("Heuristics.Encrypted"):
            return Verdict(Finding.ENCRYPTED, name)
        if name.startswith(("Heuristics.Limits", "Heuristics.OLE2")):
            return Verdict(Finding.UNSCANNABLE, name)
        return Verdict(Finding.INFECTED, name)
    if "size limit exceeded" in said:
        return Verdict(Finding.UNSCANNABLE, said)
    raise ScannerDown(f"clamd answered: {said or 'nothing'}")
