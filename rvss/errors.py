"""Error pages. 500 must work without the database."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import Error, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.problems import problem_page
from codeofpractice.uploads import FilesTooLarge

MEGABYTE = 1024 * 1024
# PostgreSQL's codes: a lock or a statement took too long, or two waited for each other. Nothing was saved.
WAITED = frozenset({"55P03", "57014", "40P01"})
SHUT_DOWN = frozenset({"57P01", "57P02", "57P03"})
BUSY = "Many people change the same thing at the moment."
LOST = "We lost the connection to our database, and cannot tell whether your change was saved."


def is_for_program(request: HttpRequest) -> bool:
    """The API answers with problem details, whoever refuses."""
    return request.path.startswith("/api/")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if is_for_program(request):
        return problem_page(400, "The request is malformed.")
    if isinstance(exception, RequestDataTooBig):
        context = {
            "has_file": isinstance(exception, FilesTooLarge),
            "file_megabytes": settings.UPLOAD_MAX_BYTES // MEGABYTE,
            "text_megabytes": settings.DATA_UPLOAD_MAX_MEMORY_SIZE // MEGABYTE,
        }
        return render(request, "errors/413.html", context, status=413)
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/403.html", {"message": str(exception or "")}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if is_for_program(request):
        return problem_page(404, "There is nothing at this address. Addresses end with a slash.")
    return render(request, "errors/404.html", status=404)


def too_many_requests(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/429.html", status=429)


def server_error(request: HttpRequest) -> HttpResponse:
    if is_for_program(request):
        return problem_page(500, "It was not your request's fault. It has been noted; try again later.")
    return render(request, "errors/500.html", status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "errors/csrf.html", status=403)


def _code(exception: Error) -> str:
    return getattr(exception.__cause__, "pgcode", None) or ""


def was_waited_for(exception: Error) -> bool:
    """Whether the database gave up waiting, and took back what it had begun."""
    return isinstance(exception, OperationalError) and _code(exception) in WAITED


def was_lost(exception: Error) -> bool:
    """Whether the connection is gone; a commit that was under way may have gone through."""
    is_gone = isinstance(exception, OperationalError) and _code(exception) in SHUT_DOWN | {""}
    return is_gone or isinstance(exception, InterfaceError)


def database_waited(request: HttpRequest) -> HttpResponse:
    if is_for_program(request):
        return problem_page(503, f"{BUSY} Nothing was saved. Send the request again in a minute.")
    return render(request, "errors/503.html", {"words": BUSY}, status=503)


def database_lost(request: HttpRequest) -> HttpResponse:
    if is_for_program(request):
        advice = "Look before you send the request again, or send it with its Idempotency-Key."
        return problem_page(503, f"{LOST} {advice}")
    return render(request, "errors/503.html", {"words": LOST, "may_be_saved": True}, status=503)
