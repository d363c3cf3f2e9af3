"""Reading what programs send: of bounded size, and only text that the database can store."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from accounts.problems import LengthNeeded, TooLarge

MEGABYTE = 1024 * 1024
MOST_BYTES = 5 * MEGABYTE
TOO_LARGE = f"The body may have {MOST_BYTES // MEGABYTE} MB at most. Send it in parts."
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def read_body(stream: Any, context: dict[str, Any] | None) -> bytes:
    """The body, read no further than is allowed.

    Django's own limit does not hold here: REST framework reads the stream itself.
    """
    meta = context["request"].META if context else {}
    length = str(meta.get("CONTENT_LENGTH") or "0")
    if (int(length) if length.isdigit() else 0) > MOST_BYTES:
        raise TooLarge(TOO_LARGE)
    body: bytes = stream.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise TooLarge(TOO_LARGE)
    return body


class StrictJSONParser(BaseParser):
    """RFC 8259, and no more: no NaN, no NUL, no half of a surrogate pair, no depth that ends the stack."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            text = read_body(stream, parser_context).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ParseError(f"The body is not UTF-8: byte {error.start + 1} cannot be read.") from None
        try:
            found = json.loads(text, parse_constant=_no_constant)
        except RecursionError:
            raise ParseError("The JSON is nested too deeply.") from None
        except json.JSONDecodeError as error:
            where = f"line {error.lineno}, column {error.colno}"
            words = error.msg.removesuffix(" at")
            raise ParseError(f"The body is not JSON: {words} at {where}.") from None
        except ValueError as error:
            raise ParseError(f"The body is not JSON that can be used: {error}.") from None
        refuse_unstorable(found)
        return found


class CsvParser(BaseParser):
    """The bytes as they came: how they are to be read is for whoever knows the columns."""

    media_type = "text/csv"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        return read_body(stream, parser_context)


def refuse_if_chunked(meta: dict[str, Any]) -> None:
    """Django reads as many bytes as Content-Length says: without one, none, and silently."""
    if meta.get("HTTP_TRANSFER_ENCODING") and not meta.get("CONTENT_LENGTH"):
        raise LengthNeeded


def refuse_unstorable(found: Any) -> None:
    """PostgreSQL's text holds no NUL, and no lone surrogate can be written as UTF-8."""
    waiting = [found]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, str) and UNSTORABLE.search(one):
            raise ParseError("The body holds a character that cannot be stored: NUL, or half of a pair.")
        elif isinstance(one, float) and not math.isfinite(one):
            raise ParseError("The body holds a number that is too large.")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")
