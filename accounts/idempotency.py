"""A request that is sent again, because its answer got lost, is done once and answered alike."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import OperationalError, transaction
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import KeptAnswer, User
from accounts.problems import Conflict, KeyUsed

HEADER = "Idempotency-Key"
KEY = re.compile(r"[\x21-\x7e]{8,80}")
KEPT_FOR = timedelta(days=7)
LOCK_NOT_AVAILABLE = "55P03"


def answer_once(request: Request, user: User, work: Callable[[], Response]) -> Response:
    """The answer of `work`, done in the same transaction as keeping it.

    A refusal is not kept: what was wrong can be put right and sent with the same key.
    Raises ParseError (400) for a malformed key, KeyUsed (422) for another request with the same key, and
    Conflict (409) while the first request is under way for longer than a lock is waited for.
    """
    key = request.headers.get(HEADER)
    if key is None:
        with transaction.atomic():
            return work()
    if not KEY.fullmatch(key):
        raise ParseError(f"{HEADER} must have 8 to 80 visible ASCII characters, like those of a UUID.")
    digest = _digest(request)
    with transaction.atomic():
        kept, is_new = _claim(user, key, digest)
        if not is_new:
            return _again(kept, digest)
        response = work()
        kept.status_code, kept.body = response.status_code, response.data
        kept.location = response.headers.get("Location", "")
        kept.save(update_fields=["status_code", "body", "location"])
        return response


def forget_answers(now: datetime) -> int:
    return KeptAnswer.objects.filter(created_at__lt=now - KEPT_FOR).delete()[0]


def _claim(user: User, key: str, digest: str) -> tuple[KeptAnswer, bool]:
    """The second of two at once waits here until the first has committed, and then finds its answer."""
    try:
        return KeptAnswer.objects.get_or_create(user=user, key=key, defaults={"request_hash": digest})
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", "") != LOCK_NOT_AVAILABLE:
            raise
        raise Conflict("The first request with this key is still under way. Try again in a minute.") from None


def _again(kept: KeptAnswer, digest: str) -> Response:
    if kept.request_hash != digest:
        raise KeyUsed
    headers = {"Idempotent-Replayed": "true"}
    if kept.location:
        headers["Location"] = kept.location
    return Response(kept.body, kept.status_code, headers=headers)


def _digest(request: Request) -> str:
    """Of what was meant: two ways of writing the same JSON are one request."""
    data = request.data
    body = hashlib.sha256(data).hexdigest() if isinstance(data, bytes) else data
    said = [request.method, request.get_full_path(), request.content_type or "", body]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
