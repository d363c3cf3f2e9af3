"""What the views of the API rest on, beside token_auth: limits first, pages by cursor, traces of writes."""

from __future__ import annotations

import re
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.exceptions import NotFound, ParseError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.throttling import AnonRateThrottle
from rest_framework.views import APIView

from accounts.models import ApiToken, User
from accounts.parsers import refuse_if_chunked
from accounts.services import record_event
from accounts.token_auth import HasScope, TokenAuthentication, TokenThrottle


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.token_auth.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "Made on the page “API tokens” of the service. Each operation names its scope.",
        }


class TokenView(APIView):
    """A view for programs with a token. Limits come before scopes, and hold for wrong tokens too."""

    authentication_classes = [TokenAuthentication]
    permission_classes = [HasScope]
    throttle_classes = [TokenThrottle, AnonRateThrottle]
    scopes: dict[str, str] = {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        try:
            self.perform_authentication(request)
        finally:
            super().check_throttles(request)
        refuse_if_chunked(request.META)
        super().initial(request, *args, **kwargs)

    def check_throttles(self, request: Request) -> None:
        """Done in `initial`, before anything else."""


def token_of(request: Request) -> ApiToken:
    assert isinstance(request.auth, ApiToken)  # HasScope has seen to it
    return request.auth


def user_of(request: Request) -> User:
    return token_of(request).user


def record_write(request: Request, *, target: Any) -> None:
    """Which token changed something: beside the event that the service itself writes, in its transaction."""
    token = token_of(request)
    record_event(
        verb="api_token.used",
        target=token,
        by=token.user,
        data={
            "method": request.method,
            "path": request.path,
            "changed": f"{target._meta.label_lower} {target.pk}",
        },
    )


class CursorPages(CursorPagination):
    """By cursor: the last page costs what the first does. A cursor that was made up is refused."""

    ordering = "-pk"
    page_size = 100
    position_form = re.compile(r"[0-9]{1,18}")
    invalid_cursor_message = "This cursor is not one that the service gave you. Start again without it."

    def decode_cursor(self, request: Request) -> Cursor | None:
        try:
            cursor: Cursor | None = super().decode_cursor(request)
        except NotFound as error:
            raise ParseError(str(error.detail)) from None
        position = cursor.position if cursor else None
        if position is not None and not self.position_form.fullmatch(str(position)):
            raise ParseError(self.invalid_cursor_message)
        return cursor
