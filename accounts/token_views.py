"""Pages about API tokens: one's own, and for administrators everybody's. No page shows a secret twice."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View

from accounts import forms, tokens
from accounts.keyset import take_keyset
from accounts.models import ApiToken, AuditEvent, Role
from accounts.permissions import can_have_tokens, can_revoke_token, can_see_tokens
from accounts.scopes import scopes_for
from accounts.services import require
from accounts.views import signed_in

ViewFunction = Callable[..., HttpResponse]
NOT_FOR_YOU = "Only people who use the API have tokens"


class TokenList(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        user = signed_in(request)
        require(can_see_tokens(user), NOT_FOR_YOU)
        is_administrator = user.role == Role.ADMINISTRATOR
        form = forms.TokenFilter(request.GET, of_everybody=is_administrator)
        form.is_valid()
        now = timezone.now()
        found = ApiToken.objects.visible_to(user).matching(form.cleaned_data.get("q") or "")
        if form.cleaned_data.get("state"):
            found = found.in_state(form.cleaned_data["state"], now)
        page = take_keyset(found.select_related("user"), request.GET)
        context = {
            "form": form,
            "page": page,
            "rows": [(token, token.state_at(now)) for token in page.rows],
            "is_filtered": any(form.cleaned_data.values()),
            "is_administrator": is_administrator,
            "may_create": can_have_tokens(user),
        }
        return render(request, "accounts/token_list.html", context)


def for_token_holders(view: ViewFunction) -> ViewFunction:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        require(can_have_tokens(signed_in(request)), tokens.NO_TOKENS)
        return view(request, *args, **kwargs)

    return guarded


# In this order; a form that was sent too late after the confirmation is kept, and goes on after a new one.
CONFIRMED = [for_token_holders, reauthentication_required]


class TokenCreate(View):
    """The secret stands in the answer to the form and nowhere else: so no redirect, and no session."""

    @method_decorator(CONFIRMED)
    def get(self, request: HttpRequest) -> HttpResponse:
        form = forms.TokenCreate(scopes=self._scopes(request), initial={"request_key": uuid.uuid4()})
        return render(request, "accounts/token_create.html", {"form": form})

    @method_decorator(CONFIRMED)
    def post(self, request: HttpRequest) -> HttpResponse:
        form = forms.TokenCreate(request.POST, scopes=self._scopes(request))
        if not form.is_valid():
            return render(request, "accounts/token_create.html", {"form": form})
        token, secret = tokens.create_token(by=signed_in(request), **form.cleaned_data)
        return render(request, "accounts/token_created.html", {"token": token, "secret": secret})

    def _scopes(self, request: HttpRequest) -> list[tuple[str, str]]:
        return [(scope.name, scope.label) for scope in scopes_for(signed_in(request).role)]


class TokenShow(View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        token = get_token(request, pk)
        state = token.state_at(timezone.now())
        context = {
            "token": token,
            "state": state,
            "may_revoke": not token.revoked_at and can_revoke_token(signed_in(request), token),
            "is_own": token.user_id == signed_in(request).pk,
            "events": AuditEvent.objects.visible_to(request.user)
            .filter(target_type="accounts.apitoken", target_id=str(token.pk))
            .select_related("by")
            .order_by("-pk")[:20],
        }
        return render(request, "accounts/token_show.html", context)


class TokenRevoke(View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._show(request, self._guarded(request, pk), forms.Reason())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        token = self._guarded(request, pk)
        form = forms.Reason(request.POST)
        if not form.is_valid():
            return self._show(request, token, form)
        tokens.revoke_token(token=token, reason=form.cleaned_data["reason"], by=signed_in(request))
        messages.success(request, f"The token {token} is revoked.")
        return redirect("accounts:tokens")

    def _guarded(self, request: HttpRequest, pk: int) -> ApiToken:
        token = get_token(request, pk)
        require(can_revoke_token(signed_in(request), token))
        return token

    def _show(self, request: HttpRequest, token: ApiToken, form: forms.Reason) -> HttpResponse:
        return render(request, "accounts/token_revoke.html", {"token": token, "form": form})


def get_token(request: HttpRequest, pk: int) -> ApiToken:
    user = signed_in(request)
    require(can_see_tokens(user), NOT_FOR_YOU)
    found = ApiToken.objects.visible_to(user).select_related("user", "revoked_by")
    return get_object_or_404(found, pk=pk)
