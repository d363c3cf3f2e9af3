"""Who may use the API, for what, and how often. REST framework's settings name these: so nothing here may
import its views."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.negotiation import BaseContentNegotiation, DefaultContentNegotiation
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts import tokens
from accounts.models import ApiToken, User
from accounts.problems import REALM, InsufficientScope

MINUTE = 60


class TokenAuthentication(BaseAuthentication):
    """Authorization: Bearer rvss_..., looked up by its hash in one query."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"bearer":
            return None
        if len(parts) != 2:
            raise AuthenticationFailed("Send the header as: Authorization: Bearer and the token.")
        token = tokens.find_token(parts[1].decode("latin-1"))
        if token is None:
            raise AuthenticationFailed("There is no such token.")
        if reason := tokens.why_refused(token, timezone.now()):
            raise AuthenticationFailed(reason)
        tokens.note_use(token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return REALM


class HasScope(BasePermission):
    """The view names the scope of each method in `scopes`; a view that names none is closed."""

    def has_permission(self, request: Request, view: Any) -> bool:
        scopes: dict[str, str] = getattr(view, "scopes", {})
        if not isinstance(request.auth, ApiToken) or not scopes:
            return False
        method = "GET" if request.method == "HEAD" else str(request.method)
        needed = scopes.get(method)  # None: not offered, and answered with 405
        if needed and needed not in tokens.allowed_scopes(request.auth):
            raise InsufficientScope(needed)
        return True


class TokenThrottle(BaseThrottle):
    """So many requests a minute with one token, counted in the shared cache for all processes at once."""

    def allow_request(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, ApiToken):
            return True
        key = f"api-token-requests:{request.auth.pk}:{int(time.time()) // MINUTE}"
        cache.add(key, 0, timeout=2 * MINUTE)
        return bool(cache.incr(key) <= settings.API_TOKEN_REQUESTS_A_MINUTE)

    def wait(self) -> float:
        return MINUTE - time.time() % MINUTE


class AlwaysJson(BaseContentNegotiation):
    """Whatever a program says it accepts: there is one kind of answer."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return DefaultContentNegotiation().select_parser(request, parsers)

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type
