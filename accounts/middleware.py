from __future__ import annotations

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.models import User

# What a person may open before the second factor is set up.
OPEN_PREFIXES = ("/accounts/", "/assets/", "/health/", "/development/")


class RequireSecondFactor:
    """People whose role shows them others' data set up a second factor before anything else.

    allauth asks for the factor at each sign-in once it exists; this makes sure that it exists.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if (
            settings.STAFF_MFA_REQUIRED
            and isinstance(user, User)
            and user.needs_second_factor
            and not request.path.startswith(OPEN_PREFIXES)
            and not self._has_second_factor(request, user)
        ):
            return redirect("mfa_activate_totp")
        return self.get_response(request)

    def _has_second_factor(self, request: HttpRequest, user: User) -> bool:
        # Asked of the database once a session, then remembered: no query on every page.
        if request.session.get("second_factor_of") == user.pk:
            return True
        if not is_mfa_enabled(user):
            return False
        request.session["second_factor_of"] = user.pk
        return True
