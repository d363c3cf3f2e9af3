"""One's own account: what there is to look at and to change."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import View

from accounts.permissions import can_have_tokens
from accounts.views import signed_in


class Account(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        user = signed_in(request)
        app = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP)
        context = {"has_second_factor": app.exists(), "may_have_tokens": can_have_tokens(user)}
        return render(request, "account/yours.html", context)
