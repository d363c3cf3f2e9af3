from __future__ import annotations

import codecs
import logging
import re
import time
import uuid
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import BadRequest
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.problems import problem_page
from accounts.transitions import TransitionRefused
from rvss.errors import database_lost, database_waited, is_for_program, was_lost, was_waited_for
from rvss.log import request_id

GetResponse = Callable[[HttpRequest], HttpResponse]


logger = logging.getLogger("rvss.request")
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
REQUEST_ID = re.compile(r"[0-9A-Za-z-]{8,64}")


class RequestLog:
    """One line a request, by its route: addresses may hold one-time keys. The answer carries its id."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "") if settings.TRUSTED_PROXY_COUNT else ""
        current = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        token = request_id.set(current)
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            route = request.resolver_match.route if request.resolver_match else "(none)"
            fields = {
                "method": request.method,
                "route": route,
                "status": response.status_code,
                "milliseconds": round((time.perf_counter() - started) * 1000, 1),
            }
            logger.info(
                "%(method)s /%(route)s %(status)s %(milliseconds)s ms", fields, extra={"fields": fields}
            )
        finally:
            request_id.reset(token)
        response.headers["X-Request-ID"] = current
        return response


class RefuseUnreadable:
    """What no query can take and no browser sends: a NUL byte in an address, which PostgreSQL cannot store,
    and a form in another encoding than UTF-8. Some of those are no text at all; others make halves of
    characters out of plain bytes."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        if "\x00" in request.path or "%00" in query or "\x00" in query:
            if is_for_program(request):
                return problem_page(400, "The address holds a NUL character, which cannot be used.")
            raise BadRequest("a NUL byte in the address")
        if request.encoding and codecs.lookup(request.encoding).name != "utf-8":
            raise BadRequest("a form in another encoding than UTF-8")
        return self.get_response(request)


class SecurityHeaders:
    """What neither Django nor the content policy sends."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()"
        )
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class RefusedTransitions:
    """Somebody was faster, or the page was stale: say so, with 409, and lose nothing."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, TransitionRefused):
            return render(request, "errors/409.html", {"message": str(exception)}, status=409)
        return None


class LostConnections:
    """Says what became of a change that the database did not finish. Of reading nothing need be said."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if request.method in SAFE or not isinstance(exception, Error):
            return None
        answer = database_waited if was_waited_for(exception) else database_lost
        if answer is database_lost and not was_lost(exception):
            return None
        logger.error("The database did not finish a change", exc_info=exception)
        return answer(request)
