"""What the API says when it refuses: problem details (RFC 9457), in words for people."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.http import Http404, JsonResponse
from rest_framework import exceptions, status
from rest_framework.response import Response

from accounts.transitions import TransitionRefused

MEDIA_TYPE = "application/problem+json"
REALM = 'Bearer realm="rvss"'
TITLES = {
    400: "The request cannot be used as it is",
    401: "A token that works is needed",
    403: "Not allowed",
    404: "Not found",
    405: "This method is not offered here",
    409: "Not possible as things stand",
    411: "The length of the body is needed",
    413: "Too large",
    415: "This type of content is not read here",
    422: "The key was used for another request",
    429: "Too many requests",
    500: "Something went wrong on our side",
    503: "Not possible at the moment",
}


class Conflict(exceptions.APIException):
    """Somebody was faster, or the row is past this step."""

    status_code = status.HTTP_409_CONFLICT


class TooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE


class LengthNeeded(exceptions.APIException):
    status_code = status.HTTP_411_LENGTH_REQUIRED
    default_detail = "Send the body with a Content-Length, not in chunks."


class KeyUsed(exceptions.APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = (
        "This Idempotency-Key came with another request before. Use a new key for a new request; send the "
        "same request to get its answer again."
    )


class InsufficientScope(exceptions.PermissionDenied):
    def __init__(self, scope: str) -> None:
        super().__init__(f"This token has not the scope {scope}. Make a token that has it.")
        self.scope = scope


def handle_exception(exc: Exception, context: dict[str, Any]) -> Response | None:
    """For DRF. None for what is our fault: that goes on to the log, and is answered with 500."""
    known = _as_api_exception(exc)
    if known is None:
        return None
    detail, errors = _words(known.detail)
    body = problem(known.status_code, detail, errors)
    return Response(body, known.status_code, headers=_headers(known), content_type=MEDIA_TYPE)


def problem(code: int, detail: str, errors: list[dict[str, str]] | None = None) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": TITLES.get(code, "The request was refused"),
        "status": code,
        "detail": detail,
        "errors": errors or [],
    }


def problem_page(code: int, detail: str) -> JsonResponse:
    """For what is refused before a view of the API is reached."""
    return JsonResponse(problem(code, detail), status=code, content_type=MEDIA_TYPE)


def _as_api_exception(exc: Exception) -> exceptions.APIException | None:
    if isinstance(exc, exceptions.NotAuthenticated):
        return exceptions.NotAuthenticated("Send a token, as the header Authorization: Bearer and the token.")
    if isinstance(exc, exceptions.UnsupportedMediaType):
        return exceptions.UnsupportedMediaType("", "Send application/json, or text/csv where it says so.")
    if isinstance(exc, exceptions.APIException):
        return exc
    if isinstance(exc, Http404):
        return exceptions.NotFound("There is nothing at this address that you may see.")
    if isinstance(exc, DjangoPermissionDenied):
        return exceptions.PermissionDenied(str(exc) or "You are not allowed to do this.")
    if isinstance(exc, TransitionRefused):
        return Conflict(str(exc))
    return None


def _headers(exc: exceptions.APIException) -> dict[str, str]:
    if isinstance(exc, exceptions.Throttled):
        return {"Retry-After": str(math.ceil(getattr(exc, "wait", None) or 1))}
    if isinstance(exc, exceptions.AuthenticationFailed):
        return {"WWW-Authenticate": f'{REALM}, error="invalid_token"'}
    if isinstance(exc, exceptions.NotAuthenticated):
        return {"WWW-Authenticate": REALM}
    if isinstance(exc, InsufficientScope):
        return {"WWW-Authenticate": f'{REALM}, error="insufficient_scope", scope="{exc.scope}"'}
    return {}


def _words(detail: Any) -> tuple[str, list[dict[str, str]]]:
    """One sentence; and, for a body, each fault with a JSON pointer to it."""
    if isinstance(detail, str):
        return str(detail), []
    errors = [{"pointer": pointer, "detail": words} for pointer, words in _flatten(detail, "")]
    if len(errors) == 1 and not errors[0]["pointer"]:
        return errors[0]["detail"], []
    count = "1 thing is" if len(errors) == 1 else f"{len(errors)} things are"
    return f"{count} wrong with what was sent. Nothing was saved.", errors


def _flatten(detail: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(detail, dict):
        for key, inner in detail.items():
            part = str(key).replace("~", "~0").replace("/", "~1")
            yield from _flatten(inner, pointer if key == "non_field_errors" else f"{pointer}/{part}")
    elif isinstance(detail, (list, tuple)):
        for place, inner in enumerate(detail):
            yield from _flatten(inner, pointer if isinstance(inner, str) else f"{pointer}/{place}")
    else:
        yield pointer, str(detail)
